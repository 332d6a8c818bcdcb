// What the machines that look at a drawing have found, in sentences, shares and rows of a table.
import { chance, number } from "../../../web/kit/numbers.js";

/** @import { Frame, Look } from "../../../web/kit/events.js" */

/** @typedef {Record<string, number>} Figures */

/**
 * What a card says of a drawing: a bar for each share, the table, and a sentence.
 *
 * @typedef {object} Said
 * @property {[label: string, share: number][]} shares
 * @property {string[][]} rows
 * @property {string} sentence
 */

/**
 * What the VAE keeps of a drawing.
 *
 * @param {Look} look
 */
export function keptOf({ figures, label }) {
  const off = offOf(figures);
  const reads = label ? `It reads ${label}. ` : "";
  return (
    `${reads}A pixel is off by ${chance(figures.rmse)} of the range (root mean square). ` +
    `White in “lost”: off by ${off} % or more.`
  );
}

/**
 * By how many percent at least a pixel is off that is white in the picture of errors.
 *
 * @param {Figures} figures
 */
export function offOf({ error_white: white }) {
  return Math.round(100 * Math.sqrt(white));
}

/**
 * How strange the VAE finds it.
 *
 * @param {Figures} figures
 * @returns {Said}
 */
export function strangenessOf(figures) {
  return {
    shares: shareOf(figures, "Stranger than"),
    rows: [
      ["Strangeness, nats", number(figures.strangeness)],
      ...placeOf(figures, "Real digits less strange"),
    ],
    sentence:
      figures.percentile <= 0 ? "No real digit is less strange." : among(figures, "Stranger"),
  };
}

/**
 * What the GAN's critic says.
 *
 * @param {Figures} figures
 * @returns {Said}
 */
export function criticismOf(figures) {
  const { realness, percentile } = figures;
  const score = `${realness > 0 ? "+" : "−"}${number(Math.abs(realness), 2)}`;
  const place =
    percentile <= 0 ? "Every real digit looks more real to it." : among(figures, "More real");
  return {
    shares: shareOf(figures, "More real than"),
    rows: [["Score, real above 0", score], ...placeOf(figures, "Real digits with a lower score")],
    sentence: `It says “${realness > 0 ? "real" : "made"}” (${score}). ${place}`,
  };
}

/**
 * Which captions CLIP picks, the nearest first.
 *
 * @param {Figures} figures probability by caption
 * @returns {Said}
 */
export function captionsOf(figures) {
  const shares = Object.entries(figures).sort((a, b) => b[1] - a[1]);
  const [best, share] = shares[0];
  return {
    shares,
    rows: shares.map(([caption, p]) => [caption, chance(p)]),
    sentence:
      `Nearest: “${best}”, ${chance(share)}. It has to choose: no caption says ` +
      "“nothing of this kind”.",
  };
}

/**
 * How far diffusion has come with drawing it again.
 *
 * @param {Frame} frame
 */
export function redrawnOf({ last, total, label }) {
  return last
    ? `${total} steps out of 60 % noise. Where they agree, your drawing came ` +
        "through; where they differ, the model made it up."
    : `${label}: what it believes is behind the noise.`;
}

/**
 * @param {Figures} figures
 * @param {string} label
 * @returns {[string, number][]}
 */
function shareOf({ percentile }, label) {
  return percentile === undefined ? [] : [[label, percentile]];
}

/**
 * @param {Figures} figures
 * @param {string} label
 */
function placeOf({ percentile, percentile_n: n }, label) {
  if (percentile === undefined) return [];
  return [
    [label, chance(percentile)],
    ["Test digits compared with", n.toLocaleString("en")],
  ];
}

/**
 * A share of real digits in words that do not claim more than it says.
 *
 * @param {Figures} figures
 * @param {string} words
 */
function among({ percentile, percentile_n: n }, words) {
  if (percentile === undefined) {
    return (
      "There are no figures of real digits for these weights to compare it with, " +
      "so nothing is said of its place among them."
    );
  }
  const all = Math.round(n).toLocaleString("en");
  if (percentile >= 1) return `${words} than every one of ${all} real digits.`;
  if (percentile <= 0) return `No real digit of ${all} is less so.`;
  const share = chance(percentile); // as the bar and the table say it
  return `${words} than ${share} ${percentile < 0.01 ? "" : "of "}real digits.`;
}
