// A walk from one picture to another: every family's way between the same two ends, one below the
// other, and one slider for all of them.
"use strict";

looks.add("walk", (root, models) => {
  const FRAMES = 8;
  const MOMENT = 240; // milliseconds a frame, when played
  const COLOURS = choices("ink") ?? [];
  const IDLE = "Walk";
  const [LIVE, REPLAYED] = [play.LIVE, ["replayed", "↻", "replayed"]];

  let running = null;
  let timer = null;
  let place = 0;
  let walked = null; // the two ends of what is shown

  const asked = looks.asked();
  const from = end("from", "From", asked);
  const to = end("to", "To", { ...asked, seed: (asked.seed || 0) + 1 });
  const begin = looks.button(IDLE, () => (running ? running.stop() : start()), { class: "ghost walk-begin" });
  const failure = play.el("div", { "aria-live": "polite" });
  const slider = play.el("input", { type: "range", class: "walk-slider", min: 0, max: FRAMES - 1, step: 1, value: 0, disabled: true, "aria-label": "Place on the way", oninput: () => visit(+slider.value) });
  const words = play.el("p", { class: "walk-words" }, `Press “${IDLE}”: then move the slider.`);
  const player = looks.button("Show all", wind, { disabled: true, hidden: play.still, class: "ghost walk-player" });
  const rows = models.map(row);

  root.classList.add("walk");
  root.append(
    play.el("div", { class: "walk-ends" }, from.element, to.element),
    play.el(
      "div",
      { class: "walk-ask" },
      begin,
      looks.button("As in the form above", fill),
      looks.button("Another seed", () => to.set({ ...from.get(), seed: from.get().seed + 1 })),
      COLOURS.length ? looks.button("Another digit", () => to.set({ ...from.get(), digit: (from.get().digit + 1) % 10 })) : null,
      COLOURS.length ? looks.button("Colours swapped", () => to.set({ ...from.get(), ink: from.get().paper, paper: from.get().ink })) : null,
    ),
    failure,
    play.el("div", { class: "walk-bar" }, slider, player, words),
    play.el("div", { class: "walk-rows" }, ...rows.map(({ card }) => card.element)),
    play.el("p", { class: "says walk-seed" }, seedsExplained()),
  );

  // The two ends

  function end(name, title, values) {
    const numbers = looks.digits.map((_, digit) => [digit, digit]);
    const colours = COLOURS.map((colour) => [colour, colour]);
    const seed = play.el("input", { id: `walk-${name}-seed`, type: "number", min: 0, max: 2 ** 32 - 1, step: 1, inputmode: "numeric" });
    const fields = { digit: select(`walk-${name}-digit`, numbers), ink: select(`walk-${name}-ink`, colours), paper: select(`walk-${name}-paper`, colours) };
    const labelled = COLOURS.length ? Object.entries(fields) : [];
    const element = play.el("fieldset", { class: "walk-end" }, play.el("legend", {}, title), field("seed", seed), ...labelled.map(([label, control]) => field(label, control)));
    const set = (wanted) => {
      seed.value = wanted.seed;
      for (const [key, control] of Object.entries(fields)) control.value = wanted[key];
    };
    const get = () => ({ seed: seed.value.trim() === "" ? NaN : Number(seed.value), digit: Number(fields.digit.value), ink: fields.ink.value, paper: fields.paper.value });
    set(values);
    return { element, set, get, seed };
  }

  function fill() {
    const now = looks.asked();
    from.set(now);
    to.set({ ...now, seed: now.seed + 1 });
  }

  /** What is wrong with the two ends, in a sentence; null for nothing. */
  function wrong(ends) {
    for (const { seed, ink, paper } of ends) {
      if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) return `A seed is a whole number from 0 to ${2 ** 32 - 1}.`;
      if (COLOURS.length && ink === paper) return `A ${ink} digit on ${paper} paper cannot be seen: choose two different colours.`;
    }
    return null;
  }

  // Walking

  function start() {
    const ends = [from.get(), to.get()];
    const sentence = wrong(ends);
    if (sentence) return failure.replaceChildren(play.el("p", { class: "failure" }, sentence));
    halt();
    [walked, place] = [ends, 0];
    failure.replaceChildren();
    rows.forEach((one) => one.clear());
    slider.disabled = player.disabled = true;
    words.textContent = "Each draws all pictures on its way …";
    begin.textContent = "Stop";
    root.setAttribute("aria-busy", "true");
    running = play.run(models.map((model) => request(model, ends)), (i, event) => rows[i].take(event));
    running.done.then(ended);
  }

  /** A recipe of what a model declares it can be told, and no more. */
  function request(model, [first, last]) {
    const own = new Set(model.controls.map(({ name }) => name));
    const inputs = new Set(model.inputs.walk.map(({ name }) => name));
    const options = { frames: FRAMES, to_seed: last.seed };
    for (const name of ["digit", "ink", "paper"]) {
      if (own.has(name)) options[name] = first[name];
      if (inputs.has(`to_${name}`)) options[`to_${name}`] = last[name];
    }
    if (inputs.has("to_prompt")) options.to_prompt = looks.caption(last);
    return { model: model.id, task: "walk", prompt: model.can.includes("prompt") ? looks.caption(first) : "", options, seed: first.seed };
  }

  function ended() {
    running = null;
    begin.textContent = IDLE;
    root.removeAttribute("aria-busy");
    const whole = rows.filter(({ whole }) => whole()).length;
    if (!rows.some(({ drawn }) => drawn())) words.textContent = "There is nothing to show.";
    play.say(`Walk: ${whole} of ${rows.length} families finished, ${FRAMES} pictures each.`);
  }

  function row(model) {
    const card = play.card(model.family, model.name);
    const large = play.el("span", { class: "tile walk-large" });
    const image = play.el("img", { decoding: "sync" });
    const strip = play.el("div", { class: "walk-strip" });
    const about = play.el("p", { class: "says walk-about" }, seedOf(model.family));
    const trouble = play.el("p", { class: "failure walk-failure" });
    card.element.classList.add("walk-row");
    card.stage.append(large, play.el("div", {}, about, trouble), strip);
    let [tiles, done, source] = [[], false, LIVE];
    reserve();

    function take(event) {
      if (done) return; // whatever becomes of the others
      play.showState(card.state, event);
      if (event.start) source = event.start.replayed ? REPLAYED : LIVE;
      if (event.frame) draw(event.frame);
      if (event.fail) trouble.textContent = `${event.fail.sentence}${event.fail.again ? ` Press “${IDLE}” to try again.` : ""}`;
    }

    function draw(frame) {
      const [, numbers] = /([\d ×]+) numbers a seed/.exec(frame.label) ?? [];
      if (numbers) about.textContent = seedOf(model.family, numbers.replaceAll(" ", "\u00a0"));
      [tiles, done] = [frame.tiles, frame.last];
      play.state(card.state, ...(done ? source : play.at(source, frame.label.split(" · ")[0])));
      strip.replaceChildren(...tiles.map(thumbnail));
      slider.disabled = false;
      player.disabled = false;
      show(place);
    }

    function thumbnail(source, index) {
      const picture = play.el("img", { src: source, alt: `${model.name}, ${where(index)}`, decoding: "sync" });
      return play.el("button", { type: "button", class: "tile", tabindex: -1, onclick: () => visit(index) }, picture);
    }

    function reserve() {
      strip.replaceChildren(...Array.from({ length: FRAMES }, () => play.el("span", { class: "tile", "aria-hidden": "true" })));
      large.replaceChildren();
    }

    function shown(index) {
      if (!tiles[index]) return;
      [image.src, image.alt] = [tiles[index], `${model.name}, ${where(index)}`];
      if (image.parentNode !== large) large.replaceChildren(image);
      [...strip.children].forEach((tile, i) => tile.classList.toggle("at", i === index));
    }

    function clear() {
      [tiles, done] = [[], false];
      trouble.textContent = "";
      play.state(card.state, "waiting", "◔", "in line");
      reserve();
    }

    return { card, take, clear, shown, drawn: () => tiles.length > 0, whole: () => done };
  }

  // The slider

  function visit(index) {
    halt();
    show(index);
  }

  function show(index) {
    place = Math.max(0, Math.min(FRAMES - 1, index));
    slider.value = place;
    words.textContent = capital(where(place));
    slider.setAttribute("aria-valuetext", where(place));
    rows.forEach((one) => one.shown(place));
  }

  /** Once from one end to the other. */
  function wind() {
    if (timer) return halt();
    if (place >= FRAMES - 1) show(0);
    player.textContent = "Pause";
    timer = setInterval(() => {
      show(place + 1);
      if (place >= FRAMES - 1) halt();
    }, MOMENT);
  }

  function halt() {
    clearInterval(timer);
    timer = null;
    player.textContent = "Show all";
  }

  root.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("select, input[type=number]") || slider.disabled) return;
    if (key === "[") visit(place - 1);
    else if (key === "]") visit(place + 1);
    else if (key === " " && !target.closest("button") && !player.disabled) wind();
    else return;
    event.preventDefault();
  });

  // Words

  function where(index) {
    const percent = Math.round((100 * index) / (FRAMES - 1));
    const [first, last] = walked.map(saying);
    if (index === 0) return `picture 1 of ${FRAMES}: ${first}`;
    if (index === FRAMES - 1) return `picture ${FRAMES} of ${FRAMES}: ${last}`;
    return `picture ${index + 1} of ${FRAMES}: ${percent}\u2009% of the way from ${first}, to ${last}`;
  }

  function saying(one) {
    return COLOURS.length ? `${one.ink} ${one.digit} on ${one.paper}, seed ${one.seed}` : `seed ${one.seed}`;
  }

  /** What a family does with its seed. */
  function seedOf(family, numbers = "") {
    const many = numbers ? `${numbers} numbers` : "a row of numbers";
    if (family === "gan") return `Its seed draws ${many}, and one pass of the network makes them a picture. Digit and colours are told beside them.`;
    if (family === "vae") return `Its seed draws ${many}: a code such as its other half makes of pictures. Digit and colours are told beside it.`;
    if (family === "diffusion") return `Its seed draws a whole picture of noise, ${numbers ? many : "small but full of numbers"}, to be cleaned step by step. The words are told at every step.`;
    return `Its seed draws ${many}.`;
  }

  function seedsExplained() {
    return "“Same seed” holds within a family: the same seed and the same request give the same picture, to the last dot. Across families it says little. The list of random numbers does begin alike for all, but each takes as many as it needs and has taught itself what they mean: number 5 may be slant to one and thickness to another. So equal seeds make no equal pictures.";
  }

  // Small parts

  function choices(name) {
    return models.flatMap(({ controls }) => controls).find((control) => control.name === name)?.choices;
  }

  function select(id, options) {
    return play.el("select", { id }, ...options.map(([value, words]) => play.el("option", { value }, String(words))));
  }

  function field(label, control) {
    return play.el("label", { for: control.id }, play.el("span", {}, label), control);
  }

  function capital(words) {
    return words[0].toUpperCase() + words.slice(1);
  }
});
