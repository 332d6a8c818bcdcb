// Buttons that say what happened, buttons that become "Stop", and pressing those of Gradio.
import { isRunning, stopRun } from "./run_buttons.js";
import { visitorId } from "./visitor.js";

/** @import { Running } from "./events.js" */

/** @type {WeakMap<Element, { words: string | null, timer: number }>} */
const answering = new WeakMap();

/**
 * Say in place of a button's words what happened, for a moment.
 *
 * @param {Element} button
 * @param {string} words
 */
export function answer(button, words) {
  const before = answering.get(button);
  if (before) clearTimeout(before.timer);
  const own = before ? before.words : button.textContent;
  button.textContent = words;
  const timer = window.setTimeout(() => {
    button.textContent = own;
    answering.delete(button);
  }, 2000);
  answering.set(button, { words: own, timer });
}

/**
 * Press a button of Gradio as soon as it is there.
 *
 * @param {string} id
 * @param {number} tries
 */
export function press(id, tries = 100) {
  const button = id ? document.getElementById(id) : null;
  if (button) {
    visitorId();
    button.click();
  } else if (id && tries) {
    setTimeout(() => press(id, tries - 1), 50);
  }
}

/**
 * Press a button of Gradio that starts a run; if one is under way, stop that first.
 *
 * @param {string} id
 */
export async function start(id) {
  const button = document.getElementById(id);
  if (!button) return;
  if (isRunning(id)) await stopRun(id);
  button.click();
}

/**
 * A button that starts something and, while that goes on, stops it.
 *
 * @param {HTMLButtonElement} button
 * @param {object} about
 * @param {() => Running | null | undefined} about.start null where there is nothing to do
 * @param {Element} [about.busy] what is marked as busy meanwhile
 * @param {() => unknown} [about.ended] called when what was started last has ended
 */
export function runButton(button, { start: begin, busy, ended }) {
  const words = button.textContent ?? "";
  /** @type {Running | null} */
  let running = null;
  const show = () => {
    button.textContent = running ? "Stop" : words;
    if (running) busy?.setAttribute("aria-busy", "true");
    else busy?.removeAttribute("aria-busy");
  };
  /** What was started has ended; whether it was the last. @param {Running} mine */
  const release = (mine) => {
    if (running !== mine) return false;
    running = null;
    show();
    return true;
  };
  const control = {
    /** Start, whether or not something goes on: that is stopped, and its end is not told. */
    async go() {
      running?.stop();
      const mine = begin();
      running = mine ?? null;
      show();
      if (!mine) return;
      try {
        await mine.done;
      } catch (error) {
        release(mine);
        throw error;
      }
      if (release(mine)) await ended?.();
    },
    /** Start, unless something goes on. */
    again: async () => (running ? undefined : control.go()),
    stop: () => running?.stop(),
    isRunning: () => Boolean(running),
  };
  button.addEventListener("click", () => (running ? control.stop() : control.go()));
  return control;
}
