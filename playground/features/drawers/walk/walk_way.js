// The way from one picture to another: what its two ends must be, what is asked for, and what is
// said of a place on it.
import { captionOf, declared } from "../drawer_form.js";

/**
 * @import { RunRequest } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 */

/**
 * One end.
 *
 * @typedef {{ seed: number, digit: number, ink: string, paper: string }} End
 * @typedef {readonly [first: End, last: End]} Ends
 */

export const FRAMES = 8;
export const MOST_SEED = 2 ** 32 - 1;

/**
 * What is wrong with two ends, in a sentence; null for nothing.
 *
 * @param {Ends} ends
 * @param {boolean} coloured whether there are colours to choose
 */
export function wrong(ends, coloured) {
  for (const { seed, ink, paper } of ends) {
    if (!(Number.isInteger(seed) && seed >= 0 && seed <= MOST_SEED)) {
      return `A seed is a whole number from 0 to ${MOST_SEED}.`;
    }
    if (coloured && ink === paper) {
      return `A ${ink} digit on ${paper} paper cannot be seen: choose two different colours.`;
    }
  }
  return null;
}

/**
 * What a model is asked for: what it declares it can be told of the two ends, and no more.
 *
 * @param {Model} model
 * @param {Ends} ends
 * @returns {RunRequest}
 */
export function request(model, [first, last]) {
  const inputs = new Set(model.inputs.walk.map(({ name }) => name));
  const { digit, ink, paper } = first;
  const to = {
    to_digit: last.digit,
    to_ink: last.ink,
    to_paper: last.paper,
    to_prompt: captionOf(last),
  };
  const told = Object.entries(to).filter(([name]) => inputs.has(name));
  return {
    model: model.id,
    task: "walk",
    prompt: model.can.includes("prompt") ? captionOf(first) : "",
    options: {
      frames: FRAMES,
      to_seed: last.seed,
      ...declared(model, { digit, ink, paper }),
      ...Object.fromEntries(told),
    },
    seed: first.seed,
  };
}

/**
 * The place on the way that is nearest to one asked for.
 *
 * @param {number} place
 */
export function onTheWay(place) {
  return Math.max(0, Math.min(FRAMES - 1, place));
}

/**
 * A place on the way, in words.
 *
 * @param {number} place from 0 to FRAMES - 1
 * @param {Ends} ends
 * @param {boolean} coloured
 */
export function where(place, ends, coloured) {
  const percent = Math.round((100 * place) / (FRAMES - 1));
  const [first, last] = ends.map((one) => saying(one, coloured));
  if (place === 0) return `picture 1 of ${FRAMES}: ${first}`;
  if (place === FRAMES - 1) return `picture ${FRAMES} of ${FRAMES}: ${last}`;
  return (
    `picture ${place + 1} of ${FRAMES}: ${percent}\u202f% of the way from ` + `${first}, to ${last}`
  );
}

/**
 * @param {End} end
 * @param {boolean} coloured
 */
function saying({ digit, ink, paper, seed }, coloured) {
  return coloured ? `${ink} ${digit} on ${paper}, seed ${seed}` : `seed ${seed}`;
}

/**
 * How many numbers a seed draws, as the label of a frame has it: 4 × 8 × 8; "" where it has not.
 *
 * @param {string} label
 */
export function numbersIn(label) {
  return /([\d ×]+) numbers a seed/.exec(label)?.[1].replaceAll(" ", "\u00a0") ?? "";
}

/**
 * What a family does with its seed.
 *
 * @param {string} family
 * @param {string} numbers how many it draws; "" while that is not known
 */
export function seedOf(family, numbers = "") {
  const many = numbers ? `${numbers} numbers` : "a row of numbers";
  if (family === "gan") {
    return (
      `Its seed draws ${many}, and one pass of the network makes them a picture. ` +
      "Digit and colours are told beside them."
    );
  }
  if (family === "vae") {
    return (
      `Its seed draws ${many}: a code such as its other half makes of pictures. ` +
      "Digit and colours are told beside it."
    );
  }
  if (family === "diffusion") {
    return (
      "Its seed draws a whole picture of noise, " +
      `${numbers ? many : "small but full of numbers"}, to be cleaned step by ` +
      "step. The words are told at every step."
    );
  }
  return `Its seed draws ${many}.`;
}
