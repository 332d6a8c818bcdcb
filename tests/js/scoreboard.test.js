// The order of the scoreboard's rows.
import assert from "node:assert/strict";
import { test } from "node:test";

import { compared } from "../../playground/features/scoreboard/scoreboard.js";

const ROWS = ["10", undefined, "9", "10"].map((value, place) => ({ value, place }));
const order = (way, isText = false) =>
  [...ROWS].sort((a, b) => compared(a, b, way, isText)).map(({ place }) => place);

test("numbers are compared as numbers, and equals stay as they are offered", () => {
  assert.deepEqual(order("ascending"), [2, 0, 3, 1]);
  assert.deepEqual(order("descending"), [0, 3, 2, 1]);
});

test("gaps come last either way", () => {
  assert.equal(order("ascending").at(-1), 1);
  assert.equal(order("descending").at(-1), 1);
});

test("names are compared as words", () => {
  assert.deepEqual(order("ascending", true), [0, 3, 2, 1]);
});

test("as offered is as offered", () => {
  assert.deepEqual(order("none"), [0, 1, 2, 3]);
});
