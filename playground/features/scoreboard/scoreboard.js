// Sorting and filtering the scoreboard, and saving it: no server is asked for the first two. What
// was chosen outlives the table it was chosen for.
import { el, target } from "../../web/kit/dom.js";

/** @typedef {"none" | "ascending" | "descending"} Order */

/** @type {Record<Order, Order>} */
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };
/** @type {Record<string, string>} which data of a row each filter looks at */
const FILTERED = { kind: "kind", world: "world", family: "familyOf" };

/** @type {{ key: string, order: Order, filters: Record<string, string> }} */
const chosen = { key: "", order: "none", filters: {} };

/**
 * Make the table's component work, whatever tables come into it.
 *
 * @param {HTMLElement} component
 * @param {(property: string, changed: () => void) => void} watch
 */
export function attach(component, watch) {
  component.addEventListener("click", (event) => {
    const head = target(event)?.closest("thead th");
    const pressed = target(event)?.closest("button");
    if (head instanceof HTMLElement && pressed) turn(head.dataset.key ?? "");
  });
  component.addEventListener("change", ({ target: select }) => {
    if (!(select instanceof HTMLSelectElement) || !select.dataset.filter) return;
    chosen.filters[select.dataset.filter] = select.value;
    filter();
  });
  watch("value", apply);
  apply();
}

/** The ids of the rows that are shown, in their order. */
export function shownModels() {
  const shown = rows().filter((row) => !row.hidden);
  return shown.map((row) => row.dataset.model).join(",");
}

/**
 * Save a text as a file.
 *
 * @param {string} name
 * @param {string} text
 */
export function saveText(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/**
 * Which of two rows comes first: by a value, gaps last either way; else as they are offered.
 *
 * @param {{ value: string | undefined, place: number }} a
 * @param {{ value: string | undefined, place: number }} b
 * @param {Order} order
 * @param {boolean} isText
 */
export function compared(a, b, order, isText) {
  const asOffered = a.place - b.place;
  if (order === "none") return asOffered;
  if (a.value === undefined || b.value === undefined) {
    return Number(a.value === undefined) - Number(b.value === undefined) || asOffered;
  }
  const way = order === "ascending" ? 1 : -1;
  const difference = isText ? a.value.localeCompare(b.value) : Number(a.value) - Number(b.value);
  return way * difference || asOffered;
}

function table() {
  const found = document.querySelector("#scoreboard-table table");
  return found instanceof HTMLTableElement ? found : null;
}

function rows() {
  return [...(table()?.tBodies[0].rows ?? [])];
}

/** Bring a new table into the order, and to the rows, that were chosen for the last one. */
function apply() {
  if (!table()) return;
  for (const [name, value] of Object.entries(chosen.filters)) {
    const select = document.querySelector(`#scoreboard-table select[data-filter="${name}"]`);
    if (select instanceof HTMLSelectElement) select.value = value;
  }
  sort();
  filter();
}

/**
 * Less, more, then as offered.
 *
 * @param {string} key
 */
function turn(key) {
  chosen.order = chosen.key === key ? NEXT[chosen.order] : "ascending";
  chosen.key = key;
  sort();
  const heading = table()?.querySelector(`thead [data-key="${key}"]`)?.textContent;
  const offered = chosen.order === "none";
  say(`Models ${offered ? "in the order they are offered" : `by ${heading}, ${chosen.order}`}.`);
}

function sort() {
  const { key, order } = chosen;
  const keyed = rows().map((row, i) => {
    row.dataset.place ??= String(i);
    const cell = row.querySelector(`[data-key="${key}"]`);
    const value = cell instanceof HTMLElement ? cell.dataset.value : undefined;
    return { row, value, place: Number(row.dataset.place) };
  });
  keyed.sort((a, b) => compared(a, b, order, key === "name"));
  table()?.tBodies[0].append(...keyed.map(({ row }) => row));
  for (const head of table()?.querySelectorAll("thead th") ?? []) {
    head.setAttribute("aria-sort", head.getAttribute("data-key") === key ? order : "none");
  }
}

function filter() {
  const wanted = Object.entries(chosen.filters).filter(([, value]) => value);
  const all = rows();
  for (const row of all) {
    row.hidden = wanted.some(([name, value]) => row.dataset[FILTERED[name]] !== value);
  }
  const left = all.filter((row) => !row.hidden).length;
  say(left === all.length ? `${all.length} models` : `${left} of ${all.length} models`);
}

/** @param {string} words */
function say(words) {
  const line = document.querySelector("#scoreboard-table .board-filters [role=status]");
  if (line) line.textContent = words;
}
