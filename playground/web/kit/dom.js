// Elements: how all scripts make theirs. What models write becomes text nodes, never markup.
import { onKey } from "./keys.js";

/**
 * @typedef {string | number | boolean | null | undefined} Scalar
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {{
 *   [attribute: string]: Scalar | ((event: never) => unknown),
 *   onclick?: (event: MouseEvent) => unknown,
 *   oninput?: (event: Event) => unknown,
 *   onchange?: (event: Event) => unknown,
 *   ontoggle?: (event: Event) => unknown,
 *   onkeydown?: (event: KeyboardEvent) => unknown,
 * }} Settings
 */

/**
 * An element: el("p", { class: "says", onclick: f }, "words", other). What visitors and models
 * wrote is put into one with { translate: "no" }: neither the page's own translation touches that
 * nor one that a browser lays over the page. Where it is part of a sentence of the page, or of an
 * element's name, { "data-own": … } says which part.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Settings} settings true sets an empty attribute; false, null and undefined set none
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function el(name, settings = {}, ...children) {
  const element = document.createElement(name);
  dress(element, settings);
  element.append(...nodes(children));
  return element;
}

/**
 * An element of a drawing; settings and children as for `el`.
 *
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Settings} settings
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Name]}
 */
export function svg(name, settings = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  dress(element, settings);
  element.append(...nodes(children));
  return element;
}

/**
 * A ghost button.
 *
 * @param {Child} words
 * @param {((event: MouseEvent) => unknown) | undefined} onclick
 * @param {Settings} settings
 */
export function ghost(words, onclick = undefined, settings = {}) {
  return el("button", { type: "button", class: "ghost", onclick, ...settings }, words);
}

/**
 * The shape of a family, drawn in the current colour.
 *
 * @param {string} family
 * @returns {SVGElement}
 */
export function shape(family) {
  const template = byId(`shape-${family}`, HTMLTemplateElement);
  return /** @type {SVGElement} */ (template.content.firstElementChild?.cloneNode(true));
}

/**
 * The element of an id, which must be there and of this kind.
 *
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`There is no ${kind.name} #${id}.`);
  return found;
}

/**
 * The first element that fits a selector, which must be there and of this kind.
 *
 * @template {Element} Kind
 * @param {string} selector
 * @param {new () => Kind} kind
 * @param {ParentNode} within
 * @returns {Kind}
 */
export function one(selector, kind, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`There is no ${kind.name} ${selector}.`);
  return found;
}

/**
 * Call back with what `find` finds, as soon as it finds something; look every 50 ms.
 *
 * @template Found
 * @param {() => Found | null | undefined} find
 * @param {(found: Found) => void} then
 * @param {number} tries
 */
export function when(find, then, tries = 600) {
  const found = find();
  if (found) then(found);
  else if (tries) setTimeout(() => when(find, then, tries - 1), 50);
}

/**
 * Put a text into a field as if it were typed: Gradio hears of it.
 *
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 * @param {string} text
 */
export function fillField(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * What an event happened to, when that is an element.
 *
 * @param {Event} event
 * @returns {Element | null}
 */
export function target(event) {
  return event.target instanceof Element ? event.target : null;
}

/**
 * @param {Element} element
 * @param {Settings} settings
 */
function dress(element, settings) {
  for (const [key, value] of Object.entries(settings)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "onkeydown") {
      onKey(element, /** @type {(event: KeyboardEvent) => unknown} */ (value));
    } else if (typeof value === "function") {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  if (settings.translate === "no") element.classList.add("notranslate"); // some go by this alone
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  const found = [];
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    found.push(child instanceof Node ? child : String(child));
  }
  return found;
}
