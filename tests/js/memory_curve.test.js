// How surprising a name is each time it comes, from the letters that a model has scored.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Curve,
  TIMES,
  nameOf,
  scaleEnd,
  textWith,
  verdict,
} from "../../playground/features/drawers/memory/memory_curve.js";

const NAME = "QUIBBLE";
const TEXT = textWith(NAME);

/** Letters of the text as a model sends them: those of the name at these probabilities. */
function scored(probabilities) {
  const places = [...TEXT.matchAll(NAME)].map(({ index }) => index);
  return [...TEXT].map((letter, i) => {
    const time = places.findIndex((place) => place <= i && i < place + NAME.length);
    return [letter, time < 0 ? 0.9 : probabilities[time], 0, 1];
  });
}

test("a name is 2 to 12 letters from A to Z", () => {
  assert.equal(nameOf(" quibble "), NAME);
  assert.equal(nameOf("ABCDEFGHIJKL").length, 12);
  assert.equal(nameOf("ｑｕｉｂｂｌｅ\u00a0"), NAME);
  for (const none of ["", "A", "12", "TWO WORDS", "NAÏVE", "ABCDEFGHIJKLM"]) {
    assert.equal(nameOf(none), "");
  }
});

test("the name comes as often as there are times", () => {
  assert.equal(TEXT.split(NAME).length - 1, TIMES.length);
  assert.ok(TEXT.endsWith(`${NAME}:\n`));
});

test("bits a letter, each time", () => {
  const curve = new Curve(NAME);
  curve.take(scored([1 / 16, 1 / 8, 1 / 4]));
  assert.ok(curve.done);
  assert.deepEqual(curve.bits, [4, 3, 2]);
  assert.equal(
    curve.sentence,
    "4.0 bits a letter the first time, 2.0 the third. It has taken the name in.",
  );
});

test("what has not been read is not known, and nothing is done before the end", () => {
  const curve = new Curve(NAME);
  const letters = scored([1 / 16, 1 / 8, 1 / 4]);
  const second = TEXT.indexOf(NAME, TEXT.indexOf(NAME) + 1);
  curve.take(letters.slice(0, second + NAME.length - 1));
  assert.deepEqual(curve.known, [4]);
  assert.ok(!curve.done);
  curve.take(letters.slice(second + NAME.length - 1, second + NAME.length));
  assert.deepEqual(curve.known, [4, 3]);
  assert.equal(
    curve
      .piecesAt(1)
      .map(([piece]) => piece)
      .join(""),
    NAME,
  );
});

test("of a piece across the edge of the name a part counts", () => {
  const curve = new Curve(NAME);
  const start = TEXT.indexOf(NAME);
  curve.take([[TEXT.slice(0, start - 1), 1, 0, 1]]);
  curve.take([[TEXT.slice(start - 1, start + 1), 1 / 16, 0, 1]]); // a line's end and a Q
  curve.take([[TEXT.slice(start + 1), 1, 0, 1]]);
  assert.deepEqual(curve.bits, [4 / 2 / NAME.length, 0, 0]);
});

test("what is said of a change", () => {
  assert.match(verdict(0.5), /taken the name in/);
  assert.match(verdict(0.51), /Some of it has stuck/);
  assert.match(verdict(0.86), /Next to nothing/);
  assert.match(verdict(1.15), /more surprised than before/);
});

test("all bars fit on one scale of whole bits, of one at least", () => {
  assert.equal(scaleEnd([]), 1);
  assert.equal(scaleEnd([0.2]), 1);
  assert.equal(scaleEnd([3.1, 5.01, 2]), 6);
});
