// Results and drawings as students and the teacher see them.
import { tile } from "../../web/kit/card_parts.js";
import { el } from "../../web/kit/dom.js";

/** @import { Hung, Push, Shown, Vote } from "../../web/kit/class_member.js" */

/** @typedef {(name: string) => string} Where a picture's address by its name */

/**
 * One side of a vote; `more` stands below it.
 *
 * @param {Shown} result
 * @param {string} name
 * @param {Where} where
 * @param {...(Node | null)} more
 */
export function side(result, name, where, ...more) {
  const { title } = result;
  const line = title ? el("p", { class: "side-title", translate: "no" }, title) : null;
  const parts = shown(result, `${name} of the vote`, where);
  const settings = { class: "side", "aria-label": name };
  return el("section", settings, el("h3", {}, name), ...parts, line, ...more);
}

/**
 * What the teacher shows, by its name, which is the page's own for claims alone.
 *
 * @param {Push} push
 */
export function pushed({ kind, title }) {
  return el("span", { translate: kind === "claim" ? null : "no" }, title);
}

/**
 * What a vote is about, in the teacher's words.
 *
 * @param {Vote} vote
 */
export function question({ question: asked }) {
  if (!asked) return "Which one is better?";
  return el("span", { translate: "no" }, asked);
}

/**
 * What hangs on the wall. What a student has called it stays as it is.
 *
 * @param {Hung} entry
 * @param {Where} where
 * @param {...(Node | null)} more
 */
export function hung(entry, where, ...more) {
  const settings = { class: "hung", "data-kind": entry.kind, "data-entry": entry.id };
  const caption = entry.title
    ? el("figcaption", { translate: "no" }, entry.title)
    : el("figcaption", {}, "A drawing");
  return el(
    "figure",
    settings,
    ...shown(entry, entry.title || "A drawing", where, entry.title),
    caption,
    ...more,
  );
}

/**
 * @param {Shown} result
 * @param {string} alt
 * @param {Where} where
 * @param {string} own what of it a student has written
 */
function shown({ pictures, text }, alt, where, own = "") {
  const images = pictures.map((name, i) => {
    const words = `${alt}, picture ${i + 1} of ${pictures.length}`;
    const one = tile(where(name), words);
    if (own) one.querySelector("img")?.setAttribute("data-own", own);
    return one;
  });
  const parts = [];
  if (images.length) parts.push(el("div", { class: "shown-tiles" }, ...images));
  if (text) parts.push(el("p", { class: "shown-text", translate: "no" }, text));
  return parts;
}
