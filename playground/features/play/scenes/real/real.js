// Real or made? Ten pictures, a guess each, and what guessing blindly would have got. Which machine
// made it can always be asked; "real" needs real digits on the server, see real_game.py.
"use strict";

play.scene("real", (root) => {
  const ROUNDS = 10;
  const MADE = { gan: "the GAN", vae: "the VAE", diffusion: "diffusion" };
  const MODES = {
    machines: {
      name: "Which machine made it?",
      line: "Three machines drew these digits. Ten pictures: say which drew each. Guessing gets 1 in 3.",
      choices: [["gan", "GAN"], ["vae", "VAE"], ["diffusion", "Diffusion"]],
    },
    real: {
      name: "Real or made?",
      line: "Some were written by hand, the others by the GAN. Its critic plays along. A coin gets 5 of 10.",
      choices: [["real", "Real"], ["made", "Made"]],
    },
  };
  let game = null;
  let games = 0; // begun in this minute or before; a seed each

  // What stands on the page

  const heading = play.heading("Real or made?", "");
  const [title, line] = heading.children;
  const modes = play.el("div", { class: "real-modes", role: "group", "aria-label": "Which game" });
  const offer = play.el("div", { class: "real-offer" }); // what else there could be
  const progress = play.el("p", { class: "real-progress" });
  const score = play.el("p", { class: "real-score" });
  const state = play.el("span", { class: "state" });
  const tile = play.el("span", { class: "tile real-tile" });
  const choices = play.el("div", { class: "real-choices", role: "group" });
  const answer = play.el("p", { class: "real-answer" });
  const next = play.el("button", { type: "button", class: "ghost real-next", onclick: goOn });
  const side = play.el("div", { class: "real-side" }, choices, answer, next);
  const stage = play.el("div", { class: "real-stage" }, tile, side);
  const card = play.el("section", { class: "card real-card" }, play.el("div", { class: "real-head" }, progress, score, state), stage);
  const note = play.el("section", { class: "card real-note", hidden: true, "aria-label": "Every picture made here says so" });
  root.append(heading, modes, card, note, offer);

  // Chance

  /** How likely `right` or more of `n` are for who is right with probability p each time. */
  function tail(right, n, p) {
    let sum = 0;
    let ways = 1; // to choose k of n
    for (let k = 0; k <= n; k += 1) {
      if (k >= right) sum += ways * p ** k * (1 - p) ** (n - k);
      ways = (ways * (n - k)) / (k + 1);
    }
    return sum;
  }

  function often(probability) {
    const times = Math.round(100 * probability);
    if (probability < 0.01) return `1 time in ${play.number(1 / probability, 2)}`;
    return times === 1 ? "1 time in 100" : `${times} times in 100`;
  }

  /** The score beside what blind guessing gets, with how often that would do as well. */
  function verdict(right, n, options) {
    const [who, whom] = options === 2 ? ["A coin", "a coin"] : ["Guessing", "a guesser"];
    const first = `You got ${right} of ${n}. ${who} gets ${play.number(n / options, 2)}`;
    if (!right) return `${first}.`;
    const many = right === n ? `all ${n}` : `${right} or more`;
    return `${first}, and ${many} happens to ${whom} ${often(tail(right, n, 1 / options))}.`;
  }

  // Pictures

  /** Random numbers that a seed decides (mulberry32): all visitors of a minute share its pictures. */
  function randomOf(seed) {
    let a = seed >>> 0;
    return () => {
      a = (a + 0x6d2b79f5) >>> 0;
      let t = Math.imul(a ^ (a >>> 15), a | 1);
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  function shuffled(list, random) {
    const left = [...list];
    return list.map(() => left.splice(Math.floor(random() * left.length), 1)[0]);
  }

  function newSeed() {
    games += 1;
    if (!play.live) return Math.floor(Math.random() * 2 ** 31);
    const time = new Date();
    return 16 * (60 * time.getHours() + time.getMinutes()) + (games % 16);
  }

  /** Ten recorded pictures: what they show in any order, and any machine for each. */
  async function recordedRounds(random) {
    const { runs } = await play.pack("real");
    const byModel = {};
    for (const [name, run] of Object.entries(runs)) {
      const space = name.indexOf(" ");
      (byModel[name.slice(0, space)] ??= {})[name.slice(space + 1)] = run;
    }
    const models = Object.keys(byModel);
    return shuffled(Object.keys(byModel[models[0]]), random).slice(0, ROUNDS).map((alt) => {
      const run = byModel[models[Math.floor(random() * models.length)]][alt];
      const source = run.events.at(-1).frame.tiles[0];
      return { alt, source, truth: run.start.family, recipe: run.start.recipe, seed: Math.floor(random() * 2 ** 32), replayed: true };
    });
  }

  /** Have pictures drawn anew that are still to come; what is late or fails stays as recorded. */
  function freshen(own) {
    const coming = own.rounds.filter((round, i) => i > own.at + 1);
    const requests = coming.map(({ recipe, seed }) => ({ model: recipe.model, prompt: recipe.prompt, options: recipe.options, seed }));
    if (!requests.length) return;
    own.run = play.run(requests, (i, { start, frame }) => {
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
    return rounds.map(({ tile: source, real, alt, critic }) => ({ source, alt, critic, truth: real ? "real" : "made", replayed: false }));
  }

  // A game

  async function begin(mode) {
    game?.run?.stop();
    const own = (game = { mode, rounds: [], at: -1, right: 0, critic: 0, judged: 0 });
    note.hidden = true;
    title.textContent = MODES[mode].name;
    line.textContent = MODES[mode].line;
    card.setAttribute("aria-label", MODES[mode].name);
    choices.setAttribute("aria-label", MODES[mode].name);
    choices.replaceChildren(...MODES[mode].choices.map(choice));
    choices.dataset.count = MODES[mode].choices.length;
    for (const button of modes.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", button.dataset.mode === mode);
    wait();
    try {
      const seed = newSeed();
      const rounds = mode === "real" ? await realRounds(seed) : await recordedRounds(randomOf(seed));
      if (game !== own) return;
      own.rounds = rounds;
      show(0);
    } catch (error) {
      if (game === own) fail(error);
    }
  }

  /** A choice: a shape or none, a word, and its number on the keyboard. */
  function choice([id, word], i) {
    const mark = play.el("i", { class: "mark", "aria-hidden": "true" });
    const shape = id in MADE ? play.shape(id) : play.el("i", { class: `outline ${id}`, "aria-hidden": "true" });
    const settings = { type: "button", class: "ghost", "data-choice": id, "aria-keyshortcuts": String(i + 1), onclick: () => guess(id) };
    return play.el("button", id in MADE ? { ...settings, "data-family": id } : settings, shape, word, mark);
  }

  const buttons = () => [...choices.children];

  function enable(on) {
    for (const button of buttons()) button.disabled = !on;
  }

  function wait() {
    enable(false);
    tile.replaceChildren();
    next.hidden = true;
    progress.textContent = `1 of ${ROUNDS}`;
    score.textContent = "";
    answer.textContent = "";
    play.state(state, "waiting", "◔", "drawing ten pictures");
  }

  function show(i) {
    const round = game.rounds[i];
    game.at = i;
    tile.replaceChildren(play.el("img", { src: round.source, alt: round.alt, decoding: "sync" }));
    state.replaceChildren();
    progress.textContent = `${i + 1} of ${ROUNDS}`;
    answer.replaceChildren();
    next.hidden = true;
    for (const button of buttons()) {
      delete button.dataset.mark;
      button.querySelector(".mark").textContent = "";
    }
    enable(true);
    count();
  }

  function count() {
    const critic = game.judged ? ` · critic ${game.critic}` : "";
    score.textContent = `you ${game.right}${critic}`;
  }

  function guess(id) {
    const round = game.rounds[game.at];
    if (!round || !next.hidden) return;
    if (play.live && game.mode === "machines" && !game.run) freshen(game);
    const right = id === round.truth;
    game.right += right;
    if (round.critic != null) {
      game.judged += 1;
      game.critic += round.critic > 0 === (round.truth === "real");
    }
    enable(false);
    for (const button of buttons()) mark(button, id, round.truth);
    // Not before: diffusion takes longest, so what is not live would tell.
    play.state(state, ...(round.replayed ? ["replayed", "↻", "replayed"] : play.LIVE));
    const said = tell(round, right);
    answer.textContent = said;
    count();
    const last = game.at === ROUNDS - 1;
    next.textContent = last ? "See how you did" : "Next picture";
    next.hidden = false;
    next.focus({ preventScroll: true });
    play.say(said);
  }

  function mark(button, guessed, truth) {
    const { choice: id } = button.dataset;
    if (id !== truth && id !== guessed) return;
    button.dataset.mark = id === truth ? "right" : "wrong";
    button.querySelector(".mark").textContent = id === truth ? "✓" : "✕";
  }

  function tell({ truth, critic }, right) {
    const made = truth in MADE ? `${MADE[truth]} made it` : truth === "real" ? "a person wrote it" : "the GAN made it";
    const begun = `${right ? "Right" : "No"}: ${made}.`;
    if (critic == null) return begun;
    const sign = critic > 0 ? "+" : "−";
    return `${begun} The critic says ${critic > 0 ? "real" : "made"} (${sign}${play.number(Math.abs(critic), 2)}).`;
  }

  function goOn() {
    if (game.over || !game.rounds.length) return begin(game.mode);
    if (game.at === ROUNDS - 1) return end();
    show(game.at + 1);
    buttons()[0].focus({ preventScroll: true });
  }

  function end() {
    game.over = true;
    const options = MODES[game.mode].choices.length;
    const critic = game.judged ? ` The critic got ${game.critic}: it says “real” above 0.` : "";
    answer.textContent = verdict(game.right, ROUNDS, options) + critic;
    next.textContent = "Play again";
    play.say(answer.textContent);
    window.sitting?.answer({ question: MODES[game.mode].name, said: answer.textContent });
    showNote(game);
  }

  function fail(error) {
    const sentence = error instanceof TypeError ? "The server does not answer." : error.message;
    play.state(state, "failed", "✕", "did not work");
    answer.textContent = `${sentence} “Which machine made it?” needs no server.`;
    next.textContent = "Try again";
    next.hidden = false;
  }

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = buttons();
    const number = Number(event.key) - 1;
    if (all[number] && !all[number].disabled) guess(all[number].dataset.choice);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = all.indexOf(document.activeElement);
    if (!step || at < 0) return;
    all[(at + step + all.length) % all.length].focus();
    event.preventDefault();
  });

  // The note inside the picture

  /** The text chunks of a PNG: four bytes of length, four of kind, key, zero, words; then a checksum. */
  function notesOf(source) {
    const notes = {};
    if (!source.startsWith("data:image/png;base64,")) return notes;
    const bytes = Uint8Array.from(atob(source.slice(source.indexOf(",") + 1)), (c) => c.charCodeAt(0));
    const words = (part) => String.fromCharCode(...part);
    const lengthAt = (at) => new DataView(bytes.buffer).getUint32(at);
    for (let at = 8; at + 12 <= bytes.length; at += 12 + lengthAt(at)) {
      if (words(bytes.subarray(at + 4, at + 8)) !== "tEXt") continue;
      const body = bytes.subarray(at + 8, at + 8 + lengthAt(at));
      const zero = body.indexOf(0);
      notes[words(body.subarray(0, zero))] = words(body.subarray(zero + 1));
    }
    return notes;
  }

  /** A picture of this game with a note in it; drawn anew where all of them were recorded. */
  async function noted(own) {
    const found = own.rounds.findLast(({ source }) => notesOf(source).recipe);
    const last = own.rounds.findLast((round) => round.recipe);
    if (found || !last || !play.live) return found ?? last;
    const { recipe, seed, alt } = last;
    let { source } = last;
    const request = { model: recipe.model, prompt: recipe.prompt, options: recipe.options, seed };
    await play.run([request], (_, { frame }) => {
      if (frame?.last) [source] = frame.tiles;
    }).done;
    return { source, alt, recipe };
  }

  async function showNote(own) {
    const round = await noted(own);
    if (game !== own || !round) return;
    const inside = notesOf(round.source).recipe;
    const recipe = inside ?? JSON.stringify(round.recipe);
    const reals = own.rounds.filter(({ truth }) => truth === "real");
    const bare = reals.every(({ source }) => !notesOf(source).recipe);
    const read = inside
      ? `Read back from this picture${reals.length && bare ? "; the real ones carry none" : ""}:`
      : "The recorded pictures of this page travel without it. The note that the running app writes into this one:";
    note.replaceChildren(
      play.el("h3", {}, "Every picture made here says so"),
      play.el("div", { class: "real-noted" }, play.tile(round.source, round.alt), play.el("div", {}, play.el("p", {}, read), play.el("pre", { tabindex: "0" }, recipe))),
      play.el("p", {}, "Whoever has the recipe can make the same picture again. Such a note is lost as soon as somebody takes a screenshot, so a picture without one may still be made."),
      play.el("p", {}, "You have just seen how hard it is to tell by looking, with digits, where nobody is hurt. With a face or a voice, ask where it comes from before you ask whether it looks real."),
    );
    note.hidden = false;
  }

  // Which games there are

  function offerGames(kinds) {
    offer.replaceChildren();
    modes.replaceChildren(...kinds.map((mode) => play.el("button", { type: "button", class: "ghost", "data-mode": mode, onclick: () => begin(mode) }, MODES[mode].name)));
  }

  const megabytes = (bytes) => play.number(bytes / 1e6, 2);

  function offerFetch(bytes) {
    const button = play.el("button", { type: "button", class: "ghost real-fetch", onclick: () => fetchDigits(button, bytes) }, `Fetch real digits (${megabytes(bytes)} MB)`);
    const words = "With MNIST’s 10,000 test digits you can also play “Real or made?”. They come once, from storage.googleapis.com, to this server.";
    offer.replaceChildren(play.el("p", {}, words), button, play.el("p", { class: "failure" }));
  }

  async function fetchDigits(button, bytes) {
    if (button.dataset.running) return;
    button.dataset.running = "yes";
    offer.lastElementChild.textContent = "";
    const ended = await progressOf((got) => (button.textContent = `Fetching: ${megabytes(got)} of ${megabytes(bytes)} MB`)).catch(() => ({}));
    if (ended.done) {
      offerGames(["real", "machines"]);
      begin("real");
      modes.firstElementChild.focus({ preventScroll: true });
      return play.say("The real digits are here.");
    }
    delete button.dataset.running;
    button.textContent = `Fetch real digits (${megabytes(bytes)} MB)`;
    const failure = ended.fail ?? ended.sentence ?? "The server does not answer. Try again in a moment.";
    offer.lastElementChild.textContent = failure;
    play.say(failure);
  }

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

  (async () => {
    if (!play.live) {
      offer.append(play.el("p", {}, "The running app has a second game: real digits against the GAN."));
      return begin("machines");
    }
    const known = await fetch("real").then((reply) => reply.json()).catch(() => ({ missing: true }));
    if (!known.missing) offerGames(["real", "machines"]);
    else if (known.fetch) offerFetch(known.fetch);
    begin(known.missing ? "machines" : "real");
  })();
});
