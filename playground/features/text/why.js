// Why this letter? Choosing a letter of a result, and both models' candidates for its place. The
// server sends kept logits once for a stretch of text; all settings are played through here.
import { shape } from "../../web/kit/dom.js";
import { say } from "../../web/kit/page_state.js";
import { surpriseBits, surpriseLevel } from "../../web/kit/surprise.js";
import { cardOn, onRenewed } from "./text_cards.js";

export const why = {
  shown: 10, // candidates as bars and in the table
  margin: 8, // letters before the end of what is known, from which on more is asked for
  side: null, // the card that is asked about
  place: 0, // the chosen letter, from 0 where the model took over
  settings: {}, // what the distribution is drawn with
  data: null, // the server's last answer
  number: 0, // of the last question

  // The text on a card

  flow(side) {
    return cardOn(side)?.stage.flow;
  },

  /** Every letter with where it stands; a letter is a code point, as the server counts. */
  letters(side) {
    const found = [];
    for (const { node, from, piece } of cardOn(side)?.stage.places ?? []) {
      let offset = from;
      for (const letter of piece) {
        found.push({ letter, node, from: offset, to: offset + letter.length });
        offset += letter.length;
      }
    }
    return found;
  },

  box({ node, from, to }) {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    const rects = [...range.getClientRects()];
    return rects.find((rect) => rect.width) ?? rects[0] ?? range.getBoundingClientRect();
  },

  /** Which letter stands at a point of the screen; -1 for none. */
  at(side, x, y) {
    const spot = document.caretPositionFromPoint
      ? document.caretPositionFromPoint(x, y)
      : document.caretRangeFromPoint?.(x, y);
    const node = spot?.offsetNode ?? spot?.startContainer;
    const offset = spot?.offset ?? spot?.startOffset;
    const letters = why.letters(side);
    const near = letters.findIndex((one) => one.node === node && one.to > offset - 1);
    for (const place of [near, near + 1]) {
      const box = letters[place] && letters[place].node === node && why.box(letters[place]);
      if (box && x >= box.left - 1 && x <= box.right + 1) return place;
    }
    return near;
  },

  busy(side) {
    return Boolean(cardOn(side)?.model.busy);
  },

  /** The recipe of what stands on a card. */
  recipe(side) {
    return cardOn(side)?.model.recipe ?? null;
  },

  // Choosing

  choose(side, place) {
    const letters = why.letters(side);
    const recipe = why.recipe(side);
    if (!recipe || why.busy(side) || !letters.length) return;
    if (why.side !== side || why.written !== letters.map((one) => one.letter).join("")) {
      why.data = null;
      const { temperature, top_k, top_p } = recipe.options;
      why.settings = { temperature, top_k, top_p };
    }
    why.side = side;
    why.place = Math.max(0, Math.min(letters.length - 1, place));
    why.written = letters.map((one) => one.letter).join("");
    why.count = letters.length;
    why.open();
    why.mark(letters);
    if (why.known()) why.draw();
    if (!why.known(why.margin)) why.ask(recipe);
  },

  /** Whether the answer at hand is about this letter, and about so many around it. */
  known(around = 0) {
    const { data } = why;
    if (!data) return false;
    const first = Math.max(0, why.place - around);
    const end = Math.min(why.count, why.place + around + 1);
    return data.first <= first && data.end >= end;
  },

  ask(recipe) {
    why.number += 1;
    const { number, place, written } = why;
    why.question = JSON.stringify({ number, place, written, recipe });
    document.getElementById("text-why-ask")?.click();
  },

  /** The server's answer, which grows while a model is still reading. */
  take(answer) {
    if (!answer || !why.side) return;
    const data = JSON.parse(answer);
    if (data.number !== why.number) return;
    why.data = data;
    why.draw();
  },

  /** A frame around the chosen letter, or the piece it is part of; it scrolls with the text. */
  mark(letters = why.letters(why.side)) {
    document.querySelectorAll(".why-chosen").forEach((one) => one.remove());
    const flow = why.flow(why.side);
    const piece = why.piece(0);
    const first = Math.max(0, piece ? piece.start : why.place);
    const end = Math.min(letters.length, piece ? piece.end : why.place + 1);
    if (!letters[first]) return;
    const origin = flow.getBoundingClientRect();
    for (const box of why.lines(letters.slice(first, end).map(why.box))) {
      const frame = document.createElement("i");
      frame.className = "why-chosen";
      frame.style.left = `${box.left - origin.left}px`;
      frame.style.top = `${box.top - origin.top}px`;
      frame.style.width = `${Math.max(box.width, 6)}px`;
      frame.style.height = `${box.height}px`;
      flow.append(frame);
    }
    why.reveal(letters[first]);
  },

  /** Boxes that stand beside each other on one line as one. */
  lines(boxes) {
    const lines = [];
    for (const { left, top, width, height } of boxes) {
      const line = lines.at(-1);
      if (line && Math.abs(line.top - top) < 2) line.width = left + width - line.left;
      else lines.push({ left, top, width, height });
    }
    return lines;
  },

  /** Scroll the card, and nothing else, so that a letter can be seen. */
  reveal(letter) {
    const stage = why.flow(why.side).closest(".stage");
    const [box, frame] = [why.box(letter), stage.getBoundingClientRect()];
    if (box.top < frame.top) stage.scrollTop += box.top - frame.top - 8;
    else if (box.bottom + 12 > frame.bottom) stage.scrollTop += box.bottom + 12 - frame.bottom;
  },

  // The drawer

  get drawer() {
    return document.getElementById("text-why-drawer");
  },

  open() {
    const { drawer } = why;
    if (!drawer) return;
    drawer.hidden = false;
    drawer.dataset.side = why.side;
    drawer.dataset.family = cardOn(why.side).model.facts.family;
    for (const slider of drawer.querySelectorAll("[data-setting]")) why.show(slider);
    if (!why.known()) drawer.querySelector(".why-where").textContent = "Asking both models …";
  },

  close() {
    why.drawer.hidden = true;
    document.querySelectorAll(".why-chosen").forEach((one) => one.remove());
    if (why.drawer.contains(document.activeElement) || document.activeElement === document.body)
      {why.flow(why.side)?.closest(".stage").focus({ preventScroll: true });}
    why.side = null;
  },

  /** Put a slider where its setting is, and say its value. */
  show(slider) {
    const value = why.settings[slider.dataset.setting];
    slider.value = value;
    const off = { top_k: value === 0, top_p: value === 1 }[slider.dataset.setting];
    slider.previousElementSibling.querySelector("output").textContent = off ? "off" : String(value);
  },

  set(name, value) {
    if (!why.side || !Number.isFinite(value)) return;
    why.settings[name] = value;
    why.show(why.drawer.querySelector(`[data-setting="${name}"]`));
    why.draw({ silent: true });
  },

  /** The piece of one model (0 is the one that wrote) that covers the chosen letter. */
  piece(model) {
    const rows = why.data?.models[model]?.pieces ?? [];
    const row = rows.find(([start, text]) => start + [...text].length > why.place);
    if (!row || row[0] > why.place) return null;
    const [start, text, id, rank, bits, probability, ids, costs, rest] = row;
    const end = start + [...text].length;
    return { start, end, text, id, rank, bits, probability, ids, costs, rest };
  },

  draw({ silent = false } = {}) {
    const { drawer, data } = why;
    if (!drawer || !data || !why.known()) return;
    drawer.querySelector(".why-where").replaceChildren(...why.where());
    const places = drawer.querySelector(".why-models");
    const opened = [...places.querySelectorAll("details")].map((one) => one.open);
    const panels = data.models.map((model, number) => why.panel(model, number, opened[number]));
    places.replaceChildren(...panels);
    why.mark();
    if (silent) return;
    const said = [...places.querySelectorAll(".why-says")].map((one) => one.textContent);
    say(said.join(" "));
  },

  /** The text up to the chosen letter, so that one sees what both models went on. */
  where() {
    const letters = [...why.written];
    const before = letters.slice(Math.max(0, why.place - 24), why.place).join("");
    const cut = why.place > 24 ? "…" : "";
    const chosen = why.element("mark", "", why.visible(letters[why.place]));
    return [`Letter ${why.place + 1}, after `, why.element("q", "", cut + before), " came ", chosen];
  },

  panel(model, number, opened) {
    const panel = why.element("section", "why-model");
    panel.dataset.family = model.family;
    const title = why.element("h4", "");
    title.append(shape(model.family), model.name);
    panel.append(title);
    const piece = why.piece(number);
    if (!piece) {
      panel.append(why.element("p", "why-says", model.said || "It has not come so far yet."));
      return panel;
    }
    const drawn = why.distribution(piece, model.vocabulary);
    panel.append(why.element("p", "why-says", why.sentence(model, piece, drawn, number === 0)));
    const rows = why.rows(model, piece, drawn);
    panel.append(why.bars(model, rows), why.table(rows, opened));
    if (drawn.slack > 0.005) panel.append(why.element("p", "aside", why.caution(piece, drawn)));
    return panel;
  },

  // The distribution

  /**
   * What the settings leave: temperature, then top-k, then top-p over what top-k left (Holtzman et
   * al. 2020, section 3.1), as the engine draws. Of a large vocabulary the candidates that are not
   * listed are known by their sum alone; at another temperature that is somewhere between two
   * bounds, all alike or as few as possible, and `slack` is the part of a share it may be off by.
   */
  distribution({ costs, rest }, vocabulary, settings = why.settings) {
    const { temperature, top_k, top_p } = settings;
    const power = 1 / (temperature || 1);
    const limit = temperature === 0 ? 1 : top_k || Infinity;
    const weights = costs.slice(0, limit).map((cost) => Math.exp(((costs[0] - cost) / 1000) * power));
    const listed = weights.reduce((sum, weight) => sum + weight, 0);
    const unlisted = Math.max(0, Math.min(limit, vocabulary) - costs.length);
    const [low, high] = unlisted && rest > 1e-6 ? why.tail(costs, rest, unlisted, power) : [0, 0];
    const total = listed + (low + high) / 2;
    const goal = top_p < 1 ? top_p * total : Infinity;
    let kept = 0;
    let left = 0;
    for (const weight of weights) {
      if (left && kept >= goal) break;
      kept += weight;
      left += 1;
    }
    const beyond = left === weights.length && high > 0 && kept < goal;
    const sum = beyond ? Math.min(total, goal) : kept;
    const shares = costs.map((_, i) => (i < left ? weights[i] / sum : 0));
    const slack = (high - low) / 2 / total;
    return { shares, left, beyond, rest: beyond ? 1 - kept / sum : 0, slack };
  },

  /** Least and most that candidates below the listed ones weigh together, the favourite being 1. */
  tail(costs, rest, unlisted, power) {
    const mass = rest * Math.exp(costs[0] / 1000);
    const cap = Math.exp((costs[0] - costs.at(-1)) / 1000);
    const alike = unlisted * (mass / unlisted) ** power;
    const few = mass * cap ** (power - 1);
    const most = unlisted * cap ** power;
    return [alike, few].map((one) => Math.min(one, most)).sort((a, b) => a - b);
  },

  /** The candidates to show: the ten favourites, and what was taken if it is none of them. */
  rows(model, piece, { shares }) {
    const rows = piece.ids.slice(0, why.shown).map((id, rank) => ({
      rank,
      text: model.texts[id],
      own: Math.exp(-piece.costs[rank] / 1000),
      share: shares[rank],
      taken: id === piece.id,
    }));
    if (!rows.some((row) => row.taken))
      {rows.push({
        rank: piece.rank,
        text: piece.text,
        own: piece.probability,
        share: shares[piece.rank] ?? null,
        taken: true,
      });}
    return rows;
  },

  // In words

  visible(text) {
    const signs = { " ": "␣", "\n": "↵", "\t": "⇥" };
    return [...text].map((letter) => signs[letter] ?? letter).join("");
  },

  /** A probability as people say it: whole percent, and 1 in so many below one. */
  percent(share) {
    if (share === null) return "not kept";
    if (share <= 0) return "cut";
    if (share >= 0.995 && share < 1) return "over 99 %";
    if (share >= 0.01) return `${Math.round(share * 100)} %`;
    const times = Number((1 / share).toPrecision(2));
    return `1 in ${times < 1e7 ? why.thousands(times) : times.toPrecision(2)}`;
  },

  thousands(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, "\u2009");
  },

  ordinal(number) {
    const teen = number % 100 >= 10 && number % 100 <= 20;
    return why.thousands(number) + ((!teen && ["", "st", "nd", "rd"][number % 10]) || "th");
  },

  favourite(rank) {
    if (rank === 0) return "its favourite";
    const words = `its ${why.ordinal(rank + 1)} choice`;
    return rank < why.shown ? words : `${words}, not among its ten favourites`;
  },

  bits(bits) {
    return `${bits >= 10 ? Math.round(bits) : bits.toFixed(1)} bits`;
  },

  /** How likely it was, what the settings leave, and how surprising it was. */
  sentence(model, piece, drawn, wrote) {
    const parts = [`“${why.visible(piece.text)}” had ${why.percent(piece.probability)}, ${why.favourite(piece.rank)}`];
    const left = why.leaves(drawn);
    const share = drawn.shares[piece.rank];
    if (left) parts.push(left + (share === 0 ? ", without it" : ""));
    const letters = [...piece.text].length;
    const each = letters > 1 ? ` for ${letters} letters, ${(piece.bits / letters).toFixed(1)} each` : "";
    const whose = wrote ? "" : " It did not write this; it was asked what it thinks.";
    return `${parts.join("; ")}. Surprise ${why.bits(piece.bits)}${each}.${whose}`;
  },

  /** Which setting left how many candidates; "" where all can be drawn. */
  leaves({ left, beyond, shares }) {
    const { temperature, top_k, top_p } = why.settings;
    const count = beyond ? `more than ${shares.length}` : String(left);
    const candidates = `${count} candidate${left === 1 && !beyond ? "" : "s"}`;
    if (temperature === 0) return "temperature 0 left its favourite alone";
    if (top_p < 1) return `top-p left ${candidates}`;
    return top_k > 0 && left < shares.length ? `top-k left ${candidates}` : "";
  },

  caution(piece, { slack }) {
    const off = Math.max(1, Math.round(slack * 100));
    return `Of this large vocabulary the ${piece.ids.length} most likely are kept, and the sum of the rest: solid bars may be off by ${off} % of their length.`;
  },

  // As a picture and as a table

  bars(model, rows) {
    const largest = Math.max(...rows.flatMap((row) => [row.own, row.share ?? 0]));
    const scale = [0.01, 0.05, 0.1, 0.25, 0.5, 1].find((one) => one >= largest) ?? 1;
    const figure = why.element("div", "why-bars");
    figure.setAttribute("role", "img");
    const best = rows.slice(0, 3).map((row) => `“${why.visible(row.text)}” ${why.percent(row.share)}`);
    figure.setAttribute("aria-label", `The ten most likely candidates of ${model.name}: ${best.join(", ")} and so on; all are in the table.`);
    figure.append(...rows.map((row) => why.bar(row, scale)), why.axis(scale));
    return figure;
  },

  bar(row, scale) {
    const far = row.rank >= why.shown ? " far" : "";
    const line = why.element("div", (row.taken ? "why-row taken" : "why-row") + far);
    const track = why.element("span", "why-track");
    for (const [name, share] of [["own", row.own], ["drawn", row.share ?? 0]]) {
      const bar = why.element("i", `why-${name}`);
      bar.style.width = `${(100 * share) / scale}%`;
      track.append(bar);
    }
    const piece = why.element("span", "why-piece", why.visible(row.text));
    line.append(piece, track, why.element("span", "why-share", why.percent(row.share)));
    return line;
  },

  axis(scale) {
    const axis = why.element("div", "why-row why-axis");
    const ends = why.element("span", "why-track");
    ends.append(why.element("span", "", "0"), why.element("span", "", `${scale * 100} %`));
    axis.append(why.element("span", "why-piece"), ends, why.element("span", "why-share"));
    return axis;
  },

  table(rows, opened) {
    const details = why.element("details", "details");
    details.open = Boolean(opened);
    const table = why.element("table", "figures-table");
    const head = ["", "Candidate", "By itself", "Now"];
    const line = (cells, kind) => {
      const tr = document.createElement("tr");
      tr.append(...cells.map((cell) => why.element(kind, "", cell)));
      return tr;
    };
    table.append(line(head, "th"));
    for (const row of rows) {
      const sign = why.thousands(row.rank + 1) + (row.taken ? " ◂" : "");
      table.append(line([sign, why.visible(row.text), why.percent(row.own), why.percent(row.share)], "td"));
    }
    details.append(why.element("summary", "", "Table"), table);
    return details;
  },

  element(name, classes, text = "") {
    const element = document.createElement(name);
    if (classes) element.className = classes;
    if (text) element.textContent = text;
    return element;
  },

  // Keys and presses

  /** The card that something stands on. */
  sideOf(target) {
    return target?.closest?.("#text-left-stage, #text-right-stage")?.id.split("-")[1];
  },

  /** The letter that surprised its model most, by the height of its bar; the first if none did. */
  oddest(side) {
    const pieces = cardOn(side)?.model.letters ?? [];
    const heights = pieces.flatMap(([piece, probability]) =>
      [...piece].map(() => surpriseLevel(surpriseBits(probability))),
    );
    return heights.indexOf(Math.max(...heights));
  },

  press(event) {
    const side = why.sideOf(event.target);
    if (!side || event.ctrlKey || event.altKey || event.metaKey) return;
    const chosen = why.side === side;
    if (event.key === "Escape" && chosen) why.close();
    else if (event.key === "Enter") why.choose(side, chosen ? why.place : why.oddest(side));
    else if (event.key === "Home") why.choose(side, 0);
    else if (event.key === "End") why.choose(side, Infinity);
    else if (event.key === "ArrowRight") why.choose(side, chosen ? why.next(1) : 0);
    else if (event.key === "ArrowLeft") why.choose(side, chosen ? why.next(-1) : Infinity);
    else return;
    event.preventDefault();
  },

  /** The first letter of the piece that comes next, or stands before. */
  next(step) {
    const piece = why.piece(0);
    if (!piece) return why.place + step;
    return step > 0 ? piece.end : piece.start - 1;
  },

  click(event) {
    const button = event.target.closest?.("[data-why],[data-why-close],[data-why-reset]");
    if (button?.matches("[data-why-close]")) why.close();
    else if (button?.matches("[data-why-reset]")) why.reset();
    else if (button) why.fromButton(button);
    const side = why.sideOf(event.target);
    if (!side || !getSelection().isCollapsed) return;
    const place = why.at(side, event.clientX, event.clientY);
    if (place >= 0) why.choose(side, place);
  },

  fromButton(button) {
    const side = button.closest("#text-left-tools") ? "left" : "right";
    why.choose(side, why.oddest(side));
    why.flow(side)?.closest(".stage").focus({ preventScroll: true });
    why.drawer?.scrollIntoView({ block: "nearest" });
  },

  reset() {
    const { temperature, top_k, top_p } = why.recipe(why.side).options;
    for (const [name, value] of Object.entries({ temperature, top_k, top_p })) why.set(name, value);
  },

  /** The drawer's own sliders, and those of the form while the drawer is open. */
  slide(event) {
    const own = event.target.dataset?.setting;
    const form = event.target.closest?.("#text-temperature, #text-top-k, #text-top-p");
    const name = own ?? form?.id.slice("text-".length).replace("-", "_");
    if (name && event.target.value !== "") why.set(name, Number(event.target.value));
  },

  /** A card that shows something else has other letters: the drawer is about none of them. */
  forget() {
    if (why.side) why.close();
  },
};

/** Listen for letters that are chosen, and for cards that show others. */
export function startWhy() {
  document.addEventListener("click", (event) => why.click(event));
  document.addEventListener("input", (event) => why.slide(event));
  document.addEventListener("keydown", (event) => why.press(event));
  addEventListener("resize", () => why.side && why.mark());
  onRenewed(() => why.forget());
}
