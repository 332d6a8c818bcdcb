// Contact sheet: 64 pictures of one concept from every family, and how different they are.
// Distances are worked out here from the pixels; what real digits would have comes as numbers, see
// alike.py.
import { card as kitCard, failure, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el } from "../../../web/kit/dom.js";
import { number } from "../../../web/kit/numbers.js";
import { say } from "../../../web/kit/page_state.js";
import { run } from "../../../web/kit/runs.js";
import { tableBox } from "../../../web/kit/table.js";
import { askedConcept, captionOf, difference, pixelsOf } from "../drawer_form.js";
import { measure } from "./sheet_measure.js";

export function build(root, models) {
  new Sheet(root, models);
}

class Sheet {
  constructor(root, models) {
    this.root = root;
    [this.SIDE, this.LOT, this.LOTS] = [8, 16, 4];
    this.SHEET = this.LOT * this.LOTS;
    this.real = fetch("shipped/sample_variety.json").then(
      (answer) => (answer.ok ? answer.json() : null),
      () => null,
    );
    this.sheets = models.filter((model) => has(model, "count")).map(this.sheetOf.bind(this));

    this.running = null;
    this.asked = null;
    const slow = this.sheets.some(({ model }) => has(model, "steps"));
    this.steps = el(
      "select",
      { id: "sheet-steps", class: "ghost" },
      ...[4, 8, 20].map((count) => el("option", { value: count, selected: count === 20 }, count)),
    );
    this.begin = el(
      "button",
      {
        type: "button",
        class: "ghost sheet-begin",
        onclick: () => (this.running ? this.running.stop() : this.start()),
      },
      "Draw the sheets",
    );
    this.progress = el(
      "p",
      { class: "hint sheet-progress" },
      `Nothing yet: ${this.SHEET} pictures each, of the digit and colours chosen above.`,
    );
    this.answers = el("div", { class: "sheet-answers" });
    this.root.append(
      el(
        "div",
        { class: "sheet-ask" },
        this.begin,
        slow
          ? el(
              "label",
              { class: "sheet-choice", for: "sheet-steps" },
              "Diffusion steps",
              this.steps,
            )
          : null,
        this.progress,
      ),
      el(
        "div",
        { class: "sheet-cards" },
        ...this.sheets.map(({ card }) => card.element),
        this.answers,
      ),
    );
  }

  // A sheet: its tiles are one tab stop, arrows move, Enter enlarges

  sheetOf(model) {
    const card = kitCard(model.family, model.name);
    const sheet = {
      model,
      card,
      place: 0,
      done: new Set(),
      failed: false,
      pair: [],
      measured: null,
    };
    sheet.tiles = Array.from({ length: this.SHEET }, (_, i) =>
      el("button", {
        type: "button",
        class: "tile",
        tabindex: i ? -1 : 0,
        disabled: true,
        "aria-label": `Picture ${i + 1}, nothing yet`,
        onclick: () => this.enlarge(sheet, i),
        onfocus: () => settle(sheet, i),
      }),
    );
    sheet.failure = el("div", { "aria-live": "polite" });
    sheet.large = el(
      "div",
      { class: "sheet-large" },
      el("p", { class: "hint" }, "Press a picture to enlarge it."),
    );
    const grid = el(
      "div",
      {
        class: "sheet-grid",
        role: "group",
        "aria-label": `${this.SHEET} pictures by ${model.name}`,
        onkeydown: (event) => this.move(sheet, event),
      },
      ...sheet.tiles,
    );
    sheet.figure = el("p", { class: "figures sheet-figure" });
    card.stage.append(sheet.figure, sheet.failure, grid, sheet.large);
    return sheet;
  }

  move(sheet, event) {
    const { place, tiles } = sheet;
    const row = place - (place % this.SIDE);
    const moves = {
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      ArrowDown: place + this.SIDE,
      ArrowUp: place - this.SIDE,
      Home: row,
      End: row + this.SIDE - 1,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const to = moves[event.key];
    if (tiles[to] && !tiles[to].disabled) tiles[to].focus();
  }

  enlarge(sheet, place) {
    const { model, measured, tiles } = sheet;
    const source = tiles[place].querySelector("img")?.src;
    if (!source) return;
    const about = [`Picture ${place + 1} of ${this.SHEET}, seed ${this.seedOf(place)}.`];
    const near = measured?.nearest.get(place);
    if (near) {
      about.push(`Nearest to it is picture ${near.other + 1}, ${number(near.away)} of 255 away.`);
    }
    const image = el("img", { src: source, alt: this.altOf(model, place) });
    sheet.large.replaceChildren(el("span", { class: "tile" }, image), el("p", {}, about.join(" ")));
    tiles.forEach((tile, i) => tile.setAttribute("aria-pressed", String(i === place)));
  }

  seedOf(place) {
    return this.asked.seed + place;
  }

  altOf({ name }, place) {
    return (
      `${this.asked.digit}, ${this.asked.ink} on ${this.asked.paper}, ${name}, ` +
      `seed ${this.seedOf(place)}`
    );
  }

  // A run

  start() {
    if (this.running) return;
    const form = askedConcept();
    this.asked = {
      ...form,
      seed: Math.min(form.seed, 2 ** 32 - this.SHEET),
      caption: captionOf(form),
    };
    const requests = this.sheets.flatMap(({ model }) =>
      Array.from({ length: this.LOTS }, (_, lot) => this.request(model, lot)),
    );
    this.sheets.forEach(this.clear.bind(this));
    this.answers.replaceChildren();
    this.begin.textContent = "Stop";
    this.root.setAttribute("aria-busy", "true");
    this.tell();
    this.running = run(requests, (i, event) =>
      this.take(this.sheets[Math.floor(i / this.LOTS)], i % this.LOTS, event),
    );
    this.running.done.then(this.conclude.bind(this));
  }

  request(model, lot) {
    const { digit, ink, paper } = this.asked;
    const wished = { count: this.LOT, steps: +this.steps.value, digit, ink, paper };
    const options = Object.fromEntries(Object.entries(wished).filter(([name]) => has(model, name)));
    return {
      model: model.id,
      prompt: model.can.includes("prompt") ? this.asked.caption : "",
      options,
      seed: this.asked.seed + lot * this.LOT,
    };
  }

  clear(sheet) {
    sheet.done.clear();
    Object.assign(sheet, { failed: false, measured: null });
    sheet.failure.replaceChildren();
    sheet.figure.textContent = "";
    sheet.large.replaceChildren(el("p", { class: "hint" }, "Press a picture to enlarge it."));
    for (let i = 0; i < this.SHEET; i += 1) empty(sheet, i);
    settle(sheet, 0);
  }

  take(sheet, lot, event) {
    if (!event.end && !event.fail && !event.frame) showEvent(sheet.card.state, event);
    if (event.frame) this.draw(sheet, lot, event.frame);
    if (event.fail) this.fail(sheet, event.fail);
  }

  draw(sheet, lot, frame) {
    frame.tiles.forEach((source, i) => {
      const place = lot * this.LOT + i;
      const tile = sheet.tiles[place];
      const image =
        tile.querySelector("img") ?? tile.appendChild(el("img", { alt: "", decoding: "sync" }));
      image.src = source;
      if (!frame.last) return;
      tile.disabled = false;
      tile.setAttribute("aria-label", `Picture ${place + 1}: ${this.altOf(sheet.model, place)}`);
      sheet.done.add(place);
    });
    showState(sheet.card.state, "live", "●", `live · ${sheet.done.size} of ${this.SHEET}`);
    if (frame.last) this.tell();
  }

  fail(sheet, failed) {
    sheet.failed = true;
    sheet.failure.replaceChildren(...failure(failed, this.start.bind(this)));
  }

  tell() {
    const there = this.sheets.reduce((sum, { done }) => sum + done.size, 0);
    const whole = this.SHEET * this.sheets.length;
    this.progress.textContent = `${there} of ${whole} pictures are there.`;
  }

  async conclude() {
    this.running = null;
    this.begin.textContent = "Draw the sheets";
    this.root.removeAttribute("aria-busy");
    this.tell();
    const known = await this.real;
    for (const sheet of this.sheets) await this.finish(sheet, known);
    if (this.sheets.some(({ measured }) => measured)) {
      this.answers.replaceChildren(...this.answer(known));
    }
    say(this.progress.textContent);
  }

  /** Keep what is finished, measure it, and mark the two most alike. */
  async finish(sheet, known) {
    for (let i = 0; i < this.SHEET; i += 1) if (!sheet.done.has(i)) empty(sheet, i);
    const count = sheet.done.size;
    if (sheet.failed) {
      showState(sheet.card.state, "failed", "✕", "did not work");
    } else if (count === this.SHEET) {
      showState(sheet.card.state, "live", "●", `finished · ${this.SHEET}`);
    } else {
      showState(sheet.card.state, "stopped", "■", `stopped at ${count} of ${this.SHEET}`);
    }
    if (count < 2) return;
    const places = [...sheet.done].sort((a, b) => a - b);
    const limit = known ? known.digits[this.asked.digit].limit * this.contrast(known) : 0;
    sheet.measured = measure(
      await Promise.all(places.map((i) => pixelsOf(sheet.tiles[i].querySelector("img")))),
      places,
      limit,
    );
    sheet.measured.pair.forEach((place) => sheet.tiles[place].classList.add("alike"));
    sheet.figure.replaceChildren(
      ...says(sheet.measured, known).map((words) => el("span", {}, words)),
    );
  }

  /** How far ink and paper are apart: what distances of strokes have to be multiplied by. */
  contrast({ palette }) {
    return difference(palette[this.asked.ink], palette[this.asked.paper]);
  }

  // The answer: a sentence on what is counted, and the table with real digits beside

  answer(known) {
    const rows = this.sheets
      .filter(({ measured }) => measured)
      .map(({ model, measured }) => [
        model.name,
        measured.count,
        known ? measured.different : "–",
        number(measured.mean),
        number(measured.least),
      ]);
    if (known) rows.push(this.realRow(known));
    const heads = [
      "Family",
      "pictures",
      "different",
      "mean distance to the nearest",
      "the two most alike",
    ];
    const counted = known
      ? "Pictures nearer to each other than " +
        `${number(known.digits[this.asked.digit].limit * this.contrast(known))} of ` +
        "255 count as one, and so do chains of them: in these colours all but " +
        `${known.limit_percent} in 100 real ${this.plural()} are farther than that ` +
        "from their nearest."
      : "What real digits would have could not be fetched, so nothing is counted as the same.";
    const careful =
      "Distance is the root of the mean squared difference of all colour values. " +
      "It sees a shift as a change, and blurred pictures lie nearer to each other.";
    const real =
      known &&
      `Real: ${known.sets} sheets drawn from ` +
        `${known.digits[this.asked.digit].of.toLocaleString("en").replaceAll(",", "\u2009")} ` +
        `test ${this.plural()}, in brackets where 95 in 100 sheets lie.`;
    const notes = [counted, careful, real]
      .filter(Boolean)
      .map((words) => el("p", { class: "notes" }, words));
    return [el("h3", {}, `How many different ${this.plural()}?`), tableBox(heads, rows), ...notes];
  }

  realRow(known) {
    const { different, nearest } = known.digits[this.asked.digit];
    const range = ([mean, low, high], unit) =>
      `${number(mean * unit)} (${number(low * unit)}–${number(high * unit)})`;
    return [
      "Real test digits",
      known.pictures,
      range(different, 1),
      range(nearest, this.contrast(known)),
      "–",
    ];
  }

  plural() {
    return [
      "zeros",
      "ones",
      "twos",
      "threes",
      "fours",
      "fives",
      "sixes",
      "sevens",
      "eights",
      "nines",
    ][this.asked.digit];
  }
}

const has = (model, name) => model.controls.some((control) => control.name === name);

function settle(sheet, place) {
  sheet.tiles[sheet.place].tabIndex = -1;
  sheet.place = place;
  sheet.tiles[place].tabIndex = 0;
}

function empty({ tiles }, place) {
  tiles[place].replaceChildren();
  tiles[place].disabled = true;
  tiles[place].classList.remove("alike");
  tiles[place].removeAttribute("aria-pressed");
  tiles[place].setAttribute("aria-label", `Picture ${place + 1}, nothing yet`);
}

function says({ count, different, mean, pair, least }, known) {
  const counted = known ? `${different} of ${count} different · ` : "";
  const twins = `Most alike, outlined: ${pair[0] + 1} and ${pair[1] + 1}, ${number(least)} apart`;
  return [`${counted}nearest other ${number(mean)} of 255 away on average`, twins];
}
