// A plane of seeds: four at the corners of a square, and what lies between them under the finger.
"use strict";

looks.add("plane", (root, models) => {
  const [STEP, STRIDE] = [0.05, 0.2];
  const CORNERS = [[0, 0], [1, 0], [0, 1], [1, 1]];
  const MOST_SEED = 2 ** 32 - 1;

  let spot = { x: 0.5, y: 0.5 };
  let wanted = null; // the newest place nobody has been asked for yet
  let running = null;
  let dragged = false;

  const mark = play.el("span", { class: "plane-mark", "aria-hidden": "true" });
  const names = CORNERS.map(([x, y]) => play.el("span", { class: `plane-corner ${x ? "right" : ""} ${y ? "low" : ""}` }));
  const pad = play.el("div", { class: "plane-pad", role: "slider", tabindex: 0, "aria-roledescription": "square to move in", "aria-valuemin": 0, "aria-valuemax": 100, "aria-describedby": "plane-help" }, ...names, mark);
  const help = play.el("p", { class: "says", id: "plane-help" }, "Drag with the finger or the mouse, or use the arrow keys; with Shift in strides, Home for the middle.");
  const request = play.el("p", { class: "plane-request" });
  const answered = play.el("p", { class: "plane-answered" }, "Nothing asked yet.");
  const stop = play.el("button", { type: "button", class: "ghost", hidden: true, onclick: () => running?.stop() }, "Stop");
  const failure = play.el("div", { "aria-live": "polite" });
  const cards = models.map(shown);

  root.classList.add("plane");
  root.append(
    request,
    help,
    play.el("div", { class: "plane-field" }, pad, play.el("div", { class: "plane-cards" }, ...cards.map(({ card }) => card.element), answered, stop, failure)),
  );
  place();
  ask();

  // Where it is

  function at({ clientX, clientY }) {
    const box = pad.getBoundingClientRect();
    move((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  }

  function move(x, y) {
    const within = (value) => Math.round(1000 * Math.max(0, Math.min(1, value))) / 1000;
    spot = { x: within(x), y: within(y) };
    place();
    ask();
  }

  function place() {
    const { ink, digit, paper } = looks.asked();
    const seed = first();
    [mark.style.left, mark.style.top] = [`${100 * spot.x}%`, `${100 * spot.y}%`];
    names.forEach((name, i) => (name.textContent = `seed ${seed + i}`));
    request.textContent = `A ${ink} ${digit} on ${paper}, as in the form above, between the seeds ${seed} to ${seed + 3}.`;
    pad.setAttribute("aria-label", `Place between the seeds ${seed} to ${seed + 3}`);
    pad.setAttribute("aria-valuenow", Math.round(100 * spot.x));
    pad.setAttribute("aria-valuetext", where());
  }

  /** The first of the four seeds; all must be seeds. */
  function first() {
    const { seed } = looks.asked();
    return Number.isInteger(seed) && seed >= 0 ? Math.min(seed, MOST_SEED - 3) : 0;
  }

  function where() {
    const { x, y } = spot;
    const corner = CORNERS.findIndex(([right, down]) => x === right && y === down);
    if (corner >= 0) return `seed ${first() + corner}`;
    const nearest = first() + (x > 0.5) + 2 * (y > 0.5);
    return `${Math.round(100 * x)} % to the right, ${Math.round(100 * y)} % down, nearest to seed ${nearest}`;
  }

  // Asking: one request at a time, always for the newest place

  function ask() {
    wanted = { ...spot };
    if (!running) next();
  }

  function next() {
    if (!wanted) return;
    const [{ x, y }, words, begun] = [wanted, where(), performance.now()];
    wanted = null;
    failure.replaceChildren();
    const form = looks.asked();
    let left = models.length;
    let ended = false;
    running = play.run(models.map((model) => recipe(model, form, x, y)), (i, event) => {
      cards[i].take(event, words);
      if (event.wait) stop.hidden = false;
      if (event.frame?.last && --left === 0) tell(performance.now() - begun);
      if (event.fail && !ended) failure.replaceChildren(...looks.failure(event.fail, ask));
      ended ||= Boolean(event.fail) || event.end === "stopped";
    });
    running.done.then(() => {
      running = null;
      stop.hidden = true;
      if (ended) wanted = null;
      next();
    });
  }

  /** A recipe of what a model declares it can be told, and no more. */
  function recipe(model, form, x, y) {
    const options = { x, y };
    for (const { name } of model.controls) if (["digit", "ink", "paper"].includes(name)) options[name] = form[name];
    return { model: model.id, task: "plane", prompt: "", options, seed: first() };
  }

  function tell(milliseconds) {
    answered.textContent = `answered in ${Math.round(milliseconds)}\u2009ms`;
    answered.dataset.ms = milliseconds.toFixed(1);
  }

  function shown(model) {
    const card = play.card(model.family, model.name);
    const tile = play.el("span", { class: "tile plane-tile" });
    const image = play.el("img", { decoding: "sync" });
    card.stage.append(tile);
    let source = play.LIVE;
    const take = (event, words) => {
      play.showState(card.state, event);
      if (event.start) source = event.start.replayed ? ["replayed", "↻", "replayed"] : play.LIVE;
      if (!event.frame) return;
      play.state(card.state, ...source);
      [image.src, image.alt] = [event.frame.tiles[0], `${model.name}, ${words}`];
      if (image.parentNode !== tile) tile.replaceChildren(image);
    };
    return { card, take };
  }

  // Pointer, finger and keys

  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pad.setPointerCapture(event.pointerId);
    dragged = true;
    at(event);
  });
  pad.addEventListener("pointermove", (event) => dragged && at(event));
  for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => (dragged = false));

  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? STRIDE : STEP;
    const moves = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
    if (event.key in moves) move(spot.x + moves[event.key][0], spot.y + moves[event.key][1]);
    else if (event.key === "Home") move(0.5, 0.5);
    else return;
    event.preventDefault();
  });

  // Another request in the form above is another plane.
  document.getElementById("images-digits")?.addEventListener("change", (event) => {
    if (root.contains(event.target) || !root.closest("details").open) return;
    place();
    ask();
  });
});
