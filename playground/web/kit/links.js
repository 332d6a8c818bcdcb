// Links to results: in the address bar, to be copied, and as a postcard.
import { el } from "./dom.js";
import { replaceAddress } from "./entries.js";
import { isLive } from "./page_state.js";

const SPACE = "https://huggingface.co"; // the page around us when we are framed by a Space

/**
 * The address of this page with another link.
 *
 * @param {string} link
 */
export function addressOf(link) {
  const address = new URL(window.location.href);
  address.searchParams.set("recipe", link);
  return address.href;
}

/**
 * Put a link into the address bar, and tell the page around us.
 *
 * @param {string} link
 */
export function showAddress(link) {
  if (!link) return;
  replaceAddress(addressOf(link));
  if (window.parent !== window) {
    window.parent.postMessage({ queryString: `?recipe=${link}` }, SPACE);
  }
}

/**
 * Copy text; plain http addresses have no navigator.clipboard, so there the old way. True if done.
 *
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
}

/** @param {string} text */
function copyByHand(text) {
  const before = document.activeElement;
  const area = el("textarea", { readonly: true, style: "position:fixed;top:0;opacity:0" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/**
 * What saves a picture of a result with a code to scan; null where nobody can draw it.
 *
 * @param {string | undefined} link
 */
export function postcard(link) {
  if (!isLive() || !link) return null;
  const href = `postcard.png?recipe=${encodeURIComponent(link)}`;
  const download = `postcard-${link.slice(-8)}.png`;
  return el("a", { class: "ghost", href, download }, "Postcard");
}

/**
 * What can be done with a finished result; nothing without a link, as recorded runs are.
 *
 * @param {string | undefined} link
 * @returns {HTMLElement[]}
 */
export function sharing(link) {
  const card = postcard(link);
  if (!card) return [];
  const settings = { type: "button", class: "ghost", "data-link": link };
  return [el("button", settings, "Copy link"), card];
}
