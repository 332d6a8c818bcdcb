// A scored text: one cursor over its letters, in words, and the table of every letter.
import { why } from "./why.js";

export const scoring = {
  place: -1,

  get strip() {
    return document.querySelector("#text-score-strip .score-strip");
  },

  /** What the server said of the text; null while it is still read. */
  get data() {
    const held = document.getElementById("text-score-data")?.dataset.score;
    if (held && held !== scoring.held) {
      scoring.held = held;
      scoring.known = JSON.parse(held);
      scoring.known.letters = [...scoring.known.text];
    }
    return held ? scoring.known : null;
  },

  /** The piece of one model that covers a letter, [start, length, bits, rank]; null for none. */
  piece(model, place) {
    return model.pieces.find(([start, length]) => start <= place && place < start + length) ?? null;
  },

  choose(place) {
    const { strip, data } = scoring;
    const letters = strip?.querySelectorAll(":scope > b");
    if (!data || !letters?.length) return;
    scoring.place = Math.max(0, Math.min(letters.length - 1, place));
    strip.querySelector(".at")?.classList.remove("at");
    const letter = letters[scoring.place];
    letter.classList.add("at");
    const [box, frame] = [letter.getBoundingClientRect(), strip.getBoundingClientRect()];
    if (box.top < frame.top) strip.scrollTop += box.top - frame.top;
    else if (box.bottom > frame.bottom) strip.scrollTop += box.bottom - frame.bottom;
    const line = document.getElementById("text-score-letter");
    if (line) line.textContent = scoring.sentence(data, scoring.place);
  },

  sentence({ letters, models }, place) {
    const said = models.map((model) => `${model.name}: ${scoring.words(letters, scoring.piece(model, place))}`);
    return `Letter ${place + 1}, “${why.visible(letters[place])}”. ${said.join(". ")}.`;
  },

  words(letters, piece) {
    if (!piece) return "has not read it";
    const [start, length, bits, rank] = piece;
    const choice = `${bits.toFixed(1)} bits, ${why.favourite(rank)}`;
    if (length === 1) return choice;
    const text = letters.slice(start, start + length).join("");
    return `“${why.visible(text)}” as one piece, ${choice}, ${(bits / length).toFixed(1)} bits for each letter`;
  },

  /** Fill the table of every letter when somebody first opens it: two thousand rows take a moment. */
  fill(details) {
    const { data } = scoring;
    if (!data || details.querySelector("table")) return;
    const table = why.element("table", "figures-table");
    const row = (cells, kind) => {
      const tr = document.createElement("tr");
      tr.append(...cells.map((cell) => why.element(kind, "", cell)));
      return tr;
    };
    const heads = data.models.flatMap(({ name }) => [`${name}, bits`, "rank"]);
    table.append(row(["Letter", ...heads], "th"));
    data.letters.forEach((letter, place) => {
      const cells = data.models.flatMap((model) => scoring.cells(model, place));
      table.append(row([why.visible(letter), ...cells], "td"));
    });
    details.append(table);
  },

  cells(model, place) {
    const piece = scoring.piece(model, place);
    if (!piece) return ["–", "–"];
    const [, length, bits, rank] = piece;
    return [(bits / length).toFixed(2), String(rank + 1)];
  },

  press(event) {
    if (!event.target.matches?.(".score-strip")) return;
    const moves = { ArrowRight: scoring.place + 1, ArrowLeft: Math.max(0, scoring.place - 1), Home: 0, End: Infinity };
    if (!(event.key in moves)) return;
    scoring.choose(moves[event.key]);
    event.preventDefault();
  },

  click(event) {
    const letter = event.target.closest?.(".score-strip > b");
    if (letter) scoring.choose([...letter.parentElement.querySelectorAll(":scope > b")].indexOf(letter));
  },
};

/** Listen for letters of the scored text that are chosen, and for its table being opened. */
export function startScoring() {
  document.addEventListener("keydown", scoring.press);
  document.addEventListener("click", scoring.click);
  const opened = ({ target }) => target.matches?.("[data-score-table]") && target.open;
  document.addEventListener("toggle", (event) => opened(event) && scoring.fill(event.target), true);
}
