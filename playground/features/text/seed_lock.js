// Which seed a text is written with: a new one whenever somebody asks for one, unless it is kept.
// What scripts press, such as a link that was opened, keeps the seed that it has brought.
import { el, target } from "../../web/kit/dom.js";
import { onKey } from "../../web/kit/keys.js";
import { isRunning } from "../../web/kit/run_buttons.js";
import { store, stored } from "../../web/kit/stored.js";

/** @import { Component } from "../../web/kit/gradio.js" */

const KEY = "playground_keep_seed";
const BUTTON = "text-write";
const LIMIT = 10_000; // seeds that are short enough to be told somebody
const PLACE = 4; // of the seed among what the form asks for

const box = el("input", { type: "checkbox", id: "text-keep" });
let renewed = false; // by the press that the form is about to hear of

/** Hear of presses from now on. */
export function startLock() {
  box.checked = Boolean(stored(KEY));
  box.addEventListener("change", () => keep(box.checked));
  document.addEventListener("click", onPress, { capture: true });
  onKey(document, onEnter, true);
  document.addEventListener("input", onInput, { capture: true });
}

/**
 * Show whether the seed is kept, and let it be chosen.
 *
 * @param {Component<null>} component
 */
export function mountLock({ element }) {
  const help = "Write draws a new seed each time, unless it is kept.";
  const words = el("span", {}, el("b", {}, "Keep the seed"), el("small", {}, help));
  element.replaceChildren(el("label", { class: "seed-lock" }, box, words));
}

/** The next text is written with a new seed, unless it is kept. */
export function renew() {
  renewed = !box.checked;
}

/**
 * What a form asks for, with another seed where that is due.
 *
 * @param {unknown[]} asked
 */
export function drawn(asked) {
  if (!renewed) return asked;
  renewed = false;
  return asked.with(PLACE, Math.floor(Math.random() * LIMIT));
}

/** @param {boolean} kept */
function keep(kept) {
  box.checked = kept;
  store(KEY, kept || undefined);
}

/** @param {MouseEvent} event */
function onPress(event) {
  const button = target(event)?.closest("button");
  if (button?.id === BUTTON && event.isTrusted && !isRunning(BUTTON)) renew();
  if (button?.id === "text-another-seed" && event.isTrusted) keep(true);
}

/** @param {KeyboardEvent} event */
function onEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || !event.isTrusted) return;
  if (target(event)?.closest("#text-prompt")) renew();
}

/** Who types a seed wants that one. @param {Event} event */
function onInput(event) {
  if (event.isTrusted && target(event)?.closest("#text-seed")) keep(true);
}
