// Tables of the figures behind a picture, under the text cards.
import { el } from "../../web/kit/dom.js";

/**
 * @param {string[]} heads
 * @param {string[][]} rows
 * @param {string} caption "" for none
 * @param {number} written the column that shows what somebody wrote; -1 for none
 */
export function figuresTable(heads, rows, caption = "", written = -1) {
  const cell = (/** @type {string} */ words, /** @type {number} */ column) =>
    el("td", { translate: column === written ? "no" : null }, words);
  const head = heads.map((words) => el("th", { scope: "col" }, words));
  const lines = rows.map((cells) => el("tr", {}, ...cells.map(cell)));
  const above = caption ? el("caption", {}, caption) : null;
  return el("table", { class: "figures-table" }, above, el("tr", {}, ...head), ...lines);
}
