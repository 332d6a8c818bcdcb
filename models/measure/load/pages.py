"""Thirty browsers with nothing kept open the page at once: what it costs, until all is there.

What a browser fetches is written down once with a real Chromium where there is one. Without it the
page, its styles and its modules are followed by what they name, which misses what scripts ask for
when they run.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Collection, Sequence
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

from models.measure.app import first_sight
from models.measure.app.server import Server
from models.measure.load.app import playground
from models.measure.load.figures import quantile
from models.measure.load.process import look
from models.measure.load.sessions import ENCODINGS, new_session
from models.measure.load.wire import Connection, Request
from models.measure.metric import Metric

_COLD = {"PLAYGROUND_WARM": "0"}
CONNECTIONS = 6  # that browsers open to one host over HTTP/1.1
_LIVE = "/live"  # of the first page: work for a model, no file
_MOST_FILES = 400
_QUIET_SECONDS = 3.0
_HEADERS = {"Accept-Encoding": ENCODINGS}
_IN_PAGE = re.compile(r'(?:src|href|data-script|data-style)="([^"#{]+)"')
_ELSEWHERE = re.compile(r"[a-z]+:|//")
_KIND = re.compile(r'"type": ?"(\w+)"')  # of a component, in the page's configuration
_AT_ONCE = re.compile(r'\b(?:from|import)"([^"]+)"')  # what Vite leaves of an import
_LATER = re.compile(r"\bimport\(`([^`]+)`\)")
_FILES = re.compile(r"m\.f=(\[[^\]]*\])")  # and of what comes with it
_PLACES = re.compile(r"__vite__mapDeps\(\[([\d,]*)\]")
_BLOCK = re.compile(r"(\w+):\{((?:example|base|component):[^{}]*)\}")


def measure(clients: int, rounds: int) -> tuple[dict[str, Metric], str]:
    """Open the page from all clients at once, `rounds` times after a first.

    The first time the server itself has nothing ready either, so it is counted apart.

    Returns:
        the figures, and a remark on what was fetched.
    """
    requests, how = recorded()
    with playground(_COLD) as server:
        costs, times = [], []
        for _ in range(rounds + 1):
            before = look(server.process_id).cpu_seconds
            times.append(asyncio.run(open_together(server.port, requests, clients)))
            costs.append(look(server.process_id).cpu_seconds - before)
    kept = costs[1:]
    metrics = {
        "cold_pages_cpu_seconds": Metric(sum(kept) / len(kept), min(kept), max(kept), len(kept)),
        "cold_pages_interactive_p95_seconds": quantile([t for row in times[1:] for t in row], 0.95),
        "first_pages_cpu_seconds": Metric(costs[0], costs[0], costs[0], 1),
        "first_pages_interactive_p95_seconds": quantile(times[0], 0.95),
    }
    return metrics, f"a cold page is {len(requests)} requests, {how}"


async def open_together(port: int, requests: Sequence[Request], clients: int) -> list[float]:
    """Seconds until each client has everything.

    Raises:
        RuntimeError: when something cannot be fetched.
    """
    return await asyncio.gather(*[open_once(port, requests) for _ in range(clients)])


async def open_once(port: int, requests: Sequence[Request]) -> float:
    """One browser: the page itself, then the rest of it over a few connections at a time."""
    started = time.perf_counter()
    first, *others = requests
    page = Connection(port, _HEADERS)
    await _fetch(page, first)
    waiting = deque(_of_session(request, new_session()) for request in others)
    connections = [page, *(Connection(port, _HEADERS) for _ in range(CONNECTIONS - 1))]
    await asyncio.gather(*[_work(connection, waiting) for connection in connections])
    return time.perf_counter() - started


async def _work(connection: Connection, waiting: deque[Request]) -> None:
    try:
        while waiting:
            await _fetch(connection, waiting.popleft())
    finally:
        connection.close()


async def _fetch(connection: Connection, request: Request) -> None:
    status = await connection.ask(request)
    if status >= 400:
        raise RuntimeError(f"{request.method} {request.path} was answered with {status}")


def _of_session(request: Request, session: str) -> Request:
    """The same from another page: each has its own name."""
    if not request.body:
        return request
    body = {**json.loads(request.body), "session_hash": session}
    return Request(request.method, request.path, json.dumps(body).encode())


# What a page consists of


def recorded() -> tuple[list[Request], str]:
    """Everything that opening the page asks the app for, in order, and how that is known."""
    with playground(_COLD) as server:
        try:
            return _watched(server), "as Chromium made them"
        except RuntimeError as missing:
            return followed(server.port), f"by what the files name, as {missing}"


def _watched(server: Server) -> list[Request]:
    """As a real browser asks; RuntimeError where there is none."""
    sync_playwright, path = first_sight.chromium()
    home, seen = f"http://127.0.0.1:{server.port}/", list[Request]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=first_sight.FLAGS)
        page = browser.new_page()
        page.on("request", lambda r: seen.append(_request(r.method, r.url, r.post_data or "")))
        page.goto(home)
        page.wait_for_selector("#text-write", state="attached")
        page.wait_for_timeout(_QUIET_SECONDS * 1000)
        browser.close()
    return [r for r in dict.fromkeys(seen) if r.path.startswith("/") and r.path != _LIVE]


def _request(method: str, url: str, body: str) -> Request:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return Request(method, "")
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Request(method, path, body.encode())


def followed(port: int) -> list[Request]:
    """The page and all that it names, and what that names, as far as text can tell."""
    home = f"http://127.0.0.1:{port}"
    page = _text(f"{home}/")
    kinds = set(_KIND.findall(page))
    entries = [urljoin("/", name) for name in _IN_PAGE.findall(page) if not _ELSEWHERE.match(name)]
    found = dict.fromkeys(["/", *entries])
    waiting = deque(entries)
    while waiting and len(found) < _MOST_FILES:
        path = waiting.popleft()
        if not path.endswith(".js"):
            continue
        names = imported(_text(home + path), kinds, entry=path in entries)
        new = [p for name in names if (p := urljoin(path, name)) not in found]
        found |= dict.fromkeys(new)
        waiting.extend(new)
    return [Request("GET", path) for path in found]


def _text(address: str) -> str:
    with urlopen(address, timeout=60) as answer:
        content: bytes = answer.read()
    return content.decode("utf-8", "replace")


def imported(script: str, kinds: Collection[str], *, entry: bool) -> list[str]:
    """The files that a script of Gradio's will ask for, styles included, as it names them.

    Args:
        kinds: of component that the page holds: all others are known to a script but not fetched.
        entry: whether the page itself names it: then it fetches whatever it can.
    """
    known = _FILES.search(script)
    files = json.loads(known[1]) if known else []
    blocks = [block for kind, block in _BLOCK.findall(script) if kind in kinds]
    names = _AT_ONCE.findall(script)
    for block in [script] if entry else blocks:
        names += _LATER.findall(block)
        names += [files[int(i)] for row in _PLACES.findall(block) for i in row.split(",") if i]
    return [name for name in dict.fromkeys(names) if name.startswith(".")]
