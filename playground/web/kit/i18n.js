// The page's language. All words of the page are written in English where they are needed; what a
// catalogue (`web/locales/`) knows of them is shown in the visitor's language instead, whoever
// writes it: this page, its scripts or Gradio. What models write is never touched.
import { front } from "./page_state.js";
import { unglued } from "./plain_text.js";
import { storedText, storeText } from "./stored.js";

/**
 * @typedef {{ match: RegExp, first: string, last: string, said: string }} Pattern
 */

const KEY = "playground_language";
const APART = "pre, code, textarea, script, style, template, [translate=no]";
const WITHIN = "[translate=yes]"; // the page's own words within what stands apart
const OWN = "\uE000"; // stands for somebody's own words, which are in no catalogue
const ATTRIBUTES = ["aria-label", "placeholder", "title", "alt"];
/**
 * All that a place of this name can hold; any other holds anything. @type {Record<string, string>}
 */
const KINDS = {
  count: "[\\d.,\\s]*\\d",
  all: "[\\d.,\\s]*\\d",
  side: "[AB]",
  code: "[A-Z]{4}",
};
const LONGEST = 200; // of what is compared with patterns
/** Of a sentence that another one follows; no place holds it. */
const END = /(?<=[.?!]) (?=[\p{Lu}“✓])/u;

let language = "en";
/** @type {Record<string, string>} */
let phrases = {};
/** @type {Pattern[]} */
let patterns = [];
/** @type {WeakMap<Text, string>} what has been written into a node */
const shown = new WeakMap();
/** @type {(() => void)[]} */
const waiting = [];
let ready = false;

/**
 * An English phrase in the page's language.
 *
 * @param {string} phrase
 * @param {string} own the part of it that a visitor or a model wrote, and that stays
 * @returns {string}
 */
export function translated(phrase, own = "") {
  return foundAround(phrase, own) ?? phrase;
}

/**
 * Whether a text of the page is in its language, or stays as it is.
 *
 * @param {Text} node
 */
export function isDone(node) {
  return shown.get(node) === node.data || isApart(node.parentElement);
}

/** The page's language (BCP 47). */
export function pageLanguage() {
  return language;
}

/** Resolves once the page's words are there. */
export function languageReady() {
  return ready ? Promise.resolve() : new Promise((resolve) => waiting.push(() => resolve(null)));
}

/** Fetch the catalogue of the visitor's language, and show the page in it. */
export async function startLanguage() {
  /** @type {Record<string, string>} */
  const offered = JSON.parse(front().dataset.words || "{}");
  const named = namedLanguage();
  if (named) storeText(KEY, named, "session");
  const wanted = named ? [named] : (navigator.languages ?? [navigator.language]);
  const code = chosen(wanted, Object.keys(offered));
  persuade(code);
  document.documentElement.lang = "en";
  if (code !== "en") await read(code, offered[code]);
  ready = true;
  for (const tell of waiting) tell();
}

/**
 * Take a catalogue on: from English, with places such as {seed}, to a language.
 *
 * @param {string} code
 * @param {Record<string, string>} table
 */
export function learn(code, table) {
  language = code;
  phrases = table;
  patterns = Object.entries(table)
    .filter(([phrase]) => phrase.includes("{"))
    .map(([phrase, said]) => patternOf(phrase, said));
}

/**
 * The first language of the visitor that there is a catalogue for, or English.
 *
 * @param {readonly string[]} wanted
 * @param {string[]} offered
 */
export function chosen(wanted, offered) {
  const known = ["en", ...offered];
  const short = (/** @type {string} */ tag) => tag.split(/[-_]/)[0].toLowerCase();
  const fits = (/** @type {string} */ tag) => known.find((code) => short(code) === short(tag));
  return wanted.map(fits).find(Boolean) ?? "en";
}

/**
 * What the catalogue has for a phrase, or for each part of it between dots, or for each of its
 * sentences when it knows them all; undefined for nothing.
 *
 * @param {string} phrase
 * @returns {string | undefined}
 */
export function found(phrase) {
  if (Object.hasOwn(phrases, phrase)) return phrases[phrase];
  if (!phrase.includes(" · ")) return matched(phrase) ?? sentences(phrase);
  const parts = phrase.split(" · ");
  const known = parts.map(found);
  return known.some(Boolean) ? parts.map((part, i) => known[i] ?? part).join(" · ") : undefined;
}

/**
 * What the catalogue has for a phrase around somebody's own words.
 *
 * @param {string} phrase
 * @param {string} own "" for none
 */
function foundAround(phrase, own) {
  if (!own) return found(phrase);
  return found(phrase.replace(own, OWN))?.replace(OWN, () => own);
}

/**
 * @param {string} code
 * @param {string} address
 */
async function read(code, address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return;
    learn(code, await answer.json());
  } catch {
    return; // then the page stays in English
  }
  document.documentElement.lang = code;
  document.title = translated(document.title);
  visit(document.body);
  new MutationObserver((changes) => changes.forEach(see)).observe(document.body, {
    childList: true,
    characterData: true,
    subtree: true,
    attributeFilter: ATTRIBUTES,
  });
}

/** A language in the address holds for all pages of this tab, whichever way leads to them. */
export function namedLanguage() {
  const named = new URLSearchParams(location.search).get("lang");
  return named === null ? storedText(KEY, "session") : unglued(named);
}

/**
 * Gradio goes by the browser's language alone, and calls the whole page by it: let it hear of the
 * one that the page is shown in.
 *
 * @param {string} code
 */
function persuade(code) {
  Object.defineProperty(navigator, "language", { value: code, configurable: true });
  Object.defineProperty(navigator, "languages", { value: [code], configurable: true });
}

/**
 * A phrase with places for what changes, such as “seed {seed}”, as something to match. What
 * stands at {label} is of the page itself, and has a translation of its own.
 *
 * @param {string} phrase
 * @param {string} said
 * @returns {Pattern}
 */
function patternOf(phrase, said) {
  const plain = (/** @type {string} */ text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const place = (/** @type {string} */ key) => `(?<${key}>${KINDS[key] ?? ".+?"})`;
  const part = (/** @type {string} */ text) =>
    /^\{\w+\}$/.test(text) ? place(text.slice(1, -1)) : plain(text);
  const match = new RegExp(
    `^${phrase
      .split(/(\{\w+\})/)
      .map(part)
      .join("")}$`,
  );
  const first = phrase.slice(0, phrase.indexOf("{"));
  return { match, first, last: phrase.slice(phrase.lastIndexOf("}") + 1), said };
}

/**
 * @param {string} phrase
 * @returns {string | undefined}
 */
function matched(phrase) {
  if (phrase.length > LONGEST) return undefined;
  for (const { match, first, last, said } of patterns) {
    // Most end here, which is fast.
    if (!phrase.startsWith(first) || !phrase.endsWith(last)) continue;
    const places = match.exec(phrase)?.groups;
    if (places && !Object.values(places).some((text) => END.test(text))) return fill(said, places);
  }
  return undefined;
}

/**
 * @param {string} said
 * @param {Record<string, string>} places
 */
function fill(said, places) {
  return said.replace(/\{(\w+)\}/g, (_, key) =>
    key === "label" ? translated(places.label) : places[key],
  );
}

/**
 * @param {string} phrase
 * @returns {string | undefined}
 */
function sentences(phrase) {
  const parts = phrase.split(END);
  if (parts.length === 1) return undefined;
  const known = parts.map((part) => phrases[part] ?? matched(part));
  if (!known.every(Boolean)) return undefined;
  return known.join(language.startsWith("zh") ? "" : " ");
}

/**
 * Something on the page has changed.
 *
 * @param {MutationRecord} change
 */
function see({ type, target, addedNodes, attributeName }) {
  if (type === "characterData" && target instanceof Text) write(target);
  else if (type === "attributes" && target instanceof Element) name(target, attributeName ?? "");
  else for (const node of addedNodes) visit(node);
}

/**
 * Everything in a part of the page.
 *
 * @param {Node} node
 */
function visit(node) {
  if (node instanceof Text) write(node);
  if (!(node instanceof Element)) return;
  if (isApart(node) && isApart(node.parentElement) && !node.querySelector(WITHIN)) return;
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode instanceof Text) write(texts.currentNode);
  const named = ATTRIBUTES.map((attribute) => `[${attribute}]`).join();
  for (const element of [node, ...node.querySelectorAll(named)]) {
    for (const attribute of ATTRIBUTES) name(element, attribute);
  }
}

/**
 * Whether what stands in an element is nobody's to translate.
 *
 * @param {Element | null} element
 */
function isApart(element) {
  return element?.closest(`${APART}, ${WITHIN}`)?.matches(APART) ?? false;
}

/**
 * What is somebody's own of an element's words.
 *
 * @param {Element} element
 */
function ownOf(element) {
  return element.getAttribute("data-own") ?? "";
}

/** @param {Text} node */
function write(node) {
  if (shown.get(node) === node.data) return;
  const { parentElement: place } = node;
  if (!place || isApart(place)) return;
  const said = foundAround(node.data.trim().replace(/\s+/g, " "), ownOf(place));
  if (said === undefined) return;
  const before = /^\s*/.exec(node.data)?.[0] ?? "";
  const after = /\s*$/.exec(node.data)?.[0] ?? "";
  shown.set(node, before + said + after);
  node.data = before + said + after;
}

/**
 * @param {Element} element
 * @param {string} attribute
 */
function name(element, attribute) {
  const words = element.getAttribute(attribute);
  if (words === null || isApart(element.parentElement)) return;
  const says = ["title", "alt"].includes(attribute); // what the element shows, and not what it is
  if (says && element.getAttribute("translate") === "no") return;
  const said = foundAround(words, ownOf(element));
  if (said && said !== words) element.setAttribute(attribute, said);
}
