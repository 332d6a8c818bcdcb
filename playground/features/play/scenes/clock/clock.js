// The clock: the time in digits that three families draw, live once the engine is awake.
import { LIVE, at, showEvent, sourceOf } from "../../../../web/kit/card_parts.js";
import { el } from "../../../../web/kit/dom.js";
import { number } from "../../../../web/kit/numbers.js";
import { pack } from "../../../../web/kit/pack.js";
import { isLive, say } from "../../../../web/kit/page_state.js";
import { replay, run as kitRun } from "../../../../web/kit/runs.js";

export function build(root) {
  new Clock(root);
}

class Clock {
  constructor(root) {
    this.root = root;
    ({ colours: this.colours, models: this.models } = JSON.parse(
      document.getElementById("clock-facts").textContent,
    ));
    this.recorded = pack("clock");
    this.line = this.root.querySelector(".clock-line");
    this.field = this.root.querySelector("#clock-number");
    this.button = this.root.querySelector("#clock-draw");
    this.rows = this.models.map((model) => {
      const card = this.root.querySelector(`[data-model=${model.id}]`);
      return {
        model,
        state: card.querySelector(".state"),
        tiles: [...card.querySelectorAll(".tile")],
        figures: card.querySelector(".figures"),
        card,
      };
    });
    this.running = []; // what can be stopped
    this.turn = 0; // of the digits that are shown: what comes of earlier ones comes too late
    this.own = false; // the visitor's number is shown, not the time

    this.button.addEventListener("click", this.drawNumber.bind(this));
    this.field.addEventListener("keydown", (event) => event.key === "Enter" && this.drawNumber());

    (async () => {
      const digits = this.begin();
      await this.replay(digits);
      this.root.dataset.moved = "";
      if (isLive() && !this.own) await this.show(digits, seedOf(this.root.dataset.time));
      if (isLive() && !this.own) this.say("Drawn just now,");
      setInterval(this.tick.bind(this), 1000);
    })();
  }

  /** Leave so many tiles in every row, and none with a picture of what is not asked for now. */
  prepare(digits) {
    for (const row of this.rows) {
      row.tiles.forEach((tile, place) => {
        tile.hidden = place >= digits.length;
        if (tile.dataset.digit !== String(digits[place])) tile.replaceChildren();
        tile.dataset.digit = digits[place];
      });
    }
  }

  put(row, place, event) {
    const tile = row.tiles[place];
    const [ink, paper] = this.colours[tile.dataset.digit];
    const alt = `${ink} ${tile.dataset.digit} on ${paper}, ${row.model.name}`;
    const image = tile.querySelector("img") ?? el("img", { decoding: "sync" });
    image.src = event.frame.tiles[0];
    image.alt = alt;
    tile.replaceChildren(image);
  }

  /** One row's progress: how many of its tiles have come to an end, and how long they took. */
  taker(row, digits) {
    let left = digits.length;
    let ms = 0;
    let source = LIVE;
    return (place, event) => {
      if (event.start) source = sourceOf(event.start);
      if (event.frame) {
        this.put(row, place, event);
        ms += event.frame.ms;
      }
      const drawing = event.frame && !event.frame.last;
      showEvent(row.state, event, drawing ? at(source, event.frame.label) : source);
      row.card.toggleAttribute("data-busy", left > 0);
      if (event.fail) row.figures.textContent = event.fail.sentence;
      if (!event.end && !event.fail) return;
      left -= 1;
      if (left) return;
      row.card.removeAttribute("data-busy");
      if (event.end === "finished") {
        row.figures.textContent = `${duration(ms / digits.length)} a picture`;
      }
    };
  }

  /** Show recorded pictures of these digits. */
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

  /** Ask the engine; the same digits, the same minute and the same place give the same picture. */
  async draw(digits, seed) {
    const mine = ++this.turn;
    const asked = this.rows.flatMap((row) => digits.map((digit, place) => [row, digit, place]));
    const requests = asked.map(([{ model }, digit, place]) => {
      const [ink, paper] = this.colours[digit];
      const labels = model.reads ? {} : { digit, ink, paper };
      const prompt = model.reads ? model.captions[digit] : "";
      return { model: model.id, prompt, options: { count: 1, ...labels }, seed: seed + place };
    });
    const takers = new Map(this.rows.map((row) => [row, this.taker(row, digits)]));
    let failed = false;
    let begun = false;
    const run = kitRun(
      requests,
      (i, event) => {
        if (mine !== this.turn) return; // somebody has asked for other digits meanwhile
        const [row, , place] = asked[i];
        failed ||= Boolean(event.fail);
        if (!begun && event.frame) {
          begun = true;
          this.prepare(digits);
        }
        takers.get(row)(place, event);
      },
      this.own,
    );
    this.running = [run];
    await run.done;
    return !failed;
  }

  busy(on) {
    this.button.textContent = on ? "Stop" : "Draw my number";
    this.button.dataset.running = on ? "yes" : "";
  }

  /** Live where that can be had; else what was recorded of these digits. */
  async show(digits, seed) {
    if (!isLive() || !(await this.draw(digits, seed))) await this.replay(digits);
  }

  /** Take the time on: its digits. */
  begin() {
    const time = now();
    this.own = false;
    this.root.dataset.time = time;
    this.say("Drawn");
    return digitsOf(time);
  }

  say(how) {
    return (this.line.textContent = `It is ${this.root.dataset.time}. ${how} three ways:`);
  }

  async tick() {
    if (
      this.own ||
      this.root.dataset.time === now() ||
      document.hidden ||
      this.button.dataset.running
    ) {
      return;
    }
    const digits = this.begin();
    await this.show(digits, seedOf(this.root.dataset.time));
    if (!this.own && isLive()) this.say("Drawn just now,");
  }

  async drawNumber() {
    if (this.button.dataset.running) {
      this.running.forEach((run) => run.stop());
      return;
    }
    const digits = digitsOf(this.field.value).slice(0, 4);
    if (!digits.length) {
      this.line.textContent = "Write one to four digits first.";
      this.field.focus();
      return;
    }
    this.own = true;
    this.running.forEach((run) => run.stop()); // the time, if that is being drawn
    this.busy(true);
    this.line.textContent = `Your number, ${digits.join("")}, drawn three ways:`;
    const seed = Math.floor(Math.random() * 10000);
    await this.show(digits, seed);
    this.busy(false);
    say(`${digits.join("")} drawn by ${this.rows.map((row) => row.model.name).join(", ")}.`);
  }
}

const now = () => new Date().toTimeString().slice(0, 5);

const digitsOf = (text) => [...text].filter((c) => c >= "0" && c <= "9").map(Number);

const duration = (ms) => (ms < 1000 ? `${number(ms, 2)} ms` : `${number(ms / 1000, 2)} s`);

/** The minute of the day decides the seed, so that all visitors share one run. */
const seedOf = (time) => 4 * (60 * Number(time.slice(0, 2)) + Number(time.slice(3)));
