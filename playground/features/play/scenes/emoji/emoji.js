// This emoji does not exist: one model invents a name, another draws it. Then the nearest real one.
// A recorded invention plays at first, and where a live one does not come about.
import { runButton } from "../../../../web/kit/buttons.js";
import {
  card as kitCard,
  fillTile,
  heading,
  letter,
  showEvent,
  showState,
} from "../../../../web/kit/card_parts.js";
import { el, ghost } from "../../../../web/kit/dom.js";
import { sharing } from "../../../../web/kit/links.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";
import { LIVE, at, sourceOf } from "../../../../web/kit/sources.js";

/**
 * @import { Fail, RecordedPart, RunEvent, Running, Start } from "../../../../web/kit/events.js"
 */

/**
 * A real emoji; `character` is empty where no device can show it.
 *
 * @typedef {{ name: string, character: string }} Nearest
 */

/**
 * What is known of the recorded inventions, by the name of the run that draws each.
 *
 * @typedef {{ nearest: Nearest, name: string, exists: boolean }} Found
 * @typedef {RecordedPart & { found: Record<string, Found> }} Inventions
 */

const PICTURES = 8;
const MOST_LETTERS = 80;
const TRIES = 3; // a name of a single letter is none
const INVENTION = { temperature: 0.8, length: MOST_LETTERS };
const CREDIT = "Learned from Noto Emoji (© Google, Apache License 2.0), and may draw parts of it.";
const NEW = "There is no emoji of this name.";
const KNOWN = "There is a real emoji of this name.";

/** @param {HTMLElement} root */
export function build(root) {
  new EmojiScene(root);
}

class EmojiScene {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.turn = 0; // which recorded invention comes next
    /** @type {Running | null} */
    this.running = null; // what can be stopped
    this.stopped = false;
    /** @type {Promise<string[]> | null} */
    this.names = null; // of all real emoji, once somebody needs them

    this.writer = kitCard("lstm", "LSTM", "invents names, letter by letter");
    this.painter = kitCard("diffusion", "Diffusion", "draws from the emoji it knows by heart");
    this.name = el("p", { class: "emoji-name", translate: "no" });
    this.existence = el("p", { class: "emoji-existence" });
    this.field = el("input", {
      id: "emoji-own",
      autocomplete: "off",
      autocapitalize: "none",
      maxlength: MOST_LETTERS,
      placeholder: "robot cat",
    });
    this.draw = el("button", { type: "submit", class: "ghost" }, "Draw it");
    this.form = el(
      "form",
      { class: "emoji-form", hidden: true },
      el("label", { for: this.field.id }, "A name of your own"),
      this.field,
      this.draw,
    );
    const another = ghost("Another", undefined, { id: "emoji-another" });
    this.work = runButton(another, { start: () => this.begin() });
    this.own = ghost("Write my own", () => this.openForm(), {
      id: "emoji-write",
      "aria-expanded": "false",
    });
    this.remark = el("p", { class: "says emoji-remark", role: "status" });
    this.tiles = Array.from({ length: PICTURES }, () => el("span", { class: "tile" }));
    this.nearest = el("p", { class: "emoji-nearest" });
    this.share = el("div", { class: "tools" });

    this.form.addEventListener("submit", (event) => this.drawOwn(event));
    this.layOut(root, another);
    this.source = LIVE; // of what is shown now
    /** @type {Start | null} */
    this.drawn = null;
    this.opening = this.replay();
  }

  /**
   * @param {HTMLElement} root
   * @param {HTMLElement} another
   */
  layOut(root, another) {
    this.writer.stage.append(this.name);
    const tools = el("div", { class: "emoji-tools" }, another, this.own);
    this.writer.element.append(this.form, this.existence, tools);
    this.painter.stage.append(el("div", { class: "emoji-tiles" }, ...this.tiles));
    const credit = el("p", { class: "says" }, CREDIT);
    this.painter.element.append(this.nearest, this.share, credit);
    root.append(
      heading("This emoji does not exist", "One network makes up a name, another draws it."),
      el("div", { class: "emoji-cards" }, this.writer.element, this.painter.element),
      this.remark,
    );
  }

  /** As before a run: nothing said, nothing drawn. */
  blank(written = "") {
    this.name.replaceChildren(written);
    for (const place of [this.existence, this.nearest, this.remark, this.share]) {
      place.replaceChildren();
    }
    this.tiles.forEach((tile) => tile.replaceChildren());
    for (const card of [this.writer, this.painter]) showState(card.state, "", "", "");
  }

  /** What the button starts: an invention, or a drawing of the visitor's own name. */
  begin() {
    if (this.form.hidden) return this.perform(() => (isLive() ? this.invent() : this.replay()));
    const asked = oneLine(this.field.value);
    if (asked) return this.perform(() => this.drawNamed(asked));
    this.field.focus();
    return null;
  }

  /**
   * Carry out a thing; whatever plays on the page's own account ends.
   *
   * @param {() => Promise<unknown>} work
   * @returns {Running}
   */
  perform(work) {
    this.holdOthers(true);
    this.stop();
    const carryOut = async () => {
      await this.opening;
      this.stopped = false;
      await work();
    };
    return { done: carryOut().finally(() => this.holdOthers(false)), stop: () => this.stop() };
  }

  stop() {
    this.stopped = true;
    this.running?.stop();
  }

  /** @param {boolean} on */
  holdOthers(on) {
    // Not disabled: whoever has pressed one of them would lose the place on the page.
    for (const other of [this.own, this.draw]) other.setAttribute("aria-disabled", String(on));
  }

  // Recorded

  /**
   * Show the next recorded invention, and say why if it stands for a live one.
   *
   * @returns {Promise<void>}
   */
  async replay(why = "") {
    /** @type {Inventions | null} */
    const recorded = await pack("emoji").catch(() => null);
    if (!recorded) return this.remark.replaceChildren("The recorded emoji could not be fetched.");
    const drawings = Object.keys(recorded.found);
    const drawing = drawings[this.turn++ % drawings.length];
    const found = recorded.found[drawing];
    this.blank();
    this.unfold(false);
    this.remark.textContent = why;
    const named = recorded.runs[drawing.replace("drawing", "name")];
    if (!(await this.follow(replay(named, (event) => this.takeLetters(event))))) return;
    this.showExistence(found.exists);
    const take = (/** @type {RunEvent} */ event) => this.takeFrame(found.name, event);
    if (!(await this.follow(replay(recorded.runs[drawing], take)))) return;
    this.showNearest(found.nearest);
  }

  /**
   * Wait for a run; false if it was stopped on the way.
   *
   * @param {Running} run
   */
  async follow(run) {
    this.running = run;
    await run.done;
    this.running = null;
    return !this.stopped;
  }

  // Live

  async invent() {
    for (let i = 0; i < TRIES; i++) {
      this.blank();
      const [written, failed] = await this.write(Math.floor(Math.random() * 10000));
      if (this.stopped) return;
      if (failed) return this.replay(`${failed} Here is one from before.`);
      if (written.length < 2) continue;
      return this.depict(written);
    }
    return this.replay("No name came of it. Here is one from before.");
  }

  /**
   * Ask for one name; what it is, or what went wrong.
   *
   * @param {number} seed
   */
  async write(seed) {
    let failed = "";
    let written = "";
    const request = { model: "char_lstm_emoji", prompt: "", options: INVENTION, seed };
    await this.follow(
      kitRun(
        [request],
        (_, event) => {
          this.takeLetters(event);
          if (event.letters) written += event.letters.map(([piece]) => piece).join("");
          if (event.fail) failed = event.fail.sentence;
        },
        true,
      ),
    );
    return [oneLine(written), failed];
  }

  /**
   * Let a name be drawn, then look for what it is nearest to.
   *
   * @param {string} asked
   */
  async depict(asked) {
    this.showExistence(await this.exists(asked));
    /** @type {{ fail?: Fail, first: string, link: string, name: string }} */
    const told = { first: "", link: "", name: asked };
    const request = {
      model: "diffusion_emoji",
      prompt: asked,
      options: { count: PICTURES },
      seed: Math.floor(Math.random() * 10000),
    };
    await this.follow(
      kitRun(
        [request],
        (_, event) => {
          if (event.start) {
            told.link = event.start.link;
            told.name = event.start.recipe.prompt;
            this.readAs(told.name, asked);
          }
          this.takeFrame(told.name, event);
          if (event.frame?.last) told.first = event.frame.tiles[0];
          if (event.fail) told.fail = event.fail;
        },
        true,
      ),
    );
    if (this.stopped) return;
    const { fail, first, link } = told;
    if (fail?.again) return this.replay(`${fail.sentence} Here is one from before.`);
    if (fail) return this.remark.replaceChildren(fail.sentence);
    this.share.replaceChildren(...sharing(link));
    this.showNearest(first ? await look(first) : null);
  }

  /**
   * Say what a name was taken for: an emoji is its name, whatever language that was in.
   *
   * @param {string} name
   * @param {string} asked
   */
  async readAs(name, asked) {
    if (name === asked) return;
    this.name.textContent = name;
    this.showExistence(await this.exists(name));
  }

  /**
   * Whether there is an emoji of this name; undefined where the names cannot be had.
   *
   * @param {string} asked
   */
  async exists(asked) {
    this.names ??= fetch("shipped/names.json").then(
      (answer) => (answer.ok ? answer.json() : []),
      () => [],
    );
    const known = await this.names;
    return known.length ? known.includes(asked.toLowerCase()) : undefined;
  }

  // The visitor's own

  openForm() {
    if (!isLive()) {
      return this.remark.replaceChildren(
        "To draw a name of yours, the models must be awake: run the app.",
      );
    }
    if (this.work.isRunning()) return;
    this.stop();
    const opens = Boolean(this.form.hidden);
    this.unfold(opens);
    if (opens) this.field.focus();
    else this.work.go();
  }

  /**
   * Show the field for a name in place of the invented one, or the other way round.
   *
   * @param {boolean} opens
   */
  unfold(opens) {
    if (this.form.hidden === opens) this.existence.replaceChildren();
    this.form.hidden = !opens;
    this.writer.stage.hidden = opens;
    this.own.setAttribute("aria-expanded", String(opens));
    this.own.textContent = opens ? "Let it invent" : "Write my own";
  }

  /** @param {Event} event */
  drawOwn(event) {
    event.preventDefault();
    if (this.work.isRunning()) this.field.focus();
    else this.work.go();
  }

  /** @param {string} asked */
  drawNamed(asked) {
    this.blank(asked);
    showState(this.writer.state, "", "", "your words");
    return this.depict(asked);
  }

  // What is shown

  /** @param {RunEvent} event */
  takeLetters(event) {
    if (event.start) this.source = sourceOf(event.start);
    showEvent(this.writer.state, event, this.source);
    this.writer.element.toggleAttribute("data-busy", Boolean(event.letters));
    if (event.letters) {
      this.name.append(
        ...event.letters.filter(([piece]) => piece.trim() || piece === " ").map(letter),
      );
    }
  }

  /**
   * @param {string} asked
   * @param {RunEvent} event
   */
  takeFrame(asked, event) {
    const { frame } = event;
    if (event.start) [this.source, this.drawn] = [sourceOf(event.start), event.start];
    showEvent(
      this.painter.state,
      event,
      frame && !frame.last ? at(this.source, frame.label) : this.source,
    );
    this.painter.element.toggleAttribute("data-busy", Boolean(frame && !frame.last));
    frame?.tiles.forEach((tile, i) =>
      fillTile(
        this.tiles[i],
        tile,
        `${asked}, diffusion, ${frame.last ? "finished" : frame.label}, picture ${i + 1}`,
        { ...this.drawn, place: i },
      ),
    );
  }

  /** @param {boolean | undefined} known */
  showExistence(known) {
    this.existence.textContent = known === undefined ? "" : known ? KNOWN : NEW;
  }

  /** @param {Nearest | null} found */
  showNearest(found) {
    if (!found) return;
    const { name, character } = found;
    const settings = { class: "emoji-sign", "aria-hidden": "true" };
    const words = [
      "Nearest real one to the first picture: ",
      el("strong", { translate: "no" }, name),
    ];
    const sign = character ? [el("span", settings, character)] : [];
    this.nearest.replaceChildren(...sign, el("span", {}, ...words));
    say(`${this.name.textContent}, drawn ${PICTURES} times. Nearest real one: ${name}.`);
  }
}

/**
 * Words with single spaces between them.
 *
 * @param {string} text
 */
function oneLine(text) {
  return text.trim().split(/\s+/).join(" ");
}

/**
 * The real emoji that a picture is nearest to; null where nobody answers.
 *
 * @param {string} tile address of the picture
 * @returns {Promise<Nearest | null>}
 */
async function look(tile) {
  const body = JSON.stringify({ tile });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("nearest", { method: "POST", headers, body }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}
