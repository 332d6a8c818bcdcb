// One slider, five childhoods: what every model could do after 1, 2, 4, 8 … steps of its training.
// Everything that was kept is in two parts of the page, so the slider asks nobody.
"use strict";

play.scene("childhoods", async (root) => {
  const SECONDS = 4; // from noise to grown up
  const PX = 32;
  const NUMBERS = ["no", "one", "two", "three", "four", "five"];
  const STAGES = [[0.02, "Noise"], [0.5, "First traces"], [0.9, "Rough"], [1, "Nearly there"]];

  const models = await play.pack("childhoods").then((part) => part.models, fail);
  if (!models) return;
  root.hidden = !models.length;
  if (root.hidden) return;
  let timer = null;
  let others = null; // the cards of the emoji models, once somebody has asked for them

  const longest = Math.max(...models.map((model) => model.moments.length));
  const families = new Set(models.map((model) => model.family)).size;
  const button = play.el("button", { type: "button", class: "ghost", id: "childhoods-play", onclick: run }, "Play");
  const slider = play.el("input", { type: "range", id: "childhoods-slider", min: 0, max: longest - 1, step: 1, value: 0, "aria-label": "Share of the training" });
  const caption = play.el("p", { class: "childhoods-caption" });
  const toggle = play.el("button", { type: "button", class: "ghost", id: "childhoods-emoji", "aria-pressed": "false", onclick: showOthers }, "Emoji models too");
  const rows = play.el("div", { class: "childhoods-rows" });
  let cards = await Promise.all(models.map(build));
  rows.append(...cards.map((card) => card.element));

  root.append(
    play.heading(`One slider, ${NUMBERS[families]} childhoods`, "Every model begins with random weights. Drag to see what it could do after its first steps, and what it can do now."),
    play.el("div", { class: "childhoods-winder" }, button, play.el("span", { "aria-hidden": "true" }, "0 s"), slider, play.el("span", { "aria-hidden": "true" }, "the end"), caption),
    rows,
    play.el("div", { class: "childhoods-foot" }, toggle, play.el("p", { class: "says" }, "Kept after 1, 2, 4, 8 … steps, always with the same seeds. A GAN’s loss is the score of a contest and need not fall, so the line at the top leaves it out.")),
  );
  slider.addEventListener("input", () => {
    stop();
    show();
  });
  show();

  function fail(error) {
    root.append(play.heading("Childhoods", "What every model could do while it learnt."), play.el("p", { class: "failure", role: "alert" }, error.message));
  }

  /** A model's card, with its sheet of pictures read. */
  async function build(model) {
    const { element, state, stage } = play.card(model.family, model.name, model.about);
    state.textContent = model.world;
    const figures = play.el("p", { class: "figures" });
    const card = { model, element, figures };
    element.dataset.model = model.id;
    element.append(figures);
    if (model.sheet) await hang(card, stage);
    else stage.append((card.text = play.el("pre", { tabindex: "0" })));
    element.classList.add(model.sheet ? "childhoods-pictures" : "childhoods-text");
    return card;
  }

  async function hang(card, stage) {
    card.canvases = Array.from({ length: card.model.across }, () => play.el("canvas", { width: PX, height: PX }));
    card.row = play.el("div", { class: "childhoods-tiles", role: "img" }, ...card.canvases.map((canvas) => play.el("span", { class: "tile" }, canvas)));
    stage.append(card.row);
    card.sheet = new Image();
    card.sheet.src = card.model.sheet;
    await card.sheet.decode();
  }

  /** Show of every model what it made at the slider's place. */
  function show() {
    const share = slider.value / slider.max || 0; // a single snapshot has no way to go
    const moments = cards.map((card) => turn(card, share));
    const [stage, when, way] = describe(moments);
    caption.replaceChildren(play.el("strong", {}, stage), ` ${when}${way}`);
    slider.setAttribute("aria-valuetext", `${stage}. ${when} Snapshot ${+slider.value + 1} of ${longest}.`);
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
    card.row.setAttribute("aria-label", `${card.canvases.length} pictures by ${card.model.name} after ${moment.time} of training`);
    card.canvases.forEach((canvas, i) => canvas.getContext("2d").drawImage(card.sheet, i * PX, place * PX, PX, PX, 0, 0, PX, PX));
  }

  /** What the facts of all models together say: a word, when this was, how far they had come. */
  function describe(moments) {
    const step = range(moments, (moment) => moment.step, (moment) => moment.step.toLocaleString("en").replaceAll(",", "\u2009"));
    const time = range(moments, (moment) => moment.seconds, (moment) => moment.time);
    const when = `After ${time} of training, ${step} ${step === "1" ? "step" : "steps"}.`;
    const fallen = moments.map((moment) => moment.fallen).filter((value) => value !== null).sort((a, b) => a - b);
    if (!fallen.length) return [`Step ${step}`, when, ""];
    const middle = (fallen[(fallen.length - 1) >> 1] + fallen[fallen.length >> 1]) / 2;
    const stage = STAGES.find(([limit]) => middle < limit)?.[1] ?? "Grown up";
    const percent = Math.round(middle * 100);
    return [stage, when, percent > 0 && percent < 100 ? ` ${percent} % of the way to the final loss.` : ""];
  }

  /** "12 s", or "12 s to 29 s" where the models differ. */
  function range(moments, value, words) {
    const sorted = [...moments].sort((a, b) => value(a) - value(b)).map(words);
    const [least, most] = [sorted[0], sorted.at(-1)];
    return least === most ? least : `${least} to ${most}`;
  }

  /** Run from noise to grown up, or stop; who wants no motion is shown the end. */
  function run() {
    if (timer) return stop();
    slider.value = play.still ? slider.max : 0;
    show();
    if (play.still || longest < 2) return ended();
    button.textContent = "Stop";
    timer = setInterval(step, (SECONDS * 1000) / (longest - 1));
  }

  function step() {
    slider.value = +slider.value + 1;
    show();
    if (slider.value !== slider.max) return;
    stop();
    ended();
  }

  function ended() {
    play.say(caption.textContent);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  }

  /** Let the models of the other world join, or leave. */
  async function showOthers() {
    if (!others) {
      toggle.disabled = true;
      others = await play.pack("childhoods_emoji").then((part) => Promise.all(part.models.map(build)), () => []);
      toggle.disabled = false;
      toggle.hidden = !others.length;
      toggle.focus();
    }
    const on = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(on));
    cards = on ? [...cards, ...others] : cards.filter((card) => !others.includes(card));
    rows.replaceChildren(...cards.map((card) => card.element));
    show();
  }
});
