// A lesson of one's own: a file that the server reads and keeps nowhere.
import { byId, el, one } from "../../web/kit/dom.js";
import { replaceAddress } from "../../web/kit/entries.js";
import { front } from "../../web/kit/page_state.js";
import { keep, keepOwn, ownLesson } from "./lesson_memory.js";

/** @typedef {{ line: number, sentence: string }} Problem */

const NO_ANSWER = "The server does not answer. Try again in a moment.";
const MOST_BYTES = 100_000;

/**
 * Listen for a file, and open the one of before. `opened` is called once a lesson is on the page.
 *
 * @param {() => void} opened
 */
export function startOwnLesson(opened) {
  const input = byId("lesson-file", HTMLInputElement);
  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    if (!file) return;
    keep({ step: 1, guesses: {} });
    forgetStep();
    const long = [{ line: 0, sentence: "A lesson has at most 100 KB." }];
    if (file.size > MOST_BYTES) complain(file.name, long);
    else await open(file.name, await file.text(), opened);
    input.value = ""; // so that the same file, mended, can be chosen again
  });
  const before = ownLesson();
  if (before) open(before.name, before.text, opened);
}

/** Take the step out of the address. */
export function forgetStep() {
  const address = new URL(location.href);
  address.searchParams.delete("step");
  replaceAddress(address);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {() => void} opened
 */
async function open(name, text, opened) {
  const content = await read(name, text);
  if (!content?.html) {
    const sentence = content?.detail ?? NO_ANSWER;
    complain(name, content?.problems ?? [{ line: 0, sentence }]);
    return;
  }
  keepOwn({ name, text });
  byId("lesson-problems", HTMLElement).replaceChildren();
  const heading = one(".lesson-head h1", HTMLElement);
  Object.assign(heading, { textContent: content.title, translate: false, lang: "" });
  byId("lesson-deeper", HTMLElement).hidden = !content.deeper;
  // Made by the server, with everything escaped.
  // eslint-disable-next-line no-restricted-properties
  byId("lesson", HTMLElement).innerHTML = content.html;
  front().dataset.open = "yes";
  opened();
}

/**
 * @param {string} name
 * @param {string} text
 */
async function read(name, text) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ name, text });
  const answer = await fetch("lesson/own", { method: "POST", headers, body }).catch(() => null);
  return answer?.json().catch(() => null);
}

/**
 * @param {string} name
 * @param {Problem[]} problems
 */
function complain(name, problems) {
  keepOwn(undefined);
  delete front().dataset.open;
  const lines = problems.map(({ line, sentence }) =>
    el("li", {}, line ? `${name}, line ${line}: ${sentence}` : sentence),
  );
  const words = el("p", {}, "This cannot be shown yet:");
  byId("lesson-problems", HTMLElement).replaceChildren(words, el("ul", {}, ...lines));
}
