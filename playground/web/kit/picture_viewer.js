// One picture, large: whatever is shown in a tile opens here, with what is known of it, and is
// saved from here as it was sent. It is an entry of the browser's history: Back shuts it.
import { runButton } from "./buttons.js";
import { el, ghost } from "./dom.js";
import { drawersOf, enterDrawer, leaveDrawer } from "./entries.js";
import { onKey } from "./keys.js";
import { front, isLive, say } from "./page_state.js";
import { run } from "./runs.js";

/**
 * @import { Recipe, RunEvent } from "./events.js"
 *
 * @typedef {object} About what is known of a picture besides what it shows
 * @property {Recipe} [recipe]
 * @property {string} [key]
 * @property {number} [place] from 0, among the pictures of its run
 * @property {string} [facts] what is said of it in a line; by itself, its seed
 */

const LEAST = 256; // CSS pixels of a side
const MOST = 512;
const AROUND = { beside: 32, above: 260 }; // CSS pixels that the rest of the dialog needs
const TEN = 10;
const ENTRY = "picture";
/** @type {Record<string, number>} */
const MOVES = { ArrowLeft: -1, ArrowRight: 1 };

/** @type {WeakMap<Element, About>} */
const known = new WeakMap();
/** @type {Viewer | null} */
let viewer = null;

/**
 * A picture that opens large when it is pressed.
 *
 * @param {HTMLImageElement | HTMLCanvasElement} picture a canvas is called by its `aria-label`
 * @param {About} about
 * @param {Record<string, string | number>} settings
 */
export function pictureButton(picture, about = {}, settings = {}) {
  const role = { type: "button", title: "Show it large", "aria-haspopup": "dialog" };
  const own = { class: "picture", "data-large": true, ...settings };
  const button = el("button", { ...role, ...own }, picture);
  button.addEventListener("click", () => openPicture(button));
  known.set(button, about);
  return button;
}

/**
 * Say what is known of the picture of such a button now.
 *
 * @param {HTMLElement} button
 * @param {About} about
 */
export function tellOf(button, about) {
  known.set(button, about);
}

/**
 * Show a picture in a tile, in the button that stands there if there is one.
 *
 * @param {Element} tile
 * @param {HTMLImageElement} image
 * @param {About} about
 */
export function showPicture(tile, image, about = {}) {
  const button = image.parentElement;
  if (button && button.parentElement === tile) known.set(button, about);
  else tile.replaceChildren(pictureButton(image, about));
}

/** @param {HTMLElement} button */
function openPicture(button) {
  viewer ??= new Viewer();
  viewer.show(button);
}

/**
 * The name of a saved file.
 *
 * @param {About} about
 * @param {string} alt
 */
export function fileNameOf({ recipe, key = "", place = 0 }, alt) {
  if (recipe) return `${recipe.model}-seed-${recipe.seed}-${place + 1}-${key.slice(0, 8)}.png`;
  const words = alt.toLowerCase().match(/[\p{L}\d]+/gu) ?? ["picture"];
  return `${words.join("-").slice(0, 80)}.png`;
}

/**
 * How wide a picture is shown: small ones at a whole multiple, so that their pixels stay square.
 *
 * @param {number} natural its own width
 * @param {number} room
 */
export function widthOf(natural, room) {
  const wanted = Math.min(MOST, Math.max(LEAST, room));
  return natural * Math.max(1, Math.floor(wanted / natural));
}

/**
 * What to ask for to get ten more; null where that makes no sense.
 *
 * @param {About} about
 * @param {boolean} photo whether it is a large one, which takes its time
 * @param {number} seed
 */
export function tenMore({ recipe }, photo, seed) {
  if (!recipe || photo || recipe.task !== "generate" || !("count" in recipe.options)) return null;
  const { model, prompt } = recipe;
  return { model, prompt, options: { ...recipe.options, count: TEN }, seed };
}

/** The dialog; there is one a page. */
class Viewer {
  #title = el("h2", { id: "picture-title", translate: "no" });
  #stage = el("div", { class: "viewer-stage" });
  #facts = el("div", { class: "viewer-facts" });
  #tools = el("div", { class: "tools" });
  #more = el("div", { class: "viewer-more" });
  #dialog = el("dialog", { class: "viewer", "aria-labelledby": "picture-title" });
  /** @type {HTMLElement | null} */
  #opener = null; // what gets the focus back
  /** @type {HTMLElement | null} */
  #shown = null;
  /** @type {HTMLElement | null} */
  #last = null; // what was shown when it was shut
  #stop = () => {};

  constructor() {
    const close = ghost("Close", () => this.#dialog.close());
    this.#dialog.append(
      el("header", {}, this.#title, close),
      ...[this.#stage, this.#facts, this.#tools, this.#more],
    );
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog) this.#dialog.close();
    });
    this.#dialog.addEventListener("close", () => this.#closed());
    onKey(this.#dialog, (event) => this.#move(event));
    front().append(this.#dialog);
    drawersOf(ENTRY, { open: () => this.#again(), close: () => this.#dialog.close() });
  }

  /** @param {HTMLElement} button */
  show(button) {
    const picture = pictureIn(button);
    if (!picture) return;
    this.#shown = button;
    if (!this.#dialog.contains(button)) {
      this.#opener = button;
      this.#forget();
    }
    const about = known.get(button) ?? {};
    const { src, alt, photo } = picture;
    const download = button.dataset.save ?? fileNameOf(about, alt);
    this.#title.textContent = alt;
    this.#stage.replaceChildren(large(picture));
    this.#facts.replaceChildren(...factsOf(about));
    this.#tools.replaceChildren(
      el("a", { class: "ghost", href: src, download }, "Save PNG"),
      ...this.#turning(),
      ...this.#asking(about, photo),
    );
    if (!this.#dialog.open) this.#dialog.showModal();
    enterDrawer(ENTRY);
  }

  /** Show what was shown before, if it is still there. */
  #again() {
    if (!this.#dialog.open && this.#last?.isConnected) this.show(this.#last);
  }

  /** The pictures beside it, itself among them. */
  #row() {
    const row = this.#shown?.closest(".tile")?.parentElement;
    /** @type {NodeListOf<HTMLElement>} */
    const found = (row ?? this.#stage).querySelectorAll("[data-large]");
    return [...found];
  }

  #turning() {
    if (this.#row().length < 2) return [];
    return [
      ghost("←", () => this.#turn(-1), { "aria-label": "Previous picture" }),
      ghost("→", () => this.#turn(1), { "aria-label": "Next picture" }),
    ];
  }

  /** @param {number} by */
  #turn(by) {
    const row = this.#row();
    const now = row.findIndex((one) => one === this.#shown);
    const words = document.activeElement?.getAttribute("aria-label");
    this.show(row[(now + by + row.length) % row.length]);
    const again = [...this.#tools.children].find((one) => one.getAttribute("aria-label") === words);
    if (words && again instanceof HTMLElement) again.focus();
    say(this.#title.textContent);
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const by = MOVES[event.key];
    if (!by || this.#row().length < 2) return;
    event.preventDefault();
    this.#turn(by);
  }

  /**
   * What asks for ten more.
   *
   * @param {About} about
   * @param {boolean} photo
   */
  #asking(about, photo) {
    const asked = tenMore(about, photo, Math.floor(Math.random() * 10000));
    if (!asked || !isLive() || this.#more.childElementCount) return [];
    const button = ghost("Ten more like it");
    const working = runButton(button, { start: () => this.#ask(asked) });
    this.#stop = working.stop;
    return [button];
  }

  /** @param {NonNullable<ReturnType<typeof tenMore>>} asked */
  #ask(asked) {
    const says = el("p", { class: "says", role: "status" }, `seed ${asked.seed}`);
    const tiles = Array.from({ length: TEN }, () => el("span", { class: "tile" }));
    this.#more.replaceChildren(says, el("div", { class: "viewer-tiles" }, ...tiles));
    /** @type {About} */
    const about = {};
    return run([asked], (_, event) => take(event, { about, says, tiles }), true);
  }

  #forget() {
    this.#stop();
    this.#stop = () => {};
    this.#more.replaceChildren();
  }

  #closed() {
    this.#forget();
    leaveDrawer(ENTRY);
    this.#opener?.focus();
    this.#last = this.#opener;
    this.#opener = this.#shown = null;
  }
}

/**
 * A picture as it stands in its button at this moment.
 *
 * @typedef {{ src: string, alt: string, naturalWidth: number, photo: boolean }} Picture
 *
 * @param {HTMLElement} button
 * @returns {Picture | null}
 */
function pictureIn(button) {
  const found = button.querySelector("img, canvas");
  const photo = Boolean(found?.classList.contains("photo"));
  if (found instanceof HTMLImageElement) {
    const { src, alt, naturalWidth } = found;
    return { src, alt, naturalWidth, photo };
  }
  if (!(found instanceof HTMLCanvasElement)) return null;
  const alt = found.getAttribute("aria-label") ?? "";
  return { src: found.toDataURL(), alt, naturalWidth: found.width, photo };
}

/** @param {Picture} picture */
function large({ src, alt, naturalWidth, photo }) {
  const room = Math.min(innerWidth - AROUND.beside, innerHeight - AROUND.above);
  const width = widthOf(naturalWidth || LEAST, room);
  return el("img", { src, alt, width, class: photo ? "photo" : null });
}

/** @param {About} about */
function factsOf({ recipe, key = "", facts }) {
  const line = facts ?? (recipe ? `seed ${recipe.seed}` : "");
  const said = line ? [el("p", { class: "figures" }, line)] : [];
  if (!recipe) return said;
  const text = el("pre", { tabindex: 0 }, JSON.stringify(recipe, null, 1));
  const id = el("dl", {}, el("div", {}, el("dt", {}, "Recipe"), el("dd", {}, key.slice(0, 12))));
  return [...said, el("details", { class: "details" }, el("summary", {}, "Details"), id, text)];
}

/**
 * Show what becomes of the ten.
 *
 * @param {RunEvent} event
 * @param {{ about: About, says: HTMLElement, tiles: HTMLElement[] }} shown
 */
function take({ start, wait, frame, fail }, { about, says, tiles }) {
  if (start) Object.assign(about, { recipe: start.recipe, key: start.key });
  if (wait?.words) says.textContent = wait.words;
  if (fail) says.textContent = fail.sentence;
  if (!frame) return;
  says.textContent = `seed ${about.recipe?.seed}`;
  const words = about.recipe?.prompt || about.recipe?.model;
  frame.tiles.forEach((source, place) => {
    const image = tiles[place].querySelector("img") ?? el("img", { decoding: "sync" });
    [image.src, image.alt] = [source, `${words}, picture ${place + 1}`];
    showPicture(tiles[place], image, { ...about, place });
  });
}
