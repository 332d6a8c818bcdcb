// Beat the machine: guess the next letter of lines that no model has read, scored by one rule.
//
// What the models would have guessed is recorded, see beat_the_machine.py; this needs no server.
import { heading, visible } from "../../../../web/kit/card_parts.js";
import { el, ghost, target } from "../../../../web/kit/dom.js";
import { pack } from "../../../../web/kit/pack.js";
import { say } from "../../../../web/kit/page_state.js";
import { plain } from "../../../../web/kit/plain_text.js";
import { logAnswer } from "../../../../web/kit/session_log.js";
import { RECORDED } from "../../../../web/kit/sources.js";
import { ModelCard, rules, scoreRow, scoreTable } from "./beat_cards.js";
import { Keyboard } from "./beat_keys.js";
import { MOST, TOLD, cost, guessOf, named, score, verdict } from "./beat_score.js";

/**
 * @import { RecordedPart, Recording } from "../../../../web/kit/events.js"
 * @import { Guesses } from "./beat_score.js"
 */

const MODELS = [
  { id: "char_lstm", family: "lstm", name: "LSTM" },
  { id: "gpt2_mini", family: "transformer", name: "GPT" },
];
const GUESSED = 15; // letters at the end of each line; those before them are given
const ROWS = ["qwertyuiop", "asdfghjkl'", "zxcvbnm,.?", "-! ;:"];

/** @param {HTMLElement} root */
export function build(root) {
  new BeatGame(root).fetchLines();
}

class BeatGame {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;

    /** @type {Guesses} */
    this.guesses = { you: [] }; // of everybody, letter by letter: at which guess it was found
    for (const { id } of MODELS) this.guesses[id] = [];
    /** @type {Set<string>} */
    this.tried = new Set(); // wrong guesses at this letter
    /** @type {number[]} */
    this.order = []; // the lines in the order of this visit; none before they have come
    this.at = -1; // which of them
    /** @type {Record<string, Recording>} */
    this.runs = {};
    this.opening = "";
    this.line = "";
    this.place = 0; // of the letter that is guessed
    this.from = 0; // of the first one

    // What is on the page

    this.lineShown = el("p", { class: "beat-line", translate: "no" });
    const board = {
      class: "card beat-board",
      tabindex: "0",
      role: "group",
      "aria-label": "The line so far. Type the next letter here.",
    };
    this.board = el("div", board, this.lineShown);
    this.said = el("p", { class: "says beat-said" });
    this.keyboard = new Keyboard(ROWS, (letter) => this.guess(letter), this.board);
    this.giveUp = ghost("Give up this letter", () => this.settle(TOLD), {
      class: "ghost beat-give-up",
    });
    this.another = ghost("Another line", () => this.next(), { class: "ghost beat-another" });
    this.asked = el("p", { class: "beat-asked" });
    this.cards = MODELS.map((model) => new ModelCard(model));
    this.rows = [{ id: "you", name: "You" }, ...MODELS].map(scoreRow);
    this.caption = el("caption", {});
    this.verdictShown = el("p", { class: "beat-verdict" });
    this.layOut();
  }

  layOut() {
    const line =
      "Guess the next letter of lines that no model has read. Found at once it " +
      "costs 1 bit, every wrong guess costs more, for you and for them.";
    const play = el(
      "div",
      { class: "beat-play", onkeydown: (event) => this.type(event) },
      this.board,
      this.said,
      this.keyboard.element,
    );
    const tools = el("div", { class: "tools" }, this.giveUp, this.another);
    const others = el(
      "div",
      { class: "beat-others" },
      this.asked,
      el("div", { class: "beat-cards" }, ...this.cards.map((card) => card.element)),
      scoreTable(
        this.caption,
        this.rows.map((row) => row.element),
      ),
      this.verdictShown,
    );
    this.root.append(
      heading("Beat the machine", line),
      el("div", { class: "beat" }, el("div", { class: "beat-game" }, play, tools), others),
      rules(this.keyboard.keys.size),
    );
  }

  over() {
    return this.place >= this.line.length;
  }

  /**
   * The line of now as a model read it.
   *
   * @param {string} model
   */
  run(model) {
    return this.runs[`${model}-${this.order[this.at]}`];
  }

  /**
   * Its letters, without those of the opening.
   *
   * @param {string} model
   */
  lettersOf(model) {
    const letters = this.run(model).events.flatMap((event) => event.letters ?? []);
    return letters.slice(this.opening.length);
  }

  next() {
    if (!this.order.length) return;
    if (!this.over() && this.tried.size) this.settle(TOLD);
    this.at += 1;
    if (this.at === this.order.length) this.begin();
    const { prompt } = this.run(MODELS[0].id).start.recipe;
    this.opening = prompt.slice(0, prompt.lastIndexOf("\n") + 1);
    this.line = prompt.slice(this.opening.length);
    this.from = this.place = this.line.length - GUESSED;
    this.tried = new Set();
    this.root.dataset.line = String(this.order[this.at]);
    this.said.textContent = `Which letter comes next? You have ${MOST} guesses.`;
    this.asked.textContent = "Their guesses show once you have yours.";
    for (const card of this.cards) card.clear();
    this.show();
  }

  /** All lines in a new order, and a new score: who has seen a line does not guess it any more. */
  begin() {
    this.at = 0;
    this.order = this.order
      .map((number) => [Math.random(), number])
      .sort(([a], [b]) => a - b)
      .map(([, number]) => number);
    for (const list of Object.values(this.guesses)) list.length = 0;
    this.verdictShown.textContent = `Who is better shows after ${GUESSED} letters.`;
  }

  /** @param {string} letter */
  guess(letter) {
    if (this.over()) return;
    if (letter === this.line[this.place]) return this.settle(this.tried.size + 1);
    if (this.tried.has(letter)) return;
    this.tried.add(letter);
    if (this.tried.size === MOST) return this.settle(TOLD);
    const left = MOST - this.tried.size;
    this.tell(`Not ${named(letter)}. ${left} ${left > 1 ? "guesses" : "guess"} left.`);
    this.show();
  }

  /**
   * The letter has been found, or told; now the models show theirs.
   *
   * @param {number} number of the guess
   */
  settle(number) {
    if (this.over()) return;
    const letter = this.line[this.place];
    this.guesses.you.push(number);
    for (const card of this.cards) {
      const recorded = this.lettersOf(card.id)[this.place];
      this.guesses[card.id].push(guessOf(recorded));
      card.show(recorded);
    }
    const source = ` · ↻ ${RECORDED[2]}`;
    this.asked.replaceChildren("Guesses for ", el("b", {}, visible(letter)), source);
    this.place += 1;
    this.tried = new Set();
    const result =
      number === TOLD
        ? `It was ${named(letter)}. Told, so guess ${TOLD}: ${cost(TOLD)}.`
        : `Yes, ${named(letter)} at guess ${number}: ${cost(number)}.`;
    this.tell(`${result} ${this.over() ? this.ended() : "What comes next?"}`);
    this.show();
  }

  ended() {
    this.verdictShown.textContent = verdict(this.guesses, MODELS);
    logAnswer({ question: "Beat the machine", said: this.verdictShown.textContent });
    const rest = this.order.length - this.at - 1;
    return rest
      ? `The line is done; ${rest} ${rest > 1 ? "are" : "is"} left.`
      : "That was the last line.";
  }

  /** @param {string} words */
  tell(words) {
    this.said.textContent = words;
    say(words);
  }

  // Showing

  show() {
    const tile = el("span", { class: "beat-tile" }, el("span", { class: "beat-hidden" }, "blank"));
    this.lineShown.replaceChildren(
      el("span", { class: "prompt" }, this.opening),
      this.line.slice(0, this.from),
      el("b", {}, this.line.slice(this.from, this.place)),
      this.over() ? "" : tile,
    );
    this.keyboard.show(this.tried, this.over());
    // Not disabled: the focus would be lost with it.
    this.giveUp.setAttribute("aria-disabled", String(this.over()));
    this.another.textContent =
      this.over() && this.at === this.order.length - 1 ? "Start again" : "Another line";
    this.showScores();
  }

  showScores() {
    const n = this.guesses.you.length;
    this.caption.textContent = n
      ? `Score after ${n} ${n > 1 ? "letters" : "letter"}, with its 95 % interval`
      : "Score";
    for (const row of this.rows) {
      const own = this.guesses[row.id];
      row.figure.textContent = score(own);
      row.first.textContent = n ? `${own.filter((number) => number === 1).length} of ${n}` : "–";
    }
  }

  // The keyboard: that of the page, and the visitor's own while this scene has the focus

  /** @param {KeyboardEvent} event */
  type(event) {
    const key = target(event)?.closest(".beat-key");
    if (key instanceof HTMLElement && event.key.startsWith("Arrow")) {
      event.preventDefault();
      this.keyboard.move(key, event.key);
      return;
    }
    if (key && (event.key === " " || event.key === "Enter")) return; // presses that key
    const typed = plain(event.key).toLowerCase();
    const letter = "’‘´".includes(event.key) ? "'" : typed;
    if (this.over() || !this.keyboard.keys.has(letter)) return;
    event.preventDefault();
    if (!event.repeat) this.guess(letter);
  }

  async fetchLines() {
    this.said.textContent = "The lines are on their way.";
    try {
      /** @type {RecordedPart} */
      const { runs } = await pack("beat");
      this.runs = runs;
    } catch {
      const failure = el("span", { class: "failure" }, "The lines could not be fetched. ");
      this.said.replaceChildren(
        failure,
        ghost("Try again", () => this.fetchLines()),
      );
      return;
    }
    this.order = Object.keys(this.runs)
      .filter((name) => name.startsWith(`${MODELS[0].id}-`))
      .map((name) => Number(name.split("-")[1]));
    this.at = this.order.length - 1;
    this.next();
  }
}
