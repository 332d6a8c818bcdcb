// How many different pictures a contact sheet holds, and which two are the most alike.
import assert from "node:assert/strict";
import { test } from "node:test";

import { difference } from "../../playground/features/drawers/drawer_form.js";
import { measure } from "../../playground/features/drawers/sheet/sheet_measure.js";

const grey = (value) => [value, value, value];

test("a difference is the root of the mean square", () => {
  assert.equal(difference([0, 0], [3, 3]), 3);
  assert.equal(difference([0, 0], [0, 4]), Math.sqrt(8));
});

test("what is nearer than the limit counts as one, and so do chains", () => {
  const found = measure([0, 4, 8, 100].map(grey), [10, 11, 12, 13], 5);
  assert.equal(found.count, 4);
  assert.equal(found.different, 2); // 0, 4 and 8 are a chain
  assert.deepEqual(found.pair, [10, 11]);
  assert.equal(found.least, 4);
  assert.equal(found.mean, (4 + 4 + 4 + 92) / 4);
  assert.deepEqual(found.nearest.get(13), { away: 92, other: 12 });
});

test("nothing is joined at the limit itself", () => {
  assert.equal(measure([0, 5].map(grey), [0, 1], 5).different, 2);
  assert.equal(measure([0, 5].map(grey), [0, 1], 5.01).different, 1);
});

test("parts that meet late are one", () => {
  const found = measure([0, 100, 4, 96, 50, 52, 8, 92].map(grey), [0, 1, 2, 3, 4, 5, 6, 7], 45);
  assert.equal(found.different, 1);
});
