// Inside on one cursor: what two models go on at a letter of a text, as a bar under each letter
// before it. Attention and memory come as the same rows, see models/adapters/attribution.py, so one
// cursor moves in both; nobody is asked while it moves.
import { visible } from "../../../web/kit/card_parts.js";
import { el, ghost, svg } from "../../../web/kit/dom.js";
import { moduleNamed } from "../../../web/kit/fetched.js";
import { percent } from "../../../web/kit/numbers.js";
import { run } from "../../../web/kit/runs.js";
import { Panel } from "./cursor_panel.js";
import { modelsHere } from "../drawer_form.js";

const MOST = 200; // letters
const BAR = 20; // pixels of the longest bar
const SEEN = 0.005; // a share from which on there is a bar at all
const EXAMPLE =
  "MIRANDA:\nThe bell that rang at noon shall ring at night.\n\nANTONIO:\nThen " +
  "let the bell that rang at noon be still.";
const GATES = ["lets in", "keeps", "lets out"];

export function build(root, models) {
  new Cursor(root, models);
}

class Cursor {
  constructor(root, models) {
    this.root = root;
    this.models = models;

    this.page = { letters: [], at: 0, running: null, asked: 0, drawing: false };
    this.offered = this.models.filter((model) => !model.hub);
    this.panels = this.offered.slice(0, 2).map(this.panel.bind(this));

    this.area = el("textarea", {
      id: "cursor-text",
      rows: 6,
      maxlength: 2 * MOST,
      spellcheck: "false",
      oninput: this.count.bind(this),
    });
    this.counted = el("span", { class: "cursor-count" });
    this.button = ghost("Show", this.press.bind(this), { class: "ghost cursor-show" });
    const taking = ghost("Take the left card’s text", this.takeCard.bind(this));
    const [back, on] = [this.step(-1, "← Letter"), this.step(1, "Letter →")];
    this.says = el("p", { class: "cursor-says", "aria-live": "polite" });
    this.longest = el("span", {}, "the largest share of all");
    this.later = el("p", { class: "says" });
    this.table = el("div", { class: "table" });
    this.details = el(
      "details",
      { class: "details", ontoggle: this.fill.bind(this) },
      el("summary", {}, "Table of this letter"),
      this.table,
    );

    this.root.append(
      el(
        "label",
        { class: "cursor-label", for: "cursor-text" },
        `Text, at most ${MOST} letters `,
        this.counted,
      ),
      this.area,
      el("div", { class: "tools" }, this.button, taking),
      this.says,
      el("div", { class: "tools" }, back, on),
      el("div", { class: "cursor-panels" }, ...this.panels.map((one) => one.element)),
      this.legend(),
      el(
        "p",
        { class: "says" },
        "Bars of attention: how much a letter counts where the model looks, on " +
          "average over all heads of all layers unless you choose one. Bars of memory: " +
          "which part of its memory was written while it read that letter. Either way " +
          "all bars of a letter sum to 100 %.",
      ),
      this.details,
      this.later,
    );
    this.root
      .closest("details")
      .addEventListener("toggle", (event) => event.target.open && this.offer());
    this.area.value = fromCard() || EXAMPLE;
    this.count();
    this.offer();
    this.show();
  }

  takeCard() {
    const text = fromCard();
    if (!text) {
      return this.say(
        "There is no finished text on the left card yet: press Write at the top of the page.",
      );
    }
    this.area.value = text;
    this.count();
    this.show();
  }

  count() {
    const letters = [...this.area.value].length;
    this.counted.textContent = `· ${letters}`;
    this.counted.classList.toggle("over", letters > MOST);
  }

  // Asking

  press() {
    if (this.page.running) this.page.running.stop();
    else this.show();
  }

  show() {
    this.page.running?.stop();
    const text = this.area.value;
    const number = (this.page.asked += 1);
    this.page.letters = [...text];
    this.page.at = Math.max(0, this.page.letters.length - 1);
    this.panels.forEach((one) => one.clear());
    this.button.textContent = "Stop";
    this.root.setAttribute("aria-busy", "true");
    this.say("Both models read the text …");
    const requests = this.panels.map((one) => one.request(text));
    this.page.running = run(
      requests,
      (i, event) => number === this.page.asked && this.panels[i].take(event),
    );
    this.page.running.done.then(() => number === this.page.asked && this.rest());
  }

  rest() {
    this.page.running = null;
    this.button.textContent = "Show";
    this.root.removeAttribute("aria-busy");
    if (this.panels.some((one) => one.data)) this.draw();
    else this.say("");
  }

  /** Put the models of the hub that are here by now into the pickers, and name the others. */
  async offer() {
    const here = await modelsHere(this.models);
    for (const model of here) {
      if (this.offered.includes(model)) continue;
      this.offered.push(model);
      this.panels.forEach((one) => one.offer(model));
    }
    const missing = this.models.filter((model) => !here.includes(model)).map(({ name }) => name);
    this.later.textContent = missing.length
      ? `Not here yet: ${missing.join(", ")}. Fetch one on a card at the top, and it ` +
        "can be chosen here."
      : "";
  }

  // One model's panel

  panel(first, number) {
    return new Panel(this, first, number);
  }

  /** A choice of each part that a model can be looked into; what is of a layer waits for one. */
  selects(controls) {
    const boxes = controls.map((control) => {
      const all = `All ${control.label.toLowerCase()}s`;
      const numbers = Array.from({ length: control.high }, (_, i) =>
        el("option", { value: i + 1 }, `${control.label} ${i + 1}`),
      );
      return el(
        "select",
        {
          class: "ghost",
          name: control.name,
          "aria-label": control.label,
          onchange: this.show.bind(this),
        },
        el("option", { value: 0 }, all),
        ...numbers,
      );
    });
    const [whole, ...within] = boxes;
    const hold = () => within.forEach((box) => (box.disabled = whole.value === "0"));
    whole?.addEventListener("change", hold);
    if (whole) hold();
    return boxes;
  }

  /** Numbers of a step: pieces of the text, and how much each counts at each. */
  read({ arrays, figures }) {
    const starts = unpack(arrays.starts, Uint16Array);
    const kind = arrays.attention ? "attention" : "memory";
    const shares = unpack(arrays[kind], Uint16Array);
    const pieces = [];
    starts.forEach((start, token) => {
      if (pieces.at(-1)?.start !== start) pieces.push({ start, first: token });
      pieces.at(-1).last = token; // several tokens may make up one letter
    });
    pieces.forEach((piece, i) => {
      piece.end = pieces[i + 1]?.start ?? this.page.letters.length;
      piece.text = this.page.letters.slice(piece.start, piece.end).join("");
    });
    const pieceOf = this.page.letters.map((_, letter) =>
      pieces.findLastIndex(({ start }) => start <= letter),
    );
    return {
      kind,
      shares,
      tokens: starts.length,
      whole: figures.whole,
      pieces,
      pieceOf,
      gates: arrays.gates && unpack(arrays.gates, Float32Array),
    };
  }

  /** What each piece up to the cursor's has a share of there. */
  row({ shares, tokens, whole, pieces, pieceOf }) {
    const here = pieceOf[this.page.at];
    const from = pieces[here].last * tokens;
    return pieces.slice(0, here + 1).map(({ first, last }) => {
      let sum = 0;
      for (let token = first; token <= last; token += 1) sum += shares[from + token];
      return sum / whole;
    });
  }

  // The cursor

  step(by, words) {
    return el(
      "button",
      { type: "button", class: "ghost", onclick: () => this.go(this.page.at + by) },
      words,
    );
  }

  key(event) {
    const by = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageUp: 10,
      PageDown: -10,
    }[event.key];
    const to =
      { Home: 0, End: this.page.letters.length - 1 }[event.key] ?? (by && this.page.at + by);
    if (to === undefined) return;
    event.preventDefault();
    this.go(to);
  }

  /** A mouse moves the cursor by being there, a finger by touching or dragging along. */
  point(event) {
    const mark = document
      .elementFromPoint(event.clientX, event.clientY)
      ?.closest(".cursor-flow > b");
    const one = mark && this.panels.find(({ marks }) => marks?.includes(mark));
    if (one?.data) this.go(one.data.pieces[one.marks.indexOf(mark)].end - 1);
  }

  go(letter) {
    const to = Math.max(0, Math.min(this.page.letters.length - 1, letter));
    if (to === this.page.at || !this.panels.some((one) => one.data)) return;
    this.page.at = to;
    if (this.page.drawing) return;
    this.page.drawing = true;
    requestAnimationFrame(this.draw.bind(this));
  }

  draw() {
    this.page.drawing = false;
    const shown = this.panels.filter((one) => one.data);
    const rows = shown.map((one) => this.row(one.data));
    const most = Math.max(...rows.flat());
    shown.forEach((one, i) => this.paint(one, rows[i], most));
    this.longest.textContent = `${percent(most)}, the largest share of all`;
    const sentences = shown.map((one, i) => this.sentence(one, rows[i], shown, rows));
    this.say(`Letter ${this.page.at + 1} of ${this.page.letters.length}. ${sentences.join(" ")}`);
    this.fill();
  }

  paint(one, shares, most) {
    const here = shares.length - 1;
    one.marks.forEach((mark, i) => {
      const bar =
        i <= here && shares[i] >= SEEN ? Math.max(1, Math.round((shares[i] / most) * BAR)) : 0;
      if (bar !== one.bars[i]) mark.style.setProperty("--bar", `${bar}px`);
      one.bars[i] = bar;
    });
    one.here?.classList.remove("at");
    one.here = one.marks[here];
    one.here.classList.add("at");
    const flow = one.here.parentElement;
    flow.setAttribute("aria-valuenow", this.page.at + 1);
    flow.setAttribute(
      "aria-valuetext",
      `letter ${this.page.at + 1}, ${visible(this.page.letters[this.page.at])}`,
    );
    one.openings?.();
  }

  // In words

  say(words) {
    if (this.says.textContent !== words) this.says.textContent = words;
  }

  /** Where the largest share lies and how far back half of all lies; then what of the other's. */
  sentence(one, shares, shown, rows) {
    const { pieces, kind } = one.data;
    const here = shares.length - 1;
    const top = shares.indexOf(Math.max(...shares));
    const back = this.page.at - pieces[top].start;
    const whom = `“${visible(pieces[top].text)}”${top === here ? " itself" : ""}`;
    const far = top === here ? "" : `, ${back} letter${back === 1 ? "" : "s"} back`;
    const does = kind === "attention" ? `looks most at ${whom}` : `remembers ${whom} best`;
    const what =
      `${one.name()} ${does}${far} (${percent(shares[top])}); half of all lies ` +
      `within ${this.within(one.data, shares)}.`;
    const lead = shown[0] === one ? `At “${visible(pieces[here].text)}”, ` : "";
    const other = shown.findIndex(({ data }) => data.kind === "attention");
    if (kind === "attention" || other < 0) return lead + what;
    const looked = shown[other].data.pieces[rows[other].indexOf(Math.max(...rows[other]))];
    const piece = one.data.pieceOf[looked.start];
    return (
      `${lead}${what} Of what it remembers ${percent(shares[piece])} is ` +
      `“${visible(pieces[piece].text)}”, where ${shown[other].name()} looks most.`
    );
  }

  /** The last letters that together have half of everything. */
  within({ pieces }, shares) {
    let sum = 0;
    let i = shares.length;
    while (i > 0 && sum < 0.5) sum += shares[(i -= 1)];
    const letters = this.page.at + 1 - pieces[i].start;
    return letters === 1 ? "this letter" : `the last ${letters} letters`;
  }

  // Gates, legend, table

  /** Three small charts, how far each gate stands open at every letter; they follow the cursor. */
  openings(one) {
    const { gates, pieces, pieceOf } = one.data;
    const rows = GATES.map((name, column) => {
      const at = svg("path", { class: "at" });
      const figure = el("output", {});
      const steps = pieces
        .map(({ last }, i) => `V${100 - 100 * gates[3 * last + column]}H${i + 1}`)
        .join("");
      const drawing = svg(
        "svg",
        {
          viewBox: `0 0 ${pieces.length} 100`,
          preserveAspectRatio: "none",
          role: "img",
          "aria-label":
            `Gate that ${name}, from 0 to 100 % at each of ${pieces.length} letters; in ` +
            "the table.",
        },
        svg("path", { d: `M0 100${steps}V100Z` }),
        at,
      );
      return {
        element: el("div", { class: "cursor-gate" }, el("span", {}, name), drawing, figure),
        at,
        figure,
        column,
      };
    });
    one.openings = () => {
      const here = pieceOf[this.page.at];
      for (const { at, figure, column } of rows) {
        at.setAttribute("d", `M${here + 0.5} 0V100`);
        figure.textContent = percent(gates[3 * pieces[here].last + column]);
      }
    };
    const about =
      "How far its gates stand open while it reads each letter, from 0 to 100 %, " +
      "on average over all cells: what is new is let in, what was there is kept, " +
      "and what is used is let out.";
    return [...rows.map(({ element }) => element), el("p", { class: "says" }, about)];
  }

  legend() {
    const sample = (bar, settings = {}) => el("b", { style: `--bar: ${bar}px`, ...settings }, "a");
    const part = (mark, ...words) => el("span", {}, mark, " ", ...words);
    return el(
      "p",
      { class: "legend cursor-legend" },
      part(sample(0, { class: "at" }), "read up to here"),
      part(sample(BAR), this.longest),
      part(sample(BAR / 2), "half of that"),
    );
  }

  /** The row of the letter under the cursor, nearest first; only while somebody looks at it. */
  fill() {
    const shown = this.panels.filter((one) => one.data);
    if (!this.details.open || !shown.length) return;
    const rows = shown.map((one) => this.row(one.data));
    const names = shown.flatMap((one) => [
      `${one.name()}, share`,
      ...(one.data.gates ? GATES.map((gate) => `${one.name()} ${gate}`) : []),
    ]);
    const head = el(
      "tr",
      {},
      ...["Letter", "", ...names].map((name) => el("th", { scope: "col" }, name)),
    );
    const body = [];
    for (let letter = this.page.at; letter >= 0; letter -= 1) {
      const cells = shown.flatMap(({ data }, i) => {
        const piece = data.pieceOf[letter];
        const own = data.gates
          ? GATES.map((_, column) => percent(data.gates[3 * data.pieces[piece].last + column]))
          : [];
        const part =
          [...data.pieces[piece].text].length > 1
            ? ` of “${visible(data.pieces[piece].text)}”`
            : "";
        return [`${(100 * rows[i][piece]).toFixed(1)} %${part}`, ...own];
      });
      body.push(
        el(
          "tr",
          {},
          el("th", { scope: "row" }, letter + 1),
          ...[visible(this.page.letters[letter]), ...cells].map((cell) => el("td", {}, cell)),
        ),
      );
    }
    this.table.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
  }
}

// The text

/** What stands on the left card, prompt and all; "" while there is nothing, or it still grows. */
function fromCard() {
  const model = moduleNamed("text_cards")?.cardOn("left")?.model;
  if (!model?.started || model.busy) return "";
  return [...(model.recipe.prompt + model.text)].slice(0, MOST).join("");
}

function unpack({ data }, type) {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  return new type(bytes.buffer);
}
