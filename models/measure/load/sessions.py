"""Sessions with a running Gradio app over server-sent events, as its own page in a browser has.

A press is `POST /gradio_api/queue/join`; what comes of it arrives at
`GET /gradio_api/queue/data?session_hash=…`, one JSON object an event. The first that is called
`process_generating` holds every output whole, each later one a list of changes for each output
(`gradio.utils.diff`), and `process_completed` all outputs whole again (`gradio/blocks.py`,
`handle_streaming_diffs`).

A press whose results come by `/live` is answered in this way with what the form asks for; then
comes `POST /live`, whose answer is one JSON array of run and event a line.

Clients and server share the machine. So a client only notes when which bytes came; they are read
once all is over.
"""

from __future__ import annotations

import asyncio
import copy
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

ENCODINGS = "gzip, br, zstd"
_JOIN, _DATA = "/gradio_api/queue/join", "/gradio_api/queue/data"
_LIVE = "/live"
_JSON, _PLAIN = {"Content-Type": "application/json"}, {"Accept-Encoding": "identity"}
_END = b"\n\n"
_LAST = (b'"msg":"close_stream"', b'"msg":"unexpected_error"', b'"msg":"server_stopped"')
CARRIED_OUT = frozenset({"text_write", "text_score", "images_draw", "emoji_draw", "emoji_invent"})
"""The functions that answer with what a form asks for; all others with results."""
LOST = "The connection ended before the answer did."


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the page: its number, and the ids and values of the fields it reads."""

    number: int
    fields: tuple[tuple[str, Any], ...]

    def data(self, **changed: Any) -> list[Any]:
        """What a browser sends: every field as the page shows it, but for those `changed`.

        Args:
            changed: by the id of the field with underscores, such as `text_prompt`.
        """
        names = [name.replace("-", "_") for name, _ in self.fields]
        if unknown := set(changed) - set(names):
            raise ValueError(f"this function reads no field {', '.join(sorted(unknown))}")
        return [changed.get(n, v) for n, (_, v) in zip(names, self.fields, strict=True)]


def functions(config: Mapping[str, Any]) -> dict[str, Function]:
    """The functions of a page by name, from its `/config`."""
    shown = {c["id"]: c["props"] for c in config["components"]}
    return {
        row["api_name"]: Function(row["id"], tuple(_field(shown[i]) for i in row["inputs"]))
        for row in config["dependencies"]
        if isinstance(row["api_name"], str)
    }


def _field(props: Mapping[str, Any]) -> tuple[str, Any]:
    return str(props.get("elem_id") or props.get("label") or ""), props.get("value")


@dataclass(slots=True)
class Answer:
    """Everything that came of one press, with the times on `time.perf_counter`."""

    clicked: float
    events: list[tuple[float, bytes]] = field(default_factory=list)
    refused: str = ""  # by the answer to the press itself
    ended: bool = False  # as it should: the server said that nothing more would come

    def frames(self) -> Iterator[tuple[float, list[Any]]]:
        """What the page showed, and when, as every redraw left it."""
        shown: list[Any] | None = None
        for seconds, message in self.messages():
            data = (message.get("output") or {}).get("data")
            kind = message.get("msg")
            if kind == "process_generating" and message.get("success") and data is not None:
                shown = data if shown is None else changed(shown, data)
            elif kind == "process_completed" and message.get("success") and data is not None:
                shown = data
            else:
                continue
            yield seconds, shown

    def messages(self) -> Iterator[tuple[float, dict[str, Any]]]:
        """Every event, read."""
        for seconds, event in self.events:
            yield seconds, json.loads(event.partition(b"data:")[2])

    @property
    def final(self) -> list[Any] | None:
        """The outputs when all was over; None if it never was."""
        last = None
        for _, message in self.messages():
            if message.get("msg") == "process_completed" and message.get("success"):
                last = (message.get("output") or {}).get("data")
        return last

    @property
    def sentence(self) -> str:
        """What the visitor is told instead of a result; "" when there is one."""
        if self.refused:
            return self.refused
        for _, message in self.messages():
            if message.get("msg") == "process_completed" and not message.get("success"):
                return str((message.get("output") or {}).get("error") or "")
            if message.get("msg") == "unexpected_error":
                return str(message.get("message") or "")
        return "" if self.ended and self.final is not None else LOST

    @property
    def finished_seconds(self) -> float:
        """From the press to the last redraw."""
        times = [seconds for seconds, _ in self.frames()]
        return times[-1] - self.clicked if times else float("nan")


@dataclass(slots=True)
class Carried:
    """Everything that came of one press whose results come by `/live`; times as in `Answer`."""

    clicked: float
    runs: int = 0
    lines: list[tuple[float, bytes]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # by the form, for runs or for all of it
    ended: bool = False

    def events(self) -> Iterator[tuple[float, int, dict[str, Any]]]:
        """When each event came, of which run, and what it is."""
        for seconds, line in self.lines:
            run, event = json.loads(line)
            yield seconds, run, event

    @property
    def sentence(self) -> str:
        """What the visitor is told instead of results; "" when all are there."""
        failed = [event["fail"]["sentence"] for _, _, event in self.events() if "fail" in event]
        if said := [*self.refused, *failed]:
            return " ".join(said)
        ends = sum(event.get("end") == "finished" for _, _, event in self.events())
        return "" if self.ended and ends == self.runs else LOST

    @property
    def finished_seconds(self) -> float:
        """From the press to the last event."""
        return self.lines[-1][0] - self.clicked if self.lines else float("nan")


def changed(shown: list[Any], changes: Sequence[Any]) -> list[Any]:
    """The outputs of a page after one redraw.

    Args:
        changes: for each output a list of `[what, path, value]`.
    """
    return [_apply(old, edits) for old, edits in zip(shown, changes, strict=True)]


def _apply(value: Any, edits: Sequence[Sequence[Any]]) -> Any:
    holder = [copy.deepcopy(value)] if any(edit[1] for edit in edits) else [value]
    for what, path, new in edits:
        places: list[Any] = [0, *path]
        target: Any = holder
        for place in places[:-1]:
            target = target[place]
        last = places[-1]
        if what == "replace":
            target[last] = new
        elif what == "append":
            target[last] += new
        elif what == "delete":
            del target[last]
        elif what == "add" and isinstance(target, list):
            target.insert(last, new)
        elif what == "add":
            target[last] = new
        else:
            raise ValueError(f"a change of an unknown kind: {what}")
    return holder[0]


def new_session() -> str:
    """What a page calls itself from its opening to its end."""
    return secrets.token_hex(6)


@asynccontextmanager
async def browser(
    port: int, timeout_seconds: float = 60.0, address: str = ""
) -> AsyncIterator[httpx.AsyncClient]:
    """Where pages are opened; all of them at once keep as many connections as they want.

    Args:
        address: of this machine, from which it connects; "" for the usual one.
    """
    # The server closes idle connections after five seconds. Browsers try again when one is
    # closed at the moment they use it; this client lets go of it before.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=2.0)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        transport=httpx.AsyncHTTPTransport(
            limits=limits, local_address=address or None, trust_env=False
        ),
        timeout=timeout_seconds,
        headers={"Accept-Encoding": ENCODINGS},
        trust_env=False,
    ) as client:
        yield client


async def open_functions(client: httpx.AsyncClient) -> dict[str, Function]:
    """The functions that the page at hand offers."""
    answer = await client.get("/config")
    answer.raise_for_status()
    return functions(answer.json())


async def press(
    client: httpx.AsyncClient,
    function: Function,
    data: Sequence[Any],
    session: str = "",
    limit_seconds: float = 120.0,
) -> Answer:
    """Press a button, and gather all that comes of it until the server says that it was all.

    Args:
        session: what the page calls itself; by default a new one.
        limit_seconds: after which the page gives up and closes the connection.
    """
    session = session or new_session()
    answer = Answer(time.perf_counter())
    try:
        async with _within(limit_seconds):
            answer.refused = await _join(client, function, data, session)
            if not answer.refused:
                await _listen(client, session, answer)
    except (httpx.HTTPError, TimeoutError, asyncio.TimeoutError):
        pass  # the answer has not ended, which says it
    return answer


async def carry_out(
    client: httpx.AsyncClient,
    function: Function,
    data: Sequence[Any],
    limit_seconds: float = 120.0,
) -> Carried:
    """Press a button, and gather what comes of what its form asks for, as `press` does."""
    carried = Carried(time.perf_counter())
    try:
        async with _within(limit_seconds):
            plan = await _plan(client, function, data, carried)
            asked = [run["recipe"] for run in plan["runs"] if "recipe" in run]
            carried.refused += [run["refused"] for run in plan["runs"] if "refused" in run]
            carried.runs = len(asked)
            if asked:
                await _follow(client, asked, carried)
    except (httpx.HTTPError, TimeoutError, asyncio.TimeoutError):
        pass  # the answer has not ended, which says it
    return carried


async def _plan(
    client: httpx.AsyncClient, function: Function, data: Sequence[Any], carried: Carried
) -> dict[str, Any]:
    """What the form asks for; nothing where it is refused."""
    answer = await press(client, function, data)
    if answer.sentence or answer.final is None:
        carried.refused.append(answer.sentence or LOST)
        return {"runs": []}
    plans = (shown for shown in answer.final if isinstance(shown, dict) and "runs" in shown)
    return next(plans)


async def _follow(
    client: httpx.AsyncClient, asked: Sequence[Mapping[str, Any]], carried: Carried
) -> None:
    rest = b""
    body = {"visitor": new_session(), "runs": asked, "keep": True, "candidates": 0}
    async with client.stream("POST", _LIVE, json=body, headers=_PLAIN) as stream:
        async for part in stream.aiter_raw():
            now = time.perf_counter()
            *lines, rest = (rest + part).split(b"\n")
            carried.lines += [(now, line) for line in lines]
    carried.ended = not rest


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """Cancel what takes longer, with a TimeoutError; `asyncio.timeout` is there from 3.11 on."""
    task = asyncio.current_task()
    assert task is not None
    late = False

    def end() -> None:
        nonlocal late
        late = True
        task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, end)
    try:
        yield
    except asyncio.CancelledError:
        if late:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()


async def _join(
    client: httpx.AsyncClient, function: Function, data: Sequence[Any], session: str
) -> str:
    """Ask for a run; what the server says when it refuses, else ""."""
    answer = await client.post(_JOIN, content=_call(function, data, session), headers=_JSON)
    if answer.status_code == 200:
        return ""
    return _detail(answer) or f"HTTP {answer.status_code}"


def _call(function: Function, data: Sequence[Any], session: str) -> str:
    """The body of a call, as the page's own script writes it."""
    body = {
        "data": list(data),
        "fn_index": function.number,
        "session_hash": session,
        "event_data": None,
        "trigger_id": None,
    }
    return json.dumps(body)


def _detail(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return (
        str(body.get("detail") or body.get("error") or body.get("sentence") or "")
        if isinstance(body, dict)
        else ""
    )


async def _listen(client: httpx.AsyncClient, session: str, answer: Answer) -> None:
    rest = b""
    asked = {"session_hash": session}
    async with client.stream("GET", _DATA, params=asked, headers=_PLAIN) as stream:
        async for part in stream.aiter_raw():
            now = time.perf_counter()
            *events, rest = (rest + part).split(_END)
            for event in events:
                answer.events.append((now, event))
                if event.startswith(b"data:") and any(last in event[:200] for last in _LAST):
                    answer.ended = _LAST[0] in event[:200]
                    return
