// The clock's digits, seeds and words, without its elements.
import { plain } from "../../../../web/kit/plain_text.js";

/**
 * The time of day, "09:41".
 *
 * @param {Date} date
 */
export function timeOf(date) {
  return date.toTimeString().slice(0, 5);
}

/**
 * The digits in a text, in their order, whatever script they are of.
 *
 * @param {string} text
 */
export function digitsOf(text) {
  return [...plain(text)].filter((c) => c >= "0" && c <= "9").map(Number);
}

/**
 * The minute of the day decides the seed, so that all visitors share one run; four digits have a
 * seed each.
 *
 * @param {string} time
 */
export function seedOf(time) {
  return 4 * (60 * Number(time.slice(0, 2)) + Number(time.slice(3)));
}

/**
 * What the clock says above its digits; the cards say where these come from.
 *
 * @param {string} time
 */
export function timeLine(time) {
  return `It is ${time}. Drawn three ways:`;
}

/**
 * The same of a number that somebody has asked for.
 *
 * @param {number[]} digits
 */
export function numberLine(digits) {
  return `Your number, ${digits.join("")}, drawn three ways:`;
}
