// Tables of the figures behind a picture, under the text cards.
import { el } from "../../web/kit/dom.js";

/**
 * @param {string[]} heads
 * @param {string[][]} rows
 * @param {string} caption "" for none
 */
export function figuresTable(heads, rows, caption = "") {
  const head = heads.map((words) => el("th", { scope: "col" }, words));
  const lines = rows.map((cells) => el("tr", {}, ...cells.map((words) => el("td", {}, words))));
  const above = caption ? el("caption", {}, caption) : null;
  return el("table", { class: "figures-table" }, above, el("tr", {}, ...head), ...lines);
}
