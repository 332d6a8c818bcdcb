// What is said of contact sheets, and where keys lead on one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { SHEET, moved } from "../../playground/features/drawers/sheet/sheet_grid.js";
import {
  HEADS,
  contrast,
  limitOf,
  linesOf,
  notesOf,
  question,
  realRow,
  rowOf,
} from "../../playground/features/drawers/sheet/sheet_words.js";

const FILE = "../../playground/features/drawers/sheet/sample_variety.json";
const known = JSON.parse(readFileSync(new URL(FILE, import.meta.url), "utf-8"));
const concept = { digit: 7, ink: "red", paper: "black" };
const measured = { count: 64, different: 61, mean: 20.25, least: 3.5, pair: [9, 40] };

test("distances of strokes grow with the contrast of ink and paper", () => {
  const [red, black] = [known.palette.red, known.palette.black];
  const squares = red.map((value, i) => (value - black[i]) ** 2);
  const apart = Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / 3);
  assert.equal(contrast(known, concept), apart);
  assert.equal(limitOf(known, concept), known.digits[7].limit * apart);
  assert.equal(limitOf(null, concept), 0);
});

test("a sheet in words, and without what is not known", () => {
  assert.deepEqual(linesOf(measured, true), [
    "61 of 64 different · nearest other 20.3 of 255 away on average",
    "Most alike, outlined: 10 and 41, 3.5 apart",
  ]);
  assert.equal(linesOf(measured, false)[0], "nearest other 20.3 of 255 away on average");
  assert.deepEqual(rowOf("GAN", measured, true), ["GAN", 64, 61, "20.3", "3.5"]);
  assert.equal(rowOf("GAN", measured, false)[2], "–");
});

test("real digits stand in the same columns, and the notes say what is counted", () => {
  const row = realRow(known, concept);
  assert.equal(row.length, HEADS.length);
  assert.equal(row[1], SHEET);
  assert.match(String(row[2]), /^\d+(\.\d)? \(\d+–\d+\)$/);
  assert.equal(question(concept), "How many different sevens?");
  const [counted, , real] = notesOf(known, concept);
  assert.match(counted, /all but 5 in 100 real sevens/);
  assert.match(real, /200 sheets drawn from 1\u202f028 test sevens/);
  assert.match(notesOf(null, concept)[0], /could not be fetched/);
  assert.equal(notesOf(null, concept).length, 2);
});

test("arrows lead to neighbours, Home and End along a row", () => {
  const from = (key) => moved(9, key);
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].map(from),
    [8, 10, 1, 17, 8, 15],
  );
  assert.equal(from("Enter"), undefined);
  assert.equal(from("toString"), undefined);
});
