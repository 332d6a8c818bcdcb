// Speed against quality: the same noise cleaned in 1, 2, 4, 8 and 20 steps, with the seconds of
// each, beside what draws in one pass. One run after another: together they would share their
// seconds.
import { runButton } from "../../../web/kit/buttons.js";
import { card as kitCard, failure, fillTile } from "../../../web/kit/card_parts.js";
import { showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { number } from "../../../web/kit/numbers.js";
import { say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { tableBox } from "../../../web/kit/table.js";
import { askedConcept, difference, pixelsOf } from "../drawer_form.js";
import { lastOf, ordered, request, scale, wording } from "./steps_shots.js";

/**
 * @import { Fail, Frame, RunEvent, Running, Start } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 */

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  new Steps(root, models);
}

class Steps {
  begin = ghost("Draw and take the time", undefined, { class: "ghost steps-begin" });
  progress = el(
    "p",
    { class: "hint steps-progress" },
    "Nothing yet: press “Draw and take the time”.",
  );
  failure = el("div", { "aria-live": "polite" });
  figures = el("div");
  table = el(
    "details",
    { class: "details", hidden: true },
    el("summary", {}, "Table"),
    this.figures,
  );

  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   */
  constructor(root, models) {
    const strips = ordered(models).map(strip);
    this.shots = strips.flatMap(({ shots }) => shots);
    this.drawing = runButton(this.begin, {
      start: () => this.#start(),
      busy: root,
      ended: () => this.#conclude(),
    });
    root.append(
      el("div", { class: "steps-ask" }, this.begin, this.progress),
      this.failure,
      el("div", { class: "steps-cards" }, ...strips.map(({ card }) => card.element)),
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

  /** @returns {Running} */
  #start() {
    const asked = askedConcept();
    this.failure.replaceChildren();
    this.table.hidden = true;
    for (const shot of this.shots) shot.reset();
    let stopped = false;
    /** @type {Running | null} */
    let current = null;
    const all = async () => {
      for (const [i, shot] of this.shots.entries()) {
        if (stopped) break;
        this.progress.textContent = `${i + 1} of ${this.shots.length}: ${shot.title}`;
        current = run([request(shot, asked)], (_, event) => this.#take(shot, event));
        await current.done;
      }
    };
    const stop = () => {
      stopped = true;
      current?.stop();
    };
    return { done: all(), stop };
  }

  /**
   * @param {Picture} shot
   * @param {RunEvent} event
   */
  #take(shot, event) {
    shot.take(event);
    if (event.fail) this.failure.replaceChildren(...this.#failed(shot, event.fail));
  }

  /**
   * @param {Picture} shot
   * @param {Fail} fail
   */
  #failed({ model }, { sentence, again }) {
    const named = { sentence: `${model.name}: ${sentence}`, again };
    return failure(named, () => this.drawing.again());
  }

  async #conclude() {
    const done = this.shots.filter((shot) => shot.done);
    const whole = this.shots.length;
    const words =
      done.length === whole ? `All ${whole} are drawn.` : `${done.length} of ${whole} are drawn.`;
    this.progress.textContent = words;
    say(words);
    if (!done.length) return;
    const rows = await Promise.all(done.map((shot) => row(shot, this.shots)));
    this.figures.replaceChildren(
      tableBox(["Model", "steps", "seconds", "away from its last, of 255"], rows),
    );
    this.table.hidden = false;
  }
}

/** One picture on a model's card. */
class Picture {
  tile = el("span", { class: "tile" });
  seconds = el("span", { class: "steps-seconds" }, "–");
  ms = 0;
  source = "";
  done = false;
  /** @type {Start | undefined} */
  begun;

  /**
   * @param {Model} model
   * @param {number | null} steps
   * @param {HTMLElement} state of the card
   */
  constructor(model, steps, state) {
    this.model = model;
    this.steps = steps;
    this.state = state;
    const caption = el("figcaption", {}, el("b", {}, wording(steps)), this.seconds);
    this.element = el("figure", { class: "steps-shot" }, this.tile, caption);
  }

  get title() {
    return `${this.model.name}, ${wording(this.steps)}`;
  }

  reset() {
    this.tile.replaceChildren();
    this.seconds.textContent = "–";
    [this.ms, this.source, this.done] = [0, "", false];
    showState(this.state, "", "", "");
  }

  /** @param {RunEvent} event */
  take(event) {
    showEvent(this.state, event);
    this.begun = event.start ?? this.begun;
    if (event.frame) this.#draw(event.frame);
    if (event.end === "stopped" && !this.done) {
      this.seconds.textContent = this.source ? "stopped, unfinished" : "stopped";
    }
  }

  /** @param {Frame} frame */
  #draw({ ms, tiles, last, label }) {
    this.ms += ms;
    this.source = tiles[0];
    this.done = last;
    const alt = `${this.title}${last ? "" : ", unfinished"}`;
    fillTile(this.tile, this.source, alt, { ...this.begun });
    this.seconds.textContent = last ? `${number(this.ms / 1000)} s` : label;
  }
}

/**
 * One model's card with a picture for every number of steps.
 *
 * @param {Model} model
 */
function strip(model) {
  const card = kitCard(model.family, model.name);
  const shots = scale(model).map((steps) => new Picture(model, steps, card.state));
  card.stage.append(el("div", { class: "steps-strip" }, ...shots.map((shot) => shot.element)));
  return { card, shots };
}

/**
 * What the table says of a picture that is done.
 *
 * @param {Picture} shot
 * @param {Picture[]} shots
 */
async function row(shot, shots) {
  const away = shot.steps === null ? "–" : number(await distance(shot, lastOf(shot, shots)));
  return [shot.model.name, shot.steps ?? "one pass", number(shot.ms / 1000), away];
}

/**
 * @param {Picture} shot
 * @param {Picture} other
 */
async function distance(shot, other) {
  return difference(await pixelsOf(shot.source), await pixelsOf(other.source));
}
