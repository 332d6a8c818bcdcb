// Memory: a made-up name comes three times in a text, and every model says how surprising each of
// its letters was. Below it stands what more context is worth, measured by an experiment in Claims.
import { pressUnlessRunning } from "../../../web/kit/buttons.js";
import { card, letter as kitLetter, showEvent } from "../../../web/kit/card_parts.js";
import { el, ghost, when } from "../../../web/kit/dom.js";
import { choose } from "../../../web/kit/places.js";
import { run as kitRun } from "../../../web/kit/runs.js";
import { surpriseBits } from "../../../web/kit/surprise.js";
import { modelsHere } from "../drawer_form.js";

const MOST = 12; // letters of a name
const TIMES = ["1st time", "2nd time", "3rd time"];

export function build(root, models) {
  new Memory(root, models);
}

class Memory {
  constructor(root, models) {
    this.root = root;
    this.models = models;
    this.CLAIM = this.root.parentElement.querySelector(".look-claim");

    this.page = { running: null, asked: 0, cards: [] };
    this.offered = [];

    this.field = el("input", {
      id: "memory-name",
      type: "text",
      value: "ZORVANE",
      maxlength: MOST,
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      oninput: this.check.bind(this),
      onkeydown: (event) => event.key === "Enter" && this.press(),
    });
    this.wrong = el("p", { class: "failure", id: "memory-wrong", "aria-live": "polite" });
    this.button = ghost("Read it", this.press.bind(this), { class: "ghost memory-read" });
    this.boxes = el("fieldset", { class: "memory-models" }, el("legend", {}, "Who reads it"));
    this.text = el("p", { class: "memory-text" });
    this.cards = el("div", { class: "memory-cards" });
    this.table = el("div", { class: "table" });
    this.later = el("p", { class: "says" });
    this.said = el("p", { class: "memory-said", "aria-live": "polite" });

    this.root.append(
      el(
        "div",
        { class: "memory-ask" },
        el("label", { for: "memory-name" }, "A name that nobody has read"),
        this.field,
        this.button,
      ),
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
    this.field.setAttribute("aria-describedby", "memory-wrong");
    if (this.CLAIM) this.CLAIM.append(this.repeating());
    this.root
      .closest("details")
      .addEventListener("toggle", (event) => event.target.open && this.offer());
    this.models.filter((model) => !model.hub).forEach((model, i) => this.add(model, i < 2));
    this.offer();
    this.check();
    this.read();
  }

  // Asking

  add(model, ticked) {
    this.offered.push(model);
    const box = el("input", { type: "checkbox", value: model.id, checked: ticked });
    this.boxes.append(el("label", {}, box, model.name));
  }

  async offer() {
    const here = await modelsHere(this.models);
    here
      .filter((model) => !this.offered.includes(model))
      .forEach((model) => this.add(model, false));
    const missing = this.models.filter((model) => !here.includes(model)).map(({ name }) => name);
    this.later.textContent = missing.length
      ? `Not here yet: ${missing.join(", ")}. Fetch one on a card at the top, and it ` +
        "can read along."
      : "";
  }

  /** The name in capitals; "" and a sentence while it cannot be used. */
  check() {
    const name = this.field.value.trim().toUpperCase();
    const fits = /^[A-Z]{2,12}$/.test(name);
    this.wrong.textContent = fits
      ? ""
      : `Write a name of 2 to ${MOST} letters from A to Z, without spaces.`;
    this.field.setAttribute("aria-invalid", String(!fits));
    this.button.disabled = !fits && !this.page.running;
    if (fits) this.lay(name);
    return fits ? name : "";
  }

  /** The text with the name in its three places. */
  lay(name) {
    const parts = words(name).split(name);
    this.text.replaceChildren(
      ...parts.flatMap((part, i) => (i < parts.length - 1 ? [part, el("mark", {}, name)] : [part])),
    );
  }

  press() {
    if (this.page.running) this.page.running.stop();
    else this.read();
  }

  read() {
    const name = this.check();
    const ids = [...this.boxes.querySelectorAll("input:checked")].map(({ value }) => value);
    if (!name) return this.field.focus();
    if (!ids.length) return (this.said.textContent = "Tick a model that is to read it.");
    const number = (this.page.asked += 1);
    this.page.cards = ids.map((id) =>
      this.card(
        this.offered.find((model) => model.id === id),
        name,
      ),
    );
    this.cards.replaceChildren(...this.page.cards.map(({ element }) => element));
    this.table.replaceChildren();
    this.said.textContent = "";
    this.button.textContent = "Stop";
    this.root.setAttribute("aria-busy", "true");
    const requests = ids.map((model) => ({ model, task: "score", prompt: words(name) }));
    this.page.running = kitRun(
      requests,
      (i, event) => number === this.page.asked && this.page.cards[i].take(event),
    );
    this.page.running.done.then(() => number === this.page.asked && this.rest(name));
  }

  rest(name) {
    this.page.running = null;
    this.button.textContent = "Read it";
    this.root.removeAttribute("aria-busy");
    this.check();
    const done = this.page.cards.filter((one) => one.done());
    this.said.textContent = done.map((one) => one.sentence()).join(" ");
    if (done.length) this.table.replaceChildren(figures(done, name));
  }

  // One model

  card(model, name) {
    return new Reader(this, model, name);
  }

  scale() {
    const most = Math.max(
      1,
      Math.ceil(Math.max(...this.page.cards.flatMap((one) => one.known()), 0)),
    );
    this.page.cards.forEach((one) => one.size(most));
  }

  // The experiment

  repeating() {
    const id = this.CLAIM.dataset.claim;
    const measure = () => {
      choose("claims");
      when(
        () => document.getElementById(`claims-run-${id}`),
        (run) => {
          document.getElementById(`claim-${id}`).scrollIntoView();
          pressUnlessRunning(run);
          run.focus({ preventScroll: true });
        },
      );
    };
    const said =
      "In Claims this is measured again on this machine, with the time that is " +
      "left, N, intervals and Stop.";
    return el("div", {}, ghost("Measure it here", measure), el("p", { class: "says" }, said));
  }
}

const words = (name) =>
  `MARTIN:\nWho comes so late?\n\n${name}:\nA friend that means no ` +
  `harm.\n\nMARTIN:\nThen sit you by the fire.\n\n${name}:\nI thank you, ` +
  `sir.\n\nMARTIN:\nWhat news?\n\n${name}:\n`;

function figures(done, name) {
  const head = el(
    "tr",
    {},
    ...["Bits a letter of " + name, ...TIMES].map((cell) => el("th", { scope: "col" }, cell)),
  );
  const rows = done.map((one) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, one.name),
      ...one.bits().map((bits) => el("td", {}, bits.toFixed(2))),
    ),
  );
  return el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows));
}

class Reader {
  constructor(drawer, model, name) {
    this.drawer = drawer;
    this.model = model;
    this.word = name;
    ({
      element: this.element,
      state: this.state,
      stage: this.stage,
    } = card(this.model.family, this.model.name));
    this.pieces = []; // [where it begins, event of a letter]
    this.letters = 0;
    this.whole = words(this.word);
    this.places = [...this.whole.matchAll(new RegExp(this.word, "g"))].map(({ index }) => index);
    this.rows = TIMES.map((time) => {
      const shown = el("span", { class: "memory-letters" }, el("span", { class: "hint" }, "…"));
      const figure = el("output", {});
      const bar = el("i", {});
      return {
        shown,
        figure,
        bar,
        element: el(
          "div",
          { class: "memory-row" },
          el("span", {}, time),
          shown,
          figure,
          el("span", { class: "memory-track" }, bar),
        ),
      };
    });
    this.axis = el(
      "p",
      { class: "memory-axis", "aria-hidden": "true" },
      el("span", {}, "0"),
      el("span", {}, ""),
    );
    this.sum = el("p", { class: "memory-sum" });
    this.stage.append(...this.rows.map((row) => row.element), this.axis, this.sum);
    this.element.classList.add("memory-card");
    this.name = model.name;
  }

  /** Bits a letter of the name, each time; of a piece that lies across its edge, a part. */
  bits() {
    return this.places.map((start) => {
      const end = start + this.word.length;
      const own = this.pieces.map(([at, [piece, probability]]) => {
        const inside = Math.max(0, Math.min(end, at + piece.length) - Math.max(start, at));
        return inside ? (surpriseBits(probability) * inside) / piece.length : 0;
      });
      return own.reduce((total, one) => total + one, 0) / this.word.length;
    });
  }

  take(event) {
    showEvent(this.state, event);
    if (event.fail) {
      this.stage.replaceChildren(
        el("p", { class: "failure" }, event.fail.sentence),
        event.fail.again ? ghost("Try again", this.drawer.read.bind(this.drawer)) : "",
      );
    }
    for (const letter of event.letters ?? []) {
      this.pieces.push([this.letters, letter]);
      this.letters += letter[0].length;
    }
    if (event.letters) this.draw();
  }

  draw() {
    const all = this.bits();
    this.rows.forEach((row, time) => {
      const [start, end] = [this.places[time], this.places[time] + this.word.length];
      if (this.letters < end) return;
      const own = this.pieces.filter(([at, [piece]]) => at < end && at + piece.length > start);
      row.shown.replaceChildren(...own.map(([, letter]) => kitLetter(letter)));
      row.figure.textContent = `${all[time].toFixed(1)} bits a letter`;
    });
    this.drawer.scale();
    if (this.done()) this.sum.textContent = this.sentence();
  }

  done() {
    return this.letters === this.whole.length;
  }

  known() {
    return this.bits().filter((_, time) => this.letters >= this.places[time] + this.word.length);
  }

  sentence() {
    const [first, , third] = this.bits();
    const change = third / first;
    const verdict =
      change <= 0.5
        ? "It has taken the name in."
        : change <= 0.85
          ? "Some of it has stuck."
          : change < 1.15
            ? "Next to nothing of it has stuck."
            : "It is more surprised than before.";
    return (
      `${this.model.name}: ${first.toFixed(1)} bits a letter the first time, ` +
      `${third.toFixed(1)} the third. ${verdict}`
    );
  }

  /** Bars of all models on one scale. */
  size(most) {
    const all = this.known();
    this.rows.forEach((row, time) =>
      row.bar.style.setProperty(
        "width",
        `${all[time] === undefined ? 0 : (100 * all[time]) / most}%`,
      ),
    );
    this.axis.lastChild.textContent = `${most} bits a letter`;
  }
}
