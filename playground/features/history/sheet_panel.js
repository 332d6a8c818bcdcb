// The panel of the lab sheet: what is on it, whose it is, and saving or handing it in.
import { handIn, isMember } from "../../web/kit/class_member.js";
import { el, ghost } from "../../web/kit/dom.js";
import { translated } from "../../web/kit/i18n.js";
import { logged } from "../../web/kit/session_log.js";
import { keptSource } from "../../web/kit/sources.js";
import { makeSheet } from "./lab_sheet.js";

/** @typedef {import("../../web/kit/session_log.js").Entry} Entry */

/** The form of the lab sheet; `parts` are its elements. */
export class SheetPanel {
  constructor() {
    /** @type {Set<number>} moments of the entries that are left out */
    this.leftOut = new Set();
    this.who = el("input", { id: "sheet-who", autocomplete: "off", maxlength: "80" });
    this.notes = el("textarea", { id: "sheet-notes", rows: "4", maxlength: "5000" });
    this.seen = el("div", { class: "sheet-seen" });
    this.says = el("p", { class: "says", role: "status", id: "sheet-says" });
    const saving = { type: "button", class: "primary", id: "sheet-save" };
    this.save = el("button", { ...saving, onclick: () => this.#save() }, "Save lab sheet");
    const handing = { id: "sheet-hand-in", hidden: true };
    this.hand = ghost("Hand in to the class", () => this.#handIn(), handing);
    const about =
      "One page with the prompts, seeds, pictures, figures and answers of this sitting. It is " +
      "made here in your browser, and opens anywhere without a network.";
    this.parts = [
      el("p", { class: "says" }, about),
      el("label", { for: "sheet-who" }, "Name or group (may stay empty)"),
      this.who,
      el("label", { for: "sheet-notes" }, "What did you find out?"),
      this.notes,
      this.seen,
      this.save,
      this.hand,
      this.says,
    ];
  }

  /** Show what is on the sheet now. */
  show() {
    const rows = logged().map((entry) => this.#row(entry));
    const words = "Nothing yet: let a model write or draw something first.";
    const nothing = el("p", { class: "says" }, words);
    const list = rows.length ? rows : [nothing];
    this.seen.replaceChildren(el("h3", {}, "On the sheet"), ...list);
    this.save.disabled = this.hand.disabled = !rows.length;
    this.hand.hidden = !isMember();
  }

  /** @param {Entry} entry */
  #row(entry) {
    const box = el("input", { type: "checkbox", checked: !this.leftOut.has(entry.at) });
    box.addEventListener("change", () => {
      if (box.checked) this.leftOut.delete(entry.at);
      else this.leftOut.add(entry.at);
    });
    return el("label", {}, box, el("span", { translate: "no" }, lineOf(entry)));
  }

  /** The whole sheet, as one HTML document. */
  #sheet() {
    const [who, notes] = [this.who.value.trim(), this.notes.value.trim()];
    return makeSheet(logged(), { who, notes, leftOut: this.leftOut });
  }

  async #handIn() {
    try {
      await handIn(this.#sheet());
      this.says.textContent = "Handed in. Your teacher has it.";
    } catch (error) {
      this.says.textContent = error instanceof Error ? error.message : "";
    }
  }

  #save() {
    const day = new Date().toISOString().slice(0, 10);
    const href = URL.createObjectURL(new Blob([this.#sheet()], { type: "text/html" }));
    el("a", { href, download: `lab-sheet-${day}.html` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
    this.says.textContent = "Saved. Open the file to read or print it.";
  }
}

/**
 * An entry in a line.
 *
 * @param {Entry} entry
 */
function lineOf({ at, name, question, said, recipe, asked, source }) {
  const { digit, ink, paper } = recipe?.options ?? {};
  const labels = ink ? `${ink} ${digit} on ${paper}` : `seed ${recipe?.seed}`;
  const what = (asked ?? recipe?.prompt) || labels;
  const words = question ? `${question}: ${said}` : `${name}: ${what}`;
  const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const [, , from] = keptSource(source) ?? [];
  const line = `${time}  ${words.replace(/\s+/g, " ").slice(0, 90)}`;
  return from ? `${line} · ${translated(from)}` : line;
}
