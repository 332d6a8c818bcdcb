"""A page of another origin in the browser of somebody who has been here."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models.measure.app.server import serving
from playground.core.identity import COOKIE

pytestmark = pytest.mark.browser

VISITOR = "b" * 32
KEEP = """async () => {
  const run = { model: "char_lstm", prompt: "O", options: { length: 5 }, seed: 1 };
  const body = JSON.stringify({ visitor: "v", runs: [run], keep: true });
  const headers = { "Content-Type": "application/json" };
  await (await fetch("live", { method: "POST", headers, body })).text();
}"""
LIST = "async () => await (await fetch('history')).json()"
STRANGE = """async (app) => {
  const found = [];
  const attempt = async (path, settings) => {
    try {
      const answer = await fetch(app + path, { credentials: "include", ...settings });
      found.push(`${path} ${answer.type} ${answer.status} ${await answer.text()}`);
    } catch (error) {}
  };
  const json = { "Content-Type": "application/json" };
  const all = JSON.stringify({ all: true });
  const note = JSON.stringify({ run: 1, note: "mine" });
  await attempt("history");
  await attempt("history/export");
  await attempt("config");
  await attempt("history", { headers: { "X-Forwarded-Host": location.host } });
  await attempt("history/note", { method: "POST", headers: json, body: note });
  await attempt("history/delete", { method: "POST", headers: json, body: all });
  const call = { method: "POST", headers: json, body: '{"data":[]}' };
  await attempt("gradio_api/call/models_list", call);
  const seen = found.length;
  for (const [path, body] of [["history/delete", all], ["live", '{"runs":[]}'], ["class", ""]])
    await attempt(path, { method: "POST", mode: "no-cors", body });
  const picture = new Image();
  const drawn = await new Promise((done) => {
    picture.onload = () => done(true);
    picture.onerror = () => done(false);
    picture.src = app + "history/1/1.png";
  });
  return { read: found.slice(0, seen), drawn };
}"""


class _Empty(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another site</title>")

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is written."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of an empty page at another port of this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an app over pretended models that keeps a history."""
    file = str(tmp_path_factory.mktemp("history") / "history.sqlite")
    with serving("-m", "tests.browser.serve", host="0.0.0.0", PLAYGROUND_HISTORY=file) as number:
        yield number


def test_another_origin_reads_annotates_and_deletes_nothing(
    open_page: Callable[..., Any], port: int, elsewhere: str
) -> None:
    app = f"http://127.0.0.1:{port}/"
    page = open_page(alone=True, place="Play")
    page.context.add_cookies([{"name": COOKIE, "value": VISITOR, "url": app}])
    page.evaluate(KEEP)
    (kept,) = page.evaluate(LIST)["runs"]
    stranger = page.context.new_page()  # its console is not watched: it is refused on purpose
    stranger.goto(elsewhere)
    tried = stranger.evaluate(STRANGE, app)
    assert tried == {"read": [], "drawn": False}
    (left,) = page.evaluate(LIST)["runs"]
    assert (left["run"], left["note"]) == (kept["run"], "")
    link = stranger.evaluate_handle(
        "(to) => { const a = document.createElement('a'); a.href = to; a.textContent = 'x';"
        " document.body.append(a); return a; }",
        f"{app}lessons",
    )
    link.as_element().click()  # a link leads everywhere
    stranger.wait_for_url("**/lessons")
    stranger.close()
