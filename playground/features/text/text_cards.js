// The two cards of the text place: what is asked for by the form is carried out by `/live`, and
// shown letter by letter. Also a real model's way onto a card, and where two texts part.
import { start } from "../../web/kit/buttons.js";
import { toolsRow } from "../../web/kit/card.js";
import { el } from "../../web/kit/dom.js";
import { showAddress } from "../../web/kit/links.js";
import { say } from "../../web/kit/page_state.js";
import { carryOutPlan } from "../../web/kit/planned_runs.js";
import { isRunning, whileRunning } from "../../web/kit/run_buttons.js";
import { live } from "../../web/kit/runs.js";
import { log } from "../../web/kit/session_log.js";
import { TextCard } from "../../web/kit/text_card.js";
import { renew } from "./seed_lock.js";
import { differenceSentence, firstDifference } from "./text_diff.js";

/**
 * @import { CardFacts, RunEvent } from "../../web/kit/events.js"
 * @import { Plan as AnyPlan } from "../../web/kit/events.js"
 * @import { Component } from "../../web/kit/gradio.js"
 * @typedef {"left" | "right"} Side
 * @typedef {AnyPlan<Side>} Plan
 * @typedef {{ facts: CardFacts, here: boolean }} Fetch
 */

const BUTTON = "text-write";
/** @type {Side[]} */
const SIDES = ["left", "right"];

/** @type {Partial<Record<Side, TextCard>>} */
const cards = {};
/** @type {Partial<Record<Side, HTMLElement>>} */
const tools = {};
/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {Plan | null} */
let waiting = null; // for the cards to be there
/** @type {HTMLElement | null} */
let below = null;
let unequal = "";
let parted = "";

/**
 * The card on a side; undefined until it is there.
 *
 * @param {Side} side
 */
export function cardOn(side) {
  return cards[side];
}

/**
 * The side that is across from one.
 *
 * @param {Side} side
 */
export function otherSide(side) {
  return side === "left" ? "right" : "left";
}

/**
 * Call back whenever a card begins to show something else.
 *
 * @param {() => void} then
 */
export function onRenewed(then) {
  listeners.add(then);
}

/**
 * Fill one of the cards; its value is what it says of its model.
 *
 * @param {Component<CardFacts>} component
 * @param {Side} side
 */
export function mountCard({ element, value, onValue }, side) {
  const part = (/** @type {string} */ name) => {
    const found = element.querySelector(`#text-${side}-${name}`);
    if (!(found instanceof HTMLElement)) throw new Error(`There is no part ${name}.`);
    return found;
  };
  const parts = { head: part("head"), stage: part("stage"), figures: part("figures") };
  tools[side] = part("tools");
  cards[side] = new TextCard(value(), parts, BUTTON);
  showTools(side, "");
  onValue((facts) => offer(side, facts));
  if (waiting) carryOut(waiting);
}

/**
 * Carry out what the form asks for whenever it does.
 *
 * @param {Component<Plan | null>} component
 */
export function mountRuns({ value, onValue }) {
  const plan = value();
  if (plan) carryOut(plan);
  onValue((next) => next && carryOut(next));
}

/**
 * Fill what stands below the cards; its value is what is not equal between them.
 *
 * @param {Component<{ sentence: string }>} component
 */
export function mountBelow({ element, value, onValue }) {
  below = element;
  unequal = value().sentence;
  showBelow();
  onValue(({ sentence }) => {
    unequal = sentence;
    showBelow();
  });
}

/**
 * Let a model arrive on a card whenever its button asks for that.
 *
 * @param {Component<Fetch | null>} component
 * @param {Side} side
 */
export function mountFetch({ onValue, ended }, side) {
  onValue((asked) => asked && bring(side, asked, ended));
}

/** Whether both models are at work, or one of them. */
function writing() {
  return isRunning(BUTTON);
}

/**
 * Stand for a model, unless the page is still writing: then its text stays.
 *
 * @param {Side} side
 * @param {CardFacts} facts
 */
function offer(side, facts) {
  if (writing()) return;
  cards[side]?.offer(facts);
  showTools(side, "");
  parted = "";
  showBelow();
  renewed();
}

/** @param {Plan} plan */
function carryOut(plan) {
  waiting = cards.left && cards.right ? null : plan;
  if (waiting || writing()) return;
  const { link, runs } = plan;
  unequal = plan.unequal ?? unequal;
  parted = "";
  showBelow();
  carryOutPlan(plan, cardOn, BUTTON).then(() => end(link));
  for (const run of runs) showTools(run.card, link);
  renewed();
}

/**
 * Say what became of both, once.
 *
 * @param {string} link
 */
function end(link) {
  const both = SIDES.map((side) => cards[side]).filter((card) => card !== undefined);
  const [left, right] = both.map(({ model }) => model.text);
  const place = firstDifference(left, right);
  if (place >= 0) for (const card of both) card.stage.mark(place);
  parted = differenceSentence(left, right);
  showBelow();
  const said = both.map(({ model }) => model.announcement).filter(Boolean);
  if (said.length) say([...said, parted].filter(Boolean).join(" "));
  for (const { model } of both) if (model.written) log({ ...model.entry, link });
  showAddress(link);
}

/**
 * @param {Side} side
 * @param {Fetch} asked
 * @param {() => void} ended
 */
async function bring(side, { facts, here }, ended) {
  offer(side, facts);
  if (here) return;
  const take = (/** @type {number} */ _, /** @type {RunEvent} */ event) => {
    if (writing()) return;
    if (event.end) offer(side, facts);
    else cards[side]?.take(event);
  };
  const going = live({ fetch: facts.model }, take);
  whileRunning(`text-${side}-swap`, going);
  await going.done;
  ended();
}

/**
 * What can be done with what stands on a card.
 *
 * @param {Side} side
 * @param {string} link
 */
function showTools(side, link) {
  const model = cards[side]?.model;
  if (!model) return;
  const settings = { type: "button", class: "ghost", "data-why": true };
  const why = model.recipe ? [el("button", settings, "Why?")] : [];
  const again = el("button", { type: "button", class: "ghost", "data-again": true }, "Again");
  again.addEventListener("click", writeAgain);
  tools[side]?.replaceChildren(toolsRow([model], link, ...(link ? [again] : []), ...why));
}

/** Write once more: something else, unless the seed is kept. */
function writeAgain() {
  renew();
  start(BUTTON);
}

function showBelow() {
  const lines = [];
  const sentence = [el("b", {}, "Not equal."), ` ${unequal}`];
  if (unequal) lines.push(el("p", { class: "says" }, ...sentence));
  const mark = el("i", { class: "parting", "aria-hidden": "true" });
  if (parted) lines.push(el("p", { class: "says parted" }, mark, parted));
  below?.replaceChildren(...lines);
}

function renewed() {
  for (const listener of listeners) listener();
}
