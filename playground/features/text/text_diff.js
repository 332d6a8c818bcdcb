// Where two texts that began alike part, in words.
import { plural } from "../../web/kit/numbers.js";

/** @type {Record<string, string>} */
const UNSEEN = { "\n": "a new line", " ": "a space", "\t": "a tab" };

/**
 * The place, from 0, of the first letter that differs; -1 where all that both have agrees.
 *
 * @param {string} left
 * @param {string} right
 */
export function firstDifference(left, right) {
  const others = [...right];
  return [...left].slice(0, others.length).findIndex((letter, i) => letter !== others[i]);
}

/**
 * What became of two texts; "" while there are no two.
 *
 * @param {string} left
 * @param {string} right
 */
export function differenceSentence(left, right) {
  if (!left || !right) return "";
  const [one, other] = [[...left], [...right]];
  const place = firstDifference(left, right);
  if (place >= 0) {
    const said = `${named(one[place])} against ${named(other[place])}`;
    return `They part at letter ${place + 1}: ${said}.`;
  }
  const letters = plural(Math.min(one.length, other.length), "letter");
  if (one.length === other.length) return `They never part: the same ${letters}.`;
  return `As far as both go (${letters}), they are the same.`;
}

/**
 * A letter that can be seen, or its name.
 *
 * @param {string} letter
 */
function named(letter) {
  return UNSEEN[letter] ?? `“${letter}”`;
}
