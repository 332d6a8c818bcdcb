// Keys that are commands. All handlers of keys hear of these alone: an input method that composes
// a word, as for Chinese, takes Enter and arrows for itself, and what is pressed with Ctrl, Alt or
// the command key is the browser's.

const PROCESSED = 229; // the code of a key that an input method has taken (UI Events, 7.3.1)

/**
 * Whether a key is meant for the page.
 *
 * @param {KeyboardEvent} event
 */
export function isCommand(event) {
  // Safari ends composing before the press that ended it; the code alone tells it then.
  if (event.isComposing || event.keyCode === PROCESSED) return false;
  if (!event.ctrlKey && !event.metaKey && !event.altKey) return true;
  return event.getModifierState("AltGraph"); // which types, though some call it Ctrl and Alt
}

/**
 * Call back with every key that is a command.
 *
 * @param {EventTarget} where
 * @param {(event: KeyboardEvent) => unknown} then
 * @param {boolean} first before those hear of it that are further in
 */
export function onKey(where, then, first = false) {
  const heard = (/** @type {KeyboardEvent} */ event) => {
    if (isCommand(event)) then(event);
  };
  where.addEventListener("keydown", /** @type {EventListener} */ (heard), { capture: first });
}

/**
 * Call back once, when somebody first presses anything at all.
 *
 * @param {() => unknown} then
 */
export function onFirstPress(then) {
  const once = { capture: true, once: true };
  for (const press of ["pointerdown", "keydown"]) document.addEventListener(press, then, once);
}
