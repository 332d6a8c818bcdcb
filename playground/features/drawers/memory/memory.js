// Memory: a made-up name comes three times in a text, and every model says how surprising each of
// its letters was. Below it stands what more context is worth, measured by an experiment in Claims.
import { runButton } from "../../../web/kit/buttons.js";
import { byId, el, ghost, when } from "../../../web/kit/dom.js";
import { choose } from "../../../web/kit/places.js";
import { run } from "../../../web/kit/runs.js";
import { table } from "../../../web/kit/table.js";
import { modelsHere, notHereYet, onOpened } from "../drawer_form.js";
import { MOST, TIMES, nameOf, scaleEnd, textWith } from "./memory_curve.js";
import { Reader } from "./memory_reader.js";

/** @import { Model } from "../../../web/kit/models.js" */

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  new Memory(root, models);
}

class Memory {
  /** @type {{ model: Model, box: HTMLInputElement }[]} */
  offered = [];
  /** @type {Reader[]} */
  readers = [];
  field = el("input", {
    id: "memory-name",
    type: "text",
    value: "ZORVANE",
    maxlength: MOST,
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    "aria-describedby": "memory-wrong",
    oninput: () => this.check(),
    onkeydown: (event) => event.key === "Enter" && this.#press(),
  });
  wrong = el("p", { class: "failure", id: "memory-wrong", "aria-live": "polite" });
  button = ghost("Read it", undefined, { class: "ghost memory-read" });
  boxes = el("fieldset", { class: "memory-models" }, el("legend", {}, "Who reads it"));
  text = el("p", { class: "memory-text", translate: "no" });
  cards = el("div", { class: "memory-cards" });
  table = el("div", { class: "table" });
  later = el("p", { class: "says" });
  said = el("p", { class: "memory-said", "aria-live": "polite" });

  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   */
  constructor(root, models) {
    this.models = models;
    this.reading = runButton(this.button, {
      start: () => this.#start(),
      busy: root,
      ended: () => this.#rest(),
    });
    root.append(
      this.#asking(),
      this.wrong,
      this.boxes,
      this.later,
      this.text,
      this.cards,
      this.said,
      el("details", { class: "details" }, el("summary", {}, "Table"), this.table),
      el(
        "p",
        { class: "says" },
        "Bits a letter of the name: 0 is sure of it; 6 is as bad as drawing blindly " +
          "from the 65 letters that the small models know. One text is one sample: try " +
          "other names. Large transformers repeat what came before (Olsson et al. " +
          "2022); whether these do is what you see here.",
      ),
    );
    repeatBelow(root.parentElement?.querySelector(".look-claim"));
    onOpened(root, () => this.offer());
    models.filter((model) => !model.hub).forEach((model, i) => this.#add(model, i < 2));
    this.offer();
    this.check();
    this.reading.go();
  }

  #asking() {
    const label = el("label", { for: "memory-name" }, "A name that nobody has read");
    return el("div", { class: "memory-ask" }, label, this.field, this.button);
  }

  // Asking

  /**
   * @param {Model} model
   * @param {boolean} ticked
   */
  #add(model, ticked) {
    const box = el("input", { type: "checkbox", value: model.id, checked: ticked });
    this.offered.push({ model, box });
    this.boxes.append(el("label", {}, box, model.name));
  }

  async offer() {
    const here = await modelsHere(this.models);
    const offered = this.offered.map(({ model }) => model);
    for (const model of here) if (!offered.includes(model)) this.#add(model, false);
    this.later.textContent = notHereYet(
      this.models,
      here,
      "Fetch one on a card at the top, and it can read along.",
    );
  }

  /**
   * The name in capitals; "" and a sentence while it cannot be used.
   *
   * @returns {string}
   */
  check() {
    const name = nameOf(this.field.value);
    this.wrong.textContent = name
      ? ""
      : `Write a name of 2 to ${MOST} letters from A to Z, without spaces.`;
    this.field.setAttribute("aria-invalid", String(!name));
    this.button.disabled = !name && !this.reading.isRunning();
    if (name) this.#lay(name);
    return name;
  }

  /**
   * The text with the name in its three places.
   *
   * @param {string} name
   */
  #lay(name) {
    const parts = textWith(name).split(name);
    this.text.replaceChildren(
      ...parts.flatMap((part, i) => (i < parts.length - 1 ? [part, el("mark", {}, name)] : [part])),
    );
  }

  #press() {
    if (this.reading.isRunning()) this.reading.stop();
    else this.reading.go();
  }

  /** What is to be read by whom; null, and why, while there is nothing. */
  #asked() {
    const name = this.check();
    const models = this.offered.filter(({ box }) => box.checked).map(({ model }) => model);
    if (name && models.length) return { name, models };
    if (name) this.said.textContent = "Tick a model that is to read it.";
    else this.field.focus();
    return null;
  }

  /** Read again, though others still read, unless there is nothing to read. */
  #again() {
    if (this.#asked()) this.reading.go();
  }

  #start() {
    const asked = this.#asked();
    if (!asked) return null;
    const { name, models } = asked;
    const [drawn, again] = [() => this.#scale(), () => this.#again()];
    const readers = models.map((model) => new Reader(model, name, drawn, again));
    this.readers = readers;
    this.cards.replaceChildren(...readers.map(({ element }) => element));
    this.table.replaceChildren();
    this.said.textContent = "";
    const requests = models.map(({ id }) => ({ model: id, task: "score", prompt: textWith(name) }));
    return run(requests, (i, event) => readers[i].take(event));
  }

  #rest() {
    this.check();
    const done = this.readers.filter(({ curve }) => curve.done);
    this.said.textContent = done.map((one) => one.sentence).join(" ");
    if (done.length) this.table.replaceChildren(figuresOf(done));
  }

  /** Bars of all models on one scale. */
  #scale() {
    const most = scaleEnd(this.readers.flatMap(({ curve }) => curve.known));
    this.readers.forEach((one) => one.size(most));
  }
}

/** @param {Reader[]} done */
function figuresOf(done) {
  const heads = [`Bits a letter of ${done[0].curve.name}`, ...TIMES];
  return table(
    heads,
    done.map(({ title, curve }) => [title, ...curve.bits.map((bits) => bits.toFixed(2))]),
  );
}

/**
 * Below what an experiment came to, a button that repeats it.
 *
 * @param {Element | null | undefined} section
 */
function repeatBelow(section) {
  if (!(section instanceof HTMLElement)) return;
  const id = section.dataset.claim;
  const measure = () => {
    choose("claims");
    when(
      () => document.getElementById(`claims-run-${id}`),
      (button) => {
        const claim = byId(`claim-${id}`, HTMLElement);
        claim.scrollIntoView();
        // While it is being measured a press would end that.
        if (!claim.querySelector("progress")) button.click();
        button.focus({ preventScroll: true });
      },
    );
  };
  const said =
    "In Claims this is measured again on this machine, with the time that is " +
    "left, N, intervals and Stop.";
  section.append(
    el("div", {}, ghost("Measure it here", measure), el("p", { class: "says" }, said)),
  );
}
