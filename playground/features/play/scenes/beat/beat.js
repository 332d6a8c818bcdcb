// Beat the machine: guess the next letter of lines that no model has read, scored by one rule.
//
// What the models would have guessed is recorded, see beat_game.py; the game needs no server.
import { REPLAYED, heading } from "../../../../web/kit/card_parts.js";
import { el, ghost, shape } from "../../../../web/kit/dom.js";
import { chance } from "../../../../web/kit/numbers.js";
import { pack } from "../../../../web/kit/pack.js";
import { say as kitSay } from "../../../../web/kit/page_state.js";
import { logAnswer } from "../../../../web/kit/session_log.js";
import { MOST, TOLD, bits, guessOf, score, verdict } from "./beat_score.js";

const MODELS = [
  { id: "char_lstm", family: "lstm", name: "LSTM" },
  { id: "gpt2_mini", family: "transformer", name: "GPT" },
];
const GUESSED = 15; // letters at the end of each line; those before them are given
const SHOWN = 5; // candidates of each model
const ROWS = ["qwertyuiop", "asdfghjkl'", "zxcvbnm,.?", "-! ;:"];
const NAMES = {
  " ": "space",
  "'": "apostrophe",
  ",": "comma",
  ".": "full stop",
  "?": "question mark",
  "-": "hyphen",
  "!": "exclamation mark",
  ";": "semicolon",
  ":": "colon",
};

export function build(root) {
  new BeatGame(root);
}

class BeatGame {
  constructor(root) {
    this.root = root;

    this.guesses = { you: [] }; // of everybody, letter by letter: at which guess it was found
    MODELS.forEach(({ id }) => (this.guesses[id] = []));
    this.tried = new Set(); // wrong guesses at this letter
    this.order = []; // the lines in the order of this visit
    this.at = -1; // which of them
    this.runs = null;
    this.opening = null;
    this.line = null;
    this.place = null;
    this.from = null;

    // What is on the page

    this.lineShown = el("p", { class: "beat-line" });
    this.board = el(
      "div",
      {
        class: "card beat-board",
        tabindex: "0",
        role: "group",
        "aria-label": "The line so far. Type the next letter here.",
      },
      this.lineShown,
    );
    this.said = el("p", { class: "says beat-said" });
    this.keys = new Map();
    const keyboard = el(
      "div",
      { class: "beat-keys", role: "group", "aria-label": "Letters to guess" },
      ...ROWS.flatMap(this.keyRow.bind(this)),
    );
    this.giveUp = ghost("Give up this letter", () => this.settle(TOLD), {
      class: "ghost beat-give-up",
    });
    this.another = ghost("Another line", this.next.bind(this), { class: "ghost beat-another" });
    this.asked = el("p", { class: "beat-asked" });
    this.cards = MODELS.map(modelCard);
    this.rows = [{ id: "you", name: "You" }, ...MODELS].map(scoreRow);
    this.caption = el("caption", {});
    this.verdictShown = el("p", { class: "beat-verdict" });

    this.root.append(
      heading(
        "Beat the machine",
        "Guess the next letter of lines that no model has read. Found at once it " +
          "costs 1 bit, every wrong guess costs more, for you and for them.",
      ),
      el(
        "div",
        { class: "beat" },
        el(
          "div",
          { class: "beat-game" },
          el(
            "div",
            { class: "beat-play", onkeydown: this.type.bind(this) },
            this.board,
            this.said,
            keyboard,
          ),
          el("div", { class: "tools" }, this.giveUp, this.another),
        ),
        el(
          "div",
          { class: "beat-others" },
          this.asked,
          el("div", { class: "beat-cards" }, ...this.cards.map((card) => card.element)),
          el(
            "table",
            { class: "beat-scores" },
            this.caption,
            el(
              "thead",
              {},
              el(
                "tr",
                {},
                el("td", {}),
                el("th", { scope: "col" }, "bits a letter"),
                el("th", { scope: "col" }, "first try"),
              ),
            ),
            el("tbody", {}, ...this.rows.map((row) => row.element)),
          ),
          this.verdictShown,
        ),
      ),
      this.rules(),
    );

    this.cards.forEach(showNothing);
    this.fetchLines();
  }

  keyRow(letters, row) {
    return [...letters].map((letter) => {
      const key = el(
        "button",
        {
          type: "button",
          class: "beat-key",
          tabindex: this.keys.size ? "-1" : "0",
          "aria-label": NAMES[letter],
          "data-row": row,
          "data-letter": letter,
        },
        letter === " " ? "space" : letter,
      );
      key.addEventListener("click", (event) => {
        this.guess(letter);
        this.focusKey(key);
        // After a tap what is typed belongs to the line, not to the key tapped last.
        if (event.detail) this.board.focus({ preventScroll: true });
        else key.focus();
      });
      this.keys.set(letter, key);
      return key;
    });
  }

  rules() {
    const say = (...words) => el("p", {}, ...words);
    return el(
      "details",
      { class: "details beat-rules" },
      el("summary", {}, "The rule, and what the interval says"),
      say(
        "This is Claude Shannon's guessing game (Prediction and entropy of printed " +
          "English, 1951). A letter found at guess r costs log₂(r · (r + 1)) bits: 1 " +
          "at the first guess, 2.58 at the second, 3.58 at the third. That is a code: " +
          "1/2 + 1/6 + 1/12 + … never exceeds 1.",
      ),
      say(
        "A model guesses in the order of its favourites among 65 characters, " +
          `capitals too; you have the ${this.keys.size} keys. After ${MOST} wrong ` +
          `guesses the letter is told. That counts as guess ${TOLD} ` +
          `(${bits(TOLD).toFixed(2)} bits) for everybody, and so does giving up, or ` +
          "leaving a line at a letter you have tried. So the score can be a little " +
          "lower than a true code's.",
      ),
      say(
        "A score is the mean over all letters guessed here, with its 95 % interval " +
          "(1.96 standard errors, cut off at what a letter can cost). The sentence " +
          "below the table looks at the differences, letter by letter, once a line is " +
          "done. Letters of a line are not quite independent, so the true intervals " +
          "are a little wider.",
      ),
      say(
        "Both models have read one book of plays. The lines were written for this " +
          "game, and no 12 letters of them in a row are in that book.",
      ),
    );
  }

  over() {
    return this.place >= this.line?.length;
  }

  /** The letters of a line as a model read it, without those of the opening. */
  lettersOf(id) {
    const letters = this.runs[`${id}-${this.order[this.at]}`].events.flatMap(
      (event) => event.letters ?? [],
    );
    return letters.slice(this.opening.length);
  }

  next() {
    if (!this.runs) return;
    if (!this.over() && this.tried.size) this.settle(TOLD);
    this.at += 1;
    if (this.at === this.order.length) this.begin();
    const { prompt } = this.runs[`${MODELS[0].id}-${this.order[this.at]}`].start.recipe;
    this.opening = prompt.slice(0, prompt.lastIndexOf("\n") + 1);
    this.line = prompt.slice(this.opening.length);
    this.from = this.place = this.line.length - GUESSED;
    this.tried = new Set();
    this.root.dataset.line = this.order[this.at];
    this.said.textContent = `Which letter comes next? You have ${MOST} guesses.`;
    this.asked.textContent = "Their guesses show once you have yours.";
    this.cards.forEach(showNothing);
    this.show();
  }

  /** All lines in a new order, and a new score: who has seen a line does not guess it any more. */
  begin() {
    this.at = 0;
    this.order = this.order
      .map((number) => [Math.random(), number])
      .sort(([a], [b]) => a - b)
      .map(([, number]) => number);
    Object.values(this.guesses).forEach((list) => (list.length = 0));
    this.verdictShown.textContent = `Who is better shows after ${GUESSED} letters.`;
  }

  guess(letter) {
    if (!this.runs || this.over()) return;
    if (letter === this.line[this.place]) return this.settle(this.tried.size + 1);
    if (!this.tried.has(letter)) this.tried.add(letter);
    else return;
    if (this.tried.size === MOST) return this.settle(TOLD);
    const left = MOST - this.tried.size;
    this.tell(`Not ${named(letter)}. ${left} ${left > 1 ? "guesses" : "guess"} left.`);
    this.show();
  }

  /** The letter has been found, or told; now the models show theirs. */
  settle(number) {
    if (!this.runs || this.over()) return;
    const letter = this.line[this.place];
    this.guesses.you.push(number);
    this.cards.forEach((card) => {
      const recorded = this.lettersOf(card.id)[this.place];
      this.guesses[card.id].push(guessOf(recorded));
      showBars(card, recorded);
    });
    this.asked.replaceChildren(
      "Guesses for ",
      el("b", {}, visible(letter)),
      ` · ↻ ${REPLAYED[2]}s`,
    );
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

  tell(words) {
    this.said.textContent = words;
    kitSay(words);
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
    for (const [letter, key] of this.keys) {
      key.toggleAttribute("data-tried", this.tried.has(letter));
      if (this.over() || this.tried.has(letter)) key.setAttribute("aria-disabled", "true");
      else key.removeAttribute("aria-disabled");
    }
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

  type(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.target.closest(".beat-key");
    if (key && event.key.startsWith("Arrow")) return this.move(event, key);
    if (key && (event.key === " " || event.key === "Enter")) return; // presses that key
    const letter = event.key === "’" ? "'" : event.key.toLowerCase();
    if (!this.runs || this.over() || !this.keys.has(letter)) return;
    event.preventDefault();
    if (!event.repeat) this.guess(letter);
  }

  move(event, key) {
    event.preventDefault();
    const all = [...this.keys.values()];
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const target = across
      ? all[all.indexOf(key) + across]
      : this.below(key, event.key === "ArrowDown" ? 1 : -1);
    if (!target) return;
    this.focusKey(target);
    target.focus();
  }

  /** The key of the row below, or above, whose middle is nearest. */
  below(key, down) {
    const middle = (k) => k.offsetLeft + k.offsetWidth / 2;
    const row = [...this.keys.values()].filter(
      (k) => Number(k.dataset.row) === Number(key.dataset.row) + down,
    );
    const distance = (k) => Math.abs(middle(k) - middle(key));
    return row.sort((a, b) => distance(a) - distance(b))[0];
  }

  /** One key is the tab stop of all. */
  focusKey(key) {
    this.keys.forEach((other) => other.setAttribute("tabindex", other === key ? "0" : "-1"));
  }

  async fetchLines() {
    this.said.textContent = "The lines are on their way.";
    try {
      ({ runs: this.runs } = await pack("beat"));
    } catch (error) {
      const again = ghost("Try again", this.fetchLines.bind(this));
      this.said.replaceChildren(
        el("span", { class: "failure" }, "The lines could not be fetched. "),
        again,
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

// The rule

function modelCard({ id, family, name }) {
  const list = el("ol", { class: "beat-bars" });
  const figures = el("p", { class: "figures" });
  const head = el(
    "header",
    { class: "heading", "data-family": family },
    shape(family),
    el("h3", {}, name),
  );
  const element = el(
    "section",
    { class: "card family", "data-family": family, "aria-label": name },
    head,
    list,
    figures,
  );
  return { id, element, list, figures };
}

function scoreRow({ id, family, name }) {
  const mark = family ? shape(family) : el("i", { class: "beat-you", "aria-hidden": "true" });
  const head = el("th", { scope: "row", "data-family": family }, mark, name);
  const figure = el("td", {});
  const first = el("td", {});
  return { id, figure, first, element: el("tr", { "data-who": id }, head, figure, first) };
}

// Playing

const visible = (letter) => (letter === " " ? "␣" : letter === "\n" ? "↵" : letter);

const named = (letter) => (letter === " " ? "a space" : `“${letter}”`);

const cost = (guess) => `${bits(guess).toFixed(guess > 1 ? 2 : 0)} bit${guess > 1 ? "s" : ""}`;

function bar([letter, probability], right) {
  const length = el("i", { style: `width: ${(probability * 100).toFixed(1)}%` });
  const word = right && el("span", { class: "beat-hidden" }, ", the right one");
  return el(
    "li",
    { class: right && "right" },
    el("b", {}, visible(letter)),
    el("span", { class: "beat-bar", "aria-hidden": "true" }, length),
    el("span", {}, chance(probability)),
    el("span", { "aria-hidden": "true" }, right ? "✓" : ""),
    word || null,
  );
}

/** Five favourites, and the right one below them where it is not among them. */
function showBars({ list, figures }, recorded) {
  const [letter, probability, rank, , others] = recorded;
  const items = others.slice(0, SHOWN).map((other, i) => bar(other, i === rank));
  if (rank >= SHOWN) items.push(bar([letter, probability], true));
  list.replaceChildren(...items);
  const number = guessOf(recorded);
  figures.textContent =
    rank >= TOLD
      ? `Its no. ${rank + 1}, so guess ${TOLD}: ${cost(TOLD)}`
      : `Guess ${number}: ${cost(number)}`;
}

function showNothing({ list, figures }) {
  list.replaceChildren();
  figures.textContent = "Guesses along with you.";
}
