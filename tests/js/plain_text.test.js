// Numbers and codes in one form, whatever keyboard they were typed on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { digitsOf } from "../../playground/features/play/scenes/clock/clock_time.js";
import { plain, unglued } from "../../playground/web/kit/plain_text.js";

const CASES = JSON.parse(readFileSync(new URL("../cases/plain.json", import.meta.url), "utf-8"));

test("what is the same for people has one form, as on the server", () => {
  for (const [typed, read] of CASES) {
    assert.equal(plain(typed), read);
    assert.equal(plain(read), read);
  }
});

test("the clock takes the digits of every script", () => {
  for (const typed of ["２５", "٢٥", "२५", "2 5", "25 Uhr"])
    assert.deepEqual(digitsOf(typed), [2, 5]);
  assert.deepEqual(digitsOf("二五"), []);
});

test("what a sentence puts behind an address is no part of it", () => {
  for (const end of ["", ".", ")", "。", "%20", " ", ">", '"', ",", "!", "’", ").", "?%20"]) {
    assert.equal(unglued(`claims/bias${end}`), "claims/bias");
  }
  assert.equal(unglued(""), "");
});
