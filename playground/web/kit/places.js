// The places of the main page, and when Gradio, which serves all but the first of them, is fetched.
import { when } from "./dom.js";
import { enterPlace, startEntries } from "./entries.js";
import { fetchGradio } from "./gradio_page.js";
import { front } from "./page_state.js";
import { unglued } from "./plain_text.js";

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
 * Open the place that this entry of the history has had, or the server or the address names; go
 * from place to place with the history from now on.
 */
export function startPlaces() {
  startEntries(
    (before) => goKnown(before?.place, front().dataset.place, placeInAddress()),
    (place) => goKnown(place, placeInAddress()),
  );
}

/** The place in the address, and what is named there of it: "claims", or "claims/bias". */
export function addressParts() {
  return unglued(window.location.hash.slice(1)).split("/");
}

function placeInAddress() {
  return addressParts()[0];
}

/**
 * Go to the first of these that is a place of this page.
 *
 * @param {...(string | undefined)} named
 */
function goKnown(...named) {
  const places = placeTabs().map((tab) => tab.dataset.place);
  const place = named.find((one) => one && places.includes(one)) ?? "play";
  go(place);
  return place;
}

/** Gradio has opened a place by itself: open the one again that is shown. */
export function stay() {
  const { place } = front().dataset;
  if (place) go(place);
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
  enterPlace(place, address);
}
