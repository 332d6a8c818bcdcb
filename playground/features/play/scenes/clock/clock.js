// The clock: the time in digits that three families draw, live once the engine is awake.
import { runButton } from "../../../../web/kit/buttons.js";
import { fillTile, showEvent } from "../../../../web/kit/card_parts.js";
import { byId, one } from "../../../../web/kit/dom.js";
import { onKey } from "../../../../web/kit/keys.js";
import { duration } from "../../../../web/kit/numbers.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";
import { LIVE, at, sourceOf } from "../../../../web/kit/sources.js";
import { digitsOf, numberLine, seedOf, timeLine, timeOf } from "./clock_time.js";

/**
 * @import { Frame, RecordedPart, RunEvent, Running, Start } from "../../../../web/kit/events.js"
 */

/**
 * One of the families; `captions` are those of the ten digits.
 *
 * @typedef {{ id: string, name: string, reads: boolean, captions: string[] }} Model
 */

/**
 * What the server says of the clock, see `clock.py`; `colours` are ink and paper of each digit.
 *
 * @typedef {{ colours: [string, string][], models: Model[] }} Facts
 */

/**
 * A family's card.
 *
 * @typedef {object} Row
 * @property {Model} model
 * @property {HTMLElement} card
 * @property {HTMLElement} state
 * @property {HTMLElement[]} tiles
 * @property {HTMLElement} figures
 */

/** @param {HTMLElement} root */
export function build(root) {
  new Clock(root).start();
}

class Clock {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Facts} */
    const { colours, models } = JSON.parse(byId("clock-facts", HTMLElement).textContent ?? "");
    this.colours = colours;
    /** @type {Promise<RecordedPart>} */
    this.recorded = pack("clock");
    this.line = one(".clock-line", HTMLElement, root);
    this.field = one("#clock-number", HTMLInputElement, root);
    this.rows = models.map((model) => rowOf(model, root));
    /** @type {Running[]} */
    this.running = []; // what can be stopped
    this.turn = 0; // of the digits that are shown: what comes of earlier ones comes too late
    this.own = false; // the visitor's number is shown, not the time

    const button = one("#clock-draw", HTMLButtonElement, root);
    this.drawing = runButton(button, { start: () => this.drawNumber() });
    onKey(this.field, ({ key }) => key === "Enter" && button.click());
  }

  /** The time that is shown, or was before the visitor's number. */
  get time() {
    return this.root.dataset.time ?? "";
  }

  /** Show the time as it was recorded, then live, then whenever it is another. */
  async start() {
    const digits = this.begin();
    await this.replay(digits);
    this.root.dataset.moved = "";
    if (isLive() && !this.own) await this.show(digits, seedOf(this.time));
    this.root.toggleAttribute("data-answered", isLive());
    setInterval(() => this.tick(), 1000);
  }

  /**
   * Leave so many tiles in every row, and none with a picture of what is not asked for now.
   *
   * @param {number[]} digits
   */
  prepare(digits) {
    for (const row of this.rows) {
      row.tiles.forEach((tile, place) => {
        tile.hidden = place >= digits.length;
        if (tile.dataset.digit !== String(digits[place])) tile.replaceChildren();
        tile.dataset.digit = String(digits[place]);
      });
    }
  }

  /**
   * @param {Row} row
   * @param {number} place
   * @param {Frame} frame
   * @param {Start | undefined} start
   */
  put(row, place, frame, start) {
    const tile = row.tiles[place];
    const { digit } = tile.dataset;
    const [ink, paper] = this.colours[Number(digit)];
    fillTile(tile, frame.tiles[0], `${ink} ${digit} on ${paper}, ${row.model.name}`, { ...start });
  }

  /**
   * One row's progress: how many of its tiles have come to an end, and how long they took.
   *
   * @param {Row} row
   * @param {number[]} digits
   * @returns {(place: number, event: RunEvent) => void}
   */
  taker(row, digits) {
    let left = digits.length;
    let ms = 0;
    let source = LIVE;
    /** @type {Start[]} */
    const starts = [];
    return (place, event) => {
      if (event.start) source = sourceOf((starts[place] = event.start));
      if (event.frame) {
        this.put(row, place, event.frame, starts[place]);
        ms += event.frame.ms;
      }
      const { frame } = event;
      showEvent(row.state, event, frame && !frame.last ? at(source, frame.label) : source);
      row.card.toggleAttribute("data-busy", left > 0);
      if (event.fail) row.figures.textContent = event.fail.sentence;
      if (!event.end && !event.fail) return;
      left -= 1;
      if (left) return;
      row.card.removeAttribute("data-busy");
      if (event.end === "finished") {
        row.figures.textContent = `${duration(ms / digits.length / 1000)} a picture`;
      }
    };
  }

  /**
   * Show recorded pictures of these digits.
   *
   * @param {number[]} digits
   */
  async replay(digits) {
    const mine = ++this.turn;
    const { runs } = await this.recorded;
    if (mine !== this.turn) return;
    this.prepare(digits);
    this.running = this.rows.flatMap((row) => {
      const take = this.taker(row, digits);
      return digits.map((digit, place) =>
        replay(
          runs[`${row.model.id}-${digit}`],
          (event) => mine === this.turn && take(place, event),
        ),
      );
    });
    await Promise.all(this.running.map((run) => run.done));
  }

  /**
   * Ask the engine; the same digits, the same minute and the same place give the same picture.
   *
   * @param {number[]} digits
   * @param {number} seed
   */
  async draw(digits, seed) {
    const mine = ++this.turn;
    const asked = this.rows.flatMap((row) => {
      const take = this.taker(row, digits);
      return digits.map((digit, place) => ({ row, digit, place, take }));
    });
    const requests = asked.map(({ row, digit, place }) =>
      this.request(row.model, digit, seed + place),
    );
    let failed = false;
    let begun = false;
    const run = kitRun(
      requests,
      (i, event) => {
        if (mine !== this.turn) return; // somebody has asked for other digits meanwhile
        failed ||= Boolean(event.fail);
        if (!begun && event.frame) {
          begun = true;
          this.prepare(digits);
        }
        asked[i].take(asked[i].place, event);
      },
      this.own,
    );
    this.running = [run];
    await run.done;
    return !failed;
  }

  /**
   * @param {Model} model
   * @param {number} digit
   * @param {number} seed
   */
  request(model, digit, seed) {
    const [ink, paper] = this.colours[digit];
    const labels = model.reads ? {} : { digit, ink, paper };
    const prompt = model.reads ? model.captions[digit] : "";
    return { model: model.id, prompt, options: { count: 1, ...labels }, seed };
  }

  /**
   * Live where that can be had; else what was recorded of these digits.
   *
   * @param {number[]} digits
   * @param {number} seed
   */
  async show(digits, seed) {
    if (!isLive() || !(await this.draw(digits, seed))) await this.replay(digits);
  }

  /** Take the time on: its digits. */
  begin() {
    const time = timeOf(new Date());
    this.own = false;
    this.root.dataset.time = time;
    this.line.textContent = timeLine(time);
    return digitsOf(time);
  }

  async tick() {
    const same = this.time === timeOf(new Date());
    if (this.own || same || document.hidden || this.drawing.isRunning()) return;
    const digits = this.begin();
    await this.show(digits, seedOf(this.time));
  }

  stop() {
    for (const run of this.running) run.stop();
  }

  /** Draw the number in the field, if there is one. */
  drawNumber() {
    const digits = digitsOf(this.field.value).slice(0, 4);
    if (!digits.length) {
      this.line.textContent = "Write one to four digits first.";
      this.field.focus();
      return null;
    }
    this.own = true;
    this.stop(); // the time, if that is being drawn
    this.line.textContent = numberLine(digits);
    const names = this.rows.map(({ model }) => model.name).join(", ");
    const told = () => say(`${digits.join("")} drawn by ${names}.`);
    const done = this.show(digits, Math.floor(Math.random() * 10000)).then(told);
    return { done, stop: () => this.stop() };
  }
}

/**
 * The card of a family, which stands there already.
 *
 * @param {Model} model
 * @param {HTMLElement} root
 * @returns {Row}
 */
function rowOf(model, root) {
  const card = one(`[data-model=${model.id}]`, HTMLElement, root);
  return {
    model,
    card,
    state: one(".state", HTMLElement, card),
    tiles: [...card.querySelectorAll(".tile")].filter((tile) => tile instanceof HTMLElement),
    figures: one(".figures", HTMLElement, card),
  };
}
