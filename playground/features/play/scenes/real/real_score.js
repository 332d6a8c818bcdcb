// Chance: how often guessing blindly would do as well, and what a seed decides.
import { number } from "../../../../web/kit/numbers.js";

/**
 * How likely `right` or more of `n` are for who is right with probability p each time.
 *
 * @param {number} right
 * @param {number} n
 * @param {number} p
 */
export function tail(right, n, p) {
  let sum = 0;
  let ways = 1; // to choose k of n
  for (let k = 0; k <= n; k += 1) {
    if (k >= right) sum += ways * p ** k * (1 - p) ** (n - k);
    ways = (ways * (n - k)) / (k + 1);
  }
  return sum;
}

/** @param {number} probability */
export function often(probability) {
  const times = Math.round(100 * probability);
  if (probability < 0.01) return `1 time in ${number(1 / probability, 2)}`;
  return times === 1 ? "1 time in 100" : `${times} times in 100`;
}

/**
 * The score beside what blind guessing gets, with how often that would do as well.
 *
 * @param {number} right
 * @param {number} n
 * @param {number} options to choose from
 */
export function verdict(right, n, options) {
  const [who, whom] = options === 2 ? ["A coin", "a coin"] : ["Guessing", "a guesser"];
  const first = `You got ${right} of ${n}. ${who} gets ${number(n / options, 2)}`;
  if (!right) return `${first}.`;
  const many = right === n ? `all ${n}` : `${right} or more`;
  return `${first}, and ${many} happens to ${whom} ${often(tail(right, n, 1 / options))}.`;
}

/**
 * Random numbers that a seed decides (mulberry32): all visitors of a minute share its pictures.
 *
 * @param {number} seed
 * @returns {() => number} from 0 to below 1
 */
export function randomOf(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @template Item
 * @param {Item[]} list
 * @param {() => number} random
 */
export function shuffled(list, random) {
  const left = [...list];
  return list.map(() => left.splice(Math.floor(random() * left.length), 1)[0]);
}

/** What tells a machine on average, as the claim on edges has it. @type {Record<string, string>} */
const MARKS = {
  gan: "On average its edges are the steepest of the three.",
  vae: "On average its edges are the softest of the three.",
  diffusion: "On average its edges lie between the other two’s.",
};

/**
 * What follows from a game: not the same for who could tell as for who could not.
 *
 * @param {number} right
 * @param {number} n
 * @param {number} options to choose from
 */
export function moral(right, n, options) {
  const beaten = right > 0 && tail(right, n, 1 / options) < 0.05;
  const seen = beaten
    ? "You could tell more often than luck would: these machines leave marks that can be learnt."
    : "By looking, you did no better than luck might: with digits, where nobody is hurt.";
  const ask = "ask where it comes from before you ask whether it looks real.";
  return `${seen} With a face or a voice, ${ask}`;
}

/** Who made a picture, by family. @type {Record<string, string>} */
export const MADE = { gan: "the GAN", vae: "the VAE", diffusion: "diffusion" };

/**
 * The answer to one guess, and what the critic says of the picture if it was asked.
 *
 * @param {{ truth: string, critic?: number | null, told?: string }} round
 * @param {boolean} right
 */
export function answerLine({ truth, critic, told = MARKS[truth] ?? "" }, right) {
  const who = truth === "real" ? "a person wrote it" : `${MADE[truth] ?? "the GAN"} made it`;
  const begun = [`${right ? "Right" : "No"}: ${who}.`, told].filter(Boolean).join(" ");
  if (critic === null || critic === undefined) return begun;
  const [word, sign] = critic > 0 ? ["real", "+"] : ["made", "−"];
  return `${begun} The critic says ${word} (${sign}${number(Math.abs(critic), 2)}).`;
}
