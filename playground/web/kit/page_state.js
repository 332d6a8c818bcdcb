// What the server has told this page about itself, in the attributes of `#front`.

/** The outermost element of ours. */
export function front() {
  const element = document.getElementById("front");
  if (!element) throw new Error("This page has no #front.");
  return element;
}

/** Whether there is an engine behind the page. */
export function isLive() {
  return front().hasAttribute("data-live");
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
