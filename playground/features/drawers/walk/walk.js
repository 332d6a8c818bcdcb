// A walk from one picture to another: every family's way between the same two ends, one below the
// other, and one slider for all of them.
import { runButton } from "../../../web/kit/buttons.js";
import { el, ghost, target } from "../../../web/kit/dom.js";
import { onKey } from "../../../web/kit/keys.js";
import { isStill, say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { askedConcept } from "../drawer_form.js";
import { WalkEnd } from "./walk_end.js";
import { WalkRow } from "./walk_row.js";
import { FRAMES, onTheWay, request, where, wrong } from "./walk_way.js";

/**
 * @import { Model } from "../../../web/kit/models.js"
 * @import { Ends } from "./walk_way.js"
 */

const MOMENT = 240; // milliseconds a frame, when played
const IDLE = "Walk";
const SEEDS =
  "“Same seed” holds within a family: the same seed and the same request give " +
  "the same picture, to the last dot. Across families it says little. The list " +
  "of random numbers does begin alike for all, but each takes as many as it " +
  "needs and has taught itself what they mean: number 5 may be slant to one " +
  "and thickness to another. So equal seeds make no equal pictures.";

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  new Walk(root, models);
}

class Walk {
  /** @type {number | undefined} */
  timer = undefined;
  place = 0;
  begin = ghost(IDLE, undefined, { class: "ghost walk-begin" });
  failure = el("div", { "aria-live": "polite" });
  words = el("p", { class: "walk-words" }, `Press “${IDLE}”: then move the slider.`);
  player = ghost("Show all", () => this.wind(), {
    disabled: true,
    hidden: isStill(),
    class: "ghost walk-player",
  });

  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   */
  constructor(root, models) {
    this.models = models;
    const colours = coloursOf(models);
    this.coloured = colours.length > 0;
    const asked = askedConcept();
    const next = { ...asked, seed: (asked.seed || 0) + 1 };
    this.from = new WalkEnd("from", "From", colours, asked);
    this.to = new WalkEnd("to", "To", colours, next);
    this.walked = this.#ends(); // the two ends of what is shown
    this.slider = this.#slider();
    this.rows = this.#rows();
    this.walking = runButton(this.begin, {
      start: () => this.#start(),
      busy: root,
      ended: () => this.#ended(),
    });
    root.classList.add("walk");
    root.append(
      el("div", { class: "walk-ends" }, this.from.element, this.to.element),
      el("div", { class: "walk-ask" }, this.begin, ...this.#fillers()),
      this.failure,
      el("div", { class: "walk-bar" }, this.slider, this.player, this.words),
      el("div", { class: "walk-rows" }, ...this.rows.map(({ card }) => card.element)),
      el("p", { class: "says walk-seed" }, SEEDS),
    );
    onKey(root, (event) => this.#key(event));
  }

  /** @returns {HTMLInputElement} */
  #slider() {
    return el("input", {
      type: "range",
      class: "walk-slider",
      min: 0,
      max: FRAMES - 1,
      step: 1,
      value: 0,
      disabled: true,
      "aria-label": "Place on the way",
      oninput: () => this.visit(Number(this.slider.value)),
    });
  }

  #rows() {
    const walk = {
      where: (/** @type {number} */ place) => this.where(place),
      visit: (/** @type {number} */ place) => this.visit(place),
      drawn: () => {
        this.slider.disabled = this.player.disabled = false;
        this.show(this.place);
      },
    };
    return this.models.map((model) => new WalkRow(model, IDLE, walk));
  }

  // The two ends

  /** @returns {Ends} */
  #ends() {
    return [this.from.get(), this.to.get()];
  }

  /** Buttons that fill in one end or both. */
  #fillers() {
    const { from, to } = this;
    const both = () => {
      const now = askedConcept();
      from.set(now);
      to.set({ ...now, seed: now.seed + 1 });
    };
    const seed = () => to.set({ ...from.get(), seed: from.get().seed + 1 });
    const digit = () => to.set({ ...from.get(), digit: (from.get().digit + 1) % 10 });
    const swap = () => {
      const { ink, paper, ...others } = from.get();
      to.set({ ...others, ink: paper, paper: ink });
    };
    const always = [ghost("As in the form above", both), ghost("Another seed", seed)];
    return this.coloured
      ? [...always, ghost("Another digit", digit), ghost("Colours swapped", swap)]
      : always;
  }

  // Walking

  #start() {
    const ends = this.#ends();
    const sentence = wrong(ends, this.coloured);
    if (sentence) {
      this.failure.replaceChildren(el("p", { class: "failure" }, sentence));
      return null;
    }
    this.halt();
    [this.walked, this.place] = [ends, 0];
    this.failure.replaceChildren();
    this.rows.forEach((row) => row.clear());
    this.slider.disabled = this.player.disabled = true;
    this.words.textContent = "Each draws all pictures on its way …";
    const requests = this.models.map((model) => request(model, ends));
    return run(requests, (i, event) => this.rows[i].take(event));
  }

  #ended() {
    const whole = this.rows.filter((row) => row.whole).length;
    if (!this.rows.some(({ tiles }) => tiles.length)) {
      this.words.textContent = "There is nothing to show.";
    }
    say(`Walk: ${whole} of ${this.rows.length} families finished, ${FRAMES} pictures each.`);
  }

  // The slider

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key } = event;
    const place = target(event);
    const writes = place?.matches("select, input[type=number]");
    if (writes || this.slider.disabled) return;
    if (key === "[") this.visit(this.place - 1);
    else if (key === "]") this.visit(this.place + 1);
    else if (key === " " && !place?.closest("button") && !this.player.disabled) this.wind();
    else return;
    event.preventDefault();
  }

  /** @param {number} place */
  visit(place) {
    this.halt();
    this.show(place);
  }

  /** @param {number} place */
  show(place) {
    this.place = onTheWay(place);
    this.slider.value = String(this.place);
    const words = this.where(this.place);
    this.words.textContent = capital(words);
    this.slider.setAttribute("aria-valuetext", words);
    this.rows.forEach((row) => row.show(this.place));
  }

  /** @param {number} place */
  where(place) {
    return where(place, this.walked, this.coloured);
  }

  /** Once from one end to the other. */
  wind() {
    if (this.timer !== undefined) return this.halt();
    if (this.place >= FRAMES - 1) this.show(0);
    this.player.textContent = "Pause";
    this.timer = window.setInterval(() => {
      this.show(this.place + 1);
      if (this.place >= FRAMES - 1) this.halt();
    }, MOMENT);
  }

  halt() {
    window.clearInterval(this.timer);
    this.timer = undefined;
    this.player.textContent = "Show all";
  }
}

/**
 * The colours to choose from; none where no model has any.
 *
 * @param {Model[]} models
 */
function coloursOf(models) {
  const controls = models.flatMap((model) => model.controls);
  return controls.find(({ name }) => name === "ink")?.choices ?? [];
}

/** @param {string} words */
function capital(words) {
  return words[0].toUpperCase() + words.slice(1);
}
