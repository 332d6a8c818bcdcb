// A text with both models' bars below each of its letters, and one cursor that goes over them.
import { el, target } from "../../web/kit/dom.js";
import { markClasses, marksOf } from "./score_model.js";

/**
 * @import { Mark, Word } from "./score_model.js"
 * @import { Reading } from "./reading.js"
 */

const LABEL = "The text, letter by letter. Arrow keys go from letter to letter.";
const DESCRIBED = "text-score-letter";

/** While the text is read it only grows. Where one model cannot read it the other's bars stand. */
export class Strip {
  /** @type {HTMLElement[]} */
  #shown = [];
  /** @type {Mark[][]} */
  #marks = [[], []];
  #place = -1;
  #ended = false;

  /**
   * @param {string[]} letters of the whole text
   * @param {Reading[]} readings of the upper bars, and of the lower
   * @param {(place: number) => void} chosen is told which letter the cursor is at
   */
  constructor(letters, readings, chosen) {
    this.letters = letters;
    this.readings = readings;
    this.chosen = chosen;
    const inks = readings.map(({ model }, i) => `--${"ab"[i]}:var(--${model.facts.family})`);
    this.element = el("div", {
      class: "score-strip",
      translate: "no",
      tabindex: 0,
      role: "group",
      "aria-label": LABEL,
      "aria-describedby": DESCRIBED,
      style: inks.join(";"),
      onkeydown: this.#press.bind(this),
      onclick: this.#click.bind(this),
    });
  }

  /** Show all that every model has read which reads at all. */
  grow() {
    this.#marks = this.readings.map(({ pieces }) => marksOf(pieces));
    const able = this.#marks.filter((marks, i) => marks.length || !this.readings[i].error);
    const read = Math.min(...(able.length ? able.map((marks) => marks.length) : [0]));
    const more = this.letters.slice(this.#shown.length, read).map((letter) => el("b", {}, letter));
    const begun = this.#shown.length;
    this.#shown.push(...more);
    this.element.append(...more);
    for (let i = begun; i < this.#shown.length; i += 1) this.#dress(i, false);
  }

  /**
   * It will not grow any more: mark the words that make the difference.
   *
   * @param {Word[]} words
   */
  end(words) {
    this.grow();
    const marked = new Set(words.flatMap(({ start, end }) => range(start, end)));
    this.#shown.forEach((_, place) => this.#dress(place, marked.has(place)));
    this.#ended = true;
  }

  /**
   * @param {number} place
   * @param {boolean} marked
   */
  #dress(place, marked) {
    const letter = this.letters[place];
    const [upper, lower] = this.#marks;
    const classes = [...markClasses("a", upper[place]), ...markClasses("b", lower[place])];
    if (marked && letter.trim()) classes.unshift("m");
    if (letter === "\n") classes.push("n");
    this.#shown[place].className = classes.join(" ");
  }

  /** @param {number} place */
  #choose(place) {
    const last = this.#shown.length - 1;
    if (!this.#ended || last < 0) return;
    this.#shown[this.#place]?.classList.remove("at");
    this.#place = Math.max(0, Math.min(last, place));
    const letter = this.#shown[this.#place];
    letter.classList.add("at");
    this.#reveal(letter);
    this.chosen(this.#place);
  }

  /**
   * Scroll the strip, and nothing else, so that a letter can be seen.
   *
   * @param {HTMLElement} letter
   */
  #reveal(letter) {
    const [box, frame] = [letter, this.element].map((one) => one.getBoundingClientRect());
    if (box.top < frame.top) this.element.scrollTop += box.top - frame.top;
    else if (box.bottom > frame.bottom) this.element.scrollTop += box.bottom - frame.bottom;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const places = new Map([
      ["ArrowRight", this.#place + 1],
      ["ArrowLeft", this.#place - 1],
      ["Home", 0],
      ["End", Infinity],
    ]);
    const place = places.get(event.key);
    if (place === undefined) return;
    this.#choose(place);
    event.preventDefault();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const letter = target(event);
    const place = this.#shown.findIndex((one) => one.contains(letter));
    if (place >= 0) this.#choose(place);
  }
}

/**
 * @param {number} start
 * @param {number} end
 */
function range(start, end) {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
