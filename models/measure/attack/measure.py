"""`python -m models.measure attack`: what thirty students have of the app under each attack."""

from __future__ import annotations

import asyncio
import json
import math
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np

from models.measure.app.memory import most_bytes
from models.measure.app.server import ROOT, Server
from models.measure.attack import loop_watch
from models.measure.attack.attacks import ATTACKS
from models.measure.attack.students import KINDS, Kind, Students, sitting
from models.measure.load.app import playground, settle
from models.measure.load.figures import exactly
from models.measure.load.process import look
from models.measure.load.results import Result
from models.measure.load.text import LETTERS
from models.measure.load.watch import watching
from models.measure.metric import Metric

QUIET = "quiet"
FIRST_SECONDS, TIMES_QUIET, HELD_SECONDS = 2.0, 3.0, 0.05
"""The bars: the slowest student's first letter, the last end over the quiet one, and for how long
the event loop computes at one go."""
ATTACK_SECONDS = 20.0
_HEAD_START_SECONDS = 1.0
_HEALTH_EVERY_SECONDS = 0.05
_OPENING = re.compile(rb"type this code on the page: (\w+)")
_REST_SECONDS = 12.0
"""After an attack, so that what it has left half-done is over before the next begins."""
_SEEDS = 1_000
_WARM_SEED = 1_000_000


@dataclass(frozen=True, slots=True)
class Round:
    """What the students had of the app in one round, and what that cost the app.

    Args:
        counts: of the attacker's requests, by what came of them.
        health_seconds: of answers to somebody else who asks whether the app is well.
        held: the longest that its event loop computed at one go, and on what.
    """

    name: str
    results: Sequence[Result]
    counts: Counter[str] = field(default_factory=Counter)
    health_seconds: Sequence[float] = ()
    memory_peak_bytes: int = 0
    memory_growth_bytes: int = 0
    log_bytes: int = 0
    cpu_seconds: float = 0.0
    held: tuple[float, str] = (0.0, "")

    @property
    def first(self) -> list[float]:
        """Seconds to the first letter, of those who saw one."""
        return [r.first_seconds for r in self.results if not math.isnan(r.first_seconds)]

    @property
    def ends(self) -> list[float]:
        """Seconds to the end, of those who came to it."""
        return [r.finished_seconds for r in self.results if r.shown is not None]

    @property
    def first_p95(self) -> float:
        """Of the first letters there are."""
        return float(np.quantile(self.first, 0.95, method="higher")) if self.first else math.inf

    @property
    def last_end(self) -> float:
        """Of the ends there are."""
        return max(self.ends, default=math.inf)

    def missed(self, quiet: Round) -> list[str]:
        """The bars that are missed."""
        count = len(self.results)
        bars = {
            f"{count - len(self.first)} without a letter": len(self.first) == count,
            f"{count - len(self.ends)} without an end": len(self.ends) == count,
            f"first letter {max(self.first, default=math.inf):.1f} s": (
                max(self.first, default=math.inf) <= FIRST_SECONDS
            ),
            f"end {self.last_end / quiet.last_end:.1f} ×": (
                self.last_end <= TIMES_QUIET * quiet.last_end
            ),
            f"loop held {1000 * self.held[0]:.0f} ms": self.held[0] <= HELD_SECONDS,
        }
        return [said for said, met in bars.items() if not met]

    def metrics(self, quiet: Round) -> dict[str, Metric]:
        """Its figures, by name."""
        count = len(self.results)
        health = [s for s in self.health_seconds if math.isfinite(s)]
        found = {
            "served_first": (len(self.first), count),
            "served_end": (len(self.ends), count),
            "first_letter_p95_seconds": (self.first_p95, len(self.first)),
            "first_letter_max_seconds": (max(self.first, default=math.inf), len(self.first)),
            "end_max_seconds": (self.last_end, len(self.ends)),
            "end_times_quiet": (self.last_end / quiet.last_end, len(self.ends)),
            "memory_peak_mb": (self.memory_peak_bytes / 1e6, 1),
            "memory_growth_mb": (self.memory_growth_bytes / 1e6, 1),
            "log_bytes": (self.log_bytes, self.counts.total()),
            "app_cpu_seconds": (self.cpu_seconds, 1),
            "loop_held_ms": (1000 * self.held[0], 1),
            "health_p95_ms": (
                1000 * float(np.quantile(health, 0.95)) if health else math.inf,
                len(self.health_seconds),
            ),
            "attack_requests": (self.counts.total(), self.counts.total()),
        }
        return {name: exactly(value, n) for name, (value, n) in found.items()}


@dataclass(frozen=True, slots=True)
class App:
    """The app under attack, and where it writes what."""

    server: Server
    log: Path
    held: Path
    opening: str


@contextmanager
def attacked(folder: Path, script: str = "app.py", **settings: str) -> Iterator[App]:
    """The app as a class server; what it writes and keeps is in a folder."""
    log, held, said = folder / "log.txt", folder / "held.txt", folder / "said.txt"
    settings = {
        "PLAYGROUND_HOST": "class",
        "PLAYGROUND_HISTORY": str(folder / "history.sqlite"),
        "PLAYGROUND_DOWNLOADS": "0",
        **settings,
    }
    entry = ("-m", "models.measure.attack.loop_watch", str(held), script)
    with (
        log.open("wb") as errors,
        said.open("wb") as output,
        playground(settings, errors, entry, output) as server,
    ):
        code = _OPENING.search(said.read_bytes())
        yield App(server, log, held, code[1].decode() if code else "")


def measure(
    clients: int,
    only: Collection[str] = (),
    kinds: Collection[Kind] = KINDS,
    tell: Callable[[Kind, Round, Round], None] = lambda kind, found, quiet: None,
) -> dict[str, Metric]:
    """For each kind of class a quiet round, then one under each attack.

    Args:
        only: names of attacks; all of them if there are none.
        tell: is told of each round as it ends: the kind, the round, and the quiet one.
    """
    metrics: dict[str, Metric] = {}
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder, attacked(Path(folder)) as app:
            rounds = asyncio.run(carry_out(app, kind, clients, tuple(only or ATTACKS), tell))
        for each in rounds:
            found = each.metrics(rounds[0])
            metrics |= {f"{kind}_{each.name}_{name}": metric for name, metric in found.items()}
    return metrics


async def carry_out(
    app: App,
    kind: Kind,
    clients: int,
    attacks: Sequence[str],
    tell: Callable[[Kind, Round, Round], None] = lambda kind, found, quiet: None,
    *,
    letters: int = LETTERS,
    seconds: float = ATTACK_SECONDS,
    rest_seconds: float = _REST_SECONDS,
    head_start_seconds: float = _HEAD_START_SECONDS,
) -> list[Round]:
    """The quiet round and those under attack, one after the other, with one app.

    Args:
        letters: that each of two models writes for each student.
        seconds: that an attack lasts at most; it ends with the students.
        rest_seconds: between two rounds.
        head_start_seconds: of the attacker's before the students.
    """
    rounds: list[Round] = []
    async with sitting(app.server.port, kind, clients, app.opening) as students:
        await students.write_together(_WARM_SEED, letters)
        await settle(students.browsers[0])
        for place, name in enumerate((QUIET, *attacks)):
            first_seed = place * _SEEDS
            last = (letters, seconds, head_start_seconds)
            rounds.append(await _round(app, students, name, first_seed, *last))
            tell(kind, rounds[-1], rounds[0])
            await asyncio.sleep(rest_seconds if name != QUIET else 0.0)
    return rounds


async def _round(
    app: App,
    students: Students,
    name: str,
    first_seed: int,
    letters: int,
    seconds: float,
    head_start_seconds: float,
) -> Round:
    before = look(app.server.process_id)
    logged, held = app.log.stat().st_size, len(list(loop_watch.read(app.held)))
    health: list[float] = []
    _forget_peak(app.server.process_id)
    counts: Counter[str] = Counter()
    with watching(app.server.port, "/healthz", _HEALTH_EVERY_SECONDS, health):
        if name == QUIET:
            results = await students.write_together(first_seed, letters)
        else:
            async with _under_attack(app, name, students.code, seconds, counts):
                await asyncio.sleep(head_start_seconds)
                results = await students.write_together(first_seed, letters)
    after = look(app.server.process_id)
    return Round(
        name,
        results,
        counts,
        health,
        most_bytes(app.server.process_id),
        after.memory_bytes - before.memory_bytes,
        app.log.stat().st_size - logged,
        after.cpu_seconds - before.cpu_seconds,
        max(list(loop_watch.read(app.held))[held:], default=(0.0, "")),
    )


def _forget_peak(process_id: int) -> None:
    """Let the high-water mark of a process's memory begin anew (proc(5), `clear_refs`)."""
    with suppress(OSError):
        Path(f"/proc/{process_id}/clear_refs").write_text("5")


@asynccontextmanager
async def _under_attack(
    app: App, name: str, code: str, seconds: float, counts: Counter[str]
) -> AsyncIterator[None]:
    """Have another process attack meanwhile; `counts` has then what came of its requests."""
    arguments = (name, str(app.server.port), str(seconds), code)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "models.measure.attack.attacks", *arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()  # it is at work
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        said, _ = await process.communicate()
        counts.update(json.loads(said or b"{}"))


class Report:
    """A table, row by row as rounds end."""

    _FORM = "{:6} {:9} {:>7} {:>7} {:>7} {:>6} {:>5} {:>7} {:>9} {:>6} {:>9} {:>7}  {}"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        heads = ("class", "attack", "served", "p95 s", "max s", "end ×", "cpu s", "peak MB")
        self._print(
            *heads, "growth MB", "log B", "health ms", "held ms", "bars; what the attacker was told"
        )

    def add(self, kind: Kind, found: Round, quiet: Round) -> None:
        """One round."""
        m = {name: metric.value for name, metric in found.metrics(quiet).items()}
        bars = "; ".join(found.missed(quiet)) or "met"
        told = ", ".join(f"{times} × {status}" for status, times in found.counts.most_common())
        self._print(
            kind,
            found.name,
            f"{m['served_first']:.0f}/{m['served_end']:.0f}",
            f"{m['first_letter_p95_seconds']:.2f}",
            f"{m['first_letter_max_seconds']:.2f}",
            f"{m['end_times_quiet']:.2f}",
            f"{m['app_cpu_seconds']:.1f}",
            f"{m['memory_peak_mb']:.0f}",
            f"{m['memory_growth_mb']:+.0f}",
            f"{m['log_bytes']:.0f}",
            f"{m['health_p95_ms']:.0f}",
            f"{m['loop_held_ms']:.0f}",
            f"{bars}; {told}" if told else f"{bars}; quiet, end {found.last_end:.2f} s",
        )
        if found.held[0] > HELD_SECONDS:
            print(f"  the loop was held by {found.held[1]}", file=self._stream, flush=True)
        said = Counter(r.sentence for r in found.results if r.sentence)
        for sentence, times in said.most_common(3):
            print(f"  {times} students were told: {sentence}", file=self._stream, flush=True)

    def _print(self, *cells: str) -> None:
        print(self._FORM.format(*cells), file=self._stream, flush=True)
