// Ready for class? The check of a lesson before it is given, line by line as the answers come.
import { byId, el } from "../../web/kit/dom.js";
import { ndjson } from "../../web/kit/ndjson.js";
import { ask } from "./teacher_api.js";

/**
 * @typedef {{ about: string, colour: "green" | "amber" | "red", sentence: string }} Light
 * @typedef {object} Line
 * @property {Light} [light]
 * @property {string} [doing]
 * @property {number} [share]
 * @property {boolean} [end]
 * @property {string} [sentence]
 */

const MARKS = { green: "●", amber: "◐", red: "✕" };
const WORDS = { green: "Green", amber: "Amber", red: "Red" };

/**
 * Listen for the button.
 *
 * @param {string} token
 */
export function startCheck(token) {
  /** @type {AbortController | null} */
  let checking = null;
  byId("class-ready", HTMLFormElement).addEventListener("submit", async (event) => {
    event.preventDefault();
    if (checking) {
      checking.abort();
      return;
    }
    checking = new AbortController();
    await check(token, checking.signal);
    checking = null;
  });
}

/**
 * @param {string} token
 * @param {AbortSignal} signal
 */
async function check(token, signal) {
  const [doing, go] = [byId("class-ready-doing", HTMLElement), byId("class-ready-go", HTMLElement)];
  byId("class-lights", HTMLElement).replaceChildren();
  go.textContent = "Stop";
  doing.textContent = "Looking …";
  try {
    const lesson = byId("class-ready-lesson", HTMLSelectElement).value;
    const answer = await ask(token, "ready", { lesson }, signal);
    for await (const line of ndjson(answer)) show(line);
  } catch (error) {
    const words = error instanceof Error ? error.message : "";
    doing.textContent = signal.aborted ? "■ stopped" : words;
  }
  byId("class-ready-bar", HTMLElement).hidden = true;
  go.textContent = "Check";
}

/** @param {Line} line */
function show({ light, doing, share, end, sentence }) {
  const words = byId("class-ready-doing", HTMLElement);
  if (light) byId("class-lights", HTMLElement).append(item(light));
  if (doing) {
    const bar = byId("class-ready-bar", HTMLProgressElement);
    words.textContent = doing;
    bar.hidden = false;
    bar.value = share ?? 0;
  }
  if (end) words.textContent = sentence ?? "";
}

/** @param {Light} light */
function item({ about, colour, sentence }) {
  return el(
    "li",
    { "data-colour": colour },
    el("i", { "aria-hidden": "true" }, MARKS[colour]),
    " ",
    el("b", {}, WORDS[colour]),
    " · ",
    el("span", {}, about),
    el("p", {}, sentence),
  );
}
