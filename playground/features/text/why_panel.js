// What one model thought likely in place of a letter: in a sentence, as bars, and as a table.
import { visible } from "../../web/kit/card_parts.js";
import { el, shape } from "../../web/kit/dom.js";
import { count } from "../../web/kit/numbers.js";
import { candidates, distribution, scaleOf, SHOWN } from "./distribution.js";
import { figuresTable } from "./figures_table.js";
import { caution, sentence, shareWords } from "./why_words.js";

/**
 * @import { CardFacts } from "../../web/kit/events.js"
 * @import { DrawSettings, Row } from "./distribution.js"
 * @import { Reading } from "./reading.js"
 * @import { Answer } from "./why_question.js"
 *
 * @typedef {object} Scale
 * @property {number} share what a whole line stands for
 * @property {boolean} shared whether another chart has the same
 */

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
function silentPanel({ error, model, pieces, waits }) {
  const read = pieces.length ? "It has not come so far yet." : waits || "reading …";
  return panel(model.facts, error || read);
}

/**
 * The parts of all models, with bars of one scale.
 *
 * @param {Reading[]} readings
 * @param {(Answer | undefined)[]} answers undefined for who has not said anything yet
 * @param {DrawSettings} settings
 * @param {boolean[]} open whose tables are open
 */
export function panels(readings, answers, settings, open) {
  const charts = answers.map((answer) => answer && chartOf(answer, settings));
  const known = charts.flatMap((chart) => (chart ? [chart.rows] : []));
  const scale = { share: scaleOf(known), shared: known.length > 1 };
  return readings.map((reading, i) => {
    const [answer, chart] = [answers[i], charts[i]];
    if (!answer || !chart) return silentPanel(reading);
    const about = { wrote: i === 0, open: Boolean(open[i]) };
    return candidatePanel(reading.model.facts, answer.piece, chart, settings, scale, about);
  });
}

/**
 * @param {Answer} answer
 * @param {DrawSettings} settings
 */
function chartOf({ piece, spread }, settings) {
  const drawn = distribution(spread, settings);
  return { drawn, rows: candidates(spread, piece, drawn) };
}

/**
 * Its candidates.
 *
 * @param {CardFacts} facts
 * @param {Answer["piece"]} piece
 * @param {ReturnType<typeof chartOf>} chart
 * @param {DrawSettings} settings
 * @param {Scale} scale
 * @param {{ wrote: boolean, open: boolean }} about whether it wrote the letter, and whether its
 *   table is open
 */
function candidatePanel(facts, piece, { drawn, rows }, settings, scale, { wrote, open }) {
  const warning = caution(drawn);
  return panel(
    facts,
    sentence(piece, drawn, settings, wrote),
    bars(facts.name, rows, scale),
    table(rows, open),
    ...(warning ? [el("p", { class: "aside" }, warning)] : []),
  );
}

/**
 * @param {string} name
 * @param {Row[]} rows
 * @param {Scale} scale
 */
function bars(name, rows, scale) {
  const best = rows.slice(0, 3).map((row) => `“${visible(row.text)}” ${shareWords(row.share)}`);
  const label =
    `The ten most likely candidates of ${name}: ${best.join(", ")} and so on; ` +
    "all are in the table.";
  const settings = { class: "why-bars", role: "img", "aria-label": label };
  return el("div", settings, ...rows.map((row) => bar(row, scale.share)), axis(scale));
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
    el("span", { class: "why-piece", translate: "no" }, visible(text)),
    el("span", { class: "why-track" }, ...lines),
    el("span", { class: "why-share" }, shareWords(share)),
  );
}

/** @param {Scale} scale */
function axis({ share, shared }) {
  const ends = [el("span", {}, "0"), el("span", {}, `${share * 100} %`)];
  return el(
    "div",
    { class: "why-row why-axis" },
    el("span", { class: "why-piece" }),
    el("span", { class: "why-track" }, ...ends),
    el("span", { class: "why-share" }),
    shared && el("span", { class: "why-scale" }, "One scale for both models"),
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
  const shown = figuresTable(["", "Candidate", "By itself", "Now"], cells, "", 1);
  return el("details", { class: "details", open }, el("summary", {}, "Table"), shown);
}
