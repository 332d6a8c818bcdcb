// Recipes of a lesson: what can be changed, one button, and a card for each.
import { el } from "../../web/kit/dom.js";
import { say } from "../../web/kit/page_state.js";
import { run } from "../../web/kit/runs.js";
import { LessonCard } from "./lesson_card.js";

/**
 * @import { Running } from "../../web/kit/events.js"
 * @import { Asked } from "./lesson_card.js"
 */

/**
 * @typedef {{ digit: number, ink: string, paper: string }} Concept
 * @typedef {{
 *   name: string, label: string, kind: string, low: number, high: number, step: number | null,
 *   choices: (string | number)[],
 * }} Control
 */

/**
 * @typedef {object} PresetRun
 * @property {string} model
 * @property {string} name
 * @property {string} family
 * @property {"text" | "image"} kind
 * @property {string} task
 * @property {string} prompt
 * @property {number} seed
 * @property {boolean} reads whether it takes words
 * @property {Record<string, any>} options
 * @property {Control[]} controls
 */

/**
 * @typedef {object} Preset
 * @property {PresetRun[]} runs
 * @property {string[]} show names of what can be changed
 * @property {string[]} lock names of what is shown and stays
 * @property {boolean} blind
 * @property {Concept | null} concept
 */

/** What the button says, at first and from then on, and what an empty text says of it. */
const ACTS = {
  read: { first: "Read", again: "Read again", empty: "Press Read." },
  write: { first: "Write", again: "Write again", empty: "Press Write." },
  draw: { first: "Draw", again: "Draw again", empty: "" },
};
const MOST_SEED = 4294967295;
const MOST_PROMPT = 300; // characters

/** @returns {{ digits: string[], colours: string[] }} the words of the digits world */
function world() {
  return JSON.parse(document.getElementById("lesson-world")?.textContent ?? "{}");
}

/** One preset of a lesson. */
export class LessonPreset {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.world = world();
    /** @type {Preset} */
    this.preset = JSON.parse(root.dataset.preset ?? "{}");
    const { runs, concept, show, lock } = this.preset;
    this.asked = {
      seed: runs[0].seed,
      prompt: runs[0].prompt,
      concept: concept && { ...concept },
      /** @type {Record<string, string | number>} */
      options: {},
    };
    this.act = ACTS[this.#kind()];
    /** @type {Running | null} */
    this.running = null;
    const shown = { ...this.preset, concept: this.asked.concept };
    const caption = this.#caption.bind(this);
    this.cards = runs.map(
      (each, i) => new LessonCard(shown, each, "ABCDEF"[i], this.act.empty, caption),
    );
    const pressed = () => (this.running ? this.running.stop() : this.#start());
    const settings = { type: "button", class: "primary", onclick: pressed };
    this.button = el("button", settings, this.act.first);
    const controls = [...new Set([...show, ...lock])].map((name) => this.#control(name));
    const grid = { class: `grid preset-grid of-${this.cards.length}` };
    root.append(
      el("div", { class: "preset-ask" }, ...controls, this.button),
      el("div", grid, ...this.cards.map(({ element }) => element)),
    );
  }

  /** Run it, unless it has run already. */
  start() {
    if (!this.running && !this.root.dataset.ran) this.#start();
  }

  unblind() {
    for (const card of this.cards) card.unblind();
  }

  #kind() {
    const { runs } = this.preset;
    if (runs.every(({ task }) => task === "score")) return "read";
    return runs.some(({ kind }) => kind === "text") ? "write" : "draw";
  }

  async #start() {
    this.root.dataset.ran = "yes";
    const requests = this.preset.runs.map((each) => this.#request(each));
    this.cards.forEach((card, i) => card.clear(requests[i]));
    this.button.textContent = "Stop";
    this.root.setAttribute("aria-busy", "true");
    this.running = run(requests, (i, event) => this.cards[i].take(event));
    await this.running.done;
    this.running = null;
    this.button.textContent = this.act.again;
    this.root.removeAttribute("aria-busy");
    if (!this.root.closest("[hidden]")) say(this.cards.map((card) => card.said()).join(" "));
  }

  /**
   * @param {PresetRun} each
   * @returns {Asked}
   */
  #request(each) {
    const names = each.controls.map(({ name }) => name);
    const changed = Object.entries(this.asked.options).filter(([name]) => names.includes(name));
    const options = { ...each.options, ...Object.fromEntries(changed) };
    const { concept } = this.asked;
    if (concept && names.includes("digit")) Object.assign(options, concept);
    const seed = this.#changes("seed") ? this.asked.seed : each.seed;
    return { model: each.model, task: each.task, prompt: this.#prompt(each), options, seed };
  }

  /** @param {PresetRun} each */
  #prompt(each) {
    if (each.reads && this.#changes("prompt")) return this.asked.prompt;
    const { concept } = this.asked;
    return each.reads && concept && this.#changes("concept") ? this.#caption(concept) : each.prompt;
  }

  /** @param {string} name */
  #changes(name) {
    return this.preset.show.includes(name);
  }

  /** @param {Concept} concept */
  #caption({ digit, ink, paper }) {
    return `a ${ink} ${this.world.digits[digit]} on a ${paper} background`;
  }

  // One control, shown or locked

  /** @param {string} name */
  #control(name) {
    const locked = !this.#changes(name);
    if (name === "concept") return this.#concept(locked);
    if (name === "seed") return field("Seed", this.#seed(locked), locked);
    if (name === "prompt") return field("Prompt", this.#words(locked), locked, "wide");
    const { runs } = this.preset;
    const known = runs.flatMap(({ controls }) => controls).find((each) => each.name === name);
    if (!known) return null;
    const value = runs.find(({ options }) => name in options)?.options[name];
    const take = (/** @type {string | number} */ chosen) => (this.asked.options[name] = chosen);
    if (known.kind === "choice") {
      return field(known.label, choice(known.choices, value, locked, take), locked);
    }
    return field(known.label, range(known, value, locked, take), locked);
  }

  /** @param {boolean} disabled */
  #seed(disabled) {
    const settings = { type: "number", min: 0, max: MOST_SEED, step: 1 };
    const input = el("input", { ...settings, value: this.asked.seed, disabled });
    input.addEventListener("input", () => {
      if (input.value) this.asked.seed = Number(input.value);
    });
    return input;
  }

  /** @param {boolean} disabled */
  #words(disabled) {
    const settings = { type: "text", value: this.asked.prompt, maxlength: MOST_PROMPT };
    const input = el("input", { ...settings, disabled });
    input.addEventListener("input", () => (this.asked.prompt = input.value));
    return input;
  }

  /** @param {boolean} locked */
  #concept(locked) {
    const { concept } = this.asked;
    if (!concept) return null;
    const { digits, colours } = this.world;
    const numbers = digits.map((_, i) => `${i}`);
    const digit = choice(numbers, `${concept.digit}`, locked, (chosen) => {
      concept.digit = Number(chosen);
    });
    const ink = choice(colours, concept.ink, locked, (chosen) => (concept.ink = chosen));
    const paper = choice(colours, concept.paper, locked, (chosen) => (concept.paper = chosen));
    return el(
      "span",
      { class: "preset-concept" },
      field("Digit", digit, locked),
      field("Ink", ink, locked),
      field("Paper", paper, locked),
    );
  }
}

/**
 * @param {Control} control
 * @param {number} value
 * @param {boolean} disabled
 * @param {(value: number) => void} take
 */
function range({ low, high, step, label }, value, disabled, take) {
  const output = el("output", {}, `${value}`);
  const limits = { type: "range", min: low, max: high, step: step ?? "any" };
  const input = el("input", { ...limits, value, disabled, "aria-label": label });
  input.addEventListener("input", () => {
    output.textContent = input.value;
    take(Number(input.value));
  });
  return el("span", { class: "preset-range" }, input, output);
}

/**
 * @param {(string | number)[]} choices
 * @param {unknown} value
 * @param {boolean} disabled
 * @param {(value: string) => void} take
 */
function choice(choices, value, disabled, take) {
  const options = choices.map((each) =>
    el("option", { value: each, selected: `${each}` === `${value}` }, `${each}`),
  );
  const select = el("select", { disabled }, ...options);
  select.addEventListener("change", () => take(select.value));
  return select;
}

/**
 * @param {string} words
 * @param {HTMLElement} input
 * @param {boolean} locked
 * @param {string} more a class
 */
function field(words, input, locked, more = "") {
  const label = el("span", {}, locked ? `${words} · locked here` : words);
  return el("label", { class: `preset-field ${more}` }, label, input);
}
