// One model's card: what is known of its run, see `card_model.js`, and the elements that show it.
import { CardModel } from "./card_model.js";
import { start } from "./buttons.js";
import { el, fillField, ghost, shape } from "./dom.js";
import { postcard } from "./links.js";

/** @import { Arrive, CardFacts, CardState, Fail, PlannedRun, RunEvent } from "./events.js" */

const REDRAW_MS = 1000 / 12;
/** Of what a button has read by models, the field. @type {Record<string, string>} */
const FIELDS = { "text-write": "text-prompt", "text-score-press": "text-score-text" };

/**
 * A card's state: always a mark and a word, never colour alone.
 *
 * @param {CardState | null} state
 */
export function stateLine(state) {
  if (!state) return el("span", { class: "state" });
  const { kind, mark, words, busy } = state;
  const sign = mark ? el("i", { "aria-hidden": "true" }, mark) : null;
  const classes = busy ? "state busy" : "state";
  return el("span", { class: classes, "data-state": kind }, sign, sign && " ", words);
}

/**
 * A card's header: shape, name, state, and what the model is in a few words.
 *
 * @param {CardFacts} facts
 * @param {CardState | null} state
 */
export function heading({ family, name, about, size }, state) {
  return el(
    "header",
    { class: "heading", "data-family": family },
    shape(family),
    el("h3", {}, name),
    stateLine(state),
    el("p", { class: "about" }, about, el("span", { class: "size" }, size)),
  );
}

/**
 * What went wrong, and the button to press again where that may help.
 *
 * @param {Fail} failure
 * @param {string} press the id of the button; "" for none
 */
export function failureLines({ sentence, again, readable }, press) {
  const said = el("p", { class: "failure", role: "alert", translate: "yes" }, sentence);
  const field = readable === undefined ? undefined : FIELDS[press];
  if (field) {
    const leaveOut = () => askAnew(field, readable ?? "", press);
    return [said, el("p", { translate: "yes" }, ghost("Leave them out", leaveOut))];
  }
  if (!again || !press) return [said];
  const settings = { type: "button", class: "ghost", "data-press": press };
  return [said, el("p", { translate: "yes" }, el("button", settings, "Try again"))];
}

/**
 * Ask once more for something, of another text.
 *
 * @param {string} field the id of what holds the field
 * @param {string} text
 * @param {string} press the id of the button to press
 */
async function askAnew(field, text, press) {
  const input = document.querySelector(`#${field} :is(textarea, input)`);
  if (!(input instanceof HTMLTextAreaElement || input instanceof HTMLInputElement)) return;
  fillField(input, text);
  await new Promise(requestAnimationFrame); // Gradio takes it on
  await start(press);
}

/**
 * How far a model's download is.
 *
 * @param {string} name
 * @param {Arrive} arrival
 */
export function arrivalLines(name, { said, done, total }) {
  const label = `Download of ${name}`;
  return [
    el("p", { class: "hint", translate: "yes" }, `${name} arrives: ${said}.`),
    el("progress", { "aria-label": label, max: Math.max(1, total), value: done }),
  ];
}

/**
 * A drawer with everything about results that is not on their cards.
 *
 * @param {CardModel[]} models
 */
export function details(models) {
  const facts = models.map((model) => definitions(model.facts.details));
  const recipes = models.filter((model) => model.recipe).flatMap(recipeFacts);
  const drawer = el("details", { class: "details" }, el("summary", {}, "Details"));
  drawer.append(...facts, ...recipes);
  return drawer;
}

/** @param {CardModel} model */
function recipeFacts({ recipe, key }) {
  const text = JSON.stringify(recipe, null, 1);
  return [
    definitions({ Recipe: key.slice(0, 12) }),
    el("pre", { tabindex: 0, translate: "no" }, text),
  ];
}

/** @param {Record<string, string>} facts */
function definitions(facts) {
  const rows = Object.entries(facts).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value)),
  );
  return el("dl", {}, ...rows);
}

/**
 * The row under results: what looks into them, their link, their postcard, and all about them.
 *
 * @param {CardModel[]} models
 * @param {string} link
 * @param {...HTMLElement} first
 */
export function toolsRow(models, link, ...first) {
  const settings = { type: "button", class: "ghost", "data-link": link };
  const copy = link ? el("button", settings, "Copy link") : null;
  return el("div", { class: "tools" }, ...first, copy, postcard(link), details(models));
}

/** A card: it takes events, and is drawn anew at most twelve times a second. */
export class Card {
  #timer = 0;
  #drawn = 0;

  /**
   * @param {CardFacts} facts
   * @param {string} press the id of the button to press again after a failure
   */
  constructor(facts, press) {
    this.model = new CardModel(facts);
    this.press = press;
  }

  /** Show what is known now: a card of its kind knows how. */
  show() {}

  /**
   * Stand for a model, with nothing on the card yet.
   *
   * @param {CardFacts} facts
   */
  offer(facts) {
    this.model.facts = facts;
    this.model.forget();
    this.draw();
  }

  /**
   * A run is asked for; what stands there stays until something comes.
   *
   * @param {PlannedRun} run
   */
  ask(run) {
    if (run.about) this.model.facts = run.about;
    this.model.ask(run);
    if (run.refused) this.take({ fail: { sentence: run.refused, again: false } });
  }

  /** @param {RunEvent} event */
  take(event) {
    this.model.take(event);
    if (event.start || event.fail || event.end) this.draw();
    else this.#drawSoon();
  }

  #drawSoon() {
    if (this.#timer) return;
    const since = performance.now() - this.#drawn;
    this.#timer = window.setTimeout(() => this.draw(), Math.max(0, REDRAW_MS - since));
  }

  draw() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#drawn = performance.now();
    this.show();
  }
}
