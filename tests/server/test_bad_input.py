"""Bad input of every kind over real HTTP: refused in words, in time, and with nothing given away.

Thousands of calls that no browser would send go to every endpoint of the running app, Gradio's
and ours, over pretended models; `bad_calls` makes them up from a seed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import http.client
import http.server
import io
import json
import logging
import random
import re
import socket
import struct
import tempfile
import threading
import time
import traceback
import tracemalloc
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from PIL import Image

from models.engine import Engine
from models.pool import Pool
from models.recipe import make_recipe
from playground import site, stack
from playground.core.services import Services
from playground.features.play import nearest_emoji, real_or_made
from playground.features.postcards import routes as postcard_routes
from playground.gradio_app.internals import arguments
from playground.registry import FEATURES
from playground.server import live, request_filter
from tests.bad_calls import MARKUP, Oddities, file_dict, nested, written
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEED = 20_260
SESSIONS, CALLS_EACH, ABREAST = 28, 25, 6
DIRECT_CALLS, PROGRAM_CALLS = 1_800, 200
LIVE_CALLS, NEAREST_CALLS, PAGE_CALLS = 1_300, 600, 600
GENERATED = SESSIONS * CALLS_EACH + DIRECT_CALLS + PROGRAM_CALLS
GENERATED += LIVE_CALLS + NEAREST_CALLS + PAGE_CALLS
assert GENERATED >= 5_000
TRAP = "http://127.0.0.1:9"
PATIENCE_SECONDS = 30.0
AT_WORK = ("claims_run_", "scoreboard_measure")
"""Handlers that take nothing, or a model's name, and then measure for a minute; what they make of a
wrong name is in the scoreboard's own tests."""
OURS = "This did not work"
"""The title of our own errors."""
SENTENCE = re.compile(r"^[A-Z“].*[.!?]”?$", re.DOTALL)
SURPRISE = "Something went wrong (reference"
GOOD: Mapping[str, list[Any]] = {
    "text_generate": ["char_lstm", "ROMEO", 7, 2, 0.8, 0, 1.0],
    "image_generate": ["gan", "", 7, "red", "black", 1, 0, 1, 2.0],
    "models_list": [],
}
"""Right arguments of the public functions, and below of the components of the page."""
SMALL = {"-length": 2, "-count": 1, "-steps": 1}


def giveaways() -> tuple[str, ...]:
    """What no answer may hold: words of tracebacks, and folders of this machine."""
    folders = {str(ROOT), str(Path.home()), tempfile.gettempdir(), "/site-packages/"}
    return ("Traceback (most", 'File "', 'File \\"', *(f for f in folders if len(f) > 3))


@dataclass
class App:
    """A running app, and what it wrote into its logs."""

    address: str
    services: Services
    uploads: str
    records: list[logging.LogRecord] = field(default_factory=list)
    stderr: io.StringIO = field(default_factory=io.StringIO)

    def faults(self) -> list[str]:
        """Tracebacks of anybody's, and complaints of our code, since this was last asked."""
        told = [f"{r.name}: {r.getMessage()}{_trace(r)}" for r in self.records]
        printed = self.stderr.getvalue()
        self.records.clear()
        self.stderr.truncate(0)
        found = [words for words in told if _is_ours(words) or "Traceback" in words]
        return [*found, printed] if "Traceback" in printed else found


def _trace(record: logging.LogRecord) -> str:
    return "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""


def _is_ours(words: str) -> bool:
    """Whether one of our loggers said this."""
    return words.startswith(("playground", "models"))


class _Keeper(logging.Handler):
    """Keeps every record."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self.emit = records.append  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def app(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The whole app over pretended models, as `app.py` serves it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_FETCH", "0")
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        pool = Pool(SPECS)
        engine = Engine(pool)
        services = Services(engine, pool, SPECS, weights=weights, features=FEATURES)
        with serving(services) as running:
            yield running
        engine.close()
        pool.close()


@contextlib.contextmanager
def serving(services: Services) -> Iterator[App]:
    """Serve the app on loopback, and listen to all it logs."""
    demo = site.build(services)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kwargs = stack.settings(services, threading.Event())
    settings = {"prevent_thread_lock": True, "quiet": True, **site.launch_settings()}
    from gradio.utils import get_upload_folder

    app = App(f"http://127.0.0.1:{port}", services, get_upload_folder())
    keeper, loggers = _Keeper(app.records), [logging.getLogger(), logging.getLogger("uvicorn")]
    with contextlib.redirect_stderr(app.stderr):
        demo.launch(server_port=port, app_kwargs=kwargs, **settings)
        for logger in loggers:
            logger.addHandler(keeper)
        yield app
        for logger in loggers:
            logger.removeHandler(keeper)
        demo.close()


# Calls


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One handler of the page, public or private, with arguments that it takes."""

    number: int
    name: str
    good: list[Any]
    html: tuple[int, ...]  # which of its outputs are markup


def endpoints(address: str) -> list[Endpoint]:
    """Every handler that the page's own description names, but for those of `AT_WORK`."""
    config = httpx.get(f"{address}/config").json()
    shown = {component["id"]: component for component in config["components"]}
    asked = (d for d in config["dependencies"] if d["backend_fn"])
    return [_endpoint(d, shown) for d in asked if not str(d["api_name"]).startswith(AT_WORK)]


def _endpoint(dependency: Mapping[str, Any], shown: Mapping[int, Mapping[str, Any]]) -> Endpoint:
    name = str(dependency["api_name"])
    good = GOOD.get(name, [_good(shown[i]) for i in dependency["inputs"]])
    html = [n for n, i in enumerate(dependency["outputs"]) if _shows_markup(shown[i])]
    return Endpoint(dependency["id"], name, good, tuple(html))


def _shows_markup(component: Mapping[str, Any]) -> bool:
    """Whether a value becomes elements; one that is data for a script is not in the template."""
    return component["type"] == "html" and "value" in component["props"]["html_template"]


def _good(component: Mapping[str, Any]) -> Any:
    props = component["props"]
    small = (v for end, v in SMALL.items() if str(props.get("elem_id")).endswith(end))
    return next(small, props.get("value"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call: `kind` is "refused" by HTTP, "error", "result", or "nothing"."""

    asked: str
    kind: str
    text: str
    title: str = ""
    html: str = ""


def faults(answer: Answer, uploads: str) -> list[str]:
    """What is wrong with an answer; nothing if it is as it should be."""
    text = answer.text.replace(uploads, "")  # of files that are offered to be fetched
    found = [f"gives away {mark}" for mark in giveaways() if mark in text]
    if SURPRISE in text:
        found.append("a surprise where there should be a sentence")
    if answer.kind == "nothing":
        found.append("no answer")
    if answer.title == OURS and not SENTENCE.match(answer.text):
        found.append("no sentence")
    if re.search(r"<(script|img src=x|svg/|iframe)", answer.html):
        found.append("markup")
    return [f"{fault}: {answer.asked[:300]} -> {answer.text[:300]}" for fault in found]


async def in_session(
    client: httpx.AsyncClient, calls: Sequence[tuple[Endpoint, bytes]], session: str
) -> list[Answer]:
    """Answers to calls that all go through one page's stream, as a browser has it."""
    answers, waiting = [], {}
    for endpoint, body in calls:
        asked = f"{endpoint.name} {body[:2_000]!r}"
        try:
            reply = await client.post("/gradio_api/queue/join", content=body, headers=JSON)
        except httpx.TransportError as error:
            answers.append(Answer(asked, "nothing", repr(error)))
            continue
        if reply.status_code == 200:
            waiting[reply.json()["event_id"]] = endpoint, asked
        else:
            answers.append(Answer(asked, "refused", f"{reply.status_code} {reply.text}"))
    if waiting:
        with contextlib.suppress(httpx.TransportError):
            async for answer in _stream(client, session, waiting):
                answers.append(answer)
    return [*answers, *(Answer(asked, "nothing", "") for _, asked in waiting.values())]


JSON = {"content-type": "application/json"}


async def _stream(
    client: httpx.AsyncClient, session: str, waiting: dict[str, tuple[Endpoint, str]]
) -> AsyncIterator[Answer]:
    """Answers as they come, each taken from those that are waited for."""
    address = f"/gradio_api/queue/data?session_hash={session}"
    async with client.stream("GET", address) as reply:
        async for message in _messages(reply.aiter_bytes()):
            if message.get("msg") == "process_completed" and message["event_id"] in waiting:
                endpoint, asked = waiting.pop(message["event_id"])
                yield _answer(endpoint, asked, message)


async def _messages(parts: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """Server-sent events; not line by line, as httpx ends lines where Unicode does."""
    heard = b""
    async for part in parts:
        heard += part
        *events, heard = heard.split(b"\n\n")
        for event in events:
            yield json.loads(event.removeprefix(b"data: "))


def _answer(endpoint: Endpoint, asked: str, message: Mapping[str, Any]) -> Answer:
    output = message["output"]
    if not message["success"]:
        title = str(output.get("title"))
        return Answer(asked, "error", str(output["error"]), title)
    data = output.get("data", [])
    html = "\n".join(json.dumps(data[n]) for n in endpoint.html if n < len(data))
    return Answer(asked, "result", json.dumps(data), html=html)


def joined(endpoint: Endpoint, data: Any, session: str, **more: Any) -> dict[str, Any]:
    """What a browser sends to have one handler called."""
    return {"data": data, "fn_index": endpoint.number, "session_hash": session, **more}


def bad_sessions(points: Sequence[Endpoint], odd: Oddities) -> Iterator[tuple[str, list[Any]]]:
    """So many calls for each of so many pages; every handler is called as often as any other."""
    turn = 0
    for number in range(SESSIONS):
        session, calls = f"bad{number}", []
        for _ in range(CALLS_EACH):
            point = points[turn % len(points)]
            turn += 1
            calls.append((point, _bad_body(point, session, odd)))
        yield session, calls


def _bad_body(point: Endpoint, session: str, odd: Oddities) -> bytes:
    good = joined(point, point.good, session, event_data=None, trigger_id=None)
    how = odd.rng.random()
    if how < 0.9:
        return written({**good, "data": odd.spoilt(point.good)})
    # Who names another page's session gets the answer there.
    own = {"session_hash": session}
    if how < 0.97:
        return written({**odd.spoilt_object(good), **own})
    garbage = odd.garbage(written(good))
    try:
        read = json.loads(garbage)
    except (ValueError, RecursionError):  # no JSON, or too deep
        return garbage
    return written({**read, **own}) if isinstance(read, dict) else garbage


def assert_well(app: App, answers: Sequence[Answer]) -> None:
    """Every answer is in order, the log is quiet about us, and good calls are still answered."""
    wrong = [fault for answer in answers for fault in faults(answer, app.uploads)]
    assert not wrong, f"{len(wrong)} of {len(answers)}:\n" + "\n".join(wrong[:40])
    assert app.faults() == []
    good = httpx.post(
        f"{app.address}/gradio_api/call/text_generate", json={"data": GOOD["text_generate"]}
    )
    heard = httpx.get(f"{app.address}/gradio_api/call/text_generate/{good.json()['event_id']}")
    assert "event: complete" in heard.text


async def directly(client: httpx.AsyncClient, requests: Sequence[httpx.Request]) -> list[Answer]:
    """The answers to requests, one after the other."""
    return [await _directly(client, request) for request in requests]


async def _directly(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    asked = f"{request.method} {request.url} {request.content[:2_000]!r}"
    try:
        reply = await client.send(request)
    except httpx.TransportError as error:
        return Answer(asked, "nothing", repr(error))
    content = _content(reply)
    if reply.status_code == 500 and isinstance(content, dict):  # a handler called without a queue
        return Answer(asked, "error", str(content.get("error")), str(content.get("title")))
    said = content.get("sentence") if isinstance(content, dict) else None
    if said is not None:
        return Answer(asked, "error", str(said), OURS)
    kind = "result" if reply.status_code == 200 else "refused"
    return Answer(
        asked, kind, f"{reply.status_code} {reply.text}" if kind == "refused" else reply.text
    )


def _content(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None


def run_all(
    app: App, jobs: Sequence[Callable[[httpx.AsyncClient], Awaitable[list[Answer]]]]
) -> list[Answer]:
    """All the answers of all jobs, a few of them at a time, each in the time it may take."""

    async def run() -> list[list[Answer]]:
        gate = asyncio.Semaphore(ABREAST)

        async def one(job: Callable[[httpx.AsyncClient], Awaitable[list[Answer]]]) -> list[Answer]:
            async with gate:
                return await asyncio.wait_for(job(client), PATIENCE_SECONDS)

        async with httpx.AsyncClient(base_url=app.address, timeout=PATIENCE_SECONDS) as client:
            return await asyncio.gather(*(one(job) for job in jobs))

    return [answer for answers in asyncio.run(run()) for answer in answers]


def in_groups(requests: Sequence[httpx.Request], size: int = 50) -> list[Any]:
    """Jobs that send so many requests each."""
    groups = [requests[n : n + size] for n in range(0, len(requests), size)]
    return [(lambda client, g=group: directly(client, g)) for group in groups]


def test_bad_calls_to_every_handler_through_a_pages_stream(app: App):
    odd = Oddities(random.Random(SEED), TRAP)
    jobs = [
        (lambda client, s=session, c=calls: in_session(client, c, s))
        for session, calls in bad_sessions(endpoints(app.address), odd)
    ]
    answers = run_all(app, jobs)
    assert len(answers) == SESSIONS * CALLS_EACH
    assert_well(app, answers)
    assert_varied(answers)


def test_bad_calls_to_every_handler_without_a_queue(app: App):
    odd, points = Oddities(random.Random(SEED + 1), TRAP), endpoints(app.address)
    requests = []
    for number in range(DIRECT_CALLS):
        point = points[number % len(points)]
        body = _bad_body(point, f"direct{number % 40}", odd)
        way = odd.rng.choice(("run/predict", f"run/{point.name}", f"api/{point.name}"))
        address = f"{app.address}/gradio_api/{way}"
        requests.append(httpx.Request("POST", address, content=body, headers=JSON))
    answers = run_all(app, in_groups(requests))
    assert_well(app, answers)
    assert_varied(answers)


def test_bad_calls_as_a_program_makes_them(app: App):
    odd, requests = Oddities(random.Random(SEED + 2), TRAP), []
    for number in range(PROGRAM_CALLS):
        name = odd.rng.choice((*GOOD, *GOOD, odd.text()[:50]))
        body = {"data": odd.spoilt(GOOD.get(name, []))}
        body = odd.spoilt_object(body) if number % 8 == 0 else body
        address = f"{app.address}/gradio_api/call/{quote(name.encode('utf-8', 'replace'), safe='')}"
        requests.append(httpx.Request("POST", address, content=written(body), headers=JSON))
    groups = [requests[n : n + 20] for n in range(0, len(requests), 20)]
    answers = run_all(app, [(lambda client, g=group: as_program(client, g)) for group in groups])
    assert_well(app, answers)
    assert_varied(answers)


async def as_program(client: httpx.AsyncClient, requests: Sequence[httpx.Request]) -> list[Answer]:
    """What becomes of calls whose result is fetched in a second request."""
    answers = []
    for request in requests:
        answer = await _directly(client, request)
        if answer.kind == "result":
            event = json.loads(answer.text)["event_id"]
            reply = await client.get(f"{request.url}/{event}")
            kind, _, data = reply.text.strip().split("\n\n")[-1].partition("\ndata: ")
            content = json.loads(data)
            if kind == "event: error":
                error = str(content["error"]), str(content.get("title"))
                answer = Answer(answer.asked, "error", *error)
            else:
                assert kind == "event: complete", reply.text
                answer = Answer(answer.asked, "result", data)
        answers.append(answer)
    return answers


def assert_varied(answers: Sequence[Answer]) -> None:
    """Of refusals, of our own errors and of harmless calls there was a fair number each."""
    kinds = Counter(answer.kind for answer in answers)
    ours = sum(answer.title == OURS for answer in answers)
    assert min(ours, kinds["refused"], kinds["result"]) > len(answers) / 25


# Our own routes

RUN = {"model": "char_lstm", "prompt": "O", "options": {"length": 2}, "seed": 1}
DRAWN = {"model": "gan", "options": {"count": 1, "digit": 3}, "seed": 1}


def test_bad_calls_to_the_live_route(app: App):
    odd = Oddities(random.Random(SEED + 3), TRAP)
    requests = []
    for _ in range(LIVE_CALLS):
        run = odd.spoilt_object(odd.rng.choice((RUN, DRAWN)))
        if odd.rng.random() < 0.4:
            run = {**RUN, "options": odd.spoilt_object(RUN["options"])}
        body = {"visitor": f"v{odd.rng.randrange(40)}", "runs": [run]}
        if odd.rng.random() < 0.2:
            body = odd.spoilt_object(body)
        content = odd.garbage(written(body)) if odd.rng.random() < 0.1 else written(body)
        address = f"{app.address}{live.PATH}"
        requests.append(httpx.Request("POST", address, content=content, headers=JSON))
    answers = run_all(app, in_groups(requests))
    assert_well(app, [one for answer in answers for one in (answer, *_failures(answer))])


def _failures(answer: Answer) -> Iterator[Answer]:
    """What went wrong with the runs of an answer, line by line."""
    lines = answer.text.split("\n") if answer.kind == "result" else []
    for line in filter(None, lines):
        event = json.loads(line)[1]
        if "fail" in event:
            yield Answer(answer.asked, "error", event["fail"]["sentence"], OURS)


TILE = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def test_bad_calls_to_the_route_of_the_nearest_emoji(app: App):
    odd = Oddities(random.Random(SEED + 4), TRAP)
    requests = []
    for _ in range(NEAREST_CALLS):
        body = odd.spoilt_object({"tile": TILE})
        if odd.rng.random() < 0.4:
            body = {"tile": TILE + odd.text()}
        content = odd.garbage(written(body)) if odd.rng.random() < 0.2 else written(body)
        address = f"{app.address}{nearest_emoji.PATH}"
        requests.append(httpx.Request("POST", address, content=content, headers=JSON))
    answers = run_all(app, in_groups(requests))
    assert_well(app, answers)
    assert "result" not in {answer.kind for answer in answers}


def test_bad_addresses_of_our_pages_and_pictures(app: App):
    odd = Oddities(random.Random(SEED + 5), TRAP)
    requests = []
    for number in range(PAGE_CALLS):
        path = (postcard_routes.PATH, postcard_routes.PAGE_PATH, real_or_made.PATH, "/")[number % 4]
        link = _sealed(odd) if odd.rng.random() < 0.6 else odd.text()[:1_000]
        name = {"/real": "seed"}.get(path, "recipe")
        query = f"{name}={quote(link.encode('utf-8', 'replace'))}"
        requests.append(httpx.Request("GET", f"{app.address}{path}?{query}"))
    answers = run_all(app, in_groups(requests))
    assert_well(app, [_page_answer(answer) for answer in answers])


def _page_answer(answer: Answer) -> Answer:
    """Pages of ours are markup, and hold scripts of ours; none may be a visitor's."""
    places = [found.start() for found in re.finditer("owned", answer.text)]
    return replace(answer, html="\n".join(answer.text[max(0, p - 60) : p] for p in places))


LINKED = {"v": 1, "task": "generate", "weights": "0", **RUN}


def _sealed(odd: Oddities) -> str:
    """A link as we write it ourselves, with anything in it."""
    return sealed([odd.spoilt_object(LINKED) for _ in range(odd.rng.choice((1, 1, 2, 5)))])


def sealed(rows: Sequence[Mapping[str, Any]]) -> str:
    """A link around recipes that were never checked."""
    body = base64.urlsafe_b64encode(zlib.compress(written(list(rows)))).decode().rstrip("=")
    return f"{body}.{hashlib.sha256(body.encode()).hexdigest()[:8]}"


def opened(app: App, *rows: Mapping[str, Any]) -> tuple[Any, ...]:
    """What opening the page by a sealed link puts into it."""
    visitor = SimpleNamespace(session_hash="visitor", query_params={"recipe": sealed(rows)})
    return site.open_page(app.services, visitor)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"model": "\ud800"},
        {"prompt": "\ud800"},
        {"options": {"\ud800": 1}},
        {"options": nested(300)},
        {"seed": float("nan")},
        {"seed": 10**400},
        {"task": ["generate"]},
        {"v": True, "weights": MARKUP[0], "prompt": 7},
    ],
)
def test_a_sealed_link_with_nonsense_opens_the_page_with_a_remark(app: App, change: Any):
    _, notice, *_ = opened(app, {**LINKED, **change})
    assert "begin anew below." in notice
    assert "<script" not in notice
    notice.encode()


def test_a_link_to_a_picture_that_cannot_be_seen_says_so(app: App):
    labels = {"digit": 3, "ink": "red", "paper": "red"}
    filled = opened(app, {**LINKED, "model": "gan", "options": labels})
    assert any("cannot be seen" in str(value) for value in filled)


def test_any_sealed_link_opens_the_page(app: App):
    odd = Oddities(random.Random(SEED + 6), TRAP)
    for _ in range(300):
        run = odd.rng.choice((LINKED, {**LINKED, **DRAWN}))
        options = odd.spoilt_object(run["options"])
        row = odd.spoilt_object(run) if odd.rng.random() < 0.5 else {**run, "options": options}
        places, notice, *_ = opened(app, row, LINKED)
        assert isinstance(notice, str)
        assert not re.search(r"<(?!/?p\b)", notice), notice  # one paragraph, whatever it quotes
        notice.encode()
        assert places is not None


# Files

OUTSIDE = (
    *("/etc/passwd", "etc/passwd", "../../../../etc/passwd", "/proc/self/environ", "app.py"),
    *("/proc/self/cwd/app.py", "/proc/self/root/etc/passwd", str(ROOT / "app.py"), ".git/config"),
    *("%2e%2e/%2e%2e/%2e%2e/etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd"),
    *("..%5c..%5capp.py", "%252e%252e/%252e%252e/etc/passwd", "/etc/passwd%00.png", "."),
)


def test_no_file_can_be_read_that_the_app_did_not_make(app: App, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("do not tell")
    link = Path(app.uploads) / "link.png"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(secret)
    starts = ("/gradio_api/file=", "/gradio_api/file/", "/file=", "/static/", "/assets/")
    starts = (*starts, "/shipped/", "/shipped/pack/", "/svelte/", "/gradio_api/custom_component/")
    asked = [start + path for start in starts for path in (*OUTSIDE, str(secret), str(link))]
    for path in asked:
        status, body = fetched(app, path)
        assert status in {307, 400, 403, 404, 405}, (path, status)
        assert not [words for words in (b"root:", b"do not tell", b"prepare_env") if words in body]


def fetched(app: App, path: str, **headers: str) -> tuple[int, bytes]:
    """Status and body for a path exactly as it is written, dots and all."""
    host, _, port = app.address.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    where = answer.getheader("location")
    assert where is None or urlsplit(where).netloc in {"", f"{host}:{port}"}, (path, where)
    connection.close()
    return answer.status, body


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody must be made to ask, and the addresses that were asked all the same."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_POST = do_GET  # noqa: N815

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_the_server_fetches_nothing_for_anybody(app: App, trap: tuple[str, list[str]]):
    address, asked = trap
    for start in ("/gradio_api/file=", "/gradio_api/file/", "/gradio_api/proxy=", "/file="):
        for other in (
            address,
            "https://example.invalid/x",
            "//example.invalid/x",
            "HTTPS://x.invalid",
        ):
            status, _ = fetched(app, f"{start}{other}")
            assert status in {400, 403, 404}, (start, other, status)
    spoilt = [file_dict(f"{address}/a"), {"url": f"{address}/b"}, f"{address}/c"]
    requests = [
        httpx.Request(
            "POST",
            f"{app.address}/gradio_api/run/predict",
            content=written(joined(point, [value] * len(point.good), "trap")),
            headers=JSON,
        )
        for point in endpoints(app.address)
        for value in (*spoilt, spoilt)
    ]
    assert_well(app, run_all(app, in_groups(requests)))
    assert asked == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "upload"),
        ("GET", "upload_progress?upload_id=1"),
        ("POST", "component_server"),
        ("POST", "process_recording"),
        ("GET", "deep_link?session_hash=1"),
        ("POST", "stream/1"),
        ("GET", "stream/1/2/3/playlist.m3u8"),
        ("GET", "proxy=https://example.invalid/x"),
        ("POST", "vibe-edit"),
        ("GET", "vibe-code"),
    ],
)
def test_routes_that_the_page_does_not_use_are_closed(app: App, method: str, path: str):
    content = {"files": ("x.html", MARKUP[0])} if method == "POST" else None
    before = sorted(Path(app.uploads).rglob("*"))
    reply = httpx.request(method, f"{app.address}/gradio_api/{path}", files=content)
    assert (reply.status_code, reply.json()["detail"]) == (404, request_filter.CLOSED)
    assert sorted(Path(app.uploads).rglob("*")) == before


@pytest.mark.parametrize("header", ["host", "origin", "x-forwarded-host", "if-none-match", "range"])
@pytest.mark.parametrize("value", ["[", "http://[", "a b", "<script>owned()</script>", "x" * 9_000])
def test_headers_of_any_kind_break_nothing(app: App, header: str, value: str):
    for path in ("/", "/p", "/theme.css", "/config"):
        status, body = fetched(app, path, **{header: value})  # an answer, and no dropped connection
        assert b"<script>owned" not in body
        assert status in {200, 304, 400, 404, 416}, (path, status)
    assert app.faults() == []


def test_a_long_request_is_refused_before_it_is_kept(app: App):
    """Sent in pieces by hand: what a client would keep of it is in the same process."""
    length, piece = 3_000_000, b" " * 50_000
    where = app.address.removeprefix("http://").split(":")
    head = "POST /gradio_api/queue/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with socket.create_connection((where[0], int(where[1])), timeout=10) as connection:
        connection.sendall(f"{head}Connection: close\r\nContent-Length: {length}\r\n\r\n".encode())
        tracemalloc.start()
        try:
            for _ in range(length // len(piece)):
                connection.sendall(piece)
            said = b"".join(iter(lambda: connection.recv(65_536), b""))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert said.startswith(b"HTTP/1.1 413 ")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["detail"] == request_filter.TOO_LONG
    assert peak < length // 2


UNNORMAL = ("/assets/././{}", "/assets//{}", "/assets/%2e/{}", "/assets/%2e%2e/assets/{}")


def test_a_file_has_one_address(app: App):
    page = httpx.get(app.address).text
    name = page.partition('data-script="./assets/')[2].partition('"')[0]
    assert fetched(app, f"/assets/{name}")[0] == 200
    for path in UNNORMAL:
        status, body = fetched(app, path.format(name))
        assert (status, json.loads(body)) == (404, {"detail": request_filter.CLOSED})


def test_what_happens_in_the_page_alone_is_not_called(app: App):
    config = httpx.get(f"{app.address}/config").json()
    alone = [each for each in config["dependencies"] if not each["backend_fn"]]
    assert alone
    for each in alone:
        body = {"data": [None] * len(each["inputs"]), "fn_index": each["id"], "session_hash": "a"}
        for way in ("queue/join", "run/predict"):
            reply = httpx.post(f"{app.address}/gradio_api/{way}", json=body)
            assert (reply.status_code, reply.json()["detail"]) == (422, arguments.PAGE_ALONE)
    assert app.faults() == []


@pytest.mark.parametrize("more", [-1, 1, 300])
def test_a_wrong_number_of_values_is_counted_in_words(app: App, more: int):
    for point in endpoints(app.address):
        data = point.good[:more] if more < 0 else [*point.good, *[0] * more]
        if len(data) == len(point.good):
            continue
        reply = httpx.post(
            f"{app.address}/gradio_api/queue/join", json=joined(point, data, "miscounted")
        )
        assert reply.status_code == 422
        assert reply.json()["detail"].startswith("This function takes ")
    assert app.faults() == []


@pytest.mark.parametrize("path", ["/gradio_api/heartbeat/a%00", "/gradio_api/call/x/y"])
def test_a_short_address_leaves_little_in_the_log(app: App, path: str):
    host, port = app.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert connection.recv(1_000).startswith(b"HTTP/1.1 ")
    time.sleep(0.5)  # Gradio stumbles over the first when its reader has gone
    assert len(app.stderr.getvalue()) < 500
    assert app.faults() == []


# Pictures


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG that claims a size; its pixels are as many as `chunks` hold."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join((chunk(b"IHDR", head), *chunks, chunk(b"IEND", b"")))


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def saved(kind: str, size: tuple[int, int] = (32, 32), frames: int = 1) -> bytes:
    """A picture file as Pillow writes it."""
    buffer, image = io.BytesIO(), Image.new("RGB", size)
    others = [Image.new("RGB", size, (n % 256, n // 256, 0)) for n in range(frames - 1)]
    more = {"save_all": True, "append_images": others} if others else {}
    image.save(buffer, kind, **more)
    return buffer.getvalue()


ROWS = zlib.compress(b"\0" * (32 * 97))
BOMB = zlib.compress(b"\0" * 3_000_000, 9)
BROKEN = {
    "50,000 pixels square": png(50_000, 50_000, chunk(b"IDAT", ROWS)),
    "a size of nothing": png(0, 0, chunk(b"IDAT", ROWS)),
    "text that inflates": png(32, 32, chunk(b"zTXt", b"a\0\0" + BOMB), chunk(b"IDAT", ROWS)),
    "a profile that inflates": png(32, 32, chunk(b"iCCP", b"a\0\0" + BOMB), chunk(b"IDAT", ROWS)),
    "no pixels": png(32, 32),
    "pixels cut short": png(32, 32, chunk(b"IDAT", ROWS[:20])),
    "pixels that are none": png(32, 32, chunk(b"IDAT", b"not deflated")),
    "a file cut short": saved("PNG")[:-30],
    "a head alone": saved("PNG")[:33],
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='owned()'/>",
    "an animation": saved("GIF", (2, 2), frames=500),
    "TIFF": saved("TIFF"),
    "WEBP": saved("WEBP"),
    "HEIC by its head": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200,
    "nothing": b"",
    "a ZIP": b"PK\x03\x04" + b"\0" * 100,
}
"""Files that are no small PNG, or not only that."""


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_small_picture_is_refused_by_the_nearest_emoji(app: App, name: str):
    tile = "data:image/png;base64," + base64.b64encode(BROKEN[name]).decode()
    begun = time.monotonic()
    reply = httpx.post(f"{app.address}{nearest_emoji.PATH}", json={"tile": tile}, timeout=10)
    assert reply.status_code == 422
    assert SENTENCE.match(reply.json()["sentence"])
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_small_picture_is_refused_in_a_recipe(name: str):
    from models.adapters.pictures import read_picture

    def read(encoded: str) -> None:
        recipe = make_recipe(SPECS["gan"], task="critic", options={"picture": encoded})
        read_picture(str(recipe.option("picture")))

    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(ValueError, match=r"\.$"):
        read(base64.b64encode(BROKEN[name]).decode() or "====")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("encoded", ["%%%", "é" * 40, "\ud800", "AAAA" * 9_000, 7, None, [], "\0"])
def test_wrong_base_64_is_refused_in_words(app: App, encoded: Any):
    tile = f"data:image/png;base64,{encoded}" if isinstance(encoded, str) else encoded
    reply = httpx.post(
        f"{app.address}{nearest_emoji.PATH}", content=written({"tile": tile}), headers=JSON
    )
    assert reply.status_code == 422
    assert SENTENCE.match(reply.json()["sentence"])
    with pytest.raises(ValueError, match=r"\.$"):
        make_recipe(SPECS["gan"], task="critic", options={"picture": encoded})
