// What Gradio hears when its server is away: a sentence, and an end, but never a broken connection.
import assert from "node:assert/strict";
import { test } from "node:test";

import { answered, lasting } from "../../playground/web/kit/gradio_connection.js";

const AWAY = "The server does not answer. Try again in a moment.";
const gone = () => Promise.reject(new TypeError("Failed to fetch"));

/** News that come in these parts, and break off at the end if they shall. */
function news(parts, breaks = false) {
  const body = new ReadableStream({
    pull(controller) {
      if (parts.length) controller.enqueue(new TextEncoder().encode(parts.shift()));
      else if (breaks) controller.error(new TypeError("network error"));
      else controller.close();
    },
  });
  return Promise.resolve(new Response(body));
}

test("a call that nobody answers has failed, in a sentence", async () => {
  const answer = await answered(gone());
  assert.equal(answer.status, 500);
  assert.equal((await answer.json()).detail, AWAY);
});

test("what a proxy says is no answer, and what the server says is one", async () => {
  const proxy = new Response("<h1>Bad gateway</h1>", { status: 502 });
  assert.equal((await (await answered(Promise.resolve(proxy))).json()).detail, AWAY);
  const full = Response.json({ detail: "Queue is full." }, { status: 503 });
  assert.equal(await answered(Promise.resolve(full)), full);
});

test("what Gradio ends itself stays ended", async () => {
  const error = new DOMException("aborted", "AbortError");
  await assert.rejects(answered(Promise.reject(error)), { name: "AbortError" });
});

test("news that Gradio ends before they begin are none, and no error", async () => {
  const error = new DOMException("aborted", "AbortError");
  assert.equal(await (await lasting(Promise.reject(error))).text(), "");
});

test("news that break off, or end too early, end in messages", async () => {
  const first = 'data: {"msg":"process_starts"}\n\n';
  for (const asked of [news([first], true), news([first])]) {
    const said = await (await lasting(asked)).text();
    assert.ok(said.startsWith(first));
    assert.ok(said.includes(AWAY));
    assert.ok(said.trimEnd().endsWith('{"msg":"close_stream"}'));
  }
  assert.ok((await (await lasting(gone())).text()).includes(AWAY));
});

test("news that the server closes are left as they are", async () => {
  const all = 'data: {"msg":"process_completed"}\n\ndata: {"msg":"close_stream"}\n\n';
  assert.equal(await (await lasting(news([all]))).text(), all);
});
