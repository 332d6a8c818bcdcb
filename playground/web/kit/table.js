// Tables: the same figures as a drawing shows, to be read.
import { el } from "./dom.js";

/**
 * A table whose first column names the rows.
 *
 * @param {(string | number)[]} heads
 * @param {(string | number)[][]} rows
 */
export function table(heads, rows) {
  const head = el("thead", {}, line(heads, "th", "col"));
  const body = el("tbody", {}, ...rows.map((cells) => line(cells, "td", "row")));
  return el("table", {}, head, body);
}

/**
 * The same in a box that scrolls sideways where it is too wide.
 *
 * @param {(string | number)[]} heads
 * @param {(string | number)[][]} rows
 */
export function tableBox(heads, rows) {
  return el("div", { class: "table", tabindex: 0 }, table(heads, rows));
}

/**
 * @param {(string | number)[]} cells
 * @param {"td" | "th"} kind
 * @param {"row" | "col"} scope
 */
function line([first, ...others], kind, scope) {
  const settings = kind === "th" ? { scope } : {};
  return el(
    "tr",
    {},
    el("th", { scope }, first),
    ...others.map((cell) => el(kind, settings, cell)),
  );
}
