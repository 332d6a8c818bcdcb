// What is known of one model's answer at this moment: it is fed events and asked for words. Without
// elements, so that the card, the lab sheet and whatever looks inside read one and the same.
import { duration, plural, significant } from "./numbers.js";
import { LIVE, sourceOf } from "./sources.js";
import { surpriseBits, surpriseClasses } from "./surprise.js";

/**
 * @import { Arrive, CardFacts, CardState, End, Fail, Frame, Letter } from "./events.js"
 * @import { PlannedRun, RunEvent, Start, Wait } from "./events.js"
 */

/** @type {CardState} */
const FAILED = { kind: "failed", mark: "✕", words: "did not work" };

/** One card's run, from being asked for to its end. */
export class CardModel {
  /** @type {any} */
  recipe = null;
  key = "";
  /** @type {CardState | null} */
  state = null;
  /** @type {Letter[]} */
  letters = [];
  /** @type {string[]} */
  tiles = [];
  /** @type {number[]} */
  held = []; // places of pictures that the model held back
  photo = false; // pictures are shown smooth
  /** @type {Arrive | null} */
  arrival = null;
  /** @type {Fail | null} */
  failure = null;
  label = "";
  note = "";
  written = 0; // code points
  bits = 0;
  ms = 0;
  started = false;
  running = false;
  source = LIVE; // where what is shown comes from
  finished = false;
  over = false;
  #said = ""; // of its result from its start on

  /** @param {CardFacts} facts */
  constructor(facts) {
    this.facts = facts;
  }

  /** Know nothing any more but what model it is. */
  forget() {
    this.recipe = null;
    this.key = "";
    this.state = null;
    this.#clear();
  }

  /** Nothing has come of what was asked for. */
  #clear() {
    this.started = this.running = this.finished = this.over = false;
    this.source = LIVE;
    this.letters = [];
    this.tiles = [];
    this.held = [];
    this.photo = false;
    this.arrival = this.failure = null;
    this.label = this.note = "";
    this.written = this.bits = this.ms = 0;
  }

  /**
   * It is asked for: what stood there before stays until something comes.
   *
   * @param {PlannedRun} run
   */
  ask({ recipe, key = "", note = "" }) {
    this.recipe = recipe ?? null;
    this.#said = note;
    this.key = key;
    this.over = false;
    this.failure = null;
  }

  /** @param {RunEvent} event */
  take(event) {
    if (this.over) return;
    if (event.start) this.#start(event.start);
    for (const letter of event.letters ?? []) this.#write(letter);
    if (event.note) this.#remark(event.note);
    if (event.frame) this.#draw(event.frame);
    if (event.wait) this.#wait(event.wait);
    if (event.arrive) this.#arrive(event.arrive);
    if (event.fail) this.#fail(event.fail);
    if (event.end) this.#end(event.end);
  }

  /** @param {Start} start */
  #start(start) {
    const { recipe, key } = start;
    this.#clear();
    this.started = this.running = true;
    this.recipe = recipe;
    this.key = key;
    this.source = sourceOf(start);
    this.note = this.#said;
    this.state = this.#source();
  }

  /** Each note once, behind those before. @param {string} note */
  #remark(note) {
    if (!this.note.includes(note)) this.note = [this.note, note].filter(Boolean).join(" ");
  }

  /** @param {Wait} wait without words it waits no longer */
  #wait(wait) {
    this.state = wait.words ? { kind: "waiting", ...wait, busy: true } : this.#source();
  }

  /** @param {Letter} letter */
  #write(letter) {
    const [piece, probability, , ms] = letter;
    this.letters.push(letter);
    this.written += [...piece].length;
    this.bits += surpriseBits(probability);
    this.ms += ms;
    this.state = this.#source();
  }

  /** @param {Frame} frame */
  #draw({ tiles, held = [], photo = false, ms, label, last, total }) {
    this.tiles = tiles;
    this.photo = photo;
    this.held = held;
    this.ms += ms;
    this.finished = last;
    this.label = last || total === 1 ? "" : label;
    this.note = held.length ? label : "";
    this.state = this.#source();
  }

  /** @param {Arrive} arrive */
  #arrive(arrive) {
    this.running = true;
    this.arrival = arrive;
    this.state = { kind: "waiting", mark: "◔", words: arrive.words, busy: true };
  }

  /** @param {Fail} failure */
  #fail(failure) {
    if (!this.running) this.#clear();
    this.running = false;
    this.over = true;
    this.arrival = null;
    this.failure = failure;
    this.state = FAILED;
  }

  /** @param {End} end */
  #end(end) {
    this.finished = end === "finished";
    if (!this.running && !this.finished) this.#clear(); // nothing has come of what was asked for
    if (this.arrival) this.state = null;
    else this.state = this.finished ? this.#source() : this.#stopped();
    this.arrival = null;
    this.running = false;
    this.over = true;
  }

  /** @returns {CardState} */
  #source() {
    const [kind, mark, source] = this.source;
    const words = this.label ? `${source} · ${this.label}` : source;
    return { kind, mark, words, busy: !this.finished };
  }

  /** @returns {CardState} */
  #stopped() {
    const where = this.facts.kind === "text" ? String(this.written) : this.label || "the start";
    return { kind: "stopped", mark: "■", words: `stopped at ${where}` };
  }

  /** Whether something is still to come. */
  get busy() {
    return Boolean(this.state?.busy);
  }

  /** What the model has written so far. */
  get text() {
    return this.letters.map(([piece]) => piece).join("");
  }

  /** How many pictures there are or will be. */
  get pictures() {
    return this.recipe?.options.count ?? this.facts.frames ?? 0;
  }

  /** The line of at most three figures; "" while there is nothing to count. */
  get figures() {
    const made = this.facts.kind === "text" ? this.written : this.tiles.length;
    if (!this.recipe || !made) return "";
    const [took, seed] = [duration(this.ms / 1000 / made), `seed ${this.recipe.seed}`];
    if (this.facts.kind !== "text") return `${took} a picture · ${seed}`;
    return `${significant(this.bits / made)} bits a letter · ${took} a letter · ${seed}`;
  }

  /** What a screen reader says once, at the end; "" unless it is finished. */
  get announcement() {
    const { kind, name } = this.facts;
    if (!this.finished) return "";
    if (kind !== "text") return `${name} finished, ${plural(this.pictures, "picture")}.`;
    const bits = significant(this.bits / Math.max(1, this.written));
    return `${name} finished, ${plural(this.written, "letter")}, ${bits} bits a letter.`;
  }

  /** What the lab sheet takes down of it. */
  get entry() {
    const { name, family } = this.facts;
    /** @type {[string, string][]} */
    const letters = this.letters.map(([piece, p, rank]) => [piece, surpriseClasses(p, rank)]);
    const tiles = this.files.map(({ source }) => source);
    const { recipe, figures, source } = this;
    return { name, family, recipe, letters, tiles, figures, source: source[0] };
  }

  /** What a picture shows, for who cannot see it. */
  get alt() {
    const { subject, name } = this.facts;
    return [subject, name, this.label].filter(Boolean).join(", ");
  }

  /** The finished pictures that can be saved. */
  get files() {
    return this.tiles.flatMap((source, place) => {
      const name = this.fileName(place);
      return name ? [{ name, source }] : [];
    });
  }

  /**
   * What a picture is called when it is saved; "" for one that cannot be.
   *
   * @param {number} place from 0
   */
  fileName(place) {
    if (!this.finished || !this.recipe || this.held.includes(place)) return "";
    const { model, seed } = this.recipe;
    return `${model}-seed-${seed}-${place + 1}-${this.key.slice(0, 8)}.png`;
  }
}
