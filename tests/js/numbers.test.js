// Numbers and surprise, by the same cases as in Python (tests/web/test_number_cases.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  chance,
  count,
  duration,
  number,
  ordinal,
  percent,
  significant,
} from "../../playground/web/kit/numbers.js";
import { surpriseBits, surpriseClasses, surpriseLevel } from "../../playground/web/kit/surprise.js";

const CASES = JSON.parse(readFileSync(new URL("../cases/numbers.json", import.meta.url), "utf8"));

test("significant digits are those of Python", () => {
  for (const [value, digits, said] of CASES.significant) {
    assert.equal(significant(value, digits), said);
  }
});

test("spans of time are those of Python", () => {
  for (const [seconds, said] of CASES.duration) assert.equal(duration(seconds), said);
});

test("ordinals are those of Python", () => {
  for (const [value, said] of CASES.ordinal) assert.equal(ordinal(value), said);
});

test("bars of surprise begin where those of Python do", () => {
  for (const [probability, level] of CASES.surprise) {
    assert.equal(surpriseLevel(surpriseBits(probability)), level, `${probability}`);
  }
});

test("a letter's classes tell its bar and whether it was a favourite", () => {
  assert.equal(surpriseClasses(0.9, 0), "");
  assert.equal(surpriseClasses(0.9, 10), "r");
  assert.equal(surpriseClasses(0.001, 9), "s4");
  assert.equal(surpriseClasses(0.001, 10), "s4 r");
});

test("a share is never said to be nothing or all when it is not", () => {
  const said = [0, 0.004, 0.01, 0.125, 0.994, 0.995, 0.9999, 1].map(percent);
  const wanted = ["0 %", "under 1 %", "1 %", "12 %", "99 %", "over 99 %", "over 99 %", "100 %"];
  assert.deepEqual(said, wanted);
});

test("a probability below one percent is one in so many", () => {
  const said = [0, 0.62, 0.01, 0.00294, 0.0000123, 1e-9].map(chance);
  assert.deepEqual(said, ["0 %", "62 %", "1 %", "1 in 340", "1 in 81\u202f000", "1 in 1.0e+9"]);
});

test("plain numbers have no zeros that say nothing", () => {
  assert.deepEqual(
    [1, 2.5, 1234.5, 0.012345].map((value) => number(value)),
    ["1", "2.5", "1,230", "0.0123"],
  );
  assert.equal(count(1234567), "1\u202f234\u202f567");
});
