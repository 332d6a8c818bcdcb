// The pace of recorded runs, and answers that come line by line.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ndjson } from "../../playground/web/kit/ndjson.js";
import { paced } from "../../playground/web/kit/runs.js";

const letter = (ms) => ["a", 0.5, 0, ms, []];

test("pictures keep the milliseconds that were recorded", () => {
  const frame = (ms) => ({ frame: { ms, tiles: [], last: false } });
  const found = [...paced([frame(40), { look: {} }, frame(7)])];
  assert.deepEqual(
    found.map(([ms]) => ms),
    [40, 0, 7],
  );
});

test("letters come in lumps that a screen can show, and none is lost", () => {
  const letters = Array.from({ length: 20 }, () => letter(1));
  const found = [...paced([{ letters }])];
  assert.deepEqual(
    found.map(([, event]) => event.letters.length),
    [7, 7, 6],
  );
  assert.deepEqual(
    found.map(([ms]) => ms),
    [84, 84, 72],
  ); // a letter takes 12 ms at least
});

test("a slow letter is a lump of its own", () => {
  const found = [...paced([{ letters: [letter(200), letter(200)] }])];
  assert.deepEqual(
    found.map(([ms, event]) => [ms, event.letters.length]),
    [
      [200, 1],
      [200, 1],
    ],
  );
});

async function read(parts) {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
  const found = [];
  for await (const value of ndjson(new Response(body))) found.push(value);
  return found;
}

test("lines are read wherever the stream is cut", async () => {
  assert.deepEqual(await read(['[0,{"a"', ":1}]\n[1,", '"é"]\n\n', "[2]"]), [
    [0, { a: 1 }],
    [1, "é"],
    [2],
  ]);
  assert.deepEqual(await read([]), []);
});
