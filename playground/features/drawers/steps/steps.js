// Speed against quality: the same noise cleaned in 1, 2, 4, 8 and 20 steps, with the seconds of
// each, beside what draws in one pass. One run after another: together they would share their
// seconds.
import { card as kitCard, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { number } from "../../../web/kit/numbers.js";
import { say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { tableBox } from "../../../web/kit/table.js";
import { askedConcept, captionOf, difference, pixelsOf } from "../drawer_form.js";

const STEPS = [1, 2, 4, 8, 20];

export function build(root, models) {
  new Steps(root, models);
}

class Steps {
  constructor(root, models) {
    this.root = root;
    this.strips = [...models].sort((a, b) => takes(b).length - takes(a).length).map(strip);

    this.running = null;
    this.stopped = false;
    this.begin = el(
      "button",
      {
        type: "button",
        class: "ghost steps-begin",
        onclick: () => (this.running ? this.stop() : this.start()),
      },
      "Draw and take the time",
    );
    this.progress = el(
      "p",
      { class: "hint steps-progress" },
      "Nothing yet: press “Draw and take the time”.",
    );
    this.failure = el("div", { "aria-live": "polite" });
    this.figures = el("div");
    this.table = el(
      "details",
      { class: "details", hidden: true },
      el("summary", {}, "Table"),
      this.figures,
    );
    this.root.append(
      el("div", { class: "steps-ask" }, this.begin, this.progress),
      this.failure,
      el("div", { class: "steps-cards" }, ...this.strips.map(({ card }) => card.element)),
      el(
        "p",
        { class: "says" },
        "Seconds are the model's own: what its passes took on this machine, one run " +
          "after another, without loading and without the way to your screen. A result " +
          "that was drawn before keeps the seconds it had then; who draws with the " +
          "same model at the same moment shares its passes.",
      ),
      this.table,
    );
  }

  async start() {
    if (this.running) return;
    const shots = this.strips.flatMap((one) => one.shots);
    const asked = askedConcept();
    this.reset(shots);
    this.stopped = false;
    this.begin.textContent = "Stop";
    this.root.setAttribute("aria-busy", "true");
    for (const [i, shot] of shots.entries()) {
      if (this.stopped) break;
      const what = `${shot.model.name}, ${wording(shot.steps)}`;
      this.progress.textContent = `${i + 1} of ${shots.length}: ${what}`;
      this.running = run([request(shot, asked)], (_, event) => this.take(shot, event));
      await this.running.done;
    }
    this.running = null;
    this.begin.textContent = "Draw and take the time";
    this.root.removeAttribute("aria-busy");
    await this.conclude(shots);
  }

  stop() {
    this.stopped = true;
    this.running.stop();
  }

  reset(shots) {
    this.failure.replaceChildren();
    this.table.hidden = true;
    for (const shot of shots) {
      shot.tile.replaceChildren();
      shot.seconds.textContent = "–";
      Object.assign(shot, { ms: 0, source: "", done: false });
      showState(shot.card.state, "", "", "");
    }
  }

  take(shot, event) {
    showEvent(shot.card.state, event);
    if (event.start?.replayed) showState(shot.card.state, "replayed", "↻", "replayed");
    if (event.frame) {
      shot.ms += event.frame.ms;
      shot.source = event.frame.tiles[0];
      shot.done = event.frame.last;
      shot.tile.replaceChildren(
        el("img", {
          src: shot.source,
          decoding: "sync",
          alt: `${shot.model.name}, ${wording(shot.steps)}${shot.done ? "" : ", unfinished"}`,
        }),
      );
      shot.seconds.textContent = shot.done ? seconds(shot.ms) : event.frame.label;
    }
    if (event.fail) {
      const retry = event.fail.again && ghost("Try again", this.start.bind(this));
      this.failure.replaceChildren(
        el("p", { class: "failure" }, `${shot.model.name}: ${event.fail.sentence}`),
        ...(retry ? [retry] : []),
      );
    }
    if (event.end === "stopped" && !shot.done) {
      shot.seconds.textContent = shot.source ? "stopped, unfinished" : "stopped";
    }
  }

  async conclude(shots) {
    const done = shots.filter((shot) => shot.done);
    const words =
      done.length === shots.length
        ? `All ${shots.length} are drawn.`
        : `${done.length} of ${shots.length} are drawn.`;
    this.progress.textContent = words;
    say(words);
    if (!done.length) return;
    const rows = await Promise.all(done.map((shot) => row(shot, shots)));
    this.figures.replaceChildren(
      tableBox(["Model", "steps", "seconds", "away from its last, of 255"], rows),
    );
    this.table.hidden = false;
  }
}

const has = (model, name) => model.controls.some((control) => control.name === name);

const takes = (model) => (has(model, "steps") ? STEPS : [null]);

/** One model's card with a tile for every number of steps. */
function strip(model) {
  const card = kitCard(model.family, model.name);
  const shots = takes(model).map((steps) => {
    const tile = el("span", { class: "tile" });
    const [word, took] = [el("b", {}, wording(steps)), el("span", { class: "steps-seconds" }, "–")];
    const element = el("figure", { class: "steps-shot" }, tile, el("figcaption", {}, word, took));
    return { model, steps, tile, seconds: took, element, card };
  });
  card.stage.append(el("div", { class: "steps-strip" }, ...shots.map((shot) => shot.element)));
  return { card, shots };
}

function wording(steps) {
  if (steps === null) return "one pass";
  return steps === 1 ? "1 step" : `${steps} steps`;
}

function request({ model, steps }, { digit, ink, paper, prompt, seed }) {
  const wished = { count: 1, steps, digit, ink, paper };
  const options = Object.fromEntries(
    Object.entries(wished).filter(([name, value]) => value !== null && has(model, name)),
  );
  return {
    model: model.id,
    prompt: model.can.includes("prompt") ? prompt || captionOf({ digit, ink, paper }) : "",
    options,
    seed,
  };
}

async function row(shot, shots) {
  const best = shots.filter(({ model, done }) => done && model === shot.model).at(-1);
  const away =
    shot.steps === null ? "–" : number(difference(await pixels(shot), await pixels(best)));
  return [shot.model.name, shot.steps ?? "one pass", number(shot.ms / 1000), away];
}

function pixels({ source }) {
  return pixelsOf(el("img", { src: source }));
}

function seconds(ms) {
  return `${number(ms / 1000)} s`;
}
