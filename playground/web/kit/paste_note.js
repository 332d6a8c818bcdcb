// What does not fit into a field when it is pasted: browsers cut it without a word.
import { el, target } from "./dom.js";
import { say } from "./page_state.js";

/**
 * How many letters of a pasted text do not fit into a field, as browsers count them.
 *
 * @param {{ value: string, selectionStart: number | null, selectionEnd: number | null,
 *   maxLength: number }} field
 * @param {string} pasted
 */
export function leftOut(field, pasted) {
  if (field.maxLength < 0) return 0; // it has no limit
  const chosen = (field.selectionEnd ?? 0) - (field.selectionStart ?? 0);
  return Math.max(0, field.value.length - chosen + pasted.length - field.maxLength);
}

/** @param {ClipboardEvent} event */
function noteWhatIsCut(event) {
  const field = target(event);
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  field.parentElement?.querySelector(".paste-note")?.remove();
  const text = (event.clipboardData?.getData("text") ?? "").replaceAll("\r\n", "\n");
  if (!leftOut(field, text)) return;
  const most = field.maxLength.toLocaleString("en");
  const words = `Only ${most} letters fit here; the end of what you pasted was left out.`;
  const note = el("p", { class: "notice paste-note" }, words);
  field.after(note);
  say(words);
  const forget = (/** @type {Event} */ input) => {
    // The paste itself is put in, too, and may come before or after whatever waits for it.
    if (input instanceof InputEvent && input.inputType === "insertFromPaste") return;
    note.remove();
    field.removeEventListener("input", forget);
  };
  field.addEventListener("input", forget);
}

/** Say, below any field of the page, that a pasted text was cut. */
export function startPasteNotes() {
  document.addEventListener("paste", noteWhatIsCut);
}
