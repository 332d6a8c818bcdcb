// What the drawers of looks inside have in common: who is here, what the form says, pixels.
import { el } from "../../web/kit/dom.js";
import { called } from "../../web/kit/gradio_page.js";

/** @import { Model } from "../../web/kit/models.js" */

/**
 * What the form of the digits says.
 *
 * @typedef {{ digit: number, ink: string, paper: string, seed: number, prompt: string }} Asked
 */

export const DIGITS = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
];

/**
 * Of models, those whose weights are here; the hub's may yet have to be fetched.
 *
 * @param {Model[]} models
 * @returns {Promise<Model[]>}
 */
export async function modelsHere(models) {
  if (!models.some((model) => model.hub)) return models;
  try {
    const there = await listedHere();
    return models.filter((model) => there.has(model.id));
  } catch {
    return models.filter((model) => !model.hub);
  }
}

async function listedHere() {
  const [listed] = await called("models_list");
  /** @type {{ id: string, state: string }[]} */
  const here = listed.filter(
    (/** @type {{ state: string }} */ { state }) => state === "ready" || state === "not_loaded",
  );
  return new Set(here.map(({ id }) => id));
}

/**
 * What the form of the digits says now.
 *
 * @returns {Asked}
 */
export function askedConcept() {
  const digit = Number(valueOf("#images-digit input:checked") ?? 7);
  const ink = valueOf("#images-ink input:checked") ?? "red";
  const paper = valueOf("#images-paper input:checked") ?? "black";
  const seed = Number(valueOf("#images-seed input") ?? 7);
  return { digit, ink, paper, seed, prompt: valueOf("#images-prompt :is(textarea, input)") ?? "" };
}

/** @param {string} selector */
function valueOf(selector) {
  const field = document.querySelector(selector);
  const writes = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
  return writes ? field.value : undefined;
}

/**
 * The plain caption of a concept, as `models/datasets.py` words it.
 *
 * @param {{ digit: number, ink: string, paper: string }} concept
 */
export function captionOf({ digit, ink, paper }) {
  return `a ${ink} ${DIGITS[digit]} on a ${paper} background`;
}

/**
 * Red, green and blue of every pixel of a picture.
 *
 * @param {string} source
 */
export async function pixelsOf(source) {
  const image = el("img", { src: source });
  await image.decode();
  const canvas = el("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  const pen = penOf(canvas, { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  return Float64Array.from(data.filter((_, i) => i % 4 !== 3));
}

/**
 * What draws on a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} settings
 */
export function penOf(canvas, settings = {}) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));
}

/**
 * Root of the mean squared difference of the colour values, of 255.
 *
 * @param {ArrayLike<number>} some
 * @param {ArrayLike<number>} others
 */
export function difference(some, others) {
  let squares = 0;
  for (let i = 0; i < some.length; i += 1) squares += (some[i] - others[i]) ** 2;
  return Math.sqrt(squares / some.length);
}

/**
 * Whether a model has a setting.
 *
 * @param {Model} model
 * @param {string} name
 */
export function hasControl(model, name) {
  return model.controls.some((control) => control.name === name);
}

/**
 * Of what is wished for what a model declares it can be told, and no more.
 *
 * @param {Model} model
 * @param {Record<string, string | number | null>} wished null for what is left to the model
 */
export function declared(model, wished) {
  const told = Object.entries(wished).filter(
    ([name, value]) => value !== null && hasControl(model, name),
  );
  return Object.fromEntries(told);
}

/**
 * The drawer that a root lies in.
 *
 * @param {Element} root
 */
export function drawerOf(root) {
  const drawer = root.closest("details");
  if (!drawer) throw new Error("This does not lie in a drawer.");
  return drawer;
}

/**
 * Call back whenever somebody opens the drawer again.
 *
 * @param {Element} root
 * @param {() => unknown} then
 */
export function onOpened(root, then) {
  const drawer = drawerOf(root);
  drawer.addEventListener("toggle", () => drawer.open && then());
}

/**
 * Who of some models cannot be chosen yet, in a sentence; "" for nobody.
 *
 * @param {Model[]} models
 * @param {Model[]} here
 * @param {string} then what can be done about it, in a sentence
 */
export function notHereYet(models, here, then) {
  const missing = models.filter((model) => !here.includes(model)).map(({ name }) => name);
  if (!missing.length) return "";
  return `Not here yet: ${missing.join(", ")}. ${then}`;
}
