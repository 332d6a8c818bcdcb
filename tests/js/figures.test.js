// Figures are written as the server writes them: both read the same table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { duration, plural, significant } from "../../playground/web/kit/numbers.js";
import { surpriseBits, surpriseClasses, surpriseLevel } from "../../playground/web/kit/surprise.js";

const read = (name) => JSON.parse(readFileSync(new URL(`../cases/${name}`, import.meta.url)));
const cases = read("figures.json");

test("numbers have their significant digits, and thin spaces", () => {
  for (const [value, digits, said] of cases.significant)
    assert.equal(significant(value, digits), said);
});

test("a span of time has the unit that reads best", () => {
  for (const [seconds, said] of cases.duration) assert.equal(duration(seconds), said);
});

test("a count agrees with its noun", () => {
  for (const [number, noun, said] of cases.plural) assert.equal(plural(number, noun), said);
});

test("the bar of a letter is as high as the server's", () => {
  for (const { probability, rank, level, classes } of read("surprise.json")) {
    assert.equal(surpriseLevel(surpriseBits(probability)), level);
    assert.equal(surpriseClasses(probability, rank), classes);
  }
});
