// Where two texts part: the place and the sentence.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { differenceSentence, firstDifference } from "../../playground/features/text/text_diff.js";

const cases = JSON.parse(readFileSync(new URL("text_diff.json", import.meta.url)));

test("the first letter that differs is found, whichever text is left", () => {
  for (const { left, right, place } of cases) {
    assert.equal(firstDifference(left, right), place);
    assert.equal(firstDifference(right, left), place);
  }
});

test("it is said in words", () => {
  for (const { left, right, said } of cases) assert.equal(differenceSentence(left, right), said);
});
