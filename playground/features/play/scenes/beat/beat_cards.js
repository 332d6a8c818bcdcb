// What stands beside the game: what both models guessed, the scores, and the rule.
import { visible } from "../../../../web/kit/card_parts.js";
import { el, shape } from "../../../../web/kit/dom.js";
import { chance } from "../../../../web/kit/numbers.js";
import { MOST, TOLD, bits, cost, guessOf } from "./beat_score.js";

/** @import { Letter } from "../../../../web/kit/events.js" */

const SHOWN = 5; // candidates of each model

/** The card of one model. */
export class ModelCard {
  /** @param {{ id: string, family: string, name: string }} model */
  constructor({ id, family, name }) {
    this.id = id;
    this.list = el("ol", { class: "beat-bars" });
    this.figures = el("p", { class: "figures" });
    const heading = { class: "heading", "data-family": family };
    const head = el("header", heading, shape(family), el("h3", {}, name));
    const settings = { class: "card family", "data-family": family, "aria-label": name };
    this.element = el("section", settings, head, this.list, this.figures);
    this.clear();
  }

  /** Say nothing of what it would guess. */
  clear() {
    this.list.replaceChildren();
    this.figures.textContent = "Guesses along with you.";
  }

  /**
   * Its five favourites, and the right one below them where it is not among them.
   *
   * @param {Letter} recorded
   */
  show(recorded) {
    const [letter, probability, rank, , others = []] = recorded;
    const items = others.slice(0, SHOWN).map(([other, p], i) => bar(other, p, i === rank));
    if (rank >= SHOWN) items.push(bar(letter, probability, true));
    this.list.replaceChildren(...items);
    const guess = guessOf(recorded);
    this.figures.textContent =
      rank >= TOLD
        ? `Its no. ${rank + 1}, so guess ${TOLD}: ${cost(TOLD)}`
        : `Guess ${guess}: ${cost(guess)}`;
  }
}

/**
 * @param {string} letter
 * @param {number} probability
 * @param {boolean} right
 */
function bar(letter, probability, right) {
  const length = el("i", { style: `width: ${(probability * 100).toFixed(1)}%` });
  return el(
    "li",
    { class: right && "right" },
    el("b", {}, visible(letter)),
    el("span", { class: "beat-bar", "aria-hidden": "true" }, length),
    el("span", {}, chance(probability)),
    el("span", { "aria-hidden": "true" }, right ? "✓" : ""),
    right && el("span", { class: "beat-hidden" }, ", the right one"),
  );
}

/**
 * One row of the table of scores.
 *
 * @param {{ id: string, family?: string, name: string }} who
 */
export function scoreRow({ id, family, name }) {
  const mark = family ? shape(family) : el("i", { class: "beat-you", "aria-hidden": "true" });
  const head = el("th", { scope: "row", "data-family": family }, mark, name);
  const figure = el("td", {});
  const first = el("td", {});
  return { id, figure, first, element: el("tr", { "data-who": id }, head, figure, first) };
}

/**
 * The table of scores.
 *
 * @param {HTMLElement} caption
 * @param {HTMLElement[]} rows
 */
export function scoreTable(caption, rows) {
  const heads = el(
    "tr",
    {},
    el("td", {}),
    el("th", { scope: "col" }, "bits a letter"),
    el("th", { scope: "col" }, "first try"),
  );
  const table = { class: "beat-scores" };
  return el("table", table, caption, el("thead", {}, heads), el("tbody", {}, ...rows));
}

/**
 * What the rule is, and what the intervals say.
 *
 * @param {number} keys that a visitor has
 */
export function rules(keys) {
  const say = (/** @type {string} */ words) => el("p", {}, words);
  return el(
    "details",
    { class: "details beat-rules" },
    el("summary", {}, "The rule, and what the interval says"),
    say(
      "This is Claude Shannon's guessing game (Prediction and entropy of printed " +
        "English, 1951). A letter found at guess r costs log₂(r · (r + 1)) bits: 1 " +
        "at the first guess, 2.58 at the second, 3.58 at the third. That is a code: " +
        "1/2 + 1/6 + 1/12 + … never exceeds 1.",
    ),
    say(
      "A model guesses in the order of its favourites among 65 characters, " +
        `capitals too; you have the ${keys} keys. After ${MOST} wrong ` +
        `guesses the letter is told. That counts as guess ${TOLD} ` +
        `(${bits(TOLD).toFixed(2)} bits) for everybody, and so does giving up, or ` +
        "leaving a line at a letter you have tried. So the score can be a little " +
        "lower than a true code's.",
    ),
    say(
      "A score is the mean over all letters guessed here, with its 95 % interval " +
        "(1.96 standard errors, cut off at what a letter can cost). The sentence " +
        "below the table looks at the differences, letter by letter, once a line is " +
        "done. Letters of a line are not quite independent, so the true intervals " +
        "are a little wider.",
    ),
    say(
      "Both models have read a few of Shakespeare’s plays. The lines were written for this " +
        "game, and no 12 letters of them in a row are in that book.",
    ),
  );
}
