// What this browser keeps of a lesson: one of one's own for as long as its tab is open, all others
// for good. A browser that keeps nothing still shows lessons.
import { front } from "../../web/kit/page_state.js";
import { store, stored } from "../../web/kit/stored.js";

/** @typedef {{ step?: number, guesses?: Record<string, string> }} Kept */

const LEVEL = "playground_level";
const OWN = "playground_own_lesson";

/** The id of the lesson; "" on other pages. */
export function lessonId() {
  return front().dataset.lesson ?? "";
}

/** @returns {Kept} */
export function kept() {
  return stored(key(), where()) ?? {};
}

/** @param {Kept} changes */
export function keep(changes) {
  store(key(), { ...kept(), ...changes }, where());
}

export function forgetLesson() {
  store(key(), undefined, where());
}

/** Whether the parts for those who want to know more are shown. */
export function isDeeper() {
  return stored(LEVEL) === "deeper";
}

/** @param {boolean} deeper */
export function keepDeeper(deeper) {
  store(LEVEL, deeper ? "deeper" : "plain");
}

/** @returns {{ name: string, text: string } | null} */
export function ownLesson() {
  return stored(OWN, where());
}

/** @param {{ name: string, text: string } | undefined} own */
export function keepOwn(own) {
  store(OWN, own, where());
}

function key() {
  return `playground_lesson_${lessonId()}`;
}

function where() {
  return lessonId() === "own" ? "session" : "local";
}
