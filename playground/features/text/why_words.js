// Why this letter, in words.
import { visible } from "../../web/kit/card_parts.js";
import { chance, ordinal } from "../../web/kit/numbers.js";
import { SHOWN } from "./distribution.js";

/**
 * @import { DrawSettings, Drawn } from "./distribution.js"
 * @import { Piece } from "./pieces.js"
 */

const OTHER = " It did not write this; it was asked what it thinks.";

/**
 * A candidate's share: whole percent, 1 in so many below one, or that it can never be drawn.
 *
 * @param {number | null} share
 */
export function shareWords(share) {
  if (share === null) return "not kept";
  return share <= 0 ? "cut" : chance(share);
}

/**
 * Which choice of the model something was.
 *
 * @param {number} rank from 0
 */
export function favourite(rank) {
  if (rank === 0) return "its favourite";
  const words = `its ${ordinal(rank + 1)} choice`;
  return rank < SHOWN ? words : `${words}, not among its ten favourites`;
}

/** @param {number} bits */
function bitsWords(bits) {
  return `${bits >= 10 ? Math.round(bits) : bits.toFixed(1)} bits`;
}

/**
 * How likely it was, what the settings leave, and how surprising it was.
 *
 * @param {Piece} piece
 * @param {Drawn} drawn
 * @param {DrawSettings} settings
 * @param {boolean} wrote whether this model wrote it
 */
export function sentence(piece, drawn, settings, wrote) {
  const { text, probability, rank, lastRank, bits, start, end } = piece;
  const parts = [`“${visible(text)}” had ${shareWords(probability)}, ${favourite(rank)}`];
  const left = leaves(drawn, settings);
  const cut = drawn.shares[lastRank] === 0 ? ", without it" : "";
  if (left) parts.push(left + cut);
  const letters = end - start;
  const each = ` for ${letters} letters, ${(bits / letters).toFixed(1)} each`;
  const surprise = `Surprise ${bitsWords(bits)}${letters > 1 ? each : ""}.`;
  return `${parts.join("; ")}. ${surprise}${wrote ? "" : OTHER}`;
}

/**
 * Which setting left how many candidates; "" where all can be drawn.
 *
 * @param {Drawn} drawn
 * @param {DrawSettings} settings
 */
export function leaves({ left, beyond, shares }, { temperature, top_k, top_p }) {
  const count = beyond ? `more than ${shares.length}` : String(left);
  const words = `${count} candidate${left === 1 && !beyond ? "" : "s"}`;
  if (temperature === 0) return "temperature 0 left its favourite alone";
  if (top_p < 1) return `top-p left ${words}`;
  return top_k > 0 && left < shares.length ? `top-k left ${words}` : "";
}

/**
 * How exact the shares are; "" where they are so.
 *
 * @param {Drawn} drawn
 */
export function caution({ shares, slack }) {
  if (slack <= 0.005) return "";
  const off = Math.max(1, Math.round(slack * 100));
  return (
    `Of this large vocabulary the ${shares.length} most likely are kept, and the sum of the ` +
    `rest: solid bars may be off by ${off} % of their length.`
  );
}
