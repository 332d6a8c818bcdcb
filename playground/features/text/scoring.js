// Score a text: two models read it, and each letter shows how much it surprised them.
import { failureLines } from "../../web/kit/card.js";
import { visible } from "../../web/kit/card_parts.js";
import { el, one, shape } from "../../web/kit/dom.js";
import { showAddress } from "../../web/kit/links.js";
import { say } from "../../web/kit/page_state.js";
import { isRunning, whileRunning } from "../../web/kit/run_buttons.js";
import { live } from "../../web/kit/runs.js";
import { log } from "../../web/kit/session_log.js";
import { figuresTable } from "./figures_table.js";
import { pieceAt } from "./pieces.js";
import { Reading } from "./reading.js";
import { announcement, figuresWords, marksOf, partingWords, rate } from "./score_model.js";
import { rateWords, verdict, wordCells, wordsOf } from "./score_model.js";
import { Strip } from "./score_strip.js";
import { favourite } from "./why_words.js";

/**
 * @import { CardFacts, PlannedRun as AnyRun } from "../../web/kit/events.js"
 * @import { Component } from "../../web/kit/gradio.js"
 * @import { Word } from "./score_model.js"
 *
 * @typedef {AnyRun & { about: CardFacts }} PlannedRun
 * @typedef {{ link: string, text: string, runs: PlannedRun[] }} Plan
 * @typedef {Record<"totals" | "strip" | "parting", HTMLElement>} Parts
 */

const BUTTON = "text-score-press";
const HEIGHTS =
  ". Heights are bits a letter, as above; a piece of several letters shares its bits evenly, " +
  "its bar goes on below them. Dotted: not among ten favourites. Shaded: the words that part the " +
  "two.";

/**
 * Carry out what the form asks for whenever it does.
 *
 * @param {Component<Plan | null>} component
 */
export function mountScore({ element, value, onValue }) {
  const part = (/** @type {string} */ name) => one(`#text-score-${name}`, HTMLElement, element);
  const parts = { totals: part("totals"), strip: part("strip"), parting: part("parting") };
  const score = (/** @type {Plan | null} */ plan) => {
    if (plan && !isRunning(BUTTON)) new Scoring(plan, parts).begin();
  };
  score(value());
  onValue(score);
}

/** One text under two models, from the press to the end. */
class Scoring {
  /**
   * @param {Plan} plan
   * @param {Parts} parts
   */
  constructor(plan, parts) {
    this.plan = plan;
    this.parts = parts;
    this.letters = [...plan.text];
    this.readings = plan.runs.map(({ about }) => new Reading(about, () => this.draw()));
    this.strip = new Strip(this.letters, this.readings, (place) => this.tell(place));
    this.line = el(
      "p",
      { id: "text-score-letter", class: "reading", role: "status" },
      "Press a letter, or go to one with the arrow keys.",
    );
  }

  begin() {
    const { parts, plan, readings } = this;
    parts.strip.replaceChildren(this.strip.element);
    parts.parting.replaceChildren();
    plan.runs.forEach((run, i) => readings[i].ask(run));
    this.draw();
    const asked = readings.filter((_, i) => plan.runs[i].recipe);
    if (!asked.length) return this.end();
    const runs = plan.runs.flatMap(({ recipe }) => (recipe ? [recipe] : []));
    const going = live({ runs, candidates: 0 }, (i, event) => asked[i].take(event));
    whileRunning(BUTTON, going);
    going.done.then(() => this.end());
  }

  draw() {
    const rates = this.readings.map(rate);
    const scale = Math.max(...rates) || 1;
    this.parts.totals.replaceChildren(
      el("div", { class: "score-totals" }, ...rates.map((r, i) => this.#total(i, r / scale))),
    );
    this.strip.grow();
  }

  /**
   * A line for one model: its bits a letter as a bar from zero, or how far it is.
   *
   * @param {number} number
   * @param {number} share
   */
  #total(number, share) {
    const reading = this.readings[number];
    const { family, name } = reading.model.facts;
    const head = el("span", { class: "score-name" }, shape(family), el("b", {}, name));
    const settings = { class: "score-total", "data-family": family };
    if (reading.error) {
      const fail = { again: false, ...reading.model.failure, sentence: reading.error };
      return el("div", settings, head, ...failureLines(fail, BUTTON));
    }
    const bar = el("i", { class: "why-own score-bar" });
    bar.style.width = `${100 * share}%`;
    return el(
      "div",
      settings,
      head,
      el("span", { class: "score-rate" }, rateWords(reading)),
      el("span", { class: "why-track" }, bar),
      el("span", { class: "figures" }, figuresWords(reading, this.letters.length)),
      reading.model.note && el("p", { class: "aside" }, reading.model.note),
    );
  }

  /** Show all that needs the whole text. */
  end() {
    const { letters, plan, readings } = this;
    const [left, right] = readings;
    const both = left.finished && right.finished;
    const marks = readings.map(({ pieces }) => marksOf(pieces));
    const words = both ? wordsOf(plan.text, marks[0], marks[1]) : [];
    const apart = partingWords(words);
    const said = both ? verdict(left, right, letters.length, words) : "";
    this.draw();
    this.strip.end(apart);
    this.parts.parting.replaceChildren(
      this.#legend(),
      this.line,
      ...(said ? [el("p", { class: "score-verdict" }, said)] : []),
      ...(apart.length ? [this.#wordTable(apart)] : []),
      this.#tools(),
    );
    say([announcement(readings, letters.length), said].filter(Boolean).join(" "));
    if (!plan.link) return;
    log({ name: "A text, scored", family: "", asked: plan.text, figures: this.#figures() });
    showAddress(plan.link);
  }

  /** Which bar is whose, and what marks mean. */
  #legend() {
    const [upper, lower] = this.readings.map(({ model }) => {
      const { family, name } = model.facts;
      return el("span", { "data-family": family }, shape(family), ` ${name}`);
    });
    return el("p", { class: "legend" }, "Upper bar: ", upper, ". Lower bar: ", lower, HEIGHTS);
  }

  /** @param {Word[]} words */
  #wordTable(words) {
    const names = this.readings.map(({ model }) => model.facts.name);
    const heads = ["Word", ...names, `${names[1]} needs more`];
    const caption = "The words that part them most, in bits";
    return figuresTable(heads, words.map(wordCells), caption, 0);
  }

  #tools() {
    const { link } = this.plan;
    const settings = { type: "button", class: "ghost", "data-link": link };
    const copy = link ? el("button", settings, "Copy link") : null;
    return el("div", { class: "tools" }, copy, this.#everyLetter());
  }

  /** The table of every letter, filled when it is opened: two thousand rows take a moment. */
  #everyLetter() {
    const summary = el("summary", {}, "Every letter");
    const details = el("details", { class: "details", "data-score-table": true }, summary);
    details.ontoggle = () => {
      if (details.open && details.children.length === 1) details.append(this.#letterTable());
    };
    return details;
  }

  #letterTable() {
    const heads = this.readings.flatMap(({ model }) => [`${model.facts.name}, bits`, "rank"]);
    const marks = this.readings.map(({ pieces }) => marksOf(pieces));
    const rows = this.letters.map((letter, place) => [
      visible(letter),
      ...marks.flatMap((all) => {
        const mark = all[place];
        return mark ? [mark.bits.toFixed(2), String(mark.rank + 1)] : ["–", "–"];
      }),
    ]);
    return figuresTable(["Letter", ...heads], rows, "", 0);
  }

  /** What stands beside the names, on one line. */
  #figures() {
    const parts = this.readings.flatMap((reading) => {
      const { name } = reading.model.facts;
      if (reading.error) return [name, reading.error];
      return [name, rateWords(reading), figuresWords(reading, this.letters.length)];
    });
    return parts.join(" · ");
  }

  /**
   * Say what both made of one letter.
   *
   * @param {number} place
   */
  tell(place) {
    const said = this.readings.map(
      (reading) => `${reading.model.facts.name}: ${this.#thought(reading, place)}`,
    );
    const letter = visible(this.letters[place]);
    this.line.textContent = `Letter ${place + 1}, “${letter}”. ${said.join(". ")}.`;
  }

  /**
   * @param {Reading} reading
   * @param {number} place
   */
  #thought({ pieces }, place) {
    const piece = pieceAt(pieces, place);
    if (!piece) return "has not read it";
    const { bits, rank, text, start, end } = piece;
    const length = end - start;
    const choice = `${bits.toFixed(1)} bits, ${favourite(rank)}`;
    if (length === 1) return choice;
    const each = (bits / length).toFixed(1);
    return `“${visible(text)}” as one piece, ${choice}, ${each} bits for each letter`;
  }
}
