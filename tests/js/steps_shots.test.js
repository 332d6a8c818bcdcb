// Speed against quality: which numbers of steps are taken, and what each picture is compared with.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  lastOf,
  ordered,
  request,
  scale,
  wording,
} from "../../playground/features/drawers/steps/steps_shots.js";

const form = { digit: 3, ink: "red", paper: "black", seed: 7, prompt: "" };
const named = (id, controls, can = []) => ({
  id,
  can,
  controls: controls.map((name) => ({ name })),
});
const diffusion = named("diffusion_mini", ["steps", "count"], ["prompt"]);
const gan = named("gan", ["digit", "ink", "paper", "count"]);

test("who has steps takes five numbers of them, and stands before who has none", () => {
  assert.deepEqual(scale(diffusion), [1, 2, 4, 8, 20]);
  assert.deepEqual(scale(gan), [null]);
  assert.deepEqual(ordered([gan, diffusion]), [diffusion, gan]);
});

test("numbers of steps in words", () => {
  assert.deepEqual([1, 2, null].map(wording), ["1 step", "2 steps", "one pass"]);
});

test("words go to who reads them, digit and colours to who has them", () => {
  assert.deepEqual(request({ model: diffusion, steps: 4 }, form), {
    model: "diffusion_mini",
    prompt: "a red three on a black background",
    options: { count: 1, steps: 4 },
    seed: 7,
  });
  assert.equal(
    request({ model: diffusion, steps: 4 }, { ...form, prompt: "a blue nine" }).prompt,
    "a blue nine",
  );
  const { prompt, options } = request({ model: gan, steps: null }, form);
  assert.equal(prompt, "");
  assert.deepEqual(options, { count: 1, digit: 3, ink: "red", paper: "black" });
});

test("a picture is compared with the last of its model that is done", () => {
  const shots = [1, 2, 4].map((steps, i) => ({ model: diffusion, steps, done: i < 2 }));
  const all = [...shots, { model: gan, steps: null, done: true }];
  assert.equal(lastOf(all[0], all), all[1]);
  assert.equal(lastOf(all[1], all), all[1]);
  assert.equal(lastOf(all[3], all), all[3]);
});
