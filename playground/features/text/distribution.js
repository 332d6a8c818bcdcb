// The distribution that a letter was drawn from, and what it would be with other settings.

/**
 * @import { Spread } from "../../web/kit/events.js"
 * @import { Piece } from "./pieces.js"
 *
 * @typedef {{ temperature: number, top_k: number, top_p: number }} DrawSettings
 *
 * @typedef {object} Drawn what settings leave of a distribution
 * @property {number[]} shares of the listed candidates
 * @property {number} left so many of them can be drawn
 * @property {boolean} beyond whether some that are not listed can be drawn, too
 * @property {number} rest the share of those
 * @property {number} slack the part of a share that it may be off by
 *
 * @typedef {object} Row a candidate to show
 * @property {number} rank
 * @property {string} text
 * @property {number} own what the model itself gives it
 * @property {number | null} share with the settings; null where nobody knows
 * @property {boolean} taken
 */

export const SHOWN = 10; // candidates as bars and in the table
const SCALES = [0.01, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * What the settings leave: temperature, then top-k, then top-p over what top-k left (Holtzman et
 * al. 2020, section 3.1), as the engine draws. Of a large vocabulary the candidates that are not
 * listed are known by their sum alone; at another temperature that is somewhere between two
 * bounds, all alike or as few as possible, and `slack` is the part of a share it may be off by.
 *
 * @param {Pick<Spread, "costs" | "rest" | "vocabulary">} spread
 * @param {DrawSettings} settings
 * @returns {Drawn}
 */
export function distribution({ costs, rest, vocabulary }, { temperature, top_k, top_p }) {
  const power = 1 / (temperature || 1);
  const limit = temperature === 0 ? 1 : top_k || Infinity;
  const weight = (/** @type {number} */ cost) => Math.exp(((costs[0] - cost) / 1000) * power);
  const weights = costs.slice(0, limit).map(weight);
  const listed = weights.reduce((sum, one) => sum + one, 0);
  const unlisted = Math.max(0, Math.min(limit, vocabulary) - costs.length);
  const [low, high] = unlisted && rest > 1e-6 ? tail(costs, rest, unlisted, power) : [0, 0];
  const total = listed + (low + high) / 2;
  const goal = top_p < 1 ? top_p * total : Infinity;
  const { kept, left } = nucleus(weights, goal);
  const beyond = left === weights.length && high > 0 && kept < goal;
  const sum = beyond ? Math.min(total, goal) : kept;
  const shares = costs.map((_, i) => (i < left ? weights[i] / sum : 0));
  const slack = (high - low) / 2 / total;
  return { shares, left, beyond, rest: beyond ? 1 - kept / sum : 0, slack };
}

/**
 * As few of the heaviest as together weigh so much; at least one.
 *
 * @param {number[]} weights descending
 * @param {number} goal
 */
function nucleus(weights, goal) {
  let kept = 0;
  let left = 0;
  for (const weight of weights) {
    if (left && kept >= goal) break;
    kept += weight;
    left += 1;
  }
  return { kept, left };
}

/**
 * Least and most that candidates below the listed ones weigh together, the favourite being 1.
 *
 * @param {number[]} costs
 * @param {number} rest
 * @param {number} unlisted how many there are
 * @param {number} power 1 / temperature
 */
export function tail(costs, rest, unlisted, power) {
  const mass = rest * Math.exp(costs[0] / 1000);
  const cap = Math.exp((costs[0] - costs[costs.length - 1]) / 1000);
  const alike = unlisted * (mass / unlisted) ** power;
  const few = mass * cap ** (power - 1);
  const most = unlisted * cap ** power;
  return [alike, few].map((one) => Math.min(one, most)).sort((a, b) => a - b);
}

/**
 * The share of a whole line, by which bars of several models can be compared.
 *
 * @param {Pick<Row, "own" | "share">[][]} charts
 */
export function scaleOf(charts) {
  const largest = Math.max(0, ...charts.flat().flatMap(({ own, share }) => [own, share ?? 0]));
  return SCALES.find((one) => one >= largest) ?? 1;
}

/**
 * The candidates to show: the favourites, and what was taken if it is none of them.
 *
 * @param {Spread} spread
 * @param {Piece} piece
 * @param {Drawn} drawn
 * @returns {Row[]}
 */
export function candidates({ texts, costs }, { text, rank, lastRank, probability }, { shares }) {
  const rows = costs.slice(0, SHOWN).map((cost, i) => ({
    rank: i,
    text: texts[i],
    own: Math.exp(-cost / 1000),
    share: shares[i],
    taken: i === lastRank,
  }));
  if (lastRank < rows.length) return rows;
  const share = shares[lastRank] ?? null;
  return [...rows, { rank, text, own: probability, share, taken: true }];
}
