// Fork the story: every letter of a text shows what else could have stood there; take one of these,
// and the model goes on from it. All branches stay.
import { card as kitCard, heading, showEvent, visible } from "../../../../web/kit/card_parts.js";
import { el, ghost, shape, target } from "../../../../web/kit/dom.js";
import { onKey } from "../../../../web/kit/keys.js";
import { sharing } from "../../../../web/kit/links.js";
import { chance } from "../../../../web/kit/numbers.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";
import { LIVE, sourceOf } from "../../../../web/kit/sources.js";
import { Branch } from "./fork_branch.js";
import { finished, insteadOf, inWords, shown } from "./fork_words.js";

/**
 * @import { Fail, Letter, RecordedPart, Recording } from "../../../../web/kit/events.js"
 * @import { RunEvent, Running } from "../../../../web/kit/events.js"
 */

/**
 * A writer's text and its branches, the newest first.
 *
 * @typedef {object} Story
 * @property {string} model
 * @property {Recording} recorded
 * @property {{ element: HTMLElement, stage: HTMLElement }} card
 * @property {HTMLElement} texts
 * @property {Branch[]} branches
 */

const MOST = { candidates: 6, branches: 6 };
const LENGTH = 80; // letters of a branch
const HINT = "Press a letter to see what else could have stood there.";

/** @param {HTMLElement} root */
export async function build(root) {
  const place = el("div", { class: "fork-place" }); // one card a writer, one shown
  const pickers = el("div", { class: "fork-pickers", role: "group", "aria-label": "Who writes" });
  const line =
    "At every letter the model had a choice. Make another one, and it goes on from yours.";
  root.append(heading("Fork the story", line), pickers, place);
  try {
    /** @type {RecordedPart} */
    const { runs } = await pack("texts");
    new ForkScene(runs, pickers, place);
    root.append(legend());
  } catch (error) {
    const words = error instanceof Error ? error.message : "";
    place.replaceChildren(el("p", { class: "failure", role: "alert" }, words));
  }
}

class ForkScene {
  /**
   * @param {Record<string, Recording>} recorded by model
   * @param {HTMLElement} pickers
   * @param {HTMLElement} place
   */
  constructor(recorded, pickers, place) {
    this.place = place;
    const stories = Object.entries(recorded).map(([model, run]) => storyOf(model, run));
    this.story = stories[0]; // the one that is shown
    /** @type {Running | null} */
    this.running = null;

    this.says = el("p", { class: "reading", role: "status" }, HINT);
    const settings = { class: "fork-chips", role: "group", "aria-label": "Other candidates" };
    this.chips = el("div", { ...settings, onkeydown: (event) => this.leave(event) });
    this.stop = ghost("Stop", () => this.running?.stop());
    this.links = el("span", { class: "sharing" }); // of the newest branch
    this.over = ghost("Start over", () => this.startOver());
    this.pickers = stories.map((story) => this.picker(story));
    pickers.append(...this.pickers);
    this.show(this.story);
  }

  /** @param {Story} story */
  picker(story) {
    const { family, name } = story.recorded.start;
    const settings = {
      type: "button",
      class: "ghost",
      "data-model": story.model,
      "data-family": family,
      "aria-pressed": "false",
      onclick: () => story !== this.story && this.show(story),
    };
    return el("button", settings, shape(family), name);
  }

  /**
   * A branch of the story that is shown, which hears of presses and keys.
   *
   * @param {Letter[]} letters
   * @param {number} fork
   */
  makeBranch(letters, fork) {
    const branch = new Branch(this.story.recorded.start.recipe.prompt, letters, fork);
    branch.flow.addEventListener("click", (event) => this.pressed(branch, event));
    onKey(branch.flow, (event) => this.moved(branch, event));
    return branch;
  }

  // Choosing

  /**
   * @param {Branch} branch
   * @param {Event} event
   */
  pressed(branch, event) {
    const letter = target(event)?.closest("[data-index]");
    if (letter instanceof HTMLElement) this.select(branch, Number(letter.dataset.index));
  }

  /**
   * Arrows go from letter to letter and from line to line; Enter goes on to the candidates.
   *
   * @param {Branch} branch
   * @param {KeyboardEvent} event
   */
  moved(branch, event) {
    const now = branch.shown.findIndex((letter) => letter === document.activeElement);
    const to = branch.way(event.key);
    if (now >= 0 && (event.key === "Enter" || event.key === " ")) {
      this.select(branch, now);
      this.chips.querySelector("button")?.focus({ preventScroll: true });
    } else if (to !== undefined) {
      this.select(branch, to).focus({ preventScroll: false });
    } else {
      return;
    }
    event.preventDefault();
  }

  /**
   * Show what else could have stood at a place of a branch; its letter there.
   *
   * @param {Branch} branch
   * @param {number} index
   */
  select(branch, index) {
    this.picked()?.classList.remove("picked");
    const letter = branch.pick(index);
    const others = insteadOf(branch.letters[index], MOST.candidates);
    const offer = others.length ? "Instead of it:" : "Nothing else was likely here.";
    this.says.classList.remove("failure");
    this.says.textContent = `${inWords(branch.letters[index])} ${offer}`;
    this.chips.replaceChildren(...others.map((other) => this.chip(branch, index, other)));
    return letter;
  }

  /** The letter that is marked, if one is. */
  picked() {
    const found = this.story.texts.querySelector(".picked");
    return found instanceof HTMLElement ? found : null;
  }

  /**
   * @param {Branch} branch
   * @param {number} index
   * @param {Letter} chosen
   */
  chip(branch, index, chosen) {
    const [piece, probability] = chosen;
    const words = chance(probability);
    const settings = {
      type: "button",
      class: "ghost",
      onclick: () => this.fork(branch, index, chosen),
      "aria-disabled": !isLive() && "true",
      "aria-label": `${shown(piece)}, ${words}`,
    };
    return el("button", settings, el("b", {}, visible(piece)), el("span", {}, words));
  }

  /**
   * Escape goes back from the candidates to the letter; arrows go along them.
   *
   * @param {KeyboardEvent} event
   */
  leave(event) {
    const all = [...this.chips.querySelectorAll("button")];
    const now = all.findIndex((chip) => chip === document.activeElement);
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.picked()?.focus();
    else if (way && now >= 0) all[(now + way + all.length) % all.length].focus();
    else return;
    event.preventDefault();
  }

  // Going on

  /**
   * @param {Branch} branch
   * @param {number} index
   * @param {Letter} chosen
   */
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
    const letter = this.select(next, index);
    next.reserve(`${"x".repeat(LENGTH / 5)}\n`.repeat(5)); // with room for short lines
    letter.focus({ preventScroll: true });
    next.element.scrollIntoView({ block: "nearest" });
    this.goOn(next);
  }

  /** @param {string} words */
  refuse(words) {
    this.says.textContent = words;
    this.says.classList.add("failure");
  }

  /** @param {Branch} branch */
  goOn(branch) {
    const { prompt, options, seed, model } = this.story.recorded.start.recipe;
    const request = {
      model,
      prompt: prompt + branch.written,
      options: { ...options, length: LENGTH },
      seed,
    };
    return this.follow(branch, (take) => kitRun([request], (_, event) => take(event), true));
  }

  /**
   * Show a run at the end of a branch.
   *
   * @param {Branch} branch
   * @param {(take: (event: RunEvent) => void) => Running} begin
   */
  async follow(branch, begin) {
    let source = LIVE;
    let link = "";
    const before = branch.letters.length;
    const own = this.story; // another one may be shown before this ends
    this.links.replaceChildren();
    own.card.element.setAttribute("data-busy", "");
    const run = begin((event) => {
      if (event.start) [source, link] = [sourceOf(event.start), event.start.link];
      if (event.letters) branch.add(event.letters);
      if (event.letters && own === this.story && !this.picked()) this.select(branch, 0);
      showEvent(branch.state, event, source);
      if (event.fail) this.failed(branch, event.fail);
      if (event.end !== "finished") return;
      if (own === this.story) this.links.replaceChildren(...sharing(link));
      say(finished(own.recorded.start.name, branch.letters.slice(before)));
    });
    this.running = run;
    this.update();
    await run.done;
    if (this.running !== run) return;
    this.running = null;
    own.card.element.removeAttribute("data-busy");
    this.update();
  }

  /**
   * Say what went wrong, and offer another try where that may help.
   *
   * @param {Branch} branch
   * @param {Fail} fail
   */
  failed(branch, { sentence, again }) {
    const words = el("p", { class: "failure", role: "alert" }, sentence);
    const note = el("div", { class: "fork-failed" }, words);
    const retry = () => {
      note.remove();
      this.goOn(branch);
    };
    if (again) note.append(el("p", {}, ghost("Try again", retry)));
    branch.element.append(note);
  }

  // The writers

  /**
   * Show one writer's story; it begins with the recorded text.
   *
   * @param {Story} story
   */
  show(story) {
    this.running?.stop();
    this.story = story;
    story.card.stage.replaceChildren(
      el("div", { class: "fork-panel" }, this.says, this.chips),
      story.texts,
      el("div", { class: "tools" }, this.stop, this.over, this.links),
    );
    this.place.replaceChildren(story.card.element);
    for (const picker of this.pickers) {
      picker.setAttribute("aria-pressed", String(picker.dataset.model === story.model));
    }
    this.clear();
    this.update();
    if (!story.branches.length) this.startOver();
  }

  clear() {
    this.links.replaceChildren();
    this.picked()?.classList.remove("picked");
    this.chips.replaceChildren();
    this.says.classList.remove("failure");
    this.says.textContent = HINT;
  }

  /** Back to the recorded text alone. */
  startOver() {
    this.running?.stop();
    this.clear();
    const { recorded, texts } = this.story;
    const branch = this.makeBranch([], -1);
    this.story.branches = [branch];
    texts.replaceChildren(branch.element);
    const letters = recorded.events.flatMap((event) => event.letters ?? []);
    branch.reserve(letters.map(([piece]) => piece).join(""));
    this.follow(branch, (take) => replay(recorded, take));
  }

  update() {
    this.stop.disabled = !this.running;
    this.over.disabled = Boolean(this.running) || this.story.branches.length < 2;
  }
}

/**
 * A writer's story, without any text as yet.
 *
 * @param {string} model
 * @param {Recording} recorded
 * @returns {Story}
 */
function storyOf(model, recorded) {
  const card = kitCard(recorded.start.family, recorded.start.name);
  card.element.classList.add("fork-card");
  return { model, recorded, card, texts: el("div", { class: "fork-texts" }), branches: [] };
}

function legend() {
  const level = (/** @type {string} */ classes, /** @type {string} */ words) =>
    el("span", {}, el("b", { class: classes }, "e"), words);
  return el(
    "p",
    { class: "legend" },
    "Bars show the surprise of each letter, in bits: ",
    el(
      "span",
      { class: "samples" },
      level("t s1", "1–2"),
      level("t s2", "2–4"),
      level("t s3", "4–6"),
      level("t s4", "over 6"),
      level("t r", "not among its ten favourites"),
    ),
  );
}
