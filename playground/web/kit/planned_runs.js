// What a form asks for, carried out: the runs of its plan go to `/live`, their events to its cards.
import { whileRunning } from "./run_buttons.js";
import { live } from "./runs.js";

/**
 * @import { Card } from "./card.js"
 * @import { Plan, PlannedRun, RunEvent } from "./events.js"
 */

/**
 * Have a plan carried out; resolves when all has ended. Its button says "Stop" meanwhile.
 *
 * @template {string} Id
 * @param {Plan<Id>} plan
 * @param {(id: Id) => Card | undefined} cardOf
 * @param {string} button the id of the one that was pressed
 */
export async function carryOutPlan({ runs, fetch }, cardOf, button) {
  for (const run of runs) cardOf(run.card)?.ask(run);
  const asked = runs.filter(({ recipe }) => recipe);
  if (!asked.length) return;
  const take = (/** @type {number} */ i, /** @type {RunEvent} */ event) =>
    cardOf(asked[i].card)?.take(event);
  const wanted = { runs: recipesOf(asked), keep: true, candidates: 0 };
  const going = live({ ...wanted, ...(fetch && { fetch }) }, take);
  whileRunning(button, going);
  await going.done;
}

/** @param {PlannedRun[]} runs */
function recipesOf(runs) {
  return runs.flatMap(({ recipe }) => (recipe ? [recipe] : []));
}
