// What leads to Why this letter?: presses on letters and buttons, keys on a card, and sliders.
import { target } from "../../web/kit/dom.js";
import { drawersOf } from "../../web/kit/entries.js";
import { onKey } from "../../web/kit/keys.js";
import { surpriseBits, surpriseLevel } from "../../web/kit/surprise.js";
import { letterAt } from "./letter_places.js";
import { cardOn, onRenewed } from "./text_cards.js";
import { why } from "./why.js";

/** @import { Side } from "./text_cards.js" */

/**
 * The card that something stands on.
 *
 * @param {Element | null} element
 * @param {string} part
 * @returns {Side | undefined}
 */
function sideOf(element, part) {
  if (element?.closest(`#text-left-${part}`)) return "left";
  return element?.closest(`#text-right-${part}`) ? "right" : undefined;
}

/**
 * The letter that surprised its model most, by the height of its bar; the first if none did.
 *
 * @param {Side} side
 */
function oddest(side) {
  const pieces = cardOn(side)?.model.letters ?? [];
  const heights = pieces.flatMap(([piece, probability]) =>
    [...piece].map(() => surpriseLevel(surpriseBits(probability))),
  );
  return heights.indexOf(Math.max(...heights));
}

/**
 * The first letter of the piece that comes next, or stands before.
 *
 * @param {1 | -1} step
 */
function next(step) {
  const piece = why.piece();
  if (!piece) return why.place + step;
  return step > 0 ? piece.end : piece.start - 1;
}

/** @param {KeyboardEvent} event */
function press(event) {
  const side = sideOf(target(event), "stage");
  if (!side) return;
  const chosen = why.side === side;
  if (event.key === "Escape" && chosen) why.close();
  else if (event.key === "Enter") why.choose(side, chosen ? why.place : oddest(side));
  else if (event.key === "Home") why.choose(side, 0);
  else if (event.key === "End") why.choose(side, Infinity);
  else if (event.key === "ArrowRight") why.choose(side, chosen ? next(1) : 0);
  else if (event.key === "ArrowLeft") why.choose(side, chosen ? next(-1) : Infinity);
  else return;
  event.preventDefault();
}

/** @param {MouseEvent} event */
function click(event) {
  const pressed = target(event);
  const button = pressed?.closest("[data-why],[data-why-close],[data-why-reset]");
  if (button?.matches("[data-why-close]")) why.close();
  else if (button?.matches("[data-why-reset]")) why.reset();
  else if (button) explainOddest(sideOf(button, "tools"));
  const side = sideOf(pressed, "stage");
  if (!side || !getSelection()?.isCollapsed) return;
  const place = letterAt(why.letters(side), event.clientX, event.clientY);
  if (place >= 0) why.choose(side, place);
}

/** @param {Side | undefined} side */
function explainOddest(side) {
  if (!side) return;
  why.choose(side, oddest(side));
  cardOn(side)?.stage.stage.focus({ preventScroll: true });
  document.getElementById("text-why-drawer")?.scrollIntoView({ block: "nearest" });
}

/**
 * The drawer's own sliders, and those of the form while the drawer is open.
 *
 * @param {Event} event
 */
function slide(event) {
  const slider = target(event);
  if (!(slider instanceof HTMLInputElement) || slider.value === "") return;
  const value = Number(slider.value);
  if (!Number.isFinite(value)) return;
  const form = slider.closest("#text-temperature, #text-top-k, #text-top-p");
  const name = slider.dataset.setting ?? form?.id.slice("text-".length).replace("-", "_");
  if (name) why.set({ [name]: value });
}

/** Listen for letters that are chosen, and for cards that show others. */
export function startWhy() {
  document.addEventListener("click", click);
  document.addEventListener("input", slide);
  onKey(document, press);
  addEventListener("resize", () => why.mark());
  drawersOf("why", { open: () => why.again(), close: () => why.close() });
  onRenewed(() => why.close()); // the drawer is about none of the letters that a card shows then
}
