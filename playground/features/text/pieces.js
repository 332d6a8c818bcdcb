// The printable pieces of a text under one model: a character, or what its tokenizer joins. Models
// with different tokenizers meet on characters, which are code points, as the server counts.
import { surpriseBits } from "../../web/kit/surprise.js";

/**
 * @import { Letter } from "../../web/kit/events.js"
 * @typedef {object} Piece
 * @property {number} start its first character, counted from where the text begins
 * @property {number} end the character behind it
 * @property {string} text
 * @property {number} bits of all tokens that made it; a character may take several
 * @property {number} rank from 0; of several tokens the least likely one's
 * @property {number} token the last of them, counted from 0
 * @property {number} lastRank its own
 * @property {number} probability its own
 */

/** All pieces of a text that grows. */
export class Pieces {
  /** @type {Piece[]} */
  list = [];
  #taken = 0;
  #bits = 0;
  #rank = 0;

  /** @param {number} offset the place of the first character; negative where a prompt is read */
  constructor(offset = 0) {
    this.reached = offset;
  }

  /**
   * Take in those of a run's letters that have come since.
   *
   * @param {Letter[]} letters all of them
   */
  read(letters) {
    for (; this.#taken < letters.length; this.#taken += 1) this.#add(letters[this.#taken]);
  }

  /** @param {Letter} letter */
  #add([text, probability, rank]) {
    this.#bits += surpriseBits(probability);
    this.#rank = Math.max(this.#rank, rank);
    if (!text) return; // a part of a character, whose bits go with the rest of it
    const start = this.reached;
    const end = (this.reached += [...text].length);
    const token = this.#taken;
    const sums = { bits: this.#bits, rank: this.#rank };
    this.list.push({ start, end, text, ...sums, token, lastRank: rank, probability });
    [this.#bits, this.#rank] = [0, 0];
  }
}

/**
 * The piece that covers a character; undefined for none.
 *
 * @param {Piece[]} pieces
 * @param {number} place
 */
export function pieceAt(pieces, place) {
  const piece = pieces.find(({ end }) => end > place);
  return piece && piece.start <= place ? piece : undefined;
}
