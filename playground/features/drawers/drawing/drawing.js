// Your drawing: a pad of 32 × 32 pixels, a picture from above or from a file, and what four
// machines make of it. Only the 32 × 32 pixels are sent.
import { runButton } from "../../../web/kit/buttons.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { moduleNamed } from "../../../web/kit/fetched.js";
import { number } from "../../../web/kit/numbers.js";
import { say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { askedConcept } from "../drawer_form.js";
import { NOISE, REDRAWN, lookers, redrawer } from "./drawing_cards.js";
import { PX, SketchPad } from "./sketch_pad.js";

/**
 * @import { CardModel } from "../../../web/kit/card_model.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { MachineCard } from "./drawing_cards.js"
 */

/**
 * What is asked, and the cards that show it.
 *
 * @typedef {object} Machine
 * @property {Model} model
 * @property {string} task
 * @property {Record<string, number>} options
 * @property {MachineCard[]} cards
 */

const MOST_BYTES = 5_000_000;
const MOST_SIDE = 12_000;
const KINDS = ["image/png", "image/jpeg", "image/webp"];
const ORDER = ["vae", "gan", "contrastive", "diffusion"];

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  new Drawing(root, models);
}

class Drawing {
  taken = -1; // which of the pictures above was taken last
  remark = el("p", { class: "says drawing-remark", role: "status" });
  file = el("input", {
    type: "file",
    accept: KINDS.join(","),
    class: "drawing-input",
    onchange: () => this.takeFile(),
  });
  go = el("button", { type: "button", class: "primary drawing-go" }, "Let them look");

  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   */
  constructor(root, models) {
    this.pad = new SketchPad(coloursOf(models), askedConcept(), (words) => this.#remark(words));
    this.machines = machinesOf(models, () => this.pad.address);
    this.cards = this.machines.flatMap((machine) => machine.cards);
    this.looking = runButton(this.go, {
      start: () => this.#look(),
      busy: root,
      ended: () => this.#rest(),
    });
    root.append(
      el(
        "div",
        { class: "drawing-board" },
        el("div", {}, this.pad.element, this.pad.seenBeside, this.pad.help),
        this.#tools(),
      ),
      el("div", { class: "drawing-cards" }, ...this.cards.map(({ element }) => element)),
    );
    this.pad.paint();
    this.#remark("Draw a digit, or anything else, and press “Let them look”.");
  }

  #tools() {
    const above = ghost("Take a picture from above", () => this.takeAbove());
    const upload = el("label", { class: "ghost drawing-file" }, "Choose a file", this.file);
    return el(
      "div",
      { class: "drawing-tools" },
      ...this.pad.palettes,
      el("div", { class: "tools" }, this.pad.undo, this.pad.clear, above, upload),
      el(
        "p",
        { class: "says" },
        "PNG, JPEG or WebP up to 5 MB. It is made small here in your browser: only " +
          "32 × 32 pixels are sent, and they are not kept.",
      ),
      this.remark,
      this.go,
    );
  }

  /** @param {string} words */
  #remark(words) {
    this.remark.textContent = words;
  }

  // Other people's pictures

  async takeAbove() {
    /** @type {CardModel[]} */
    const models = moduleNamed("image_cards")?.modelsIn("images") ?? [];
    const there = models.flatMap(({ tiles, alt }) => tiles.map((src) => ({ src, alt })));
    if (!there.length) {
      return this.#remark("Nothing is drawn above yet. Press “Draw” there first.");
    }
    this.taken = (this.taken + 1) % there.length;
    const { src, alt } = there[this.taken];
    const place = `${this.taken + 1} of ${there.length}`;
    const picture = el("img", { src });
    await picture.decode();
    this.pad.put(picture);
    this.#remark(`${alt}: ${place}. Press again for the next.`);
  }

  /** @returns {Promise<void>} */
  async takeFile() {
    const chosen = this.file.files?.[0];
    this.file.value = "";
    if (!chosen) return;
    this.#remark("");
    const refused = refusal(chosen);
    if (refused) return this.#remark(refused);
    const picture = await createImageBitmap(chosen).catch(() => null);
    if (!picture) {
      return this.#remark("This file cannot be read as a picture. Choose another.");
    }
    if (Math.max(picture.width, picture.height) > MOST_SIDE) {
      return this.#remark(
        `This picture is ${picture.width} × ${picture.height} pixels large; ` +
          `${MOST_SIDE.toLocaleString("en")} a side are the most.`,
      );
    }
    this.pad.put(picture);
    this.#remark(`${chosen.name}, made ${PX} × ${PX} pixels small.`);
  }

  // A look

  #look() {
    this.pad.lift();
    this.pad.finish();
    const [, picture] = this.pad.address.split(",");
    const { seed } = askedConcept();
    const requests = this.machines.map(({ model, task, options }) => ({
      model: model.id,
      task,
      options: { ...options, picture },
      seed,
    }));
    this.cards.forEach((one) => one.blank());
    this.#remark(this.pad.empty ? "An empty sheet: they look at it all the same." : "");
    this.go.dataset.running = "yes";
    const again = () => this.go.click();
    return run(requests, (i, event) =>
      this.machines[i].cards.forEach((one) => one.take(event, again)),
    );
  }

  #rest() {
    delete this.go.dataset.running;
    this.cards.forEach((one) => one.busy(false));
    const said = this.cards.filter(({ sentence }) => sentence);
    say(said.map(({ name, sentence }) => `${name}. ${sentence}`).join(" "));
  }
}

/**
 * The colours that there are.
 *
 * @param {Model[]} models
 */
function coloursOf(models) {
  const controls = models.flatMap((model) => model.controls);
  return controls.find(({ name }) => name === "ink")?.choices ?? ["black", "white"];
}

/**
 * Why a file is not even opened; "" when it is.
 *
 * @param {File} file
 */
function refusal({ type, size }) {
  if (!KINDS.includes(type)) return "This file is no picture: choose a PNG, a JPEG or a WebP.";
  return size > MOST_BYTES ? `This file has ${number(size / 1e6)} MB; 5 MB are the most.` : "";
}

/**
 * Who can look at a drawing, and who can draw it again.
 *
 * @param {Model[]} models
 * @param {() => string} drawn address of the drawing as it is now
 */
function machinesOf(models, drawn) {
  const takes = (/** @type {string} */ task) =>
    models.filter(({ inputs }) => (inputs[task] ?? []).some(({ kind }) => kind === "picture"));
  /** @type {Machine[]} */
  const looking = takes("look").map((model) => ({
    model,
    task: "look",
    options: {},
    cards: lookers(model, drawn),
  }));
  /** @type {Machine[]} */
  const redrawing = takes("redraw").map((model) => ({
    model,
    task: "redraw",
    options: { count: REDRAWN, strength: NOISE },
    cards: [redrawer(model)],
  }));
  return [...looking, ...redrawing]
    .filter(({ cards }) => cards.length)
    .sort((a, b) => ORDER.indexOf(a.model.family) - ORDER.indexOf(b.model.family));
}
