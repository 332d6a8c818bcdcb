// Speed against quality: the same noise cleaned in 1, 2, 4, 8 and 20 steps, with the seconds of each,
// beside what draws in one pass. One run after another: together they would share their seconds.
"use strict";

looks.add("steps", (root, models) => {
  const STEPS = [1, 2, 4, 8, 20];
  const has = (model, name) => model.controls.some((control) => control.name === name);
  const takes = (model) => (has(model, "steps") ? STEPS : [null]);
  const strips = [...models].sort((a, b) => takes(b).length - takes(a).length).map(strip);

  let running = null;
  let stopped = false;
  const begin = play.el("button", { type: "button", class: "ghost steps-begin", onclick: () => (running ? stop() : start()) }, "Draw and take the time");
  const progress = play.el("p", { class: "hint steps-progress" }, "Nothing yet: press “Draw and take the time”.");
  const failure = play.el("div", { "aria-live": "polite" });
  const figures = play.el("div");
  const table = play.el("details", { class: "details", hidden: true }, play.el("summary", {}, "Table"), figures);
  root.append(
    play.el("div", { class: "steps-ask" }, begin, progress),
    failure,
    play.el("div", { class: "steps-cards" }, ...strips.map(({ card }) => card.element)),
    play.el("p", { class: "says" }, "Seconds are the model's own: what its passes took on this machine, one run after another, without loading and without the way to your screen. A result that was drawn before keeps the seconds it had then; who draws with the same model at the same moment shares its passes."),
    table,
  );

  /** One model's card with a tile for every number of steps. */
  function strip(model) {
    const card = play.card(model.family, model.name);
    const shots = takes(model).map((steps) => {
      const tile = play.el("span", { class: "tile" });
      const [word, seconds] = [play.el("b", {}, wording(steps)), play.el("span", { class: "steps-seconds" }, "–")];
      const element = play.el("figure", { class: "steps-shot" }, tile, play.el("figcaption", {}, word, seconds));
      return { model, steps, tile, seconds, element, card };
    });
    card.stage.append(play.el("div", { class: "steps-strip" }, ...shots.map((shot) => shot.element)));
    return { card, shots };
  }

  function wording(steps) {
    if (steps === null) return "one pass";
    return steps === 1 ? "1 step" : `${steps} steps`;
  }

  async function start() {
    if (running) return;
    const shots = strips.flatMap((one) => one.shots);
    const asked = looks.asked();
    reset(shots);
    stopped = false;
    begin.textContent = "Stop";
    root.setAttribute("aria-busy", "true");
    for (const [i, shot] of shots.entries()) {
      if (stopped) break;
      progress.textContent = `${i + 1} of ${shots.length}: ${shot.model.name}, ${wording(shot.steps)}`;
      running = play.run([request(shot, asked)], (_, event) => take(shot, event));
      await running.done;
    }
    running = null;
    begin.textContent = "Draw and take the time";
    root.removeAttribute("aria-busy");
    await conclude(shots);
  }

  function stop() {
    stopped = true;
    running.stop();
  }

  function reset(shots) {
    failure.replaceChildren();
    table.hidden = true;
    for (const shot of shots) {
      shot.tile.replaceChildren();
      shot.seconds.textContent = "–";
      Object.assign(shot, { ms: 0, source: "", done: false });
      play.state(shot.card.state, "", "", "");
    }
  }

  function request({ model, steps }, { digit, ink, paper, prompt, seed }) {
    const wished = { count: 1, steps, digit, ink, paper };
    const options = Object.fromEntries(Object.entries(wished).filter(([name, value]) => value !== null && has(model, name)));
    return { model: model.id, prompt: model.can.includes("prompt") ? prompt || looks.caption({ digit, ink, paper }) : "", options, seed };
  }

  function take(shot, event) {
    play.showState(shot.card.state, event);
    if (event.start?.replayed) play.state(shot.card.state, "replayed", "↻", "replayed");
    if (event.frame) {
      shot.ms += event.frame.ms;
      shot.source = event.frame.tiles[0];
      shot.done = event.frame.last;
      shot.tile.replaceChildren(play.el("img", { src: shot.source, decoding: "sync", alt: `${shot.model.name}, ${wording(shot.steps)}${shot.done ? "" : ", unfinished"}` }));
      shot.seconds.textContent = shot.done ? seconds(shot.ms) : event.frame.label;
    }
    if (event.fail) {
      const retry = event.fail.again && play.el("button", { type: "button", class: "ghost", onclick: start }, "Try again");
      failure.replaceChildren(play.el("p", { class: "failure" }, `${shot.model.name}: ${event.fail.sentence}`), ...(retry ? [retry] : []));
    }
    if (event.end === "stopped" && !shot.done) shot.seconds.textContent = shot.source ? "stopped, unfinished" : "stopped";
  }

  async function conclude(shots) {
    const done = shots.filter((shot) => shot.done);
    const words = done.length === shots.length ? `All ${shots.length} are drawn.` : `${done.length} of ${shots.length} are drawn.`;
    progress.textContent = words;
    play.say(words);
    if (!done.length) return;
    const rows = await Promise.all(done.map((shot) => row(shot, shots)));
    figures.replaceChildren(looks.table(["Model", "steps", "seconds", "away from its last, of 255"], rows));
    table.hidden = false;
  }

  async function row(shot, shots) {
    const best = shots.filter(({ model, done }) => done && model === shot.model).at(-1);
    const away = shot.steps === null ? "–" : play.number(looks.difference(await pixels(shot), await pixels(best)));
    return [shot.model.name, shot.steps ?? "one pass", play.number(shot.ms / 1000), away];
  }

  function pixels({ source }) {
    return looks.pixels(play.el("img", { src: source }));
  }

  function seconds(ms) {
    return `${play.number(ms / 1000)} s`;
  }
});
