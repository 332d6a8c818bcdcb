// What the facts of several models at one moment of their training say together.
import { count } from "../../../../web/kit/numbers.js";

/**
 * What was kept of one model at one moment: `fallen` is which share of its whole fall the loss had
 * behind it, null where that says nothing; see `time_machine.py`.
 *
 * @typedef {object} Moment
 * @property {number} step
 * @property {number} seconds
 * @property {string} time
 * @property {string} facts
 * @property {number | null} fallen
 * @property {string} [text]
 */

/** Up to which share of the fall what is called so. @type {[number, string][]} */
const STAGES = [
  [0.02, "Noise"],
  [0.5, "First traces"],
  [0.9, "Rough"],
  [1, "Nearly there"],
];

/**
 * A word, when this was, how far the models had come.
 *
 * @param {Moment[]} moments
 */
export function describe(moments) {
  const step = range(
    moments,
    (moment) => moment.step,
    (moment) => count(moment.step),
  );
  const time = range(
    moments,
    (moment) => moment.seconds,
    (moment) => moment.time,
  );
  const when =
    step === "1"
      ? `After ${time} of training, 1 step.`
      : `After ${time} of training, ${step} steps.`;
  const middle = median(moments.map(({ fallen }) => fallen).filter((share) => share !== null));
  if (middle === undefined) return { stage: `Step ${step}`, when, way: "" };
  const stage = STAGES.find(([limit]) => middle < limit)?.[1] ?? "Grown up";
  const percent = Math.round(middle * 100);
  const between = percent > 0 && percent < 100;
  return { stage, when, way: between ? ` ${percent} % of the way to the final loss.` : "" };
}

/**
 * The middle value, or the mean of the two in the middle; undefined of nothing.
 *
 * @param {number[]} values
 */
function median(values) {
  const sorted = values.sort((a, b) => a - b);
  if (!sorted.length) return undefined;
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * "12 s", or "12 s to 29 s" where the models differ.
 *
 * @param {Moment[]} moments
 * @param {(moment: Moment) => number} value
 * @param {(moment: Moment) => string} words
 */
function range(moments, value, words) {
  const sorted = [...moments].sort((a, b) => value(a) - value(b)).map(words);
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  return least === most ? least : `${least} to ${most}`;
}
