// One family's way: all its pictures, and large the one at the place that is looked at.
import { card as kitCard } from "../../../web/kit/card_parts.js";
import { showEvent, showState } from "../../../web/kit/card_parts.js";
import { el } from "../../../web/kit/dom.js";
import { showPicture } from "../../../web/kit/picture_viewer.js";
import { LIVE, at, sourceOf } from "../../../web/kit/sources.js";
import { FRAMES, numbersIn, seedOf } from "./walk_way.js";

/**
 * @import { Frame, RunEvent } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 */

/**
 * What a row asks of the walk it belongs to.
 *
 * @typedef {object} Walked
 * @property {(place: number) => string} where a place in words
 * @property {(place: number) => void} visit go to a place
 * @property {() => void} drawn called when there are other pictures
 */

export class WalkRow {
  large = el("span", { class: "tile walk-large" });
  image = el("img", { decoding: "sync" });
  strip = el("div", { class: "walk-strip" });
  trouble = el("p", { class: "failure walk-failure" });
  /** @type {string[]} */
  tiles = [];
  whole = false;
  source = LIVE;

  /**
   * @param {Model} model
   * @param {string} button that starts a walk
   * @param {Walked} walk
   */
  constructor({ family, name }, button, walk) {
    this.family = family;
    this.name = name;
    this.button = button;
    this.walk = walk;
    this.about = el("p", { class: "says walk-about" }, seedOf(family));
    this.card = kitCard(family, name);
    this.card.element.classList.add("walk-row");
    this.card.stage.append(this.large, el("div", {}, this.about, this.trouble), this.strip);
    this.#reserve();
  }

  /** @param {RunEvent} event */
  take(event) {
    if (this.whole) return; // whatever becomes of the others
    showEvent(this.card.state, event);
    if (event.start) this.source = sourceOf(event.start);
    if (event.frame) this.#draw(event.frame);
    if (event.fail) {
      const { sentence, again } = event.fail;
      const retry = ` Press “${this.button}” to try again.`;
      this.trouble.textContent = again ? sentence + retry : sentence;
    }
  }

  /** @param {Frame} frame */
  #draw({ label, tiles, last }) {
    const numbers = numbersIn(label);
    if (numbers) this.about.textContent = seedOf(this.family, numbers);
    [this.tiles, this.whole] = [tiles, last];
    const state = last ? this.source : at(this.source, label.split(" · ")[0]);
    showState(this.card.state, ...state);
    this.strip.replaceChildren(...tiles.map((tile, place) => this.#thumbnail(tile, place)));
    this.walk.drawn();
  }

  /**
   * @param {string} source
   * @param {number} place
   */
  #thumbnail(source, place) {
    const picture = el("img", { src: source, alt: this.#altOf(place), decoding: "sync" });
    const visit = () => this.walk.visit(place);
    return el("button", { type: "button", class: "tile", tabindex: -1, onclick: visit }, picture);
  }

  /** @param {number} place */
  #altOf(place) {
    return `${this.name}, ${this.walk.where(place)}`;
  }

  #reserve() {
    const places = Array.from({ length: FRAMES }, () =>
      el("span", { class: "tile", "aria-hidden": "true" }),
    );
    this.strip.replaceChildren(...places);
    this.large.replaceChildren();
  }

  /**
   * Show the picture at a place large, if it is there.
   *
   * @param {number} place
   */
  show(place) {
    if (!this.tiles[place]) return;
    [this.image.src, this.image.alt] = [this.tiles[place], this.#altOf(place)];
    showPicture(this.large, this.image);
    [...this.strip.children].forEach((tile, i) => tile.classList.toggle("at", i === place));
  }

  clear() {
    [this.tiles, this.whole] = [[], false];
    this.trouble.textContent = "";
    showState(this.card.state, "waiting", "◔", "in line");
    this.#reserve();
  }
}
