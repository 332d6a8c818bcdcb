// Real or made? Ten pictures, a guess each, and what guessing blindly would have got. Which machine
// made it can always be asked; "real" needs real digits on the server, see real_game.py.
import { LIVE, heading as kitHeading, showState, tile } from "../../../../web/kit/card_parts.js";
import { el, shape as kitShape } from "../../../../web/kit/dom.js";
import { number as kitNumber } from "../../../../web/kit/numbers.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { run as kitRun } from "../../../../web/kit/runs.js";
import { logAnswer } from "../../../../web/kit/session_log.js";
import { notesOf } from "./png_notes.js";
import { randomOf, shuffled, verdict } from "./real_score.js";

const ROUNDS = 10;
const MADE = { gan: "the GAN", vae: "the VAE", diffusion: "diffusion" };
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

export function build(root) {
  new RealGame(root);
}

class RealGame {
  constructor(root) {
    this.game = null;
    this.games = 0; // begun in this minute or before; a seed each

    // What stands on the page

    const heading = kitHeading("Real or made?", "");
    [this.title, this.line] = heading.children;
    this.modes = el("div", { class: "real-modes", role: "group", "aria-label": "Which game" });
    this.offer = el("div", { class: "real-offer" }); // what else there could be
    this.progress = el("p", { class: "real-progress" });
    this.score = el("p", { class: "real-score" });
    this.state = el("span", { class: "state" });
    this.tile = el("span", { class: "tile real-tile" });
    this.choices = el("div", { class: "real-choices", role: "group" });
    this.answer = el("p", { class: "real-answer" });
    this.next = el("button", {
      type: "button",
      class: "ghost real-next",
      onclick: this.goOn.bind(this),
    });
    const side = el("div", { class: "real-side" }, this.choices, this.answer, this.next);
    const stage = el("div", { class: "real-stage" }, this.tile, side);
    this.card = el(
      "section",
      { class: "card real-card" },
      el("div", { class: "real-head" }, this.progress, this.score, this.state),
      stage,
    );
    this.note = el("section", {
      class: "card real-note",
      hidden: true,
      "aria-label": "Every picture made here says so",
    });
    root.append(heading, this.modes, this.card, this.note, this.offer);

    root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const all = this.buttons();
      const number = Number(event.key) - 1;
      if (all[number] && !all[number].disabled) this.guess(all[number].dataset.choice);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const at = all.indexOf(document.activeElement);
      if (!step || at < 0) return;
      all[(at + step + all.length) % all.length].focus();
      event.preventDefault();
    });

    (async () => {
      if (!isLive()) {
        this.offer.append(
          el("p", {}, "The running app has a second game: real digits against the GAN."),
        );
        return this.begin("machines");
      }
      const known = await fetch("real")
        .then((reply) => reply.json())
        .catch(() => ({ missing: true }));
      if (!known.missing) this.offerGames(["real", "machines"]);
      else if (known.fetch) this.offerFetch(known.fetch);
      this.begin(known.missing ? "machines" : "real");
    })();
  }

  newSeed() {
    this.games += 1;
    if (!isLive()) return Math.floor(Math.random() * 2 ** 31);
    const time = new Date();
    return 16 * (60 * time.getHours() + time.getMinutes()) + (this.games % 16);
  }

  // A game

  async begin(mode) {
    this.game?.run?.stop();
    const own = (this.game = { mode, rounds: [], at: -1, right: 0, critic: 0, judged: 0 });
    this.note.hidden = true;
    this.title.textContent = MODES[mode].name;
    this.line.textContent = MODES[mode].line;
    this.card.setAttribute("aria-label", MODES[mode].name);
    this.choices.setAttribute("aria-label", MODES[mode].name);
    this.choices.replaceChildren(...MODES[mode].choices.map(this.choice.bind(this)));
    this.choices.dataset.count = MODES[mode].choices.length;
    for (const button of this.modes.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    }
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

  /** A choice: a shape or none, a word, and its number on the keyboard. */
  choice([id, word], i) {
    const sign = el("i", { class: "mark", "aria-hidden": "true" });
    const shape =
      id in MADE ? kitShape(id) : el("i", { class: `outline ${id}`, "aria-hidden": "true" });
    const settings = {
      type: "button",
      class: "ghost",
      "data-choice": id,
      "aria-keyshortcuts": String(i + 1),
      onclick: () => this.guess(id),
    };
    return el(
      "button",
      id in MADE ? { ...settings, "data-family": id } : settings,
      shape,
      word,
      sign,
    );
  }

  buttons() {
    return [...this.choices.children];
  }

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

  show(i) {
    const round = this.game.rounds[i];
    this.game.at = i;
    this.tile.replaceChildren(el("img", { src: round.source, alt: round.alt, decoding: "sync" }));
    this.state.replaceChildren();
    this.progress.textContent = `${i + 1} of ${ROUNDS}`;
    this.answer.replaceChildren();
    this.next.hidden = true;
    for (const button of this.buttons()) {
      delete button.dataset.mark;
      button.querySelector(".mark").textContent = "";
    }
    this.enable(true);
    this.count();
  }

  count() {
    const critic = this.game.judged ? ` · critic ${this.game.critic}` : "";
    this.score.textContent = `you ${this.game.right}${critic}`;
  }

  guess(id) {
    const round = this.game.rounds[this.game.at];
    if (!round || !this.next.hidden) return;
    if (isLive() && this.game.mode === "machines" && !this.game.run) freshen(this.game);
    const right = id === round.truth;
    this.game.right += right;
    if (round.critic != null) {
      this.game.judged += 1;
      this.game.critic += round.critic > 0 === (round.truth === "real");
    }
    this.enable(false);
    for (const button of this.buttons()) mark(button, id, round.truth);
    // Not before: diffusion takes longest, so what is not live would tell.
    showState(this.state, ...(round.replayed ? ["replayed", "↻", "replayed"] : LIVE));
    const said = tell(round, right);
    this.answer.textContent = said;
    this.count();
    const last = this.game.at === ROUNDS - 1;
    this.next.textContent = last ? "See how you did" : "Next picture";
    this.next.hidden = false;
    this.next.focus({ preventScroll: true });
    say(said);
  }

  goOn() {
    if (this.game.over || !this.game.rounds.length) return this.begin(this.game.mode);
    if (this.game.at === ROUNDS - 1) return this.end();
    this.show(this.game.at + 1);
    this.buttons()[0].focus({ preventScroll: true });
  }

  end() {
    this.game.over = true;
    const options = MODES[this.game.mode].choices.length;
    const critic = this.game.judged
      ? ` The critic got ${this.game.critic}: it says “real” above 0.`
      : "";
    this.answer.textContent = verdict(this.game.right, ROUNDS, options) + critic;
    this.next.textContent = "Play again";
    say(this.answer.textContent);
    logAnswer({ question: MODES[this.game.mode].name, said: this.answer.textContent });
    this.showNote(this.game);
  }

  fail(error) {
    const sentence = error instanceof TypeError ? "The server does not answer." : error.message;
    showState(this.state, "failed", "✕", "did not work");
    this.answer.textContent = `${sentence} “Which machine made it?” needs no server.`;
    this.next.textContent = "Try again";
    this.next.hidden = false;
  }

  async showNote(own) {
    const round = await noted(own);
    if (this.game !== own || !round) return;
    const inside = notesOf(round.source).recipe;
    const recipe = inside ?? JSON.stringify(round.recipe);
    const reals = own.rounds.filter(({ truth }) => truth === "real");
    const bare = reals.every(({ source }) => !notesOf(source).recipe);
    const read = inside
      ? `Read back from this picture${reals.length && bare ? "; the real ones carry none" : ""}:`
      : "The recorded pictures of this page travel without it. The note that the " +
        "running app writes into this one:";
    this.note.replaceChildren(
      el("h3", {}, "Every picture made here says so"),
      el(
        "div",
        { class: "real-noted" },
        tile(round.source, round.alt),
        el("div", {}, el("p", {}, read), el("pre", { tabindex: "0" }, recipe)),
      ),
      el(
        "p",
        {},
        "Whoever has the recipe can make the same picture again. Such a note is lost " +
          "as soon as somebody takes a screenshot, so a picture without one may still " +
          "be made.",
      ),
      el(
        "p",
        {},
        "You have just seen how hard it is to tell by looking, with digits, where " +
          "nobody is hurt. With a face or a voice, ask where it comes from before you " +
          "ask whether it looks real.",
      ),
    );
    this.note.hidden = false;
  }

  // Which games there are

  offerGames(kinds) {
    this.offer.replaceChildren();
    this.modes.replaceChildren(
      ...kinds.map((mode) =>
        el(
          "button",
          { type: "button", class: "ghost", "data-mode": mode, onclick: () => this.begin(mode) },
          MODES[mode].name,
        ),
      ),
    );
  }

  offerFetch(bytes) {
    const button = el(
      "button",
      { type: "button", class: "ghost real-fetch", onclick: () => this.fetchDigits(button, bytes) },
      `Fetch real digits (${megabytes(bytes)} MB)`,
    );
    const words =
      "With MNIST’s 10,000 test digits you can also play “Real or made?”. They " +
      "come once, from storage.googleapis.com, to this server.";
    this.offer.replaceChildren(el("p", {}, words), button, el("p", { class: "failure" }));
  }

  async fetchDigits(button, bytes) {
    if (button.dataset.running) return;
    button.dataset.running = "yes";
    this.offer.lastElementChild.textContent = "";
    const ended = await progressOf(
      (got) => (button.textContent = `Fetching: ${megabytes(got)} of ${megabytes(bytes)} MB`),
    ).catch(() => ({}));
    if (ended.done) {
      this.offerGames(["real", "machines"]);
      this.begin("real");
      this.modes.firstElementChild.focus({ preventScroll: true });
      return say("The real digits are here.");
    }
    delete button.dataset.running;
    button.textContent = `Fetch real digits (${megabytes(bytes)} MB)`;
    const failure =
      ended.fail ?? ended.sentence ?? "The server does not answer. Try again in a moment.";
    this.offer.lastElementChild.textContent = failure;
    say(failure);
  }
}

// Chance

// Pictures

/** Ten recorded pictures: what they show in any order, and any machine for each. */
async function recordedRounds(random) {
  const { runs } = await pack("real");
  const byModel = {};
  for (const [name, run] of Object.entries(runs)) {
    const space = name.indexOf(" ");
    (byModel[name.slice(0, space)] ??= {})[name.slice(space + 1)] = run;
  }
  const models = Object.keys(byModel);
  return shuffled(Object.keys(byModel[models[0]]), random)
    .slice(0, ROUNDS)
    .map((alt) => {
      const run = byModel[models[Math.floor(random() * models.length)]][alt];
      const source = run.events.at(-1).frame.tiles[0];
      return {
        alt,
        source,
        truth: run.start.family,
        recipe: run.start.recipe,
        seed: Math.floor(random() * 2 ** 32),
        replayed: true,
      };
    });
}

/** Have pictures drawn anew that are still to come; what is late or fails stays as recorded. */
function freshen(own) {
  const coming = own.rounds.filter((round, i) => i > own.at + 1);
  const requests = coming.map(({ recipe, seed }) => ({
    model: recipe.model,
    prompt: recipe.prompt,
    options: recipe.options,
    seed,
  }));
  if (!requests.length) return;
  own.run = kitRun(requests, (i, { start, frame }) => {
    const round = coming[i];
    if (start) round.shared = start.replayed;
    if (!frame?.last || own.rounds.indexOf(round) <= own.at) return;
    Object.assign(round, { source: frame.tiles[0], replayed: round.shared });
  });
}

/** Ten pictures from the server, real and made. */
async function realRounds(seed) {
  const reply = await fetch(`real?seed=${seed}`);
  const { rounds, sentence } = await reply.json();
  if (!rounds) throw new Error(sentence ?? "There are no real digits here any more.");
  return rounds.map(({ tile: source, real, alt, critic }) => ({
    source,
    alt,
    critic,
    truth: real ? "real" : "made",
    replayed: false,
  }));
}

function mark(button, guessed, truth) {
  const { choice: id } = button.dataset;
  if (id !== truth && id !== guessed) return;
  button.dataset.mark = id === truth ? "right" : "wrong";
  button.querySelector(".mark").textContent = id === truth ? "✓" : "✕";
}

function tell({ truth, critic }, right) {
  const made =
    truth in MADE
      ? `${MADE[truth]} made it`
      : truth === "real"
        ? "a person wrote it"
        : "the GAN made it";
  const begun = `${right ? "Right" : "No"}: ${made}.`;
  if (critic == null) return begun;
  const sign = critic > 0 ? "+" : "−";
  return (
    `${begun} The critic says ${critic > 0 ? "real" : "made"} ` +
    `(${sign}${kitNumber(Math.abs(critic), 2)}).`
  );
}

// The note inside the picture

/** A picture of this game with a note in it; drawn anew where all of them were recorded. */
async function noted(own) {
  const found = own.rounds.findLast(({ source }) => notesOf(source).recipe);
  const last = own.rounds.findLast((round) => round.recipe);
  if (found || !last || !isLive()) return found ?? last;
  const { recipe, seed, alt } = last;
  let { source } = last;
  const request = { model: recipe.model, prompt: recipe.prompt, options: recipe.options, seed };
  await kitRun([request], (_, { frame }) => {
    if (frame?.last) [source] = frame.tiles;
  }).done;
  return { source, alt, recipe };
}

const megabytes = (bytes) => kitNumber(bytes / 1e6, 2);

/** The last line of the server's answer; what has come so far goes to `show`. */
async function progressOf(show) {
  const reply = await fetch("real/fetch", { method: "POST" });
  const reader = reply.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let last = {};
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = done ? "" : lines.pop();
    for (const text of lines.filter(Boolean)) {
      last = JSON.parse(text);
      if (last.bytes != null) show(last.bytes);
    }
    if (done) return last;
  }
}
