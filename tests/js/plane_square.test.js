// The square between four seeds: where one is in it, where keys lead, and what is asked for there.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CORNERS,
  MIDDLE,
  firstSeed,
  moved,
  request,
  where,
  within,
} from "../../playground/features/drawers/plane/plane_square.js";

const form = { digit: 3, ink: "red", paper: "black", seed: 7, prompt: "" };
const model = (...names) => ({ id: "gan", controls: names.map((name) => ({ name })) });

test("a point is held within the square, in thousandths", () => {
  assert.deepEqual(within(-0.2, 1.7), { x: 0, y: 1 });
  assert.deepEqual(within(0.12345, 0.9996), { x: 0.123, y: 1 });
});

test("arrows lead a twentieth on, strides a fifth, and never out of the square", () => {
  assert.deepEqual(moved(MIDDLE, "ArrowLeft", false), { x: 0.45, y: 0.5 });
  assert.deepEqual(moved(MIDDLE, "ArrowDown", true), { x: 0.5, y: 0.7 });
  assert.deepEqual(moved(MIDDLE, "ArrowUp", false), { x: 0.5, y: 0.45 });
  assert.deepEqual(moved({ x: 0.95, y: 1 }, "ArrowRight", true), { x: 1, y: 1 });
  assert.deepEqual(moved({ x: 1, y: 0 }, "Home", false), MIDDLE);
  assert.equal(moved(MIDDLE, "Enter", false), null);
});

test("twenty steps lead from side to side without drifting", () => {
  let spot = { x: 0, y: 0.5 };
  for (let i = 0; i < 20; i += 1) spot = moved(spot, "ArrowRight", false);
  assert.deepEqual(spot, { x: 1, y: 0.5 });
});

test("all four seeds are seeds", () => {
  assert.equal(firstSeed(7), 7);
  assert.equal(firstSeed(2 ** 32 - 1), 2 ** 32 - 4);
  for (const none of [NaN, -1, 1.5]) assert.equal(firstSeed(none), 0);
});

test("a corner is its seed, and any other place is said by the nearest", () => {
  assert.deepEqual(
    CORNERS.map((corner) => where(corner, 7)),
    ["seed 7", "seed 8", "seed 9", "seed 10"],
  );
  assert.equal(where({ x: 0.45, y: 0.7 }, 7), "45 % to the right, 70 % down, nearest to seed 9");
  assert.match(where({ x: 0.51, y: 0.7 }, 7), /nearest to seed 10$/);
  assert.match(where(MIDDLE, 7), /nearest to seed 7$/);
});

test("a model is told the place, and of the form only what it declares", () => {
  const { options, seed, task } = request(model("digit", "count"), form, { x: 0.25, y: 1 });
  assert.deepEqual(options, { x: 0.25, y: 1, digit: 3 });
  assert.deepEqual([seed, task], [7, "plane"]);
  const all = request(model("digit", "ink", "paper"), form, MIDDLE);
  assert.deepEqual(all.options, { x: 0.5, y: 0.5, digit: 3, ink: "red", paper: "black" });
});
