// One model that reads the name: its letters each time, and a bar for how surprising they were.
import { card, failure, letter as kitLetter, showEvent } from "../../../web/kit/card_parts.js";
import { el } from "../../../web/kit/dom.js";
import { Curve, TIMES } from "./memory_curve.js";

/**
 * @import { RunEvent } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 */

export class Reader {
  /**
   * @param {Model} model
   * @param {string} name that is read
   * @param {() => unknown} drawn called when more is known
   * @param {() => unknown} again
   */
  constructor({ family, name: title }, name, drawn, again) {
    this.title = title;
    this.drawn = drawn;
    this.again = again;
    this.curve = new Curve(name);
    const { element, state, stage } = card(family, title);
    this.element = element;
    this.state = state;
    this.stage = stage;
    this.rows = TIMES.map(rowOf);
    this.end = el("span", {}, "");
    this.sum = el("p", { class: "memory-sum" });
    const settings = { class: "memory-axis", "aria-hidden": "true" };
    const axis = el("p", settings, el("span", {}, "0"), this.end);
    this.stage.append(...this.rows.map((row) => row.element), axis, this.sum);
    this.element.classList.add("memory-card");
  }

  /** @param {RunEvent} event */
  take(event) {
    showEvent(this.state, event);
    if (event.fail) this.stage.replaceChildren(...failure(event.fail, this.again));
    if (!event.letters) return;
    this.curve.take(event.letters);
    this.#draw();
  }

  #draw() {
    const { curve } = this;
    const all = curve.bits;
    this.rows.forEach((row, time) => {
      if (!curve.isRead(time)) return;
      row.shown.replaceChildren(...curve.piecesAt(time).map(kitLetter));
      row.figure.textContent = `${all[time].toFixed(1)} bits a letter`;
    });
    this.drawn();
    if (curve.done) this.sum.textContent = this.sentence;
  }

  get sentence() {
    return `${this.title}: ${this.curve.sentence}`;
  }

  /**
   * Bars of all models on one scale.
   *
   * @param {number} most its end, in bits
   */
  size(most) {
    const all = this.curve.known;
    this.rows.forEach(({ bar }, time) => {
      bar.style.width = `${all[time] === undefined ? 0 : (100 * all[time]) / most}%`;
    });
    this.end.textContent = `${most} bits a letter`;
  }
}

/** @param {string} time in words */
function rowOf(time) {
  const shown = el(
    "span",
    { class: "memory-letters", translate: "no" },
    el("span", { class: "hint" }, "…"),
  );
  const figure = el("output", {});
  const bar = el("i", {});
  const track = el("span", { class: "memory-track" }, bar);
  const row = { class: "memory-row" };
  return {
    shown,
    figure,
    bar,
    element: el("div", row, el("span", {}, time), shown, figure, track),
  };
}
