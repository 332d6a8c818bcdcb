// What settings leave of a distribution, who is shown, and how that is said.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  candidates,
  distribution,
  scaleOf,
  tail,
} from "../../playground/features/text/distribution.js";
import { letterPlaces, onLines } from "../../playground/features/text/letter_places.js";
import { caution, favourite, leaves, sentence } from "../../playground/features/text/why_words.js";
import { shareWords } from "../../playground/features/text/why_words.js";

const PLAIN = { temperature: 1, top_k: 0, top_p: 1 };
const HALVES = [0.5, 0.25, 0.125, 0.0625, 0.0625];

/** A spread of these probabilities; what they lack of 1 is not listed. */
function spread(probabilities, vocabulary = probabilities.length) {
  const rest = Math.max(0, 1 - probabilities.reduce((sum, one) => sum + one, 0));
  const costs = probabilities.map((one) => -1000 * Math.log(one));
  const texts = probabilities.map((_, i) => String.fromCharCode(97 + i));
  return { index: 0, texts, costs, rest: rest < 1e-9 ? 0 : rest, vocabulary };
}

function close(found, wanted, off = 1e-9) {
  assert.equal(found.length, wanted.length);
  found.forEach((one, i) =>
    assert.ok(Math.abs(one - wanted[i]) <= off, `${found} is not ${wanted}`),
  );
}

function piece(changed = {}) {
  const place = { start: 0, end: 1, text: "b", token: 0 };
  return { ...place, bits: 2, rank: 1, lastRank: 1, probability: 0.25, ...changed };
}

test("without settings a candidate's share is its probability", () => {
  const { shares, left, beyond, rest, slack } = distribution(spread(HALVES), PLAIN);
  close(shares, HALVES);
  assert.deepEqual([left, beyond, rest, slack], [5, false, 0, 0]);
});

test("temperature sharpens and flattens, and 0 leaves the favourite alone", () => {
  const at = (temperature) => distribution(spread([0.8, 0.2]), { ...PLAIN, temperature });
  close(at(0.5).shares, [0.64 / 0.68, 0.04 / 0.68]);
  close(at(2).shares, [2 / 3, 1 / 3]);
  assert.deepEqual([at(0).shares, at(0).left], [[1, 0], 1]);
});

test("top-k comes before top-p, which goes by what top-k left", () => {
  const { shares, left } = distribution(spread(HALVES), { ...PLAIN, top_k: 2, top_p: 0.6 });
  assert.equal(left, 1); // 0.5 of 0.75 is enough
  close(shares, [1, 0, 0, 0, 0]);
  const wider = distribution(spread(HALVES), { ...PLAIN, top_p: 0.6 });
  assert.equal(wider.left, 2);
  close(wider.shares, [2 / 3, 1 / 3, 0, 0, 0]);
});

test("the smallest top-p leaves one candidate", () => {
  const { left, shares } = distribution(spread(HALVES), { ...PLAIN, top_p: 0.05 });
  assert.equal(left, 1);
  close(shares, [1, 0, 0, 0, 0]);
});

test("at temperature 1 the tail of a large vocabulary weighs what it is known to", () => {
  const listed = [0.4, 0.2, 0.1];
  const [low, high] = tail(spread(listed, 1000).costs, 0.3, 997, 1);
  close([low, high], [0.75, 0.75]); // 0.3 where the favourite's 0.4 is 1
  const { shares, rest, beyond, slack } = distribution(spread(listed, 1000), PLAIN);
  close(shares, listed);
  close([rest, slack], [0.3, 0]);
  assert.equal(beyond, true);
});

test("at another temperature the true tail lies between the bounds", () => {
  const all = Array.from({ length: 200 }, (_, i) => (i + 1) ** -1.2);
  const whole = all.reduce((sum, one) => sum + one, 0);
  const probabilities = all.map((one) => one / whole);
  const listed = probabilities.slice(0, 20);
  const rest = probabilities.slice(20).reduce((sum, one) => sum + one, 0);
  for (const temperature of [0.3, 0.7, 1.5, 2]) {
    const power = 1 / temperature;
    const weights = probabilities.map((one) => (one / probabilities[0]) ** power);
    const [true_, sum] = [weights.slice(20), weights].map((some) => some.reduce((a, b) => a + b));
    const [low, high] = tail(spread(listed, 200).costs, rest, 180, power);
    assert.ok(low <= true_ * (1 + 1e-9) && true_ <= high * (1 + 1e-9), `${temperature}`);
    const { shares, slack } = distribution(spread(listed, 200), { ...PLAIN, temperature });
    const off = Math.abs(shares[0] * sum - 1);
    assert.ok(off <= slack / (1 - slack) + 1e-9, `${temperature}: ${off} against ${slack}`);
  }
});

test("top-p that the listed do not reach goes beyond them", () => {
  const listed = [0.4, 0.2];
  const drawn = distribution(spread(listed, 1000), { ...PLAIN, top_p: 0.9 });
  assert.deepEqual([drawn.left, drawn.beyond], [2, true]);
  close(drawn.shares, [0.4 / 0.9, 0.2 / 0.9]);
  close([drawn.rest], [0.3 / 0.9]);
});

test("top-k within what is listed leaves no tail", () => {
  const drawn = distribution(spread([0.4, 0.2], 1000), { ...PLAIN, temperature: 2, top_k: 2 });
  assert.deepEqual([drawn.beyond, drawn.slack], [false, 0]);
  close([drawn.shares[0] + drawn.shares[1]], [1]);
});

test("ten favourites are shown, and what was taken if it is none of them", () => {
  const all = spread(Array.from({ length: 12 }, () => 1 / 12));
  const drawn = distribution(all, PLAIN);
  const rows = candidates(all, piece(), drawn);
  assert.deepEqual(
    rows.map(({ rank }) => rank),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.deepEqual(
    rows.filter(({ taken }) => taken).map(({ text }) => text),
    ["b"],
  );
  const far = piece({ text: "l", rank: 11, lastRank: 11, probability: 1 / 12 });
  const [last] = candidates(all, far, drawn).slice(-1);
  assert.deepEqual(last, {
    rank: 11,
    text: "l",
    own: 1 / 12,
    share: drawn.shares[11],
    taken: true,
  });
  const unknown = piece({ text: "?", rank: 400, lastRank: 400, probability: 1e-5 });
  assert.equal(candidates(all, unknown, drawn)[10].share, null);
});

test("charts side by side have one scale, the least that holds them all", () => {
  const chart = (...shares) => shares.map((share) => ({ own: share / 2, share }));
  assert.equal(scaleOf([chart(0.24, 0.1), chart(0.57, 0.03)]), 1);
  assert.equal(scaleOf([chart(0.24, 0.1), chart(0.05)]), 0.25);
  assert.equal(scaleOf([[{ own: 0.3, share: null }], chart(0.05)]), 0.5);
  assert.equal(scaleOf([[{ own: 1.01, share: 0 }]]), 1);
});

test("shares are whole percent, one in so many, cut, or not kept", () => {
  const said = [null, 0, 0.004, 0.01, 0.254, 0.9999, 1].map(shareWords);
  const wanted = ["not kept", "cut", "1 in 250", "1 %", "25 %", "over 99 %", "100 %"];
  assert.deepEqual(said, wanted);
});

test("choices are counted, and beyond ten that is said", () => {
  assert.equal(favourite(0), "its favourite");
  assert.equal(favourite(1), "its 2nd choice");
  assert.equal(favourite(9), "its 10th choice");
  assert.equal(favourite(10), "its 11th choice, not among its ten favourites");
});

test("what a setting leaves is said by the last that cuts", () => {
  const said = (settings) => {
    const all = { ...PLAIN, ...settings };
    return leaves(distribution(spread(HALVES), all), all);
  };
  assert.equal(said({}), "");
  assert.equal(said({ temperature: 0 }), "temperature 0 left its favourite alone");
  assert.equal(said({ top_k: 2 }), "top-k left 2 candidates");
  assert.equal(said({ top_k: 9 }), "");
  assert.equal(said({ top_k: 2, top_p: 0.1 }), "top-p left 1 candidate");
  const wide = distribution(spread([0.4, 0.2], 1000), { ...PLAIN, top_p: 0.9 });
  assert.equal(leaves(wide, { ...PLAIN, top_p: 0.9 }), "top-p left more than 2 candidates");
});

test("a sentence says how likely it was, what is left, and the surprise", () => {
  const say = (settings, wrote, changed) => {
    const all = { ...PLAIN, ...settings };
    return sentence(piece(changed), distribution(spread(HALVES), all), all, wrote);
  };
  assert.equal(say({}, true), "“b” had 25 %, its 2nd choice. Surprise 2.0 bits.");
  assert.equal(
    say({ top_k: 1 }, true),
    "“b” had 25 %, its 2nd choice; top-k left 1 candidate, without it. Surprise 2.0 bits.",
  );
  assert.equal(
    say({}, false, { text: " to", end: 3, bits: 12 }),
    "“␣to” had 25 %, its 2nd choice. Surprise 12 bits for 3 letters, 4.0 each. " +
      "It did not write this; it was asked what it thinks.",
  );
});

test("a large vocabulary says how far its bars may be off", () => {
  assert.equal(caution(distribution(spread(HALVES), PLAIN)), "");
  const said = caution({
    shares: Array(64).fill(0),
    slack: 0.034,
    left: 64,
    beyond: true,
    rest: 0,
  });
  assert.ok(said.startsWith("Of this large vocabulary the 64 most likely are kept"), said);
  assert.ok(said.endsWith("may be off by 3 % of their length."), said);
});

test("letters are code points, each with where it stands in its node", () => {
  const [one, other] = [{ data: "ab\u{1F404}" }, { data: "c" }];
  const found = letterPlaces([
    { node: one, from: 1, piece: "b\u{1F404}" },
    { node: other, from: 0, piece: "c" },
  ]);
  assert.deepEqual(
    found.map(({ letter, node, from, to }) => [letter, node === one, from, to]),
    [
      ["b", true, 1, 2],
      ["\u{1F404}", true, 2, 4],
      ["c", false, 0, 1],
    ],
  );
});

test("boxes beside each other on one line are one", () => {
  const box = (left, top) => ({ left, top, width: 8, height: 20 });
  const lines = onLines([box(0, 0), box(8, 1), box(16, 0), box(0, 32)]);
  assert.deepEqual(lines, [
    { left: 0, top: 0, width: 24, height: 20 },
    { left: 0, top: 32, width: 8, height: 20 },
  ]);
});
