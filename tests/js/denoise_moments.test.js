// The moments of a denoising run: the newest is followed until the visitor goes elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Moments, noiseLeft } from "../../playground/features/drawers/denoise/denoise_moments.js";

const look = (index) => ({ index, label: `step ${index}`, tiles: {}, figures: {}, ms: 1 });

/** Moments of so many steps. */
function moments(count) {
  const made = new Moments();
  for (let i = 0; i < count; i += 1) made.add(look(i));
  return made;
}

test("before the first there is nothing, and the end is here", () => {
  const none = new Moments();
  assert.equal(none.last, -1);
  assert.ok(none.atEnd);
  assert.equal(none.current, undefined);
});

test("the newest is looked at while it is followed", () => {
  const made = moments(3);
  assert.equal(made.current.label, "step 2");
  made.add(look(3));
  assert.equal(made.place, 3);
});

test("who goes back stays there, and who goes to the newest follows again", () => {
  const made = moments(3);
  made.visit(1);
  made.add(look(3));
  assert.equal(made.place, 1);
  assert.ok(!made.atEnd);
  made.visit(3);
  made.add(look(4));
  assert.equal(made.place, 4);
});

test("no place lies beside the run", () => {
  const made = moments(3);
  made.visit(-1);
  assert.equal(made.place, 0);
  made.visit(9);
  assert.deepEqual([made.place, made.following], [2, true]);
});

test("noise that is left, in whole percent with a thin space", () => {
  assert.deepEqual([1, 0.25, 0].map(noiseLeft), ["100\u202f%", "25\u202f%", "0\u202f%"]);
  assert.equal(noiseLeft(0.001), "under 1\u202f%");
});
