// What the cards of scenes and drawers are made of: state, letters, tiles, headings.
import { el, ghost, shape } from "./dom.js";
import { pictureButton, showPicture } from "./picture_viewer.js";
import { sourceOf } from "./sources.js";
import { surpriseClasses } from "./surprise.js";

/**
 * @import { Letter, RunEvent, Fail } from "./events.js"
 * @import { About } from "./picture_viewer.js"
 * @import { State } from "./sources.js"
 */

/**
 * Show a state; without a mark, words alone.
 *
 * @param {HTMLElement} element
 * @param {string} kind
 * @param {string} mark
 * @param {string} words
 */
export function showState(element, kind, mark, words) {
  element.dataset.state = kind;
  const marked = mark ? [el("i", { "aria-hidden": "true" }, mark), " "] : [];
  element.replaceChildren(...marked, words);
}

/**
 * Show the state that an event puts a card into, if it does.
 *
 * @param {HTMLElement} element
 * @param {RunEvent} event
 * @param {State} [source] shown with every step
 */
export function showEvent(element, event, source) {
  const state = stateOf(event, source);
  if (state) showState(element, ...state);
}

/**
 * @param {RunEvent} event
 * @param {State | undefined} source
 * @returns {State | undefined}
 */
function stateOf(event, source) {
  if (event.start) return sourceOf(event.start);
  if (event.wait) return event.wait.words ? ["waiting", event.wait.mark, event.wait.words] : source;
  if (event.fail) return ["failed", "✕", "did not work"];
  if (event.end === "stopped") return ["stopped", "■", "stopped"];
  return event.letters || event.frame ? source : undefined;
}

/**
 * Figures of a line, each of which stays whole where the line is broken.
 *
 * @param {string} line with dots between them
 * @returns {(Node | string)[]}
 */
export function figures(line) {
  if (!line) return [];
  const parts = line.split(" · ").map((words) => el("span", { class: "whole" }, words));
  return parts.flatMap((part, i) => (i ? [" · ", part] : [part]));
}

/**
 * One letter with the bar of its surprise, as the place Text shows it.
 *
 * @param {Letter | [string, number, number]} letter
 */
export function letter([piece, probability, rank]) {
  const classes = ["t", surpriseClasses(probability, rank), piece === "\n" ? "n" : ""];
  return el("b", { class: classes.filter(Boolean).join(" ") }, piece);
}

/**
 * A picture in a tile, which opens large.
 *
 * @param {string} source
 * @param {string} alt
 * @param {About} about
 */
export function tile(source, alt, about = {}) {
  const image = el("img", { src: source, alt, decoding: "sync" });
  return el("span", { class: "tile" }, pictureButton(image, about));
}

/**
 * Show a picture in a tile that stands there, in its image if it has one; it opens large.
 *
 * @param {HTMLElement} place
 * @param {string} source
 * @param {string} alt
 * @param {About} about
 */
export function fillTile(place, source, alt, about = {}) {
  const image = place.querySelector("img") ?? el("img", { decoding: "sync" });
  image.src = source;
  image.alt = alt;
  showPicture(place, image, about);
}

/**
 * A heading and a line below it, which every scene begins with.
 *
 * @param {string} title
 * @param {string} line
 */
export function heading(title, line) {
  return el("header", { class: "scene-heading" }, el("h2", {}, title), el("p", {}, line));
}

/**
 * A card of one family with its state; what is shown goes into `stage`.
 *
 * @param {string} family
 * @param {string} name
 * @param {string} about
 */
export function card(family, name, about = "") {
  const state = el("span", { class: "state" });
  const stage = el("div", { class: "stage-of-play" });
  const line = about && el("p", { class: "about" }, about);
  const settings = { class: "heading", "data-family": family };
  const head = el("header", settings, shape(family), el("h3", {}, name), state, line || null);
  const outer = { class: "card family", "data-family": family, "aria-label": name };
  return { element: el("section", outer, head, stage), state, stage };
}

/**
 * What stands in place of a result that failed: the sentence, and a button where it helps.
 *
 * @param {Fail} fail
 * @param {() => unknown} start
 */
export function failure({ sentence, again }, start) {
  const words = el("p", { class: "failure" }, sentence);
  return again ? [words, ghost("Try again", () => start())] : [words];
}

/**
 * Letters of which nothing would be seen, as signs.
 *
 * @param {string} text
 */
export function visible(text) {
  /** @type {Record<string, string>} */
  const signs = { " ": "␣", "\n": "↵", "\t": "⇥" };
  return [...text].map((one) => signs[one] ?? one).join("");
}
