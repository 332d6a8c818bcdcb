// A large picture: how wide it is, what its file is called, and whether ten more can be asked for.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fileNameOf, tenMore, widthOf } from "../../playground/web/kit/picture_viewer.js";

const RECIPE = {
  v: 1,
  task: "generate",
  model: "gan",
  weights: "ab",
  prompt: "",
  options: { count: 4, digit: 7 },
  seed: 7,
};

test("small pictures are shown at whole multiples, 256 px at least", () => {
  assert.equal(widthOf(32, 288), 288);
  assert.equal(widthOf(32, 300), 288);
  assert.equal(widthOf(32, 100), 256);
  assert.equal(widthOf(32, 4000), 512);
  assert.equal(widthOf(28, 288), 280);
  assert.equal(widthOf(512, 288), 512);
});

test("a file is called by its recipe, or by what is seen", () => {
  assert.equal(
    fileNameOf({ recipe: RECIPE, key: "0123456789", place: 1 }, "x"),
    "gan-seed-7-2-01234567.png",
  );
  assert.equal(fileNameOf({}, "A red 7, ojo ñandú!"), "a-red-7-ojo-ñandú.png");
  assert.equal(fileNameOf({}, "…"), "picture.png");
});

test("ten more are asked for with another seed, where a recipe draws several small ones", () => {
  assert.deepEqual(tenMore({ recipe: RECIPE }, false, 8), {
    model: "gan",
    prompt: "",
    options: { count: 10, digit: 7 },
    seed: 8,
  });
  assert.equal(tenMore({}, false, 8), null);
  assert.equal(tenMore({ recipe: RECIPE }, true, 8), null);
  assert.equal(tenMore({ recipe: { ...RECIPE, task: "walk" } }, false, 8), null);
  assert.equal(tenMore({ recipe: { ...RECIPE, options: {} } }, false, 8), null);
});
