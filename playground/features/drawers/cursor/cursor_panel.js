// One model in the drawer: its picker, its state, and the text with a bar under each piece.
import { failure, showEvent, showState, visible } from "../../../web/kit/card_parts.js";
import { el, shape as kitShape } from "../../../web/kit/dom.js";
import { LIVE, sourceOf } from "../../../web/kit/sources.js";
import { GateCharts } from "./cursor_gates.js";
import { barsOf, read } from "./cursor_shares.js";

/**
 * @import { RunEvent, RunRequest } from "../../../web/kit/events.js"
 * @import { Control, Model } from "../../../web/kit/models.js"
 * @import { Shares } from "./cursor_shares.js"
 */

/**
 * What all panels show: a text, and where the cursor is in it.
 *
 * @typedef {{ letters: string[], at: number }} Page
 */

/**
 * What a panel asks of the drawer.
 *
 * @typedef {object} Drawer
 * @property {Page} page
 * @property {Model[]} offered
 * @property {() => unknown} show asks again
 * @property {(text: string, words: string) => void} readAs takes a text in signs that are read
 * @property {(event: KeyboardEvent) => void} key moves the cursor by a key
 * @property {(event: PointerEvent) => void} point moves it to what is pointed at
 */

export class Panel {
  /** @type {Shares | null} */
  data = null;
  /** @type {number[]} pixels of the bar under each piece; -1 where none has been set */
  bars = [];
  /** @type {HTMLElement[]} a mark for each piece */
  marks = [];
  /** @type {HTMLElement | null} the mark under the cursor */
  here = null;
  /** @type {GateCharts | null} */
  charts = null;
  /** @type {HTMLSelectElement[]} which part of the model is looked into */
  choices = [];
  source = LIVE;
  text = ""; // as it is read
  state = el("span", { class: "state" });
  failure = el("div", { class: "cursor-failure" });
  shape = el("span", { class: "cursor-shape" });
  parts = el("div", { class: "tools" });
  gates = el("div", { class: "cursor-gates" });

  /**
   * @param {Drawer} drawer
   * @param {Model} first
   * @param {number} number of the panel, from 0
   */
  constructor(drawer, first, number) {
    this.drawer = drawer;
    this.model = first;
    this.picker = this.#picker(number);
    this.flow = this.#flow();
    this.head = el("header", { class: "heading" }, this.shape, this.picker, this.state);
    const more = el("summary", {}, "More");
    this.element = el(
      "section",
      { class: "card family cursor-card" },
      this.head,
      this.failure,
      this.flow,
      el("details", { class: "details" }, more, this.parts, this.gates),
    );
    for (const model of drawer.offered) this.offer(model);
    this.picker.value = first.id;
    this.#dress();
  }

  /**
   * @param {number} number
   * @returns {HTMLSelectElement}
   */
  #picker(number) {
    return el("select", {
      class: "ghost cursor-model",
      "aria-label": `Model ${number + 1}`,
      onchange: () => this.#choose(),
    });
  }

  #flow() {
    const point = (/** @type {PointerEvent} */ event) => this.drawer.point(event);
    return el("div", {
      class: "cursor-flow",
      translate: "no",
      tabindex: 0,
      role: "slider",
      "aria-label": "Letter under the cursor",
      "aria-valuemin": 1,
      "aria-valuenow": 1,
      onkeydown: (event) => this.drawer.key(event),
      onpointerdown: point,
      onpointermove: point,
    });
  }

  /**
   * One more model can be chosen.
   *
   * @param {Model} model
   */
  offer({ id, name }) {
    this.picker.append(el("option", { value: id }, name));
  }

  #choose() {
    const { offered } = this.drawer;
    this.model = offered.find(({ id }) => id === this.picker.value) ?? this.model;
    this.#dress();
    this.drawer.show();
  }

  #dress() {
    const { family, name, inputs } = this.model;
    this.element.dataset.family = this.head.dataset.family = family;
    this.element.setAttribute("aria-label", name);
    this.shape.replaceChildren(kitShape(family));
    this.choices = choicesOf(inputs.look ?? [], () => this.drawer.show());
    this.parts.replaceChildren(...this.choices);
    this.gates.replaceChildren();
  }

  // A run

  /**
   * What its model is asked for.
   *
   * @param {string} text
   * @returns {RunRequest}
   */
  request(text) {
    const chosen = this.choices.map(({ name, disabled, value }) => [
      name,
      disabled ? 0 : Number(value),
    ]);
    const options = Object.fromEntries(chosen);
    return { model: this.model.id, task: "look", prompt: text, options };
  }

  clear() {
    this.data = this.charts = this.here = null;
    this.failure.replaceChildren();
    this.gates.replaceChildren();
    this.flow.replaceChildren();
    showState(this.state, "waiting", "◔", "asked");
  }

  /** @param {RunEvent} event */
  take(event) {
    showEvent(this.state, event);
    if (event.start) {
      this.source = sourceOf(event.start);
      this.text = event.start.recipe.prompt;
    }
    if (event.note) return this.drawer.readAs(this.text, event.note);
    if (event.look) {
      showState(this.state, ...this.source);
      this.#lay(read(event.look, this.drawer.page.letters));
    }
    if (event.fail) this.failure.append(...failure(event.fail, () => this.drawer.show()));
  }

  /**
   * Every piece as an element of its own, whose bar alone changes from then on.
   *
   * @param {Shares} data
   */
  #lay(data) {
    this.data = data;
    this.bars = data.pieces.map(() => -1);
    this.marks = data.pieces.map(({ text }) =>
      el("b", { class: text.startsWith("\n") && "n" }, text),
    );
    this.flow.replaceChildren(...this.marks);
    this.flow.setAttribute("aria-valuemax", String(this.drawer.page.letters.length));
    if (!data.gates) return;
    this.charts = new GateCharts(data, data.gates);
    this.gates.replaceChildren(...this.charts.elements);
  }

  // The cursor

  /**
   * The last letter of the piece that a mark stands for; undefined for a mark of others.
   *
   * @param {Element} mark
   */
  letterOf(mark) {
    const place = this.marks.findIndex((own) => own === mark);
    return this.data && place >= 0 ? this.data.pieces[place].end - 1 : undefined;
  }

  /**
   * Show what its model goes on at the cursor.
   *
   * @param {number[]} row
   * @param {number} most the share that has the longest bar
   */
  paint(row, most) {
    const { letters, at } = this.drawer.page;
    const bars = barsOf(row, most, this.marks.length);
    bars.forEach((bar, i) => {
      if (bar !== this.bars[i]) this.marks[i].style.setProperty("--bar", `${bar}px`);
    });
    this.bars = bars;
    this.here?.classList.remove("at");
    this.here = this.marks[row.length - 1];
    this.here.classList.add("at");
    this.flow.setAttribute("aria-valuenow", String(at + 1));
    this.flow.setAttribute("aria-valuetext", `letter ${at + 1}, ${visible(letters[at])}`);
    this.charts?.show(at);
  }
}

/**
 * A choice of each part that a model can be looked into; what is of a layer waits for one.
 *
 * @param {Control[]} controls
 * @param {() => unknown} chosen
 */
function choicesOf(controls, chosen) {
  const boxes = controls.map(({ name, label, high }) => {
    const parts = Array.from({ length: high ?? 0 }, (_, i) =>
      el("option", { value: i + 1 }, `${label} ${i + 1}`),
    );
    const all = el("option", { value: 0 }, `All ${label.toLowerCase()}s`);
    const settings = { class: "ghost", name, "aria-label": label, onchange: chosen };
    return el("select", settings, all, ...parts);
  });
  const [whole, ...within] = boxes;
  const hold = () => within.forEach((box) => (box.disabled = whole.value === "0"));
  whole?.addEventListener("change", hold);
  if (whole) hold();
  return boxes;
}
