// What is said of the sheets in figures: of one, and of all beside sheets of real digits.
import { count as grouped, number } from "../../../web/kit/numbers.js";
import { difference } from "../drawer_form.js";

/** @import { Measured } from "./sheet_measure.js" */

/**
 * A mean over sheets of real digits, and where 95 in 100 of them lie.
 *
 * @typedef {[mean: number, low: number, high: number]} Range
 */

/**
 * What sheets of real digits have, see `tools/sample_variety.py`. Distances are those of strokes,
 * from 0 to 1: what they come to in colours is for `contrast` to say.
 *
 * @typedef {object} RealSheets
 * @property {number} pictures on a sheet
 * @property {number} sets
 * @property {number} limit_percent
 * @property {Record<string, number[]>} palette
 * @property {{ of: number, nearest: Range, limit: number, different: Range }[]} digits
 */

/** @typedef {{ digit: number, ink: string, paper: string }} Concept */

const PLURALS = [
  "zeros",
  "ones",
  "twos",
  "threes",
  "fours",
  "fives",
  "sixes",
  "sevens",
  "eights",
  "nines",
];

export const HEADS = [
  "Family",
  "pictures",
  "different",
  "mean distance to the nearest",
  "the two most alike",
];

/**
 * How far ink and paper are apart, of 255: what distances of strokes have to be multiplied by.
 *
 * @param {RealSheets} known
 * @param {Concept} concept
 */
export function contrast({ palette }, { ink, paper }) {
  return difference(palette[ink], palette[paper]);
}

/**
 * From which distance on two pictures of a concept are different, of 255; 0 where it isn't known.
 *
 * @param {RealSheets | null} known
 * @param {Concept} concept
 */
export function limitOf(known, concept) {
  return known ? known.digits[concept.digit].limit * contrast(known, concept) : 0;
}

/**
 * The two lines below a sheet's heading.
 *
 * @param {Measured} measured
 * @param {boolean} counts whether it is known from which distance on pictures are different
 */
export function linesOf({ count, different, mean, pair, least }, counts) {
  const counted = counts ? `${different} of ${count} different · ` : "";
  const twins = `Most alike, outlined: ${pair[0] + 1} and ${pair[1] + 1}, ${number(least)} apart`;
  return [`${counted}nearest other ${number(mean)} of 255 away on average`, twins];
}

/**
 * A sheet's row in the table.
 *
 * @param {string} name
 * @param {Measured} measured
 * @param {boolean} counts
 */
export function rowOf(name, { count, different, mean, least }, counts) {
  return [name, count, counts ? different : "–", number(mean), number(least)];
}

/**
 * The row of real digits.
 *
 * @param {RealSheets} known
 * @param {Concept} concept
 */
export function realRow(known, concept) {
  const { different, nearest } = known.digits[concept.digit];
  const range = (/** @type {Range} */ [mean, low, high], /** @type {number} */ unit) =>
    `${number(mean * unit)} (${number(low * unit)}–${number(high * unit)})`;
  return [
    "Real test digits",
    known.pictures,
    range(different, 1),
    range(nearest, contrast(known, concept)),
    "–",
  ];
}

/** @param {Concept} concept */
export function question({ digit }) {
  return `How many different ${PLURALS[digit]}?`;
}

/**
 * The notes below the table: what is counted, with which care, and what stands beside.
 *
 * @param {RealSheets | null} known
 * @param {Concept} concept
 */
export function notesOf(known, concept) {
  const digits = PLURALS[concept.digit];
  const counted = known
    ? "Pictures nearer to each other than " +
      `${number(limitOf(known, concept))} of ` +
      "255 count as one, and so do chains of them: in these colours all but " +
      `${known.limit_percent} in 100 real ${digits} are farther than that ` +
      "from their nearest."
    : "What real digits would have could not be fetched, so nothing is counted as the same.";
  const careful =
    "Distance is the root of the mean squared difference of all colour values. " +
    "It sees a shift as a change, and blurred pictures lie nearer to each other.";
  if (!known) return [counted, careful];
  const real =
    `Real: ${known.sets} sheets drawn from ${grouped(known.digits[concept.digit].of)} ` +
    `test ${digits}, in brackets where 95 in 100 sheets lie.`;
  return [counted, careful, real];
}
