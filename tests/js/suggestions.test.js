// Which names of emoji are offered for what is written, and in which order.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fitting } from "../../playground/web/kit/suggestions.js";

const NAMES = ["cat", "cat face", "black cat", "education", "dog", "cat with wry smile", "hot dog"];

test("names that begin so come first, then whole words, then parts", () => {
  const found = fitting(NAMES, "Cat ");
  assert.deepEqual(found, ["cat face", "cat with wry smile", "black cat", "education"]);
});

test("names that share a word come last, the shortest first", () => {
  const found = fitting(NAMES, "hot cat");
  assert.deepEqual(found, ["cat", "hot dog", "cat face", "black cat", "cat with wry smile"]);
});

test("nothing is offered for nothing, nor what is written already", () => {
  assert.deepEqual(fitting(NAMES, "  "), []);
  assert.deepEqual(fitting(NAMES, "Ｃａｔ\u3000"), fitting(NAMES, "Cat "));
  assert.deepEqual(fitting(NAMES, "education"), []);
  assert.deepEqual(fitting(null, "cat"), []);
});

test("there are eight at most", () => {
  const many = Array.from({ length: 20 }, (_, i) => `cat ${"x".repeat(i)}`);
  assert.equal(fitting(many, "cat").length, 8);
});
