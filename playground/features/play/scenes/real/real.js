// Real or made? Ten pictures, a guess each, and what guessing blindly would have got. Which machine
// made it can always be asked; "real" needs real digits on the server, see real_or_made.py.
import { fillTile, heading, showState } from "../../../../web/kit/card_parts.js";
import { el, ghost, one, shape } from "../../../../web/kit/dom.js";
import { onKey } from "../../../../web/kit/keys.js";
import { number } from "../../../../web/kit/numbers.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { logAnswer } from "../../../../web/kit/session_log.js";
import { noteLines } from "./real_note.js";
import {
  ROUNDS,
  aboutOf,
  fetchReal,
  freshen,
  noted,
  realDigits,
  realRounds,
  recordedRounds,
} from "./real_rounds.js";
import { MADE, answerLine, randomOf, verdict } from "./real_score.js";

/**
 * @import { Game } from "./real_rounds.js"
 */

/** @typedef {Game["mode"]} Mode */

/** @type {Record<Mode, { name: string, line: string, choices: [id: string, word: string][] }>} */
const MODES = {
  machines: {
    name: "Which machine made it?",
    line:
      "Three machines drew these digits. Ten pictures: say which drew each. " +
      "Guessing gets 1 in 3.",
    choices: [
      ["gan", "GAN"],
      ["vae", "VAE"],
      ["diffusion", "Diffusion"],
    ],
  },
  real: {
    name: "Real or made?",
    line:
      "Some were written by hand, the others by the GAN. Its critic plays along. A " +
      "coin gets 5 of 10.",
    choices: [
      ["real", "Real"],
      ["made", "Made"],
    ],
  },
};

/** @param {HTMLElement} root */
export function build(root) {
  new RealGame(root).start();
}

class RealGame {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.game = newGame("machines");
    this.games = 0; // begun in this minute or before; a seed each

    const header = heading("Real or made?", "");
    this.title = one("h2", HTMLElement, header);
    this.line = one("p", HTMLElement, header);
    this.modes = el("div", { class: "real-modes", role: "group", "aria-label": "Which game" });
    this.offer = el("div", { class: "real-offer" }); // what else there could be
    this.progress = el("p", { class: "real-progress" });
    this.score = el("p", { class: "real-score" });
    this.state = el("span", { class: "state" });
    this.tile = el("span", { class: "tile real-tile" });
    this.choices = el("div", { class: "real-choices", role: "group" });
    this.answer = el("p", { class: "real-answer" });
    this.next = ghost("", () => this.goOn(), { class: "ghost real-next" });
    const side = el("div", { class: "real-side" }, this.choices, this.answer, this.next);
    this.card = el(
      "section",
      { class: "card real-card" },
      el("div", { class: "real-head" }, this.progress, this.score, this.state),
      el("div", { class: "real-stage" }, this.tile, side),
    );
    this.note = el("section", {
      class: "card real-note",
      hidden: true,
      "aria-label": "Every picture made here says so",
    });
    root.append(header, this.modes, this.card, this.note, this.offer);
    onKey(root, (event) => this.pressed(event));
  }

  /** See which games there are, and begin the one with real digits if it can be. */
  async start() {
    if (!isLive()) {
      const words = "The running app has a second game: real digits against the GAN.";
      this.offer.append(el("p", {}, words));
      return this.begin("machines");
    }
    const known = await realDigits();
    if (!known.missing) this.offerGames(["real", "machines"]);
    else if (known.fetch) this.offerFetch(known.fetch);
    return this.begin(known.missing ? "machines" : "real");
  }

  /**
   * Numbers guess, arrows go from choice to choice.
   *
   * @param {KeyboardEvent} event
   */
  pressed(event) {
    const all = this.buttons();
    const chosen = all[Number(event.key) - 1];
    if (chosen && !chosen.disabled) this.guess(chosen.dataset.choice ?? "");
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const step = steps[event.key];
    const at = all.findIndex((button) => button === document.activeElement);
    if (!step || at < 0) return;
    all[(at + step + all.length) % all.length].focus();
    event.preventDefault();
  }

  newSeed() {
    this.games += 1;
    if (!isLive()) return Math.floor(Math.random() * 2 ** 31);
    const time = new Date();
    return 16 * (60 * time.getHours() + time.getMinutes()) + (this.games % 16);
  }

  // A game

  /** @param {Mode} mode */
  async begin(mode) {
    this.game.run?.stop();
    const own = (this.game = newGame(mode));
    this.showMode(mode);
    this.wait();
    try {
      const seed = this.newSeed();
      const rounds =
        mode === "real" ? await realRounds(seed) : await recordedRounds(randomOf(seed));
      if (this.game !== own) return;
      own.rounds = rounds;
      this.show(0);
    } catch (error) {
      if (this.game === own) this.fail(error);
    }
  }

  /** @param {Mode} mode */
  showMode(mode) {
    const { name, line, choices } = MODES[mode];
    this.note.hidden = true;
    this.title.textContent = name;
    this.line.textContent = line;
    this.card.setAttribute("aria-label", name);
    this.choices.setAttribute("aria-label", name);
    this.choices.replaceChildren(...choices.map(([id, word], i) => this.choice(id, word, i)));
    this.choices.dataset.count = String(choices.length);
    for (const button of this.modes.querySelectorAll("[data-mode]")) {
      const on = button.getAttribute("data-mode") === mode;
      button.setAttribute("aria-pressed", String(on));
    }
  }

  /**
   * A choice: a shape or an outline, a word, and its number on the keyboard.
   *
   * @param {string} id
   * @param {string} word
   * @param {number} i
   */
  choice(id, word, i) {
    const settings = {
      type: "button",
      class: "ghost",
      "data-choice": id,
      "aria-keyshortcuts": String(i + 1),
      "data-family": id in MADE && id,
      onclick: () => this.guess(id),
    };
    const outline = { class: `outline ${id}`, "aria-hidden": "true" };
    const sign = el("i", { class: "mark", "aria-hidden": "true" });
    return el("button", settings, id in MADE ? shape(id) : el("i", outline), word, sign);
  }

  buttons() {
    return [...this.choices.querySelectorAll("button")];
  }

  /** @param {boolean} on */
  enable(on) {
    for (const button of this.buttons()) button.disabled = !on;
  }

  wait() {
    this.enable(false);
    this.tile.replaceChildren();
    this.next.hidden = true;
    this.progress.textContent = `1 of ${ROUNDS}`;
    this.score.textContent = "";
    this.answer.textContent = "";
    showState(this.state, "waiting", "◔", "drawing ten pictures");
  }

  /** @param {number} i */
  show(i) {
    const { source, alt } = this.game.rounds[i];
    this.game.at = i;
    fillTile(this.tile, source, alt); // what is known of it would tell who made it
    this.state.replaceChildren();
    this.progress.textContent = `${i + 1} of ${ROUNDS}`;
    this.answer.replaceChildren();
    this.next.hidden = true;
    for (const button of this.buttons()) mark(button, "");
    this.enable(true);
    this.count();
  }

  count() {
    const critic = this.game.judged ? ` · critic ${this.game.critic}` : "";
    this.score.textContent = `you ${this.game.right}${critic}`;
  }

  /** @param {string} id */
  guess(id) {
    const { game } = this;
    const round = game.rounds[game.at];
    if (!round || !this.next.hidden) return;
    if (isLive() && game.mode === "machines" && !game.run) freshen(game);
    const right = id === round.truth;
    game.right += Number(right);
    if (round.critic !== null && round.critic !== undefined) {
      game.judged += 1;
      game.critic += Number(round.critic > 0 === (round.truth === "real"));
    }
    this.enable(false);
    for (const button of this.buttons()) {
      const { choice } = button.dataset;
      if (choice === round.truth) mark(button, "right");
      else if (choice === id) mark(button, "wrong");
    }
    // Not before: diffusion takes longest, so what is not live would tell.
    showState(this.state, ...round.from);
    fillTile(this.tile, round.source, round.alt, aboutOf(round));
    const said = answerLine(round, right);
    this.answer.textContent = said;
    this.count();
    this.next.textContent = game.at === ROUNDS - 1 ? "See how you did" : "Next picture";
    this.next.hidden = false;
    this.next.focus({ preventScroll: true });
    say(said);
  }

  goOn() {
    const { game } = this;
    if (game.over || !game.rounds.length) return this.begin(game.mode);
    if (game.at === ROUNDS - 1) return this.end();
    this.show(game.at + 1);
    return this.buttons()[0].focus({ preventScroll: true });
  }

  end() {
    const { game } = this;
    const { name, choices } = MODES[game.mode];
    game.over = true;
    const critic = game.judged ? ` The critic got ${game.critic}: it says “real” above 0.` : "";
    const said = verdict(game.right, ROUNDS, choices.length) + critic;
    this.answer.textContent = said;
    this.next.textContent = "Play again";
    say(said);
    logAnswer({ question: name, said });
    this.showNote(game);
  }

  /** @param {unknown} error */
  fail(error) {
    const known = error instanceof Error && !(error instanceof TypeError);
    const sentence = known ? error.message : "The server does not answer.";
    showState(this.state, "failed", "✕", "did not work");
    this.answer.textContent = `${sentence} “Which machine made it?” needs no server.`;
    this.next.textContent = "Try again";
    this.next.hidden = false;
  }

  /** @param {Game} own */
  async showNote(own) {
    const round = await noted(own);
    if (this.game !== own || !round) return;
    this.note.replaceChildren(...noteLines(own, round));
    this.note.hidden = false;
  }

  // Which games there are

  /** @param {Mode[]} kinds */
  offerGames(kinds) {
    this.offer.replaceChildren();
    this.modes.replaceChildren(
      ...kinds.map((mode) =>
        ghost(MODES[mode].name, () => this.begin(mode), { "data-mode": mode }),
      ),
    );
  }

  /** @param {number} bytes */
  offerFetch(bytes) {
    const words =
      "With MNIST’s 10,000 test digits you can also play “Real or made?”. They " +
      "come once, from storage.googleapis.com, to this server.";
    const failure = el("p", { class: "failure" });
    const label = `Fetch real digits (${megabytes(bytes)} MB)`;
    const button = ghost(label, () => this.fetchDigits(button, failure, bytes), {
      class: "ghost real-fetch",
    });
    this.offer.replaceChildren(el("p", {}, words), button, failure);
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {HTMLElement} failure
   * @param {number} bytes
   */
  async fetchDigits(button, failure, bytes) {
    if (button.dataset.running) return;
    button.dataset.running = "yes";
    failure.textContent = "";
    const ended = await fetchReal(
      (got) => (button.textContent = `Fetching: ${megabytes(got)} of ${megabytes(bytes)} MB`),
    ).catch(() => null);
    if (ended?.done) {
      this.offerGames(["real", "machines"]);
      this.begin("real");
      this.modes.querySelector("button")?.focus({ preventScroll: true });
      say("The real digits are here.");
      return;
    }
    delete button.dataset.running;
    button.textContent = `Fetch real digits (${megabytes(bytes)} MB)`;
    failure.textContent =
      ended?.fail ?? ended?.sentence ?? "The server does not answer. Try again in a moment.";
    say(failure.textContent);
  }
}

/**
 * @param {Mode} mode
 * @returns {Game}
 */
function newGame(mode) {
  return { mode, rounds: [], at: -1, right: 0, critic: 0, judged: 0, over: false };
}

/**
 * Mark a choice as right or wrong, or as neither.
 *
 * @param {HTMLElement} button
 * @param {"right" | "wrong" | ""} found
 */
function mark(button, found) {
  if (found) button.dataset.mark = found;
  else delete button.dataset.mark;
  const sign = button.querySelector(".mark");
  if (sign) sign.textContent = { right: "✓", wrong: "✕", "": "" }[found];
}

/** @param {number} bytes */
function megabytes(bytes) {
  return number(bytes / 1e6, 2);
}
