// One slider, five childhoods: what every model could do after 1, 2, 4, 8 … steps of its training.
// Everything that was kept is in two parts of the page, so the slider asks nobody.
import { card as kitCard, heading } from "../../../../web/kit/card_parts.js";
import { el, ghost } from "../../../../web/kit/dom.js";
import { pack } from "../../../../web/kit/pack.js";
import { isStill, say } from "../../../../web/kit/page_state.js";

const SECONDS = 4; // from noise to grown up
const PX = 32;
const NUMBERS = ["no", "one", "two", "three", "four", "five"];
const STAGES = [
  [0.02, "Noise"],
  [0.5, "First traces"],
  [0.9, "Rough"],
  [1, "Nearly there"],
];

export async function build(root) {
  try {
    const { models } = await pack("childhoods");
    root.hidden = !models.length;
    if (models.length) new TimeMachine(root, models, await Promise.all(models.map(makeCard)));
  } catch (error) {
    root.append(
      heading("Childhoods", "What every model could do while it learnt."),
      el("p", { class: "failure", role: "alert" }, error.message),
    );
  }
}

class TimeMachine {
  constructor(root, models, cards) {
    this.cards = cards;
    this.timer = null;
    this.others = null; // the cards of the emoji models, once somebody has asked for them

    this.longest = Math.max(...models.map((model) => model.moments.length));
    const families = new Set(models.map((model) => model.family)).size;
    this.button = ghost("Play", this.run.bind(this), { id: "childhoods-play" });
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
    this.toggle = ghost("Emoji models too", this.showOthers.bind(this), {
      id: "childhoods-emoji",
      "aria-pressed": "false",
    });
    this.rows = el("div", { class: "childhoods-rows" });
    this.rows.append(...this.cards.map((card) => card.element));

    root.append(
      heading(
        `One slider, ${NUMBERS[families]} childhoods`,
        "Every model begins with random weights. Drag to see what it could do after " +
          "its first steps, and what it can do now.",
      ),
      el(
        "div",
        { class: "childhoods-winder" },
        this.button,
        el("span", { "aria-hidden": "true" }, "0 s"),
        this.slider,
        el("span", { "aria-hidden": "true" }, "the end"),
        this.caption,
      ),
      this.rows,
      el(
        "div",
        { class: "childhoods-foot" },
        this.toggle,
        el(
          "p",
          { class: "says" },
          "Kept after 1, 2, 4, 8 … steps, always with the same seeds. A GAN’s loss is " +
            "the score of a contest and need not fall, so the line at the top leaves it " +
            "out.",
        ),
      ),
    );
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show();
    });
    this.show();
  }

  /** Show of every model what it made at the slider's place. */
  show() {
    const share = this.slider.value / this.slider.max || 0; // a single snapshot has no way to go
    const moments = this.cards.map((card) => turn(card, share));
    const [stage, when, way] = describe(moments);
    this.caption.replaceChildren(el("strong", {}, stage), ` ${when}${way}`);
    this.slider.setAttribute(
      "aria-valuetext",
      `${stage}. ${when} Snapshot ${+this.slider.value + 1} of ${this.longest}.`,
    );
  }

  /** Run from noise to grown up, or stop; who wants no motion is shown the end. */
  run() {
    if (this.timer) return this.stop();
    this.slider.value = isStill() ? this.slider.max : 0;
    this.show();
    if (isStill() || this.longest < 2) return this.ended();
    this.button.textContent = "Stop";
    this.timer = setInterval(this.step.bind(this), (SECONDS * 1000) / (this.longest - 1));
  }

  step() {
    this.slider.value = +this.slider.value + 1;
    this.show();
    if (this.slider.value !== this.slider.max) return;
    this.stop();
    this.ended();
  }

  ended() {
    say(this.caption.textContent);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.button.textContent = "Play";
  }

  /** Let the models of the other world join, or leave. */
  async showOthers() {
    if (!this.others) {
      this.toggle.disabled = true;
      this.others = await pack("childhoods_emoji").then(
        (part) => Promise.all(part.models.map(makeCard)),
        () => [],
      );
      this.toggle.disabled = false;
      this.toggle.hidden = !this.others.length;
      this.toggle.focus();
    }
    const on = this.toggle.getAttribute("aria-pressed") !== "true";
    this.toggle.setAttribute("aria-pressed", String(on));
    this.cards = on
      ? [...this.cards, ...this.others]
      : this.cards.filter((card) => !this.others.includes(card));
    this.rows.replaceChildren(...this.cards.map((card) => card.element));
    this.show();
  }
}

/** A model's card, with its sheet of pictures read. */
async function makeCard(model) {
  const { element, state, stage } = kitCard(model.family, model.name, model.about);
  state.textContent = model.world;
  const figures = el("p", { class: "figures" });
  const card = { model, element, figures };
  element.dataset.model = model.id;
  element.append(figures);
  if (model.sheet) await hang(card, stage);
  else stage.append((card.text = el("pre", { tabindex: "0" })));
  element.classList.add(model.sheet ? "childhoods-pictures" : "childhoods-text");
  return card;
}

async function hang(card, stage) {
  card.canvases = Array.from({ length: card.model.across }, () =>
    el("canvas", { width: PX, height: PX }),
  );
  card.row = el(
    "div",
    { class: "childhoods-tiles", role: "img" },
    ...card.canvases.map((canvas) => el("span", { class: "tile" }, canvas)),
  );
  stage.append(card.row);
  card.sheet = new Image();
  card.sheet.src = card.model.sheet;
  await card.sheet.decode();
}

/** Turn one card to a share of its way from 0, noise, to 1, grown up. */
function turn(card, share) {
  const place = Math.round(share * (card.model.moments.length - 1));
  const moment = card.model.moments[place];
  card.figures.textContent = moment.facts;
  if (card.text) card.text.textContent = moment.text;
  else paint(card, place, moment);
  return moment;
}

function paint(card, place, moment) {
  card.row.setAttribute(
    "aria-label",
    `${card.canvases.length} pictures by ${card.model.name} after ${moment.time} of training`,
  );
  card.canvases.forEach((canvas, i) =>
    canvas.getContext("2d").drawImage(card.sheet, i * PX, place * PX, PX, PX, 0, 0, PX, PX),
  );
}

/** What the facts of all models together say: a word, when this was, how far they had come. */
function describe(moments) {
  const step = range(
    moments,
    (moment) => moment.step,
    (moment) => moment.step.toLocaleString("en").replaceAll(",", "\u2009"),
  );
  const time = range(
    moments,
    (moment) => moment.seconds,
    (moment) => moment.time,
  );
  const when = `After ${time} of training, ${step} ${step === "1" ? "step" : "steps"}.`;
  const fallen = moments
    .map((moment) => moment.fallen)
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  if (!fallen.length) return [`Step ${step}`, when, ""];
  const middle = (fallen[(fallen.length - 1) >> 1] + fallen[fallen.length >> 1]) / 2;
  const stage = STAGES.find(([limit]) => middle < limit)?.[1] ?? "Grown up";
  const percent = Math.round(middle * 100);
  return [
    stage,
    when,
    percent > 0 && percent < 100 ? ` ${percent} % of the way to the final loss.` : "",
  ];
}

/** "12 s", or "12 s to 29 s" where the models differ. */
function range(moments, value, words) {
  const sorted = [...moments].sort((a, b) => value(a) - value(b)).map(words);
  const [least, most] = [sorted[0], sorted.at(-1)];
  return least === most ? least : `${least} to ${most}`;
}
