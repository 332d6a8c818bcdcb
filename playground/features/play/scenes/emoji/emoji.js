// This emoji does not exist: one model invents a name, another draws it. Then the nearest real one.
// A recorded invention plays at first, and where a live one does not come about.
"use strict";

play.scene("emoji", async (root) => {
  const PICTURES = 8;
  const MOST_LETTERS = 80;
  const TRIES = 3; // a name of a single letter is none
  const INVENTION = { temperature: 0.8, length: MOST_LETTERS };
  const NEW = "There is no emoji of this name.";
  const KNOWN = "There is a real emoji of this name.";

  let turn = 0; // which recorded invention comes next
  let running = null; // what can be stopped
  let stopped = false;
  let names = null; // of all real emoji, once somebody needs them

  const writer = play.card("lstm", "LSTM", "invents names, letter by letter");
  const painter = play.card("diffusion", "Diffusion", "draws whatever it is called");
  const name = play.el("p", { class: "emoji-name" });
  const existence = play.el("p", { class: "emoji-existence" });
  const field = play.el("input", { id: "emoji-own", autocomplete: "off", autocapitalize: "none", maxlength: MOST_LETTERS, placeholder: "robot cat" });
  const draw = play.el("button", { type: "submit", class: "ghost" }, "Draw it");
  const form = play.el("form", { class: "emoji-form", hidden: true, onsubmit: drawOwn }, play.el("label", { for: field.id }, "A name of your own"), field, draw);
  const another = play.el("button", { type: "button", class: "ghost", id: "emoji-another", onclick: pressAnother }, "Another");
  const own = play.el("button", { type: "button", class: "ghost", id: "emoji-write", "aria-expanded": "false", onclick: openForm }, "Write my own");
  const remark = play.el("p", { class: "says emoji-remark", role: "status" });
  const tiles = Array.from({ length: PICTURES }, () => play.el("span", { class: "tile" }));
  const nearest = play.el("p", { class: "emoji-nearest" });
  const share = play.el("div", { class: "tools" });

  writer.stage.append(name);
  writer.element.append(form, existence, play.el("div", { class: "emoji-tools" }, another, own));
  painter.stage.append(play.el("div", { class: "emoji-tiles" }, ...tiles));
  painter.element.append(nearest, share);
  root.append(
    play.heading("This emoji does not exist", "One network makes up a name, another draws it."),
    play.el("div", { class: "emoji-cards" }, writer.element, painter.element),
    remark,
  );
  const opening = replay();

  /** As before a run: nothing said, nothing drawn. */
  function blank(written = "") {
    name.replaceChildren(written);
    for (const place of [existence, nearest, remark, share]) place.replaceChildren();
    tiles.forEach((tile) => tile.replaceChildren());
    for (const card of [writer, painter]) play.state(card.state, "", "", "");
  }

  /** Carry out a thing while the button says Stop; whatever plays on the page's own account ends. */
  async function perform(work) {
    busy(true);
    stop();
    await opening;
    stopped = false;
    try {
      await work();
    } finally {
      busy(false);
    }
  }

  function stop() {
    stopped = true;
    running?.stop();
  }

  function busy(on) {
    another.textContent = on ? "Stop" : "Another";
    another.dataset.running = on ? "yes" : "";
    // Not disabled: whoever has pressed one of them would lose the place on the page.
    for (const other of [own, draw]) other.setAttribute("aria-disabled", String(on));
  }

  function pressAnother() {
    if (another.dataset.running) stop();
    else if (form.hidden) perform(play.live ? invent : replay);
    else drawOwn();
  }

  // Recorded

  /** Show the next recorded invention, and say why if it stands for a live one. */
  async function replay(why = "") {
    const recorded = await play.pack("emoji").catch(() => null);
    if (!recorded) return remark.replaceChildren("The recorded emoji could not be fetched.");
    const drawings = Object.keys(recorded.found);
    const drawing = drawings[turn++ % drawings.length];
    const found = recorded.found[drawing];
    blank();
    unfold(false);
    remark.textContent = why;
    if (!(await follow(play.replay(recorded.runs[drawing.replace("drawing", "name")], takeLetters)))) return;
    showExistence(found.exists);
    if (!(await follow(play.replay(recorded.runs[drawing], (event) => takeFrame(found.name, event))))) return;
    showNearest(found.nearest);
  }

  /** Wait for a run; false if it was stopped on the way. */
  async function follow(run) {
    running = run;
    await run.done;
    running = null;
    return !stopped;
  }

  // Live

  async function invent() {
    for (let i = 0; i < TRIES; i++) {
      blank();
      const [written, failed] = await write(Math.floor(Math.random() * 10000));
      if (stopped) return;
      if (failed) return replay(`${failed} Here is one from before.`);
      if (written.length < 2) continue;
      return depict(written);
    }
    return replay("No name came of it. Here is one from before.");
  }

  /** Ask for one name; what it is, or what went wrong. */
  async function write(seed) {
    let failed = "";
    let written = "";
    const request = { model: "char_lstm_emoji", prompt: "", options: INVENTION, seed };
    await follow(
      play.run([request], (_, event) => {
        takeLetters(event);
        if (event.letters) written += event.letters.map(([piece]) => piece).join("");
        if (event.fail) failed = event.fail.sentence;
      }, true),
    );
    return [written.trim().split(/\s+/).join(" "), failed];
  }

  /** Let a name be drawn, then look for what it is nearest to. */
  async function depict(asked) {
    showExistence(await exists(asked));
    let failed = null;
    let first = "";
    let link = "";
    const request = { model: "diffusion_emoji", prompt: asked, options: { count: PICTURES }, seed: Math.floor(Math.random() * 10000) };
    await follow(
      play.run([request], (_, event) => {
        takeFrame(asked, event);
        if (event.start) link = event.start.link;
        if (event.frame?.last) first = event.frame.tiles[0];
        if (event.fail) failed = event.fail;
      }, true),
    );
    if (stopped) return;
    if (failed) return failed.again ? replay(`${failed.sentence} Here is one from before.`) : remark.replaceChildren(failed.sentence);
    share.replaceChildren(...play.sharing(link));
    showNearest(first && (await look(first)));
  }

  /** Whether there is an emoji of this name; undefined where the names cannot be had. */
  async function exists(asked) {
    names ??= fetch("shipped/names.json").then((answer) => (answer.ok ? answer.json() : []), () => []);
    const known = await names;
    return known.length ? known.includes(asked.toLowerCase()) : undefined;
  }

  async function look(tile) {
    const body = JSON.stringify({ tile });
    const answer = await fetch("nearest", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  // The visitor's own

  function openForm() {
    if (!play.live) return remark.replaceChildren("To draw a name of yours, the models must be awake: run the app.");
    if (another.dataset.running) return;
    stop();
    const opens = form.hidden;
    unfold(opens);
    if (opens) field.focus();
    else perform(invent);
  }

  /** Show the field for a name in place of the invented one, or the other way round. */
  function unfold(opens) {
    if (form.hidden === opens) existence.replaceChildren();
    form.hidden = !opens;
    writer.stage.hidden = opens;
    own.setAttribute("aria-expanded", String(opens));
    own.textContent = opens ? "Let it invent" : "Write my own";
  }

  function drawOwn(event) {
    event?.preventDefault();
    const asked = field.value.trim().split(/\s+/).join(" ");
    if (!asked || another.dataset.running) return field.focus();
    perform(() => {
      blank(asked);
      play.state(writer.state, "", "", "your words");
      return depict(asked);
    });
  }

  // On the screen

  let source = play.LIVE; // of what is shown now

  function takeLetters(event) {
    if (event.start) source = event.start.replayed ? play.REPLAYED : play.LIVE;
    play.showState(writer.state, event, source);
    writer.element.toggleAttribute("data-busy", Boolean(event.letters));
    if (event.letters) name.append(...event.letters.filter(([piece]) => piece.trim() || piece === " ").map(play.letter));
  }

  function takeFrame(asked, event) {
    const { frame } = event;
    if (event.start) source = event.start.replayed ? play.REPLAYED : play.LIVE;
    play.showState(painter.state, event, frame && !frame.last ? play.at(source, frame.label) : source);
    painter.element.toggleAttribute("data-busy", Boolean(frame && !frame.last));
    frame?.tiles.forEach((tile, i) => put(tiles[i], tile, `${asked}, diffusion, ${frame.last ? "finished" : frame.label}, picture ${i + 1}`));
  }

  function put(tile, address, alt) {
    const image = tile.querySelector("img") ?? play.el("img", { decoding: "sync" });
    image.src = address;
    image.alt = alt;
    tile.replaceChildren(image);
  }

  function showExistence(known) {
    existence.textContent = known === undefined ? "" : known ? KNOWN : NEW;
  }

  function showNearest(found) {
    if (!found) return;
    const sign = found.character && play.el("span", { class: "emoji-sign", "aria-hidden": "true" }, found.character);
    nearest.replaceChildren(...[sign, play.el("span", {}, "Nearest real one to the first picture: ", play.el("strong", {}, found.name))].filter(Boolean));
    play.say(`${name.textContent}, drawn ${PICTURES} times. Nearest real one: ${found.name}.`);
  }
});
