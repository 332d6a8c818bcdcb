// What is fetched when it is first needed: scripts with their modules, and their styles.
import { el } from "./dom.js";

const GONE = "This could not be fetched. Try again in a moment.";

/** @type {Map<string, Promise<unknown>>} */
const scripts = new Map();

/**
 * Fetch a script and carry it out, once; rejects when it cannot be had.
 *
 * @param {string} address
 */
export function fetchScript(address) {
  const before = scripts.get(address);
  if (before) return before;
  const asked = new Promise((resolve, reject) => {
    const script = el("script", { src: address });
    script.onload = resolve;
    script.onerror = () => {
      scripts.delete(address);
      reject(new Error(GONE));
    };
    document.head.append(script);
  });
  scripts.set(address, asked);
  return asked;
}

/**
 * What a module exports whose script is fetched from its address: `shipped/walk.js?v=…`.
 *
 * @param {string} address
 * @returns {Promise<any>} whoever asks knows the module
 */
export async function fetchModule(address) {
  await fetchScript(address);
  const name = /([a-z]\w*)\.js/.exec(address)?.[1] ?? "";
  return moduleNamed(name);
}

/**
 * What a module exports that is on the page; undefined where its script has failed.
 *
 * @param {string} name
 * @returns {any} whoever asks knows the module
 */
export function moduleNamed(name) {
  return window.playground.modules[name];
}

/**
 * Fetch a style sheet, once; resolves when it is there, or cannot be had.
 *
 * @param {string} address
 */
export function fetchStyle(address) {
  if (document.querySelector(`link[href="${CSS.escape(address)}"]`)) return Promise.resolve();
  const sheet = el("link", { rel: "stylesheet", href: address });
  document.head.append(sheet);
  return new Promise((resolve) => (sheet.onload = sheet.onerror = resolve));
}
