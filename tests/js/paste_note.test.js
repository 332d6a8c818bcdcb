// How much of a pasted text does not fit into its field.
import assert from "node:assert/strict";
import { test } from "node:test";

import { leftOut } from "../../playground/web/kit/paste_note.js";

/** A field of at most ten letters. */
const field = (value, start, end) => ({
  value,
  selectionStart: start,
  selectionEnd: end,
  maxLength: 10,
});

test("what is chosen makes room for what is pasted", () => {
  assert.equal(leftOut(field("", 0, 0), "a".repeat(10)), 0);
  assert.equal(leftOut(field("", 0, 0), "a".repeat(12)), 2);
  assert.equal(leftOut(field("12345", 5, 5), "abcdef"), 1);
  assert.equal(leftOut(field("12345", 0, 5), "abcdef"), 0);
  assert.equal(leftOut(field("1234567890", 2, 4), "abc"), 1);
});

test("a field without a limit takes all", () => {
  assert.equal(leftOut({ ...field("", 0, 0), maxLength: -1 }, "a".repeat(5000)), 0);
});
