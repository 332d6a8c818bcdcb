// The browser's history. Each place that somebody goes to is an entry, and so is each drawer that
// is opened there: Back shuts the drawer, and then leads to the place before. The address names the
// place alone.
//
// A frame that another page has shut off (`sandbox`) may have no entries: then there are none.

/**
 * @typedef {{ number: number, place: string, drawers: string[] }} Entry `number` counts entries up;
 *   `drawers` are those that were opened here, the last on top
 * @typedef {{ open: (id: string) => void, close: (id: string) => void, stays?: boolean }} Kind of
 *   drawers; those that stay are open again after a reload
 */

/** @type {Entry} */
let now = { number: 0, place: "", drawers: [] };
let started = false;
let leaving = false; // the browser is about to go back by our own doing
/** @type {(() => void)[]} */
const waiting = []; // what is entered meanwhile
/** @type {Map<string, Kind>} by the first word of a drawer's id */
const kinds = new Map();

/**
 * Follow the history from now on.
 *
 * @param {(before: Entry | null) => string} first opens the place of this entry, which may have
 *   been here before a reload, and returns it
 * @param {(place: string | undefined) => string} show opens a place, or that of the address, and
 *   returns it
 */
export function startEntries(first, show) {
  const before = entryIn(history.state);
  now = { number: 0, drawers: [], ...before, place: first(before) };
  started = replace();
  keepScroll();
  addEventListener("popstate", ({ state }) => {
    arrive(entryIn(state), show);
    leaving = false;
    for (const enter of waiting.splice(0)) enter();
  });
  now.drawers = now.drawers.filter((id) => kinds.get(kindOf(id))?.stays);
  replace();
  for (const id of now.drawers) kinds.get(kindOf(id))?.open(id);
}

/** From entry to entry nothing scrolls: who shuts a drawer stays there. A reload scrolls back. */
function keepScroll() {
  history.scrollRestoration = "manual";
  addEventListener("beforeunload", () => (history.scrollRestoration = "auto"));
}

/**
 * Say how drawers of a kind are opened and shut.
 *
 * @param {string} kind
 * @param {Kind} acts
 */
export function drawersOf(kind, acts) {
  kinds.set(kind, acts);
}

/**
 * Somebody has gone to a place; the same place again is no other entry.
 *
 * @param {string} place
 * @param {string | URL} address
 */
export function enterPlace(place, address) {
  if (leaving) waiting.push(() => enterPlace(place, address));
  else if (place === now.place) replace(address);
  else push({ place, drawers: [] }, address);
}

/**
 * Somebody has opened a drawer.
 *
 * @param {string} id
 */
export function enterDrawer(id) {
  if (leaving) waiting.push(() => enterDrawer(id));
  else if (!now.drawers.includes(id)) push({ drawers: [...now.drawers, id] });
}

/**
 * Somebody has shut a drawer: its entry goes, too.
 *
 * @param {string} id
 */
export function leaveDrawer(id) {
  if (!started || !now.drawers.includes(id)) return;
  if (now.drawers.at(-1) === id && !leaving) {
    leaving = true;
    history.back();
  } else {
    now.drawers = now.drawers.filter((other) => other !== id);
    replace();
  }
}

/**
 * Put another address into the address bar; the entry stays what it is.
 *
 * @param {string | URL} address
 * @param {unknown} state
 */
export function replaceAddress(address, state = history.state) {
  if (leaving) {
    waiting.push(() => replaceAddress(address));
    return true;
  }
  try {
    history.replaceState(state, "", address);
    return true;
  } catch {
    return false;
  }
}

/**
 * The browser has gone to an entry. Going back opens no drawer.
 *
 * @param {Entry | null} entry null for one that is not ours, such as a link within the page
 * @param {(place: string | undefined) => string} show
 */
function arrive(entry, show) {
  const before = now;
  const next = entry ?? { number: before.number + 1, place: "", drawers: [] };
  now = next;
  if (next.place !== before.place) now = { ...next, place: show(next.place || undefined) };
  if (!entry) replace();
  for (const id of before.drawers) {
    if (!next.drawers.includes(id)) kinds.get(kindOf(id))?.close(id);
  }
  if (next.number < before.number) return;
  for (const id of next.drawers) kinds.get(kindOf(id))?.open(id);
}

/**
 * @param {Partial<Entry>} change
 * @param {string | URL} [address]
 */
function push(change, address) {
  if (!started) return;
  now = { ...now, ...change, number: now.number + 1 };
  history.pushState({ ...history.state, playground: now }, "", address);
}

/** @param {string | URL} [address] */
function replace(address = location.href) {
  return replaceAddress(address, { ...history.state, playground: now });
}

/**
 * @param {any} state of the browser
 * @returns {Entry | null}
 */
function entryIn(state) {
  return state?.playground ?? null;
}

/** @param {string} id */
function kindOf(id) {
  return id.split("-")[0];
}
