// The cards of the image place: what a form asks for is carried out by `/live`, and shown step by
// step. Digits, emoji and the real models have a form each, with its own cards and button.
import { toolsRow } from "../../web/kit/card.js";
import { el } from "../../web/kit/dom.js";
import { showAddress } from "../../web/kit/links.js";
import { say } from "../../web/kit/page_state.js";
import { PictureCard } from "../../web/kit/picture_card.js";
import { carryOutPlan } from "../../web/kit/planned_runs.js";
import { isRunning } from "../../web/kit/run_buttons.js";
import { log } from "../../web/kit/session_log.js";

/**
 * @import { CardFacts, Plan } from "../../web/kit/events.js"
 * @import { Component } from "../../web/kit/gradio.js"
 * @typedef {{ cards: Record<string, CardFacts> }} Offered what each card says of its model
 * @typedef {{ plan: Plan, ended: () => void }} Asked
 */

/** The cards of one form. */
class Grid {
  /** @type {Map<string, PictureCard>} */
  cards = new Map();
  /** @type {HTMLElement | null} */
  tools = null;
  /** @type {Asked | null} */
  waiting = null; // for the cards to be there

  /** @param {string} place */
  constructor(place) {
    this.button = `${place}-draw`;
  }

  get models() {
    return [...this.cards.values()].map(({ model }) => model);
  }

  /**
   * Lay the cards out.
   *
   * @param {HTMLElement} root
   * @param {HTMLElement} tools
   * @param {Offered} offered
   */
  fill(root, tools, { cards }) {
    const made = Object.entries(cards).map(
      ([id, facts]) => /** @type {const} */ ([id, new PictureCard(facts, this.button)]),
    );
    this.cards = new Map(made);
    this.tools = tools;
    root.replaceChildren(el("div", { class: "grid" }, ...made.map(([, card]) => card.element)));
    this.#showTools("");
    if (this.waiting) this.carryOut(this.waiting);
  }

  /**
   * Stand for other models, unless these are still drawing: then their pictures stay.
   *
   * @param {Offered} offered
   */
  offer({ cards }) {
    if (isRunning(this.button)) return;
    for (const [id, facts] of Object.entries(cards)) this.cards.get(id)?.offer(facts);
    this.#showTools("");
  }

  /** @param {Asked} asked */
  async carryOut(asked) {
    this.waiting = this.cards.size ? null : asked;
    if (this.waiting || isRunning(this.button)) return;
    const { plan, ended } = asked;
    const done = carryOutPlan(plan, (id) => this.cards.get(id), this.button);
    this.#showTools(plan.fetch ? "" : plan.link); // nobody sends a link to what still arrives
    await done;
    this.#showTools(plan.link);
    this.#end(plan.link);
    ended();
  }

  /**
   * Say what became of all, once.
   *
   * @param {string} link
   */
  #end(link) {
    const said = this.models.map(({ announcement }) => announcement).filter(Boolean);
    if (said.length) say(said.join(" "));
    for (const { entry, files } of this.models) if (files.length) log({ ...entry, link });
    showAddress(link);
  }

  /** @param {string} link */
  #showTools(link) {
    this.tools?.replaceChildren(toolsRow(this.models, link));
  }
}

/** @type {Map<string, Grid>} */
const grids = new Map();

/** @param {string} place */
function gridOf(place) {
  const known = grids.get(place) ?? new Grid(place);
  grids.set(place, known);
  return known;
}

/**
 * What is known of the pictures of a form, model by model; empty until its cards are there.
 *
 * @param {string} place
 */
export function modelsIn(place) {
  return gridOf(place).models;
}

/**
 * Fill the cards of a form, and the row of what can be done with all of them.
 *
 * @param {Component<Offered>} component
 * @param {string} place
 */
export function mountCards({ element, value, onValue }, place) {
  const [root, tools] = element.querySelectorAll(":scope > div[id]");
  if (!(root instanceof HTMLElement && tools instanceof HTMLElement)) {
    throw new Error(`There is no room for the cards of ${place}.`);
  }
  gridOf(place).fill(root, tools, value());
  onValue((offered) => gridOf(place).offer(offered));
}

/**
 * Carry out what a form asks for whenever it does.
 *
 * @param {Component<Plan | null>} component
 * @param {string} place
 */
export function mountRuns({ value, onValue, ended }, place) {
  const take = (/** @type {Plan | null} */ plan) => plan && gridOf(place).carryOut({ plan, ended });
  take(value());
  onValue(take);
}
