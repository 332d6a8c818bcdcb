// When an invented name is whole, and what it is then.
import assert from "node:assert/strict";
import { test } from "node:test";

import { nameOf } from "../../playground/features/images/emoji_naming.js";

test("a name is there when its last letter has come, on one line", () => {
  assert.equal(nameOf({ finished: false, text: "red cow" }), "");
  assert.equal(nameOf({ finished: true, text: " red \n cow\n" }), "red cow");
  assert.equal(nameOf({ finished: true, text: " \n" }), "");
});
