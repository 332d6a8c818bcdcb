// What the scene says of letters, without its elements.
import { chance, number, ordinal } from "../../../../web/kit/numbers.js";
import { surpriseBits } from "../../../../web/kit/surprise.js";

/** @import { Letter } from "../../../../web/kit/events.js" */

const FAVOURITES = 10;

/**
 * A letter in words where nothing of it would be seen.
 *
 * @param {string} piece
 */
export function shown(piece) {
  /** @type {Record<string, string>} */
  const words = { " ": "space", "\n": "new line" };
  return words[piece] ?? piece;
}

/**
 * How likely a letter was, and how surprising.
 *
 * @param {Letter} letter
 */
export function inWords([piece, probability, rank]) {
  const bits = number(surpriseBits(probability), 2);
  const had = `${quoted(piece)} had ${chance(probability)}${favourite(rank)}.`;
  return `${had} Surprise ${bits} bits.`;
}

/** @param {string} piece */
function quoted(piece) {
  return piece.trim() ? `“${piece}”` : `The ${shown(piece)}`;
}

/** @param {number} rank from 0 */
function favourite(rank) {
  if (!rank) return ", its favourite";
  if (rank >= FAVOURITES) return ", not among its ten favourites";
  return `, its ${ordinal(rank + 1)} choice`;
}

/**
 * What could have stood at a place instead of the letter that does, the likeliest first, as letters
 * that are chosen: they took no time, and the others are the same as before.
 *
 * @param {Letter} letter
 * @param {number} most
 * @returns {Letter[]}
 */
export function insteadOf([piece, , , , candidates = []], most) {
  return candidates
    .map(
      ([other, probability], rank) =>
        /** @type {Letter} */ ([other, probability, rank, 0, candidates]),
    )
    .filter(([other, probability]) => other !== piece && probability > 0)
    .slice(0, most);
}

/**
 * What a screen reader is told of letters that have been written.
 *
 * @param {string} writer
 * @param {Letter[]} letters
 */
export function finished(writer, letters) {
  const bits = letters.reduce((sum, [, probability]) => sum + surpriseBits(probability), 0);
  const each = number(bits / Math.max(1, letters.length));
  return `${writer} finished, ${letters.length} letters, ${each} bits a letter.`;
}
