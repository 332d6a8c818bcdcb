// Numbers as people read them; what has a twin in `core/format.py` rounds as that does.

const THIN = "\u202f"; // a space in thousands, at which no line ends

/**
 * At most so many significant digits, and none that says nothing.
 *
 * @param {number} value
 * @param {number} digits
 */
export function number(value, digits = 3) {
  return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 6 });
}

/**
 * A whole number with thin spaces in its thousands.
 *
 * @param {number} value
 */
export function count(value) {
  return value.toLocaleString("en").replaceAll(",", THIN);
}

/**
 * So many significant digits, zeros at the end included.
 *
 * @param {number} value
 * @param {number} digits
 */
export function significant(value, digits = 3) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return fixed(value, places);
}

/**
 * A span of time in the unit that reads best.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds >= 7200) return `${significant(seconds / 3600, 2)} h`;
  if (seconds >= 120) return `${significant(seconds / 60, 2)} min`;
  if (seconds > 0 && seconds < 0.001) return `${significant(seconds * 1e6, 2)} µs`;
  if (seconds > 0 && seconds < 1) return `${significant(seconds * 1e3, 2)} ms`;
  return `${significant(seconds, 2)} s`;
}

/**
 * A count with its noun: 1 picture, 4 pictures.
 *
 * @param {number} value
 * @param {string} noun
 */
export function plural(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/**
 * 1st, 2nd, 3rd, 4th …
 *
 * @param {number} value
 */
export function ordinal(value) {
  const teen = value % 100 >= 10 && value % 100 <= 20;
  return count(value) + ((!teen && ["", "st", "nd", "rd"][value % 10]) || "th");
}

/**
 * A part of a whole in whole percent; never 0 for a little, nor 100 for less than all.
 *
 * @param {number} share
 */
export function percent(share) {
  if (share > 0 && share < 0.01) return "under 1 %";
  if (share >= 0.995 && share < 1) return "over 99 %";
  return `${fixed(100 * share, 0)} %`;
}

/**
 * A probability as people say it: whole percent, and one in so many below one.
 *
 * @param {number} probability
 */
export function chance(probability) {
  if (probability >= 0.01 || probability <= 0) return percent(probability);
  const times = Number((1 / probability).toPrecision(2));
  return `1 in ${times < 1e7 ? count(times) : times.toPrecision(2)}`;
}

/**
 * @param {number} value
 * @param {number} places after the point; a tie goes to the even digit, as in Python
 */
function fixed(value, places) {
  /** @type {Intl.NumberFormatOptions} */
  const options = {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    roundingMode: "halfEven",
  };
  return value.toLocaleString("en", options).replaceAll(",", THIN);
}
