// Which numbers of steps every model takes, what it is asked for with each, and how far a picture
// is from the one with the most steps.
import { captionOf, declared, hasControl } from "../drawer_form.js";

/**
 * @import { RunRequest } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { Asked } from "../drawer_form.js"
 */

/**
 * One picture: by which model, in how many steps; null for a model that draws in one pass.
 *
 * @typedef {{ model: Model, steps: number | null }} Shot
 */

const STEPS = [1, 2, 4, 8, 20];

/**
 * The numbers of steps that a model takes.
 *
 * @param {Model} model
 * @returns {(number | null)[]}
 */
export function scale(model) {
  return hasControl(model, "steps") ? STEPS : [null];
}

/**
 * Models with those first that take the most numbers of steps.
 *
 * @param {Model[]} models
 */
export function ordered(models) {
  return [...models].sort((a, b) => scale(b).length - scale(a).length);
}

/** @param {number | null} steps */
export function wording(steps) {
  if (steps === null) return "one pass";
  return steps === 1 ? "1 step" : `${steps} steps`;
}

/**
 * What is asked for.
 *
 * @param {Shot} shot
 * @param {Asked} form
 * @returns {RunRequest}
 */
export function request({ model, steps }, { digit, ink, paper, prompt, seed }) {
  const caption = prompt || captionOf({ digit, ink, paper });
  return {
    model: model.id,
    prompt: model.can.includes("prompt") ? caption : "",
    options: declared(model, { count: 1, steps, digit, ink, paper }),
    seed,
  };
}

/**
 * What a picture is compared with: the last by the same model that is done.
 *
 * @template {Shot & { done: boolean }} Drawn
 * @param {Drawn} shot that is done
 * @param {Drawn[]} shots in their order
 */
export function lastOf(shot, shots) {
  return shots.filter(({ model, done }) => done && model === shot.model).at(-1) ?? shot;
}
