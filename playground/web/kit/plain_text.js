// Numbers and codes as people type them, in the form in which they are read: composed, of usual
// width, in the digits 0 to 9. The same as `models/folding.py` does; both read one table of cases.
import { target } from "./dom.js";

const DIGIT = /\p{Nd}/u;

/**
 * A text in its plain form.
 *
 * @param {string} text
 */
export function plain(text) {
  return text
    .normalize("NFKC")
    .replace(/\p{Nd}/gu, digitOf)
    .replace(/\p{Zs}/gu, " ")
    .replace(/(?!\u200d)\p{Cf}/gu, "")
    .normalize("NFC");
}

/**
 * A part of an address without the signs at its end, as sentences and chats put them there.
 *
 * @param {string} part
 */
export function unglued(part) {
  return part.replace(/(?:%20|[^\p{L}\p{N}])+$/u, "");
}

/**
 * The value of a decimal digit: Unicode has those of each script one after another, from its zero.
 *
 * @param {string} digit
 */
function digitOf(digit) {
  const code = digit.codePointAt(0) ?? 0;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(code - before - 1))) before += 1;
  return String(before % 10);
}

/** @param {InputEvent} event */
function putIn(event) {
  const field = target(event);
  if (!field?.matches("input[type=number], input[inputmode=numeric]")) return;
  const text = event.data ?? event.dataTransfer?.getData("text") ?? "";
  const said = plain(text);
  if (said === text || !event.cancelable) return;
  event.preventDefault();
  document.execCommand("insertText", false, said);
}

/** Let fields for numbers take the digits of every script; browsers drop all but their own. */
export function startPlainNumbers() {
  document.addEventListener("beforeinput", putIn);
}
