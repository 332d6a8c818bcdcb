// Buttons of the forms that start runs of ours. While one goes on its button says "Stop", and a
// press stops it; which runs go on is known here, and not by what buttons say.
import { target } from "./dom.js";

/** @import { Running } from "./events.js" */

/** @type {Map<string, Running>} */
const going = new Map();

/**
 * Whether what a button has started goes on.
 *
 * @param {string} id
 */
export function isRunning(id) {
  return going.has(id);
}

/**
 * Let a button say "Stop" until a run has ended.
 *
 * @param {string} id
 * @param {Running} running
 */
export function whileRunning(id, running) {
  const words = say(id, "Stop");
  going.set(id, running);
  const end = () => {
    going.delete(id);
    say(id, words);
  };
  running.done.then(end, end);
}

/**
 * Stop what a button has started; resolves when that has ended.
 *
 * @param {string} id
 */
export async function stopRun(id) {
  const running = going.get(id);
  running?.stop();
  await running?.done;
}

/** Stop what goes on instead of what a press would start; before the form hears of it. */
export function listenForStop() {
  const stop = (/** @type {Event} */ event) => {
    const running = going.get(target(event)?.closest("button")?.id ?? "");
    if (!running) return;
    event.stopImmediatePropagation();
    running.stop();
  };
  document.addEventListener("click", stop, { capture: true });
}

/**
 * Change what a button says; what it said before.
 *
 * @param {string} id
 * @param {string} words
 */
function say(id, words) {
  const button = document.getElementById(id);
  if (!button) return "";
  const before = [];
  const texts = document.createTreeWalker(button, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    const said = text.nodeValue ?? "";
    if (!said.trim()) continue;
    text.nodeValue = before.length ? "" : words;
    before.push(said);
  }
  return before.join("");
}
