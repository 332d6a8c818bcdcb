// A card of a lesson: what one recipe writes or draws, live.
import {
  figures,
  letter as letterOf,
  showEvent,
  showState,
  tile,
} from "../../web/kit/card_parts.js";
import { el, shape } from "../../web/kit/dom.js";
import { number } from "../../web/kit/numbers.js";
import { isStill } from "../../web/kit/page_state.js";
import { LIVE, sourceOf } from "../../web/kit/sources.js";
import { surpriseBits } from "../../web/kit/surprise.js";

/**
 * @import { Frame, Letter, RunEvent, RunRequest } from "../../web/kit/events.js"
 * @import { Concept, Preset, PresetRun } from "./lesson_preset.js"
 */

/** @typedef {RunRequest & { prompt: string, options: Record<string, any>, seed: number }} Asked */

const SHORT = 80; // letters
const PICTURES = 4;

/** One recipe of a preset. */
export class LessonCard {
  /**
   * @param {Preset} preset
   * @param {PresetRun} run
   * @param {string} sign what the card is called while nobody shall know who made it
   * @param {string} empty what stands in it before a text comes
   * @param {(concept: Concept) => string} caption
   */
  constructor(preset, run, sign, empty, caption) {
    this.preset = preset;
    this.run = run;
    this.sign = sign;
    this.hint = empty;
    this.caption = caption;
    this.blind = preset.blind;
    this.writes = run.kind === "text";
    this.state = el("span", { class: "state" });
    this.head = el("header", { class: "heading" });
    this.flow = el("div", { class: "flow", translate: "no" });
    this.stage = this.#stage();
    this.figures = el("p", { class: "figures" });
    this.about = el("p", { class: "about" }); // what sets it apart from others of the same model
    const kind = this.writes ? "writes" : "draws";
    const settings = { class: `card family preset-card ${kind}` };
    this.element = el("section", settings, this.head, this.stage, this.figures);
    /** @type {Asked | null} */
    this.request = null;
    this.source = LIVE;
    /** @type {Letter[]} */
    this.letters = [];
    /** @type {Frame | null} */
    this.frame = null;
    /** @type {Letter[]} what is drawn at the end for who wants no motion */
    this.waiting = [];
    this.failure = this.note = "";
    this.name();
    this.#empty();
    this.#tellApart(run.options);
  }

  /** Say whose card it is, now or at last. */
  name() {
    const { run, head, element, sign } = this;
    const words = this.blind ? sign : run.name;
    const known = !this.blind && document.getElementById(`shape-${run.family}`);
    for (const each of [element, head]) {
      if (this.blind) delete each.dataset.family;
      else each.dataset.family = run.family;
    }
    element.setAttribute("aria-label", words);
    const title = this.preset.blind && !this.blind ? `${sign} · ${run.name}` : words;
    const drawn = known ? shape(run.family) : el("span");
    head.replaceChildren(drawn, el("h3", {}, title), this.state, this.about);
  }

  unblind() {
    this.blind = false;
    this.name();
  }

  /**
   * As before a run.
   *
   * @param {Asked} next
   */
  clear(next) {
    this.request = next;
    this.#tellApart(next.options);
    [this.letters, this.frame, this.waiting, this.failure, this.note] = [[], null, [], "", ""];
    this.figures.textContent = "";
    this.source = LIVE;
    this.element.dataset.busy = "yes";
    showState(this.state, "waiting", "◔", "waiting");
    if (!this.writes) {
      this.#empty();
      return;
    }
    const prompt = next.task === "score" ? "" : next.prompt;
    const begun = [el("span", { class: "prompt" }, prompt), el("i", { class: "rule" })];
    this.flow.replaceChildren(...(prompt ? begun : []));
  }

  /** @param {RunEvent} event */
  take(event) {
    if (event.start) this.source = sourceOf(event.start);
    showEvent(this.state, event, this.source);
    const prompt = this.flow.querySelector(".prompt");
    if (event.start && prompt) prompt.textContent = event.start.recipe.prompt;
    if (event.note) this.note = event.note;
    if (event.letters) this.#write(event.letters);
    if (event.frame && (event.frame.last || !isStill())) this.#draw(event.frame);
    if (event.fail) this.#fail(event.fail.sentence);
    if (event.end || event.fail) this.#finish(event);
  }

  /** What has become of it, in a sentence. */
  said() {
    const words = this.blind ? this.sign : this.run.name;
    const many = this.letters.length;
    if (this.failure) return `${words}: ${this.failure}`;
    if (this.writes && many) {
      return `${words} finished, ${many} letters, ${number(this.#bits())} bits a letter.`;
    }
    const { frame } = this;
    if (frame?.last) return `${words} finished, ${frame.tiles.length} pictures.`;
    return `${words} stopped.`;
  }

  #stage() {
    const { run } = this;
    if (!this.writes) return el("div", { class: "tiles" });
    const short = run.task === "score" || run.options.length <= SHORT;
    const settings = { class: "stage", tabindex: 0, role: "group", "aria-label": "Text" };
    return el("div", { ...settings, "data-short": String(short) }, this.flow);
  }

  /** @param {Record<string, unknown>} options */
  #tellApart(options) {
    const { run, preset } = this;
    const others = preset.runs.filter(({ model }) => model === run.model);
    const differing = run.controls.filter(({ name }) =>
      others.some((other) => `${other.options[name]}` !== `${run.options[name]}`),
    );
    const facts = differing.map(({ label, name }) =>
      el("span", {}, el("span", {}, label), ` ${options[name]}`),
    );
    this.about.replaceChildren(...facts.flatMap((fact, i) => (i ? [" · ", fact] : [fact])));
    this.about.hidden = !facts.length;
  }

  #empty() {
    const places = Array.from({ length: this.#count() }, () => el("span", { class: "tile" }));
    if (this.writes) {
      this.flow.replaceChildren(el("span", { class: "hint", translate: "yes" }, this.hint));
    } else {
      this.stage.replaceChildren(...places);
    }
    this.stage.dataset.count = String(this.#count());
  }

  #count() {
    const options = this.request?.options ?? this.run.options;
    return Number(options.frames ?? options.count ?? PICTURES);
  }

  /** @param {Letter[]} some */
  #write(some) {
    this.letters.push(...some);
    if (isStill()) this.waiting.push(...some);
    else this.flow.append(...some.map(letterOf));
  }

  /** @param {Frame} frame */
  #draw(frame) {
    this.frame = frame;
    this.stage.replaceChildren(...frame.tiles.map((source, i) => tile(source, this.#alt(i))));
  }

  /** @param {number} i */
  #alt(i) {
    const { concept } = this.preset;
    const what = this.request?.prompt || (concept ? this.caption(concept) : "a picture");
    return `${what}, ${this.blind ? this.sign : this.run.name}, picture ${i + 1}`;
  }

  /** @param {string} sentence */
  #fail(sentence) {
    this.failure = sentence;
    const place = this.writes ? this.flow : this.stage;
    place.replaceChildren(el("p", { class: "failure", translate: "yes" }, sentence));
  }

  /** @param {RunEvent} event */
  #finish(event) {
    delete this.element.dataset.busy;
    this.flow.append(...this.waiting.splice(0).map(letterOf));
    const said = [...this.#facts(), this.note].filter(Boolean);
    if (event.end) this.figures.replaceChildren(...figures(said.join(" · ")));
  }

  #facts() {
    const seed = `seed ${this.request?.seed}`;
    if (this.writes && this.letters.length) {
      const pace = mean(this.letters.map((each) => each[3]));
      const scored = this.request?.task === "score";
      const facts = [`${number(this.#bits())} bits a letter`, `${number(pace)} ms a letter`];
      return scored ? facts : [...facts, seed];
    }
    if (!this.frame) return [];
    return [this.frame.total === 1 ? "1 step" : `${this.frame.total} steps`, seed];
  }

  #bits() {
    const shown = this.letters.filter(([piece]) => piece);
    return mean(shown.map(([, probability]) => surpriseBits(probability)));
  }
}

/** @param {number[]} numbers */
function mean(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0) / Math.max(1, numbers.length);
}
