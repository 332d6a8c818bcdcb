// The rules of the games: what chance would do, and what a score allows to say.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  bits,
  cost,
  guessOf,
  mean,
  named,
  score,
  verdict as beaten,
} from "../../playground/features/play/scenes/beat/beat_score.js";
import {
  answerLine,
  moral,
  often,
  randomOf,
  shuffled,
  tail,
  verdict,
} from "../../playground/features/play/scenes/real/real_score.js";

const close = (some, other) => assert.ok(Math.abs(some - other) < 1e-12, `${some} ${other}`);

test("the tail of a binomial is exact", () => {
  close(tail(0, 10, 0.5), 1);
  close(tail(10, 10, 0.5), 1 / 1024);
  close(tail(9, 10, 0.5), 11 / 1024);
  close(tail(6, 10, 1 / 3), 4521 / 59049);
});

test("how often is said as people say it", () => {
  assert.equal(often(0.5), "50 times in 100");
  assert.equal(often(0.012), "1 time in 100");
  assert.equal(often(1 / 1024), "1 time in 1,000");
});

test("a verdict compares with guessing, and says nothing of none right", () => {
  assert.equal(verdict(0, 10, 2), "You got 0 of 10. A coin gets 5.");
  assert.equal(
    verdict(9, 10, 2),
    "You got 9 of 10. A coin gets 5, and 9 or more happens to a coin 1 time in 100.",
  );
  assert.match(verdict(10, 10, 3), /Guessing gets 3\.3, and all 10 happens to a guesser/);
});

test("a seed decides the numbers, which are spread evenly", () => {
  const [one, other] = [randomOf(7), randomOf(7)];
  const numbers = Array.from({ length: 4000 }, one);
  assert.deepEqual(numbers.slice(0, 5), Array.from({ length: 5 }, other));
  assert.ok(numbers.every((value) => value >= 0 && value < 1));
  const average = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  assert.ok(Math.abs(average - 0.5) < 0.02);
});

test("shuffling keeps everything and changes nothing in place", () => {
  const list = [1, 2, 3, 4, 5];
  assert.deepEqual([...shuffled(list, randomOf(1))].sort(), list);
  assert.deepEqual(list, [1, 2, 3, 4, 5]);
});

test("a letter costs one bit at once, and more later", () => {
  assert.equal(bits(1), 1);
  close(bits(2), Math.log2(6));
  assert.equal(guessOf(["a", 0.1, 0, 0, []]), 1);
  assert.equal(guessOf(["a", 0.1, 50, 0, []]), 7);
});

test("costs and letters are said in words", () => {
  assert.deepEqual([1, 2, 7].map(cost), ["1 bit", "2.58 bits", "5.81 bits"]);
  assert.deepEqual([" ", "a"].map(named), ["a space", "“a”"]);
});

test("an answer names who made it, and what the critic says where it was asked", () => {
  assert.equal(
    answerLine({ truth: "vae" }, true),
    "Right: the VAE made it. On average its edges are the softest of the three.",
  );
  assert.equal(
    answerLine({ truth: "made", critic: 2, told: "What gives it away: pieces." }, false),
    "No: the GAN made it. What gives it away: pieces. The critic says real (+2).",
  );
  assert.equal(
    answerLine({ truth: "real", critic: 0.123 }, false),
    "No: a person wrote it. The critic says real (+0.12).",
  );
  assert.equal(
    answerLine({ truth: "made", critic: -3.456 }, true),
    "Right: the GAN made it. The critic says made (−3.5).",
  );
  assert.match(answerLine({ truth: "made", critic: 0 }, true), /says made \(−0\)/);
});

test("what follows from a game depends on the score", () => {
  for (const [right, n, options] of [
    [5, 10, 2],
    [8, 10, 2],
    [0, 10, 2],
    [5, 10, 3],
  ]) {
    assert.match(moral(right, n, options), /no better than luck/);
  }
  assert.match(moral(9, 10, 2), /^You could tell/);
  assert.match(moral(7, 10, 3), /^You could tell/);
});

test("a mean has its interval, and a score stays within what can be", () => {
  const { middle, low, high } = mean([1, 2, 3]);
  close(middle, 2);
  close(high - middle, middle - low);
  close(high - middle, 1.96 * Math.sqrt(1 / 3));
  assert.equal(score([]), "–");
  assert.equal(score([1]), "1.00");
  assert.equal(score([1, 1, 1]), "1.00 (1.00–1.00)");
  assert.match(score([1, 7]), /\(1\.00–5\.81\)$/);
});

test("who beats whom is said only where the intervals allow it", () => {
  const models = [
    { id: "a", name: "LSTM" },
    { id: "b", name: "GPT" },
  ];
  const guesses = { you: [1, 1, 1, 1], a: [7, 7, 7, 7], b: [1, 1, 1, 1] };
  assert.equal(
    beaten(guesses, models),
    "You beat LSTM by 4.81 (4.81–4.81) bits a letter. " +
      "You and GPT cannot be told apart from 4 letters.",
  );
});
