// The rule of the game: what a letter costs, and what the letters so far allow to say.

/** @import { Letter } from "../../../../web/kit/events.js" */

/**
 * At which guess each letter was found, by who guessed. @typedef {Record<string, number[]>} Guesses
 */

export const MOST = 6; // wrong guesses, then the letter is told
export const TOLD = MOST + 1;

/**
 * Bits that a letter costs when it is found at this guess (Shannon 1951).
 *
 * @param {number} guess
 */
export function bits(guess) {
  return Math.log2(guess * (guess + 1));
}

/**
 * What a letter costs, in words.
 *
 * @param {number} guess
 */
export function cost(guess) {
  return `${bits(guess).toFixed(guess > 1 ? 2 : 0)} bit${guess > 1 ? "s" : ""}`;
}

/**
 * A letter as it is spoken of.
 *
 * @param {string} letter
 */
export function named(letter) {
  return letter === " " ? "a space" : `“${letter}”`;
}

/**
 * A model guesses in the order of its favourites, and is told at the same time as you.
 *
 * @param {Letter} letter
 */
export function guessOf([, , rank]) {
  return Math.min(rank + 1, TOLD);
}

/**
 * Mean of some numbers with its 95 % interval by the normal approximation.
 *
 * @param {number[]} values
 */
export function mean(values) {
  const n = values.length;
  const middle = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const reach = n > 1 ? 1.96 * Math.sqrt(squares / (n - 1) / n) : Infinity;
  return { n, middle, low: middle - reach, high: middle + reach };
}

/**
 * "2.01 (1.43–2.59)": no score can lie beyond the cheapest and the dearest letter.
 *
 * @param {number[]} guesses
 */
export function score(guesses) {
  const { n, middle, low, high } = mean(guesses.map(bits));
  if (!n) return "–";
  if (n < 2) return middle.toFixed(2);
  const [least, most] = [Math.max(low, bits(1)), Math.min(high, bits(TOLD))];
  return `${middle.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

/**
 * What the letters so far allow to say: all have guessed the same ones, so in pairs.
 *
 * @param {Guesses} guesses
 * @param {{ id: string, name: string }[]} models
 */
export function verdict(guesses, models) {
  const even = [];
  const said = [];
  for (const { id, name } of models) {
    const differences = guesses.you.map((guess, i) => bits(guess) - bits(guesses[id][i]));
    const { middle, low, high } = mean(differences);
    if (high < 0) said.push(`You beat ${name} ${apart(-middle, -high, -low)}`);
    else if (low > 0) said.push(`${name} beats you ${apart(middle, low, high)}`);
    else even.push(name);
  }
  if (even.length) {
    said.push(`${listed(even)} cannot be told apart from ${guesses.you.length} letters.`);
  }
  return said.join(" ");
}

/**
 * @param {number} middle
 * @param {number} low
 * @param {number} high
 */
function apart(middle, low, high) {
  return `by ${middle.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}) bits a letter.`;
}

/** @param {string[]} names */
function listed(names) {
  return [["You", ...names.slice(0, -1)].join(", "), names.at(-1)].join(" and ");
}
