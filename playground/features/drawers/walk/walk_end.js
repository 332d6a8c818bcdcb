// One of the two ends of a walk, as fields to fill in.
import { el } from "../../../web/kit/dom.js";
import { DIGITS } from "../drawer_form.js";
import { MOST_SEED } from "./walk_way.js";

/** @import { End } from "./walk_way.js" */

export class WalkEnd {
  /**
   * @param {string} name
   * @param {string} title
   * @param {string[]} colours none where there are none to choose
   * @param {End} end
   */
  constructor(name, title, colours, end) {
    this.seed = el("input", {
      id: `walk-${name}-seed`,
      type: "number",
      min: 0,
      max: MOST_SEED,
      step: 1,
      inputmode: "numeric",
    });
    this.digit = select(`walk-${name}-digit`, [...DIGITS.keys()]);
    this.ink = select(`walk-${name}-ink`, colours);
    this.paper = select(`walk-${name}-paper`, colours);
    const { digit, ink, paper } = this;
    const labelled = colours.length ? Object.entries({ digit, ink, paper }) : [];
    this.element = el(
      "fieldset",
      { class: "walk-end" },
      el("legend", {}, title),
      field("seed", this.seed),
      ...labelled.map(([label, control]) => field(label, control)),
    );
    this.set(end);
  }

  /** @param {End} end */
  set({ seed, digit, ink, paper }) {
    this.seed.value = String(seed);
    this.digit.value = String(digit);
    [this.ink.value, this.paper.value] = [ink, paper];
  }

  /** @returns {End} whose seed is NaN where none is filled in */
  get() {
    return {
      seed: this.seed.value.trim() === "" ? NaN : Number(this.seed.value),
      digit: Number(this.digit.value),
      ink: this.ink.value,
      paper: this.paper.value,
    };
  }
}

/**
 * @param {string} id
 * @param {(string | number)[]} values
 */
function select(id, values) {
  return el("select", { id }, ...values.map((value) => el("option", { value }, value)));
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 */
function field(label, control) {
  return el("label", { for: control.id }, el("span", {}, label), control);
}
