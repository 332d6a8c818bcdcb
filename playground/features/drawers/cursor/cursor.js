// Inside on one cursor: what two models go on at a letter of a text, as a bar under each letter
// before it. Attention and memory come as the same rows, see models/adapters/attribution.py, so one
// cursor moves in both; nobody is asked while it moves.
"use strict";

looks.add("cursor", (root, models) => {
  const MOST = 200; // letters
  const BAR = 20; // pixels of the longest bar
  const SEEN = 0.005; // a share from which on there is a bar at all
  const EXAMPLE = "MIRANDA:\nThe bell that rang at noon shall ring at night.\n\nANTONIO:\nThen let the bell that rang at noon be still.";
  const GATES = ["lets in", "keeps", "lets out"];

  const page = { letters: [], at: 0, running: null, asked: 0, drawing: false };
  const offered = models.filter((model) => !model.hub);
  const panels = offered.slice(0, 2).map(panel);

  const area = play.el("textarea", { id: "cursor-text", rows: 6, maxlength: 2 * MOST, spellcheck: "false", oninput: count });
  const counted = play.el("span", { class: "cursor-count" });
  const button = play.el("button", { type: "button", class: "ghost cursor-show", onclick: press }, "Show");
  const taking = play.el("button", { type: "button", class: "ghost", onclick: takeCard }, "Take the left card’s text");
  const [back, on] = [step(-1, "← Letter"), step(1, "Letter →")];
  const says = play.el("p", { class: "cursor-says", "aria-live": "polite" });
  const longest = play.el("span", {}, "the largest share of all");
  const later = play.el("p", { class: "says" });
  const table = play.el("div", { class: "table" });
  const details = play.el("details", { class: "details", ontoggle: fill }, play.el("summary", {}, "Table of this letter"), table);

  root.append(
    play.el("label", { class: "cursor-label", for: "cursor-text" }, `Text, at most ${MOST} letters `, counted),
    area,
    play.el("div", { class: "tools" }, button, taking),
    says,
    play.el("div", { class: "tools" }, back, on),
    play.el("div", { class: "cursor-panels" }, ...panels.map((one) => one.element)),
    legend(),
    play.el("p", { class: "says" }, "Bars of attention: how much a letter counts where the model looks, on average over all heads of all layers unless you choose one. Bars of memory: which part of its memory was written while it read that letter. Either way all bars of a letter sum to 100 %."),
    details,
    later,
  );
  root.closest("details").addEventListener("toggle", (event) => event.target.open && offer());
  area.value = fromCard() || EXAMPLE;
  count();
  offer();
  show();

  // The text

  /** What stands on the left card, prompt and all; "" while there is nothing, or it still grows. */
  function fromCard() {
    const model = playground.modules.text_cards?.cardOn("left")?.model;
    if (!model?.started || model.busy) return "";
    return [...model.recipe.prompt + model.text].slice(0, MOST).join("");
  }

  function takeCard() {
    const text = fromCard();
    if (!text) return say("There is no finished text on the left card yet: press Write at the top of the page.");
    area.value = text;
    count();
    show();
  }

  function count() {
    const letters = [...area.value].length;
    counted.textContent = `· ${letters}`;
    counted.classList.toggle("over", letters > MOST);
  }

  // Asking

  function press() {
    if (page.running) page.running.stop();
    else show();
  }

  function show() {
    page.running?.stop();
    const text = area.value;
    const number = (page.asked += 1);
    page.letters = [...text];
    page.at = Math.max(0, page.letters.length - 1);
    panels.forEach((one) => one.clear());
    button.textContent = "Stop";
    root.setAttribute("aria-busy", "true");
    say("Both models read the text …");
    const requests = panels.map((one) => one.request(text));
    page.running = play.run(requests, (i, event) => number === page.asked && panels[i].take(event));
    page.running.done.then(() => number === page.asked && rest());
  }

  function rest() {
    page.running = null;
    button.textContent = "Show";
    root.removeAttribute("aria-busy");
    if (panels.some((one) => one.data)) draw();
    else say("");
  }

  /** Put the models of the hub that are here by now into the pickers, and name the others. */
  async function offer() {
    const here = await looks.here(models);
    for (const model of here) {
      if (offered.includes(model)) continue;
      offered.push(model);
      panels.forEach((one) => one.offer(model));
    }
    const missing = models.filter((model) => !here.includes(model)).map(({ name }) => name);
    later.textContent = missing.length ? `Not here yet: ${missing.join(", ")}. Fetch one on a card at the top, and it can be chosen here.` : "";
  }

  // One model's panel

  function panel(first, number) {
    let model = first;
    const one = { data: null };
    const picker = play.el("select", { class: "ghost cursor-model", "aria-label": `Model ${number + 1}`, onchange: choose });
    const state = play.el("span", { class: "state" });
    const flow = play.el("div", { class: "cursor-flow", tabindex: 0, role: "slider", "aria-label": "Letter under the cursor", "aria-valuemin": 1, "aria-valuenow": 1 });
    const failure = play.el("div", { class: "cursor-failure" });
    const shape = play.el("span", { class: "cursor-shape" });
    const head = play.el("header", { class: "heading" }, shape, picker, state);
    const parts = play.el("div", { class: "tools" });
    const gates = play.el("div", { class: "cursor-gates" });
    const more = play.el("details", { class: "details" }, play.el("summary", {}, "More"), parts, gates);
    one.element = play.el("section", { class: "card family cursor-card" }, head, failure, flow, more);
    one.offer = (other) => picker.append(play.el("option", { value: other.id }, other.name));
    one.name = () => model.name;
    flow.addEventListener("keydown", key);
    flow.addEventListener("pointerdown", point);
    flow.addEventListener("pointermove", point);
    offered.forEach(one.offer);
    picker.value = model.id;
    dress();

    function choose() {
      model = models.find(({ id }) => id === picker.value);
      dress();
      show();
    }

    function dress() {
      one.element.dataset.family = head.dataset.family = model.family;
      one.element.setAttribute("aria-label", model.name);
      shape.replaceChildren(play.shape(model.family));
      parts.replaceChildren(...selects(model.inputs.look ?? []));
      gates.replaceChildren();
    }

    one.request = (text) => {
      const options = Object.fromEntries([...parts.querySelectorAll("select")].map((select) => [select.name, select.disabled ? 0 : +select.value]));
      return { model: model.id, task: "look", prompt: text, options };
    };

    one.clear = () => {
      one.data = null;
      failure.replaceChildren();
      gates.replaceChildren();
      flow.replaceChildren();
      play.state(state, "waiting", "◔", "asked");
    };

    one.take = (event) => {
      play.showState(state, event);
      if (event.start) one.source = event.start.replayed ? play.REPLAYED : play.LIVE;
      if (event.look) {
        play.state(state, ...one.source);
        lay(read(event.look));
      }
      if (event.fail) fail(event.fail);
    };

    function fail(failed) {
      failure.append(...looks.failure(failed, show));
    }

    /** Every piece as an element of its own, whose bar alone changes from then on. */
    function lay(data) {
      one.data = data;
      one.bars = data.pieces.map(() => -1);
      one.marks = data.pieces.map(({ text }) => play.el("b", { class: text.startsWith("\n") && "n" }, text));
      flow.replaceChildren(...one.marks);
      flow.setAttribute("aria-valuemax", page.letters.length);
      if (data.gates) gates.replaceChildren(...openings(one));
    }

    return one;
  }

  /** A choice of each part that a model can be looked into; what is of a layer waits for one. */
  function selects(controls) {
    const boxes = controls.map((control) => {
      const all = `All ${control.label.toLowerCase()}s`;
      const numbers = Array.from({ length: control.high }, (_, i) => play.el("option", { value: i + 1 }, `${control.label} ${i + 1}`));
      return play.el("select", { class: "ghost", name: control.name, "aria-label": control.label, onchange: show }, play.el("option", { value: 0 }, all), ...numbers);
    });
    const [whole, ...within] = boxes;
    const hold = () => within.forEach((box) => (box.disabled = whole.value === "0"));
    whole?.addEventListener("change", hold);
    if (whole) hold();
    return boxes;
  }

  /** Numbers of a step: pieces of the text, and how much each counts at each. */
  function read({ arrays, figures }) {
    const starts = unpack(arrays.starts, Uint16Array);
    const kind = arrays.attention ? "attention" : "memory";
    const shares = unpack(arrays[kind], Uint16Array);
    const pieces = [];
    starts.forEach((start, token) => {
      if (pieces.at(-1)?.start !== start) pieces.push({ start, first: token });
      pieces.at(-1).last = token; // several tokens may make up one letter
    });
    pieces.forEach((piece, i) => {
      piece.end = pieces[i + 1]?.start ?? page.letters.length;
      piece.text = page.letters.slice(piece.start, piece.end).join("");
    });
    const pieceOf = page.letters.map((_, letter) => pieces.findLastIndex(({ start }) => start <= letter));
    return { kind, shares, tokens: starts.length, whole: figures.whole, pieces, pieceOf, gates: arrays.gates && unpack(arrays.gates, Float32Array) };
  }

  function unpack({ data }, type) {
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    return new type(bytes.buffer);
  }

  /** What each piece up to the cursor's has a share of there. */
  function row({ shares, tokens, whole, pieces, pieceOf }) {
    const here = pieceOf[page.at];
    const from = pieces[here].last * tokens;
    return pieces.slice(0, here + 1).map(({ first, last }) => {
      let sum = 0;
      for (let token = first; token <= last; token += 1) sum += shares[from + token];
      return sum / whole;
    });
  }

  // The cursor

  function step(by, words) {
    return play.el("button", { type: "button", class: "ghost", onclick: () => go(page.at + by) }, words);
  }

  function key(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 }[event.key];
    const to = { Home: 0, End: page.letters.length - 1 }[event.key] ?? (by && page.at + by);
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  }

  /** A mouse moves the cursor by being there, a finger by touching or dragging along. */
  function point(event) {
    const mark = document.elementFromPoint(event.clientX, event.clientY)?.closest(".cursor-flow > b");
    const one = mark && panels.find(({ marks }) => marks?.includes(mark));
    if (one?.data) go(one.data.pieces[one.marks.indexOf(mark)].end - 1);
  }

  function go(letter) {
    const to = Math.max(0, Math.min(page.letters.length - 1, letter));
    if (to === page.at || !panels.some((one) => one.data)) return;
    page.at = to;
    if (page.drawing) return;
    page.drawing = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    page.drawing = false;
    const shown = panels.filter((one) => one.data);
    const rows = shown.map((one) => row(one.data));
    const most = Math.max(...rows.flat());
    shown.forEach((one, i) => paint(one, rows[i], most));
    longest.textContent = `${percent(most)}, the largest share of all`;
    const sentences = shown.map((one, i) => sentence(one, rows[i], shown, rows));
    say(`Letter ${page.at + 1} of ${page.letters.length}. ${sentences.join(" ")}`);
    fill();
  }

  function paint(one, shares, most) {
    const here = shares.length - 1;
    one.marks.forEach((mark, i) => {
      const bar = i <= here && shares[i] >= SEEN ? Math.max(1, Math.round((shares[i] / most) * BAR)) : 0;
      if (bar !== one.bars[i]) mark.style.setProperty("--bar", `${bar}px`);
      one.bars[i] = bar;
    });
    one.here?.classList.remove("at");
    one.here = one.marks[here];
    one.here.classList.add("at");
    const flow = one.here.parentElement;
    flow.setAttribute("aria-valuenow", page.at + 1);
    flow.setAttribute("aria-valuetext", `letter ${page.at + 1}, ${seen(page.letters[page.at])}`);
    one.openings?.();
  }

  // In words

  function say(words) {
    if (says.textContent !== words) says.textContent = words;
  }

  function seen(text) {
    return [...text].map((letter) => ({ " ": "␣", "\n": "↵", "\t": "⇥" })[letter] ?? letter).join("");
  }

  function percent(share) {
    if (share > 0 && share < 0.01) return "under 1 %";
    return `${Math.round(100 * share)} %`;
  }

  /** Where the largest share lies and how far back half of all lies; then what of the other's. */
  function sentence(one, shares, shown, rows) {
    const { pieces, kind } = one.data;
    const here = shares.length - 1;
    const top = shares.indexOf(Math.max(...shares));
    const back = page.at - pieces[top].start;
    const whom = `“${seen(pieces[top].text)}”${top === here ? " itself" : ""}`;
    const far = top === here ? "" : `, ${back} letter${back === 1 ? "" : "s"} back`;
    const does = kind === "attention" ? `looks most at ${whom}` : `remembers ${whom} best`;
    const what = `${one.name()} ${does}${far} (${percent(shares[top])}); half of all lies within ${within(one.data, shares)}.`;
    const lead = shown[0] === one ? `At “${seen(pieces[here].text)}”, ` : "";
    const other = shown.findIndex(({ data }) => data.kind === "attention");
    if (kind === "attention" || other < 0) return lead + what;
    const looked = shown[other].data.pieces[rows[other].indexOf(Math.max(...rows[other]))];
    const piece = one.data.pieceOf[looked.start];
    return `${lead}${what} Of what it remembers ${percent(shares[piece])} is “${seen(pieces[piece].text)}”, where ${shown[other].name()} looks most.`;
  }

  /** The last letters that together have half of everything. */
  function within({ pieces }, shares) {
    let sum = 0;
    let i = shares.length;
    while (i > 0 && sum < 0.5) sum += shares[(i -= 1)];
    const letters = page.at + 1 - pieces[i].start;
    return letters === 1 ? "this letter" : `the last ${letters} letters`;
  }

  // Gates, legend, table

  /** Three small charts, how far each gate stands open at every letter; they follow the cursor. */
  function openings(one) {
    const { gates, tokens, pieces, pieceOf } = one.data;
    const rows = GATES.map((name, column) => {
      const at = svg("path", { class: "at" });
      const figure = play.el("output", {});
      const steps = pieces.map(({ last }, i) => `V${100 - 100 * gates[3 * last + column]}H${i + 1}`).join("");
      const drawing = svg("svg", { viewBox: `0 0 ${pieces.length} 100`, preserveAspectRatio: "none", role: "img", "aria-label": `Gate that ${name}, from 0 to 100 % at each of ${pieces.length} letters; in the table.` }, svg("path", { d: `M0 100${steps}V100Z` }), at);
      return { element: play.el("div", { class: "cursor-gate" }, play.el("span", {}, name), drawing, figure), at, figure, column };
    });
    one.openings = () => {
      const here = pieceOf[page.at];
      for (const { at, figure, column } of rows) {
        at.setAttribute("d", `M${here + 0.5} 0V100`);
        figure.textContent = percent(gates[3 * pieces[here].last + column]);
      }
    };
    const about = `How far its gates stand open while it reads each letter, from 0 to 100 %, on average over all cells: what is new is let in, what was there is kept, and what is used is let out.`;
    return [...rows.map(({ element }) => element), play.el("p", { class: "says" }, about)];
  }

  function svg(name, settings, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [setting, value] of Object.entries(settings)) element.setAttribute(setting, value);
    element.append(...children);
    return element;
  }

  function legend() {
    const sample = (bar, settings = {}) => play.el("b", { style: `--bar: ${bar}px`, ...settings }, "a");
    const part = (mark, ...words) => play.el("span", {}, mark, " ", ...words);
    return play.el("p", { class: "legend cursor-legend" }, part(sample(0, { class: "at" }), "read up to here"), part(sample(BAR), longest), part(sample(BAR / 2), "half of that"));
  }

  /** The row of the letter under the cursor, nearest first; only while somebody looks at it. */
  function fill() {
    const shown = panels.filter((one) => one.data);
    if (!details.open || !shown.length) return;
    const rows = shown.map((one) => row(one.data));
    const names = shown.flatMap((one) => [`${one.name()}, share`, ...(one.data.gates ? GATES.map((gate) => `${one.name()} ${gate}`) : [])]);
    const head = play.el("tr", {}, ...["Letter", "", ...names].map((name) => play.el("th", { scope: "col" }, name)));
    const body = [];
    for (let letter = page.at; letter >= 0; letter -= 1) {
      const cells = shown.flatMap(({ data }, i) => {
        const piece = data.pieceOf[letter];
        const own = data.gates ? GATES.map((_, column) => percent(data.gates[3 * data.pieces[piece].last + column])) : [];
        const part = [...data.pieces[piece].text].length > 1 ? ` of “${seen(data.pieces[piece].text)}”` : "";
        return [`${(100 * rows[i][piece]).toFixed(1)} %${part}`, ...own];
      });
      body.push(play.el("tr", {}, play.el("th", { scope: "row" }, letter + 1), ...[seen(page.letters[letter]), ...cells].map((cell) => play.el("td", {}, cell))));
    }
    table.replaceChildren(play.el("table", {}, play.el("thead", {}, head), play.el("tbody", {}, ...body)));
  }
});
