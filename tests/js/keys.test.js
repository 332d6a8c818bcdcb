// Which keys are commands: not those that an input method takes, nor those of the browser.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { isCommand, onKey } from "../../playground/web/kit/keys.js";

/** A press of a key; `graph` holds AltGr. */
function press(key, { graph = false, ...others } = {}) {
  return { key, keyCode: 13, getModifierState: (name) => graph && name === "AltGraph", ...others };
}

test("a key that stands alone, or with Shift, is a command", () => {
  assert.ok(isCommand(press("Enter")));
  assert.ok(isCommand(press("Enter", { shiftKey: true })));
});

test("a key of a word that is composed is none", () => {
  assert.ok(!isCommand(press("Enter", { isComposing: true })));
  assert.ok(!isCommand(press("Process", { keyCode: 229 })));
  assert.ok(!isCommand(press("Enter", { keyCode: 229 }))); // Safari, which has ended composing
});

test("a key of the browser is none, and one typed with AltGr is", () => {
  for (const name of ["ctrlKey", "metaKey", "altKey"]) {
    assert.ok(!isCommand(press("ArrowLeft", { [name]: true })), name);
  }
  assert.ok(isCommand(press("[", { ctrlKey: true, altKey: true, graph: true })));
});

test("only commands are heard", () => {
  const where = new EventTarget();
  const heard = [];
  onKey(where, ({ key }) => heard.push(key));
  for (const composing of [true, false]) {
    const event = Object.assign(new Event("keydown"), press("Enter"), { isComposing: composing });
    where.dispatchEvent(event);
  }
  assert.deepEqual(heard, ["Enter"]);
});

test("no script hears of keys in another way", () => {
  const folder = new URL("../../playground/", import.meta.url);
  const scripts = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"));
  const others = scripts.filter((name) => !name.endsWith("kit/keys.js"));
  assert.ok(others.length > 50);
  const direct = /["'`]key(down|up|press)["'`]|\.onkey/;
  const found = others.filter((name) => direct.test(readFileSync(new URL(name, folder), "utf8")));
  assert.deepEqual(found, []);
});
