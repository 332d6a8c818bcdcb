// What every page of ours begins with: it listens, and lends Gradio's events what they call.
import { answer, press, start } from "./buttons.js";
import { target } from "./dom.js";
import { startDrawers } from "./drawers.js";
import { startConnection } from "./gradio_connection.js";
import { startRadios } from "./gradio_page.js";
import { say, tellShutOff } from "./page_state.js";
import { startLanguage } from "./i18n.js";
import { addressOf, copy, showAddress } from "./links.js";
import { startNumberFields } from "./number_fields.js";
import { unpack } from "./pack.js";
import { startPasteNotes } from "./paste_note.js";
import { startPlainNumbers } from "./plain_text.js";
import { listenForStop } from "./run_buttons.js";
import { loadLog } from "./session_log.js";
import {} from "./picker.js";
import { stay } from "./places.js";
import { startSuggestions, suggest } from "./suggestions.js";
import { startVisitor } from "./visitor.js";

/** @param {Event} event */
async function pressed(event) {
  const button = target(event)?.closest("[data-link],[data-press]");
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.press) {
    start(button.dataset.press);
  } else {
    const copied = await copy(addressOf(button.dataset.link ?? ""));
    answer(button, copied ? "Copied" : "Copy it from the address bar");
  }
}

/**
 * What stands in no frame opens beside the one in which this page stands.
 *
 * @param {Event} event
 */
function leaveFrame(event) {
  const way = target(event)?.closest("[data-unframed]");
  if (window.parent !== window) way?.setAttribute("target", "_blank");
}

/** Begin, once on every page. */
function begin() {
  Object.assign(window.playground, {
    press,
    say,
    share: showAddress,
    start,
    stay,
    suggest,
    unpack,
  });
  tellShutOff();
  loadLog();
  startVisitor();
  startDrawers();
  startSuggestions();
  startPasteNotes();
  startNumberFields();
  startPlainNumbers();
  startLanguage();
  listenForStop();
  document.addEventListener("click", leaveFrame);
  document.addEventListener("click", pressed);
  startRadios();
  startConnection();
}

begin();
