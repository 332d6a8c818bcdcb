// The cards of the machines that look at a drawing.
import { LIVE, card as kitCard, showState } from "../../../web/kit/card_parts.js";
import { el } from "../../../web/kit/dom.js";
import { chance, number } from "../../../web/kit/numbers.js";

export const REDRAWN = 4;

export const NOISE = 0.6;

export const EYE = "M1 8c2-3.4 4.3-5 7-5s5 1.6 7 5c-2 3.4-4.3 5-7 5S3 11.4 1 8z";

export function canvas(side, settings = {}) {
  const element = el("canvas", { width: side, height: side });
  const context = element.getContext("2d", { willReadFrequently: true, ...settings });
  context.imageSmoothingQuality = "high";
  return { element, context };
}

/** A picture in the middle of a square of transparent paper. */
export function square(side, picture, width, height) {
  const { context, element } = canvas(side);
  const scale = side / Math.max(width, height);
  context.drawImage(
    picture,
    (side - width * scale) / 2,
    (side - height * scale) / 2,
    width * scale,
    height * scale,
  );
  return element;
}

/**
 * A card of a model: `blank` empties it, `show` takes what the model found and says it in a
 * sentence.
 */
export function card(model, name, about, parts, show) {
  const made =
    model.family === "contrastive" ? judgeCard(name, about) : kitCard(model.family, name, about);
  const words = el(
    "p",
    { class: "drawing-words" },
    el("span", { class: "hint" }, "Press “Let them look”."),
  );
  const failure = el("div", { class: "drawing-failure" });
  made.stage.append(parts.element, words, ...(parts.more ?? []), failure);
  const blank = () => {
    parts.blank?.();
    words.replaceChildren();
    failure.replaceChildren();
    showState(made.state, "", "", "");
  };
  const say = (sentence) => (words.textContent = sentence);
  return { ...made, words, failure, blank, show: (event) => show(event, say), source: LIVE };
}

/** CLIP judges: an eye in ink, and no colour of a family. */
export function judgeCard(name, about) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({
    class: "shape",
    width: 16,
    height: 16,
    viewBox: "0 0 16 16",
    "aria-hidden": "true",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.6,
  })) {
    svg.setAttribute(key, value);
  }
  for (const [tag, settings] of [
    ["path", { d: EYE }],
    ["circle", { cx: 8, cy: 8, r: 2.2, fill: "currentColor", stroke: "none" }],
  ]) {
    const part = document.createElementNS(svg.namespaceURI, tag);
    for (const [key, value] of Object.entries(settings)) part.setAttribute(key, value);
    svg.append(part);
  }
  const state = el("span", { class: "state" });
  const stage = el("div", { class: "stage-of-play" });
  const head = el(
    "header",
    { class: "heading drawing-judge" },
    svg,
    el("h3", {}, name),
    state,
    el("p", { class: "about" }, about),
  );
  return {
    element: el(
      "section",
      { class: "card family drawing-judged", "aria-label": name },
      head,
      stage,
    ),
    state,
    stage,
  };
}

/** Tiles with a word below each. */
export function tiles(names) {
  const made = names.map((name) => ({ tile: el("span", { class: "tile" }), name }));
  const figures = made.map(({ tile, name }) =>
    el("figure", {}, tile, name && el("figcaption", {}, name)),
  );
  const element = el("div", { class: "drawing-tiles" }, ...figures);
  const put = (i, address, alt) => {
    const image = made[i].tile.querySelector("img") ?? el("img", { decoding: "sync" });
    Object.assign(image, { src: address, alt });
    made[i].tile.replaceChildren(image);
  };
  return { element, put, blank: () => made.forEach(({ tile }) => tile.replaceChildren()) };
}

/** Bars of shares from 0 to 100 %, each with its words, and the same as a table. */
export function bars(axis, head) {
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
    rows.replaceChildren(...Array.from({ length: head.rows ?? 1 }, () => row("", null)));
    table.replaceChildren();
    details.hidden = true;
  };
  const put = (shares, figures) => {
    rows.replaceChildren(...shares.map(([label, share]) => row(label, share)));
    details.hidden = false;
    const body = figures.map((cells) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, cells[0]),
        ...cells.slice(1).map((cell) => el("td", {}, cell)),
      ),
    );
    const heads = el("tr", {}, ...head.names.map((name) => el("th", { scope: "col" }, name)));
    table.replaceChildren(el("table", {}, el("thead", {}, heads), el("tbody", {}, ...body)));
  };
  blank();
  return { element: el("div", {}, rows, scale), more: [details], blank, put };
}

export function row(label, share) {
  const fill = el("i", { style: `width:${100 * (share ?? 0)}%` });
  const words = el(
    "span",
    { class: "drawing-label" },
    label || "\u00a0",
    " ",
    label && el("b", {}, chance(share)),
  );
  return el(
    "div",
    {
      class: "drawing-row",
      role: label ? "img" : null,
      "aria-label": label ? `${label} ${chance(share)}` : null,
    },
    words,
    el("span", { class: "drawing-track" }, fill),
  );
}

/** A share of real digits in words that do not claim more than it says. */
export function among({ percentile, percentile_n: n }, words) {
  if (percentile === undefined) {
    return (
      "There are no figures of real digits for these weights to compare it with, " +
      "so nothing is said of its place among them."
    );
  }
  const all = Math.round(n).toLocaleString("en");
  if (percentile >= 1) return `${words} than every one of ${all} real digits.`;
  if (percentile <= 0) return `No real digit of ${all} is less so.`;
  const whole = Math.floor(100 * percentile);
  return `${words} than ${whole ? `${whole} %` : "less than 1 %"} of real digits.`;
}

export function doubter(model) {
  const parts = bars("of real test digits", { names: ["Figure", "Value"] });
  return card(
    model,
    `${model.name}: how strange`,
    "error plus length of the code",
    parts,
    ({ look }, say) => {
      const { figures } = look;
      const rows = [["Strangeness, nats", number(figures.strangeness)]];
      if (figures.percentile !== undefined) {
        rows.push(
          ["Real digits less strange", chance(figures.percentile)],
          ["Test digits compared with", figures.percentile_n.toLocaleString("en")],
        );
      }
      parts.put(
        figures.percentile === undefined ? [] : [["Less strange than yours:", figures.percentile]],
        rows,
      );
      say(figures.percentile <= 0 ? `No real digit is less strange.` : among(figures, "Stranger"));
    },
  );
}

export function critic(model) {
  const parts = bars("of real test digits", { names: ["Figure", "Value"] });
  return card(
    model,
    `${model.name}: its critic`,
    "learnt to tell real from made",
    parts,
    ({ look }, say) => {
      const { figures } = look;
      const sign = figures.realness > 0 ? "+" : "−";
      const score = `${sign}${number(Math.abs(figures.realness), 2)}`;
      const rows = [["Score, real above 0", score]];
      if (figures.percentile !== undefined) {
        rows.push(
          ["Real digits with a lower score", chance(figures.percentile)],
          ["Test digits compared with", figures.percentile_n.toLocaleString("en")],
        );
      }
      parts.put(
        figures.percentile === undefined ? [] : [["Less real than yours:", figures.percentile]],
        rows,
      );
      const place =
        figures.percentile <= 0
          ? "Every real digit looks more real to it."
          : among(figures, "More real");
      say(`It says “${figures.realness > 0 ? "real" : "made"}” (${score}). ${place}`);
    },
  );
}

export function namer(model) {
  const parts = bars("probability", { names: ["Caption", "Probability"], rows: 5 });
  return card(
    model,
    `${model.name}: its caption`,
    "a judge, picks among 560",
    parts,
    ({ look }, say) => {
      const found = Object.entries(look.figures).sort((a, b) => b[1] - a[1]);
      const [best, share] = found[0];
      parts.put(
        found,
        found.map(([caption, p]) => [caption, chance(p)]),
      );
      say(
        `Nearest: “${best}”, ${chance(share)}. It has to choose: no caption says ` +
          "“nothing of this kind”.",
      );
    },
  );
}

export function redrawer(model) {
  const parts = tiles(Array.from({ length: REDRAWN }, () => ""));
  parts.element.classList.add("drawing-redrawn");
  return card(
    model,
    `${model.name}: redrawn`,
    "from 60 % noise, without words",
    parts,
    ({ frame }, say) => {
      frame.tiles.forEach((tile, i) =>
        parts.put(
          i,
          tile,
          "your drawing redrawn from 60 % noise, " +
            `${frame.last ? "finished" : frame.label}, picture ${i + 1} of ` +
            `${frame.tiles.length}`,
        ),
      );
      say(
        frame.last
          ? `${frame.total} steps out of 60 % noise. Where they agree, your drawing came ` +
              "through; where they differ, the model made it up."
          : `${frame.label}: what it believes is behind the noise.`,
      );
    },
  );
}
