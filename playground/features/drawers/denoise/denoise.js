// Denoising: back and forth between the noise and what the model takes it for, during the run and
// after it; and how hard the words pull, as a strip from one and the same noise.
import { LIVE, at, failure, showEvent, showState, sourceOf } from "../../../web/kit/card_parts.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { number, percent } from "../../../web/kit/numbers.js";
import { isStill, say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { tableBox } from "../../../web/kit/table.js";
import { askedConcept, captionOf } from "../drawer_form.js";

const STEPS = [4, 8, 20, 50];
const PULLS = [0, 1, 2, 4, 8];
const MOMENT = 200; // milliseconds a step, when played

export function build(root, models) {
  const able = models.filter(
    ({ can, controls }) => can.includes("look") && controls.some(({ name }) => name === "steps"),
  );
  root.append(new Scrubber(able).element, new Strip(able).element);
}

// Small parts

/** A tile with a word below it, which is empty until it is shown something. */
function frame(caption) {
  const tile = el("span", { class: "tile" });
  const element = el("figure", { class: "denoise-frame" }, tile, el("figcaption", {}, caption));
  const image = el("img", { decoding: "sync" });
  const show = (source, alt = "") => {
    if (!source) return tile.replaceChildren();
    [image.src, image.alt] = [source, alt];
    if (image.parentNode !== tile) tile.replaceChildren(image);
  };
  return { element, show };
}

function chooser(id, label, options, value) {
  const select = el(
    "select",
    { id, class: "ghost" },
    ...options.map(([key, words]) => el("option", { value: key, selected: key === value }, words)),
  );
  const element = el("label", { class: "denoise-choice", for: id }, label, select);
  return { element, value: () => select.value };
}

// The two tiles and the slider

class Scrubber {
  constructor(able) {
    this.able = able;

    this.moments = [];
    this.place = 0;
    this.following = true;
    this.running = null;
    this.timer = null;
    this.source = LIVE;

    this.model = chooser(
      "denoise-model",
      "Model",
      this.able.map(({ name, id }) => [id, name]),
    );
    this.steps = chooser(
      "denoise-steps",
      "Steps",
      STEPS.map((count) => [count, count]),
      20,
    );
    this.begin = ghost(
      "Clean the noise",
      () => (this.running ? this.running.stop() : this.start()),
      {
        class: "ghost denoise-begin",
      },
    );
    this.state = el("span", { class: "state" });
    [this.clean, this.noisy] = ["what it believes", "the noise itself"].map((words) =>
      frame(words),
    );
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 0,
      value: 0,
      step: 1,
      class: "denoise-slider",
      "aria-label": "Step of the run",
      disabled: true,
      oninput: () => this.visit(+this.slider.value),
    });
    this.words = el("p", { class: "denoise-words" }, "Nothing yet: press “Clean the noise”.");
    this.back = ghost("Back [", () => this.visit(this.place - 1), {
      disabled: true,
      "aria-keyshortcuts": "[",
    });
    this.on = ghost("On ]", () => this.visit(this.place + 1), {
      disabled: true,
      "aria-keyshortcuts": "]",
    });
    this.player = ghost("Show all", this.wind.bind(this), {
      disabled: true,
      class: "ghost denoise-player",
    });
    this.film = el("div", {
      class: "denoise-film",
      role: "group",
      "aria-label": "All pictures it believed in",
      tabindex: 0,
    });
    this.failure = el("div", { "aria-live": "polite" });
    this.figures = el("div");
    const explained =
      "Noise left: the share of its standard deviation that is still mixed into " +
      "the picture. Milliseconds: the model's own, with both pictures decoded.";
    const table = el(
      "details",
      { class: "details" },
      el("summary", {}, "Table"),
      this.figures,
      el("p", { class: "says" }, explained),
    );
    this.element = el("section", {
      class: "denoise",
      "aria-label": "From the noise to the picture",
    });
    this.element.addEventListener("keydown", this.press.bind(this));
    this.element.append(
      el(
        "div",
        { class: "denoise-ask" },
        this.able.length > 1 ? this.model.element : null,
        this.steps.element,
        this.begin,
        this.state,
      ),
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
      table,
    );
  }

  start() {
    if (this.running) return;
    const asked = askedConcept();
    const id = this.able.length > 1 ? this.model.value() : this.able[0].id;
    const request = {
      model: id,
      task: "look",
      prompt: asked.prompt || captionOf(asked),
      options: { steps: +this.steps.value() },
      seed: asked.seed,
    };
    this.clear();
    this.begin.textContent = "Stop";
    this.element.setAttribute("aria-busy", "true");
    this.running = run([request], (_, event) => this.take(event));
    this.running.done.then(() => {
      this.running = null;
      this.begin.textContent = "Clean the noise";
      this.element.removeAttribute("aria-busy");
    });
  }

  clear() {
    this.halt();
    [this.moments, this.place, this.following] = [[], 0, true];
    this.film.replaceChildren();
    this.failure.replaceChildren();
    this.figures.replaceChildren();
    this.slider.disabled = true;
    [this.slider.max, this.slider.value] = [0, 0];
    this.clean.show(null);
    this.noisy.show(null);
    this.words.textContent = "It begins …";
    this.enable();
  }

  take(event) {
    showEvent(this.state, event);
    if (event.start) this.source = sourceOf(event.start);
    if (event.look) this.add(event.look);
    if (event.fail) this.failure.replaceChildren(...failure(event.fail, this.start.bind(this)));
    if (event.fail && !this.moments.length) this.words.textContent = "There is nothing to show.";
    if (event.end) this.end(event.end);
  }

  add(look) {
    this.moments.push(look);
    showState(this.state, ...at(this.source, look.last ? "finished" : look.label));
    this.slider.disabled = false;
    this.slider.max = this.moments.length - 1;
    this.film.append(
      look.tiles.clean
        ? this.thumbnail(look)
        : el("span", { class: "tile denoise-none", "aria-hidden": "true" }),
    );
    if (this.following) this.show(this.moments.length - 1);
    else this.enable();
  }

  end(how) {
    if (!this.moments.length) return;
    this.fill();
    const last = this.moments.at(-1);
    if (how === "stopped") showState(this.state, "stopped", "■", `stopped at ${last.label}`);
    say(`Denoising ${how}, ${last.label}.`);
  }

  thumbnail(look) {
    const open = () => this.visit(look.index);
    const image = el("img", { src: look.tiles.clean, alt: `What it believes at ${look.label}` });
    return el("button", { type: "button", class: "tile", tabindex: -1, onclick: open }, image);
  }

  /** The visitor goes to a step: from now on the newest one is followed only from the newest. */
  visit(index) {
    if (!this.moments.length) return;
    this.halt();
    this.following = index >= this.moments.length - 1;
    this.show(index);
  }

  show(index) {
    this.place = Math.max(0, Math.min(this.moments.length - 1, index));
    const { tiles, figures, label } = this.moments[this.place];
    const noise = `${noiseLeft(figures.noise)} noise left`;
    this.clean.show(tiles.clean, `What it believes at ${label}`);
    this.noisy.show(tiles.noisy, `The noise itself at ${label}, ${noise}`);
    this.slider.value = this.place;
    this.slider.setAttribute("aria-valuetext", `${label}, ${noise}`);
    this.words.textContent = `${label} · ${noise}`;
    [...this.film.children].forEach((tile, i) => tile.classList.toggle("at", i === this.place));
    const { offsetLeft, offsetWidth } = this.film.children[this.place];
    this.film.scrollLeft = offsetLeft - (this.film.clientWidth - offsetWidth) / 2;
    this.enable();
  }

  enable() {
    const most = this.moments.length - 1;
    this.back.disabled = this.place <= 0;
    this.on.disabled = this.place >= most;
    this.player.disabled = most < 1;
  }

  /**
   * From here to the end, from the start where that is here; who wants no motion is shown the end.
   */
  wind() {
    if (this.timer) return this.halt();
    if (isStill()) return this.visit(this.moments.length - 1);
    if (this.place >= this.moments.length - 1) this.show(0);
    this.following = false;
    this.player.textContent = "Pause";
    this.timer = setInterval(() => {
      this.show(this.place + 1);
      if (this.place >= this.moments.length - 1 && !this.running) this.halt();
    }, MOMENT);
  }

  halt() {
    clearInterval(this.timer);
    this.timer = null;
    this.player.textContent = "Show all";
    this.following = this.place >= this.moments.length - 1;
  }

  press(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("select")) return;
    if (key === "[") {
      this.visit(this.place - 1);
    } else if (key === "]") {
      this.visit(this.place + 1);
    } else if (key === " " && !target.closest("button, summary") && !this.player.disabled) {
      this.wind();
    } else {
      return;
    }
    event.preventDefault();
  }

  fill() {
    const rows = this.moments.map((look) => [
      look.index,
      noiseLeft(look.figures.noise),
      look.figures.timestep,
      number(look.ms),
    ]);
    this.figures.replaceChildren(
      tableBox(["Step", "noise left", "time step of 1,000", "ms"], rows),
    );
  }
}

// The strip of guidance

class Strip {
  constructor(able) {
    this.able = able;

    this.running = null;
    this.begin = ghost(
      "Pull with five strengths",
      () => (this.running ? this.running.stop() : this.start()),
      {
        class: "ghost denoise-pull",
      },
    );
    this.state = el("span", { class: "state" });
    this.failure = el("div", { "aria-live": "polite" });
    this.tiles = PULLS.map((pull) => frame(`guidance ${pull}`));
    this.said = el("p", { class: "says denoise-said" });
    this.element = el(
      "section",
      { class: "denoise-guidance", "aria-label": "How hard the words pull" },
      el("h3", {}, "How hard the words pull"),
      el(
        "p",
        { class: "says" },
        "The same noise and the same words, pulling from the first step on. At 0 the " +
          "words are ignored, at 1 they are heard; above that the picture is pushed " +
          "towards them, past what the model believes by itself.",
      ),
      el("div", { class: "denoise-ask" }, this.begin, this.state),
      this.failure,
      el("div", { class: "denoise-strip" }, ...this.tiles.map((tile) => tile.element)),
      this.said,
    );
  }

  start() {
    if (this.running) return;
    const asked = askedConcept();
    const prompt = asked.prompt || captionOf(asked);
    const { id, controls } = this.able[0];
    const early = controls.some(({ name }) => name === "guidance_from") ? { guidance_from: 0 } : {};
    const requests = PULLS.map((guidance) => ({
      model: id,
      prompt,
      options: { guidance, count: 1, ...early },
      seed: asked.seed,
    }));
    this.failure.replaceChildren();
    this.said.textContent = "";
    this.tiles.forEach((tile) => tile.show(null));
    this.begin.textContent = "Stop";
    this.element.setAttribute("aria-busy", "true");
    let [finished, failed] = [0, false];
    this.running = run(requests, (i, event) => {
      if (!(event.end || event.fail)) showEvent(this.state, event);
      if (event.frame) {
        this.tiles[i].show(
          event.frame.tiles[0],
          `“${prompt}” at guidance ${PULLS[i]}, ${event.frame.label}`,
        );
      }
      if (event.frame && !event.frame.last) {
        showState(this.state, "live", "●", `live · ${event.frame.label}`);
      }
      if (event.fail && !failed) {
        this.failure.replaceChildren(...failure(event.fail, this.start.bind(this)));
      }
      failed ||= Boolean(event.fail);
      finished += event.end === "finished";
    });
    this.running.done.then(() => {
      this.running = null;
      this.begin.textContent = "Pull with five strengths";
      this.element.removeAttribute("aria-busy");
      if (failed) {
        showState(this.state, "failed", "✕", "did not work");
      } else if (finished < PULLS.length) {
        showState(this.state, "stopped", "■", "stopped before the end");
      } else {
        showState(this.state, "live", "●", "finished");
      }
      if (finished === PULLS.length) this.said.textContent = `“${prompt}”, seed ${asked.seed}`;
      say(`Guidance: ${finished} of ${PULLS.length} pictures finished.`);
    });
  }
}

/** @param {number} share */
function noiseLeft(share) {
  return percent(share).replace(" %", "\u2009%");
}
