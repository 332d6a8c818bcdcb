"""Answers that are kept: made once, compressed once, never mixed up, never past their time."""

from __future__ import annotations

import asyncio
import gzip
from functools import partial
from types import SimpleNamespace

import brotli

from playground.core.share_link import place_of_query
from playground.features.lessons import pages as lesson_pages
from playground.gradio_app.internals import addresses
from playground.registry import FEATURES
from playground.server import response_cache
from playground.server.request_filter import RequestFilter, Rule
from playground.server.response_cache import Answer, ResponseCache, SingleFlightCache
from playground.server.route import served, shared_seconds
from tests.fake_catalogue import SPECS

PLACE_OF = partial(place_of_query, specs=SPECS, features=FEATURES)
BODY = b"x" * 3000


class App:
    """Answers in two parts and remembers what it was asked."""

    def __init__(self, kind: bytes = b"text/javascript", pause: float = 0.0) -> None:
        self.asked: list[str] = []
        self.bodies: list[bytes] = []
        self.kind, self.pause = kind, pause

    async def __call__(self, scope, receive, send) -> None:
        self.asked.append(scope["path"])
        names = [name for name, _ in scope["headers"]]
        if scope["path"].startswith(("/assets/", "/theme.css")) or scope["path"] == "/":
            self.conditions = [n for n in names if n.startswith(b"if-") or n == b"accept-encoding"]
        message = await receive()
        self.bodies.append(message["body"])
        await asyncio.sleep(self.pause)
        status = 404 if "missing" in scope["path"] else 200
        headers = [(b"content-type", self.kind), (b"content-length", b"3000")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": BODY[:2000], "more_body": True})
        await send({"type": "http.response.body", "body": BODY[2000:]})


async def asking(app, path, encoding="br", method="GET", query=b"", body=b"", **headers):
    """One request to an ASGI app: status, headers, body."""
    messages = []
    given = {"host": "page", "accept-encoding": encoding, **headers}
    if method == "POST":
        given["content-length"] = str(len(body))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "scheme": "http",
        "query_string": query,
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()],
    }

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        messages.append(message)

    await app(scope, receive, send)
    answered = {k.decode().lower(): v.decode() for k, v in messages[0]["headers"]}
    return messages[0]["status"], answered, b"".join(m.get("body", b"") for m in messages[1:])


def ask(app, path, *arguments, **options):
    return asyncio.run(asking(app, path, *arguments, **options))


def cached(inner, shared=lambda path: 0.0):
    """An app behind the cache, as it stands before Gradio's."""
    return ResponseCache(inner, PLACE_OF, addresses.CACHED, addresses.ORIGIN, shared)


def test_files_are_fetched_and_compressed_once_for_each_kind_of_browser():
    inner = App()
    app = cached(inner)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
    for accepted, encoding in {
        "br;q=0": "",
        "br;q=0, gzip;q=0.5": "gzip",
        "*;q=0.1, br; q=0.000": "gzip",
        "gzip, deflate, br, zstd": "br",
        "gzip, deflate": "gzip",
        "identity": "",
        "zebra;q=1, BR;q=0.5": "br",
    }.items():
        for _ in range(2):
            status, headers, body = ask(app, "/assets/a.js", accepted)
            assert (status, headers.get("content-encoding", "")) == (200, encoding)
            assert headers["content-length"] == str(len(body))
            assert "immutable" in headers["cache-control"]
            assert headers["vary"] == "Accept-Encoding"
            assert unpack[encoding](body) == BODY
    assert inner.asked == ["/assets/a.js"] * 3
    assert not inner.conditions


def test_thirty_at_once_have_it_made_once():
    inner = App(pause=0.02)
    app = cached(inner)

    async def thirty():
        return await asyncio.gather(*(asking(app, "/assets/a.js") for _ in range(30)))

    answers = asyncio.run(thirty())
    assert len({body for _, _, body in answers}) == 1
    assert len(inner.asked) == 1


def test_one_who_goes_away_leaves_the_others_their_answer():
    inner = App(pause=0.05)
    app = cached(inner)

    async def two():
        first = asyncio.ensure_future(asking(app, "/assets/a.js"))
        await asyncio.sleep(0.01)
        second = asyncio.ensure_future(asking(app, "/assets/a.js"))
        await asyncio.sleep(0.01)
        first.cancel()
        return await second

    assert asyncio.run(two())[0] == 200
    assert len(inner.asked) == 1


def test_pictures_are_not_compressed_again():
    _, headers, body = ask(cached(App(b"image/png")), "/static/a.png")
    assert "content-encoding" not in headers
    assert body == BODY


def test_what_a_browser_has_already_is_not_sent_again():
    inner = App()
    app = cached(inner)
    _, headers, _ = ask(app, "/")
    assert headers["cache-control"] == "no-cache"
    tag = headers["etag"]
    status, again, body = ask(app, "/", if_none_match=f'"other", {tag}')
    assert (status, body, again["etag"]) == (304, b"", tag)
    assert ask(app, "/", if_none_match='"other"')[0] == 200
    assert ask(app, "/", "gzip", if_none_match=tag)[0] == 200
    assert len(inner.asked) == 2


def test_failures_ranges_and_other_paths_are_passed_on():
    inner = App()
    app = cached(inner)
    for _ in range(2):
        assert ask(app, "/assets/missing.js")[0] == 404
        ask(app, "/config", query=b"deep_link=1")
        ask(app, "/static/a.mp4", range="bytes=0-1")
        ask(app, "/", query=b"deep_link=1")
        ask(app, "/", query=b"page=other")
        ask(app, "/assets/a.js", method="HEAD")
    assert len(inner.asked) == 12


def test_what_programs_read_of_the_page_is_kept_as_the_page_is():
    inner = App(b"application/json")
    app = cached(inner)
    assert {ask(app, "/config", host=host)[0] for host in ("a", "a", "b")} == {200}
    assert inner.asked == ["/config", "/config"]  # it holds the address by which it is known


def test_what_is_kept_depends_on_nothing_that_the_first_has_sent():
    inner = App(b"text/html; charset=utf-8")
    seen = []

    async def watched(scope, receive, send):
        seen.append((scope["query_string"], dict(scope["headers"])))
        await inner(scope, receive, send)

    app = cached(watched, lambda path: float(path == "/shared"))
    sent = {"origin": "https://elsewhere.example", "cookie": "a=b", "x_any": "x"}
    for path in ("/assets/a.js", "/shared"):
        ask(app, path, query=b"x=1", **sent)
        assert seen.pop() == (b"", {})
    named = {"host": "page", "x_forwarded_host": "outside"}
    ask(app, "/", query=b"recipe=broken", **named, **sent)
    kept = {name.replace("_", "-").encode(): value.encode() for name, value in named.items()}
    assert seen.pop() == (b"recipe=broken", kept)
    assert not seen


def test_the_page_is_kept_for_each_address_and_place():
    inner = App(b"text/html; charset=utf-8")
    app = cached(inner)
    different = [
        {},
        {"host": "other"},
        {"x_forwarded_host": "outside"},
        {"x_forwarded_proto": "https"},
        {"encoding": "gzip"},
        {"query": b"recipe=broken"},
    ]
    for _ in range(2):
        for options in different:
            ask(app, "/", **options)
        for query in (b"__theme=dark", b"lang=es"):  # the same page: the browser reads it
            ask(app, "/", query=query)
    assert len(inner.asked) == len(different)


def test_lessons_are_compressed_and_kept_for_a_moment():
    routes = served(lesson_pages.routes(SimpleNamespace(specs=SPECS, features=FEATURES)))
    inner = App(b"text/html; charset=utf-8")
    app = cached(inner, partial(shared_seconds, routes))
    for path in ("/lessons", "/lesson/zero", "/lesson/zero/teacher"):
        for query in (b"", b"projector=1"):  # which the browser reads
            _, headers, _ = ask(app, path, query=query)
            assert headers["content-encoding"] == "br"
            assert headers["cache-control"] == "no-cache"
    assert len(inner.asked) == 3
    later = cached(inner, lambda path: 0.0)
    for _ in range(2):
        ask(later, "/lesson/zero")
    assert len(inner.asked) == 5


def test_kept_answers_have_a_limit_in_bytes():
    inner = App()
    app = cached(inner)
    app.store.most_bytes = 2 * len(BODY)
    for name in "abcab":
        ask(app, f"/assets/{name}.js", "identity")
        assert app.store.used_bytes <= app.store.most_bytes
    assert inner.asked == [f"/assets/{name}.js" for name in "abcab"]
    ask(app, "/assets/b.js", "identity")
    assert len(inner.asked) == 5


def test_kept_answers_have_an_age(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(response_cache, "time", SimpleNamespace(monotonic=lambda: now[0]))
    inner = App()
    app = cached(inner)
    for seconds, asked in ((0, 1), (response_cache.PAGE_SECONDS - 1, 1), (2, 2)):
        now[0] += seconds
        ask(app, "/")
        assert len(inner.asked) == asked


def test_of_many_small_answers_only_so_many_bytes_are_kept():
    store = SingleFlightCache(most_bytes=100_000)

    async def make() -> Answer:
        return Answer(200, [(b"a", b"b" * 1_000)], b"")

    async def fill() -> None:
        for number in range(1_000):
            await store.get(number, make)

    asyncio.run(fill())
    assert len(store._kept) == 100_000 // 2_001
    assert store.used_bytes <= 100_000


def test_a_file_is_kept_by_one_name():
    """The filter behind refuses all others, and what is refused is not kept."""
    app = cached(RequestFilter(App(), lambda: [Rule("/assets/{path:path}", addresses.READ)]))
    for path in ("/assets/a.js", "/assets/./a.js", "/assets//a.js", "/assets/b/../a.js"):
        ask(app, path)
    assert len(app.store._kept) == 1
