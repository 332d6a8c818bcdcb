// What models go on at a letter: pieces and their shares, how they are ranked, and what is said.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  BAR,
  barsOf,
  halfWithin,
  headsOf,
  moved,
  openness,
  read,
  rowAt,
  rowsOf,
  sentences,
} from "../../playground/features/drawers/cursor/cursor_shares.js";

const packed = (array) => ({ data: Buffer.from(array.buffer).toString("base64") });

/** A step as it is sent: the letter that each token starts at, and a row of shares for each. */
function look(kind, starts, rows, gates = null) {
  const arrays = {
    starts: packed(Uint16Array.from(starts)),
    [kind]: packed(Uint16Array.from(rows.flat())),
  };
  if (gates) arrays.gates = packed(Float32Array.from(gates.flat()));
  return { arrays, figures: { whole: 100 } };
}

const LETTERS = [..."a b"];
const attention = read(
  look(
    "attention",
    [0, 1, 2],
    [
      [100, 0, 0],
      [70, 30, 0],
      [60, 15, 25],
    ],
  ),
  LETTERS,
);
const memory = read(
  look(
    "memory",
    [0, 1, 2],
    [
      [100, 0, 0],
      [20, 80, 0],
      [10, 30, 60],
    ],
    [
      [0.1, 0.2, 0.3],
      [0.4, 0.5, 0.6],
      [0, 1, 0.25],
    ],
  ),
  LETTERS,
);
const shown = (name, data, at) => ({ name, data, row: rowAt(data, at) });

test("a row holds the shares of all pieces up to the cursor's, and sums up to one", () => {
  assert.deepEqual(rowAt(attention, 0), [1]);
  assert.deepEqual(rowAt(attention, 2), [0.6, 0.15, 0.25]);
  assert.equal(attention.gates, null);
  assert.equal(attention.kind, "attention");
});

test("letters of one token are one piece, and so are the tokens of one letter", () => {
  const rows = [
    [100, 0, 0, 0],
    [50, 50, 0, 0],
    [20, 30, 50, 0],
    [10, 20, 30, 40],
  ];
  const { pieces, pieceOf, ...rest } = read(look("attention", [0, 3, 3, 4], rows), [..."the€s"]);
  assert.deepEqual(
    pieces.map(({ text, first, last }) => [text, first, last]),
    [
      ["the", 0, 0],
      ["€", 1, 2],
      ["s", 3, 3],
    ],
  );
  assert.deepEqual(pieceOf, [0, 0, 0, 1, 2]);
  assert.deepEqual(rowAt({ pieces, pieceOf, ...rest }, 3), [0.2, 0.8]); // at its last token
  assert.deepEqual(rowAt({ pieces, pieceOf, ...rest }, 4), [0.1, 0.5, 0.4]);
});

test("the largest share has the longest bar, and hardly any has none", () => {
  assert.deepEqual(barsOf([0.6, 0.15, 0.004, 0.006], 0.6, 6), [BAR, 5, 0, 1, 0, 0]);
});

test("half of everything lies within the last letters", () => {
  assert.equal(halfWithin(attention, rowAt(attention, 2), 2), 3);
  assert.equal(halfWithin(memory, rowAt(memory, 2), 2), 1);
});

test("keys lead along the text", () => {
  const keys = ["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"];
  assert.deepEqual(
    keys.map((key) => moved(12, key, 40)),
    [11, 13, 22, 2, 0, 39],
  );
  assert.equal(moved(12, "a", 40), undefined);
  assert.equal(moved(12, "toString", 40), undefined);
});

test("the largest share is named, and what another model looks at", () => {
  assert.equal(
    sentences([shown("LSTM", memory, 2), shown("GPT", attention, 2)], 2),
    "At “b”, LSTM remembers “b” itself best (60 %); half of all lies within this letter. " +
      "Of what it remembers 10 % is “a”, where GPT looks most. " +
      "GPT looks most at “a”, 2 letters back (60 %); half of all lies within the last 3 letters.",
  );
  assert.equal(
    sentences([shown("GPT", attention, 1)], 1),
    "At “␣”, GPT looks most at “a”, 1 letter back (70 %); half of all lies within " +
      "the last 2 letters.",
  );
});

test("the table has a row for each letter, nearest first, with gates where there are any", () => {
  const both = [shown("LSTM", memory, 2), shown("GPT", attention, 2)];
  assert.deepEqual(headsOf(both), [
    "Letter",
    "",
    "LSTM, share",
    "LSTM lets in",
    "LSTM keeps",
    "LSTM lets out",
    "GPT, share",
  ]);
  assert.deepEqual(rowsOf(both, LETTERS, 2), [
    [3, "b", "60.0 %", "0 %", "100 %", "25 %", "25.0 %"],
    [2, "␣", "30.0 %", "40 %", "50 %", "60 %", "15.0 %"],
    [1, "a", "10.0 %", "10 %", "20 %", "30 %", "60.0 %"],
  ]);
  assert.equal(openness(memory.gates, memory.pieces[2], 2), 0.25);
});

test("a piece of several letters is named beside its share", () => {
  const words = read(
    look(
      "attention",
      [0, 2],
      [
        [100, 0],
        [75, 25],
      ],
    ),
    [..."tobe"],
  );
  assert.deepEqual(rowsOf([shown("GPT", words, 3)], [..."tobe"], 3)[0], [4, "e", "25.0 % of “be”"]);
});
