// Change one word: the same seed draws a caption again and again, each time with another word in
// it.
import { card, fillTile, heading, showEvent } from "../../../../web/kit/card_parts.js";
import { el, ghost, one } from "../../../../web/kit/dom.js";
import { onKey } from "../../../../web/kit/keys.js";
import { sharing } from "../../../../web/kit/links.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";
import { LIVE, at, sourceOf } from "../../../../web/kit/sources.js";
import { TITLES, WORDS, captionOf, changed, objection, partsOf, saidIn } from "./word_caption.js";

/**
 * @import { Frame, RecordedPart, Recording, RunEvent, Start } from "../../../../web/kit/events.js"
 * @import { Running } from "../../../../web/kit/events.js"
 * @import { Said, Slot } from "./word_caption.js"
 */

/**
 * One row: a caption and its pictures.
 *
 * @typedef {{ caption: string, state: HTMLElement, tiles: HTMLElement[] }} Row
 */

const FIRST = "a red seven on a black background";
const HINT = "Press a word in brackets to change it.";

/** @param {HTMLElement} root */
export async function build(root) {
  const scene = new WordScene(root);
  try {
    /** @type {RecordedPart} */
    const { runs } = await pack("word");
    scene.begin(runs);
  } catch (error) {
    if (isLive()) scene.begin({});
    else scene.explain(error instanceof Error ? error.message : "");
  }
}

class WordScene {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.card = card("diffusion", "Diffusion");
    this.line = el("p", { class: "word-line", translate: "no" });
    this.panel = el("div", { class: "word-panel", id: "word-panel" });
    this.says = el("p", { class: "reading word-says", role: "status" }, HINT);
    this.rows = el("ol", { class: "word-rows", "aria-label": "Rows, the oldest first" });
    this.stop = ghost("Stop", () => this.running?.stop());
    this.remove = ghost("Remove the oldest row", () => this.removeOldest());
    this.share = el("span", { class: "sharing" }); // of the newest row
    const tools = el("div", { class: "tools" }, this.stop, this.remove, this.share);
    this.card.stage.append(this.line, this.panel, this.says, this.rows, tools);
    const line =
      "The seed stays, so every row begins with the same noise. What differs between " +
      "two rows comes from the word you changed; what stays, from the noise and the " +
      "words that both rows share.";
    root.append(heading("Change one word", line), this.card.element);

    /** @type {Running | null} */
    this.running = null;
    /** @type {Slot | ""} */
    this.opened = ""; // the slot whose words are shown
    this.said = saidIn(FIRST); // in the newest row
    /** @type {Record<string, Recording>} */
    this.recorded = {};
    /** @type {{ model: string, options: Record<string, unknown>, seed: number }} */
    this.request = { model: "diffusion_mini", options: { count: 4 }, seed: 7 };
  }

  /**
   * Go on once it is known what is recorded.
   *
   * @param {Record<string, Recording>} recorded
   */
  begin(recorded) {
    this.recorded = recorded;
    const first = Object.keys(recorded)[0];
    if (first) {
      const { model, options, seed } = recorded[first].start.recipe;
      this.request = { model, options, seed };
      this.said = saidIn(first);
    }
    onKey(this.root, (event) => this.move(event));
    this.showPrompt();
    this.open("ink");
    this.update();
    this.addRow([]);
  }

  /**
   * @param {string} words
   * @param {boolean} failed
   */
  explain(words, failed = false) {
    this.says.textContent = words;
    this.says.classList.toggle("failure", failed);
  }

  /**
   * Why a word cannot be taken; "" if it can.
   *
   * @param {Said} next
   */
  objection(next) {
    return objection(this.said, next, {
      running: Boolean(this.running),
      rows: this.rows.children.length,
      can: this.canDraw(next),
    });
  }

  /** @param {Said} said */
  canDraw(said) {
    return isLive() || Boolean(this.recorded[captionOf(said)]);
  }

  // The prompt, and the words to choose from

  /**
   * A button for one word of the prompt.
   *
   * @param {Slot} slot
   */
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
      ...partsOf(this.said).map((part) => (part.slot ? this.wordButton(part.slot) : part.words)),
    );
    this.opened = "";
    if (slot) this.open(slot, this.panel.contains(document.activeElement));
  }

  /** @param {Slot} slot */
  slotButton(slot) {
    return one(`[data-slot=${slot}]`, HTMLElement, this.line);
  }

  /**
   * Show the words that may stand in a slot; the same slot again closes them.
   *
   * @param {Slot} slot
   * @param {boolean} focus
   */
  open(slot, focus = false) {
    if (slot === this.opened) return this.close();
    if (this.opened) this.slotButton(this.opened).setAttribute("aria-expanded", "false");
    this.opened = slot;
    this.slotButton(slot).setAttribute("aria-expanded", "true");
    const options = WORDS[slot].map((word) => this.option(slot, word));
    const settings = {
      class: `word-options ${slot}`,
      role: "listbox",
      "aria-label": `Words for ${TITLES[slot]}`,
    };
    this.panel.replaceChildren(el("div", settings, ...options));
    const chosen = options[WORDS[slot].indexOf(this.said[slot])] ?? options[0];
    chosen.tabIndex = 0;
    this.explain(`Choose another word for ${TITLES[slot]}.`);
    if (focus) chosen.focus({ preventScroll: true });
  }

  /**
   * @param {Slot} slot
   * @param {string} word
   */
  option(slot, word) {
    const next = { ...this.said, [slot]: word };
    const missing = word !== this.said[slot] && !this.canDraw(next);
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
    const swatch = { class: "swatch", "data-swatch": word, "aria-hidden": "true" };
    return el("button", settings, slot !== "digit" && el("i", swatch), word);
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

  /**
   * Arrows go from word to word, Escape leaves them.
   *
   * @param {KeyboardEvent} event
   */
  move(event) {
    if (event.key === "Escape" && this.opened) {
      event.preventDefault();
      this.close();
      return;
    }
    const options = [...this.panel.querySelectorAll("button")];
    const now = options.findIndex((option) => option === document.activeElement);
    /** @type {Record<string, number>} */
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

  /**
   * @param {Slot} slot
   * @param {string} word
   */
  choose(slot, word) {
    const next = { ...this.said, [slot]: word };
    const reason = this.objection(next);
    if (reason) return this.explain(reason, next.ink === next.paper);
    const others = changed(this.said, next);
    this.said = next;
    this.showPrompt();
    this.explain(`One word is new: ${word}. The seed is the same.`);
    this.addRow(others);
  }

  // Rows

  /**
   * Add a row for the prompt as it stands.
   *
   * @param {Slot[]} others the words that have changed
   */
  addRow(others) {
    const state = el("span", { class: "state" });
    const words = partsOf(this.said).map((part) =>
      part.slot && others.includes(part.slot)
        ? el("mark", { title: "changed" }, part.words)
        : part.words,
    );
    const tiles = Array.from({ length: 4 }, () => el("span", { class: "tile" }));
    const text = el("p", { class: "word-caption", translate: "no" }, ...words);
    const head = el("div", { class: "word-head" }, text, state);
    const row = el("li", { class: "word-row" }, head, el("div", { class: "word-tiles" }, ...tiles));
    this.rows.append(row);
    row.scrollIntoView({ block: "nearest" });
    return this.draw({ caption: captionOf(this.said), state, tiles });
  }

  /**
   * Live where that is possible; a recorded run where there is none, or nobody answers.
   *
   * @param {Row} row
   */
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

  /** @param {Row} row */
  live(row) {
    const request = { ...this.request, prompt: row.caption };
    return this.follow(row, (take) => kitRun([request], (_, event) => take(event), true));
  }

  /**
   * Show a run in its row; tells how it ended: "finished", "stopped" or "failed".
   *
   * @param {Row} row
   * @param {(take: (event: RunEvent) => void) => Running} begin
   */
  async follow(row, begin) {
    let source = LIVE;
    let ended = "";
    let link = "";
    /** @type {Start | undefined} */
    let begun;
    this.share.replaceChildren();
    this.running = begin((event) => {
      const { frame } = event;
      link = event.start?.link ?? link;
      if (event.start) source = sourceOf((begun = event.start));
      if (frame) put(row, frame, begun);
      showEvent(row.state, event, frame && !frame.last ? at(source, frame.label) : source);
      if (event.fail) this.explain(event.fail.sentence, true);
      if (event.end || event.fail) ended = event.end ?? "failed";
      if (event.end !== "finished") return;
      this.share.replaceChildren(...sharing(link));
      say(`Drawn by Diffusion: ${row.caption}, 4 pictures.`);
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
    this.rows.firstElementChild?.remove();
    const mark = this.rows.firstElementChild?.querySelector("mark");
    mark?.replaceWith(mark.textContent ?? ""); // nothing above it to compare with
    this.update();
    this.explain("The oldest row is gone.");
    if (this.remove.disabled) this.slotButton("ink").focus({ preventScroll: true });
  }
}

/**
 * Show the pictures of a step in their row.
 *
 * @param {Row} row
 * @param {Frame} frame
 * @param {Start | undefined} start
 */
function put({ caption, tiles }, frame, start) {
  frame.tiles.forEach((source, place) => {
    const what = frame.last ? `picture ${place + 1}` : frame.label;
    fillTile(tiles[place], source, `${caption}, Diffusion, ${what}`, { ...start, place });
  });
}
