// What the linker makes of modules, carried out as a page would.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = `import sys; from pathlib import Path; from playground.web import linker
entry, *held = map(Path, sys.argv[1:]); print(linker.link(entry, held=held))`;

function linked(files, entry, ...held) {
  const folder = mkdtempSync(join(tmpdir(), "linker-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const names = [entry, ...held].map((name) => join(folder, name));
  const made = spawnSync("python3", ["-c", PYTHON, ...names], { cwd: ROOT, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return made.stdout;
}

function page() {
  const window = { said: [] };
  window.window = window;
  return createContext(window);
}

const FILES = {
  "count.js":
    "let n = 0;\nwindow.said.push('count');\nexport function next() {\n  return (n += 1);\n}\n",
  "one.js": 'import { next } from "./count.js";\nwindow.said.push(`one ${next()}`);\n',
  "two.js":
    'import { next as more } from "./count.js";\n// A note.\nexport const all = more();\n' +
    "window.said.push(`two ${all}`);\n",
};

test("a module runs once, however many scripts bring it", () => {
  const window = page();
  runInContext(linked(FILES, "one.js"), window);
  runInContext(linked(FILES, "two.js"), window);
  assert.deepEqual([...window.said], ["count", "one 1", "two 2"]);
  assert.equal(window.playground.modules.two.all, 2);
});

test("what the page holds is taken from it", () => {
  const window = page();
  runInContext(linked(FILES, "one.js"), window);
  const script = linked(FILES, "two.js", "count.js");
  assert.ok(!script.includes("window.said.push('count')"));
  runInContext(script, window);
  assert.deepEqual([...window.said], ["count", "one 1", "two 2"]);
});

test("a fault in one script leaves the others alone", () => {
  const window = page();
  const files = { ...FILES, "bad.js": 'import { next } from "./count.js";\nnext();\nnothing();\n' };
  runInContext(linked(files, "one.js"), window);
  assert.throws(() => runInContext(linked(files, "bad.js"), window), /nothing is not defined/);
  runInContext(linked(files, "two.js"), window);
  assert.equal(window.playground.modules.bad, undefined);
  assert.equal(window.playground.modules.two.all, 3);
});

test("what a module gives cannot be changed, and its names are its own", () => {
  const window = page();
  runInContext(linked(FILES, "two.js"), window);
  assert.ok(Object.isFrozen(window.playground.modules.two));
  assert.deepEqual(Object.keys(window).sort(), ["playground", "said", "window"]);
});
