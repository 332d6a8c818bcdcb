// How hard the words pull, as a strip of pictures from one and the same noise.
import { runButton } from "../../../web/kit/buttons.js";
import { LIVE, at, sourceOf } from "../../../web/kit/sources.js";
import { failure, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { askedConcept, hasControl } from "../drawer_form.js";
import { Frame, promptOf } from "./denoise_parts.js";

/**
 * @import { RunEvent, RunRequest } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 */

const PULLS = [0, 1, 2, 4, 8];

export class Strip {
  finished = 0;
  failed = false;
  asked = "";
  begin = ghost("Pull with five strengths", undefined, { class: "ghost denoise-pull" });
  state = el("span", { class: "state" });
  source = LIVE;
  failure = el("div", { "aria-live": "polite" });
  tiles = PULLS.map((pull) => new Frame(`guidance ${pull}`));
  said = el("p", { class: "says denoise-said" });

  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.element = el(
      "section",
      { class: "denoise-guidance", "aria-label": "How hard the words pull" },
      el("h3", {}, "How hard the words pull"),
      el(
        "p",
        { class: "says" },
        "The same noise and the same words, pulling from the first step on. At 0 the " +
          "words are ignored, at 1 they are heard; above that the picture is pushed " +
          "towards them, past what the model believes by itself.",
      ),
      el("div", { class: "denoise-ask" }, this.begin, this.state),
      this.failure,
      el("div", { class: "denoise-strip" }, ...this.tiles.map((tile) => tile.element)),
      this.said,
    );
    this.drawing = runButton(this.begin, {
      start: () => this.#start(),
      busy: this.element,
      ended: () => this.#ended(),
    });
  }

  #start() {
    const asked = askedConcept();
    const prompt = promptOf(asked);
    this.failure.replaceChildren();
    Object.assign(this.said, { textContent: "" }).dataset.own = prompt;
    this.tiles.forEach((tile) => tile.clear());
    [this.finished, this.failed] = [0, false];
    this.asked = `“${prompt}”, seed ${asked.seed}`;
    const requests = PULLS.map((guidance) => this.#request(prompt, guidance, asked.seed));
    return run(requests, (i, event) => this.#take(i, event, prompt));
  }

  /**
   * @param {string} prompt
   * @param {number} guidance
   * @param {number} seed
   * @returns {RunRequest}
   */
  #request(prompt, guidance, seed) {
    const early = hasControl(this.model, "guidance_from") ? { guidance_from: 0 } : {};
    return { model: this.model.id, prompt, options: { guidance, count: 1, ...early }, seed };
  }

  /**
   * @param {number} i
   * @param {RunEvent} event
   * @param {string} prompt
   */
  #take(i, event, prompt) {
    const { frame, fail, end } = event;
    if (event.start) this.source = sourceOf(event.start);
    if (!(end || fail)) showEvent(this.state, event);
    if (frame) {
      const alt = `“${prompt}” at guidance ${PULLS[i]}, ${frame.label}`;
      this.tiles[i].show(frame.tiles[0], alt);
      if (!frame.last) showState(this.state, ...at(this.source, frame.label));
    }
    if (fail && !this.failed) {
      this.failure.replaceChildren(...failure(fail, () => this.drawing.again()));
    }
    this.failed ||= Boolean(fail);
    if (end === "finished") this.finished += 1;
  }

  #ended() {
    const whole = this.finished === PULLS.length;
    if (this.failed) showState(this.state, "failed", "✕", "did not work");
    else if (!whole) showState(this.state, "stopped", "■", "stopped before the end");
    else showState(this.state, ...this.source);
    if (whole) this.said.textContent = this.asked;
    say(`Guidance: ${this.finished} of ${PULLS.length} pictures finished.`);
  }
}
