// Figures with their units, as the server writes them, too: see `web/markup.py`.

const THIN = "\u2009"; // a space in thousands

/**
 * A number with at most so many significant digits, and thin spaces in its thousands.
 *
 * @param {number} value
 */
export function significant(value, digits = 3) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  const [whole, rest] = value.toFixed(places).split(".");
  return grouped(whole) + (rest ? `.${rest}` : "");
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
 * @param {number} number
 * @param {string} noun
 */
export function plural(number, noun) {
  return `${grouped(String(number))} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * Digits with a thin space before every three.
 *
 * @param {string} digits
 */
function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}
