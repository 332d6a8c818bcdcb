// How surprising a letter was, and the bar that shows it; the same as in `core/surprise.py`.

const LEVELS = [1, 2, 4, 6]; // from so many bits on a letter has a bar of class s1, s2, s3, s4
export const FAVOURITES = 10; // a letter of a lower rank is among them
const LEAST = 2 ** -1022; // of a probability, so that no surprise is endless

/**
 * Bits of surprise of an event of this probability.
 *
 * @param {number} probability
 */
export function surpriseBits(probability) {
  return -Math.log2(Math.max(probability, LEAST));
}

/**
 * Which bar so many bits have, from 0 for none to 4.
 *
 * @param {number} bits
 */
export function surpriseLevel(bits) {
  return LEVELS.filter((least) => bits >= least).length;
}

/**
 * The classes of a letter: its bar, and whether it was not among the favourites.
 *
 * @param {number} probability
 * @param {number} rank from 0
 */
export function surpriseClasses(probability, rank) {
  const level = surpriseLevel(surpriseBits(probability));
  return [level ? `s${level}` : "", rank >= FAVOURITES ? "r" : ""].filter(Boolean).join(" ");
}
