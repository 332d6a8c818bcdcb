// Where a result comes from, in the same words on every card and page.

/**
 * A state: its kind, its mark, its words.
 *
 * @typedef {readonly [kind: string, mark: string, words: string]} State
 */

/**
 * The models work while one looks.
 *
 * @type {State}
 */
export const LIVE = ["live", "●", "live"];
/**
 * This server has made it shortly before, for whoever asked for the very same.
 *
 * @type {State}
 */
export const SHARED = ["shared", "◷", "from a minute ago"];
/**
 * It is shipped with the app.
 *
 * @type {State}
 */
export const RECORDED = ["recorded", "↻", "recorded"];

/** @type {Record<string, State>} */
const KINDS = Object.fromEntries([LIVE, SHARED, RECORDED].map((state) => [state[0], state]));

/**
 * The state of a result that was kept, by its kind; undefined where nobody knows.
 *
 * @param {string | undefined} kind
 * @returns {State | undefined}
 */
export function keptSource(kind) {
  return KINDS[kind ?? ""];
}

/**
 * What a card says of where its run comes from.
 *
 * @param {{ replayed: boolean, recorded?: boolean }} start
 */
export function sourceOf({ replayed, recorded }) {
  if (recorded) return RECORDED;
  return replayed ? SHARED : LIVE;
}

/**
 * A state with a word on how far it has come.
 *
 * @param {State} source
 * @param {string} label
 * @returns {State}
 */
export function at([kind, mark, words], label) {
  return [kind, mark, `${words} · ${label}`];
}
