// Denoising: back and forth between the noise and what the model takes it for, during the run and
// after it; and how hard the words pull, as a strip from one and the same noise.
"use strict";

looks.add("denoise", (root, models) => {
  const STEPS = [4, 8, 20, 50];
  const PULLS = [0, 1, 2, 4, 8];
  const MOMENT = 200; // milliseconds a step, when played
  const able = models.filter(({ can, controls }) => can.includes("look") && controls.some(({ name }) => name === "steps"));

  root.append(scrubber(), strip());

  // The two tiles and the slider

  function scrubber() {
    let moments = [];
    let place = 0;
    let following = true;
    let running = null;
    let timer = null;
    let source = play.LIVE;

    const model = chooser("denoise-model", "Model", able.map(({ name, id }) => [id, name]));
    const steps = chooser("denoise-steps", "Steps", STEPS.map((count) => [count, count]), 20);
    const begin = looks.button("Clean the noise", () => (running ? running.stop() : start()), { class: "ghost denoise-begin" });
    const state = play.el("span", { class: "state" });
    const [clean, noisy] = ["what it believes", "the noise itself"].map((words) => frame(words));
    const slider = play.el("input", { type: "range", min: 0, max: 0, value: 0, step: 1, class: "denoise-slider", "aria-label": "Step of the run", disabled: true, oninput: () => visit(+slider.value) });
    const words = play.el("p", { class: "denoise-words" }, "Nothing yet: press “Clean the noise”.");
    const back = looks.button("Back [", () => visit(place - 1), { disabled: true, "aria-keyshortcuts": "[" });
    const on = looks.button("On ]", () => visit(place + 1), { disabled: true, "aria-keyshortcuts": "]" });
    const player = looks.button("Show all", wind, { disabled: true, class: "ghost denoise-player" });
    const film = play.el("div", { class: "denoise-film", role: "group", "aria-label": "All pictures it believed in", tabindex: 0 });
    const failure = play.el("div", { "aria-live": "polite" });
    const figures = play.el("div");
    const explained = "Noise left: the share of its standard deviation that is still mixed into the picture. Milliseconds: the model's own, with both pictures decoded.";
    const table = play.el("details", { class: "details" }, play.el("summary", {}, "Table"), figures, play.el("p", { class: "says" }, explained));
    const element = play.el("section", { class: "denoise", "aria-label": "From the noise to the picture" });
    element.addEventListener("keydown", press);
    element.append(
      play.el("div", { class: "denoise-ask" }, able.length > 1 ? model.element : null, steps.element, begin, state),
      failure,
      play.el("div", { class: "denoise-pair" }, clean.element, noisy.element),
      play.el("div", { class: "denoise-controls" }, slider, words, play.el("div", { class: "tools" }, player, back, on)),
      film,
      table,
    );
    return element;

    function start() {
      if (running) return;
      const asked = looks.asked();
      const id = able.length > 1 ? model.value() : able[0].id;
      const request = { model: id, task: "look", prompt: asked.prompt || looks.caption(asked), options: { steps: +steps.value() }, seed: asked.seed };
      clear();
      begin.textContent = "Stop";
      element.setAttribute("aria-busy", "true");
      running = play.run([request], (_, event) => take(event));
      running.done.then(() => {
        running = null;
        begin.textContent = "Clean the noise";
        element.removeAttribute("aria-busy");
      });
    }

    function clear() {
      halt();
      [moments, place, following] = [[], 0, true];
      film.replaceChildren();
      failure.replaceChildren();
      figures.replaceChildren();
      slider.disabled = true;
      [slider.max, slider.value] = [0, 0];
      clean.show(null);
      noisy.show(null);
      words.textContent = "It begins …";
      enable();
    }

    function take(event) {
      play.showState(state, event);
      if (event.start) source = event.start.replayed ? play.REPLAYED : play.LIVE;
      if (event.look) add(event.look);
      if (event.fail) failure.replaceChildren(...looks.failure(event.fail, start));
      if (event.fail && !moments.length) words.textContent = "There is nothing to show.";
      if (event.end) end(event.end);
    }

    function add(look) {
      moments.push(look);
      play.state(state, ...play.at(source, look.last ? "finished" : look.label));
      slider.disabled = false;
      slider.max = moments.length - 1;
      film.append(look.tiles.clean ? thumbnail(look) : play.el("span", { class: "tile denoise-none", "aria-hidden": "true" }));
      if (following) show(moments.length - 1);
      else enable();
    }

    function end(how) {
      if (!moments.length) return;
      fill();
      const last = moments.at(-1);
      if (how === "stopped") play.state(state, "stopped", "■", `stopped at ${last.label}`);
      play.say(`Denoising ${how}, ${last.label}.`);
    }

    function thumbnail(look) {
      const open = () => visit(look.index);
      const image = play.el("img", { src: look.tiles.clean, alt: `What it believes at ${look.label}` });
      return play.el("button", { type: "button", class: "tile", tabindex: -1, onclick: open }, image);
    }

    /** The visitor goes to a step: from now on the newest one is followed only from the newest. */
    function visit(index) {
      if (!moments.length) return;
      halt();
      following = index >= moments.length - 1;
      show(index);
    }

    function show(index) {
      place = Math.max(0, Math.min(moments.length - 1, index));
      const { tiles, figures, label } = moments[place];
      const noise = `${percent(figures.noise)} noise left`;
      clean.show(tiles.clean, `What it believes at ${label}`);
      noisy.show(tiles.noisy, `The noise itself at ${label}, ${noise}`);
      slider.value = place;
      slider.setAttribute("aria-valuetext", `${label}, ${noise}`);
      words.textContent = `${label} · ${noise}`;
      [...film.children].forEach((tile, i) => tile.classList.toggle("at", i === place));
      const { offsetLeft, offsetWidth } = film.children[place];
      film.scrollLeft = offsetLeft - (film.clientWidth - offsetWidth) / 2;
      enable();
    }

    function enable() {
      const most = moments.length - 1;
      back.disabled = place <= 0;
      on.disabled = place >= most;
      player.disabled = most < 1;
    }

    /** From here to the end, from the start where that is here; who wants no motion is shown the end. */
    function wind() {
      if (timer) return halt();
      if (play.still) return visit(moments.length - 1);
      if (place >= moments.length - 1) show(0);
      following = false;
      player.textContent = "Pause";
      timer = setInterval(() => {
        show(place + 1);
        if (place >= moments.length - 1 && !running) halt();
      }, MOMENT);
    }

    function halt() {
      clearInterval(timer);
      timer = null;
      player.textContent = "Show all";
      following = place >= moments.length - 1;
    }

    function press(event) {
      const { key, target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || target.matches("select")) return;
      if (key === "[") visit(place - 1);
      else if (key === "]") visit(place + 1);
      else if (key === " " && !target.closest("button, summary") && !player.disabled) wind();
      else return;
      event.preventDefault();
    }

    function fill() {
      const rows = moments.map((look) => [look.index, percent(look.figures.noise), look.figures.timestep, play.number(look.ms)]);
      figures.replaceChildren(looks.table(["Step", "noise left", "time step of 1,000", "ms"], rows));
    }
  }

  // The strip of guidance

  function strip() {
    let running = null;
    const begin = looks.button("Pull with five strengths", () => (running ? running.stop() : start()), { class: "ghost denoise-pull" });
    const state = play.el("span", { class: "state" });
    const failure = play.el("div", { "aria-live": "polite" });
    const tiles = PULLS.map((pull) => frame(`guidance ${pull}`));
    const said = play.el("p", { class: "says denoise-said" });
    const element = play.el(
      "section",
      { class: "denoise-guidance", "aria-label": "How hard the words pull" },
      play.el("h3", {}, "How hard the words pull"),
      play.el("p", { class: "says" }, "The same noise and the same words, pulling from the first step on. At 0 the words are ignored, at 1 they are heard; above that the picture is pushed towards them, past what the model believes by itself."),
      play.el("div", { class: "denoise-ask" }, begin, state),
      failure,
      play.el("div", { class: "denoise-strip" }, ...tiles.map((tile) => tile.element)),
      said,
    );
    return element;

    function start() {
      if (running) return;
      const asked = looks.asked();
      const prompt = asked.prompt || looks.caption(asked);
      const { id, controls } = able[0];
      const early = controls.some(({ name }) => name === "guidance_from") ? { guidance_from: 0 } : {};
      const requests = PULLS.map((guidance) => ({ model: id, prompt, options: { guidance, count: 1, ...early }, seed: asked.seed }));
      failure.replaceChildren();
      said.textContent = "";
      tiles.forEach((tile) => tile.show(null));
      begin.textContent = "Stop";
      element.setAttribute("aria-busy", "true");
      let [finished, failed] = [0, false];
      running = play.run(requests, (i, event) => {
        if (!(event.end || event.fail)) play.showState(state, event);
        if (event.frame) tiles[i].show(event.frame.tiles[0], `“${prompt}” at guidance ${PULLS[i]}, ${event.frame.label}`);
        if (event.frame && !event.frame.last) play.state(state, "live", "●", `live · ${event.frame.label}`);
        if (event.fail && !failed) failure.replaceChildren(...looks.failure(event.fail, start));
        failed ||= Boolean(event.fail);
        finished += event.end === "finished";
      });
      running.done.then(() => {
        running = null;
        begin.textContent = "Pull with five strengths";
        element.removeAttribute("aria-busy");
        if (failed) play.state(state, "failed", "✕", "did not work");
        else if (finished < PULLS.length) play.state(state, "stopped", "■", "stopped before the end");
        else play.state(state, "live", "●", "finished");
        if (finished === PULLS.length) said.textContent = `“${prompt}”, seed ${asked.seed}`;
        play.say(`Guidance: ${finished} of ${PULLS.length} pictures finished.`);
      });
    }
  }

  // Small parts

  /** A tile with a word below it, which is empty until it is shown something. */
  function frame(caption) {
    const tile = play.el("span", { class: "tile" });
    const element = play.el("figure", { class: "denoise-frame" }, tile, play.el("figcaption", {}, caption));
    const image = play.el("img", { decoding: "sync" });
    const show = (source, alt = "") => {
      if (!source) return tile.replaceChildren();
      [image.src, image.alt] = [source, alt];
      if (image.parentNode !== tile) tile.replaceChildren(image);
    };
    return { element, show };
  }

  function chooser(id, label, options, value) {
    const select = play.el("select", { id, class: "ghost" }, ...options.map(([key, words]) => play.el("option", { value: key, selected: key === value }, words)));
    const element = play.el("label", { class: "denoise-choice", for: id }, label, select);
    return { element, value: () => select.value };
  }

  /** Whole, but for what would look like all of it. */
  function percent(share) {
    const whole = Math.round(100 * share);
    return `${whole === 100 && share < 1 ? play.number(Math.min(99.9, 100 * share)) : whole}\u2009%`;
  }
});
