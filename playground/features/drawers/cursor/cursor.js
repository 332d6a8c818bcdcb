// Inside on one cursor: what two models go on at a letter of a text, as a bar under each letter
// before it. Attention and memory come as the same rows, see models/adapters/attribution.py, so one
// cursor moves in both; nobody is asked while it moves.
import { runButton } from "../../../web/kit/buttons.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { moduleNamed } from "../../../web/kit/fetched.js";
import { percent } from "../../../web/kit/numbers.js";
import { run } from "../../../web/kit/runs.js";
import { table } from "../../../web/kit/table.js";
import { modelsHere, notHereYet, onOpened } from "../drawer_form.js";
import { Panel } from "./cursor_panel.js";
import { BAR, headsOf, moved, rowAt, rowsOf, sentences } from "./cursor_shares.js";

/**
 * @import { CardModel } from "../../../web/kit/card_model.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { Page } from "./cursor_panel.js"
 */

const MOST = 200; // letters
const EXAMPLE =
  "MIRANDA:\nThe bell that rang at noon shall ring at night.\n\nANTONIO:\nThen " +
  "let the bell that rang at noon be still.";

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  new Cursor(root, models);
}

class Cursor {
  /** @type {Page} */
  page = { letters: [], at: 0 };
  asked = 0; // how many times
  anew = false; // the text is read once more in other signs
  drawing = false; // at the next frame
  area = el("textarea", {
    id: "cursor-text",
    rows: 6,
    maxlength: 2 * MOST,
    spellcheck: "false",
    oninput: () => this.#count(),
  });
  counted = el("span", { class: "cursor-count" });
  button = ghost("Show", undefined, { class: "ghost cursor-show" });
  says = el("p", { class: "cursor-says", "aria-live": "polite" });
  said = "";
  noted = el("p", { class: "says cursor-noted" });
  longest = el("span", {}, "the largest share of all");
  later = el("p", { class: "says" });
  table = el("div", { class: "table" });
  details = el(
    "details",
    { class: "details", ontoggle: () => this.#fill() },
    el("summary", {}, "Table of this letter"),
    this.table,
  );

  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   */
  constructor(root, models) {
    this.models = models;
    this.offered = models.filter((model) => !model.hub);
    this.panels = this.offered.slice(0, 2).map((model, i) => new Panel(this, model, i));
    this.reading = runButton(this.button, {
      start: () => this.#start(),
      busy: root,
      ended: () => this.#rest(),
    });
    root.append(
      ...this.#asking(),
      this.noted,
      this.says,
      el("div", { class: "tools" }, this.#mover(-1, "← Letter"), this.#mover(1, "Letter →")),
      el("div", { class: "cursor-panels" }, ...this.panels.map((one) => one.element)),
      this.#legend(),
      el(
        "p",
        { class: "says" },
        "Bars of attention: how much a letter counts where the model looks, on " +
          "average over all heads of all layers unless you choose one. Bars of memory: " +
          "which part of its memory was written while it read that letter. Either way " +
          "all bars of a letter sum to 100 %.",
      ),
      this.details,
      this.later,
    );
    onOpened(root, () => this.offer());
    this.area.value = fromCard() || EXAMPLE;
    this.#count();
    this.offer();
    this.show();
  }

  #asking() {
    const label = { class: "cursor-label", for: "cursor-text" };
    const taking = ghost("Take the left card’s text", () => this.#takeCard());
    return [
      el("label", label, `Text, at most ${MOST} letters `, this.counted),
      this.area,
      el("div", { class: "tools" }, this.button, taking),
    ];
  }

  #takeCard() {
    const text = fromCard();
    if (!text) {
      return this.#say(
        "There is no finished text on the left card yet: press Write at the top of the page.",
      );
    }
    this.area.value = text;
    this.#count();
    return this.show();
  }

  #count() {
    const letters = [...this.area.value].length;
    this.counted.textContent = `· ${letters}`;
    this.counted.classList.toggle("over", letters > MOST);
  }

  // Asking

  /** Ask both models about the text as it is. */
  show() {
    this.reading.go();
  }

  #start() {
    const text = this.area.value;
    if (!this.anew) this.noted.textContent = "";
    this.anew = false;
    const number = (this.asked += 1);
    this.page.letters = [...text];
    this.page.at = Math.max(0, this.page.letters.length - 1);
    this.panels.forEach((one) => one.clear());
    this.#say("Both models read the text …");
    const requests = this.panels.map((one) => one.request(text));
    return run(requests, (i, event) => number === this.asked && this.panels[i].take(event));
  }

  /**
   * Both models read the same letters: where one has read the text in other signs, both read that.
   *
   * @param {string} text
   * @param {string} words about how it was read
   */
  readAs(text, words) {
    this.area.value = text;
    this.#count();
    this.noted.textContent = words;
    this.anew = true;
    this.reading.go();
  }

  #rest() {
    if (this.#shown().length) this.#draw();
    else this.#say("");
  }

  /** Put the models of the hub that are here by now into the pickers, and name the others. */
  async offer() {
    const here = await modelsHere(this.models);
    for (const model of here) {
      if (this.offered.includes(model)) continue;
      this.offered.push(model);
      this.panels.forEach((one) => one.offer(model));
    }
    this.later.textContent = notHereYet(
      this.models,
      here,
      "Fetch one on a card at the top, and it can be chosen here.",
    );
  }

  // The cursor

  /**
   * @param {number} by
   * @param {string} words
   */
  #mover(by, words) {
    return ghost(words, () => this.#go(this.page.at + by));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const to = moved(this.page.at, event.key, this.page.letters.length);
    if (to === undefined) return;
    event.preventDefault();
    this.#go(to);
  }

  /**
   * A mouse moves the cursor by being there, a finger by touching or dragging along.
   *
   * @param {PointerEvent} event
   */
  point({ clientX, clientY }) {
    const mark = document.elementFromPoint(clientX, clientY)?.closest(".cursor-flow > b");
    if (!mark) return;
    for (const one of this.panels) {
      const letter = one.letterOf(mark);
      if (letter !== undefined) this.#go(letter);
    }
  }

  /** @param {number} letter */
  #go(letter) {
    const to = Math.max(0, Math.min(this.page.letters.length - 1, letter));
    if (to === this.page.at || !this.panels.some((one) => one.data)) return;
    this.page.at = to;
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => this.#draw());
  }

  /** What those models that have answered go on at the cursor. */
  #shown() {
    return this.panels.flatMap((panel) => {
      const { data, model } = panel;
      return data ? [{ panel, name: model.name, data, row: rowAt(data, this.page.at) }] : [];
    });
  }

  #draw() {
    this.drawing = false;
    const shown = this.#shown();
    const { letters, at } = this.page;
    if (!shown.length) return;
    const most = Math.max(...shown.flatMap(({ row }) => row));
    shown.forEach(({ panel, row }) => panel.paint(row, most));
    this.longest.textContent = `${percent(most)}, the largest share of all`;
    this.#say(`Letter ${at + 1} of ${letters.length}. ${sentences(shown, at)}`);
    this.#fill();
  }

  /** @param {string} words */
  #say(words) {
    if (this.said !== words) this.says.textContent = this.said = words;
  }

  #legend() {
    const sample = (/** @type {number} */ bar, settings = {}) =>
      el("b", { style: `--bar: ${bar}px`, ...settings }, "a");
    const part = (/** @type {HTMLElement} */ mark, /** @type {string | Node} */ words) =>
      el("span", {}, mark, " ", words);
    return el(
      "p",
      { class: "legend cursor-legend" },
      part(sample(0, { class: "at" }), "read up to here"),
      part(sample(BAR), this.longest),
      part(sample(BAR / 2), "half of that"),
    );
  }

  /** The row of the letter under the cursor, nearest first; only while somebody looks at it. */
  #fill() {
    const shown = this.details.open ? this.#shown() : [];
    if (!shown.length) return;
    const { letters, at } = this.page;
    this.table.replaceChildren(table(headsOf(shown), rowsOf(shown, letters, at)));
  }
}

/** What stands on the left card, prompt and all; "" while there is nothing, or it still grows. */
function fromCard() {
  /** @type {CardModel | undefined} */
  const model = moduleNamed("text_cards")?.cardOn("left")?.model;
  if (!model?.started || model.busy) return "";
  return [...(model.recipe.prompt + model.text)].slice(0, MOST).join("");
}
