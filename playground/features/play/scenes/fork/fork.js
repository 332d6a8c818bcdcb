// Fork the story: every letter of a text shows what else could have stood there; take one of these,
// and the model goes on from it. All branches stay.
import {
  LIVE,
  card as kitCard,
  heading,
  letter as kitLetter,
  showEvent,
  sourceOf,
} from "../../../../web/kit/card_parts.js";
import { el, ghost, shape } from "../../../../web/kit/dom.js";
import { sharing } from "../../../../web/kit/links.js";
import { chance, number } from "../../../../web/kit/numbers.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";
import { surpriseBits } from "../../../../web/kit/surprise.js";

const MOST = { candidates: 6, branches: 6 };
const LENGTH = 80; // letters of a branch
const HINT = "Press a letter to see what else could have stood there.";

export async function build(root) {
  const place = el("div", { class: "fork-place" }); // one card a writer, one shown
  const pickers = el("div", { class: "fork-pickers", role: "group", "aria-label": "Who writes" });
  const line =
    "At every letter the model had a choice. Make another one, and it goes on from yours.";
  root.append(heading("Fork the story", line), pickers, place);
  try {
    const { runs } = await pack("texts");
    new ForkScene(runs, pickers, place);
    root.append(legend());
  } catch (error) {
    place.replaceChildren(el("p", { class: "failure", role: "alert" }, error.message));
  }
}

class ForkScene {
  constructor(recorded, pickers, place) {
    this.recorded = recorded;
    this.pickers = pickers;
    this.place = place;
    this.stories = {}; // by model
    this.story = null; // the one that is shown
    this.running = null;

    this.says = el("p", { class: "reading", role: "status" }, HINT);
    this.chips = el("div", {
      class: "fork-chips",
      role: "group",
      "aria-label": "Other candidates",
    });
    this.stop = ghost("Stop", () => this.running?.stop());
    this.links = el("span", { class: "sharing" }); // of the newest branch
    this.over = ghost("Start over", this.startOver.bind(this));
    for (const [model, { start }] of Object.entries(this.recorded)) {
      const settings = {
        type: "button",
        class: "ghost",
        "data-model": model,
        "data-family": start.family,
        "aria-pressed": "false",
        onclick: () => this.show(model),
      };
      this.pickers.append(el("button", settings, shape(start.family), start.name));
    }
    this.chips.addEventListener("keydown", this.leave.bind(this));
    this.show(Object.keys(this.recorded)[0]);
  }

  // A branch: its letters, each as recorded, of which the first `fork` are those of its parent

  /** A branch with its element, empty as yet. */
  makeBranch(letters, fork) {
    const state = el("span", { class: "state" });
    const head = el(
      "p",
      { class: "fork-head" },
      el("span", {}, fork < 0 ? "The recorded text" : `Forked at letter ${fork + 1}`),
      state,
    );
    const flow = el("div", {
      class: "flow",
      role: "group",
      "aria-label": "Text, letter by letter",
    });
    const element = el("section", { class: "fork-branch" }, head, flow);
    const branch = { letters: [], fork, state, flow, element };
    flow.append(el("span", { class: "prompt" }, this.story.prompt), rule());
    add(branch, letters);
    flow.addEventListener("click", (event) => this.pressed(branch, event));
    flow.addEventListener("keydown", (event) => this.moved(branch, event));
    return branch;
  }

  // Choosing

  pressed(branch, event) {
    const letter = event.target.closest("[data-index]");
    if (letter) this.select(branch, Number(letter.dataset.index));
  }

  /** Arrows go from letter to letter and from line to line; Enter goes on to the candidates. */
  moved(branch, event) {
    const letters = [...branch.flow.querySelectorAll("[data-index]")];
    const now = letters.indexOf(document.activeElement);
    if (now < 0) return;
    const ways = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: letters.length - 1 };
    if (event.key === "Enter" || event.key === " ") {
      this.select(branch, now);
      this.chips.querySelector("button")?.focus({ preventScroll: true });
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.select(branch, beside(letters, now, event.key === "ArrowDown" ? 1 : -1), true);
    } else if (ways[event.key] !== undefined) {
      this.select(branch, Math.max(0, Math.min(letters.length - 1, ways[event.key])), true);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Show what else could have stood at a place of a branch. */
  select(branch, index, focus) {
    const letter = branch.flow.querySelector(`[data-index="${index}"]`);
    branch.flow.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    letter.tabIndex = 0;
    this.story.root.querySelector(".picked")?.classList.remove("picked");
    letter.classList.add("picked");
    if (focus) letter.focus({ preventScroll: false });
    const [piece, , , , candidates] = branch.letters[index];
    const others = candidates
      .map((candidate, rank) => [...candidate, rank])
      .filter(([other, p]) => other !== piece && p > 0);
    const offered = others.slice(0, MOST.candidates);
    this.says.classList.remove("failure");
    this.says.textContent =
      `${inWords(branch.letters[index])} ` +
      `${offered.length ? "Instead of it:" : "Nothing else was likely here."}`;
    this.chips.replaceChildren(
      ...offered.map(([other, p, rank]) => this.chip(branch, index, other, p, rank, candidates)),
    );
  }

  chip(branch, index, piece, p, rank, candidates) {
    const act = () => this.fork(branch, index, [piece, p, rank, 0, candidates]);
    const settings = {
      type: "button",
      class: "ghost",
      onclick: act,
      "aria-disabled": !isLive() && "true",
      "aria-label": `${shown(piece)}, ${chance(p)}`,
    };
    return el(
      "button",
      settings,
      el("b", {}, { " ": "␣", "\n": "↵" }[piece] ?? piece),
      el("span", {}, chance(p)),
    );
  }

  /** Escape goes back from the candidates to the letter; arrows go along them. */
  leave(event) {
    const all = [...this.chips.children];
    const now = all.indexOf(document.activeElement);
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.story.root.querySelector(".picked")?.focus();
    else if (way && now >= 0) all[(now + way + all.length) % all.length].focus();
    else return;
    event.preventDefault();
  }

  // Going on

  fork(branch, index, chosen) {
    if (!isLive()) {
      return this.refuse(
        "Here are recorded texts alone. To go on from your letter, open this page in " +
          "the running app.",
      );
    }
    if (this.story.branches.length >= MOST.branches) {
      return this.refuse(`${MOST.branches} branches are enough to get lost in. Press Start over.`);
    }
    this.running?.stop();
    const next = this.makeBranch([...branch.letters.slice(0, index), chosen], index);
    this.story.branches.unshift(next);
    this.story.texts.prepend(next.element);
    this.select(next, index);
    reserve(next, `${"x".repeat(LENGTH / 5)}\n`.repeat(5)); // with room for short lines
    next.flow.querySelector(".chosen").focus({ preventScroll: true });
    next.element.scrollIntoView({ block: "nearest" });
    this.goOn(next);
  }

  refuse(words) {
    this.says.textContent = words;
    this.says.classList.add("failure");
  }

  goOn(branch) {
    const { prompt, options, seed, model } = this.story.run.start.recipe;
    const written = branch.letters.map(([piece]) => piece).join("");
    const request = {
      model,
      prompt: prompt + written,
      options: { ...options, length: LENGTH },
      seed,
    };
    return this.follow(branch, (take) => kitRun([request], (_, event) => take(event), true));
  }

  /** Show a run at the end of a branch. */
  async follow(branch, begin) {
    let source = LIVE;
    const before = branch.letters.length;
    let link = "";
    this.links.replaceChildren();
    const own = this.story; // another one may be shown before this ends
    own.card.element.setAttribute("data-busy", "");
    const run = begin((event) => {
      if (event.start) source = sourceOf(event.start);
      link = event.start?.link ?? link;
      if (event.letters) add(branch, event.letters);
      if (event.letters && own === this.story && !own.root.querySelector(".picked")) {
        this.select(branch, 0);
      }
      showEvent(branch.state, event, source);
      if (event.fail) this.failed(branch, event.fail);
      if (event.end === "finished" && own === this.story) {
        this.links.replaceChildren(...sharing(link));
      }
      if (event.end === "finished") say(finished(own, branch, before));
    });
    this.running = run;
    this.update();
    await run.done;
    if (this.running !== run) return;
    this.running = null;
    own.card.element.removeAttribute("data-busy");
    this.update();
  }

  /** Say what went wrong, and offer another try where that may help. */
  failed(branch, { sentence, again }) {
    const note = el(
      "div",
      { class: "fork-failed" },
      el("p", { class: "failure", role: "alert" }, sentence),
    );
    const retry = () => {
      note.remove();
      this.goOn(branch);
    };
    if (again) note.append(el("p", {}, ghost("Try again", retry)));
    branch.element.append(note);
  }

  // The writers

  open(model) {
    const run = this.recorded[model];
    const { family, name } = run.start;
    const card = kitCard(family, name);
    const texts = el("div", { class: "fork-texts" });
    this.stories[model] = {
      model,
      run,
      name,
      card,
      texts,
      root: card.element,
      prompt: run.start.recipe.prompt,
      branches: [],
    };
    return this.stories[model];
  }

  /** Show one writer's story; it begins with the recorded text. */
  show(model) {
    if (this.story?.model === model) return;
    this.running?.stop();
    const fresh = !this.stories[model];
    this.story = this.stories[model] ?? this.open(model);
    this.story.root.classList.add("fork-card");
    const panel = el("div", { class: "fork-panel" }, this.says, this.chips);
    this.story.card.stage.replaceChildren(
      panel,
      this.story.texts,
      el("div", { class: "tools" }, this.stop, this.over, this.links),
    );
    this.place.replaceChildren(this.story.root);
    for (const picker of this.pickers.children) {
      picker.setAttribute("aria-pressed", String(picker.dataset.model === model));
    }
    this.clear();
    this.update();
    if (fresh) this.startOver();
  }

  clear() {
    this.links.replaceChildren();
    this.story.root.querySelector(".picked")?.classList.remove("picked");
    this.chips.replaceChildren();
    this.says.classList.remove("failure");
    this.says.textContent = HINT;
  }

  /** Back to the recorded text alone. */
  startOver() {
    this.running?.stop();
    this.clear();
    const branch = this.makeBranch([], -1);
    this.story.branches = [branch];
    this.story.texts.replaceChildren(branch.element);
    reserve(
      branch,
      this.story.run.events
        .flatMap(({ letters = [] }) => letters)
        .map(([piece]) => piece)
        .join(""),
    );
    this.follow(branch, (take) => replay(this.story.run, take));
  }

  update() {
    this.stop.disabled = !this.running;
    this.over.disabled = Boolean(this.running) || this.story.branches.length < 2;
  }
}

// Words

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
  return (
    `${quoted(piece)} had ${chance(p)}${favourite(rank)}. Surprise ` +
    `${number(surpriseBits(p), 2)} bits.`
  );
}

function rule() {
  return el("i", { class: "rule", "aria-hidden": "true" });
}

/** Put letters behind those that are there; the one that was chosen is marked. */
function add(branch, letters) {
  for (const letter of letters) {
    const index = branch.letters.push(letter) - 1;
    const element = kitLetter(letter);
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", shown(letter[0]));
    element.tabIndex = index === Math.max(branch.fork, 0) ? 0 : -1;
    element.dataset.index = index;
    if (index < branch.fork) element.classList.add("kept");
    if (index === branch.fork) {
      element.classList.add("chosen");
      branch.flow.append(el("i", { class: "rule fork-rule", "aria-hidden": "true" }));
    }
    branch.flow.append(element);
  }
}

/** Keep room for letters that are still to come, so that what is below stays where it is. */
function reserve(branch, pieces) {
  const coming = el("span", {}, pieces);
  branch.flow.append(coming);
  branch.flow.style.minHeight = `${branch.flow.offsetHeight}px`;
  coming.remove();
}

/** The letter of the next line, or of the one before, that is nearest. */
function beside(letters, now, way) {
  const { offsetTop, offsetLeft } = letters[now];
  const lines = letters.filter((letter) => way * (letter.offsetTop - offsetTop) > 16);
  const top = way * Math.min(...lines.map((letter) => way * letter.offsetTop));
  const line = lines.filter((letter) => Math.abs(letter.offsetTop - top) < 16);
  const near = line.sort(
    (a, b) => Math.abs(a.offsetLeft - offsetLeft) - Math.abs(b.offsetLeft - offsetLeft),
  )[0];
  return near ? letters.indexOf(near) : now;
}

function finished(own, branch, before) {
  const letters = branch.letters.slice(before);
  const bits =
    letters.reduce((sum, [, p]) => sum + surpriseBits(p), 0) / Math.max(1, letters.length);
  return `${own.name} finished, ${letters.length} letters, ${number(bits)} bits a letter.`;
}

const level = (bits, words) => el("span", {}, el("b", { class: `t s${bits}` }, "e"), words);

function legend() {
  return el(
    "p",
    { class: "legend" },
    "Bars show the surprise of each letter, in bits: ",
    el(
      "span",
      { class: "samples" },
      level(1, "1–2"),
      level(2, "2–4"),
      level(3, "4–6"),
      level(4, "over 6"),
      el("span", {}, el("b", { class: "t r" }, "e"), "not among its ten favourites"),
    ),
  );
}
