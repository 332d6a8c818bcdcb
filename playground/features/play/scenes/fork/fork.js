// Fork the story: every letter of a text shows what else could have stood there; take one of these,
// and the model goes on from it. All branches stay.
"use strict";

play.scene("fork", async (root) => {
  const most = { candidates: 6, branches: 6 };
  const length = 80; // letters of a branch
  const hint = "Press a letter to see what else could have stood there.";
  const stories = {}; // by model: {model, run, branches, root}
  let story = null; // the one that is shown
  let running = null;

  const pickers = play.el("div", { class: "fork-pickers", role: "group", "aria-label": "Who writes" });
  const says = play.el("p", { class: "reading", role: "status" }, hint);
  const chips = play.el("div", { class: "fork-chips", role: "group", "aria-label": "Other candidates" });
  const place = play.el("div", { class: "fork-place" }); // one card a writer, one shown
  root.append(play.heading("Fork the story", "At every letter the model had a choice. Make another one, and it goes on from yours."), pickers, place);

  let recorded;
  try {
    recorded = (await play.pack("texts")).runs;
  } catch (error) {
    return place.replaceChildren(play.el("p", { class: "failure", role: "alert" }, error.message));
  }

  // Words

  /** A probability as people read it: "62 %", below 1 % "1 in 340". */
  function share(p) {
    if (p >= 0.01) return `${Math.round(p * 100)} %`;
    return `1 in ${play.number(1 / Math.max(p, 1e-6), 2)}`;
  }

  function shown(piece) {
    return { " ": "space", "\n": "new line" }[piece] ?? piece;
  }

  function quoted(piece) {
    return piece.trim() ? `“${piece}”` : `The ${shown(piece)}`;
  }

  function favourite(rank) {
    if (!rank) return ", its favourite";
    const ordinal = ["2nd", "3rd"][rank - 1] ?? `${rank + 1}th`;
    return rank < 10 ? `, its ${ordinal} choice` : ", not among its ten favourites";
  }

  function inWords([piece, p, rank]) {
    return `${quoted(piece)} had ${share(p)}${favourite(rank)}. Surprise ${play.number(play.surprise(p), 2)} bits.`;
  }

  // A branch: its letters, each as recorded, of which the first `fork` are those of its parent

  /** A branch with its element, empty as yet. */
  function makeBranch(letters, fork) {
    const state = play.el("span", { class: "state" });
    const head = play.el("p", { class: "fork-head" }, play.el("span", {}, fork < 0 ? "The recorded text" : `Forked at letter ${fork + 1}`), state);
    const flow = play.el("div", { class: "flow", role: "group", "aria-label": "Text, letter by letter" });
    const element = play.el("section", { class: "fork-branch" }, head, flow);
    const branch = { letters: [], fork, state, flow, element };
    flow.append(play.el("span", { class: "prompt" }, story.prompt), rule());
    add(branch, letters);
    flow.addEventListener("click", (event) => pressed(branch, event));
    flow.addEventListener("keydown", (event) => moved(branch, event));
    return branch;
  }

  function rule() {
    return play.el("i", { class: "rule", "aria-hidden": "true" });
  }

  /** Put letters behind those that are there; the one that was chosen is marked. */
  function add(branch, letters) {
    for (const letter of letters) {
      const index = branch.letters.push(letter) - 1;
      const element = play.letter(letter);
      element.setAttribute("role", "button");
      element.setAttribute("aria-label", shown(letter[0]));
      element.tabIndex = index === Math.max(branch.fork, 0) ? 0 : -1;
      element.dataset.index = index;
      if (index < branch.fork) element.classList.add("kept");
      if (index === branch.fork) {
        element.classList.add("chosen");
        branch.flow.append(play.el("i", { class: "rule fork-rule", "aria-hidden": "true" }));
      }
      branch.flow.append(element);
    }
  }

  /** Keep room for letters that are still to come, so that what is below stays where it is. */
  function reserve(branch, pieces) {
    const coming = play.el("span", {}, pieces);
    branch.flow.append(coming);
    branch.flow.style.minHeight = `${branch.flow.offsetHeight}px`;
    coming.remove();
  }

  // Choosing

  function pressed(branch, event) {
    const letter = event.target.closest("[data-index]");
    if (letter) select(branch, Number(letter.dataset.index));
  }

  /** Arrows go from letter to letter and from line to line; Enter goes on to the candidates. */
  function moved(branch, event) {
    const letters = [...branch.flow.querySelectorAll("[data-index]")];
    const now = letters.indexOf(document.activeElement);
    if (now < 0) return;
    const ways = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: letters.length - 1 };
    if (event.key === "Enter" || event.key === " ") {
      select(branch, now);
      chips.querySelector("button")?.focus({ preventScroll: true });
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      select(branch, beside(letters, now, event.key === "ArrowDown" ? 1 : -1), true);
    } else if (ways[event.key] !== undefined) {
      select(branch, Math.max(0, Math.min(letters.length - 1, ways[event.key])), true);
    } else return;
    event.preventDefault();
  }

  /** The letter of the next line, or of the one before, that is nearest. */
  function beside(letters, now, way) {
    const { offsetTop, offsetLeft } = letters[now];
    const lines = letters.filter((letter) => way * (letter.offsetTop - offsetTop) > 16);
    const top = way * Math.min(...lines.map((letter) => way * letter.offsetTop));
    const line = lines.filter((letter) => Math.abs(letter.offsetTop - top) < 16);
    const near = line.sort((a, b) => Math.abs(a.offsetLeft - offsetLeft) - Math.abs(b.offsetLeft - offsetLeft))[0];
    return near ? letters.indexOf(near) : now;
  }

  /** Show what else could have stood at a place of a branch. */
  function select(branch, index, focus) {
    const letter = branch.flow.querySelector(`[data-index="${index}"]`);
    branch.flow.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    letter.tabIndex = 0;
    story.root.querySelector(".picked")?.classList.remove("picked");
    letter.classList.add("picked");
    if (focus) letter.focus({ preventScroll: false });
    const [piece, , , , candidates] = branch.letters[index];
    const others = candidates.map((candidate, rank) => [...candidate, rank]).filter(([other, p]) => other !== piece && p > 0);
    const offered = others.slice(0, most.candidates);
    says.classList.remove("failure");
    says.textContent = `${inWords(branch.letters[index])} ${offered.length ? "Instead of it:" : "Nothing else was likely here."}`;
    chips.replaceChildren(...offered.map(([other, p, rank]) => chip(branch, index, other, p, rank, candidates)));
  }

  function chip(branch, index, piece, p, rank, candidates) {
    const act = () => fork(branch, index, [piece, p, rank, 0, candidates]);
    const settings = { type: "button", class: "ghost", onclick: act, "aria-disabled": !play.live && "true", "aria-label": `${shown(piece)}, ${share(p)}` };
    return play.el("button", settings, play.el("b", {}, { " ": "␣", "\n": "↵" }[piece] ?? piece), play.el("span", {}, share(p)));
  }

  /** Escape goes back from the candidates to the letter; arrows go along them. */
  function leave(event) {
    const all = [...chips.children];
    const now = all.indexOf(document.activeElement);
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") story.root.querySelector(".picked")?.focus();
    else if (way && now >= 0) all[(now + way + all.length) % all.length].focus();
    else return;
    event.preventDefault();
  }

  // Going on

  function fork(branch, index, chosen) {
    if (!play.live) return refuse("Here are recorded texts alone. To go on from your letter, open this page in the running app.");
    if (story.branches.length >= most.branches) return refuse(`${most.branches} branches are enough to get lost in. Press Start over.`);
    running?.stop();
    const next = makeBranch([...branch.letters.slice(0, index), chosen], index);
    story.branches.unshift(next);
    story.texts.prepend(next.element);
    select(next, index);
    reserve(next, `${"x".repeat(length / 5)}\n`.repeat(5)); // with room for short lines
    next.flow.querySelector(".chosen").focus({ preventScroll: true });
    next.element.scrollIntoView({ block: "nearest" });
    goOn(next);
  }

  function refuse(words) {
    says.textContent = words;
    says.classList.add("failure");
  }

  function goOn(branch) {
    const { prompt, options, seed, model } = story.run.start.recipe;
    const written = branch.letters.map(([piece]) => piece).join("");
    const request = { model, prompt: prompt + written, options: { ...options, length }, seed };
    return follow(branch, (take) => play.run([request], (_, event) => take(event), true));
  }

  /** Show a run at the end of a branch. */
  async function follow(branch, begin) {
    let source = play.LIVE;
    const before = branch.letters.length;
    let link = "";
    links.replaceChildren();
    const own = story; // another one may be shown before this ends
    own.card.element.setAttribute("data-busy", "");
    const run = begin((event) => {
      if (event.start) source = event.start.replayed ? play.REPLAYED : play.LIVE;
      link = event.start?.link ?? link;
      if (event.letters) add(branch, event.letters);
      if (event.letters && own === story && !own.root.querySelector(".picked")) select(branch, 0);
      play.showState(branch.state, event, source);
      if (event.fail) failed(branch, event.fail);
      if (event.end === "finished" && own === story) links.replaceChildren(...play.sharing(link));
      if (event.end === "finished") play.say(finished(own, branch, before));
    });
    running = run;
    update();
    await run.done;
    if (running !== run) return;
    running = null;
    own.card.element.removeAttribute("data-busy");
    update();
  }

  function finished(own, branch, before) {
    const letters = branch.letters.slice(before);
    const bits = letters.reduce((sum, [, p]) => sum + play.surprise(p), 0) / Math.max(1, letters.length);
    return `${own.name} finished, ${letters.length} letters, ${play.number(bits)} bits a letter.`;
  }

  /** Say what went wrong, and offer another try where that may help. */
  function failed(branch, { sentence, again }) {
    const note = play.el("div", { class: "fork-failed" }, play.el("p", { class: "failure", role: "alert" }, sentence));
    const retry = () => {
      note.remove();
      goOn(branch);
    };
    if (again) note.append(play.el("p", {}, play.el("button", { type: "button", class: "ghost", onclick: retry }, "Try again")));
    branch.element.append(note);
  }

  // The writers

  function begin(model) {
    const run = recorded[model];
    const { family, name } = run.start;
    const card = play.card(family, name);
    const texts = play.el("div", { class: "fork-texts" });
    stories[model] = { model, run, name, card, texts, root: card.element, prompt: run.start.recipe.prompt, branches: [] };
    return stories[model];
  }

  /** Show one writer's story; it begins with the recorded text. */
  function show(model) {
    if (story?.model === model) return;
    running?.stop();
    const fresh = !stories[model];
    story = stories[model] ?? begin(model);
    story.root.classList.add("fork-card");
    const panel = play.el("div", { class: "fork-panel" }, says, chips);
    story.card.stage.replaceChildren(panel, story.texts, play.el("div", { class: "tools" }, stop, over, links));
    place.replaceChildren(story.root);
    for (const picker of pickers.children) picker.setAttribute("aria-pressed", String(picker.dataset.model === model));
    clear();
    update();
    if (fresh) startOver();
  }

  function clear() {
    links.replaceChildren();
    story.root.querySelector(".picked")?.classList.remove("picked");
    chips.replaceChildren();
    says.classList.remove("failure");
    says.textContent = hint;
  }

  /** Back to the recorded text alone. */
  function startOver() {
    running?.stop();
    clear();
    const branch = makeBranch([], -1);
    story.branches = [branch];
    story.texts.replaceChildren(branch.element);
    reserve(branch, story.run.events.flatMap(({ letters = [] }) => letters).map(([piece]) => piece).join(""));
    follow(branch, (take) => play.replay(story.run, take));
  }

  function update() {
    stop.disabled = !running;
    over.disabled = Boolean(running) || story.branches.length < 2;
  }

  const stop = play.el("button", { type: "button", class: "ghost", onclick: () => running?.stop() }, "Stop");
  const links = play.el("span", { class: "sharing" }); // of the newest branch
  const over = play.el("button", { type: "button", class: "ghost", onclick: startOver }, "Start over");
  const level = (bits, words) => play.el("span", {}, play.el("b", { class: `t s${bits}` }, "e"), words);
  const legend = play.el("p", { class: "legend" }, "Bars show the surprise of each letter, in bits: ", play.el("span", { class: "samples" }, level(1, "1–2"), level(2, "2–4"), level(3, "4–6"), level(4, "over 6"), play.el("span", {}, play.el("b", { class: "t r" }, "e"), "not among its ten favourites")));
  for (const [model, { start }] of Object.entries(recorded)) {
    const settings = { type: "button", class: "ghost", "data-model": model, "data-family": start.family, "aria-pressed": "false", onclick: () => show(model) };
    pickers.append(play.el("button", settings, play.shape(start.family), start.name));
  }
  chips.addEventListener("keydown", leave);
  root.append(legend);
  show(Object.keys(recorded)[0]);
});
