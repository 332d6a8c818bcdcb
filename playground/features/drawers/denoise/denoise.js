// Denoising: back and forth between the noise and what the model takes it for, during the run and
// after it; and how hard the words pull, as a strip from one and the same noise.
import { runButton } from "../../../web/kit/buttons.js";
import { failure, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, ghost, target } from "../../../web/kit/dom.js";
import { number } from "../../../web/kit/numbers.js";
import { isStill, say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { LIVE, at, sourceOf } from "../../../web/kit/sources.js";
import { tableBox } from "../../../web/kit/table.js";
import { askedConcept, hasControl } from "../drawer_form.js";
import { Moments, noiseLeft } from "./denoise_moments.js";
import { Frame, chooser, promptOf } from "./denoise_parts.js";
import { Strip } from "./denoise_strip.js";

/**
 * @import { End, Look, RunEvent } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 */

const STEPS = [4, 8, 20, 50];
const MOMENT = 200; // milliseconds a step, when played

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  const able = models.filter((model) => model.can.includes("look") && hasControl(model, "steps"));
  root.append(new Scrubber(able).element, new Strip(able[0]).element);
}

/** The two tiles and the slider. */
class Scrubber {
  moments = new Moments();
  /** @type {number | undefined} */
  timer = undefined;
  source = LIVE;
  begin = ghost("Clean the noise", undefined, { class: "ghost denoise-begin" });
  state = el("span", { class: "state" });
  clean = new Frame("what it believes");
  noisy = new Frame("the noise itself");
  words = el("p", { class: "denoise-words" }, "Nothing yet: press “Clean the noise”.");
  film = el("div", {
    class: "denoise-film",
    role: "group",
    "aria-label": "All pictures it believed in",
    tabindex: 0,
  });
  failure = el("div", { "aria-live": "polite" });
  figures = el("div");
  back = this.#mover("Back [", "[", -1);
  on = this.#mover("On ]", "]", 1);
  player = ghost("Show all", () => this.wind(), {
    disabled: true,
    class: "ghost denoise-player",
  });
  slider = this.#slider();
  steps = chooser(
    "denoise-steps",
    "Steps",
    STEPS.map((count) => [count, count]),
    20,
  );

  /** @param {Model[]} able */
  constructor(able) {
    this.able = able;
    this.model = chooser(
      "denoise-model",
      "Model",
      able.map(({ name, id }) => [id, name]),
    );
    this.element = el(
      "section",
      {
        class: "denoise",
        "aria-label": "From the noise to the picture",
        onkeydown: (event) => this.#key(event),
      },
      this.#asking(),
      this.failure,
      el("div", { class: "denoise-pair" }, this.clean.element, this.noisy.element),
      el(
        "div",
        { class: "denoise-controls" },
        this.slider,
        this.words,
        el("div", { class: "tools" }, this.player, this.back, this.on),
      ),
      this.film,
      this.#table(),
    );
    this.cleaning = runButton(this.begin, {
      start: () => this.#start(),
      busy: this.element,
    });
  }

  #asking() {
    const model = this.able.length > 1 ? this.model.element : null;
    return el("div", { class: "denoise-ask" }, model, this.steps.element, this.begin, this.state);
  }

  /**
   * @param {string} words
   * @param {string} key
   * @param {number} by
   */
  #mover(words, key, by) {
    const settings = { disabled: true, "aria-keyshortcuts": key };
    return ghost(words, () => this.visit(this.moments.place + by), settings);
  }

  /** @returns {HTMLInputElement} */
  #slider() {
    return el("input", {
      type: "range",
      min: 0,
      max: 0,
      value: 0,
      step: 1,
      class: "denoise-slider",
      "aria-label": "Step of the run",
      disabled: true,
      oninput: () => this.visit(Number(this.slider.value)),
    });
  }

  #table() {
    const explained =
      "Noise left: the share of its standard deviation that is still mixed into " +
      "the picture. Milliseconds: the model's own, with both pictures decoded.";
    return el(
      "details",
      { class: "details" },
      el("summary", {}, "Table"),
      this.figures,
      el("p", { class: "says" }, explained),
    );
  }

  // A run

  #start() {
    const asked = askedConcept();
    const request = {
      model: this.able.length > 1 ? this.model.value() : this.able[0].id,
      task: "look",
      prompt: promptOf(asked),
      options: { steps: Number(this.steps.value()) },
      seed: asked.seed,
    };
    this.#clear();
    return run([request], (_, event) => this.#take(event));
  }

  #clear() {
    this.halt();
    this.moments = new Moments();
    this.film.replaceChildren();
    this.failure.replaceChildren();
    this.figures.replaceChildren();
    this.slider.disabled = true;
    this.slider.max = this.slider.value = "0";
    this.clean.clear();
    this.noisy.clear();
    this.words.textContent = "It begins …";
    this.#enable();
  }

  /** @param {RunEvent} event */
  #take(event) {
    showEvent(this.state, event);
    if (event.start) this.source = sourceOf(event.start);
    if (event.look) this.#add(event.look);
    if (event.fail) {
      this.failure.replaceChildren(...failure(event.fail, () => this.cleaning.again()));
      if (this.moments.last < 0) this.words.textContent = "There is nothing to show.";
    }
    if (event.end) this.#end(event.end);
  }

  /** @param {Look} look */
  #add(look) {
    this.moments.add(look);
    showState(this.state, ...at(this.source, look.last ? "finished" : look.label));
    this.slider.disabled = false;
    this.slider.max = String(this.moments.last);
    this.film.append(
      look.tiles.clean
        ? this.#thumbnail(look)
        : el("span", { class: "tile denoise-none", "aria-hidden": "true" }),
    );
    if (this.moments.following) this.#show();
    else this.#enable();
  }

  /** @param {End} how */
  #end(how) {
    const last = this.moments.all.at(-1);
    if (!last) return;
    this.#fill();
    if (how === "stopped") showState(this.state, "stopped", "■", `stopped at ${last.label}`);
    say(`Denoising ${how}, ${last.label}.`);
  }

  /** @param {Look} look */
  #thumbnail({ index, tiles, label }) {
    const open = () => this.visit(index);
    const image = el("img", { src: tiles.clean, alt: `What it believes at ${label}` });
    return el("button", { type: "button", class: "tile", tabindex: -1, onclick: open }, image);
  }

  // The moment that is looked at

  /** @param {number} place */
  visit(place) {
    if (this.moments.last < 0) return;
    this.halt();
    this.moments.visit(place);
    this.#show();
  }

  #show() {
    const { place, current } = this.moments;
    const { tiles, figures, label } = current;
    const noise = `${noiseLeft(figures.noise)} noise left`;
    this.clean.show(tiles.clean, `What it believes at ${label}`);
    this.noisy.show(tiles.noisy, `The noise itself at ${label}, ${noise}`);
    this.slider.value = String(place);
    this.slider.setAttribute("aria-valuetext", `${label}, ${noise}`);
    this.words.textContent = `${label} · ${noise}`;
    const thumbnails = [...this.film.children];
    thumbnails.forEach((tile, i) => tile.classList.toggle("at", i === place));
    const shown = thumbnails[place];
    if (shown instanceof HTMLElement) this.#scrollTo(shown);
    this.#enable();
  }

  /** @param {HTMLElement} thumbnail */
  #scrollTo({ offsetLeft, offsetWidth }) {
    this.film.scrollLeft = offsetLeft - (this.film.clientWidth - offsetWidth) / 2;
  }

  #enable() {
    this.back.disabled = this.moments.place <= 0;
    this.on.disabled = this.moments.atEnd;
    this.player.disabled = this.moments.last < 1;
  }

  /**
   * From here to the end, from the start where that is here; who wants no motion is shown the end.
   */
  wind() {
    if (this.timer !== undefined) return this.halt();
    if (isStill()) return this.visit(this.moments.last);
    if (this.moments.atEnd) this.#go(0);
    this.moments.following = false;
    this.player.textContent = "Pause";
    this.timer = window.setInterval(() => {
      this.#go(this.moments.place + 1);
      if (this.moments.atEnd && !this.cleaning.isRunning()) this.halt();
    }, MOMENT);
  }

  /** @param {number} place */
  #go(place) {
    this.moments.go(place);
    this.#show();
  }

  halt() {
    window.clearInterval(this.timer);
    this.timer = undefined;
    this.player.textContent = "Show all";
    this.moments.following = this.moments.atEnd;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key } = event;
    const place = target(event);
    if (place?.matches("select")) return;
    if (key === "[") {
      this.visit(this.moments.place - 1);
    } else if (key === "]") {
      this.visit(this.moments.place + 1);
    } else if (key === " " && !place?.closest("button, summary") && !this.player.disabled) {
      this.wind();
    } else {
      return;
    }
    event.preventDefault();
  }

  #fill() {
    const rows = this.moments.all.map(({ index, figures, ms }) => [
      index,
      noiseLeft(figures.noise),
      figures.timestep,
      number(ms),
    ]);
    this.figures.replaceChildren(
      tableBox(["Step", "noise left", "time step of 1,000", "ms"], rows),
    );
  }
}
