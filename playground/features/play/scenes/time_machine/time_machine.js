// One slider for all models: what each could do after 1, 2, 4, 8 … steps of its training.
// Everything that was kept is in two parts of the page, so the slider asks nobody.
import { runButton } from "../../../../web/kit/buttons.js";
import { card as kitCard, heading } from "../../../../web/kit/card_parts.js";
import { el, ghost } from "../../../../web/kit/dom.js";
import { pack } from "../../../../web/kit/pack.js";
import { isStill, say } from "../../../../web/kit/page_state.js";
import { pictureButton, tellOf } from "../../../../web/kit/picture_viewer.js";
import { describe } from "./learning_stages.js";

/**
 * @import { Recipe } from "../../../../web/kit/events.js"
 * @import { Moment } from "./learning_stages.js"
 */

/**
 * What was kept of a model, see `time_machine.py`: where it draws, `sheet` is the address of a
 * picture with a row of `across` pictures for each moment.
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} family
 * @property {string} name
 * @property {string} world
 * @property {string} about
 * @property {Moment[]} moments
 * @property {number} [across]
 * @property {string} [sheet]
 * @property {Asked[]} [asked] for each picture of a row
 */

/**
 * What a picture was asked for; with this recipe the finished model draws that of the last row.
 *
 * @typedef {{ words: string, recipe: Recipe, key: string, place: number }} Asked
 */

/**
 * A model's card; `turn` shows what was kept at a place of its way.
 *
 * @typedef {{ element: HTMLElement, model: Model, turn: (place: number) => void }} LearnerCard
 */

const SECONDS = 4; // from noise to grown up
const PX = 32;

/** @param {HTMLElement} root */
export async function build(root) {
  try {
    /** @type {{ models: Model[] }} */
    const { models } = await pack("childhoods");
    root.hidden = !models.length;
    if (models.length) new TimeMachine(root, models, await Promise.all(models.map(makeCard)));
  } catch (error) {
    root.append(
      heading("Watch them learn: from noise to now", "What every model could do while it learnt."),
      el("p", { class: "failure", role: "alert" }, error instanceof Error && error.message),
    );
  }
}

class TimeMachine {
  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   * @param {LearnerCard[]} cards
   */
  constructor(root, models, cards) {
    this.cards = cards;
    /** @type {LearnerCard[] | null} */
    this.others = null; // the cards of the emoji models, once somebody has asked for them
    this.longest = Math.max(...models.map((model) => model.moments.length));
    this.slider = el("input", {
      type: "range",
      id: "childhoods-slider",
      min: 0,
      max: this.longest - 1,
      step: 1,
      value: 0,
      "aria-label": "Share of the training",
    });
    this.caption = el("p", { class: "childhoods-caption" });
    this.toggle = ghost("Emoji models too", () => this.showOthers(), {
      id: "childhoods-emoji",
      "aria-pressed": "false",
    });
    this.rows = el("div", { class: "childhoods-rows" });
    this.rows.append(...this.cards.map((card) => card.element));
    const button = ghost("Play", undefined, { id: "childhoods-play" });
    this.playing = runButton(button, { start: () => this.run() });

    const title = "Watch them learn: from noise to now";
    const line =
      "Every model begins with random weights. Drag to see what it could do after " +
      "its first steps, and what it can do now.";
    root.append(heading(title, line), this.winder(button), this.rows, this.foot());
    this.slider.addEventListener("input", () => {
      this.playing.stop();
      this.show();
    });
    this.show();
  }

  /** @param {HTMLElement} button */
  winder(button) {
    return el(
      "div",
      { class: "childhoods-winder" },
      button,
      el("span", { "aria-hidden": "true" }, "0 s"),
      this.slider,
      el("span", { "aria-hidden": "true" }, "the end"),
      this.caption,
    );
  }

  foot() {
    const words =
      "Kept after 1, 2, 4, 8 … steps, always with the same seeds. A GAN’s loss is " +
      "the score of a contest and need not fall, so the line at the top leaves it " +
      "out.";
    return el("div", { class: "childhoods-foot" }, this.toggle, el("p", { class: "says" }, words));
  }

  /** Show of every model what it made at the slider's place. */
  show() {
    const at = Number(this.slider.value);
    const share = at / Number(this.slider.max) || 0; // a single snapshot has no way to go
    const moments = this.cards.map((card) => turn(card, share));
    const { stage, when, way } = describe(moments);
    this.caption.replaceChildren(el("strong", {}, stage), ` ${when}${way}`);
    const words = `${stage}. ${when} Snapshot ${at + 1} of ${this.longest}.`;
    this.slider.setAttribute("aria-valuetext", words);
  }

  /** Run from noise to grown up; who wants no motion is shown the end. */
  run() {
    this.slider.value = isStill() ? this.slider.max : "0";
    this.show();
    if (!isStill() && this.longest > 1) return this.play();
    say(this.caption.textContent);
    return null;
  }

  play() {
    let stop = () => {};
    const done = new Promise((resolve) => {
      const step = () => {
        this.slider.value = String(Number(this.slider.value) + 1);
        this.show();
        if (this.slider.value !== this.slider.max) return;
        stop();
        say(this.caption.textContent);
      };
      const timer = setInterval(step, (SECONDS * 1000) / (this.longest - 1));
      stop = () => {
        clearInterval(timer);
        resolve(null);
      };
    });
    return { done, stop };
  }

  /** Let the models of the other world join, or leave. */
  async showOthers() {
    const others = this.others ?? (await this.fetchOthers());
    const on = this.toggle.getAttribute("aria-pressed") !== "true";
    this.toggle.setAttribute("aria-pressed", String(on));
    this.cards = on
      ? [...this.cards, ...others]
      : this.cards.filter((card) => !others.includes(card));
    this.rows.replaceChildren(...this.cards.map((card) => card.element));
    this.show();
  }

  async fetchOthers() {
    this.toggle.disabled = true;
    this.others = await pack("childhoods_emoji").then(
      (/** @type {{ models: Model[] }} */ part) => Promise.all(part.models.map(makeCard)),
      () => [],
    );
    this.toggle.disabled = false;
    this.toggle.hidden = !this.others.length;
    this.toggle.focus();
    return this.others;
  }
}

/**
 * A model's card, with its sheet of pictures read.
 *
 * @param {Model} model
 * @returns {Promise<LearnerCard>}
 */
async function makeCard(model) {
  const { element, state, stage } = kitCard(model.family, model.name, model.about);
  state.textContent = model.world;
  const figures = el("p", { class: "figures" });
  element.dataset.model = model.id;
  element.append(figures);
  element.classList.add(model.sheet ? "childhoods-pictures" : "childhoods-text");
  const show = model.sheet ? await drawn(model, model.sheet, stage) : written(model, stage);
  const turnTo = (/** @type {number} */ place) => {
    figures.textContent = model.moments[place].facts;
    show(place);
  };
  return { element, model, turn: turnTo };
}

/**
 * The text of a writer; what is returned shows that of one moment.
 *
 * @param {Model} model
 * @param {HTMLElement} stage
 */
function written(model, stage) {
  const text = el("pre", { tabindex: "0", translate: "no" });
  stage.append(text);
  return (/** @type {number} */ place) => {
    text.textContent = model.moments[place].text ?? "";
  };
}

/**
 * The row of pictures of a model that draws; what is returned shows those of one moment.
 *
 * @param {Model} model
 * @param {string} address of its sheet
 * @param {HTMLElement} stage
 */
async function drawn(model, address, stage) {
  const canvases = Array.from({ length: model.across ?? 0 }, () =>
    el("canvas", { width: PX, height: PX, role: "img" }),
  );
  // One stop for the keyboard: the others are reached from there, also those that have no room.
  const buttons = canvases.map((canvas, i) => pictureButton(canvas, {}, { tabindex: i && -1 }));
  const tiles = buttons.map((button) => el("span", { class: "tile" }, button));
  const row = el("div", { class: "childhoods-tiles", role: "group" }, ...tiles);
  stage.append(row);
  const sheet = new Image();
  sheet.src = address;
  await sheet.decode();
  return (/** @type {number} */ place) => {
    const { time } = model.moments[place];
    const words = `${canvases.length} pictures by ${model.name} after ${time} of training`;
    row.setAttribute("aria-label", words);
    canvases.forEach((canvas, i) => {
      canvas.getContext("2d")?.drawImage(sheet, i * PX, place * PX, PX, PX, 0, 0, PX, PX);
      canvas.setAttribute("aria-label", pictureWords(model, place, i));
      tellOf(buttons[i], aboutOf(model, place, i));
    });
  };
}

/**
 * @param {Model} model
 * @param {number} place the moment
 * @param {number} i which picture of its row
 */
function pictureWords({ asked, moments, name }, place, i) {
  return [asked?.[i]?.words, name, `after ${moments[place].time}`].filter(Boolean).join(" · ");
}

/**
 * What is known of a picture. Only the finished model is here to draw it anew, by its recipe.
 *
 * @param {Model} model
 * @param {number} place the moment
 * @param {number} i which picture of its row
 */
function aboutOf({ asked, moments }, place, i) {
  const own = asked?.[i];
  if (!own) return { facts: moments[place].facts };
  const facts = `${moments[place].facts} · seed ${own.recipe.seed}`;
  const finished = place === moments.length - 1;
  return finished ? { facts, recipe: own.recipe, key: own.key, place: own.place } : { facts };
}

/**
 * Turn one card to a share of its way from 0, noise, to 1, grown up.
 *
 * @param {LearnerCard} card
 * @param {number} share
 */
function turn({ model, turn: show }, share) {
  const place = Math.round(share * (model.moments.length - 1));
  show(place);
  return model.moments[place];
}
