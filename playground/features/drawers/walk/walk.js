// A walk from one picture to another: every family's way between the same two ends, one below the
// other, and one slider for all of them.
import { LIVE, at, card as kitCard, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { isStill, say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { DIGITS, askedConcept, captionOf } from "../drawer_form.js";

const FRAMES = 8;
const MOMENT = 240; // milliseconds a frame, when played
const IDLE = "Walk";

const REPLAYED = ["replayed", "↻", "replayed"]; // short: five stand side by side

export function build(root, models) {
  new Walk(root, models);
}

class Walk {
  constructor(root, models) {
    this.root = root;
    this.models = models;
    this.COLOURS = this.choices("ink") ?? [];

    this.running = null;
    this.timer = null;
    this.place = 0;
    this.walked = null; // the two ends of what is shown

    const asked = askedConcept();
    this.from = this.end("from", "From", asked);
    this.to = this.end("to", "To", { ...asked, seed: (asked.seed || 0) + 1 });
    this.begin = ghost(IDLE, () => (this.running ? this.running.stop() : this.start()), {
      class: "ghost walk-begin",
    });
    this.failure = el("div", { "aria-live": "polite" });
    this.slider = el("input", {
      type: "range",
      class: "walk-slider",
      min: 0,
      max: FRAMES - 1,
      step: 1,
      value: 0,
      disabled: true,
      "aria-label": "Place on the way",
      oninput: () => this.visit(+this.slider.value),
    });
    this.words = el("p", { class: "walk-words" }, `Press “${IDLE}”: then move the slider.`);
    this.player = ghost("Show all", this.wind.bind(this), {
      disabled: true,
      hidden: isStill(),
      class: "ghost walk-player",
    });
    this.rows = this.models.map(this.row.bind(this));

    this.root.classList.add("walk");
    this.root.append(
      el("div", { class: "walk-ends" }, this.from.element, this.to.element),
      el(
        "div",
        { class: "walk-ask" },
        this.begin,
        ghost("As in the form above", this.fill.bind(this)),
        ghost("Another seed", () =>
          this.to.set({ ...this.from.get(), seed: this.from.get().seed + 1 }),
        ),
        this.COLOURS.length
          ? ghost("Another digit", () =>
              this.to.set({ ...this.from.get(), digit: (this.from.get().digit + 1) % 10 }),
            )
          : null,
        this.COLOURS.length
          ? ghost("Colours swapped", () =>
              this.to.set({
                ...this.from.get(),
                ink: this.from.get().paper,
                paper: this.from.get().ink,
              }),
            )
          : null,
      ),
      this.failure,
      el("div", { class: "walk-bar" }, this.slider, this.player, this.words),
      el("div", { class: "walk-rows" }, ...this.rows.map(({ card }) => card.element)),
      el("p", { class: "says walk-seed" }, seedsExplained()),
    );

    this.root.addEventListener("keydown", (event) => {
      const { key, target } = event;
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        target.matches("select, input[type=number]") ||
        this.slider.disabled
      ) {
        return;
      }
      if (key === "[") this.visit(this.place - 1);
      else if (key === "]") this.visit(this.place + 1);
      else if (key === " " && !target.closest("button") && !this.player.disabled) this.wind();
      else return;
      event.preventDefault();
    });
  }

  // The two ends

  end(name, title, values) {
    const numbers = DIGITS.map((_, digit) => [digit, digit]);
    const colours = this.COLOURS.map((colour) => [colour, colour]);
    const seed = el("input", {
      id: `walk-${name}-seed`,
      type: "number",
      min: 0,
      max: 2 ** 32 - 1,
      step: 1,
      inputmode: "numeric",
    });
    const fields = {
      digit: select(`walk-${name}-digit`, numbers),
      ink: select(`walk-${name}-ink`, colours),
      paper: select(`walk-${name}-paper`, colours),
    };
    const labelled = this.COLOURS.length ? Object.entries(fields) : [];
    const element = el(
      "fieldset",
      { class: "walk-end" },
      el("legend", {}, title),
      field("seed", seed),
      ...labelled.map(([label, control]) => field(label, control)),
    );
    const set = (wanted) => {
      seed.value = wanted.seed;
      for (const [key, control] of Object.entries(fields)) control.value = wanted[key];
    };
    const get = () => ({
      seed: seed.value.trim() === "" ? NaN : Number(seed.value),
      digit: Number(fields.digit.value),
      ink: fields.ink.value,
      paper: fields.paper.value,
    });
    set(values);
    return { element, set, get, seed };
  }

  fill() {
    const now = askedConcept();
    this.from.set(now);
    this.to.set({ ...now, seed: now.seed + 1 });
  }

  /** What is wrong with the two ends, in a sentence; null for nothing. */
  wrong(ends) {
    for (const { seed, ink, paper } of ends) {
      if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
        return `A seed is a whole number from 0 to ${2 ** 32 - 1}.`;
      }
      if (this.COLOURS.length && ink === paper) {
        return `A ${ink} digit on ${paper} paper cannot be seen: choose two different colours.`;
      }
    }
    return null;
  }

  // Walking

  start() {
    const ends = [this.from.get(), this.to.get()];
    const sentence = this.wrong(ends);
    if (sentence) return this.failure.replaceChildren(el("p", { class: "failure" }, sentence));
    this.halt();
    [this.walked, this.place] = [ends, 0];
    this.failure.replaceChildren();
    this.rows.forEach((one) => one.clear());
    this.slider.disabled = this.player.disabled = true;
    this.words.textContent = "Each draws all pictures on its way …";
    this.begin.textContent = "Stop";
    this.root.setAttribute("aria-busy", "true");
    this.running = run(
      this.models.map((model) => request(model, ends)),
      (i, event) => this.rows[i].take(event),
    );
    this.running.done.then(this.ended.bind(this));
  }

  ended() {
    this.running = null;
    this.begin.textContent = IDLE;
    this.root.removeAttribute("aria-busy");
    const whole = this.rows.filter((one) => one.whole()).length;
    if (!this.rows.some((one) => one.drawn())) this.words.textContent = "There is nothing to show.";
    say(`Walk: ${whole} of ${this.rows.length} families finished, ${FRAMES} pictures each.`);
  }

  row(model) {
    return new Row(this, model);
  }

  // The slider

  visit(index) {
    this.halt();
    this.show(index);
  }

  show(index) {
    this.place = Math.max(0, Math.min(FRAMES - 1, index));
    this.slider.value = this.place;
    this.words.textContent = capital(this.where(this.place));
    this.slider.setAttribute("aria-valuetext", this.where(this.place));
    this.rows.forEach((one) => one.shown(this.place));
  }

  /** Once from one end to the other. */
  wind() {
    if (this.timer) return this.halt();
    if (this.place >= FRAMES - 1) this.show(0);
    this.player.textContent = "Pause";
    this.timer = setInterval(() => {
      this.show(this.place + 1);
      if (this.place >= FRAMES - 1) this.halt();
    }, MOMENT);
  }

  halt() {
    clearInterval(this.timer);
    this.timer = null;
    this.player.textContent = "Show all";
  }

  // Words

  where(index) {
    const percent = Math.round((100 * index) / (FRAMES - 1));
    const [first, last] = this.walked.map(this.saying.bind(this));
    if (index === 0) return `picture 1 of ${FRAMES}: ${first}`;
    if (index === FRAMES - 1) return `picture ${FRAMES} of ${FRAMES}: ${last}`;
    return (
      `picture ${index + 1} of ${FRAMES}: ${percent}\u2009% of the way from ` +
      `${first}, to ${last}`
    );
  }

  saying(one) {
    return this.COLOURS.length
      ? `${one.ink} ${one.digit} on ${one.paper}, seed ${one.seed}`
      : `seed ${one.seed}`;
  }

  // Small parts

  choices(name) {
    return this.models.flatMap(({ controls }) => controls).find((control) => control.name === name)
      ?.choices;
  }
}

/** A recipe of what a model declares it can be told, and no more. */
function request(model, [first, last]) {
  const own = new Set(model.controls.map(({ name }) => name));
  const inputs = new Set(model.inputs.walk.map(({ name }) => name));
  const options = { frames: FRAMES, to_seed: last.seed };
  for (const name of ["digit", "ink", "paper"]) {
    if (own.has(name)) options[name] = first[name];
    if (inputs.has(`to_${name}`)) options[`to_${name}`] = last[name];
  }
  if (inputs.has("to_prompt")) options.to_prompt = captionOf(last);
  return {
    model: model.id,
    task: "walk",
    prompt: model.can.includes("prompt") ? captionOf(first) : "",
    options,
    seed: first.seed,
  };
}

/** What a family does with its seed. */
function seedOf(family, numbers = "") {
  const many = numbers ? `${numbers} numbers` : "a row of numbers";
  if (family === "gan") {
    return (
      `Its seed draws ${many}, and one pass of the network makes them a picture. ` +
      "Digit and colours are told beside them."
    );
  }
  if (family === "vae") {
    return (
      `Its seed draws ${many}: a code such as its other half makes of pictures. ` +
      "Digit and colours are told beside it."
    );
  }
  if (family === "diffusion") {
    return (
      "Its seed draws a whole picture of noise, " +
      `${numbers ? many : "small but full of numbers"}, to be cleaned step by ` +
      "step. The words are told at every step."
    );
  }
  return `Its seed draws ${many}.`;
}

function seedsExplained() {
  return (
    "“Same seed” holds within a family: the same seed and the same request give " +
    "the same picture, to the last dot. Across families it says little. The list " +
    "of random numbers does begin alike for all, but each takes as many as it " +
    "needs and has taught itself what they mean: number 5 may be slant to one " +
    "and thickness to another. So equal seeds make no equal pictures."
  );
}

function select(id, options) {
  return el(
    "select",
    { id },
    ...options.map(([value, words]) => el("option", { value }, String(words))),
  );
}

function field(label, control) {
  return el("label", { for: control.id }, el("span", {}, label), control);
}

function capital(words) {
  return words[0].toUpperCase() + words.slice(1);
}

class Row {
  constructor(drawer, model) {
    this.drawer = drawer;
    this.model = model;
    this.card = kitCard(this.model.family, this.model.name);
    this.large = el("span", { class: "tile walk-large" });
    this.image = el("img", { decoding: "sync" });
    this.strip = el("div", { class: "walk-strip" });
    this.about = el("p", { class: "says walk-about" }, seedOf(this.model.family));
    this.trouble = el("p", { class: "failure walk-failure" });
    this.card.element.classList.add("walk-row");
    this.card.stage.append(this.large, el("div", {}, this.about, this.trouble), this.strip);
    [this.tiles, this.done, this.source] = [[], false, LIVE];
    this.reserve();
  }

  take(event) {
    if (this.done) return; // whatever becomes of the others
    showEvent(this.card.state, event);
    if (event.start) this.source = event.start.replayed ? REPLAYED : LIVE;
    if (event.frame) this.draw(event.frame);
    if (event.fail) {
      this.trouble.textContent = event.fail.again
        ? `${event.fail.sentence} Press “${IDLE}” to try again.`
        : event.fail.sentence;
    }
  }

  draw(frame) {
    const [, numbers] = /([\d ×]+) numbers a seed/.exec(frame.label) ?? [];
    if (numbers) {
      this.about.textContent = seedOf(this.model.family, numbers.replaceAll(" ", "\u00a0"));
    }
    [this.tiles, this.done] = [frame.tiles, frame.last];
    showState(
      this.card.state,
      ...(this.done ? this.source : at(this.source, frame.label.split(" · ")[0])),
    );
    this.strip.replaceChildren(...this.tiles.map(this.thumbnail.bind(this)));
    this.drawer.slider.disabled = false;
    this.drawer.player.disabled = false;
    this.drawer.show(this.drawer.place);
  }

  thumbnail(source, index) {
    const picture = el("img", {
      src: source,
      alt: `${this.model.name}, ${this.drawer.where(index)}`,
      decoding: "sync",
    });
    return el(
      "button",
      { type: "button", class: "tile", tabindex: -1, onclick: () => this.drawer.visit(index) },
      picture,
    );
  }

  reserve() {
    this.strip.replaceChildren(
      ...Array.from({ length: FRAMES }, () => el("span", { class: "tile", "aria-hidden": "true" })),
    );
    this.large.replaceChildren();
  }

  shown(index) {
    if (!this.tiles[index]) return;
    [this.image.src, this.image.alt] = [
      this.tiles[index],
      `${this.model.name}, ${this.drawer.where(index)}`,
    ];
    if (this.image.parentNode !== this.large) this.large.replaceChildren(this.image);
    [...this.strip.children].forEach((tile, i) => tile.classList.toggle("at", i === index));
  }

  clear() {
    [this.tiles, this.done] = [[], false];
    this.trouble.textContent = "";
    showState(this.card.state, "waiting", "◔", "in line");
    this.reserve();
  }

  drawn() {
    return this.tiles.length > 0;
  }

  whole() {
    return this.done;
  }
}
