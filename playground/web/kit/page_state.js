// What the server has told this page about itself, in the attributes of `#front`.
import { el } from "./dom.js";

const SHUT_OFF =
  "This page stands in a frame that shuts it off from its server, so only recorded runs play " +
  "here. Open it in a window of its own:";

/** The outermost element of ours. */
export function front() {
  const element = document.getElementById("front");
  if (!element) throw new Error("This page has no #front.");
  return element;
}

/** Whether there is an engine behind the page, which it can reach. */
export function isLive() {
  return front().hasAttribute("data-live") && !isShutOff();
}

/** Whether the page stands in a frame without an origin (`sandbox`), which no server answers. */
export function isShutOff() {
  return window.origin === "null" && front().hasAttribute("data-live");
}

/** Say where nothing can be asked for what is left, and where all of it is. */
export function tellShutOff() {
  if (!isShutOff()) return;
  const way = el("a", { href: location.href, target: "_blank" }, location.href);
  const about = { class: "notice", id: "page-shut-off", role: "status" };
  const note = el("p", about, SHUT_OFF, " ", way);
  const head = front().querySelector("header");
  if (head) head.after(note);
  else front().prepend(note);
}

/** Whether the visitor wants no motion. */
export function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * Tell a screen reader, once, what has ended.
 *
 * @param {string | null} words
 */
export function say(words) {
  const place = document.getElementById("page-said");
  if (place && words) place.textContent = words;
}

/** @param {number} ms */
export function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
