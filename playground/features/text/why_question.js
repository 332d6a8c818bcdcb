// A question about a letter: the model that wrote is asked for the same run again, which is
// replayed where the engine still has it, and the other one to read prompt and text. Both say all
// that they thought likely around the letter, so that who moves on by keys need not ask again.
import { live } from "../../web/kit/runs.js";
import { pieceAt } from "./pieces.js";
import { Reading } from "./reading.js";

/**
 * @import { CardModel } from "../../web/kit/card_model.js"
 * @import { CardFacts, Running, RunRequest, Spread } from "../../web/kit/events.js"
 * @import { Piece } from "./pieces.js"
 *
 * @typedef {object} Answer what one model thought of the piece that covers a letter
 * @property {Piece} piece
 * @property {Spread} spread
 */

const NEAR = 32; // so many letters before and after the chosen one

/** Both models' readings of what stands on a card. */
export class Question {
  /** @type {Running | null} */
  #going = null;

  /**
   * @param {CardModel} written what stands on the card
   * @param {CardFacts} other of the model that did not write it
   * @param {number} place the letter, from 0 where the model took over
   * @param {() => void} drawn called whenever there is something new to show
   */
  constructor(written, other, place, drawn) {
    const count = [...written.text].length;
    const begun = [...written.recipe.prompt].length;
    this.text = written.text;
    this.place = place;
    this.first = Math.max(0, place - NEAR);
    this.end = Math.min(count, place + NEAR + 1);
    this.count = count;
    this.silent = other.silent ?? "";
    this.runs = [ownRun(written), otherRun(written, other)].map((run, i) => ({
      ...run,
      around: /** @type {[number, number]} */ (
        [this.first, this.end].map((edge) => (i ? begun : 0) + edge)
      ),
    }));
    this.readings = [new Reading(written.facts, drawn), new Reading(other, drawn, -begun)];
  }

  /** Ask both; resolves when there is nothing more to come. */
  async ask() {
    const { readings, runs, silent } = this;
    const { model } = readings[1].model.facts;
    if (silent) readings[1].ask({ card: "other", model, refused: silent });
    const asked = silent ? runs.slice(0, 1) : runs;
    this.#going = live({ runs: asked, candidates: 0 }, (i, event) => readings[i].take(event));
    await this.#going.done;
    this.#going = null;
  }

  /** Whether answers are still to come. */
  get going() {
    return Boolean(this.#going);
  }

  /** Whether any of both has begun. */
  get answered() {
    return this.readings.some(({ model }) => model.started || model.failure);
  }

  stop() {
    this.#going?.stop();
  }

  /**
   * Whether it is about a letter, and about so many around it.
   *
   * @param {number} place
   * @param {number} around
   */
  covers(place, around = 0) {
    const end = Math.min(this.count, place + around + 1);
    return this.first <= Math.max(0, place - around) && this.end >= end;
  }

  /**
   * What one of the models thought of the piece that covers a letter; undefined before it is known.
   *
   * @param {number} number 0 for the one that wrote
   * @param {number} place
   * @returns {Answer | undefined}
   */
  answer(number, place) {
    const { pieces, spreads } = this.readings[number];
    const piece = pieceAt(pieces, place);
    const spread = piece && spreads.get(piece.token);
    return spread && { piece, spread };
  }

  /**
   * Whether all is known of a letter that there is to know.
   *
   * @param {number} place
   */
  known(place) {
    return this.readings.every(({ over }, i) => over || this.answer(i, place));
  }
}

/**
 * The run of a card; one that was stopped, as far as it came.
 *
 * @param {CardModel} written
 * @returns {RunRequest}
 */
function ownRun({ recipe, letters, finished }) {
  const { model, task, prompt, seed } = recipe;
  const options = finished ? recipe.options : { ...recipe.options, length: letters.length };
  return { model, task, prompt, seed, options };
}

/**
 * @param {CardModel} written
 * @param {CardFacts} other
 * @returns {RunRequest}
 */
function otherRun({ recipe, text }, { model }) {
  return { model, task: "score", prompt: recipe.prompt + text };
}
