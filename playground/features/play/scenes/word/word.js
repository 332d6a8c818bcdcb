// Change one word: the same seed draws a caption again and again, each time with another word in
// it.
import { LIVE, at, card, heading, showEvent, sourceOf } from "../../../../web/kit/card_parts.js";
import { el, ghost } from "../../../../web/kit/dom.js";
import { sharing } from "../../../../web/kit/links.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";

// The words of the digits world, see `models/datasets.py`.
const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "white", "black"];
const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const SLOTS = { ink: COLOURS, digit: DIGITS, paper: COLOURS };
const TITLES = { ink: "the ink", digit: "the digit", paper: "the paper" };
const CAPTION = /^a (\w+) (\w+) on a (\w+) background$/;
const MOST = 6; // rows
const HINT = "Press a word in brackets to change it.";
const FIRST = "a red seven on a black background";

export async function build(root) {
  const scene = new WordScene(root);
  try {
    scene.begin((await pack("word")).runs);
  } catch (error) {
    if (isLive()) scene.begin({});
    else scene.explain(error.message);
  }
}

class WordScene {
  constructor(root) {
    this.root = root;
    this.card = card("diffusion", "Diffusion");
    this.line = el("p", { class: "word-line" });
    this.panel = el("div", { class: "word-panel", id: "word-panel" });
    this.says = el("p", { class: "reading word-says", role: "status" }, HINT);
    this.rows = el("ol", { class: "word-rows", "aria-label": "Rows, the oldest first" });
    this.stop = ghost("Stop", () => this.running?.stop());
    this.remove = ghost("Remove the oldest row", this.removeOldest.bind(this));
    this.share = el("span", { class: "sharing" }); // of the newest row
    this.card.stage.append(
      this.line,
      this.panel,
      this.says,
      this.rows,
      el("div", { class: "tools" }, this.stop, this.remove, this.share),
    );
    root.append(
      heading(
        "Change one word",
        "The seed stays, so every row begins with the same noise. What is alike in " +
          "two rows comes from the noise; what differs comes from the word.",
      ),
      this.card.element,
    );

    this.running = null;
    this.opened = ""; // the slot whose words are shown
    this.said = null; // {ink, digit, paper} of the newest row
    this.recorded = {};
    this.request = { model: "diffusion_mini", options: { count: 4 }, seed: 7 };
  }

  /** Go on once it is known what is recorded. */
  begin(recorded) {
    this.recorded = recorded;
    const first = Object.keys(recorded)[0] ?? FIRST;
    this.request = { ...this.request, ...askedIn(recorded[first]) };
    this.root.addEventListener("keydown", this.move.bind(this));
    const [, ink, digit, paper] = first.match(CAPTION);
    this.said = { ink, digit, paper };
    this.showPrompt();
    this.open("ink");
    this.update();
    this.addRow("");
  }

  explain(words, failed = false) {
    this.says.textContent = words;
    this.says.classList.toggle("failure", failed);
  }

  /** Why a word cannot be taken; "" if it can. */
  objection(next) {
    if (next.ink === next.paper) {
      return (
        `A ${next.ink} digit on ${next.paper} paper cannot be seen. Choose two ` +
        "different colours."
      );
    }
    if (captionOf(next) === captionOf(this.said)) {
      return "This word stands there already. Choose another.";
    }
    if (this.running) return "The newest row is still being drawn. Wait for it, or press Stop.";
    if (this.rows.children.length >= MOST) {
      return `${MOST} rows are enough to compare. Remove the oldest one first.`;
    }
    if (!isLive() && !this.recorded[captionOf(next)]) {
      return "This change is not among the recorded runs. The running app draws them all.";
    }
    return "";
  }

  // The prompt, and the words to choose from

  /** A button for one word of the prompt. */
  wordButton(slot) {
    const settings = {
      type: "button",
      class: "ghost word-slot",
      "data-slot": slot,
      "aria-expanded": "false",
      "aria-controls": this.panel.id,
      onclick: () => this.open(slot, true),
    };
    return el(
      "button",
      settings,
      el("i", { "aria-hidden": "true" }, "["),
      this.said[slot],
      el("i", { "aria-hidden": "true" }, "]"),
    );
  }

  showPrompt() {
    const slot = this.opened;
    this.line.replaceChildren(
      "a ",
      this.wordButton("ink"),
      " ",
      this.wordButton("digit"),
      " on a ",
      this.wordButton("paper"),
      " background",
    );
    this.opened = "";
    if (slot) this.open(slot, this.panel.contains(document.activeElement));
  }

  slotButton(slot) {
    return this.line.querySelector(`[data-slot=${slot}]`);
  }

  /** Show the words that may stand in a slot; the same slot again closes them. */
  open(slot, focus) {
    if (slot === this.opened) return this.close();
    if (this.opened) this.slotButton(this.opened).setAttribute("aria-expanded", "false");
    this.opened = slot;
    this.slotButton(slot).setAttribute("aria-expanded", "true");
    const list = el("div", {
      class: `word-options ${slot}`,
      role: "listbox",
      "aria-label": `Words for ${TITLES[slot]}`,
    });
    list.append(...SLOTS[slot].map((word) => this.option(slot, word)));
    this.panel.replaceChildren(list);
    const chosen = list.querySelector("[aria-selected=true]") ?? list.firstElementChild;
    chosen.tabIndex = 0;
    this.explain(`Choose another word for ${TITLES[slot]}.`);
    if (focus) chosen.focus({ preventScroll: true });
  }

  option(slot, word) {
    const next = { ...this.said, [slot]: word };
    const missing = !isLive() && word !== this.said[slot] && !this.recorded[captionOf(next)];
    const settings = {
      type: "button",
      class: "ghost",
      role: "option",
      tabindex: "-1",
      "data-word": word,
      "aria-selected": String(word === this.said[slot]),
      "aria-disabled": missing && "true",
      onclick: () => this.choose(slot, word),
    };
    const swatch =
      slot !== "digit" && el("i", { class: "swatch", "data-swatch": word, "aria-hidden": "true" });
    return el("button", settings, swatch || null, word);
  }

  close() {
    if (!this.opened) return;
    const button = this.slotButton(this.opened);
    button.setAttribute("aria-expanded", "false");
    const inside = this.panel.contains(document.activeElement);
    this.opened = "";
    this.panel.replaceChildren();
    this.explain(HINT);
    if (inside) button.focus({ preventScroll: true });
  }

  /** Arrows go from word to word, Escape leaves them. */
  move(event) {
    if (event.key === "Escape" && this.opened) {
      event.preventDefault();
      return this.close();
    }
    const options = [...this.panel.querySelectorAll("[role=option]")];
    const now = options.indexOf(document.activeElement);
    const ways = {
      ArrowRight: now + 1,
      ArrowDown: now + 1,
      ArrowLeft: now - 1,
      ArrowUp: now - 1,
      Home: 0,
      End: options.length - 1,
    };
    if (now < 0 || ways[event.key] === undefined) return;
    event.preventDefault();
    const to = options[(ways[event.key] + options.length) % options.length];
    options[now].tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  choose(slot, word) {
    const next = { ...this.said, [slot]: word };
    const reason = this.objection(next);
    if (reason) return this.explain(reason, next.ink === next.paper);
    this.said = next;
    this.showPrompt();
    this.explain(`One word is new: ${word}. The seed is the same.`);
    this.addRow(slot);
  }

  // Rows

  /** Add a row for the prompt as it stands; `slot` is what has changed. */
  addRow(slot) {
    const caption = captionOf(this.said);
    const state = el("span", { class: "state" });
    const words = Object.values(this.said).map((word, i) =>
      Object.keys(SLOTS)[i] === slot ? el("mark", { title: "changed" }, word) : word,
    );
    const text = el(
      "p",
      { class: "word-caption" },
      "a ",
      words[0],
      " ",
      words[1],
      " on a ",
      words[2],
      " background",
    );
    const tiles = el(
      "div",
      { class: "word-tiles" },
      ...Array.from({ length: 4 }, () => el("span", { class: "tile" })),
    );
    const row = el(
      "li",
      { class: "word-row" },
      el("div", { class: "word-head" }, text, state),
      tiles,
    );
    this.rows.append(row);
    row.scrollIntoView?.({ block: "nearest" });
    return this.draw({ caption, state, tiles, row });
  }

  /** Live where that is possible; a recorded run where there is none, or nobody answers. */
  async draw(row) {
    this.card.element.setAttribute("data-busy", "");
    const known = this.recorded[row.caption];
    const first = this.rows.children.length === 1;
    const ended = isLive() && !(first && known) ? await this.live(row) : "";
    if (known && ended !== "finished" && ended !== "stopped") {
      await this.follow(row, (take) => replay(known, take));
    }
    this.running = null;
    this.card.element.removeAttribute("data-busy");
    this.update();
  }

  live(row) {
    return this.follow(row, (take) =>
      kitRun([{ ...this.request, prompt: row.caption }], (_, event) => take(event), true),
    );
  }

  /** Show a run in its row; tells how it ended: "finished", "stopped" or "failed". */
  async follow(row, begin) {
    let source = LIVE;
    let ended = "";
    let link = "";
    this.share.replaceChildren();
    this.running = begin((event) => {
      link = event.start?.link ?? link;
      if (event.start) source = sourceOf(event.start);
      if (event.frame) put(row, event.frame);
      showEvent(
        row.state,
        event,
        event.frame && !event.frame.last ? at(source, event.frame.label) : source,
      );
      if (event.fail) this.explain(event.fail.sentence, true);
      if (event.end || event.fail) ended = event.end ?? "failed";
      if (event.end === "finished") this.share.replaceChildren(...sharing(link));
      if (event.end === "finished") say(`Drawn by Diffusion: ${row.caption}, 4 pictures.`);
    });
    this.update();
    await this.running.done;
    return ended;
  }

  update() {
    this.stop.disabled = !this.running;
    this.remove.disabled = Boolean(this.running) || this.rows.children.length < 2;
  }

  removeOldest() {
    this.rows.firstElementChild.remove();
    const mark = this.rows.firstElementChild.querySelector("mark");
    mark?.replaceWith(mark.textContent); // nothing above it to compare with
    this.update();
    this.explain("The oldest row is gone.");
    if (this.remove.disabled) this.slotButton("ink").focus({ preventScroll: true });
  }
}

// What is said

/** What a recorded run was asked, but for its words. */
function askedIn(run) {
  return (
    run && {
      model: run.start.recipe.model,
      options: run.start.recipe.options,
      seed: run.start.recipe.seed,
    }
  );
}

function captionOf({ ink, digit, paper }) {
  return `a ${ink} ${digit} on a ${paper} background`;
}

function put({ caption, tiles }, frame) {
  frame.tiles.forEach((source, place) => {
    const tile = tiles.children[place];
    const image = tile.firstElementChild ?? tile.appendChild(el("img", { decoding: "sync" }));
    image.src = source;
    image.alt = `${caption}, Diffusion, ${frame.last ? `picture ${place + 1}` : frame.label}`;
  });
}
