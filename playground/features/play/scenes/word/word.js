// Change one word: the same seed draws a caption again and again, each time with another word in it.
"use strict";

play.scene("word", async (root) => {
  // The words of the digits world, see worlds.py.
  const colours = ["red", "orange", "yellow", "green", "blue", "purple", "white", "black"];
  const digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
  const slots = { ink: colours, digit: digits, paper: colours };
  const titles = { ink: "the ink", digit: "the digit", paper: "the paper" };
  const pattern = /^a (\w+) (\w+) on a (\w+) background$/;
  const most = 6; // rows
  const hint = "Press a word in brackets to change it.";

  const card = play.card("diffusion", "Diffusion");
  const line = play.el("p", { class: "word-line" });
  const panel = play.el("div", { class: "word-panel", id: "word-panel" });
  const says = play.el("p", { class: "reading word-says", role: "status" }, hint);
  const rows = play.el("ol", { class: "word-rows", "aria-label": "Rows, the oldest first" });
  const stop = play.el("button", { type: "button", class: "ghost", onclick: () => running?.stop() }, "Stop");
  const remove = play.el("button", { type: "button", class: "ghost", onclick: removeOldest }, "Remove the oldest row");
  const share = play.el("span", { class: "sharing" }); // of the newest row
  card.stage.append(line, panel, says, rows, play.el("div", { class: "tools" }, stop, remove, share));
  root.append(
    play.heading(
      "Change one word",
      "The seed stays, so every row begins with the same noise. What is alike in two rows comes from the noise; what differs comes from the word.",
    ),
    card.element,
  );

  let running = null;
  let opened = ""; // the slot whose words are shown
  let said = null; // {ink, digit, paper} of the newest row
  let recorded = {};
  try {
    recorded = (await play.pack("word")).runs;
  } catch (error) {
    if (!play.live) return explain(error.message);
  }
  const first = Object.keys(recorded)[0] ?? "a red seven on a black background";
  const request = { model: "diffusion_mini", options: { count: 4 }, seed: 7, ...askedIn(recorded[first]) };

  // What is said

  /** What a recorded run was asked, but for its words. */
  function askedIn(run) {
    return run && { model: run.start.recipe.model, options: run.start.recipe.options, seed: run.start.recipe.seed };
  }

  function captionOf({ ink, digit, paper }) {
    return `a ${ink} ${digit} on a ${paper} background`;
  }

  function explain(words, failed = false) {
    says.textContent = words;
    says.classList.toggle("failure", failed);
  }

  /** Why a word cannot be taken; "" if it can. */
  function objection(next) {
    if (next.ink === next.paper) return `A ${next.ink} digit on ${next.paper} paper cannot be seen. Choose two different colours.`;
    if (captionOf(next) === captionOf(said)) return "This word stands there already. Choose another.";
    if (running) return "The newest row is still being drawn. Wait for it, or press Stop.";
    if (rows.children.length >= most) return `${most} rows are enough to compare. Remove the oldest one first.`;
    if (!play.live && !recorded[captionOf(next)]) return "This change is not among the recorded runs. The running app draws them all.";
    return "";
  }

  // The prompt, and the words to choose from

  /** A button for one word of the prompt. */
  function wordButton(slot) {
    const settings = { type: "button", class: "ghost word-slot", "data-slot": slot, "aria-expanded": "false", "aria-controls": panel.id, onclick: () => open(slot, true) };
    return play.el("button", settings, play.el("i", { "aria-hidden": "true" }, "["), said[slot], play.el("i", { "aria-hidden": "true" }, "]"));
  }

  function showPrompt() {
    const slot = opened;
    line.replaceChildren("a ", wordButton("ink"), " ", wordButton("digit"), " on a ", wordButton("paper"), " background");
    opened = "";
    if (slot) open(slot, panel.contains(document.activeElement));
  }

  function slotButton(slot) {
    return line.querySelector(`[data-slot=${slot}]`);
  }

  /** Show the words that may stand in a slot; the same slot again closes them. */
  function open(slot, focus) {
    if (slot === opened) return close();
    if (opened) slotButton(opened).setAttribute("aria-expanded", "false");
    opened = slot;
    slotButton(slot).setAttribute("aria-expanded", "true");
    const list = play.el("div", { class: `word-options ${slot}`, role: "listbox", "aria-label": `Words for ${titles[slot]}` });
    list.append(...slots[slot].map((word) => option(slot, word)));
    panel.replaceChildren(list);
    const chosen = list.querySelector("[aria-selected=true]") ?? list.firstElementChild;
    chosen.tabIndex = 0;
    explain(`Choose another word for ${titles[slot]}.`);
    if (focus) chosen.focus({ preventScroll: true });
  }

  function option(slot, word) {
    const next = { ...said, [slot]: word };
    const missing = !play.live && word !== said[slot] && !recorded[captionOf(next)];
    const settings = { type: "button", class: "ghost", role: "option", tabindex: "-1", "data-word": word, "aria-selected": String(word === said[slot]), "aria-disabled": missing && "true", onclick: () => choose(slot, word) };
    const swatch = slot !== "digit" && play.el("i", { class: "swatch", "data-swatch": word, "aria-hidden": "true" });
    return play.el("button", settings, swatch || null, word);
  }

  function close() {
    if (!opened) return;
    const button = slotButton(opened);
    button.setAttribute("aria-expanded", "false");
    const inside = panel.contains(document.activeElement);
    opened = "";
    panel.replaceChildren();
    explain(hint);
    if (inside) button.focus({ preventScroll: true });
  }

  /** Arrows go from word to word, Escape leaves them. */
  function move(event) {
    if (event.key === "Escape" && opened) {
      event.preventDefault();
      return close();
    }
    const options = [...panel.querySelectorAll("[role=option]")];
    const now = options.indexOf(document.activeElement);
    const ways = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: options.length - 1 };
    if (now < 0 || ways[event.key] === undefined) return;
    event.preventDefault();
    const to = options[(ways[event.key] + options.length) % options.length];
    options[now].tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  function choose(slot, word) {
    const next = { ...said, [slot]: word };
    const reason = objection(next);
    if (reason) return explain(reason, next.ink === next.paper);
    said = next;
    showPrompt();
    explain(`One word is new: ${word}. The seed is the same.`);
    addRow(slot);
  }

  // Rows

  /** Add a row for the prompt as it stands; `slot` is what has changed. */
  function addRow(slot) {
    const caption = captionOf(said);
    const state = play.el("span", { class: "state" });
    const words = Object.values(said).map((word, i) => (Object.keys(slots)[i] === slot ? play.el("mark", { title: "changed" }, word) : word));
    const text = play.el("p", { class: "word-caption" }, "a ", words[0], " ", words[1], " on a ", words[2], " background");
    const tiles = play.el("div", { class: "word-tiles" }, ...Array.from({ length: 4 }, () => play.el("span", { class: "tile" })));
    const row = play.el("li", { class: "word-row" }, play.el("div", { class: "word-head" }, text, state), tiles);
    rows.append(row);
    row.scrollIntoView?.({ block: "nearest" });
    return draw({ caption, state, tiles, row });
  }

  /** Live where that is possible; a recorded run where there is none, or nobody answers. */
  async function draw(row) {
    card.element.setAttribute("data-busy", "");
    const known = recorded[row.caption];
    const first = rows.children.length === 1;
    const ended = play.live && !(first && known) ? await live(row) : "";
    if (known && ended !== "finished" && ended !== "stopped") await follow(row, (take) => play.replay(known, take));
    running = null;
    card.element.removeAttribute("data-busy");
    update();
  }

  function live(row) {
    return follow(row, (take) => play.run([{ ...request, prompt: row.caption }], (_, event) => take(event), true));
  }

  /** Show a run in its row; tells how it ended: "finished", "stopped" or "failed". */
  async function follow(row, begin) {
    let source = play.LIVE;
    let ended = "";
    let link = "";
    share.replaceChildren();
    running = begin((event) => {
      link = event.start?.link ?? link;
      if (event.start) source = event.start.replayed ? play.REPLAYED : play.LIVE;
      if (event.frame) put(row, event.frame);
      play.showState(row.state, event, event.frame && !event.frame.last ? play.at(source, event.frame.label) : source);
      if (event.fail) explain(event.fail.sentence, true);
      if (event.end || event.fail) ended = event.end ?? "failed";
      if (event.end === "finished") share.replaceChildren(...play.sharing(link));
      if (event.end === "finished") play.say(`Drawn by Diffusion: ${row.caption}, 4 pictures.`);
    });
    update();
    await running.done;
    return ended;
  }

  function put({ caption, tiles }, frame) {
    frame.tiles.forEach((source, place) => {
      const tile = tiles.children[place];
      const image = tile.firstElementChild ?? tile.appendChild(play.el("img", { decoding: "sync" }));
      image.src = source;
      image.alt = `${caption}, Diffusion, ${frame.last ? `picture ${place + 1}` : frame.label}`;
    });
  }

  function update() {
    stop.disabled = !running;
    remove.disabled = Boolean(running) || rows.children.length < 2;
  }

  function removeOldest() {
    rows.firstElementChild.remove();
    const mark = rows.firstElementChild.querySelector("mark");
    mark?.replaceWith(mark.textContent); // nothing above it to compare with
    update();
    explain("The oldest row is gone.");
    if (remove.disabled) slotButton("ink").focus({ preventScroll: true });
  }

  root.addEventListener("keydown", move);
  const [, ink, digit, paper] = first.match(pattern);
  said = { ink, digit, paper };
  showPrompt();
  open("ink");
  update();
  addRow("");
});
