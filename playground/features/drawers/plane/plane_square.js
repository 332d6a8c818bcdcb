// The square between four seeds: places in it, how keys move in it, and what is asked at a place.
// How much of each seed is in a place is worked out by the models, see
// models/adapters/interpolation.py.
import { declared } from "../drawer_form.js";

/**
 * @import { RunRequest } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { Asked } from "../drawer_form.js"
 */

/** @typedef {{ x: number, y: number }} Spot to the right and down, from 0 to 1 */

const [STEP, STRIDE] = [0.05, 0.2];
const MOST_SEED = 2 ** 32 - 1;

/** @type {Spot} */
export const MIDDLE = { x: 0.5, y: 0.5 };

/** @type {Spot[]} where the seeds are, in their order */
export const CORNERS = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 0, y: 1 },
  { x: 1, y: 1 },
];

/**
 * The place in the square that is nearest to a point, in thousandths.
 *
 * @param {number} x
 * @param {number} y
 * @returns {Spot}
 */
export function within(x, y) {
  const held = (/** @type {number} */ value) =>
    Math.round(1000 * Math.max(0, Math.min(1, value))) / 1000;
  return { x: held(x), y: held(y) };
}

/**
 * Where a key leads; null for one that leads nowhere.
 *
 * @param {Spot} spot
 * @param {string} key
 * @param {boolean} far
 */
export function moved({ x, y }, key, far) {
  const by = far ? STRIDE : STEP;
  if (key === "ArrowLeft") return within(x - by, y);
  if (key === "ArrowRight") return within(x + by, y);
  if (key === "ArrowUp") return within(x, y - by);
  if (key === "ArrowDown") return within(x, y + by);
  return key === "Home" ? MIDDLE : null;
}

/**
 * The first of the four seeds; all must be seeds.
 *
 * @param {number} seed
 */
export function firstSeed(seed) {
  return Number.isInteger(seed) && seed >= 0 ? Math.min(seed, MOST_SEED - 3) : 0;
}

/**
 * A place in words.
 *
 * @param {Spot} spot
 * @param {number} first of the four seeds
 */
export function where({ x, y }, first) {
  const corner = CORNERS.findIndex((one) => x === one.x && y === one.y);
  if (corner >= 0) return `seed ${first + corner}`;
  const nearest = first + (x > 0.5 ? 1 : 0) + (y > 0.5 ? 2 : 0);
  return (
    `${Math.round(100 * x)} % to the right, ${Math.round(100 * y)} % down, ` +
    `nearest to seed ${nearest}`
  );
}

/**
 * What a model is asked for at a place.
 *
 * @param {Model} model
 * @param {Asked} form
 * @param {Spot} spot
 * @returns {RunRequest}
 */
export function request(model, { digit, ink, paper, seed }, { x, y }) {
  const options = { x, y, ...declared(model, { digit, ink, paper }) };
  return { model: model.id, task: "plane", prompt: "", options, seed: firstSeed(seed) };
}
