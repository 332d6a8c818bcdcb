// What this tab has shown since it was opened, for the lab sheet. It stays in the browser, and ends
// with the tab.
import { sourceOf } from "./sources.js";
import { stored, store } from "./stored.js";
import { surpriseBits, surpriseClasses } from "./surprise.js";

/**
 * @import { RunEvent, Start } from "./events.js"
 */

/**
 * A result, or an answer that somebody gave: then `question`, `said` and `right` are there.
 *
 * @typedef {object} Entry
 * @property {number} at milliseconds since 1970; no two are at one moment
 * @property {string} [name]
 * @property {string} [family]
 * @property {string} [asked] what somebody wrote, where no recipe says it
 * @property {any} [recipe]
 * @property {string} [link]
 * @property {[string, string][]} [letters] each piece with its classes
 * @property {string[]} [tiles] addresses of pictures
 * @property {string} [figures]
 * @property {string} [source] the kind of its state, see `sources.js`
 * @property {string} [question]
 * @property {string} [said]
 * @property {boolean} [right]
 */

/**
 * @typedef {Start & { letters: [string, string][], tiles: string[], ms: number, bits: number }} Run
 */

const KEY = "playground_sitting";
const EVENT = "sitting";
const MOST = 200;

/** @type {Entry[]} */
let entries = [];
let timer = 0;

/** All entries, oldest first. */
export function logged() {
  return entries;
}

/**
 * Call back whenever something was added, or all was cleared.
 *
 * @param {() => void} then
 */
export function onLogged(then) {
  document.addEventListener(EVENT, then);
}

/**
 * One more thing that was seen; the same recipe stands there once.
 *
 * @param {Omit<Entry, "at"> & { at?: number }} entry
 */
export function log(entry) {
  const same = JSON.stringify(entry.recipe);
  if (same) entries = entries.filter(({ recipe }) => JSON.stringify(recipe) !== same);
  const at = Math.max(Date.now(), (entries.at(-1)?.at ?? 0) + 1);
  entries.push({ at, ...entry });
  entries.splice(0, entries.length - MOST);
  clearTimeout(timer);
  // More than a browser takes stays on this page.
  timer = window.setTimeout(() => store(KEY, entries, "session"), 200);
  document.dispatchEvent(new Event(EVENT));
}

/**
 * An answer to a question; `right` is undefined where nobody can say.
 *
 * @param {{ question: string, said: string, right?: boolean }} answer
 */
export function logAnswer({ question, said, right }) {
  log({ question, said, right });
}

/**
 * Take down runs by their events: give each event to what is returned.
 *
 * @returns {(run: number, event: RunEvent) => void}
 */
export function watch() {
  /** @type {Map<number, Run>} */
  const runs = new Map();
  return (i, event) => {
    if (event.start) runs.set(i, { ...event.start, letters: [], tiles: [], ms: 0, bits: 0 });
    const run = runs.get(i);
    if (!run) return;
    takeDown(run, event);
    const made = run.letters.length || run.tiles.length;
    if (event.end === "finished" && made) log(entryOf(run));
  };
}

/** Leave nothing of this tab to whoever comes next. */
export function clearLog() {
  clearTimeout(timer);
  entries = [];
  store(KEY, undefined, "session");
  document.dispatchEvent(new Event(EVENT));
}

/** Take on what an earlier page of this tab has kept. */
export function loadLog() {
  entries = stored(KEY, "session") ?? [];
}

/**
 * @param {Run} run
 * @param {RunEvent} event
 */
function takeDown(run, { letters, frame }) {
  for (const [piece, probability, rank, ms] of letters ?? []) {
    run.letters.push([piece, surpriseClasses(probability, rank)]);
    run.bits += surpriseBits(probability);
    run.ms += ms;
  }
  run.ms += frame?.ms ?? 0;
  if (frame?.last) run.tiles = frame.tiles;
}

/** @param {Run} run */
function entryOf(run) {
  const { name, family, recipe, link, letters, tiles, bits, ms } = run;
  const figures = [`seed ${recipe.seed}`, `${(ms / 1000).toPrecision(2)} s of computing`];
  if (letters.length) figures.unshift(`${(bits / letters.length).toPrecision(3)} bits a letter`);
  const [source] = sourceOf(run);
  return { name, family, recipe, link, letters, tiles, figures: figures.join(" · "), source };
}
