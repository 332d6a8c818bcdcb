"""The attacks, each bounded in number and in time.

    python -m models.measure.attack.attacks NAME PORT SECONDS [CODE]

carries out one, in a process of its own: says in a line that it is at work, and then as JSON how
many requests there were by what came of them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from models import catalog
from models.measure.attack.attacker import Attacker, attack
from models.measure.load.sessions import Function, functions
from models.measure.load.text import SMALL
from models.measure.load.wire import Request
from models.recipe import encode_link, make_recipe

MB = 1_000_000
LESSON_BYTES = 99_000
_HEAD = "---\ntitle: T\nminutes: 5\nlevel: start\nsummary: S\n---\n\n## One\n\n"
_JOIN, _DATA = "/gradio_api/queue/join", "/gradio_api/queue/data"
_LONG = 1_000  # letters, the most there are


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: its words for the table, and what is done."""

    title: str
    act: Callable[[Attacker], Awaitable[None]]


def _post(path: str, content: Any) -> Request:
    return Request("POST", path, json.dumps(content).encode())


# Bodies that are hard to read


def hard_texts(most: int = LESSON_BYTES) -> Iterator[str]:
    """Lessons that ask for much in few bytes."""
    rows = "|".join("a" * 300) + "\n" + "|".join("-" * 300) + "\n"
    yield (_HEAD + "{{ " * 33_000)[:most]
    yield (_HEAD + rows + "a\n" * 45_000)[:most]
    yield (_HEAD + "![" * most)[:most]
    yield (_HEAD + "```claim\nlong_memory\n```\n" * 3_500)[:most]
    yield (_HEAD + (rows + "a\n" * 218 + "\n") * 100)[:most]


def _hard_bodies() -> Iterator[Request]:
    lessons = [_post("/lesson/own", {"name": "a", "text": text}) for text in hard_texts()]
    values = b'{"data":[' + b"[]," * (MB // 3 - 10) + b"1]}"
    figures = json.dumps({"name": "a", "text": "{{ " * (MB // 3 - 20)}).encode()
    others = [
        Request("POST", path, body)
        for path in ("/lesson/own", "/live", "/nearest", _JOIN, "/join")
        for body in (values, figures)
    ]
    return itertools.cycle([*lessons, *others])


async def lessons(attacker: Attacker) -> None:
    """Eight connections send one hard body after the other."""
    await attacker.side_by_side(8, lambda place: attacker.again(_from(_hard_bodies(), place)))


def _from(requests: Iterator[Request], place: int) -> Iterator[Request]:
    return itertools.islice(requests, 2 * place, None)


# Runs under invented names


def _runs(count: int, letters: int) -> Request:
    runs = [
        {
            "model": SMALL[i % len(SMALL)],
            "prompt": "O, ",
            "seed": secrets.randbelow(2**31),
            "options": {"length": letters},
        }
        for i in range(count)
    ]
    return _post("/live", {"visitor": secrets.token_hex(8), "runs": runs})


async def recipes(attacker: Attacker) -> None:
    """Six requests of sixteen long runs, each by a visitor of its own, and six more after them."""
    await attacker.side_by_side(6, lambda _: attacker.again(_runs(16, _LONG) for _ in range(10**6)))


async def visitors(attacker: Attacker) -> None:
    """Three hundred invented visitors, all at once, who come back when they are served."""
    await attacker.side_by_side(
        300, lambda _: attacker.again((_runs(2, _LONG) for _ in range(10**6)), 0.5)
    )


# Calls that nobody listens to


def _function(port: int, name: str) -> Function:
    with urlopen(f"http://127.0.0.1:{port}/config", timeout=30) as answer:
        return functions(json.load(answer))[name]


async def unheard(attacker: Attacker) -> None:
    """Six hundred events joined and left, and again once these have been ended."""
    function = await asyncio.to_thread(_function, attacker.port, "text_write")
    attacker.left = 2_400

    def joins() -> Iterator[Request]:
        while True:
            body = {"data": function.data(), "fn_index": function.number}
            yield _post(_JOIN, {**body, "session_hash": secrets.token_hex(6)})

    async def wave(_: int) -> None:
        connection, requests = attacker.connection(), joins()
        while attacker.goes_on:
            for _ in range(30):
                await attacker.ask(connection, next(requests))
            await asyncio.sleep(2.0)
        connection.close()

    await attacker.side_by_side(20, wave)


# Requests that do not come to an end


def _half(path: str, announced: int, sent: bytes, kind: str = "application/json") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {announced}\r\n\r\n".encode() + sent


async def halves(attacker: Attacker) -> None:
    """A thousand connections with half a request; when one is cut another takes its place."""
    attacker.left = 6_000
    code = attacker.code or "BCDF"
    most = 250_000
    halves_ = (
        *(b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-", b"POST /live HTTP/1.1\r\nHos"),
        _half("/live", 60_000, b'{"visitor":"' + b"a" * 50_000),
        _half(_JOIN, most, b'{"data":["' + b"a" * (most - 100)),
    )
    sheet = _half(f"/class/{code}/sheet", MB, b"<p>" * 1_000, "text/html")

    async def one(place: int) -> None:
        sent = sheet if place < 200 else halves_[place % len(halves_)]
        while attacker.goes_on:
            await attacker.hold(sent)

    await attacker.side_by_side(1_000, one)


async def unread(attacker: Attacker) -> None:
    """Three hundred who ask for large answers and read none of them."""
    attacker.left = 600
    asked = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in ("/", "/config")
    ]

    async def one(place: int) -> None:
        while attacker.goes_on:
            await attacker.hold(asked[place % len(asked)] * 8, read=False)

    await attacker.side_by_side(300, one)


# Answers that cost, or are kept


def _links() -> Iterator[Request]:
    spec = catalog.spec(SMALL[0])
    while True:
        seed = secrets.randbelow(2**31)
        link = encode_link([make_recipe(spec, prompt="O, ", options={"length": _LONG}, seed=seed)])
        yield Request("GET", f"/postcard.png?recipe={link}")


def _odd_paths() -> Iterator[Request]:
    for number in itertools.count():
        yield Request("GET", "/assets" + "/." * (number % 50) + f"/x{number}")
        yield Request("GET", f"/?lang={secrets.token_hex(20)}")
        yield Request("GET", f"/theme.css?{number}")
        yield Request("GET", f"{_DATA}?session_hash={'a' * 50_000}")
        yield Request("GET", f"/gradio_api/heartbeat/{secrets.token_hex(3_000)}")


async def answers(attacker: Attacker) -> None:
    """Postcards in a loop, and paths and names that would fill what is kept."""

    async def one(place: int) -> None:
        await attacker.again(_links() if place < 4 else _odd_paths())

    await attacker.side_by_side(8, one)


# The history


async def history(attacker: Attacker) -> None:
    """Two connections change what is kept of a visitor as fast as they can."""
    cookie = f"playground_visitor={secrets.token_hex(16)}"
    connection = attacker.connection(cookie)
    run = json.loads(_runs(1, 1).body)
    await attacker.ask(connection, _post("/live", {**run, "keep": True}))

    async def one(place: int) -> None:
        mine = attacker.connection(cookie)
        notes = (
            _post("/history/note", {"run": 1, "note": f"{number} " + "a" * 2_000})
            for number in itertools.count()
        )
        while attacker.goes_on:
            await attacker.ask(mine, next(notes))
        mine.close()

    await attacker.side_by_side(2, one)


# Calls that are wrong

_BAD: tuple[Any, ...] = (
    *(None, True, -1, 1e30, "", "\ud800", "💥" * 40, [], {}, [[]], {"path": "/etc/passwd"}),
    *("x" * 20_000, {"__type__": "update"}, {"data": None}, [None] * 900),
)


def _bad_calls() -> Iterator[Request]:
    for number in itertools.count():
        bad = _BAD[number % len(_BAD)]
        session = secrets.token_hex(6)
        yield _post(_JOIN, {"data": bad, "fn_index": number % 40, "session_hash": session})
        yield _post(_JOIN, {"data": [bad], "fn_index": bad, "session_hash": bad})
        yield _post("/gradio_api/run/predict", {"data": [bad] * 3, "fn_index": number % 40})
        yield _post("/gradio_api/call/text_generate", {"data": [bad] * 7})
        yield _post("/gradio_api/cancel", {"session_hash": bad, "fn_index": bad, "event_id": bad})
        yield _post("/live", {"runs": bad, "visitor": bad})
        yield _post("/nearest", {"tile": bad})
        yield Request("GET", f"{_DATA}?session_hash={session}")
        yield Request("GET", "/gradio_api/file=%00")
        yield Request("GET", f"/class/{number}%ff/now")


async def wrong(attacker: Attacker) -> None:
    """Eight connections send what no page sends."""
    await attacker.side_by_side(8, lambda _: attacker.again(_bad_calls(), 0.01))


ATTACKS: Mapping[str, Attack] = {
    "lessons": Attack("bodies that are hard to read", lessons),
    "recipes": Attack("six times sixteen long runs", recipes),
    "visitors": Attack("300 invented visitors", visitors),
    "unheard": Attack("600 calls without a listener", unheard),
    "halves": Attack("1,000 half-sent requests", halves),
    "unread": Attack("answers that nobody reads", unread),
    "answers": Attack("postcards, odd paths, long names", answers),
    "history": Attack("history written by two", history),
    "wrong": Attack("calls that no page makes", wrong),
}


def main() -> None:
    """Attack as the command line says."""
    name, port, seconds, code = (*sys.argv[1:], "")[:4]
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    attacker = Attacker(int(port), time.monotonic() + float(seconds), code)
    counts = asyncio.run(attack(ATTACKS[name].act, attacker))
    sys.stdout.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    main()
