// Archives: stored files with their sums, the same for the same files.
import assert from "node:assert/strict";
import { test } from "node:test";

import { archiveParts } from "../../playground/web/kit/zip.js";

const address = (text) => `data:image/png;base64,${Buffer.from(text).toString("base64")}`;
const packed = (...files) =>
  Buffer.concat(archiveParts(files.map(([name, text]) => ({ name, source: address(text) }))));

test("an archive holds its files as they are", () => {
  const made = packed(["a.png", "123456789"], ["七.png", "x"]);
  assert.equal(made.readUInt32LE(0), 0x04034b50);
  assert.equal(made.readUInt32LE(14), 0xcbf43926); // the sum that every such table gives
  assert.equal(made.toString("latin1", 30, 44), "a.png123456789");
  const end = made.length - 22;
  assert.equal(made.readUInt32LE(end), 0x06054b50);
  assert.equal(made.readUInt16LE(end + 10), 2);
  const directory = made.readUInt32LE(end + 16);
  assert.equal(directory + made.readUInt32LE(end + 12), end);
  assert.equal(made.readUInt32LE(directory), 0x02014b50);
  assert.equal(made.readUInt32LE(directory + 42), 0);
});

test("archives of equal files are equal", () => {
  const files = [
    ["a.png", "a"],
    ["b.png", "b"],
  ];
  assert.deepEqual(packed(...files), packed(...files));
});
