// Why this letter? Choosing a letter of a result, and both models' candidates for its place. What
// they thought is asked for once for a stretch of text; all settings are played through here.
import { visible } from "../../web/kit/card_parts.js";
import { byId, el, one } from "../../web/kit/dom.js";
import { enterDrawer, leaveDrawer } from "../../web/kit/entries.js";
import { say } from "../../web/kit/page_state.js";
import { frameLetters, letterPlaces, reveal, unframe } from "./letter_places.js";
import { cardOn, otherSide } from "./text_cards.js";
import { panels } from "./why_panel.js";
import { Question } from "./why_question.js";

/**
 * @import { CardModel } from "../../web/kit/card_model.js"
 * @import { DrawSettings } from "./distribution.js"
 * @import { LetterPlace } from "./letter_places.js"
 * @import { Side } from "./text_cards.js"
 */

const MARGIN = 8; // letters before the end of what is known, from which on more is asked for
const BEFORE = 24; // letters that are shown before the chosen one
/** @type {(keyof DrawSettings)[]} */
const SETTINGS = ["temperature", "top_k", "top_p"];

/** The letter that is asked about, and the drawer that explains it. */
class Why {
  /** @type {Side | null} */
  side = null; // of the card that is asked about
  place = 0; // the chosen letter, from 0 where the model took over
  /** @type {DrawSettings} */
  settings = { temperature: 1, top_k: 0, top_p: 1 }; // what the distribution is drawn with
  /** @type {Question | null} */
  #shown = null;
  /** @type {Question | null} */
  #asked = null;
  /** @type {LetterPlace[]} */
  #letters = [];
  #said = "";
  /** @type {[Side, number] | null} */
  #last = null;

  /**
   * Every letter on a card with where it stands.
   *
   * @param {Side} side
   */
  letters(side) {
    return letterPlaces(cardOn(side)?.places ?? []);
  }

  /**
   * Explain a letter; beyond the ends it is the first or the last.
   *
   * @param {Side} side
   * @param {number} place
   */
  choose(side, place) {
    const model = cardOn(side)?.model;
    const letters = this.letters(side);
    if (!model?.recipe || model.busy || !letters.length) return;
    if (this.side !== side || this.#shown?.text !== model.text) this.#begin(model);
    this.side = side;
    this.#letters = letters;
    this.place = Math.max(0, Math.min(letters.length - 1, place));
    if (!this.#asked?.covers(this.place, MARGIN)) this.#ask();
    this.#open();
    this.#draw();
  }

  /** @param {CardModel} model */
  #begin({ recipe }) {
    this.#forget();
    const { temperature, top_k, top_p } = recipe.options;
    this.settings = { temperature, top_k, top_p };
  }

  #forget() {
    this.#asked?.stop();
    this.#asked = this.#shown = null;
  }

  /** Ask both models, one question after another: only what has come to its end is kept there. */
  async #ask() {
    if (!this.side || this.#asked?.going) return;
    const [card, other] = [cardOn(this.side), cardOn(otherSide(this.side))];
    if (!card || !other) return;
    const hear = () => this.#hear(question);
    const question = new Question(card.model, other.model.facts, this.place, hear);
    this.#asked = question;
    this.#shown ??= question;
    await question.ask();
    if (this.#asked !== question || !this.side) return;
    this.#hear(question);
    if (!question.covers(this.place, MARGIN)) this.#ask();
  }

  /**
   * More is known; it takes the place of what is shown once it can say as much.
   *
   * @param {Question} question
   */
  #hear(question) {
    if (question !== this.#asked) return;
    if (!this.#shown?.covers(this.place) || question.known(this.place)) this.#shown = question;
    if (this.#shown === question) this.#draw();
  }

  /** Whether all is known of the chosen letter. */
  known() {
    return Boolean(this.#shown?.covers(this.place) && this.#shown.known(this.place));
  }

  /** A frame around the chosen letter, or the piece it is part of; it scrolls with the text. */
  mark() {
    unframe();
    const stage = this.side && cardOn(this.side)?.stage;
    if (!this.side || !stage) return;
    const { start, end } = this.piece() ?? { start: this.place, end: this.place + 1 };
    this.#letters = this.letters(this.side); // a browser's translation may have put others there
    const letters = this.#letters.slice(Math.max(0, start), end);
    if (!letters.length) return;
    frameLetters(letters, stage.flow);
    reveal(letters[0], stage.stage);
  }

  /** The piece of the model that wrote which covers the chosen letter. */
  piece() {
    return this.#shown?.answer(0, this.place)?.piece;
  }

  // The drawer

  #open() {
    const model = this.side && cardOn(this.side)?.model;
    if (!this.side || !model) return;
    const { dataset } = drawer();
    if (drawer().hidden) enterDrawer("why");
    drawer().hidden = false;
    dataset.side = this.side;
    dataset.family = model.facts.family;
    for (const slider of sliders()) this.#show(slider);
    if (!this.#shown?.covers(this.place) || !this.#shown.answered) {
      one(".why-where", HTMLElement, drawer()).textContent = "Asking both models …";
    }
  }

  close() {
    if (!this.side) return;
    const stage = cardOn(this.side)?.stage.stage;
    const active = document.activeElement;
    drawer().hidden = true;
    unframe();
    this.#forget();
    if (drawer().contains(active) || active === document.body) {
      stage?.focus({ preventScroll: true });
    }
    this.#last = [this.side, this.place];
    this.side = null;
    this.#said = "";
    leaveDrawer("why");
  }

  /** Explain once more what was explained last. */
  again() {
    if (!this.side && this.#last) this.choose(...this.#last);
  }

  #draw({ silent = false } = {}) {
    const shown = this.#shown;
    if (!this.side || !shown?.covers(this.place) || !shown.answered) return;
    one(".why-where", HTMLElement, drawer()).replaceChildren(...this.#where());
    const models = one(".why-models", HTMLElement, drawer());
    const opened = [...models.children].map((panel) => panel.querySelector("details")?.open);
    const answers = shown.readings.map((_, i) => shown.answer(i, this.place));
    const parts = panels(shown.readings, answers, this.settings, opened.map(Boolean));
    models.replaceChildren(...parts.map(({ element }) => element));
    this.mark();
    if (!silent) this.#tell(parts.map(({ words }) => words).join(" "));
  }

  /**
   * Tell a screen reader once, when all is known.
   *
   * @param {string} words
   */
  #tell(words) {
    if (!this.known() || words === this.#said) return;
    this.#said = words;
    say(words);
  }

  /** The text up to the chosen letter, so that one sees what both models went on. */
  #where() {
    const letters = this.#letters.map(({ letter }) => letter);
    const before = letters.slice(Math.max(0, this.place - BEFORE), this.place).join("");
    const after = el("q", { translate: "no" }, (this.place > BEFORE ? "…" : "") + before);
    const chosen = el("mark", { translate: "no" }, visible(letters[this.place]));
    return [`Letter ${this.place + 1}, after `, after, " came ", chosen];
  }

  // Settings

  /**
   * Put a slider where its setting is, and say its value.
   *
   * @param {HTMLInputElement} slider
   */
  #show(slider) {
    const setting = settingOf(slider);
    if (!setting) return;
    const value = this.settings[setting];
    slider.value = String(value);
    const off = { temperature: false, top_k: value === 0, top_p: value === 1 }[setting];
    const output = slider.previousElementSibling?.querySelector("output");
    if (output) output.textContent = off ? "off" : String(value);
  }

  /** @param {Partial<DrawSettings>} settings */
  set(settings) {
    if (!this.side) return;
    Object.assign(this.settings, settings);
    for (const slider of sliders()) this.#show(slider);
    this.#draw({ silent: true });
  }

  reset() {
    const { options } = (this.side && cardOn(this.side)?.model.recipe) ?? {};
    if (!options) return;
    const { temperature, top_k, top_p } = options;
    this.set({ temperature, top_k, top_p });
  }
}

export const why = new Why();

function drawer() {
  return byId("text-why-drawer", HTMLElement);
}

/** The drawer's own sliders. */
function sliders() {
  /** @type {NodeListOf<HTMLInputElement>} */
  const found = drawer().querySelectorAll("input[data-setting]");
  return [...found];
}

/**
 * Which setting a slider is for.
 *
 * @param {HTMLElement} slider
 */
function settingOf({ dataset }) {
  return SETTINGS.find((name) => name === dataset.setting);
}
