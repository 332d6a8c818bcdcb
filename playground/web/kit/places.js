// The places of the main page, and when Gradio, which serves all but the first of them, is fetched.
import { when } from "./dom.js";
import { fetchGradio } from "./gradio_page.js";
import { front } from "./page_state.js";

/** The tabs of all places; the static page has none. */
export function placeTabs() {
  /** @type {NodeListOf<HTMLElement>} */
  const tabs = front().querySelectorAll("#places [role=tab]");
  return [...tabs];
}

/**
 * Show one of the places.
 *
 * @param {string} place
 */
export function go(place) {
  front().dataset.place = document.body.dataset.place = place;
  for (const tab of placeTabs()) {
    const chosen = tab.dataset.place === place;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  if (place === "play") return;
  fetchGradio();
  const selector = `#page-places [role=tab][aria-controls="page-${place}"]`;
  when(
    () => document.querySelector(selector),
    (tab) => tab instanceof HTMLElement && tab.click(),
  );
}

/**
 * Go to a place and say so in the address; the first page has no recipe in its.
 *
 * @param {string} place
 */
export function choose(place) {
  go(place);
  const address = new URL(window.location.href);
  if (place === "play") address.searchParams.delete("recipe");
  address.hash = place === "play" ? "" : place;
  history.replaceState(history.state, "", address);
}
