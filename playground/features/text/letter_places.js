// Where the letters of a text stand on the screen; a letter is a code point, as the server counts.
import { el } from "../../web/kit/dom.js";

/**
 * @import { Place } from "../../web/kit/text_card.js"
 * @typedef {{ letter: string, node: Text, from: number, to: number }} LetterPlace
 * @typedef {{ left: number, top: number, width: number, height: number }} Box
 */

/**
 * Every letter with where it stands.
 *
 * @param {Place[]} places of the pieces that it is made of
 */
export function letterPlaces(places) {
  /** @type {LetterPlace[]} */
  const found = [];
  for (const { node, from, piece } of places) {
    let offset = from;
    for (const letter of piece) {
      found.push({ letter, node, from: offset, to: offset + letter.length });
      offset += letter.length;
    }
  }
  return found;
}

/**
 * Where a letter is on the screen.
 *
 * @param {LetterPlace} letter
 */
export function boxOf({ node, from, to }) {
  const range = document.createRange();
  range.setStart(node, from);
  range.setEnd(node, to);
  const rects = [...range.getClientRects()];
  return rects.find((rect) => rect.width) ?? rects[0] ?? range.getBoundingClientRect();
}

/**
 * Which letter stands at a point of the screen; -1 for none.
 *
 * @param {LetterPlace[]} letters
 * @param {number} x
 * @param {number} y
 */
export function letterAt(letters, x, y) {
  const caret = caretAt(x, y);
  if (!caret) return -1;
  const near = letters.findIndex(({ node, to }) => node === caret.node && to > caret.offset - 1);
  for (const place of [near, near + 1]) {
    const letter = letters[place];
    if (letter?.node !== caret.node) continue;
    const box = boxOf(letter);
    if (x >= box.left - 1 && x <= box.right + 1) return place;
  }
  return near;
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {{ node: Node, offset: number } | undefined}
 */
function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const caret = document.caretPositionFromPoint(x, y);
    return caret ? { node: caret.offsetNode, offset: caret.offset } : undefined;
  }
  const range = document.caretRangeFromPoint?.(x, y); // Safari before 18.4 has this one alone
  return range ? { node: range.startContainer, offset: range.startOffset } : undefined;
}

/**
 * Boxes that stand beside each other on one line as one.
 *
 * @param {Box[]} boxes
 */
export function onLines(boxes) {
  /** @type {Box[]} */
  const lines = [];
  for (const { left, top, width, height } of boxes) {
    const line = lines[lines.length - 1];
    if (line && Math.abs(line.top - top) < 2) line.width = left + width - line.left;
    else lines.push({ left, top, width, height });
  }
  return lines;
}

/**
 * Put frames around letters that follow each other, one a line.
 *
 * @param {LetterPlace[]} letters
 * @param {HTMLElement} flow what they stand in
 */
export function frameLetters(letters, flow) {
  const origin = flow.getBoundingClientRect();
  for (const box of onLines(letters.map(boxOf))) {
    const frame = el("i", { class: "why-chosen" });
    frame.style.left = `${box.left - origin.left}px`;
    frame.style.top = `${box.top - origin.top}px`;
    frame.style.width = `${Math.max(box.width, 6)}px`;
    frame.style.height = `${box.height}px`;
    flow.append(frame);
  }
}

/** Take all frames away. */
export function unframe() {
  for (const frame of document.querySelectorAll(".why-chosen")) frame.remove();
}

/**
 * Scroll a card, and nothing else, so that a letter can be seen.
 *
 * @param {LetterPlace} letter
 * @param {HTMLElement} stage
 */
export function reveal(letter, stage) {
  const [box, frame] = [boxOf(letter), stage.getBoundingClientRect()];
  if (box.top < frame.top) stage.scrollTop += box.top - frame.top - 8;
  else if (box.bottom + 12 > frame.bottom) stage.scrollTop += box.bottom + 12 - frame.bottom;
}
