// Fields for numbers. Browsers let the wheel change the one that has the focus; here it scrolls the
// page, as everywhere else, and a number is changed by whoever types it or presses its arrows.

/** @param {WheelEvent} event */
function keepNumber({ target: field }) {
  if (!(field instanceof HTMLInputElement) || field.type !== "number" || field.readOnly) return;
  field.readOnly = true; // while the browser decides what the wheel does
  setTimeout(() => (field.readOnly = false));
}

/** Keep the wheel from all fields of the page. */
export function startNumberFields() {
  document.addEventListener("wheel", keepNumber, { capture: true, passive: true });
}
