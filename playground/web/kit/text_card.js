// A card of a text: letters are added to it, and nothing else is done while it is written.
import { arrivalLines, Card, failureLines, heading, stateLine } from "./card.js";
import { figures } from "./card_parts.js";
import { el } from "./dom.js";
import { surpriseClasses } from "./surprise.js";

/**
 * @import { CardModel } from "./card_model.js"
 * @import { CardFacts, Letter } from "./events.js"
 * @typedef {{ node: Text, from: number, piece: string }} Place where a piece stands
 */

/** A text, to which letters are added and nothing else is done while it is written. */
class TextStage {
  /**
   * @param {HTMLElement} root
   * @param {string} press the id of the button to press again after a failure
   */
  constructor(root, press) {
    this.press = press;
    this.flow = el("div", { class: "flow", translate: "no" });
    this.stage = el("div", { class: "stage", tabindex: 0, role: "group" }, this.flow);
    root.replaceChildren(this.stage);
    /** @type {Place[]} */
    this.places = [];
    /** @type {unknown} */
    this.shown = null; // the letters whose beginning stands there
    this.arriving = false;
  }

  /** @param {CardModel} model */
  draw(model) {
    this.stage.setAttribute("aria-label", `Text by ${model.facts.name}`);
    const other = this.shown !== model.letters || this.arriving || model.arrival;
    if (other || !this.isWhole) this.#begin(model);
    for (const letter of model.letters.slice(this.places.length)) this.#add(letter);
    if (model.failure && !this.flow.querySelector(".failure")) {
      this.flow.append(...failureLines(model.failure, this.press));
    }
  }

  /** Whether its letters stand where they were put: a browser's translation puts others there. */
  get isWhole() {
    return this.places.every(
      ({ node, from, piece }) => node.data.startsWith(piece, from) && this.flow.contains(node),
    );
  }

  /** @param {CardModel} model */
  #begin(model) {
    this.shown = model.letters;
    this.arriving = Boolean(model.arrival);
    this.places = [];
    this.flow.replaceChildren(...this.#opening(model));
  }

  /** @param {CardModel} model */
  #opening({ facts, recipe, arrival, failure, started }) {
    if (arrival) return arrivalLines(facts.name, arrival);
    if (started) return this.#prompt(recipe);
    if (failure) return [];
    if (!facts.sample) return [el("p", { class: "hint", translate: "yes" }, facts.hint ?? "")];
    const hint = el("span", { class: "hint", translate: "yes" }, facts.hint ?? "");
    return [el("span", { class: "prompt" }, facts.sample), "\n", hint];
  }

  /** @param {{ prompt: string }} recipe */
  #prompt({ prompt }) {
    const rule = el("i", { class: "rule", "aria-hidden": "true" });
    return [el("span", { class: "prompt" }, prompt), rule];
  }

  /**
   * One token with the bar of its surprise below; one that needs none goes without an element.
   *
   * @param {Letter} letter
   */
  #add([piece, probability, rank]) {
    const classes = piece && surpriseClasses(probability, rank);
    if (!classes) return this.#addPlain(piece);
    const settings = { class: `t ${classes}${piece === "\n" ? " n" : ""}` };
    const node = document.createTextNode(piece);
    this.flow.append(el("b", settings, node));
    this.places.push({ node, from: 0, piece });
  }

  /** @param {string} piece */
  #addPlain(piece) {
    const last = this.flow.lastChild;
    const node = last instanceof Text ? last : document.createTextNode("");
    if (node !== last) this.flow.append(node);
    this.places.push({ node, from: node.length, piece });
    node.appendData(piece);
  }

  /**
   * Put a mark before the token that holds a letter of the text, counted from 0.
   *
   * @param {number} letter
   */
  mark(letter) {
    let before = 0;
    const number = this.places.findIndex(({ piece }) => (before += [...piece].length) > letter);
    if (number < 0) return;
    const mark = el("i", { class: "parting", "aria-hidden": "true" });
    const { node, from } = this.places[number];
    if (node.parentElement !== this.flow) return node.parentElement?.before(mark);
    if (!from) return node.before(mark);
    const rest = node.splitText(from);
    rest.before(mark);
    for (const place of this.places.slice(number)) {
      if (place.node === node) Object.assign(place, { node: rest, from: place.from - from });
    }
  }
}

/** The card of a model that writes. */
export class TextCard extends Card {
  /** @type {CardFacts | null} */
  #headed = null;

  /**
   * @param {CardFacts} facts
   * @param {{ head: HTMLElement, stage: HTMLElement, figures: HTMLElement }} parts
   * @param {string} press
   */
  constructor(facts, parts, press) {
    super(facts, press);
    this.parts = parts;
    this.stage = new TextStage(parts.stage, press);
    this.draw();
  }

  /** Where its pieces stand, drawn anew if somebody else has taken them away. */
  get places() {
    if (!this.stage.isWhole) this.draw();
    return this.stage.places;
  }

  /** @override */
  show() {
    const { model, parts } = this;
    this.#showHead();
    this.stage.draw(model);
    const lines = [el("p", { class: "figures" }, ...figures(model.figures))];
    if (model.note) lines.push(el("p", { class: "aside" }, model.note));
    parts.figures.replaceChildren(...lines);
  }

  /** Its state changes often, what it says of its model seldom. */
  #showHead() {
    const { head } = this.parts;
    const { facts, state } = this.model;
    const line = this.#headed === facts && head.querySelector(".state");
    if (line) line.replaceWith(stateLine(state));
    else head.replaceChildren(heading(facts, state));
    this.#headed = facts;
  }
}
