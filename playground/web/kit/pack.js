// Parts of the page that come when they are needed: recorded runs, and what was made beforehand.
import { el } from "./dom.js";
import { front } from "./page_state.js";

const GONE = "This part of the page could not be fetched.";

/** @type {Map<string, Promise<any>>} */
const packs = new Map();
/** @type {Map<string, (content: unknown) => void>} */
const awaited = new Map();

/**
 * One part of the pack; fetched by a script element, which works without a server, too.
 *
 * @param {string} part
 * @returns {Promise<any>} whoever asks knows what is in it
 */
export function pack(part) {
  const asked = packs.get(part) ?? fetchPart(part);
  packs.set(part, asked);
  return asked;
}

/**
 * Called by the script of a part.
 *
 * @param {string} part
 * @param {unknown} content
 */
export function unpack(part, content) {
  awaited.get(part)?.(content);
}

/** @param {string} part */
function fetchPart(part) {
  const inline = document.getElementById(`pack-${part}`);
  if (inline) return Promise.resolve(JSON.parse(inline.textContent ?? ""));
  return new Promise((resolve, reject) => {
    awaited.set(part, resolve);
    const script = el("script", { src: `${front().dataset.parts}${part}.js` });
    script.onerror = () => {
      packs.delete(part); // so that it can be asked for again
      reject(new Error(GONE));
    };
    document.head.append(script);
  });
}
