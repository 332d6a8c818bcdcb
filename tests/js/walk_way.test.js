// The way from one picture to another: its ends, its places in words, and what is asked for.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  FRAMES,
  MOST_SEED,
  numbersIn,
  onTheWay,
  request,
  seedOf,
  where,
  wrong,
} from "../../playground/features/drawers/walk/walk_way.js";

const first = { seed: 5, digit: 7, ink: "red", paper: "black" };
const last = { seed: 41, digit: 8, ink: "white", paper: "blue" };
const named = (names) => names.map((name) => ({ name }));

test("ends that cannot be walked between are refused in words", () => {
  assert.equal(wrong([first, last], true), null);
  for (const seed of [NaN, -1, 0.5, MOST_SEED + 1]) {
    assert.match(wrong([first, { ...last, seed }], true), /whole number from 0 to 4294967295/);
  }
  assert.equal(wrong([{ ...first, seed: MOST_SEED }, last], true), null);
  const unseen = { ...last, ink: "blue" };
  assert.match(wrong([first, unseen], true), /A blue digit on blue paper cannot be seen/);
  assert.equal(wrong([first, unseen], false), null); // there are no colours
});

test("places are from the first picture to the last", () => {
  assert.deepEqual([-3, 0, 4, FRAMES, 99].map(onTheWay), [0, 0, 4, FRAMES - 1, FRAMES - 1]);
});

test("a place in words", () => {
  assert.equal(where(0, [first, last], true), "picture 1 of 8: red 7 on black, seed 5");
  assert.equal(where(7, [first, last], true), "picture 8 of 8: white 8 on blue, seed 41");
  assert.equal(
    where(3, [first, last], true),
    "picture 4 of 8: 43\u202f% of the way from red 7 on black, seed 5, to white 8 on blue, seed 41",
  );
  assert.equal(where(7, [first, last], false), "picture 8 of 8: seed 41");
});

test("a model is told of the two ends what it declares, and no more", () => {
  const labels = { walk: named(["frames", "to_seed", "to_digit", "to_ink", "to_paper"]) };
  const controls = named(["digit", "ink", "paper", "count"]);
  const gan = request({ id: "gan", can: ["walk"], controls, inputs: labels }, [first, last]);
  assert.deepEqual(gan, {
    model: "gan",
    task: "walk",
    prompt: "",
    options: {
      frames: 8,
      to_seed: 41,
      digit: 7,
      ink: "red",
      paper: "black",
      to_digit: 8,
      to_ink: "white",
      to_paper: "blue",
    },
    seed: 5,
  });
  const inputs = { walk: named(["frames", "to_seed", "to_prompt"]) };
  const words = { id: "diffusion", can: ["prompt"], controls: named(["steps"]), inputs };
  const { prompt, options } = request(words, [first, last]);
  assert.equal(prompt, "a red seven on a black background");
  const to_prompt = "a white eight on a blue background";
  assert.deepEqual(options, { frames: 8, to_seed: 41, to_prompt });
});

test("how many numbers a seed draws is said as soon as it is known", () => {
  const numbers = numbersIn("4 × 8 × 8 numbers a seed");
  assert.equal(numbers, "4\u00a0×\u00a08\u00a0×\u00a08");
  assert.equal(numbersIn("step 3 of 20"), "");
  assert.match(seedOf("diffusion"), /small but full of numbers/);
  assert.match(seedOf("diffusion", numbers), /4\u00a0×\u00a08\u00a0×\u00a08 numbers/);
  assert.match(seedOf("gan"), /a row of numbers/);
  assert.equal(seedOf("flow", "64"), "Its seed draws 64 numbers.");
});
