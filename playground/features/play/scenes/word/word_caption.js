// The captions of the scene: their words, what differs between two, and which may follow which.

// The words of the digits world, see `models/datasets.py`.
const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "white", "black"];
const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** @typedef {"ink" | "digit" | "paper"} Slot */
/** @typedef {Record<Slot, string>} Said */

/** The slots of a caption in their order. @type {Slot[]} */
export const SLOTS = ["ink", "digit", "paper"];
/** @type {Record<Slot, string[]>} */
export const WORDS = { ink: COLOURS, digit: DIGITS, paper: COLOURS };
/** @type {Record<Slot, string>} */
export const TITLES = { ink: "the ink", digit: "the digit", paper: "the paper" };
export const MOST = 6; // rows

const CAPTION = /^a (\w+) (\w+) on a (\w+) background$/;

/** @param {Said} said */
export function captionOf({ ink, digit, paper }) {
  return `a ${ink} ${digit} on a ${paper} background`;
}

/**
 * The words of a caption; an error of any other text.
 *
 * @param {string} caption
 * @returns {Said}
 */
export function saidIn(caption) {
  const [, ink, digit, paper] = CAPTION.exec(caption) ?? [];
  if (!paper) throw new Error(`“${caption}” is no caption of a digit.`);
  return { ink, digit, paper };
}

/**
 * A caption cut into its parts; `slot` is given of words that can be changed.
 *
 * @param {Said} said
 * @returns {{ words: string, slot?: Slot }[]}
 */
export function partsOf(said) {
  return [
    { words: "a " },
    { words: said.ink, slot: "ink" },
    { words: " " },
    { words: said.digit, slot: "digit" },
    { words: " on a " },
    { words: said.paper, slot: "paper" },
    { words: " background" },
  ];
}

/**
 * Which words of a caption are others than before.
 *
 * @param {Said} before
 * @param {Said} now
 */
export function changed(before, now) {
  return SLOTS.filter((slot) => before[slot] !== now[slot]);
}

/**
 * Why a caption cannot follow another one; "" if it can.
 *
 * @param {Said} said of the newest row
 * @param {Said} next
 * @param {object} state
 * @param {boolean} state.running whether the newest row is still being drawn
 * @param {number} state.rows how many there are
 * @param {boolean} state.can whether there is an engine, or a recorded run of it
 */
export function objection(said, next, { running, rows, can }) {
  if (next.ink === next.paper) {
    const { ink } = next;
    return `A ${ink} digit on ${ink} paper cannot be seen. Choose two different colours.`;
  }
  if (!changed(said, next).length) return "This word stands there already. Choose another.";
  if (running) return "The newest row is still being drawn. Wait for it, or press Stop.";
  if (rows >= MOST) return `${MOST} rows are enough to compare. Remove the oldest one first.`;
  if (can) return "";
  return "This change is not among the recorded runs. The running app draws them all.";
}
