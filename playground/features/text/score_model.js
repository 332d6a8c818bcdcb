// Any text under two models: bits for each character, where the two part, and that in words.
import { duration, plural, significant } from "../../web/kit/numbers.js";
import { FAVOURITES, surpriseLevel } from "../../web/kit/surprise.js";

/**
 * @import { Piece } from "./pieces.js"
 *
 * @typedef {object} Mark what one model thought of one character
 * @property {number} bits its share of its piece's: they are shared evenly
 * @property {number} rank its piece's
 * @property {boolean} last whether its piece ends here
 *
 * @typedef {object} Word a word with the space before it, and its bits under both models
 * @property {number} start
 * @property {number} end
 * @property {string} text
 * @property {number} left
 * @property {number} right
 *
 * @typedef {object} Read what is known of one model's reading
 * @property {{ facts: { model: string, name: string }, ms: number, note: string }} model
 * @property {Piece[]} pieces
 * @property {number} bits
 * @property {number} reached
 * @property {string} error
 * @property {string} waits
 * @property {boolean} finished
 * @property {boolean} over
 */

const MOST_WORDS = 5; // so many with the largest difference are marked and stand in the table
const EQUAL = 0.005; // bits a letter that nobody tells apart

/**
 * One mark for each character of the pieces, in order.
 *
 * @param {Piece[]} pieces
 * @returns {Mark[]}
 */
export function marksOf(pieces) {
  return pieces.flatMap(({ start, end, bits, rank }) => {
    const length = end - start;
    return Array.from({ length }, (_, i) => ({
      bits: bits / length,
      rank,
      last: i === length - 1,
    }));
  });
}

/**
 * The height of a bar, whether it goes on into the next letter, and a dotted line below it.
 *
 * @param {"a" | "b"} name of the upper bar or the lower
 * @param {Mark | undefined} mark
 */
export function markClasses(name, mark) {
  if (!mark) return [];
  const level = surpriseLevel(mark.bits);
  const classes = [level ? `${name}${level}` : "", mark.last ? "" : `${name}j`];
  return [...classes, mark.rank >= FAVOURITES ? `${name}r` : ""].filter(Boolean);
}

/**
 * Every word of a text that both models have read whole; together they hold all characters.
 *
 * @param {string} text
 * @param {Mark[]} left
 * @param {Mark[]} right
 * @returns {Word[]}
 */
export function wordsOf(text, left, right) {
  const read = Math.min(left.length, right.length);
  const words = [];
  let start = 0;
  for (const [word] of text.matchAll(/\s*\S+|\s+$/gu)) {
    const end = start + [...word].length;
    if (end > read) break;
    const bits = [left, right].map((marks) => sum(marks.slice(start, end)));
    words.push({ start, end, text: word, left: bits[0], right: bits[1] });
    start = end;
  }
  return words;
}

/** @param {Mark[]} marks */
function sum(marks) {
  return marks.reduce((bits, mark) => bits + mark.bits, 0);
}

/**
 * How many bits more the right one needs.
 *
 * @param {Word} word
 */
export function difference({ left, right }) {
  return right - left;
}

/**
 * The words with the largest difference either way, largest first; none where they agree.
 *
 * @param {Word[]} words
 * @param {number} most
 */
export function partingWords(words, most = MOST_WORDS) {
  const size = (/** @type {Word} */ word) => Math.abs(difference(word));
  const apart = words.filter((word) => size(word) >= 1);
  return apart.sort((one, other) => size(other) - size(one)).slice(0, most);
}

// In words

/**
 * Which of the two needs fewer bits, how many, and at which words.
 *
 * @param {Read} left
 * @param {Read} right
 * @param {number} characters
 * @param {Word[]} words
 */
export function verdict(left, right, characters, words) {
  const [one, other] = [left.model.facts, right.model.facts];
  if (one.model === other.model) return `Both are ${one.name}: there is nothing between them.`;
  const gap = right.bits - left.bits;
  if (Math.abs(gap) / characters < EQUAL) {
    return `${one.name} and ${other.name} find this text equally surprising.`;
  }
  const [better, worse] = gap > 0 ? [one, other] : [other, one];
  const lead = significant(Math.abs(gap) / characters, 2);
  const whole = `${significant(Math.abs(gap))} bits over the whole text.`;
  const said = [`${better.name} needs ${lead} bits a letter less than ${worse.name}: ${whole}`];
  const most = partingWords(words);
  const gains = most.filter((word) => difference(word) * gap > 0);
  const losses = most.filter((word) => difference(word) * gap < 0);
  if (gains.length) said.push(`It gains most at ${listed(gains)}.`);
  if (losses.length) said.push(`${worse.name} does better at ${listed(losses)}.`);
  return said.join(" ");
}

/**
 * “thou” (3.4 bits), “art” (2.1) and “now” (1.9).
 *
 * @param {Word[]} words
 */
function listed(words) {
  const parts = words.map((word, number) => {
    const bits = significant(Math.abs(difference(word)), 2);
    return `“${shown(word)}” (${bits}${number ? "" : " bits"})`;
  });
  const last = parts.pop() ?? "";
  return parts.length ? `${parts.join(", ")} and ${last}` : last;
}

/** @param {Word} word */
function shown({ text }) {
  return text.trim() || "↵";
}

/**
 * A row of the table of words: the word, its bits under both, and what the right one needs more.
 *
 * @param {Word} word
 */
export function wordCells(word) {
  const more = difference(word);
  const sign = more > 0 ? "+" : "−";
  const bits = [significant(word.left), significant(word.right)];
  return [shown(word), ...bits, sign + significant(Math.abs(more))];
}

/**
 * What a screen reader says once, when both have ended.
 *
 * @param {Read[]} readings
 * @param {number} characters
 */
export function announcement(readings, characters) {
  const ended = readings.filter(({ error, finished }) => error || finished);
  const said = ended.map(({ error, model, bits }) => {
    return error || `${model.facts.name}, ${significant(bits / characters)} bits a letter.`;
  });
  return said.join(" ");
}

/**
 * Bits a letter so far; 0 before the first.
 *
 * @param {Read} reading
 */
export function rate({ bits, reached }) {
  return bits / Math.max(1, reached);
}

/** @param {Read} reading */
export function rateWords(reading) {
  return reading.pieces.length ? `${significant(rate(reading))} bits a letter` : "…";
}

/**
 * How far a model is, or how long it took.
 *
 * @param {Read} reading
 * @param {number} characters
 */
export function figuresWords({ model, pieces, bits, reached, finished, over, waits }, characters) {
  if (!pieces.length) return over ? "stopped before the first letter" : waits || "reading …";
  const letters = plural(characters, "letter");
  if (!finished) return `${over ? "■ stopped at" : "◔"} ${reached} of ${letters}`;
  const inPieces = pieces.length === characters ? "" : ` in ${plural(pieces.length, "piece")}`;
  const each = `${duration(model.ms / 1000 / characters)} a letter`;
  const figures = [`${letters}${inPieces}`, `${significant(bits)} bits`, each, model.note];
  return figures.filter(Boolean).join(" · ");
}
