// What one model thought likely in place of a letter: in a sentence, as bars, and as a table.
import { visible } from "../../web/kit/card_parts.js";
import { el, shape } from "../../web/kit/dom.js";
import { count } from "../../web/kit/numbers.js";
import { candidates, distribution, SHOWN } from "./distribution.js";
import { figuresTable } from "./figures_table.js";
import { caution, sentence, shareWords } from "./why_words.js";

/**
 * @import { CardFacts } from "../../web/kit/events.js"
 * @import { DrawSettings, Row } from "./distribution.js"
 * @import { Reading } from "./reading.js"
 * @import { Answer } from "./why_question.js"
 */

const SCALES = [0.01, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * One model's part of the drawer, and what it says in words.
 *
 * @param {CardFacts} facts
 * @param {string} words
 * @param {...HTMLElement} content
 */
function panel({ family, name }, words, ...content) {
  const title = el("h4", {}, shape(family), name);
  const says = el("p", { class: "why-says" }, words);
  const settings = { class: "why-model", "data-family": family };
  return { words, element: el("section", settings, title, says, ...content) };
}

/**
 * What is said where there are no candidates to show.
 *
 * @param {Reading} reading
 */
export function silentPanel({ error, model, pieces, waits }) {
  const read = pieces.length ? "It has not come so far yet." : waits || "reading …";
  return panel(model.facts, error || read);
}

/**
 * Its candidates.
 *
 * @param {CardFacts} facts
 * @param {Answer} answer
 * @param {DrawSettings} settings
 * @param {{ wrote: boolean, open: boolean }} about whether it wrote the letter, and whether its
 *   table is open
 */
export function candidatePanel(facts, { piece, spread }, settings, { wrote, open }) {
  const drawn = distribution(spread, settings);
  const rows = candidates(spread, piece, drawn);
  const warning = caution(drawn);
  return panel(
    facts,
    sentence(piece, drawn, settings, wrote),
    bars(facts.name, rows),
    table(rows, open),
    ...(warning ? [el("p", { class: "aside" }, warning)] : []),
  );
}

/**
 * @param {string} name
 * @param {Row[]} rows
 */
function bars(name, rows) {
  const largest = Math.max(...rows.flatMap(({ own, share }) => [own, share ?? 0]));
  const scale = SCALES.find((one) => one >= largest) ?? 1;
  const best = rows.slice(0, 3).map((row) => `“${visible(row.text)}” ${shareWords(row.share)}`);
  const label =
    `The ten most likely candidates of ${name}: ${best.join(", ")} and so on; ` +
    "all are in the table.";
  const settings = { class: "why-bars", role: "img", "aria-label": label };
  return el("div", settings, ...rows.map((row) => bar(row, scale)), axis(scale));
}

/**
 * @param {Row} row
 * @param {number} scale the share of a whole line
 */
function bar({ rank, text, own, share, taken }, scale) {
  const far = rank >= SHOWN ? " far" : "";
  const lines = Object.entries({ own, drawn: share ?? 0 }).map(([name, length]) => {
    const line = el("i", { class: `why-${name}` });
    line.style.width = `${(100 * length) / scale}%`;
    return line;
  });
  return el(
    "div",
    { class: `why-row${taken ? " taken" : ""}${far}` },
    el("span", { class: "why-piece" }, visible(text)),
    el("span", { class: "why-track" }, ...lines),
    el("span", { class: "why-share" }, shareWords(share)),
  );
}

/** @param {number} scale */
function axis(scale) {
  const ends = [el("span", {}, "0"), el("span", {}, `${scale * 100} %`)];
  return el(
    "div",
    { class: "why-row why-axis" },
    el("span", { class: "why-piece" }),
    el("span", { class: "why-track" }, ...ends),
    el("span", { class: "why-share" }),
  );
}

/**
 * @param {Row[]} rows
 * @param {boolean} open
 */
function table(rows, open) {
  const cells = rows.map(({ rank, text, own, share, taken }) => [
    count(rank + 1) + (taken ? " ◂" : ""),
    visible(text),
    shareWords(own),
    shareWords(share),
  ]);
  const shown = figuresTable(["", "Candidate", "By itself", "Now"], cells);
  return el("details", { class: "details", open }, el("summary", {}, "Table"), shown);
}
