// A drawing is made as MNIST was: its ink in a box, its centre of mass in the middle.
import assert from "node:assert/strict";
import { test } from "node:test";

import { asDigit } from "../../playground/features/drawers/drawing/digit_picture.js";

const [PEN, BOX, SIDE] = [2.5, 20, 32];
const SEVEN = [
  [
    [0, 0],
    [8, 0],
    [3, 12],
  ],
];

const spanOf = (strokes, axis) => {
  const values = strokes.flat().map((point) => point[axis]);
  return Math.max(...values) - Math.min(...values);
};

const moved = (strokes, scale, x, y) =>
  strokes.map((points) => points.map((p) => [p[0] * scale + x, p[1] * scale + y]));

const near = (some, other) =>
  some.flat(2).forEach((value, i) => assert.ok(Math.abs(value - other.flat(2)[i]) < 1e-9));

test("the longer side of the ink fills the box, and the shorter keeps its proportion", () => {
  const seen = asDigit(SEVEN, PEN, BOX, SIDE);
  assert.ok(Math.abs(spanOf(seen, 1) + PEN - BOX) < 1e-9);
  assert.ok(Math.abs(spanOf(seen, 0) / spanOf(seen, 1) - 8 / 12) < 1e-9);
  const wide = asDigit([SEVEN[0].map(([x, y]) => [y, x])], PEN, BOX, SIDE);
  assert.ok(Math.abs(spanOf(wide, 0) + PEN - BOX) < 1e-9);
});

test("it is the same however small it was drawn, and wherever", () => {
  const seen = asDigit(SEVEN, PEN, BOX, SIDE);
  for (const [scale, x, y] of [
    [0.3, 1, 27],
    [1, 22, 2],
    [2.4, 3, 1],
  ]) {
    near(asDigit(moved(SEVEN, scale, x, y), PEN, BOX, SIDE), seen);
  }
});

test("the ink's centre of mass is the middle of the picture", () => {
  const seen = asDigit(SEVEN, PEN, BOX, SIDE);
  const ink = [];
  for (let x = 0.05; x < SIDE; x += 0.1) {
    for (let y = 0.05; y < SIDE; y += 0.1) if (inkAt(seen, x, y)) ink.push([x, y]);
  }
  for (const axis of [0, 1]) {
    const centre = ink.reduce((sum, place) => sum + place[axis], 0) / ink.length;
    assert.ok(Math.abs(centre - SIDE / 2) < 0.2, `${centre}`);
  }
});

test("several strokes keep their places to each other; a dot stays a dot, in the middle", () => {
  const bar = [2, 7].map((x) => [x, 6]);
  const two = [...SEVEN, bar];
  const seen = asDigit(two, PEN, BOX, SIDE);
  const scale = spanOf(seen, 1) / 12;
  assert.ok(Math.abs(seen[1][0][0] - seen[0][0][0] - 2 * scale) < 1e-9);
});

/** Whether there is ink at a place: nearer to a line than half the pen. */
function inkAt(strokes, x, y) {
  return strokes.some((points) =>
    points.slice(1).some(([bx, by], i) => {
      const [ax, ay] = points[i];
      const [dx, dy] = [bx - ax, by - ay];
      const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
      const t = Math.min(1, Math.max(0, along));
      return Math.hypot(x - ax - t * dx, y - ay - t * dy) <= PEN / 2;
    }),
  );
}
