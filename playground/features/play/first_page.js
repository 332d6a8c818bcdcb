// The first page: its places, its tour and its scenes. Until Gradio is fetched everything here
// works without it.
import { answer } from "../../web/kit/buttons.js";
import { one, target, when } from "../../web/kit/dom.js";
import { drawersOf, enterDrawer, leaveDrawer } from "../../web/kit/entries.js";
import { fetchModule, fetchScript, fetchStyle } from "../../web/kit/fetched.js";
import { fetchGradio } from "../../web/kit/gradio_page.js";
import { onKey } from "../../web/kit/keys.js";
import { front, isShutOff } from "../../web/kit/page_state.js";
import { addressParts, choose, placeTabs, startPlaces } from "../../web/kit/places.js";
import { startScenes } from "../../web/kit/scenes.js";
import { stored } from "../../web/kit/stored.js";
import { startTour } from "./tour.js";

const PATIENCE = 1500; // milliseconds that the first page has for itself

/**
 * Arrows go from place to place, as in every row of tabs.
 *
 * @param {KeyboardEvent} event
 */
function move(event) {
  const tabs = placeTabs();
  const now = tabs.findIndex((tab) => tab === event.target);
  /** @type {Record<string, number>} */
  const ways = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 };
  const to = ways[event.key];
  if (now < 0 || to === undefined) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.focus();
  choose(tab.dataset.place ?? "");
}

/** @param {Event} event */
function pressed(event) {
  const tab = target(event)?.closest("[role=tab]");
  if (tab instanceof HTMLElement) choose(tab.dataset.place ?? "");
}

/**
 * Open the drawer of history and lab sheet; what it is made of is fetched the first time.
 *
 * @param {HTMLElement} button
 */
async function openHistory(button) {
  const { script = "", style = "" } = button.dataset;
  try {
    await fetchStyle(style);
    const history = await fetchModule(script);
    history.open();
    enterDrawer("history");
  } catch {
    answer(button, "Try again");
  }
}

/** Who is in a class has its bar on this page, too; nobody else fetches its script. */
function joinClass() {
  const { classScript } = front().dataset;
  if (stored("playground_class") && classScript) fetchScript(classScript).catch(() => {});
}

/** Open the first place; the address may name a part of it, such as "claims/bias". */
function openFirst() {
  startPlaces();
  const [, part] = addressParts();
  if (!part) return;
  when(
    () => document.getElementById(`claim-${part}`),
    (claim) => claim.scrollIntoView(),
  );
}

/** The drawer of the history is an entry of the browser's. */
function enterHistory() {
  const dialog = document.getElementById("history");
  const button = document.getElementById("history-open");
  if (!(dialog instanceof HTMLDialogElement) || !button) return;
  dialog.addEventListener("close", () => leaveDrawer("history"));
  drawersOf("history", {
    open: () => dialog.open || openHistory(button),
    close: () => dialog.close(),
  });
}

function begin() {
  enterHistory();
  openFirst();
  startScenes();
  joinClass();
  startTour();
  const row = front().querySelector("#places");
  if (!(row instanceof HTMLElement)) return; // the static page has one place, and no engine
  onKey(row, move);
  row.addEventListener("click", pressed);
  const button = one("#history-open", HTMLElement);
  button.addEventListener("click", () => openHistory(button));
  if (isShutOff()) return; // Gradio's scripts are kept from it, too
  const later = window.requestIdleCallback ?? setTimeout;
  addEventListener("load", () => setTimeout(() => later(fetchGradio), PATIENCE));
}

begin();
