"""The log: a line for each event, plain or as JSON, and nothing in it that visitors wrote.

A prompt reaches the log only with PLAYGROUND_LOG_PROMPTS=1. Messages of errors that quote what was
asked for are left out without it, while their tracebacks stay. Who asked is a short hash with a
salt that each start makes anew: it tells visitors apart, and can be traced to nobody.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from models.base import Recipe
from models.engine import Busy, Engine, Event, Run, Waiting
from models.pool import Pool

LEVEL = "PLAYGROUND_LOG"
FORMAT = "PLAYGROUND_LOG_FORMAT"
PROMPTS = "PLAYGROUND_LOG_PROMPTS"
FORMATS = ("plain", "json")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_QUOTING = (ValueError, LookupError)
"""Errors whose messages quote values, as `invalid literal for int(): '…'` and `KeyError: '…'`."""
_OTHERS = ("uvicorn", "uvicorn.access", "uvicorn.error")
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_HASH_DIGITS = 8
_FRAMES = 3  # of an error that is said in a line

logger = logging.getLogger(__name__)


def configure(environment: Mapping[str, str] | None = None) -> None:
    """Let everything be logged as the operator has set it, on standard error.

    Raises:
        ValueError: in a sentence, when a variable has a value that cannot be meant.
    """
    given = os.environ if environment is None else environment
    level = given.get(LEVEL, "").upper() or "WARNING"
    form = given.get(FORMAT, "").lower() or "plain"
    if level not in _LEVELS:
        raise ValueError(f"{LEVEL} must be one of {', '.join(_LEVELS)}, not “{level}”.")
    if form not in FORMATS:
        raise ValueError(f"{FORMAT} must be one of {', '.join(FORMATS)}, not “{form}”.")
    prompts = given.get(PROMPTS, "0") not in {"", "0"}
    handler = logging.StreamHandler()
    handler.setFormatter((Json if form == "json" else Plain)(prompts=prompts))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def adopt() -> None:
    """Bring what the web server logs into the same form, once it has set up a log of its own."""
    for name in _OTHERS:
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True


class _Discreet(logging.Formatter):
    """What both forms have in common: which fields an event has, and what is left out of it."""

    def __init__(self, *, prompts: bool = False) -> None:
        super().__init__()
        self.prompts = prompts
        self._salt = secrets.token_bytes(16)

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """What was given with a record as `extra`, as it may be written."""
        given = {name: value for name, value in vars(record).items() if name not in _USUAL}
        if not self.prompts:
            given.pop("prompt", None)
        if "visitor" in given:
            name = str(given["visitor"]).encode("utf-8", "replace")
            digest = hashlib.blake2b(name, key=self._salt, digest_size=_HASH_DIGITS // 2)
            given["visitor"] = digest.hexdigest()
        return given

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        """The traceback of an error and of those it came from, without what they quote."""
        if self.prompts:
            return super().formatException(ei)
        return "\n\n".join(map(_traceback, reversed(list(_chain(ei[1])))))


class Plain(_Discreet):
    """Lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Level, logger and message; fields of the event behind it, the traceback below."""
        record.exc_text = None  # another form may have left its own there
        line = f"{record.levelname}:{record.name}:{super().format(record)}"
        first, *rest = line.split("\n", 1)
        pairs = "".join(f" {name}={value}" for name, value in self.fields(record).items())
        return "\n".join([first + pairs, *rest])


class Json(_Discreet):
    """Lines for programs: an object each."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, logger and message, and the fields of the event beside them."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **self.fields(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


class LoggedEngine(Engine):
    """An engine that logs what becomes of each run: an event when it begins and when it ends.

    Args:
        client_of: who is being served, for runs whose client is not named.
    """

    def __init__(
        self, pool: Pool, *, client_of: Callable[[], str] = lambda: "", **options: Any
    ) -> None:
        super().__init__(pool, **options)
        self._client_of = client_of

    def submit(self, recipe: Recipe, visitor: str = "", client: str = "") -> Run:
        """As the engine does; a refusal is an event too."""
        try:
            return super().submit(recipe, visitor, client or self._client_of())
        except (Busy, ValueError) as error:
            refused(recipe, visitor, error)
            raise

    def follow_all(
        self, runs: Sequence[Run], pace: Callable[[], float] | None = None
    ) -> Iterator[list[tuple[int, Event]]]:
        """As the engine does; every end is logged however it comes."""
        diaries = [_Diary(run) for run in runs]
        try:
            with closing(super().follow_all(runs, pace)) as together:  # type: ignore[type-var]
                for events in together:
                    for place, event in events:
                        diaries[place].note(event)
                    yield events
        finally:
            for diary in diaries:
                diary.close()


class _Diary:
    """What there is to say of a run once it is over; its end is logged once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._begun = time.monotonic()
        self._first: float | None = None
        self._steps = 0
        self._open = True
        run_began(run)

    def note(self, event: Event) -> None:
        """One more event of the run."""
        if event is None or isinstance(event, Exception):
            self.close(event)
        elif not isinstance(event, Waiting):
            self._steps += 1
            self._first = self._first or time.monotonic()

    def close(self, error: Exception | None = None) -> None:
        """The run is over."""
        if self._open:
            self._open = False
            ended = time.monotonic()
            waited = (self._first or ended) - self._begun
            run_ended(self._run, ended - self._begun, waited, self._steps, error)


def refused(recipe: Recipe, visitor: str, error: Exception) -> None:
    """A recipe was not taken."""
    why = "busy" if isinstance(error, Busy) else "not possible"
    fields = {**_about(recipe, visitor), "outcome": "refused", "why": why}
    logger.info("a run was refused", extra={"event": "run_refused", **fields})


def run_began(run: Run) -> None:
    """A run is followed from now on."""
    fields = {"replayed": run.replayed, "shared": run.shared}
    logger.info(
        "a run began", extra={"event": "run_began", **_about(run.recipe, run.visitor), **fields}
    )


def run_ended(
    run: Run, seconds: float, waited_seconds: float, steps: int, error: BaseException | None
) -> None:
    """A run is over: finished, replayed, stopped or failed.

    Args:
        waited_seconds: until the first step came, or the end.
    """
    fields = {
        "outcome": outcome(run, error),
        "seconds": round(seconds, 3),
        "waited_seconds": round(waited_seconds, 3),
        "steps": steps,
    }
    if error is not None:
        fields["error"] = type(error).__name__
    about = _about(run.recipe, run.visitor)
    logger.info("a run ended", extra={"event": "run_ended", **about, **fields})


def outcome(run: Run, error: BaseException | None) -> str:
    """In one word, what became of a run that is over."""
    if error is not None:
        return "failed"
    if run.stopped or not run.work.over:
        return "stopped"
    return "replayed" if run.replayed else "finished"


def _about(recipe: Recipe, visitor: str) -> dict[str, Any]:
    return {
        "model": recipe.model,
        "task": recipe.task,
        "visitor": visitor,
        "prompt": recipe.prompt,
    }


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, the one it came from, and so on."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        hidden = None if error.__suppress_context__ else error.__context__
        error = error.__cause__ or hidden


def _traceback(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    message = "(left out)" if isinstance(error, _QUOTING) else str(error)
    return f"Traceback (most recent call last):\n{frames}{type(error).__qualname__}: {message}"


def summary(error: BaseException) -> str:
    """Kind and place of an error in a line, without its message: that may quote a visitor."""
    frames = traceback.extract_tb(error.__traceback__)[: -_FRAMES - 1 : -1]
    places = (f"{_short(frame.filename)}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {' < '.join(places)}"


def _short(filename: str) -> str:
    return "/".join(Path(filename).parts[-2:])
