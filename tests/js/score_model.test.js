// Any text under two models: pieces, bits of each character, words, and the verdict.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pieceAt, Pieces } from "../../playground/features/text/pieces.js";
import {
  announcement,
  difference,
  figuresWords,
  markClasses,
  marksOf,
  partingWords,
  rate,
  rateWords,
  verdict,
  wordCells,
  wordsOf,
} from "../../playground/features/text/score_model.js";

const TEXT = "The quality of mercy\nis not strain'd.  It droppeth as the gentle rain.";
const NAMES = { char_lstm: "LSTM", gpt2_mini: "GPT" };

/** @param {[string, number, number][]} rows text, probability, rank */
function piecesOf(rows, offset = 0) {
  const pieces = new Pieces(offset);
  pieces.read(rows.map((row) => [...row, 2]));
  return pieces.list;
}

/** A model that gave every letter of a text so many bits. */
function reading(model, bits, count = 10, changed = {}) {
  const pieces = piecesOf(Array.from({ length: count }, () => ["x", 2 ** -bits, 0]));
  const known = { model: { facts: { model, name: NAMES[model] }, ms: 20, note: "" }, pieces };
  const read = { bits: bits * count, reached: count, error: "", waits: "" };
  return { ...known, ...read, finished: true, over: true, ...changed };
}

function word(text, left, right) {
  return { start: 0, end: text.length, text, left, right };
}

test("a character of several tokens has the bits of all and the rank of the least likely", () => {
  const rows = [
    ["a", 0.5, 9],
    ["", 0.25, 8],
    ["\u{1F404}", 0.5, 7],
    ["bc", 1, 6],
  ];
  const found = piecesOf(rows, -1).map((one) => [one.start, one.end, one.text, one.bits, one.rank]);
  assert.deepEqual(found, [
    [-1, 0, "a", 1, 9],
    [0, 1, "\u{1F404}", 3, 8],
    [1, 3, "bc", 0, 6],
  ]);
  const { token, lastRank, probability } = piecesOf(rows, -1)[1];
  assert.deepEqual([token, lastRank, probability], [2, 7, 0.5]);
});

test("a text that grows is read on from where it was", () => {
  const pieces = new Pieces();
  const letters = [["ab", 0.5, 0, 1]];
  pieces.read(letters);
  letters.push(["", 0.5, 0, 1]);
  pieces.read(letters);
  letters.push(["c", 0.5, 0, 1]);
  pieces.read(letters);
  const found = pieces.list.map(({ text, start, bits }) => [text, start, bits]);
  assert.deepEqual(found, [
    ["ab", 0, 1],
    ["c", 2, 2],
  ]);
  assert.equal(pieces.reached, 3);
});

test("the piece that covers a character is found, and none beyond either end", () => {
  const pieces = piecesOf(
    [
      ["ab", 0.5, 0],
      ["c", 0.5, 0],
    ],
    3,
  );
  const found = [2, 3, 4, 5, 6].map((place) => pieceAt(pieces, place)?.text);
  assert.deepEqual(found, [undefined, "ab", "ab", "c", undefined]);
});

test("a piece shares its bits among its letters", () => {
  const pieces = piecesOf([
    ["ab", 1 / 16, 0],
    ["c", 1 / 2, 1],
  ]);
  assert.deepEqual(marksOf(pieces), [
    { bits: 2, rank: 0, last: false },
    { bits: 2, rank: 0, last: true },
    { bits: 1, rank: 1, last: true },
  ]);
});

test("a bar has a height, goes on below a piece, and a dotted line beyond ten favourites", () => {
  const classes = (bits, rank, last) => markClasses("a", { bits, rank, last }).join(" ");
  assert.equal(classes(0.9, 0, true), "");
  assert.equal(classes(1, 9, true), "a1");
  assert.equal(classes(4, 10, false), "a3 aj ar");
  assert.deepEqual(markClasses("b", undefined), []);
});

test("words hold every letter once", () => {
  for (const text of [TEXT, "one", " ", "\n\na  b \n", "a b", "\u{1F404} moo"]) {
    const { length } = [...text];
    const marks = (bits) => Array.from({ length }, () => ({ bits, rank: 0, last: true }));
    const words = wordsOf(text, marks(1), marks(0.5));
    assert.equal(words.map((one) => one.text).join(""), text);
    const more = words.reduce((sum, one) => sum + difference(one), 0);
    assert.ok(Math.abs(more + 0.5 * length) < 1e-9);
  }
});

test("a word that one model has not read whole is none", () => {
  const marks = (length) => Array.from({ length }, () => ({ bits: 1, rank: 0, last: true }));
  const words = wordsOf("to be or", marks(8), marks(6));
  assert.deepEqual(
    words.map(({ text, start, end }) => [text, start, end]),
    [
      ["to", 0, 2],
      [" be", 2, 5],
    ],
  );
});

test("words that part come largest first, either way", () => {
  const words = [0.5, -3, 2, 8, -1.5, 1, 9].map((more) => word("x", 5, 5 + more));
  assert.deepEqual(partingWords(words, 4).map(difference), [9, 8, -3, 2]);
  assert.deepEqual(partingWords(words.slice(0, 1)), []);
});

test("the verdict turns with the figures", () => {
  const said = (left, right) =>
    verdict(reading("char_lstm", left), reading("gpt2_mini", right), 10, []);
  const rest = "20.0 bits over the whole text.";
  assert.equal(said(1, 3), `LSTM needs 2.0 bits a letter less than GPT: ${rest}`);
  assert.equal(said(3, 1), `GPT needs 2.0 bits a letter less than LSTM: ${rest}`);
  assert.equal(said(2, 2), "LSTM and GPT find this text equally surprising.");
  const same = verdict(reading("char_lstm", 1), reading("char_lstm", 1), 10, []);
  assert.equal(same, "Both are LSTM: there is nothing between them.");
});

test("the verdict names the words of either", () => {
  const words = [word("our", 1, 5), word(" king", 9, 2), word(" ay\n", 1, 4)];
  const said = verdict(reading("char_lstm", 1), reading("gpt2_mini", 3), 10, words);
  const gains = "It gains most at “our” (4.0 bits) and “ay” (3.0).";
  assert.ok(said.endsWith(`${gains} GPT does better at “king” (7.0 bits).`), said);
  assert.deepEqual(wordCells(words[1]), ["king", "9.00", "2.00", "−7.00"]);
  assert.deepEqual(wordCells(word(" \n", 1, 3)), ["↵", "1.00", "3.00", "+2.00"]);
});

test("figures say how far a model is, where it was stopped, and what it took", () => {
  const figures = (changed) => figuresWords(reading("char_lstm", 2, 10, changed), 10);
  const running = { finished: false, over: false };
  assert.equal(figures({}), "10 letters · 20.0 bits · 2.0 ms a letter");
  assert.equal(figures({ pieces: [{}] }), "10 letters in 1 piece · 20.0 bits · 2.0 ms a letter");
  assert.equal(figures({ ...running, reached: 4 }), "◔ 4 of 10 letters");
  assert.equal(figures({ finished: false, reached: 4 }), "■ stopped at 4 of 10 letters");
  assert.equal(figures({ ...running, pieces: [] }), "reading …");
  assert.equal(figures({ ...running, pieces: [], waits: "◔ loading 1 s" }), "◔ loading 1 s");
  const none = figures({ finished: false, pieces: [] });
  assert.equal(none, "stopped before the first letter");
});

test("rates are of what has been read", () => {
  const half = reading("char_lstm", 2, 10, { bits: 8, reached: 4 });
  assert.equal(rate(half), 2);
  assert.equal(rateWords(half), "2.00 bits a letter");
  assert.equal(rateWords(reading("char_lstm", 2, 0)), "…");
  assert.equal(rate(reading("char_lstm", 2, 0)), 0);
});

test("what is announced names who has read all and who could not", () => {
  const failed = reading("gpt2_mini", 1, 2, { finished: false, error: "GPT: It cannot." });
  const both = announcement([reading("char_lstm", 2), failed], 10);
  assert.equal(both, "LSTM, 2.00 bits a letter. GPT: It cannot.");
  const stopped = reading("char_lstm", 2, 4, { finished: false });
  assert.equal(announcement([stopped], 10), "");
});
