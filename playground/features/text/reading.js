// One model's way through a text that is given or was written: what is known of the run, the pieces
// it has read, and what else it thought likely where that was asked for.
import { Card } from "../../web/kit/card.js";
import { Pieces } from "./pieces.js";

/**
 * @import { CardFacts, PlannedRun, RunEvent, Spread } from "../../web/kit/events.js"
 */

/** A card without elements of its own. */
export class Reading extends Card {
  /** @type {Map<number, Spread>} */
  spreads = new Map();
  #pieces;
  #drawn;
  #refused = "";

  /**
   * @param {CardFacts} facts
   * @param {() => void} drawn called whenever there is something new to show, in measure
   * @param {number} offset the place of the first character; negative where a prompt is read first
   */
  constructor(facts, drawn, offset = 0) {
    super(facts, "");
    this.#drawn = drawn;
    this.#pieces = new Pieces(offset);
  }

  /** @override */
  show() {
    this.#drawn();
  }

  /**
   * @override
   * @param {PlannedRun} run
   */
  ask(run) {
    this.#refused = run.refused ?? "";
    super.ask(run);
  }

  /**
   * @override
   * @param {RunEvent} event
   */
  take(event) {
    if (event.spread) this.spreads.set(event.spread.index, event.spread);
    super.take(event);
  }

  /** What has been read so far. */
  get pieces() {
    this.#pieces.read(this.model.letters);
    return this.#pieces.list;
  }

  /** The character behind all that has been read. */
  get reached() {
    const { length } = this.pieces;
    return length ? this.pieces[length - 1].end : this.#pieces.reached;
  }

  /** The surprise of everything read so far. */
  get bits() {
    return this.pieces.reduce((sum, { bits }) => sum + bits, 0);
  }

  /** Which model failed at the text, why, and what to do; "" for none. */
  get error() {
    const { facts, failure } = this.model;
    return this.#refused || (failure ? `${facts.name}: ${failure.sentence}` : "");
  }

  /** What it waits for; "" for nothing. */
  get waits() {
    const { state } = this.model;
    if (state?.kind !== "waiting") return "";
    return [state.mark, state.words].filter(Boolean).join(" ");
  }

  /** Whether it has read all, or will read no more. */
  get over() {
    return this.model.over;
  }

  /** Whether it has read all. */
  get finished() {
    return this.model.finished;
  }
}
