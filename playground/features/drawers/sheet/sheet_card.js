// One family's contact sheet: 64 tiles that are one tab stop, where arrows move and Enter enlarges.
import { card as kitCard, failure, showEvent, showState } from "../../../web/kit/card_parts.js";
import { tile as pictureTile } from "../../../web/kit/card_parts.js";
import { el } from "../../../web/kit/dom.js";
import { number } from "../../../web/kit/numbers.js";
import { LIVE, at, sourceOf } from "../../../web/kit/sources.js";
import { pixelsOf } from "../drawer_form.js";
import { SHEET, moved } from "./sheet_grid.js";
import { measure } from "./sheet_measure.js";
import { limitOf, linesOf } from "./sheet_words.js";

/**
 * @import { Frame, RunEvent } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { Asked } from "../drawer_form.js"
 * @import { Measured } from "./sheet_measure.js"
 * @import { RealSheets } from "./sheet_words.js"
 */

/** A family's sheet, during a run and after it. */
export class SheetCard {
  place = 0; // which tile can be tabbed to
  /** @type {Set<number>} */
  done = new Set();
  failed = false;
  source = LIVE;
  /** @type {Measured | null} */
  measured = null;
  /** @type {string[]} what each tile shows; "" for nothing */
  sources = Array.from({ length: SHEET }, () => "");
  failure = el("div", { "aria-live": "polite" });
  large = el("div", { class: "sheet-large" });
  figure = el("p", { class: "figures sheet-figure" });

  /**
   * @param {Model} model
   * @param {Asked} asked
   * @param {() => unknown} again
   */
  constructor(model, asked, again) {
    this.model = model;
    this.asked = asked;
    this.again = again;
    this.card = kitCard(model.family, model.name);
    this.tiles = this.sources.map((_, place) => this.#tile(place));
    const settings = {
      class: "sheet-grid",
      role: "group",
      "aria-label": `${SHEET} pictures by ${model.name}`,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#move(event),
    };
    const grid = el("div", settings, ...this.tiles);
    this.#enlargeNone();
    this.card.stage.append(this.figure, this.failure, grid, this.large);
  }

  /** @param {number} place */
  #tile(place) {
    return el("button", {
      type: "button",
      class: "tile",
      tabindex: place ? -1 : 0,
      disabled: true,
      "aria-label": `Picture ${place + 1}, nothing yet`,
      onclick: () => this.#enlarge(place),
      onfocus: () => this.#settle(place),
    });
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const to = moved(this.place, event.key);
    if (to === undefined) return;
    event.preventDefault();
    if (this.done.has(to)) this.tiles[to].focus();
  }

  /** @param {number} place */
  #settle(place) {
    this.tiles[this.place].tabIndex = -1;
    this.place = place;
    this.tiles[place].tabIndex = 0;
  }

  #enlargeNone() {
    this.large.replaceChildren(el("p", { class: "hint" }, "Press a picture to enlarge it."));
  }

  /** @param {number} place */
  #enlarge(place) {
    const source = this.sources[place];
    if (!source) return;
    const about = [`Picture ${place + 1} of ${SHEET}, seed ${this.asked.seed + place}.`];
    const near = this.measured?.nearest.get(place);
    if (near) {
      about.push(`Nearest to it is picture ${near.other + 1}, ${number(near.away)} of 255 away.`);
    }
    const facts = about.join(" ");
    const picture = pictureTile(source, this.#altOf(place), { facts });
    this.large.replaceChildren(picture, el("p", {}, facts));
    this.tiles.forEach((tile, i) => tile.setAttribute("aria-pressed", String(i === place)));
  }

  /** @param {number} place */
  #altOf(place) {
    const { digit, ink, paper, seed } = this.asked;
    return `${digit}, ${ink} on ${paper}, ${this.model.name}, seed ${seed + place}`;
  }

  // A run

  /**
   * Empty it for what is asked for now.
   *
   * @param {Asked} asked
   */
  clear(asked) {
    this.asked = asked;
    this.done.clear();
    [this.failed, this.measured] = [false, null];
    this.failure.replaceChildren();
    this.figure.textContent = "";
    this.#enlargeNone();
    this.tiles.forEach((_, place) => this.#empty(place));
    this.#settle(0);
  }

  /** @param {number} place */
  #empty(place) {
    const tile = this.tiles[place];
    this.sources[place] = "";
    tile.replaceChildren();
    tile.disabled = true;
    tile.classList.remove("alike");
    tile.removeAttribute("aria-pressed");
    tile.setAttribute("aria-label", `Picture ${place + 1}, nothing yet`);
  }

  /**
   * @param {RunEvent} event
   * @param {number} first place of the pictures that it tells of
   */
  take(event, first) {
    if (event.start) this.source = sourceOf(event.start);
    if (!event.end && !event.fail && !event.frame) showEvent(this.card.state, event);
    if (event.frame) this.#draw(event.frame, first);
    if (event.fail) {
      this.failed = true;
      this.failure.replaceChildren(...failure(event.fail, this.again));
    }
  }

  /**
   * @param {Frame} frame
   * @param {number} first
   */
  #draw({ tiles, last }, first) {
    tiles.forEach((source, i) => {
      this.#put(first + i, source);
      if (last) this.#finish(first + i);
    });
    showState(this.card.state, ...at(this.source, `${this.done.size} of ${SHEET}`));
  }

  /**
   * @param {number} place
   * @param {string} source
   */
  #put(place, source) {
    const tile = this.tiles[place];
    const image =
      tile.querySelector("img") ?? tile.appendChild(el("img", { alt: "", decoding: "sync" }));
    image.src = this.sources[place] = source;
  }

  /** @param {number} place */
  #finish(place) {
    this.done.add(place);
    this.tiles[place].disabled = false;
    this.tiles[place].setAttribute("aria-label", `Picture ${place + 1}: ${this.#altOf(place)}`);
  }

  // After it

  /**
   * Keep what is finished, measure it, and mark the two most alike.
   *
   * @param {RealSheets | null} known
   */
  async conclude(known) {
    this.tiles.forEach((_, place) => this.done.has(place) || this.#empty(place));
    this.#showEnd();
    if (this.done.size < 2) return;
    const places = [...this.done].sort((a, b) => a - b);
    const pixels = await Promise.all(places.map((place) => pixelsOf(this.sources[place])));
    this.measured = measure(pixels, places, limitOf(known, this.asked));
    this.measured.pair.forEach((place) => this.tiles[place].classList.add("alike"));
    const lines = linesOf(this.measured, Boolean(known));
    this.figure.replaceChildren(...lines.map((words) => el("span", {}, words)));
  }

  #showEnd() {
    const { state } = this.card;
    const count = this.done.size;
    if (this.failed) showState(state, "failed", "✕", "did not work");
    else if (count === SHEET) showState(state, "live", "●", `finished · ${SHEET}`);
    else showState(state, "stopped", "■", `stopped at ${count} of ${SHEET}`);
  }
}
