// Six things to try on a first visit. One line below the places, never in the way: each step is over
// when it has been done, in whatever order, and all of it can be put away at once.
"use strict";

const tour = {
  key: "playground-tour",
  steps: [
    { place: "play", target: "#clock-number", doing: "click", on: "#clock-draw", words: "Write four digits, and three families draw them." },
    { place: "play", target: "#scene-childhoods", doing: "input", on: "#scene-childhoods input[type=range]", words: "Pull the slider from noise to finished: they all learn at once." },
    { place: "play", target: "#scene-real", doing: "click", on: "#scene-real button", words: "Look at one picture and guess who made it." },
    { place: "text", target: "#text-prompt", doing: "click", on: "#text-write", words: "Let two models go on with the same line." },
    { place: "images", target: "#images-prompt", doing: "click", on: "#images-draw", words: "Ask three families for the same picture." },
    { place: "images", target: "#images-tools", doing: "click", on: "[data-link]", words: "Copy the link of a result: whoever opens it gets the same." },
  ],

  get line() {
    return document.getElementById("tour");
  },

  /** What of a first visit is known; a browser that keeps nothing is on its first one every time. */
  read() {
    try {
      return JSON.parse(localStorage.getItem(tour.key)) ?? {};
    } catch {
      return {};
    }
  },

  write(known) {
    try {
      localStorage.setItem(tour.key, JSON.stringify(known));
    } catch {
      // private windows may refuse: then the tour begins anew next time, and nothing else is lost
    }
    tour.show(known);
  },

  /** The steps that this page has and that are still to be done. */
  left(known) {
    const has = (step) => document.querySelector(`#place-${step.place}`) && (step.place !== "play" || document.querySelector(step.target));
    return tour.steps.filter((step) => has(step) && !(known.done ?? []).includes(tour.steps.indexOf(step)));
  },

  show(known) {
    const [next, ...more] = tour.left(known);
    tour.line.hidden = Boolean(known.away) || !next;
    if (tour.line.hidden) return;
    tour.line.querySelector("p").textContent = known.begun ? next.words : "New here? Six things to try, two minutes.";
    tour.line.querySelector("#tour-go").textContent = known.begun ? "Show me" : "Begin";
    tour.line.querySelector("#tour-place").textContent = known.begun ? `${tour.steps.length - more.length} of ${tour.steps.length}` : "";
  },

  /** Go to where the next step is done. */
  go() {
    const known = { ...tour.read(), begun: true };
    tour.write(known);
    const [next] = tour.left(known);
    if (!next) return;
    if (document.getElementById("front").dataset.place !== next.place) front.choose(next.place);
    front.when(() => tour.shown(next.target), (target) => {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      target.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
      const field = target.matches("input") ? target : target.querySelector("input, textarea, button");
      field?.focus({ preventScroll: true });
    });
  },

  shown(selector) {
    const target = document.querySelector(selector);
    return target?.offsetParent ? target : null;
  },

  /** Something was done on the page: perhaps a step of the tour. */
  notice(event) {
    const known = tour.read();
    if (!known.begun || known.away) return;
    const found = tour.left(known).filter((step) => step.doing === event.type && event.target.closest?.(step.on));
    if (found.length) tour.write({ ...known, done: [...(known.done ?? []), ...found.map((step) => tour.steps.indexOf(step))] });
  },

  start() {
    if (!tour.line) return;
    tour.show(tour.read());
    tour.line.querySelector("#tour-go").addEventListener("click", tour.go);
    tour.line.querySelector("#tour-away").addEventListener("click", () => tour.write({ ...tour.read(), away: true }));
    for (const kind of ["click", "input"]) document.addEventListener(kind, tour.notice, true);
  },
};

tour.start();
