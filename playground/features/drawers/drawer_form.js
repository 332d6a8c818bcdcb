// What the drawers of looks inside have in common: who is here, what the form says, pixels.
import { el } from "../../web/kit/dom.js";

/**
 * A setting of a model, as `models/base.py` has it.
 *
 * @typedef {object} Control
 * @property {string} name
 * @property {string} label
 * @property {string} kind
 * @property {any} default
 * @property {number} low
 * @property {number} high
 * @property {number | null} step
 * @property {(string | number)[]} choices
 * @property {string} help
 */

/**
 * What a drawer is told of a model, see `features/drawers/look_inside.py`.
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} name
 * @property {string} family
 * @property {boolean} hub whether its weights may yet have to be fetched
 * @property {string[]} can
 * @property {Control[]} controls
 * @property {Record<string, Control[]>} inputs by task
 */

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
const LIST = "gradio_api/call/models_list";

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
  const headers = { "Content-Type": "application/json" };
  const asked = await fetch(LIST, { method: "POST", headers, body: '{"data": []}' });
  const { event_id: number } = await asked.json();
  const answer = await (await fetch(`${LIST}/${number}`)).text();
  const [listed] = JSON.parse(/^data: (.*)$/m.exec(answer)?.[1] ?? "");
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
 * @param {HTMLImageElement} image
 */
export async function pixelsOf(image) {
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
