// The cards of the machines that look at a drawing.
import { card as kitCard, failure } from "../../../web/kit/card_parts.js";
import { fillTile, showEvent, showState } from "../../../web/kit/card_parts.js";
import { el, svg } from "../../../web/kit/dom.js";
import { chance } from "../../../web/kit/numbers.js";
import { LIVE, sourceOf } from "../../../web/kit/sources.js";
import { table as kitTable } from "../../../web/kit/table.js";
import { captionsOf, criticismOf, keptOf, offOf, redrawnOf } from "./drawing_words.js";
import { strangenessOf } from "./drawing_words.js";

/**
 * @import { Child } from "../../../web/kit/dom.js"
 * @import { Frame, Look, RunEvent } from "../../../web/kit/events.js"
 * @import { Model } from "../../../web/kit/models.js"
 * @import { Said } from "./drawing_words.js"
 */

/**
 * What a card shows: `blank` empties it.
 *
 * @typedef {{ element: HTMLElement, more?: HTMLElement[], blank: () => void }} Parts
 */

/**
 * What shows what was found; each returns a sentence on it.
 *
 * @typedef {{ look?: (look: Look) => string, frame?: (frame: Frame) => string }} Shows
 */

export const REDRAWN = 4;

export const NOISE = 0.6;

const EYE = "M1 8c2-3.4 4.3-5 7-5s5 1.6 7 5c-2 3.4-4.3 5-7 5S3 11.4 1 8z";

/** A card of one machine. */
export class MachineCard {
  source = LIVE;
  sentence = "";
  words = el(
    "p",
    { class: "drawing-words" },
    el("span", { class: "hint" }, "Press “Let them look”."),
  );
  failure = el("div", { class: "drawing-failure" });

  /**
   * @param {Model} model
   * @param {string} name
   * @param {string} about
   * @param {Parts} parts
   * @param {Shows} shows
   */
  constructor({ family }, name, about, parts, shows) {
    this.name = name;
    this.parts = parts;
    this.shows = shows;
    const made = family === "contrastive" ? judgeCard(name, about) : kitCard(family, name, about);
    this.element = made.element;
    this.state = made.state;
    made.stage.append(parts.element, this.words, ...(parts.more ?? []), this.failure);
  }

  /** Empty it. */
  blank() {
    this.parts.blank();
    this.#say("");
    this.failure.replaceChildren();
    showState(this.state, "", "", "");
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.words.textContent = this.sentence = sentence;
  }

  /**
   * @param {RunEvent} event
   * @param {() => unknown} again
   */
  take(event, again) {
    if (event.start) this.source = sourceOf(event.start);
    const { frame, look, fail } = event;
    const [kind, mark] = this.source;
    const going = Boolean(frame && !frame.last);
    showEvent(this.state, event, frame && going ? [kind, mark, frame.label] : this.source);
    this.busy(going);
    if (look) {
      showState(this.state, ...this.source);
      this.#say(this.shows.look?.(look) ?? "");
    }
    if (frame) this.#say(this.shows.frame?.(frame) ?? "");
    if (fail) this.failure.replaceChildren(...failure(fail, again));
  }

  /** @param {boolean} going whether it still draws */
  busy(going) {
    this.element.toggleAttribute("data-busy", going);
  }
}

/**
 * CLIP judges: an eye in ink, and no colour of a family.
 *
 * @param {string} name
 * @param {string} about
 */
function judgeCard(name, about) {
  const drawn = {
    class: "shape",
    width: 16,
    height: 16,
    viewBox: "0 0 16 16",
    "aria-hidden": "true",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.6,
  };
  const pupil = { cx: 8, cy: 8, r: 2.2, fill: "currentColor", stroke: "none" };
  const eye = svg("svg", drawn, svg("path", { d: EYE }), svg("circle", pupil));
  const state = el("span", { class: "state" });
  const stage = el("div", { class: "stage-of-play" });
  const head = el(
    "header",
    { class: "heading drawing-judge" },
    eye,
    el("h3", {}, name),
    state,
    el("p", { class: "about" }, about),
  );
  const outer = { class: "card family drawing-judged", "aria-label": name };
  return { element: el("section", outer, head, stage), state, stage };
}

/**
 * Tiles with a word below each.
 *
 * @param {string[]} names
 */
function tiles(names) {
  const made = names.map((name) => ({ tile: el("span", { class: "tile" }), name }));
  const figures = made.map(({ tile, name }) =>
    el("figure", {}, tile, name && el("figcaption", {}, name)),
  );
  const element = el("div", { class: "drawing-tiles" }, ...figures);
  /**
   * @param {number} i
   * @param {string} address
   * @param {string} alt
   */
  const put = (i, address, alt) => fillTile(made[i].tile, address, alt);
  return { element, put, blank: () => made.forEach(({ tile }) => tile.replaceChildren()) };
}

/**
 * Bars of shares from 0 to 100 %, each with its words, and the same as a table.
 *
 * @param {string} axis
 * @param {string[]} heads
 * @param {number} count of bars while nothing is known
 */
function bars(axis, heads, count = 1) {
  const rows = el("div", { class: "drawing-bars" });
  const scale = el(
    "div",
    { class: "drawing-axis", "aria-hidden": "true" },
    el("span", {}, "0"),
    el("span", {}, axis),
    el("span", {}, "100 %"),
  );
  const table = el("div", { class: "table" });
  const details = el("details", { class: "details" }, el("summary", {}, "Table"), table);
  const blank = () => {
    rows.replaceChildren(...Array.from({ length: count }, emptyRow));
    table.replaceChildren();
    details.hidden = true;
  };
  /** @param {Said} said */
  const put = ({ shares, rows: figures, sentence }) => {
    rows.replaceChildren(...shares.map(([label, share]) => barRow(label, share)));
    details.hidden = false;
    table.replaceChildren(kitTable(heads, figures));
    return sentence;
  };
  blank();
  return { element: el("div", {}, rows, scale), more: [details], blank, put };
}

/**
 * @param {string} label
 * @param {number} share
 */
function barRow(label, share) {
  const words = [label, " ", el("b", {}, chance(share))];
  const settings = { role: "img", "aria-label": `${label} ${chance(share)}` };
  return barOf(share, words, settings);
}

function emptyRow() {
  return barOf(0, ["\u00a0", " "], {});
}

/**
 * @param {number} share
 * @param {Child[]} words
 * @param {Record<string, string>} settings
 */
function barOf(share, words, settings) {
  const fill = el("i", { style: `width:${100 * share}%` });
  return el(
    "div",
    { class: "drawing-row", ...settings },
    el("span", { class: "drawing-label" }, ...words),
    el("span", { class: "drawing-track" }, fill),
  );
}

// The machines

/**
 * The cards of what a model says of a drawing.
 *
 * @param {Model} model
 * @param {() => string} drawn address of the drawing as it is now
 */
export function lookers(model, drawn) {
  if (model.family === "vae") return [keeper(model, drawn), doubter(model)];
  if (model.family === "gan") return [critic(model)];
  return model.family === "contrastive" ? [namer(model)] : [];
}

/**
 * @param {Model} model
 * @param {() => string} drawn
 */
function keeper(model, drawn) {
  const parts = tiles(["yours", "kept", "lost"]);
  const look = (/** @type {Look} */ found) => {
    const { kept, error } = found.tiles;
    const reads = found.label && `: it reads ${found.label}`;
    const off = offOf(found.figures);
    parts.put(0, drawn(), "your drawing, 32 by 32 pixels");
    parts.put(1, kept, `what the VAE kept of it${reads}`);
    parts.put(2, error, `where it is wrong: black is right, white is off by ${off} % or more`);
    return keptOf(found);
  };
  const name = `${model.name}: what it keeps`;
  return new MachineCard(model, name, "into 32 numbers and back", parts, { look });
}

/** @param {Model} model */
function doubter(model) {
  const parts = bars("of real test digits", ["Figure", "Value"]);
  const look = (/** @type {Look} */ { figures }) => parts.put(strangenessOf(figures));
  const name = `${model.name}: how strange`;
  return new MachineCard(model, name, "error plus length of the code", parts, { look });
}

/** @param {Model} model */
function critic(model) {
  const parts = bars("of real test digits", ["Figure", "Value"]);
  const look = (/** @type {Look} */ { figures }) => parts.put(criticismOf(figures));
  const name = `${model.name}: its critic`;
  return new MachineCard(model, name, "learnt to tell real from made", parts, { look });
}

/** @param {Model} model */
function namer(model) {
  const parts = bars("probability", ["Caption", "Probability"], 5);
  const look = (/** @type {Look} */ { figures }) => parts.put(captionsOf(figures));
  const name = `${model.name}: its caption`;
  return new MachineCard(model, name, "a judge, picks among 560", parts, { look });
}

/**
 * The card of a model that draws a drawing again.
 *
 * @param {Model} model
 */
export function redrawer(model) {
  const parts = tiles(Array.from({ length: REDRAWN }, () => ""));
  parts.element.classList.add("drawing-redrawn");
  const frame = (/** @type {Frame} */ drawn) => {
    const state = drawn.last ? "finished" : drawn.label;
    const all = drawn.tiles.length;
    drawn.tiles.forEach((tile, i) => {
      const alt = `your drawing redrawn from 60 % noise, ${state}, picture ${i + 1} of ${all}`;
      parts.put(i, tile, alt);
    });
    return redrawnOf(drawn);
  };
  const name = `${model.name}: redrawn`;
  return new MachineCard(model, name, "from 60 % noise, without words", parts, { frame });
}
