// An invented name in the making: a line in place of what is said of the prompt, while there is
// something to say, and the name for the form when it is whole.
import { failureLines, stateLine } from "../../web/kit/card.js";
import { CardModel } from "../../web/kit/card_model.js";
import { el, target } from "../../web/kit/dom.js";
import { say } from "../../web/kit/page_state.js";
import { live } from "../../web/kit/runs.js";

/**
 * @import { PlannedRun } from "../../web/kit/events.js"
 * @import { Component } from "../../web/kit/gradio.js"
 * @typedef {{ runs?: PlannedRun[], said?: string }} Said what to invent, or what came of it
 */

const BUTTON = "emoji-invent";
const PROMPT = "#emoji-prompt";
const NO_NAME = { sentence: "No name came of it. Press again.", again: false };

/** @type {CardModel | null} */
let model = null;
let inventing = false;

/** The name that was invented last, which the form takes; "" for none. */
export function inventedName() {
  return model ? nameOf(model) : "";
}

/**
 * A finished name on one line; "" before.
 *
 * @param {Pick<CardModel, "finished" | "text">} written
 */
export function nameOf({ finished, text }) {
  return finished ? text.split(/\s+/).filter(Boolean).join(" ") : "";
}

/**
 * Invent a name whenever the form asks for one, and tell when it is there.
 *
 * @param {Component<Said | null>} component
 */
export function mountNaming({ element, value, onValue, ended }) {
  const show = (/** @type {Node[]} */ ...shown) => element.replaceChildren(...shown);
  const take = async (/** @type {Said | null} */ told) => {
    if (told?.said) say(told.said);
    const [run] = told?.runs ?? [];
    if (!run || inventing) return; // once at a time
    inventing = true;
    await invent(run, show);
    inventing = false;
    if (inventedName()) ended();
  };
  take(value());
  onValue(take);
  document.addEventListener("input", (event) => {
    if (!inventing && target(event)?.closest(PROMPT)) show();
  });
}

/**
 * @param {PlannedRun} run
 * @param {(...lines: Node[]) => void} show
 */
async function invent(run, show) {
  const { about, recipe } = run;
  if (!about || !recipe) return;
  const made = (model = new CardModel(about));
  made.ask(run);
  show();
  const asked = { runs: [recipe], keep: true, candidates: 0 };
  const going = live(asked, (_, event) => {
    made.take(event);
    show(...lines(made));
  });
  await going.done;
  if (!made.failure && !nameOf(made)) show(...failureLines(NO_NAME, BUTTON));
}

/**
 * What is said of a name that is not there yet; nothing while all goes well.
 *
 * @param {CardModel} model
 */
function lines({ failure, state }) {
  if (failure) return failureLines(failure, BUTTON);
  return state?.kind === "waiting" ? [el("p", { class: "reading" }, stateLine(state))] : [];
}
