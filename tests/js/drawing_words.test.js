// What the machines that look at a drawing have found, in words that claim no more than was found.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  captionsOf,
  criticismOf,
  keptOf,
  redrawnOf,
  strangenessOf,
} from "../../playground/features/drawers/drawing/drawing_words.js";
import { chance } from "../../playground/web/kit/numbers.js";

test("what the VAE keeps, with what it reads where it reads something", () => {
  const figures = { rmse: 0.12, error_white: 0.09 };
  assert.equal(
    keptOf({ figures, label: "a red 7" }),
    "It reads a red 7. A pixel is off by 12 % of the range (root mean square). " +
      "White in “lost”: off by 30 % or more.",
  );
  assert.match(keptOf({ figures, label: "" }), /^A pixel is off/);
});

test("a place among real digits is told by its share", () => {
  const said = strangenessOf({ strangeness: 1234.5, percentile: 0.873, percentile_n: 10000 });
  assert.deepEqual(said.shares, [["Stranger than", 0.873]]);
  assert.deepEqual(said.rows, [
    ["Strangeness, nats", "1,230"],
    ["Real digits less strange", "87 %"],
    ["Test digits compared with", "10,000"],
  ]);
  assert.equal(said.sentence, "Stranger than 87 % of real digits.");
});

test("the ends of the scale are said as what they are", () => {
  const at = (percentile) =>
    strangenessOf({ strangeness: 1, percentile, percentile_n: 10000 }).sentence;
  assert.equal(at(0), "No real digit is less strange.");
  assert.equal(at(0.001), "Stranger than 1 in 1\u202f000 real digits.");
  assert.equal(at(0.9999), "Stranger than over 99 % of real digits.");
  assert.equal(at(1), "Stranger than every one of 10,000 real digits.");
});

test("bar, table and sentence go one way and say one number", () => {
  for (const percentile of [0.0004, 0.0099, 0.01, 0.0461, 0.5049, 0.9951, 0.99999]) {
    const place = { percentile, percentile_n: 10000 };
    for (const [said, words] of [
      [strangenessOf({ strangeness: 1, ...place }), "Stranger than"],
      [criticismOf({ realness: 1, ...place }), "More real than"],
    ]) {
      const [[label, share]] = said.shares;
      assert.equal(label, words);
      assert.equal(share, percentile);
      assert.equal(said.rows[1][1], chance(share));
      assert.ok(said.sentence.includes(`${label} ${chance(share)} `), said.sentence);
    }
  }
});

test("without figures of real digits nothing is said of a place among them", () => {
  const said = criticismOf({ realness: 1.25 });
  assert.deepEqual(said.shares, []);
  assert.deepEqual(said.rows, [["Score, real above 0", "+1.3"]]);
  assert.match(said.sentence, /^It says “real” \(\+1\.3\)\. There are no figures of real digits/);
});

test("the critic's score has a sign, and its word goes by it", () => {
  const said = criticismOf({ realness: -0.5, percentile: 0, percentile_n: 10000 });
  assert.equal(said.sentence, "It says “made” (−0.5). Every real digit looks more real to it.");
  assert.equal(said.rows[1][1], "0 %");
});

test("captions are ranked by their probability", () => {
  const said = captionsOf({ "a red one": 0.004, "a red seven": 0.9, "a red nine": 0.05 });
  assert.deepEqual(
    said.shares.map(([caption]) => caption),
    ["a red seven", "a red nine", "a red one"],
  );
  assert.deepEqual(said.rows.at(-1), ["a red one", "1 in 250"]);
  assert.match(said.sentence, /^Nearest: “a red seven”, 90 %\./);
});

test("a drawing that is drawn again, on the way and at the end", () => {
  assert.equal(
    redrawnOf({ last: false, total: 20, label: "step 3 of 20" }),
    "step 3 of 20: what it believes is behind the noise.",
  );
  assert.match(redrawnOf({ last: true, total: 20, label: "" }), /^20 steps out of 60 % noise\./);
});
