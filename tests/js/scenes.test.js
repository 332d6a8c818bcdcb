// What the scenes of the first page work out and say, without their elements.
import assert from "node:assert/strict";
import { test } from "node:test";

import { describe } from "../../playground/features/play/scenes/time_machine/learning_stages.js";
import {
  digitsOf,
  numberLine,
  seedOf,
  timeLine,
  timeOf,
} from "../../playground/features/play/scenes/clock/clock_time.js";
import {
  finished,
  insteadOf,
  inWords,
  shown,
} from "../../playground/features/play/scenes/fork/fork_words.js";
import {
  MOST,
  captionOf,
  changed,
  objection,
  partsOf,
  saidIn,
} from "../../playground/features/play/scenes/word/word_caption.js";

// The clock

test("the time and its digits are those of the visitor's clock", () => {
  const time = timeOf(new Date(2026, 0, 2, 9, 5, 59));
  assert.equal(time, "09:05");
  assert.deepEqual(digitsOf(time), [0, 9, 0, 5]);
  assert.deepEqual(digitsOf("room 2, ٣ or ²"), [2, 3, 2]);
  assert.equal(timeLine(time), "It is 09:05. Drawn three ways:");
  assert.equal(numberLine([0, 7]), "Your number, 07, drawn three ways:");
});

test("no two minutes of a day share a seed, nor do two digits of one", () => {
  const pad = (value) => String(value).padStart(2, "0");
  const minutes = Array.from(
    { length: 1440 },
    (_, i) => `${pad(Math.floor(i / 60))}:${pad(i % 60)}`,
  );
  const seeds = minutes.flatMap((time) => [0, 1, 2, 3].map((place) => seedOf(time) + place));
  assert.equal(new Set(seeds).size, 4 * 1440);
  assert.equal(Math.max(...seeds), 4 * 1440 - 1);
});

// While they learnt

const moment = (step, seconds, fallen) => ({
  step,
  seconds,
  time: `${seconds} s`,
  facts: "",
  fallen,
});

test("what all models had come to is one word, a time and a share", () => {
  const said = describe([moment(1024, 29, 0.5), moment(1024, 12, null), moment(1024, 20, 0.7)]);
  assert.deepEqual(said, {
    stage: "Rough",
    when: "After 12 s to 29 s of training, 1\u202f024 steps.",
    way: " 60 % of the way to the final loss.",
  });
});

test("the first and the last moment have no share, and without losses there is no word", () => {
  const first = describe([moment(1, 2, 0), moment(1, 2, 0)]);
  assert.deepEqual(first, { stage: "Noise", when: "After 2 s of training, 1 step.", way: "" });
  const last = describe([moment(64, 9, 1), moment(128, 9, 1)]);
  assert.deepEqual([last.stage, last.way], ["Grown up", ""]);
  assert.equal(last.when, "After 9 s of training, 64 to 128 steps.");
  assert.equal(describe([moment(8, 3, null)]).stage, "Step 8");
});

test("stages begin where they say", () => {
  const stage = (share) => describe([moment(1, 1, share)]).stage;
  assert.deepEqual([0.019, 0.02, 0.5, 0.9, 0.99, 1].map(stage), [
    "Noise",
    "First traces",
    "Rough",
    "Nearly there",
    "Nearly there",
    "Grown up",
  ]);
});

// One word changed

const SEVEN = { ink: "red", digit: "seven", paper: "black" };

test("a caption is read as it is written", () => {
  const caption = captionOf(SEVEN);
  assert.equal(caption, "a red seven on a black background");
  assert.deepEqual(saidIn(caption), SEVEN);
  const parts = partsOf(SEVEN);
  assert.equal(parts.map(({ words }) => words).join(""), caption);
  assert.deepEqual(
    parts.filter(({ slot }) => slot).map(({ slot }) => slot),
    ["ink", "digit", "paper"],
  );
  assert.throws(() => saidIn("a robot cat"), /no caption of a digit/);
});

test("the words that differ are found, and no others", () => {
  assert.deepEqual(changed(SEVEN, SEVEN), []);
  assert.deepEqual(changed(SEVEN, { ...SEVEN, digit: "two" }), ["digit"]);
  assert.deepEqual(changed(SEVEN, { ink: "blue", digit: "seven", paper: "red" }), ["ink", "paper"]);
});

test("why a word cannot be taken is said, the gravest reason first", () => {
  const free = { running: false, rows: 1, can: true };
  const blue = { ...SEVEN, ink: "blue" };
  assert.equal(objection(SEVEN, blue, free), "");
  assert.equal(
    objection(SEVEN, { ...SEVEN, ink: "black" }, { running: true, rows: MOST, can: false }),
    "A black digit on black paper cannot be seen. Choose two different colours.",
  );
  assert.match(objection(SEVEN, SEVEN, { ...free, running: true }), /stands there already/);
  assert.match(objection(SEVEN, blue, { running: true, rows: MOST, can: false }), /press Stop/);
  assert.match(objection(SEVEN, blue, { ...free, rows: MOST, can: false }), /^6 rows are enough/);
  assert.match(objection(SEVEN, blue, { ...free, can: false }), /not among the recorded runs/);
});

// Another letter

const CANDIDATES = [
  ["e", 0.6],
  ["a", 0.25],
  ["\n", 0.1],
  ["i", 0],
];

test("instead of a letter stands what else was likely, ready to be chosen", () => {
  const letter = ["a", 0.25, 1, 12.5, CANDIDATES];
  assert.deepEqual(insteadOf(letter, 6), [
    ["e", 0.6, 0, 0, CANDIDATES],
    ["\n", 0.1, 2, 0, CANDIDATES],
  ]);
  assert.deepEqual(
    insteadOf(letter, 1).map(([piece]) => piece),
    ["e"],
  );
  assert.deepEqual(insteadOf(["a", 1, 0, 0], 6), []);
});

test("a letter is said with its chance, its rank and its surprise", () => {
  assert.equal(inWords(["a", 0.25, 0, 1, []]), "“a” had 25 %, its favourite. Surprise 2 bits.");
  assert.match(inWords(["\n", 0.25, 1, 1, []]), /^The new line had 25 %, its 2nd choice\./);
  assert.match(inWords([" ", 0.25, 9, 1, []]), /^The space had 25 %, its 10th choice\./);
  assert.match(inWords(["z", 0.001, 10, 1, []]), /1 in 1\u202f000, not among its ten favourites/);
  assert.deepEqual([" ", "\n", "x"].map(shown), ["space", "new line", "x"]);
});

test("what is finished is said in bits a letter", () => {
  const letters = [0.5, 0.25, 0.25].map((probability) => ["a", probability, 0, 1, []]);
  assert.equal(finished("GPT", letters), "GPT finished, 3 letters, 1.67 bits a letter.");
  assert.equal(finished("GPT", []), "GPT finished, 0 letters, 0 bits a letter.");
});
