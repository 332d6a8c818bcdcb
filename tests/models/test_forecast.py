"""How long things will take: the pace of a model, and a forecast that keeps to the truth."""

from __future__ import annotations

import importlib
import itertools
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import Recipe, Step
from models.engine import Engine, Run, Waiting
from models.engine.forecast import Pace, Queue, forecast, steps_asked
from tests.fake_adapters import (
    FAKE_TEXT,
    SPECS,
    Fake,
    FakeState,
    FakeText,
    image_recipe,
    staged,
    text_recipe,
)


@pytest.fixture(autouse=True)
def _cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_DEVICE", "cpu")


@dataclass(frozen=True)
class Someone:
    """Somebody in line."""

    visitors: tuple[str, ...]
    arrival: int
    clients: tuple[str, ...] = ("",)


NUMBERS = itertools.count()


def jobs(*entries: tuple[str, float]) -> list[tuple[Someone, float]]:
    """Visitors and the calls their runs take."""
    return [(Someone((name,), next(NUMBERS)), calls) for name, calls in entries]


def begins(queues: Sequence[Queue[Someone]]) -> list[tuple[str, float]]:
    """Who gets a slot when, of those who wait."""
    spans = forecast(queues)
    waiting = [w for queue in queues for w, _ in queue.waiting]
    return [(w.visitors[0], round(spans[w].begins, 6)) for w in waiting]


# The pace of a model.


def test_a_pace_is_level_outside_what_was_measured_and_linear_between() -> None:
    pace = Pace()
    assert not pace.timed
    pace.note_call(4, 0.1)
    assert [pace.seconds(n) for n in (1, 4, 32)] == [0.1, 0.1, 0.1]
    pace.note_call(8, 0.3)
    assert pace.seconds(6) == pytest.approx(0.2)
    assert [pace.seconds(n) for n in (1, 4, 8, 9)] == pytest.approx([0.1, 0.1, 0.3, 0.3])


def test_a_pace_is_a_plain_average_at_first_and_forgets_later() -> None:
    pace = Pace()
    pace.note_call(1, 3.0)
    pace.note_call(1, 1.0)
    assert pace.seconds(1) == pytest.approx(2.0)
    for _ in range(100):
        pace.note_call(1, 1.0)
    assert pace.seconds(1) == pytest.approx(1.0, abs=0.001)


def test_calls_follow_what_a_recipe_asks_for_and_what_runs_took() -> None:
    short, long, drawn = text_recipe(length=10), text_recipe(length=100), image_recipe(steps=7)
    assert [steps_asked(r) for r in (short, long, drawn)] == [10, 100, 7]
    assert steps_asked(replace(short, task="score")) == 1
    pace = Pace()
    assert pace.calls(long) == 100
    pace.note_run(short, 15)
    assert pace.calls(long) == 150
    assert pace.calls(replace(long, task="score")) == 1


# The forecast.


def test_a_free_seat_is_taken_at_once_and_the_others_follow_run_by_run() -> None:
    waiting = jobs(("b", 30), ("c", 5), ("d", 5))
    queue = Queue(lambda n: 0.1, 2, jobs(("a", 10)), waiting, shares=False)
    assert begins([queue]) == [("b", 0.0), ("c", 1.0), ("d", 1.5)]


def test_who_has_nothing_begins_beside_the_others_and_goes_on_before_them() -> None:
    begun, waiting = jobs(("a", 100), ("b", 200)), jobs(("c", 10), ("d", 10), ("a", 10))
    queue = Queue(lambda n: 0.1, 2, begun, waiting, served=[60, 120])
    assert begins([queue]) == [("c", 0.0), ("d", 1.0), ("a", 10.0)]


def test_models_share_the_time() -> None:
    text = Queue(lambda n: 0.1, 1, jobs(("a", 10)), jobs(("b", 1)))
    image = Queue(lambda n: 1.0, 1, jobs(("c", 3)), [])
    assert begins([text, image]) == [("b", 2.0)]
    span = forecast([text, image])[image.slots[0][0]]
    assert (span.begins, round(span.ends, 6)) == (0.0, 4.1)  # 1.1 s are the other's


def test_larger_batches_take_longer() -> None:
    begun, waiting = jobs(("a", 10), ("b", 20)), jobs(("c", 1))
    queue = Queue(lambda n: 0.1 * n, 2, begun, waiting, shares=False)
    assert begins([queue]) == [("c", 2.0)]


def test_rounds_decide_who_is_first() -> None:
    queue = Queue(lambda n: 1.0, 1, jobs(("z", 1)), jobs(("a", 5), ("b", 5)), {"a": 1, "z": 1})
    assert begins([queue]) == [("a", 6.0), ("b", 1.0)]


ENTRIES = st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 50)), max_size=12)


@given(ENTRIES, ENTRIES, st.integers(1, 5), st.floats(0, 2), st.floats(0, 0.5))
def test_everybody_is_served_and_no_time_is_lost(
    first: list[tuple[str, float]],
    second: list[tuple[str, float]],
    limit: int,
    each: float,
    more: float,
) -> None:
    queues = [Queue(lambda n: each + more * n, limit, [], jobs(*e)) for e in (first, second)]
    spans = forecast(queues)
    assert len(spans) == len(first) + len(second)
    assert all(0 <= span.begins <= span.ends for span in spans.values())
    alone = sum(calls * (each + more) for _, calls in (*first, *second))
    assert max((span.ends for span in spans.values()), default=0) <= alone * 1.001 + 0.001


def test_calls_of_next_to_no_time_come_to_an_end() -> None:
    jobs_ = jobs(("a", 0.1), ("b", 7.3), ("c", 1.9))
    spans = forecast([Queue(lambda n: 5e-324 * n, 2, [], jobs_)])
    assert len(spans) == 3


def test_a_long_line_is_forecast_quickly() -> None:
    rng = random.Random(0)
    lines = [
        Queue(lambda n: 0.01, 32, [], jobs(*((str(rng.randrange(60)), 200.0) for _ in range(128))))
        for _ in range(2)
    ]
    started = time.thread_time()  # its own, whatever else the machine does
    forecast(lines)
    assert time.thread_time() - started < 0.5


# The estimates that visitors hear.


class WorkClock:
    """A clock that goes on by what the models were to take, however busy the machine is.

    What others do on it meanwhile says nothing about a forecast.
    """

    def __init__(self) -> None:
        self._now = time.monotonic()

    def monotonic(self) -> float:
        """Seconds."""
        return self._now

    perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        """Let so much time pass; for the one thread that computes."""
        time.sleep(seconds)
        self._now += seconds

    def wait_until(self, moment: float) -> None:
        """Wait for a moment to come, or for a second in which nothing was computed."""
        before, seen = self._now, time.monotonic()
        while self._now < moment and time.monotonic() - seen < 1:
            time.sleep(0.005)
            if self._now != before:
                before, seen = self._now, time.monotonic()


CLOCK = WorkClock()


class Growing(FakeText):
    """A writer whose steps take the longer the more runs share them."""

    def advance(self, states: Sequence[FakeState]) -> list[Step | Exception | None]:
        """As the fake, a little later."""
        CLOCK.sleep(0.004 + 0.001 * len(states))
        return super().advance(states)


MIXED = {
    **SPECS,
    "growing": replace(FAKE_TEXT, id="growing", adapter="tests.models.test_forecast:Growing"),
}


@dataclass(eq=False)
class Student:
    """Somebody who asks for something, listens, and perhaps leaves early."""

    recipe: Recipe
    visitor: str
    comes: float
    leaves: float | None
    heard: list[tuple[float, float]]  # when, and how long it was said to take

    def attend(self, engine: Engine, started: float) -> None:
        """Ask at the appointed time and follow to the end."""
        CLOCK.wait_until(started + self.comes)
        run = engine.submit(self.recipe, self.visitor)
        if self.leaves is not None:
            threading.Thread(target=self.leave, args=(engine, run, self.leaves)).start()
        self.listen(engine, run)

    def leave(self, engine: Engine, run: Run, after: float) -> None:
        """Stop so many seconds from now."""
        CLOCK.wait_until(CLOCK.monotonic() + after)
        engine.stop(run)

    def listen(self, engine: Engine, run: Run) -> None:
        """Remember what was said while there was no step."""
        for event in engine.follow(run):
            if isinstance(event, Waiting) and event.position and event.seconds is not None:
                self.heard.append((CLOCK.monotonic(), event.seconds))


def mixed_class(seed: int) -> list[Student]:
    """Sixty runs of 45 visitors, of every length, in two seconds; one in ten is stopped."""
    rng = random.Random(seed)

    def recipe(number: int) -> Recipe:
        kind = rng.choice(["fake_text", "growing", "fake_image"])
        if kind == "fake_image":
            return image_recipe(number, "delay=0.03", steps=rng.choice([3, 10, 25]))
        prompt = "delay=0.006" if kind == "fake_text" else ""
        return text_recipe(number, prompt, rng.choice([20, 60, 150]), model=kind)

    return [
        Student(
            recipe(number),
            f"visitor {number % 45}",
            rng.uniform(0, 2),
            rng.uniform(1, 8) if rng.random() < 0.1 else None,
            [],
        )
        for number in range(60)
    ]


def test_estimates_are_within_a_factor_of_one_and_a_half(
    monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    """Of the waits of at least half a second: nine in ten, by the first word and by every one.

    What cannot be known counts too: who is stopped, and who comes later and yet goes first.
    """
    begun: dict[str, float] = {}
    begin = Fake.begin

    def note(self: Fake, recipe: Recipe) -> FakeState:
        begun[recipe.key] = CLOCK.monotonic()
        return begin(self, recipe)

    monkeypatch.setattr(Fake, "begin", note)
    for module in ("models.engine.worker", "models.engine.outlook", "tests.fake_adapters"):
        monkeypatch.setattr(f"{module}.time", CLOCK)
    importlib.import_module("torch")  # else everybody comes while the first model waits for it
    students = mixed_class(seed=1)
    with staged(MIXED, batch_limit=4) as stage:
        attend(stage.engine, students)
    served = [s for s in students if s.recipe.key in begun]
    moments = [begun[s.recipe.key] for s in served]
    for name, count in (("first", 1), ("every", None)):
        found = ratios([s.heard[:count] for s in served], moments)
        record_property(f"{name}_estimates", len(found))
        record_property(f"{name}_estimates_right", share_right(found))
        assert len(found) >= 20
        assert share_right(found) >= 0.9


def attend(engine: Engine, students: Sequence[Student]) -> None:
    """Let everybody come, wait and go."""
    started = CLOCK.monotonic() - min(student.comes for student in students)
    threads = [threading.Thread(target=s.attend, args=(engine, started)) for s in students]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def ratios(heard: Sequence[Sequence[tuple[float, float]]], begun: Sequence[float]) -> list[float]:
    """What was said over what was true, for waits of at least half a second."""
    return [
        seconds / (began - moment)
        for told, began in zip(heard, begun, strict=True)
        for moment, seconds in told
        if began - moment >= 0.5
    ]


def share_right(found: Sequence[float]) -> float:
    """The part of the ratios that are within a factor of one and a half."""
    return sum(1 / 1.5 <= ratio <= 1.5 for ratio in found) / max(1, len(found))
