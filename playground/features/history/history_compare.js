// Two kept runs side by side, and what they were asked differently.
import { el } from "../../web/kit/dom.js";
import { askedOf, figuresOf, headingOf, resultOf } from "./history_run.js";

/** @typedef {import("./history_run.js").KeptRun} KeptRun */

/**
 * @param {KeptRun} left
 * @param {KeptRun} right
 */
export function compared(left, right) {
  const columns = el("div", { class: "history-columns" }, column(left), column(right));
  return [columns, differences(left, right)];
}

/** @param {KeptRun} run */
function column(run) {
  const settings = {
    class: "history-column",
    "data-family": run.family,
    "aria-label": run.name,
  };
  const figures = el("p", { class: "figures" }, ...figuresOf(run));
  return el("section", settings, headingOf(run), askedOf(run), resultOf(run, 0), figures);
}

/**
 * @param {KeptRun} left
 * @param {KeptRun} right
 */
function differences(left, right) {
  const [one, other] = [facts(left), facts(right)];
  const all = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const names = all.filter((name) => String(one[name]) !== String(other[name]));
  if (!names.length) return el("p", { class: "says" }, "Both were asked exactly the same.");
  const rows = names.map((name) => {
    const head = el("th", { scope: "row" }, name.replace("_", " "));
    const own = name === "prompt";
    return el("tr", {}, head, cell(one[name], own), cell(other[name], own));
  });
  const body = el("tbody", {}, ...rows);
  const table = el("table", {}, el("caption", {}, "What differs"), body);
  return el("div", { class: "table" }, table);
}

/**
 * @param {KeptRun} run
 * @returns {Record<string, unknown>}
 */
function facts({ name, asked, seed, options, rating }) {
  return { model: name, prompt: asked, seed, ...options, rating: rating || "–" };
}

/**
 * @param {unknown} value
 * @param {boolean} own whether a visitor wrote it
 */
function cell(value, own) {
  return el("td", { translate: own ? "no" : null }, String(value ?? "–").slice(0, 200));
}
