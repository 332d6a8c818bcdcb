// Six things to try on a first visit. One line below the places, never in the way: each step is
// over when it has been done, in whatever order, and all of it can be put away at once.
import { byId, one, target, when } from "../../web/kit/dom.js";
import { front, isStill } from "../../web/kit/page_state.js";
import { choose } from "../../web/kit/places.js";
import { store, stored } from "../../web/kit/stored.js";

/**
 * What of a first visit is known; a browser that keeps nothing is on its first one every time.
 *
 * @typedef {{ begun?: boolean, away?: boolean, done?: number[] }} Known
 */

const KEY = "playground-tour";
const STEPS = [
  {
    place: "play",
    target: "#clock-number",
    doing: "click",
    on: "#clock-draw",
    words: "Write four digits, and three families draw them.",
  },
  {
    place: "play",
    target: "#scene-childhoods",
    doing: "input",
    on: "#scene-childhoods input[type=range]",
    words: "Pull the slider from noise to finished: they all learn at once.",
  },
  {
    place: "play",
    target: "#scene-real",
    doing: "click",
    on: "#scene-real button",
    words: "Look at one picture and guess who made it.",
  },
  {
    place: "text",
    target: "#text-prompt",
    doing: "click",
    on: "#text-write",
    words: "Let two models go on with the same line.",
  },
  {
    place: "images",
    target: "#images-prompt",
    doing: "click",
    on: "#images-draw",
    words: "Ask three families for the same picture.",
  },
  {
    place: "images",
    target: "#images-tools",
    doing: "click",
    on: "[data-link]",
    words: "Copy the link of a result: whoever opens it gets the same.",
  },
];

/** Begin where the last visit ended; pages without the line have no tour. */
export function startTour() {
  if (!document.getElementById("tour")) return;
  show(read());
  byId("tour-go", HTMLElement).addEventListener("click", goOn);
  byId("tour-away", HTMLElement).addEventListener("click", () => write({ ...read(), away: true }));
  for (const kind of ["click", "input"]) document.addEventListener(kind, notice, true);
}

/** @returns {Known} */
function read() {
  return stored(KEY) ?? {};
}

/** @param {Known} known */
function write(known) {
  store(KEY, known);
  show(known);
}

/**
 * The steps that this page has and that are still to be done.
 *
 * @param {Known} known
 */
function left(known) {
  return STEPS.filter((step, i) => {
    const here = step.place !== "play" || document.querySelector(step.target);
    return here && document.getElementById(`place-${step.place}`) && !known.done?.includes(i);
  });
}

/** @param {Known} known */
function show(known) {
  const [next, ...more] = left(known);
  const line = byId("tour", HTMLElement);
  line.hidden = Boolean(known.away) || !next;
  if (line.hidden) return;
  const words = known.begun ? next.words : "New here? Six things to try, two minutes.";
  const place = known.begun ? `${STEPS.length - more.length} of ${STEPS.length}` : "";
  one("p", HTMLElement, line).textContent = words;
  byId("tour-go", HTMLElement).textContent = known.begun ? "Show me" : "Begin";
  byId("tour-place", HTMLElement).textContent = place;
}

/** Go to where the next step is done. */
function goOn() {
  const known = { ...read(), begun: true };
  write(known);
  const [next] = left(known);
  if (!next) return;
  if (front().dataset.place !== next.place) choose(next.place);
  when(() => visible(next.target), reach);
}

/** @param {HTMLElement} place */
function reach(place) {
  place.scrollIntoView({ block: "center", behavior: isStill() ? "auto" : "smooth" });
  const field = place.matches("input") ? place : place.querySelector("input, textarea, button");
  if (field instanceof HTMLElement) field.focus({ preventScroll: true });
}

/** @param {string} selector */
function visible(selector) {
  const found = document.querySelector(selector);
  return found instanceof HTMLElement && found.offsetParent ? found : null;
}

/**
 * Something was done on the page: perhaps a step of the tour.
 *
 * @param {Event} event
 */
function notice(event) {
  const known = read();
  if (!known.begun || known.away) return;
  const found = left(known).filter(
    (step) => step.doing === event.type && target(event)?.closest(step.on),
  );
  if (!found.length) return;
  write({ ...known, done: [...(known.done ?? []), ...found.map((step) => STEPS.indexOf(step))] });
}
