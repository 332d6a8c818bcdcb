// Names of emoji below the prompt for one: the arrow keys reach them out of it, Enter takes one.
import { fillField, target } from "./dom.js";
import { onKey } from "./keys.js";
import { plain } from "./plain_text.js";

const MOST = 8;
const ROLES = {
  role: "combobox",
  "aria-controls": "emoji-names",
  "aria-expanded": "true",
  "aria-autocomplete": "list",
};

/** @type {Promise<string[]> | null} */
let names = null; // fetched when somebody first comes to the prompt
/** @type {HTMLElement[]} */
let starters = [];

/** Listen for what is typed and pressed. */
export function startSuggestions() {
  document.addEventListener("focusin", (event) => inPrompt(event) && suggest());
  document.addEventListener("input", (event) => inPrompt(event) && suggest());
  // Before Gradio hears of it, for which Enter is "draw".
  onKey(document, (event) => inPrompt(event) && press(event), true);
  // A press on a name leaves the keyboard of a phone as it is: open or closed.
  document.addEventListener("mousedown", (event) => nameIn(event) && event.preventDefault());
  document.addEventListener("click", (event) => take(nameIn(event)));
}

/**
 * Show names that fit what is written, whoever wrote it, or some to begin with.
 *
 * @param {string | undefined} written
 */
export async function suggest(written = input()?.value) {
  wake();
  const shown = list();
  if (!shown || !starters.length) return;
  const fits = fitting(await names, written ?? "");
  const options = fits.length ? fits.map(option) : starters;
  if (texts(options) === texts([...shown.children])) return; // what is marked stays marked
  shown.replaceChildren(...options);
  choose(-1);
}

/**
 * The best names for what is written: those that begin so, have it, or share a word with it.
 *
 * @param {string[] | null} known
 * @param {string} written
 */
export function fitting(known, written) {
  const said = plain(written).trim().toLowerCase();
  if (!said) return [];
  const ranked = (known ?? [])
    .filter((name) => name !== said)
    .map((name) => ({ name, rank: rankOf(name, said) }))
    .filter(({ rank }) => rank >= 0);
  ranked.sort((a, b) => a.rank - b.rank || a.name.length - b.name.length);
  return ranked.slice(0, MOST).map(({ name }) => name);
}

/**
 * @param {string} name
 * @param {string} said
 */
function rankOf(name, said) {
  const holds = (/** @type {string} */ part) => ` ${name}`.includes(part);
  const words = said.split(/\s+/);
  return [
    name.startsWith(said),
    holds(` ${said}`),
    holds(said),
    words.some((word) => holds(` ${word}`)),
  ].indexOf(true);
}

function input() {
  const field = document.querySelector("#emoji-prompt input");
  return field instanceof HTMLInputElement ? field : null;
}

function list() {
  return document.getElementById("emoji-names");
}

/** @param {Event} event */
function inPrompt(event) {
  return Boolean(event.target) && event.target === input();
}

/** @param {Event} event */
function nameIn(event) {
  const found = target(event)?.closest("#emoji-names [role=option]");
  return found instanceof HTMLElement ? found.dataset.name : undefined;
}

/** Those that can be seen: the list shows whole ones only, and as many as have room. */
function visible() {
  const shown = list();
  if (!shown) return [];
  const options = [...shown.children].filter((one) => one instanceof HTMLElement);
  return options.filter((one) => one.offsetTop < shown.clientHeight);
}

/** Tell what the prompt is, and fetch the names; they are not part of the page. */
function wake() {
  const [field, shown] = [input(), list()];
  if (!field || !shown) return;
  for (const [name, value] of Object.entries(ROLES)) field.setAttribute(name, value);
  if (!starters.length) starters = [...shown.children].filter((one) => one instanceof HTMLElement);
  names ??= fetch("shipped/names.json").then(
    (answer) => (answer.ok ? answer.json() : []),
    () => [],
  );
}

/** @param {Element[]} options */
function texts(options) {
  return options.map((one) => one.getAttribute("data-name")).join("\n");
}

/**
 * @param {string} name
 * @param {number} number
 */
function option(name, number) {
  const made = /** @type {HTMLElement} */ (starters[0].cloneNode());
  made.id = `emoji-name-${number}`;
  made.textContent = made.dataset.name = name;
  return made;
}

/**
 * Mark one of the names that can be seen; -1 for none.
 *
 * @param {number} number
 */
function choose(number) {
  const shown = visible();
  for (const one of list()?.children ?? []) one.setAttribute("aria-selected", "false");
  shown[number]?.setAttribute("aria-selected", "true");
  input()?.setAttribute("aria-activedescendant", shown[number]?.id ?? "");
}

/**
 * Write a name into the prompt as if it had been typed.
 *
 * @param {string | undefined} name
 */
function take(name) {
  const field = input();
  if (!field || !name) return;
  fillField(field, name);
}

/**
 * Arrows go through the names and past their ends to none, Enter takes, Escape leaves them.
 *
 * @param {KeyboardEvent} event
 */
function press(event) {
  const shown = visible();
  const now = shown.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const places = shown.length + 1;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move && shown.length) choose(((now + 1 + move + places) % places) - 1);
  else if (event.key === "Enter" && now >= 0) take(shown[now].dataset.name);
  else if (event.key === "Escape" && now >= 0) choose(-1);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
