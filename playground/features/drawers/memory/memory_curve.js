// How surprising a made-up name is to a model each of the three times that it comes in a text.
import { plain } from "../../../web/kit/plain_text.js";
import { surpriseBits } from "../../../web/kit/surprise.js";

/** @import { Letter } from "../../../web/kit/events.js" */

export const MOST = 12; // letters of a name

/** The times that a name comes, in words. */
export const TIMES = ["1st time", "2nd time", "3rd time"];

const FITTING = new RegExp(`^[A-Z]{2,${MOST}}$`);

/**
 * A name in capitals; "" for what cannot be used as one.
 *
 * @param {string} written
 */
export function nameOf(written) {
  const name = plain(written).trim().toUpperCase();
  return FITTING.test(name) ? name : "";
}

/**
 * The text in which a name comes three times.
 *
 * @param {string} name
 */
export function textWith(name) {
  return (
    `MARTIN:\nWho comes so late?\n\n${name}:\nA friend that means no ` +
    `harm.\n\nMARTIN:\nThen sit you by the fire.\n\n${name}:\nI thank you, ` +
    `sir.\n\nMARTIN:\nWhat news?\n\n${name}:\n`
  );
}

/**
 * What is to be said of a name that is as many times as surprising the third time as the first.
 *
 * @param {number} change
 */
export function verdict(change) {
  if (change <= 0.5) return "It has taken the name in.";
  if (change <= 0.85) return "Some of it has stuck.";
  return change < 1.15 ? "Next to nothing of it has stuck." : "It is more surprised than before.";
}

/** What one model has read so far. */
export class Curve {
  /** @type {[start: number, letter: Letter][]} */
  pieces = [];
  letters = 0; // that have been read

  /** @param {string} name */
  constructor(name) {
    this.name = name;
    const text = textWith(name);
    this.whole = text.length;
    this.places = [...text.matchAll(new RegExp(name, "g"))].map(({ index }) => index);
  }

  /** @param {Letter[]} letters */
  take(letters) {
    for (const letter of letters) {
      this.pieces.push([this.letters, letter]);
      this.letters += letter[0].length;
    }
  }

  get done() {
    return this.letters === this.whole;
  }

  /**
   * Bits a letter of the name, each time; of a piece that lies across its edge, a part.
   *
   * @returns {number[]}
   */
  get bits() {
    return this.places.map((start) => {
      const end = start + this.name.length;
      const own = this.pieces.map(([at, [piece, probability]]) => {
        const inside = Math.max(0, Math.min(end, at + piece.length) - Math.max(start, at));
        return inside ? (surpriseBits(probability) * inside) / piece.length : 0;
      });
      return own.reduce((total, one) => total + one, 0) / this.name.length;
    });
  }

  /** The same of those times that have been read. */
  get known() {
    return this.bits.filter((_, time) => this.isRead(time));
  }

  /** @param {number} time from 0 */
  isRead(time) {
    return this.letters >= this.places[time] + this.name.length;
  }

  /**
   * The pieces that a time's letters are in.
   *
   * @param {number} time from 0
   * @returns {Letter[]}
   */
  piecesAt(time) {
    const start = this.places[time];
    const end = start + this.name.length;
    const own = this.pieces.filter(([at, [piece]]) => at < end && at + piece.length > start);
    return own.map(([, letter]) => letter);
  }

  /** What there is to say of it, without whose it is. */
  get sentence() {
    const [first, , third] = this.bits;
    return (
      `${first.toFixed(1)} bits a letter the first time, ` +
      `${third.toFixed(1)} the third. ${verdict(third / first)}`
    );
  }
}

/**
 * The end of a scale that all these bits fit on.
 *
 * @param {number[]} bits
 */
export function scaleEnd(bits) {
  return Math.max(1, Math.ceil(Math.max(...bits, 0)));
}
