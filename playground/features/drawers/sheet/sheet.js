// Contact sheet: 64 pictures of one concept from every family, and how different they are.
// Distances are worked out here from the pixels; what real digits would have comes as numbers, see
// tools/sample_variety.py.
import { runButton } from "../../../web/kit/buttons.js";
import { el, ghost } from "../../../web/kit/dom.js";
import { say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { tableBox } from "../../../web/kit/table.js";
import { askedConcept, captionOf, declared, hasControl } from "../drawer_form.js";
import { SheetCard } from "./sheet_card.js";
import { SHEET } from "./sheet_grid.js";
import { HEADS, notesOf, question, realRow, rowOf } from "./sheet_words.js";

/**
 * @import { RunRequest } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { RealSheets } from "./sheet_words.js"
 */

const LOT = 16; // pictures of one run
const LOTS = SHEET / LOT;

/**
 * @param {HTMLElement} root
 * @param {Model[]} models
 */
export function build(root, models) {
  new Sheet(root, models);
}

class Sheet {
  real = fetchReal();
  asked = askedSheet();
  begin = ghost("Draw the sheets", undefined, { class: "ghost sheet-begin" });
  steps = el(
    "select",
    { id: "sheet-steps", class: "ghost" },
    ...[4, 8, 20].map((count) => el("option", { value: count, selected: count === 20 }, count)),
  );
  progress = el(
    "p",
    { class: "hint sheet-progress" },
    `Nothing yet: ${SHEET} pictures each, of the digit and colours chosen above.`,
  );
  answers = el("div", { class: "sheet-answers" });

  /**
   * @param {HTMLElement} root
   * @param {Model[]} models
   */
  constructor(root, models) {
    const again = () => this.drawing.again();
    this.sheets = models
      .filter((model) => hasControl(model, "count"))
      .map((model) => new SheetCard(model, this.asked, again));
    this.drawing = runButton(this.begin, {
      start: () => this.#start(),
      busy: root,
      ended: () => this.#conclude(),
    });
    const slow = this.sheets.some(({ model }) => hasControl(model, "steps"));
    const label = { class: "sheet-choice", for: "sheet-steps" };
    const steps = slow ? el("label", label, "Diffusion steps", this.steps) : null;
    const cards = this.sheets.map(({ card }) => card.element);
    root.append(
      el("div", { class: "sheet-ask" }, this.begin, steps, this.progress),
      el("div", { class: "sheet-cards" }, ...cards, this.answers),
    );
  }

  #start() {
    this.asked = askedSheet();
    const requests = this.sheets.flatMap(({ model }) =>
      Array.from({ length: LOTS }, (_, lot) => this.#request(model, lot)),
    );
    this.sheets.forEach((sheet) => sheet.clear(this.asked));
    this.answers.replaceChildren();
    this.#tell();
    return run(requests, (i, event) => {
      this.sheets[Math.floor(i / LOTS)].take(event, (i % LOTS) * LOT);
      if (event.frame?.last) this.#tell();
    });
  }

  /**
   * @param {Model} model
   * @param {number} lot
   * @returns {RunRequest}
   */
  #request(model, lot) {
    const { digit, ink, paper, seed } = this.asked;
    const wished = { count: LOT, steps: Number(this.steps.value), digit, ink, paper };
    return {
      model: model.id,
      prompt: model.can.includes("prompt") ? captionOf(this.asked) : "",
      options: declared(model, wished),
      seed: seed + lot * LOT,
    };
  }

  /** Say how many pictures are there. */
  #tell() {
    const there = this.sheets.reduce((sum, { done }) => sum + done.size, 0);
    const words = `${there} of ${SHEET * this.sheets.length} pictures are there.`;
    this.progress.textContent = words;
    return words;
  }

  async #conclude() {
    const words = this.#tell();
    const known = await this.real;
    for (const sheet of this.sheets) await sheet.conclude(known);
    if (this.sheets.some(({ measured }) => measured)) this.#answer(known);
    say(words);
  }

  /**
   * A sentence on what is counted, and the table with real digits beside.
   *
   * @param {RealSheets | null} known
   */
  #answer(known) {
    const rows = this.sheets.flatMap(({ model, measured }) =>
      measured ? [rowOf(model.name, measured, Boolean(known))] : [],
    );
    if (known) rows.push(realRow(known, this.asked));
    this.answers.replaceChildren(
      el("h3", {}, question(this.asked)),
      tableBox(HEADS, rows),
      ...notesOf(known, this.asked).map((words) => el("p", { class: "notes" }, words)),
    );
  }
}

/** What the form says now, with a seed that leaves one to every picture. */
function askedSheet() {
  const form = askedConcept();
  return { ...form, seed: Math.min(form.seed, 2 ** 32 - SHEET) };
}

/** @returns {Promise<RealSheets | null>} null when it cannot be had */
function fetchReal() {
  return fetch("shipped/sample_variety.json").then(
    (answer) => (answer.ok ? answer.json() : null),
    () => null,
  );
}
