// Your drawing: a pad of 32 × 32 pixels, a picture from above or from a file, and what five machines
// make of it. Only the 32 × 32 pixels are sent.
"use strict";

looks.add("drawing", (root, models) => {
  const PX = 32;
  const FINE = 8; // strokes are drawn so many times finer, then scaled down
  const LINE = 2.5 * FINE; // as thick as the digits that the models know
  const SHOWN = 256; // the pad's side on the screen
  const MOST_BYTES = 5_000_000;
  const MOST_SIDE = 12_000;
  const KINDS = ["image/png", "image/jpeg", "image/webp"];
  const REDRAWN = 4;
  const NOISE = 0.6;
  const EYE = "M1 8c2-3.4 4.3-5 7-5s5 1.6 7 5c-2 3.4-4.3 5-7 5S3 11.4 1 8z";

  const takes = (task) => models.filter(({ inputs }) => (inputs[task] ?? []).some(({ kind }) => kind === "picture"));
  const colours = models.flatMap(({ controls }) => controls).find(({ name }) => name === "ink")?.choices ?? ["black", "white"];
  const asked = looks.asked();

  let items = []; // strokes and pictures, the undermost first
  let stroke = null; // the one being drawn
  let ink = asked.ink;
  let paper = asked.paper;
  let running = null;
  let taken = -1; // which of the pictures above was taken last

  // The pad

  const small = canvas(PX, { alpha: false });
  const fine = canvas(PX * FINE);
  const pen = play.el("i", { class: "drawing-pen", "aria-hidden": "true", hidden: true });
  const place = { x: PX / 2, y: PX / 2, down: false };
  small.element.className = "drawing-pad";
  const help = play.el("p", { class: "says", id: "drawing-help" }, "Finger or mouse. By keyboard: arrows move the pen, Space puts it down or lifts it.");
  const pad = play.el(
    "div",
    { class: "drawing-frame", tabindex: 0, role: "application", "aria-label": `Drawing pad, ${PX} by ${PX} pixels`, "aria-describedby": help.id, onkeydown: steer, onblur: lift },
    small.element,
    pen,
  );
  small.element.addEventListener("pointerdown", begin);
  small.element.addEventListener("pointermove", (event) => stroke && !place.down && draw(...pointOf(event)));
  for (const name of ["pointerup", "pointercancel"]) small.element.addEventListener(name, () => place.down || finish());

  const remark = play.el("p", { class: "says drawing-remark", role: "status" });
  const undo = looks.button("Undo", () => change(() => items.pop()));
  const clear = looks.button("Clear", () => change(() => (items = [])));
  const above = looks.button("Take a picture from above", takeAbove);
  const file = play.el("input", { type: "file", accept: KINDS.join(","), class: "drawing-input", onchange: takeFile });
  const upload = play.el("label", { class: "ghost drawing-file" }, "Choose a file", file);
  const go = play.el("button", { type: "button", class: "primary drawing-go", onclick: press }, "Let them look");

  const tools = play.el(
    "div",
    { class: "drawing-tools" },
    palette("Pen", "ink", () => ink, (name) => (ink = name)),
    palette("Paper", "paper", () => paper, (name) => (paper = name)),
    play.el("div", { class: "tools" }, undo, clear, above, upload),
    play.el("p", { class: "says" }, "PNG, JPEG or WebP up to 5 MB. It is made small here in your browser: only 32 × 32 pixels are sent, and they are not kept."),
    remark,
    go,
  );

  function canvas(side, settings = {}) {
    const element = play.el("canvas", { width: side, height: side });
    const context = element.getContext("2d", { willReadFrequently: true, ...settings });
    context.imageSmoothingQuality = "high";
    return { element, context };
  }

  /** Eight colours to choose from, as radio buttons. */
  function palette(title, name, chosen, choose) {
    const word = play.el("b", {}, chosen());
    const options = colours.map((colour) => {
      const input = play.el("input", { type: "radio", name: `drawing-${name}`, value: colour, checked: colour === chosen(), "aria-label": colour });
      input.addEventListener("change", () => {
        choose(colour);
        word.textContent = colour;
        paint();
      });
      return play.el("label", { class: "drawing-colour", "data-swatch": colour, title: colour }, input, play.el("i", { "aria-hidden": "true" }));
    });
    return play.el("fieldset", { class: "drawing-palette" }, play.el("legend", {}, `${title}: `, word), play.el("div", {}, ...options));
  }

  /** A colour of the palette as the stylesheet has it. */
  function rgb(colour) {
    return getComputedStyle(root.querySelector(`[data-swatch="${colour}"]`)).getPropertyValue("--swatch");
  }

  /** Everything anew: the paper, then all items in order. */
  function paint() {
    const { context } = small;
    context.fillStyle = rgb(paper);
    context.fillRect(0, 0, PX, PX);
    for (const item of [...items, stroke].filter(Boolean)) {
      if (item.picture) context.drawImage(item.picture, 0, 0);
      else context.drawImage(lined(item), 0, 0, PX, PX);
    }
    for (const [other, empty] of [[undo, !items.length], [clear, !items.length]]) other.setAttribute("aria-disabled", String(empty));
  }

  function lined({ colour, points }) {
    const { context, element } = fine;
    context.clearRect(0, 0, PX * FINE, PX * FINE);
    Object.assign(context, { strokeStyle: rgb(colour), lineWidth: LINE, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
    return element;
  }

  function pointOf(event) {
    const { left, top, width, height } = small.element.getBoundingClientRect();
    return [((event.clientX - left) / width) * PX * FINE, ((event.clientY - top) / height) * PX * FINE];
  }

  function begin(event) {
    if (event.button) return;
    event.preventDefault();
    lift();
    pad.focus({ preventScroll: true });
    pen.hidden = true;
    small.element.setPointerCapture(event.pointerId);
    stroke = { colour: ink, points: [] };
    draw(...pointOf(event));
  }

  function draw(x, y) {
    stroke.points.push([x, y]);
    paint();
  }

  function finish() {
    if (stroke?.points.length) items.push(stroke);
    stroke = null;
    remark.textContent = ink === paper ? "Pen and paper have the same colour: nothing can be seen." : "";
    paint();
  }

  /** The pen by keyboard: in whole pixels. */
  function steer(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!dx && !dy && event.key !== " ") return;
    event.preventDefault();
    pen.hidden = false;
    if (event.key === " ") place.down ? lift() : lower();
    place.x = Math.min(PX - 1, Math.max(1, place.x + dx));
    place.y = Math.min(PX - 1, Math.max(1, place.y + dy));
    Object.assign(pen.style, { left: `${(100 * place.x) / PX}%`, top: `${(100 * place.y) / PX}%` });
    if (place.down && (dx || dy)) draw(place.x * FINE, place.y * FINE);
  }

  function lower() {
    place.down = true;
    pen.dataset.down = "";
    stroke = { colour: ink, points: [] };
    draw(place.x * FINE, place.y * FINE);
    remark.textContent = "The pen is down.";
  }

  function lift() {
    if (!place.down) return;
    place.down = false;
    delete pen.dataset.down;
    finish();
    remark.textContent ||= "The pen is up.";
  }

  function change(act) {
    lift();
    act();
    remark.textContent = "";
    paint();
  }

  // Other people's pictures

  function takeAbove() {
    const there = [...document.querySelectorAll("#images-grid .tile img")];
    if (!there.length) return (remark.textContent = "Nothing is drawn above yet. Press “Draw” there first.");
    taken = (taken + 1) % there.length;
    const { alt } = there[taken];
    put(there[taken]);
    remark.textContent = `${alt}: ${taken + 1} of ${there.length}. Press again for the next.`;
  }

  async function takeFile() {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    remark.textContent = "";
    if (!KINDS.includes(chosen.type)) return (remark.textContent = "This file is no picture: choose a PNG, a JPEG or a WebP.");
    if (chosen.size > MOST_BYTES) return (remark.textContent = `This file has ${play.number(chosen.size / 1e6)} MB; 5 MB are the most.`);
    const picture = await createImageBitmap(chosen).catch(() => null);
    if (!picture) return (remark.textContent = "This file cannot be read as a picture. Choose another.");
    if (Math.max(picture.width, picture.height) > MOST_SIDE) return (remark.textContent = `This picture is ${picture.width} × ${picture.height} pixels large; ${MOST_SIDE.toLocaleString("en")} a side are the most.`);
    put(picture);
    remark.textContent = `${chosen.name}, made ${PX} × ${PX} pixels small.`;
  }

  /** A picture over all that is drawn, whole, its longer side as long as the pad. */
  function put(picture) {
    lift();
    const [width, height] = [picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height];
    let side = Math.max(width, height);
    let whole = square(side > PX * FINE ? PX * FINE : side, picture, width, height);
    while ((side = whole.width) > PX) whole = square(Math.max(PX, Math.ceil(side / 2)), whole, side, side);
    if (whole.width < PX) whole = square(PX, whole, whole.width, whole.width);
    items.push({ picture: whole });
    paint();
  }

  /** A picture in the middle of a square of transparent paper. */
  function square(side, picture, width, height) {
    const { context, element } = canvas(side);
    const scale = side / Math.max(width, height);
    context.drawImage(picture, (side - width * scale) / 2, (side - height * scale) / 2, width * scale, height * scale);
    return element;
  }

  // The machines

  /** What is asked, and the cards that show it. */
  const machines = [
    ...takes("look").map((model) => ({ model, task: "look", options: {}, cards: lookers(model) })),
    ...takes("redraw").map((model) => ({ model, task: "redraw", options: { count: REDRAWN, strength: NOISE }, cards: [redrawer(model)] })),
  ].filter(({ cards }) => cards.length);
  const order = ["vae", "gan", "contrastive", "diffusion"];
  machines.sort((a, b) => order.indexOf(a.model.family) - order.indexOf(b.model.family));
  const cards = machines.flatMap((machine) => machine.cards);

  function lookers(model) {
    return { vae: [keeper, doubter], gan: [critic], contrastive: [namer] }[model.family]?.map((make) => make(model)) ?? [];
  }

  /** A card of a model: `blank` empties it, `show` takes what the model found and says it in a sentence. */
  function card(model, name, about, parts, show) {
    const made = model.family === "contrastive" ? judgeCard(name, about) : play.card(model.family, name, about);
    const words = play.el("p", { class: "drawing-words" }, play.el("span", { class: "hint" }, "Press “Let them look”."));
    const failure = play.el("div", { class: "drawing-failure" });
    made.stage.append(parts.element, words, ...(parts.more ?? []), failure);
    const blank = () => {
      parts.blank?.();
      words.replaceChildren();
      failure.replaceChildren();
      play.state(made.state, "", "", "");
    };
    const say = (sentence) => (words.textContent = sentence);
    return { ...made, words, failure, blank, show: (event) => show(event, say), source: play.LIVE };
  }

  /** CLIP judges: an eye in ink, and no colour of a family. */
  function judgeCard(name, about) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, value] of Object.entries({ class: "shape", width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true", fill: "none", stroke: "currentColor", "stroke-width": 1.6 })) svg.setAttribute(key, value);
    for (const [tag, settings] of [["path", { d: EYE }], ["circle", { cx: 8, cy: 8, r: 2.2, fill: "currentColor", stroke: "none" }]]) {
      const part = document.createElementNS(svg.namespaceURI, tag);
      for (const [key, value] of Object.entries(settings)) part.setAttribute(key, value);
      svg.append(part);
    }
    const state = play.el("span", { class: "state" });
    const stage = play.el("div", { class: "stage-of-play" });
    const head = play.el("header", { class: "heading drawing-judge" }, svg, play.el("h3", {}, name), state, play.el("p", { class: "about" }, about));
    return { element: play.el("section", { class: "card family drawing-judged", "aria-label": name }, head, stage), state, stage };
  }

  /** Tiles with a word below each. */
  function tiles(names) {
    const made = names.map((name) => ({ tile: play.el("span", { class: "tile" }), name }));
    const figures = made.map(({ tile, name }) => play.el("figure", {}, tile, name && play.el("figcaption", {}, name)));
    const element = play.el("div", { class: "drawing-tiles" }, ...figures);
    const put = (i, address, alt) => {
      const image = made[i].tile.querySelector("img") ?? play.el("img", { decoding: "sync" });
      Object.assign(image, { src: address, alt });
      made[i].tile.replaceChildren(image);
    };
    return { element, put, blank: () => made.forEach(({ tile }) => tile.replaceChildren()) };
  }

  /** Bars of shares from 0 to 100 %, each with its words, and the same as a table. */
  function bars(axis, head) {
    const rows = play.el("div", { class: "drawing-bars" });
    const scale = play.el("div", { class: "drawing-axis", "aria-hidden": "true" }, play.el("span", {}, "0"), play.el("span", {}, axis), play.el("span", {}, "100 %"));
    const table = play.el("div", { class: "table" });
    const details = play.el("details", { class: "details" }, play.el("summary", {}, "Table"), table);
    const blank = () => {
      rows.replaceChildren(...Array.from({ length: head.rows ?? 1 }, () => row("", null)));
      table.replaceChildren();
      details.hidden = true;
    };
    const put = (shares, figures) => {
      rows.replaceChildren(...shares.map(([label, share]) => row(label, share)));
      details.hidden = false;
      const body = figures.map((cells) => play.el("tr", {}, play.el("th", { scope: "row" }, cells[0]), ...cells.slice(1).map((cell) => play.el("td", {}, cell))));
      const heads = play.el("tr", {}, ...head.names.map((name) => play.el("th", { scope: "col" }, name)));
      table.replaceChildren(play.el("table", {}, play.el("thead", {}, heads), play.el("tbody", {}, ...body)));
    };
    blank();
    return { element: play.el("div", {}, rows, scale), more: [details], blank, put };
  }

  function row(label, share) {
    const fill = play.el("i", { style: `width:${100 * (share ?? 0)}%` });
    const words = play.el("span", { class: "drawing-label" }, label || "\u00a0", " ", label && play.el("b", {}, percent(share)));
    return play.el("div", { class: "drawing-row", role: label ? "img" : null, "aria-label": label ? `${label} ${percent(share)}` : null }, words, play.el("span", { class: "drawing-track" }, fill));
  }

  /** Whole percent; what is rarer as "1 in 340". */
  function percent(share) {
    if (share <= 0) return "0 %";
    return share < 0.01 ? `1 in ${Math.round(1 / share).toLocaleString("en")}` : `${Math.round(100 * share)} %`;
  }

  /** A share of real digits in words that do not claim more than it says. */
  function among({ percentile, percentile_n: n }, words) {
    if (percentile === undefined) return `There are no figures of real digits for these weights to compare it with, so nothing is said of its place among them.`;
    const all = Math.round(n).toLocaleString("en");
    if (percentile >= 1) return `${words} than every one of ${all} real digits.`;
    if (percentile <= 0) return `No real digit of ${all} is less so.`;
    const whole = Math.floor(100 * percentile);
    return `${words} than ${whole ? `${whole} %` : "less than 1 %"} of real digits.`;
  }

  function keeper(model) {
    const parts = tiles(["yours", "kept", "lost"]);
    return card(model, `${model.name}: what it keeps`, "into 32 numbers and back", parts, ({ look }, say) => {
      const { tiles: found, figures, label } = look;
      const off = Math.round(100 * Math.sqrt(figures.error_white));
      parts.put(0, small.element.toDataURL("image/png"), "your drawing, 32 by 32 pixels");
      parts.put(1, found.kept, `what the VAE kept of it${label && `: it reads ${label}`}`);
      parts.put(2, found.error, `where it is wrong: black is right, white is off by ${off} % or more`);
      say(`${label ? `It reads ${label}. ` : ""}A pixel is off by ${percent(figures.rmse)} of the range (root mean square). White in “lost”: off by ${off} % or more.`);
    });
  }

  function doubter(model) {
    const parts = bars("of real test digits", { names: ["Figure", "Value"] });
    return card(model, `${model.name}: how strange`, "error plus length of the code", parts, ({ look }, say) => {
      const { figures } = look;
      const rows = [["Strangeness, nats", play.number(figures.strangeness)]];
      if (figures.percentile !== undefined) rows.push(["Real digits less strange", percent(figures.percentile)], ["Test digits compared with", figures.percentile_n.toLocaleString("en")]);
      parts.put(figures.percentile === undefined ? [] : [["Less strange than yours:", figures.percentile]], rows);
      say(figures.percentile <= 0 ? `No real digit is less strange.` : among(figures, "Stranger"));
    });
  }

  function critic(model) {
    const parts = bars("of real test digits", { names: ["Figure", "Value"] });
    return card(model, `${model.name}: its critic`, "learnt to tell real from made", parts, ({ look }, say) => {
      const { figures } = look;
      const sign = figures.realness > 0 ? "+" : "−";
      const score = `${sign}${play.number(Math.abs(figures.realness), 2)}`;
      const rows = [["Score, real above 0", score]];
      if (figures.percentile !== undefined) rows.push(["Real digits with a lower score", percent(figures.percentile)], ["Test digits compared with", figures.percentile_n.toLocaleString("en")]);
      parts.put(figures.percentile === undefined ? [] : [["Less real than yours:", figures.percentile]], rows);
      const place = figures.percentile <= 0 ? "Every real digit looks more real to it." : among(figures, "More real");
      say(`It says “${figures.realness > 0 ? "real" : "made"}” (${score}). ${place}`);
    });
  }

  function namer(model) {
    const parts = bars("probability", { names: ["Caption", "Probability"], rows: 5 });
    return card(model, `${model.name}: its caption`, "a judge, picks among 560", parts, ({ look }, say) => {
      const found = Object.entries(look.figures).sort((a, b) => b[1] - a[1]);
      const [best, share] = found[0];
      parts.put(found, found.map(([caption, p]) => [caption, percent(p)]));
      say(`Nearest: “${best}”, ${percent(share)}. It has to choose: no caption says “nothing of this kind”.`);
    });
  }

  function redrawer(model) {
    const parts = tiles(Array.from({ length: REDRAWN }, () => ""));
    parts.element.classList.add("drawing-redrawn");
    return card(model, `${model.name}: redrawn`, "from 60 % noise, without words", parts, ({ frame }, say) => {
      frame.tiles.forEach((tile, i) => parts.put(i, tile, `your drawing redrawn from 60 % noise, ${frame.last ? "finished" : frame.label}, picture ${i + 1} of ${frame.tiles.length}`));
      say(frame.last ? `${frame.total} steps out of 60 % noise. Where they agree, your drawing came through; where they differ, the model made it up.` : `${frame.label}: what it believes is behind the noise.`);
    });
  }

  // A look

  function press() {
    if (running) return running.stop();
    look();
  }

  async function look() {
    lift();
    finish();
    const picture = small.element.toDataURL("image/png").split(",")[1];
    const { seed } = looks.asked();
    const requests = machines.map(({ model, task, options }) => ({ model: model.id, task, options: { ...options, picture }, seed }));
    cards.forEach((one) => one.blank());
    remark.textContent = items.length ? "" : "An empty sheet: they look at it all the same.";
    go.textContent = "Stop";
    go.dataset.running = "yes";
    root.setAttribute("aria-busy", "true");
    running = play.run(requests, take);
    await running.done;
    running = null;
    go.textContent = "Let them look";
    delete go.dataset.running;
    root.removeAttribute("aria-busy");
    for (const one of cards) one.element.removeAttribute("data-busy");
    const said = cards.filter(({ words }) => words.textContent);
    if (said.length) play.say(said.map(({ element, words }) => `${element.getAttribute("aria-label")}. ${words.textContent}`).join(" "));
  }

  function take(i, event) {
    for (const one of machines[i].cards) {
      if (event.start) one.source = event.start.replayed ? ["replayed", "↻", "replayed"] : play.LIVE;
      const { frame } = event;
      const [kind, mark] = one.source;
      play.showState(one.state, event, frame && !frame.last ? [kind, mark, frame.label] : one.source);
      one.element.toggleAttribute("data-busy", Boolean(frame && !frame.last));
      if (event.look) play.state(one.state, ...one.source);
      if (event.look || frame) one.show(event);
      if (event.fail) fail(one, event.fail);
    }
  }

  function fail(one, failed) {
    one.failure.replaceChildren(...looks.failure(failed, press));
  }

  root.append(
    play.el("div", { class: "drawing-board" }, play.el("div", {}, pad, help), tools),
    play.el("div", { class: "drawing-cards" }, ...cards.map(({ element }) => element)),
  );
  paint();
  remark.textContent = "Draw a digit, or anything else, and press “Let them look”.";
});
