// One run that is kept: what it shows of itself, its rating and its note.
import { stateLine } from "../../web/kit/card.js";
import { el, ghost, shape } from "../../web/kit/dom.js";
import { duration } from "../../web/kit/numbers.js";
import { pictureButton } from "../../web/kit/picture_viewer.js";
import { keptSource } from "../../web/kit/sources.js";

/**
 * A run as the server keeps it, see `store.py`.
 *
 * @typedef {object} KeptRun
 * @property {number} run
 * @property {string} name
 * @property {string} family
 * @property {number} created microseconds since 1970
 * @property {string} asked
 * @property {string} text
 * @property {number} pictures how many
 * @property {number} seconds
 * @property {number} seed
 * @property {Record<string, unknown>} options
 * @property {number} rating 0 for none
 * @property {string} note
 * @property {number} times
 * @property {string} source the kind of its state, see `sources.js`; "" where nobody knows
 * @property {string} link "" where the page has no form for it
 */

/** @typedef {{ sentence?: string, [name: string]: any }} Answer what the server says */

export const RATINGS = 5;
const SURE = 5000; // milliseconds that a second press is waited for

/**
 * An answer as JSON, or a sentence that says what is wrong.
 *
 * @param {string} address
 * @param {unknown} [body] what is sent; nothing only asks
 * @returns {Promise<Answer>}
 */
export async function askServer(address, body) {
  const headers = { "Content-Type": "application/json" };
  const settings = body ? { method: "POST", headers, body: JSON.stringify(body) } : {};
  try {
    const answer = await fetch(address, settings);
    const found = await answer.json();
    if (answer.ok) return found;
    return { sentence: found.sentence ?? "The server could not do this." };
  } catch {
    return { sentence: "The server does not answer." };
  }
}

/**
 * @param {KeptRun} run
 * @param {"h2" | "h3"} level
 */
export function headingOf(run, level = "h3") {
  const drawn = document.getElementById(`shape-${run.family}`) ? shape(run.family) : null;
  const moment = new Date(run.created / 1000);
  const words = moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const time = el("time", { datetime: moment.toISOString() }, words);
  return el(
    "header",
    { class: "history-heading" },
    drawn,
    el(level, { tabindex: "-1" }, run.name),
    time,
  );
}

/** @param {KeptRun} run */
export function askedOf(run) {
  if (!run.asked.trim()) return el("p", { class: "history-asked" }, "Without words");
  const settings = { class: "history-asked", translate: "no", title: run.asked.slice(0, 500) };
  return el("p", settings, run.asked.trim());
}

/**
 * Its text, or its pictures: so many of them, 0 for all.
 *
 * @param {KeptRun} run
 * @param {number} most
 */
export function resultOf(run, most) {
  if (!run.pictures) return el("p", { class: "history-text", translate: "no" }, run.text);
  const shown = Math.min(run.pictures, most || run.pictures);
  const tiles = Array.from({ length: shown }, (_, i) => {
    const alt = `${run.asked || "picture"}, ${run.name}, ${i + 1} of ${run.pictures}`;
    const src = `history/${run.run}/${i + 1}.png`;
    const image = el("img", { src, alt, loading: "lazy", translate: "no" });
    return el("span", { class: "tile" }, pictureButton(image, { facts: factsOf(run) }));
  });
  const rest = run.pictures - shown;
  const more = rest ? el("span", { class: "history-rest" }, `and ${rest} more`) : null;
  return el("div", { class: "history-tiles" }, ...tiles, more);
}

/** @param {KeptRun} run */
function sourceLine({ source }) {
  const state = keptSource(source);
  if (!state) return [];
  const [kind, mark, words] = state;
  return [stateLine({ kind, mark, words, busy: false }), " · "];
}

/** @param {KeptRun} run */
function factsOf(run) {
  const parts = [`seed ${run.seed}`, `${duration(run.seconds)} of computing`];
  if (run.rating) parts.push(`rated ${run.rating} of ${RATINGS}`);
  if (run.times > 1) parts.push(`${run.times} times`);
  return parts.join(" · ");
}

/**
 * Where it came from, what it took, and what its visitor noted.
 *
 * @param {KeptRun} run
 */
export function figuresOf(run) {
  const note = run.note ? [" — ", el("span", { translate: "no" }, run.note)] : [];
  return [...sourceLine(run), factsOf(run), ...note];
}

/**
 * Rating, note and deleting.
 *
 * @param {KeptRun} run
 * @param {HTMLElement} figures where these are shown
 * @param {(said: HTMLElement) => void} remove
 */
export function opinionOf(run, figures, remove) {
  const said = el("p", { class: "says", role: "status" });
  const tell = async (
    /** @type {string} */ address,
    /** @type {Partial<KeptRun>} */ change,
    /** @type {string} */ words,
  ) => {
    const { sentence } = await askServer(address, { run: run.run, ...change });
    if (!sentence) Object.assign(run, change);
    said.textContent = sentence ?? words;
    said.classList.toggle("failure", Boolean(sentence));
    figures.replaceChildren(...figuresOf(run));
  };
  const rate = (/** @type {number} */ rating) =>
    tell("history/rate", { rating }, rating ? `Rated ${rating} of ${RATINGS}.` : "Not rated.");
  const points = Array.from({ length: RATINGS + 1 }, (_, i) => point(run, i, rate));
  const note = el("textarea", { id: `history-note-${run.run}`, rows: "2", maxlength: "2000" });
  note.value = run.note;
  const save = () => tell("history/note", { note: note.value }, "The note is saved.");
  return [
    el("fieldset", { class: "history-points" }, el("legend", {}, "Rating"), ...points),
    el("label", { for: note.id }, "Note"),
    note,
    el(
      "div",
      { class: "history-tools" },
      ghost("Save note", save),
      sureButton("Delete", "Delete for good?", () => remove(said)),
    ),
    said,
  ];
}

/**
 * A button that asks once more before it does what cannot be undone.
 *
 * @param {string} words
 * @param {string} question
 * @param {() => void} act
 */
export function sureButton(words, question, act) {
  const button = ghost(words);
  const calm = () => {
    button.textContent = words;
    delete button.dataset.sure;
  };
  button.addEventListener("click", () => {
    if ("sure" in button.dataset) {
      calm();
      act();
      return;
    }
    button.dataset.sure = "";
    button.textContent = question;
    setTimeout(calm, SURE);
  });
  button.addEventListener("blur", calm);
  return button;
}

/**
 * @param {KeptRun} run
 * @param {number} points
 * @param {(points: number) => void} rate
 */
function point(run, points, rate) {
  const settings = {
    type: "radio",
    name: `history-rating-${run.run}`,
    value: points,
    checked: run.rating === points,
    "aria-label": points ? `${points} of ${RATINGS}` : "no rating",
    onchange: () => rate(points),
  };
  return el(
    "label",
    {},
    el("input", settings),
    el("span", { "aria-hidden": "true" }, points || "–"),
  );
}
