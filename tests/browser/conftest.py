"""A running app and a browser that may talk to nobody else."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlparse

import httpx
import pytest

from models.measure.app.server import serving
from playground.tools import static_site
from tests.browser.serve import FORGET

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 120_000
"""On a busy machine, where a first run imports, loads and computes."""
SECRET = "a secret that two starts of the app share"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What nobody sees of a headless browser, its address bar's list, costs a second of computing
    # for every window. This takes the place of Playwright's own list, of which it keeps what
    # matters to pages on loopback.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,AimEnabled,"
    "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,OptimizationHints,PaintHolding,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,LensOverlay",
]


# Gradio's API page asks for what this app has switched off, and logs that it is not there.
_ASKED_IN_VAIN = ("/gradio_api/mcp/schema", "/monitoring/summary")


@dataclass
class Watch:
    """What went wrong on a page without anybody noticing."""

    hosts: set[str]
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def on_request(self, request: Any) -> None:
        """Count requests to others than the app; the browser finds none of them, see `chromium`."""
        address = urlparse(request.url)
        if address.scheme in {"http", "https"} and address.hostname not in self.hosts:
            self.elsewhere.append(request.url)

    def on_console(
        self, message: Any, refused: tuple[str, ...] = (), *, shut_off: bool = False
    ) -> None:
        """Keep errors of the console.

        Args:
            refused: ends of paths that are to answer 403.
            shut_off: whether the page has no origin, to which browsers keep servers' answers.
        """
        address = message.location.get("url", "")
        if shut_off and ("origin 'null'" in message.text or "ERR_FAILED" in message.text):
            return
        if "403" in message.text and urlparse(address).path.endswith(refused):
            return
        if message.type == "error" and not address.endswith(_ASKED_IN_VAIN):
            self.errors.append(f"{message.text} {address}")


def own_address() -> str:
    """This machine's address on its network; loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which way it would go
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


@pytest.fixture(scope="package")
def pretended_port() -> Iterator[int]:
    """The port of the app over pretended models, for all modules that ask nothing else of it."""
    settings = {"PLAYGROUND_SECRET": SECRET, "PLAYGROUND_HISTORY": "off"}
    with serving("-m", "tests.browser.serve", host="0.0.0.0", **settings) as number:
        yield number


@pytest.fixture(scope="module")
def port(pretended_port: int) -> int:
    """The same, with nothing to replay; a module may serve something else instead."""
    httpx.post(f"http://127.0.0.1:{pretended_port}{FORGET}", trust_env=False).raise_for_status()
    return pretended_port


@pytest.fixture(scope="package")
def shipped_port() -> Iterator[int]:
    """The port of `python app.py`, for all modules that only ask its models."""
    with serving("app.py", host="0.0.0.0") as number:
        yield number


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """A Chromium of this machine, which knows no other host than this machine."""
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        _unavailable("playwright is not installed")
    path = chromium_path()
    if path is None:
        _unavailable("there is no chromium on this machine")
    hosts = ", ".join(f"EXCLUDE {host}" for host in ("127.0.0.1", own_address()))
    flags = [*FLAGS, f"--host-resolver-rules=MAP * ~NOTFOUND, {hosts}"]
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


def enter(page: Any, field: str, words: str) -> None:
    """Fill in a field that may have appeared this instant.

    Some frames after it has shown a component for the first time, Gradio sets it to its initial
    value once more. What was entered before is lost; nobody types that fast, but tests do.
    """
    for _ in range(20):
        page.fill(field, words)
        page.wait_for_timeout(250)
        if page.input_value(field) == words:
            return
    pytest.fail(f"{field} does not keep what is entered")


def check_width(page: Any, width: int) -> None:
    """Make the window so wide; nothing reaches beyond its edge."""
    page.set_viewport_size({**PHONE, "width": width})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    parts = ".tile, .figures, .state, .brief, button, h3, label"
    outside = page.evaluate(
        "([parts, width]) => [...document.querySelectorAll(parts)]"
        ".filter(e => e.getBoundingClientRect().right > width).map(e => e.outerHTML.slice(0, 80))",
        [parts, width],
    )
    assert outside == [], width


def hear(page: Any) -> list[Any]:
    """What a page asks models for from now on, as it comes.

    Left out is what the clock on the first page asks for by itself: many pictures, and no task.
    """
    asked: list[Any] = []

    def on_request(request: Any) -> None:
        if not request.url.endswith("/live"):
            return
        runs = request.post_data_json["runs"]
        if len(runs) == 1 or "task" in runs[0]:
            asked.append(request.post_data_json)

    page.on("request", on_request)
    return asked


def chromium_path() -> str | None:
    """Where a Chromium of this machine lies, if it has one.

    Best the one without windows: a page costs a sixth less computing to open.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def _unavailable(reason: str) -> NoReturn:
    """Without a browser: a failure where everything must run, a skip at somebody's desk."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Contexts:
    """Contexts of the browser that tests use in turn; each begins as a visitor of its own.

    What a visitor stores is taken away between two tests. Fetched files stay: a page whose Gradio
    is in the browser's cache costs a fifth less computing to open.
    """

    browser: Any
    _free: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, size: dict[str, int], settings: dict[str, Any]) -> Any:
        """A context with these settings that nobody uses."""
        free = self._free.setdefault(_key(settings), [])
        return free.pop() if free else self.browser.new_context(viewport=size, **settings)

    def give_back(self, context: Any, settings: dict[str, Any], origins: set[str]) -> None:
        """Close the context's pages and clear what pages of these origins have stored."""
        empty, *others = context.pages or [context.new_page()]
        for page in others:
            page.close()
        empty.goto("about:blank")  # nothing of the app is left that could store something more
        session = context.new_cdp_session(empty)
        for origin in origins:
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        context.clear_cookies()
        empty.close()
        self._free[_key(settings)].append(context)


def _key(settings: dict[str, Any]) -> str:
    return repr(sorted(settings.items()))


@pytest.fixture(scope="package")
def contexts(chromium: Any) -> Contexts:
    """Those of all modules that one process tests."""
    return Contexts(chromium)


@contextmanager
def pages(contexts: Contexts) -> Iterator[Callable[..., Any]]:
    """Empty pages; afterwards none may have asked another host or logged an error."""
    watch = Watch({"127.0.0.1", own_address()})
    used: list[tuple[Any, dict[str, Any]]] = []
    origins: set[str] = set()

    def new_one(
        size: dict[str, int] = DESK,
        *,
        refused: tuple[str, ...] = (),
        shut_off: bool = False,
        same_seeds: bool = True,
        **settings: Any,
    ) -> Any:
        context = contexts.take(size, settings)
        used.append((context, settings))
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        _wait_within_policies(page)
        page.set_viewport_size(size)
        if same_seeds and not shut_off:  # by itself, Write draws a new one each time
            keep = "localStorage.setItem('playground_keep_seed', 'true')"
            page.add_init_script(f"try {{ {keep} }} catch {{}}")  # an empty page keeps nothing
        page.on("request", watch.on_request)
        page.on("console", partial(watch.on_console, refused=refused, shut_off=shut_off))
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        page.on("framenavigated", lambda frame: origins.add(_origin(frame.url)))
        return page

    yield new_one
    for context, settings in used:
        contexts.give_back(context, settings, origins)
    assert watch.elsewhere == []
    assert watch.errors == []


@pytest.fixture
def new_page(contexts: Contexts) -> Iterator[Callable[..., Any]]:
    """Empty pages of one test."""
    with pages(contexts) as new_one:
        yield new_one


@pytest.fixture(scope="module")
def new_shared_page(contexts: Contexts) -> Iterator[Callable[..., Any]]:
    """Empty pages that the tests of a module share, each of which sets all that it looks at."""
    with pages(contexts) as new_one:
        yield new_one


_OF_OURS = ("/lesson", "/join", "/class/")
"""In the addresses of pages that evaluate no strings, as their policies say."""


def _wait_within_policies(page: Any) -> None:
    """Let a page of ours be asked from outside until something holds.

    Playwright's own way evaluates a string within the page, which is what a policy forbids.
    """
    waits = page.wait_for_function

    def wait(expression: str, **settings: Any) -> Any:
        if not any(part in urlparse(page.url).path for part in _OF_OURS):
            return waits(expression, **settings)
        until = time.monotonic() + settings.get("timeout", PATIENCE_MS) / 1000
        while not page.evaluate(expression, settings.get("arg")):
            assert time.monotonic() < until, expression
            page.wait_for_timeout(30)
        return None

    page.wait_for_function = wait


def _origin(url: str) -> str:
    """Scheme, host and port of an address; all files of the disk are one origin."""
    address = urlparse(url)
    return f"{address.scheme}://{address.netloc}"


@pytest.fixture
def open_page(new_page: Callable[..., Any], port: int) -> Callable[..., Any]:
    """Opens pages of the app, see `opening`."""
    return opening(new_page, port)


@pytest.fixture(scope="module")
def open_shared_page(new_shared_page: Callable[..., Any], port: int) -> Callable[..., Any]:
    """The same for pages that the tests of a module share."""
    return opening(new_shared_page, port)


def opening(new_page: Callable[..., Any], port: int) -> Callable[..., Any]:
    """Opens pages of the app at one of its places, or where the query leads.

    With `alone`, the first place stays without what Gradio serves, which costs a page three seconds
    of computing: it needs none of it.
    """

    def open_one(
        query: str = "",
        host: str = "127.0.0.1",
        place: str = "Text",
        alone: bool = False,
        **settings: Any,
    ) -> Any:
        page = new_page(**settings)
        # By the address: the scenes of the first page would start, and compute for nobody.
        fragment = "" if place == "Play" or query or alone else f"#{place.lower()}"
        page.goto(f"http://{host}:{port}/{query}{fragment}")
        if alone:
            page.evaluate("document.getElementById('gradio-parts')?.remove()")
            return page
        state = "attached" if place == "Play" else "visible"
        page.wait_for_selector("#page-places", state=state)
        # Gradio fetches the parts of a page one after another, and nobody types between two.
        page.wait_for_load_state("networkidle")
        return page

    return open_one


@pytest.fixture(scope="session")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first page as a folder that needs no server."""
    folder = tmp_path_factory.mktemp("static")
    static_site.write_static(folder)
    return folder


@pytest.fixture
def open_static(new_page: Callable[..., Any], static_folder: Path) -> Callable[..., Any]:
    """Opens that page from the disk, or below another address."""

    def open_one(address: str = "", **settings: Any) -> Any:
        page = new_page(**settings)
        page.goto(address or (static_folder / "index.html").as_uri())
        return page

    return open_one
