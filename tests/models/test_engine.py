"""The engine with fakes behind the real pool: what followers get, and what adapters see."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.base import ModelSpec, Recipe, Step
from models.engine import Busy, Engine, Run, Waiting, failures
from models.engine.flight import size_of_step
from models.pool import LoadError
from tests.fake_adapters import (
    FAKE_IMAGE,
    FAKE_TEXT,
    SPECS,
    Fake,
    FakeState,
    FakeText,
    Stage,
    alone,
    image_recipe,
    staged,
    steps_of,
    text_recipe,
    wait_until,
)


@pytest.fixture(autouse=True)
def _cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_DEVICE", "cpu")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as stage:
        stage.steps(text_recipe(seed=999))  # loaded and warm
        stage.steps(image_recipe(seed=999))
        yield stage


def take(events: Iterator[Step | Waiting], count: int) -> list[Step]:
    """The next `count` steps."""
    return list(itertools.islice((e for e in events if not isinstance(e, Waiting)), count))


def follow_all(engine: Engine, runs: Sequence[Run]) -> list[list[Step] | Exception]:
    """Follow several runs at once, each on a thread; what each brought, or what it raised."""
    results: list[list[Step] | Exception] = [[] for _ in runs]

    def follow(i: int) -> None:
        try:
            results[i] = steps_of(engine.follow(runs[i]))
        except Exception as error:
            results[i] = error

    threads = [threading.Thread(target=follow, args=(i,)) for i in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


# What a follower gets.


@pytest.mark.parametrize("recipe", [text_recipe(3, length=40), image_recipe(3, steps=4, count=2)])
def test_steps_come_once_each_and_in_order(stage: Stage, recipe: Recipe) -> None:
    steps = stage.steps(recipe)
    assert steps == alone(recipe)
    assert [step.index for step in steps] == list(range(len(steps)))
    assert [step.last for step in steps] == [False] * (len(steps) - 1) + [True]


def test_calls_without_a_step_deliver_nothing(stage: Stage) -> None:
    recipe = text_recipe(1, "quiet=3")
    assert stage.steps(recipe) == alone(recipe)


def test_runs_of_a_model_share_their_steps(stage: Stage) -> None:
    recipes = [text_recipe(seed, "delay=0.01", length=20) for seed in range(4)]
    runs = [stage.engine.submit(recipe) for recipe in recipes]
    results = follow_all(stage.engine, runs)
    assert results == [alone(recipe) for recipe in recipes]
    assert max(map(len, stage.adapter().batches)) == 4


def test_an_untimed_step_gets_the_time_of_its_call_and_the_size_of_its_batch(stage: Stage) -> None:
    runs = [stage.engine.submit(text_recipe(seed, "delay=0.02")) for seed in range(2)]
    first, _ = follow_all(stage.engine, runs)
    assert isinstance(first, list)
    assert all(0.02 <= step.seconds < 0.2 for step in first)
    assert [step.batch for step in first][-1] == 2


def test_followers_hear_something_every_quarter_second(stage: Stage) -> None:
    events = stage.engine.follow(stage.engine.submit(text_recipe(1, "delay=0.6", length=2)))
    gaps, heard, before = [], [], time.monotonic()
    for event in events:
        gaps.append(time.monotonic() - before)
        heard.append(event)
        before = time.monotonic()
    assert max(gaps) < 0.4
    assert len(gaps) <= 10  # and not more often than it has something to say
    assert heard[:2] == [Waiting(0, None, "queue")] * 2


def test_a_generator_may_be_resumed_by_any_thread(stage: Stage) -> None:
    recipe = text_recipe(5, "delay=0.005", length=10)
    events = stage.engine.follow(stage.engine.submit(recipe))
    got: list[Step | Waiting] = []
    for _ in range(1000):
        thread = threading.Thread(target=lambda: got.extend(itertools.islice(events, 1)))
        thread.start()
        thread.join()
        if got and getattr(got[-1], "last", False):
            break
    assert steps_of(iter(got)) == alone(recipe)


# Single flight and replay.


def test_a_running_recipe_is_joined_from_its_start(stage: Stage) -> None:
    recipe = text_recipe(7, "delay=0.01", length=20)
    first = stage.engine.submit(recipe, "a")
    events = stage.engine.follow(first)
    early = take(events, 5)
    second = stage.engine.submit(recipe, "b")
    assert (first.shared, second.shared, second.replayed) == (False, True, False)
    assert steps_of(stage.engine.follow(second)) == alone(recipe)
    assert early + steps_of(events) == alone(recipe)
    assert stage.adapter().begun[recipe.key] == 1


def test_thirty_visitors_with_one_recipe_cost_one_run(stage: Stage) -> None:
    recipe = text_recipe(8, "delay=0.005", length=20)
    calls = len(stage.adapter().batches)
    runs = [stage.engine.submit(recipe, f"visitor {number}") for number in range(30)]
    assert [run.shared for run in runs] == [False] + [True] * 29
    assert follow_all(stage.engine, runs) == [alone(recipe)] * 30
    late = stage.engine.submit(recipe, "late")
    assert (late.replayed, late.shared) == (True, False)
    assert steps_of(stage.engine.follow(late)) == alone(recipe)
    assert stage.adapter().begun[recipe.key] == 1
    assert len(stage.adapter().batches) - calls == 20


def test_the_cache_keeps_what_was_used_last() -> None:
    recipes = [text_recipe(seed, length=20) for seed in range(3)]
    bytes_each = max(sum(map(size_of_step, alone(recipe))) for recipe in recipes)
    with staged(cache_bytes=2 * bytes_each + bytes_each // 2) as stage:
        for recipe in (*recipes[:2], recipes[0], recipes[2]):
            stage.steps(recipe)
            assert stage.engine.load().cache_bytes <= 2.5 * bytes_each
        kept = [stage.engine.submit(recipe).replayed for recipe in (recipes[0], recipes[2])]
        assert kept == [True, True]
        assert not stage.engine.submit(recipes[1]).replayed


def test_a_finished_recipe_is_replayed(stage: Stage) -> None:
    recipe = image_recipe(7)
    first = stage.steps(recipe)
    again = stage.engine.submit(recipe)
    assert (again.replayed, again.shared) == (True, False)
    assert list(stage.engine.follow(again)) == first
    assert stage.adapter("fake_image").begun[recipe.key] == 1


@pytest.mark.parametrize("prompt", ["fail=2", "raise=2"])
def test_a_failed_run_is_not_replayed(stage: Stage, prompt: str) -> None:
    recipe = text_recipe(1, prompt)
    for attempt in (1, 2):
        run = stage.engine.submit(recipe)
        assert not run.replayed
        with pytest.raises(RuntimeError, match="ordered"):
            list(stage.engine.follow(run))
        assert stage.adapter().begun[recipe.key] == attempt


# Stop.


def test_stop_ends_quietly_and_frees_the_seat(stage: Stage) -> None:
    recipe = text_recipe(1, "delay=0.01", length=1000)
    run = stage.engine.submit(recipe)
    events = stage.engine.follow(run)
    got = take(events, 3)
    stage.engine.stop(run)
    stage.engine.stop(run)
    got += steps_of(events)
    assert got == alone(recipe)[: len(got)]
    assert len(got) < 20
    wait_until(lambda: not stage.adapter().open)
    assert not stage.engine.submit(recipe).replayed


def test_a_closed_generator_frees_the_seat(stage: Stage) -> None:
    events = stage.engine.follow(stage.engine.submit(text_recipe(1, "delay=0.01", length=1000)))
    take(events, 2)
    events.close()  # type: ignore[attr-defined]
    wait_until(lambda: not stage.adapter().open)
    assert len(stage.adapter().batches) < 30


def test_stop_by_one_of_two_leaves_the_other_alone(stage: Stage) -> None:
    recipe = text_recipe(1, "delay=0.01", length=20)
    first, second = (stage.engine.submit(recipe, visitor) for visitor in "ab")
    take(stage.engine.follow(first), 2)
    stage.engine.stop(first)
    assert steps_of(stage.engine.follow(second)) == alone(recipe)
    assert stage.adapter().begun[recipe.key] == 1
    assert stage.engine.submit(recipe).replayed


def test_stop_by_one_of_two_in_line_leaves_the_other_there() -> None:
    with staged(batch_limit=1) as stage:
        busy = stage.engine.submit(text_recipe(1, "delay=0.01", length=1000))
        wait_until(lambda: bool(busy.work.steps))
        first, second = (stage.engine.submit(text_recipe(2), visitor) for visitor in "ab")
        stage.engine.stop(first)
        stage.engine.stop(busy)
        assert steps_of(stage.engine.follow(second)) == alone(text_recipe(2))


def test_stop_before_following_and_after_the_end(stage: Stage) -> None:
    run = stage.engine.submit(text_recipe(1, "delay=0.01", length=1000))
    stage.engine.stop(run)
    assert len(list(stage.engine.follow(run))) < 5
    done = stage.engine.submit(text_recipe(2))
    list(stage.engine.follow(done))
    stage.engine.stop(done)
    assert list(stage.engine.follow(done)) == alone(text_recipe(2))


def test_a_run_nobody_asks_about_gives_up_its_seat_and_can_be_taken_up_again() -> None:
    recipe = text_recipe(1, "delay=0.01", length=120)
    with staged(patience_seconds=0.4) as stage:
        run = stage.engine.submit(recipe)
        events = stage.engine.follow(run)
        early = take(events, 3)
        wait_until(lambda: not stage.adapter().open)
        assert sum(map(len, stage.adapter().batches)) < 120
        assert early + steps_of(events) == alone(recipe)
        assert stage.adapter().begun[recipe.key] == 2


def test_a_run_nobody_asked_about_is_not_taken_up_by_a_closed_engine() -> None:
    with staged(patience_seconds=0.05) as stage:
        events = stage.engine.follow(stage.engine.submit(text_recipe(1, "delay=0.01", length=100)))
        take(events, 1)
        wait_until(lambda: not stage.adapter().open)
        stage.engine.close()
        with pytest.raises(Busy):
            list(events)


# Failures.


def test_a_refused_recipe_raises_what_begin_raised(stage: Stage) -> None:
    with pytest.raises(ValueError, match="change it"):
        stage.steps(text_recipe(1, "refuse=1"))
    assert stage.steps(text_recipe(2)) == alone(text_recipe(2))


def test_one_failing_run_leaves_its_batch_alone(stage: Stage) -> None:
    recipes = [text_recipe(s, "delay=0.01", length=10) for s in range(3)]
    recipes.append(text_recipe(9, "delay=0.01 fail=4", length=10))
    runs = [stage.engine.submit(recipe) for recipe in recipes]
    *good, bad = follow_all(stage.engine, runs)
    assert good == [alone(recipe) for recipe in recipes[:3]]
    assert isinstance(bad, RuntimeError)
    assert all(stage.adapter().begun[recipe.key] == 1 for recipe in recipes)


def test_when_advance_raises_the_others_lose_no_more_than_a_step(stage: Stage) -> None:
    recipes = [text_recipe(s, "delay=0.01", length=10) for s in range(3)]
    recipes.append(text_recipe(9, "delay=0.01 raise=4", length=10))
    runs = [stage.engine.submit(recipe) for recipe in recipes]
    *good, bad = follow_all(stage.engine, runs)
    assert good == [alone(recipe) for recipe in recipes[:3]]
    assert isinstance(bad, RuntimeError)
    assert len(runs[3].work.steps) == 4
    assert [stage.adapter().begun[recipe.key] for recipe in recipes] == [1, 1, 1, 1]
    batches = stage.adapter().batches
    failed = max(i for i, batch in enumerate(batches) if len(batch) == 4)
    assert [len(batch) for batch in batches[failed : failed + 5]] == [4, 2, 2, 1, 1]
    assert {len(batch) for batch in batches[failed + 5 :]} == {3}  # the others share again


def test_a_run_that_fails_among_thirty_two_costs_one_more_step_of_compute() -> None:
    recipes = [text_recipe(s, "delay=0.005", length=12) for s in range(31)]
    recipes.append(text_recipe(31, "delay=0.005 raise=6", length=12))
    with staged(batch_limit=32) as wide:
        runs = [wide.engine.submit(recipe) for recipe in recipes]
        *good, bad = follow_all(wide.engine, runs)
        batches = wide.adapter().batches
    assert good == [alone(recipe) for recipe in recipes[:31]]
    assert isinstance(bad, RuntimeError)
    taken = Counter(seed for batch in batches for seed in batch)
    assert max(taken[seed] for seed in range(31)) <= 12 + 5  # halves, five deep
    assert sum(taken[seed] for seed in range(31)) - 31 * 12 <= 2 * 32


def test_whose_runs_fail_again_and_again_waits_and_nobody_else(stage: Stage) -> None:
    for seed in range(failures.MOST):
        run = stage.engine.submit(text_recipe(seed, "fail=0", length=3), "ann")
        assert isinstance(follow_all(stage.engine, [run])[0], RuntimeError)
    with pytest.raises(Busy, match=r"Your last runs failed, .* in about 60 seconds"):
        stage.engine.submit(text_recipe(1, length=3), "ann")
    for visitor in ("bob", ""):
        run = stage.engine.submit(text_recipe(1, length=3), visitor)
        assert follow_all(stage.engine, [run]) == [alone(text_recipe(1, length=3))]


def test_a_minute_after_the_first_of_the_last_failures_one_more_may_be_tried() -> None:
    kept = failures.Failures()
    for moment in range(failures.MOST):
        assert kept.seconds_left("ann", moment) == 0
        kept.note(["ann", ""], moment)
    assert kept.seconds_left("ann", 10.0) == 50.0
    assert kept.seconds_left("ann", 60.0) == 0
    assert kept.seconds_left("", 10.0) == 0
    for number in range(2_000):
        kept.note([str(number)], 11.0)
    assert len(kept._of) == 1_000


def test_when_advance_raised_by_accident_nobody_fails(stage: Stage) -> None:
    recipes = [text_recipe(s, "delay=0.01 raise=3 once=1", length=10) for s in range(2)]
    runs = [stage.engine.submit(recipe) for recipe in recipes]
    assert follow_all(stage.engine, runs) == [alone(recipe) for recipe in recipes]


def test_a_batch_that_is_too_large_is_taken_in_parts_from_then_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = stage.adapter()
    advance, refused = adapter.advance, []

    def run_out(states: Sequence[FakeState]) -> list[Step | Exception | None]:
        if len(states) > 3:
            refused.append(len(states))
            raise MemoryError
        return advance(states)

    monkeypatch.setattr(adapter, "advance", run_out)
    recipes = [text_recipe(s, "delay=0.01", length=10) for s in range(4)]
    runs = [stage.engine.submit(recipe) for recipe in recipes]
    assert follow_all(stage.engine, runs) == [alone(recipe) for recipe in recipes]
    assert refused == [4]


def test_a_wrong_number_of_results_is_a_failure(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.adapter(), "advance", lambda states: [])
    with pytest.raises(RuntimeError, match="0 steps for 1"):
        stage.steps(text_recipe(1))


def test_a_failing_end_is_survived(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = stage.adapter()
    end = adapter.end

    def end_badly(state: FakeState) -> None:
        end(state)
        raise RuntimeError("end was ordered to raise")

    monkeypatch.setattr(adapter, "end", end_badly)
    assert stage.steps(text_recipe(1)) == alone(text_recipe(1))
    assert stage.steps(text_recipe(2)) == alone(text_recipe(2))


def test_a_failed_load_fails_its_runs_and_is_tried_again() -> None:
    recipe = text_recipe(1)
    with staged() as stage:
        load, calls = FakeText.load, itertools.count()

        def fail_first(spec: ModelSpec, device: str, dtype: str) -> Fake:
            if next(calls) == 0:
                raise OSError("the disk is on fire")
            return load(spec, device, dtype)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.fake_adapters.FakeText.load", fail_first)
            with pytest.raises(LoadError):
                stage.steps(recipe)
            assert stage.pool.state("fake_text") == "not_loaded"
            assert stage.steps(recipe) == alone(text_recipe(1))


def test_who_runs_out_of_memory_in_a_batch_fails_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As torch says it, from within the pass that all of them share."""
    adapter = stage.adapter()
    advance = adapter.advance

    def run_out(states: Sequence[FakeState]) -> list[Step | Exception | None]:
        if any(state.recipe.seed == 7 and state.index == 3 for state in states):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")
        return advance(states)

    monkeypatch.setattr(adapter, "advance", run_out)
    recipes = [text_recipe(s, "delay=0.01", length=10) for s in range(8)]
    results = follow_all(stage.engine, [stage.engine.submit(recipe) for recipe in recipes])
    guilty = results.pop(7)
    assert results == [alone(recipe) for recipe in recipes[:7]]
    assert isinstance(guilty, RuntimeError)
    assert stage.engine.healthy()
    assert stage.steps(text_recipe(8)) == alone(text_recipe(8))


# A step that does not come back.


def test_a_hung_step_fails_alone_and_two_make_the_engine_unhealthy() -> None:
    with staged(step_limit_seconds=0.3) as stage:
        for abandoned in (1, 2):
            assert stage.engine.healthy()
            with pytest.raises(TimeoutError):
                stage.steps(text_recipe(abandoned, "hang=2"))
            assert stage.steps(text_recipe(10 + abandoned)) == alone(text_recipe(10 + abandoned))
        assert not stage.engine.healthy()
        assert len(stage.adapters) == 3


def test_after_a_hung_step_the_other_runs_are_replayed() -> None:
    recipes = [text_recipe(s, "delay=0.01", length=20) for s in range(3)]
    recipes.append(image_recipe(1, "delay=0.02", steps=50))
    recipes.append(text_recipe(9, "delay=0.01 hang=5", length=20))
    with staged(step_limit_seconds=0.3) as stage:
        runs = [stage.engine.submit(recipe) for recipe in recipes]
        *good, bad = follow_all(stage.engine, runs)
        assert good == [alone(recipe) for recipe in recipes[:-1]]
        assert isinstance(bad, TimeoutError)
        assert len(runs[-1].work.steps) == 5
        painters = [a for a in stage.adapters if a.spec.id == "fake_image"]
        assert len(painters) == 1  # the other model never noticed
        assert painters[0].begun[recipes[3].key] == 1


def test_a_hang_in_a_batch_of_eight_leaves_seven_unharmed() -> None:
    recipes = [text_recipe(s, "delay=0.01", length=20) for s in range(7)]
    recipes.append(text_recipe(9, "delay=0.01 hang=5", length=20))
    with staged(step_limit_seconds=0.3) as stage:
        runs = [stage.engine.submit(recipe) for recipe in recipes]
        *good, bad = follow_all(stage.engine, runs)
        assert good == [alone(recipe) for recipe in recipes[:-1]]
        assert isinstance(bad, TimeoutError)
        assert max(map(len, stage.adapters[0].batches)) == 8
        # Who hung is found by carrying out each alone, so that a second thread is given up.
        assert stage.engine.load().abandoned == 2
        assert not stage.engine.healthy()


def test_a_hung_begin_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with staged(step_limit_seconds=0.3) as stage:
        stage.steps(text_recipe(1))
        adapter = stage.adapter()
        begin = adapter.begin
        monkeypatch.setattr(adapter, "begin", lambda r: adapter.released.wait(5) and begin(r))
        with pytest.raises(TimeoutError):
            stage.steps(text_recipe(2))
        assert stage.steps(text_recipe(3)) == alone(text_recipe(3))


def test_a_hung_end_loses_none_of_the_runs_it_stands_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with staged(step_limit_seconds=0.3) as stage:
        stage.steps(text_recipe(0))
        adapter = stage.adapter()
        end = adapter.end

        def end_slowly(state: FakeState) -> None:
            adapter.released.wait(5.0)
            end(state)

        monkeypatch.setattr(adapter, "end", end_slowly)
        recipes = [text_recipe(s, f"delay=0.01 {fault}") for s, fault in enumerate(["", "raise=3"])]
        good, bad = follow_all(stage.engine, [stage.engine.submit(r) for r in recipes])
        assert good == alone(recipes[0])
        assert isinstance(bad, RuntimeError)


# Models that compute elsewhere.

ELSEWHERE = {"away_text": "away", "away_image": "away"}
AWAY = {
    "away_text": replace(FAKE_TEXT, id="away_text"),
    "away_image": replace(FAKE_IMAGE, id="away_image"),
}


def away_image(seed: int, prompt: str = "", steps: int = 3) -> Recipe:
    """A recipe for the fake painter that paints elsewhere."""
    return replace(image_recipe(seed, prompt, steps), model="away_image")


def test_elsewhere_one_run_goes_on_at_a_time_whatever_its_model() -> None:
    with staged({**SPECS, **AWAY}, kinds=ELSEWHERE) as stage:
        text = [text_recipe(s, "delay=0.01", 10, model="away_text") for s in range(3)]
        runs = [stage.engine.submit(recipe) for recipe in (*text, away_image(1, "delay=0.01"))]
        most = 0
        while not all(run.work.over for run in runs):
            most = max(most, sum(len(adapter.open) for adapter in stage.adapters))
            time.sleep(0.002)
        assert most == 1
        assert [run.work.steps for run in runs[:3]] == [alone(recipe) for recipe in text]
        assert all(len(batch) == 1 for adapter in stage.adapters for batch in adapter.batches)


def test_a_model_elsewhere_and_one_here_do_not_share_time() -> None:
    with staged({**SPECS, **AWAY}, kinds=ELSEWHERE) as stage:
        stage.steps(text_recipe(0))
        slow = stage.engine.submit(away_image(1, "delay=1", steps=2))
        wait_until(lambda: any(a.open for a in stage.adapters if a.spec.id == "away_image"))
        started = time.monotonic()
        assert stage.steps(text_recipe(1)) == alone(text_recipe(1))
        assert time.monotonic() - started < 0.5
        assert not slow.work.steps
        stage.engine.stop(slow)


def test_a_step_that_hangs_elsewhere_disturbs_nobody_here() -> None:
    with staged({**SPECS, **AWAY}, kinds=ELSEWHERE, step_limit_seconds=0.3) as stage:
        here = stage.engine.submit(text_recipe(1, "delay=0.01", length=60))
        away = [text_recipe(s, p, model="away_text") for s, p in ((2, "hang=2"), (3, ""))]
        runs = [here, *map(stage.engine.submit, away)]
        steps, hung, next_one = follow_all(stage.engine, runs)
        assert steps == alone(here.recipe)
        assert isinstance(hung, TimeoutError)
        assert next_one == alone(away[1])
        assert stage.adapter().begun[here.recipe.key] == 1
        assert stage.engine.healthy()


def test_an_adapter_is_asked_in_the_context_of_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor: ContextVar[str] = ContextVar("visitor", default="nobody")
    heard: list[str] = []
    begin = FakeText.begin

    def listen(self: FakeText, recipe: Recipe) -> FakeState:
        heard.append(visitor.get())
        return begin(self, recipe)

    monkeypatch.setattr(FakeText, "begin", listen)
    with staged() as stage:
        for name in ("a", "b"):
            context = copy_context()
            context.run(visitor.set, name)
            run = context.run(stage.engine.submit, text_recipe(ord(name)))
            list(stage.engine.follow(run))
    assert heard == ["a", "b"]


# Turns, lines and limits.


def test_models_share_time_not_turns(stage: Stage) -> None:
    slow = stage.engine.submit(text_recipe(1, "delay=0.06", length=1000))
    fast = stage.engine.submit(image_recipe(1, "delay=0.006", steps=50))
    wait_until(lambda: len(fast.work.steps) == 50)
    assert 2 <= len(slow.work.steps) <= 12  # 50 × 6 ms is 5 × 60 ms
    stage.engine.stop(slow)


def test_a_new_model_neither_starves_nor_is_starved(stage: Stage) -> None:
    old = stage.engine.submit(text_recipe(1, "delay=0.01", length=1000))
    wait_until(lambda: len(old.work.steps) > 40)
    before = len(old.work.steps)
    new = stage.engine.submit(image_recipe(1, "delay=0.02", steps=20))
    wait_until(lambda: new.work.over)
    assert 15 <= len(old.work.steps) - before <= 80  # 20 × 20 ms is 40 × 10 ms
    stage.engine.stop(old)


def test_many_runs_of_one_visitor_do_not_delay_the_first_of_another() -> None:
    with staged(batch_limit=4) as stage:
        hog = [
            stage.engine.submit(text_recipe(s, "delay=0.01", length=100), "hog") for s in range(10)
        ]
        wait_until(lambda: len(hog[0].work.steps) > 2)
        polite = stage.engine.submit(text_recipe(99, "delay=0.01", length=3), "polite")
        assert steps_of(stage.engine.follow(polite)) == polite.work.steps
        assert not hog[0].work.over
        assert not hog[-1].work.steps
        for run in hog:
            stage.engine.stop(run)


def test_the_place_in_line_is_told_with_an_estimate() -> None:
    with staged(batch_limit=1) as stage:
        stage.steps(text_recipe(0, "delay=0.02", length=10))
        first = stage.engine.submit(text_recipe(1, "delay=0.02", length=1000), "a")
        wait_until(lambda: bool(first.work.steps))
        others = [stage.engine.submit(text_recipe(s), v) for s, v in ((2, "b"), (3, "c"))]
        events = {run: stage.engine.follow(run) for run in others}
        for place, run in enumerate(others, start=1):
            waiting = next(events[run])
            assert isinstance(waiting, Waiting)
            assert (waiting.position, waiting.what) == (place, "queue")
            left = (1000 - len(first.work.steps)) * 0.02 + (place - 1) * 5 * 0.02
            assert waiting.seconds == pytest.approx(left, rel=0.5)


def test_a_load_is_told_by_its_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    with staged() as stage:
        load = FakeText.load

        def load_slowly(spec: ModelSpec, device: str, dtype: str) -> Fake:
            time.sleep(0.6)
            return load(spec, device, dtype)

        monkeypatch.setattr("tests.fake_adapters.FakeText.load", load_slowly)
        events = list(stage.engine.follow(stage.engine.submit(text_recipe(1))))
        loading = [e for e in events if isinstance(e, Waiting) and e.what == "loading"]
        assert loading
        assert loading[0].position == 0
        assert 0 < loading[0].elapsed < 0.6
        assert loading[0].total == pytest.approx(5.0, abs=1)
        assert loading[0].seconds == pytest.approx(5.0, abs=1)


def test_too_many_runs_are_refused_with_a_time_to_come_back() -> None:
    with staged(max_waiting=3, max_waiting_per_visitor=2) as stage:
        long = [text_recipe(s, "delay=0.01", length=1000) for s in range(4)]
        runs = [stage.engine.submit(recipe, "a") for recipe in long[:2]]
        with pytest.raises(Busy, match=r"You have 2 runs .* seconds"):
            stage.engine.submit(long[2], "a")
        stage.engine.submit(long[2], "b")
        with pytest.raises(Busy, match=r"Very many .* seconds"):
            stage.engine.submit(long[3], "b")
        assert stage.engine.submit(long[0], "c").shared  # to join costs nothing
        stage.engine.stop(runs[1])
        stage.engine.submit(long[3], "d")


def test_where_it_is_full_the_newest_of_who_has_most_gives_way() -> None:
    with staged(max_waiting=3) as stage:
        long = [text_recipe(s, "delay=0.01", length=1000) for s in range(6)]
        hog = [stage.engine.submit(recipe, "hog") for recipe in long[:3]]
        newcomer = stage.engine.submit(long[3], "a")
        assert [run.work.over for run in hog] == [False, False, True]
        assert isinstance(hog[2].work.error, Busy)
        assert "you had 3 runs under way: the newest gave way" in str(hog[2].work.error)
        stage.engine.submit(long[4], "b")
        assert [run.work.over for run in hog] == [False, True, True]
        with pytest.raises(Busy, match=r"Very many"):  # everybody has one
            stage.engine.submit(long[5], "c")
        assert not newcomer.work.over


def test_whoever_invents_visitors_takes_no_place_from_another_client() -> None:
    with staged(max_waiting=8, batch_limit=4) as stage:
        long = [text_recipe(s, "delay=0.01", length=1000) for s in range(20)]
        many = [stage.engine.submit(long[i], f"invented {i}", "one") for i in range(8)]
        wait_until(lambda: sum(bool(run.work.steps) for run in many) >= 4)
        with pytest.raises(Busy, match=r"Very many"):
            stage.engine.submit(long[19], "invented 9", "one")
        others = [
            stage.engine.submit(text_recipe(50 + i, "delay=0.01", length=12), f"page {i}", name)
            for i, name in enumerate(("two", "three", "four"))
        ]
        assert follow_all(stage.engine, others) == [alone(run.recipe) for run in others]
        assert sum(run.work.over for run in many) == 3  # the newest gave way
        assert max(len(run.work.steps) for run in many) < 60
        for run in many:
            stage.engine.stop(run)


def test_a_newcomers_first_letters_come_before_anybodys_thousandth() -> None:
    with staged(batch_limit=4) as stage:
        long = [
            stage.engine.submit(text_recipe(s, "delay=0.004", length=1000), f"old {s}", "room")
            for s in range(4)
        ]
        wait_until(lambda: all(len(run.work.steps) > 60 for run in long))
        new = stage.engine.submit(text_recipe(9, "delay=0.004", length=40), "new", "room")
        before = sum(len(run.work.steps) for run in long)
        assert steps_of(stage.engine.follow(new)) == alone(new.recipe)
        # The newcomer is in every batch, beside three of the four.
        assert sum(len(run.work.steps) for run in long) - before <= 3 * 40 + 4 * 15
        for run in long:
            stage.engine.stop(run)


def test_a_surplus_is_refused_and_those_in_do_not_notice() -> None:
    with staged(max_waiting=10, batch_limit=4) as stage:
        recipes = [text_recipe(s, "delay=0.005", length=20) for s in range(40)]
        runs, refused = [], []
        for number, recipe in enumerate(recipes):
            try:
                runs.append(stage.engine.submit(recipe, f"visitor {number}"))
            except Busy as error:
                refused.append(str(error))
        assert (len(runs), len(refused)) == (10, 30)
        assert all("Please try again in about" in sentence for sentence in refused)
        assert follow_all(stage.engine, runs) == [alone(run.recipe) for run in runs]
        assert stage.engine.load().runs == 0


def test_the_time_to_come_back_is_the_time_until_there_is_room() -> None:
    with staged(max_waiting=4, batch_limit=1) as stage:
        stage.steps(text_recipe(0, "delay=0.02", length=10))
        for seed in range(1, 5):
            stage.engine.submit(text_recipe(seed, "delay=0.02", length=1000), str(seed))
        with pytest.raises(Busy, match=r"about (1[5-9]|2[0-9]|30) seconds"):  # 1000 × 0.02 s
            stage.engine.submit(text_recipe(9), "late")


def test_where_one_run_goes_on_at_a_time_nobody_has_two_before_another_has_one() -> None:
    with staged({**SPECS, **AWAY}, kinds=ELSEWHERE) as stage:
        hog = [text_recipe(s, "delay=0.02", 6, model="away_text") for s in range(5)]
        hog += [away_image(s, "delay=0.02", steps=5) for s in range(5)]
        hogged = [stage.engine.submit(recipe, "hog") for recipe in hog]
        wait_until(lambda: bool(hogged[0].work.steps))
        polite = stage.engine.submit(text_recipe(99, "", 3, model="away_text"), "polite")
        assert steps_of(stage.engine.follow(polite)) == alone(polite.recipe)
        assert sum(run.work.over for run in hogged) <= 2
        assert sum(bool(run.work.steps) for run in hogged) <= 2
        for run in hogged:
            stage.engine.stop(run)


def test_unknown_models_and_missing_weights_are_refused_in_words() -> None:
    specs = {**SPECS, "bare": replace(FAKE_IMAGE, id="bare", revision="")}
    with staged(specs) as stage:
        with pytest.raises(ValueError, match="no model called “nobody”"):
            stage.engine.submit(text_recipe(model="nobody"))
        with pytest.raises(ValueError, match="weights of Fake painter"):
            stage.engine.submit(replace(image_recipe(), model="bare"))


def test_closing_ends_every_run_and_refuses_new_ones() -> None:
    with staged() as stage:
        run = stage.engine.submit(text_recipe(1, "delay=0.01", length=1000))
        wait_until(lambda: bool(run.work.steps))
        stage.engine.close()
        with pytest.raises(RuntimeError, match="shut down"):
            list(stage.engine.follow(run))
        with pytest.raises(Busy):
            stage.engine.submit(text_recipe(2))
        assert not stage.engine.healthy()


# Anything, in any order.

PROMPTS = ("", "delay=0.001", "quiet=2", "fail=3", "raise=2", "refuse=1")
RECIPES = tuple(
    recipe
    for seed, prompt in enumerate(PROMPTS)
    for recipe in (text_recipe(seed, prompt, 6), image_recipe(seed, prompt, steps=4))
)
ACTIONS = st.one_of(
    st.tuples(st.just("join"), st.integers(0, len(RECIPES) - 1), st.sampled_from("abc")),
    st.tuples(st.just("poll"), st.integers(0, 20), st.integers(1, 3)),
    st.tuples(st.sampled_from(["stop", "close"]), st.integers(0, 20), st.none()),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTIONS, max_size=30), st.sampled_from([1, 2, 4]))
def test_any_schedule_gives_each_follower_the_steps_of_the_run_alone(
    actions: list[tuple[str, int, Any]], batch_limit: int
) -> None:
    with staged(batch_limit=batch_limit) as stage:
        followers: list[Follower] = []
        for action, number, detail in actions:
            if action == "join":
                run = stage.engine.submit(RECIPES[number], detail)
                followers.append(Follower(stage.engine, run))
            elif number < len(followers):
                followers[number].act(action, detail)
        for follower in followers:
            follower.check()
        assert stage.engine.healthy()


class Follower:
    """One follower of a random schedule."""

    def __init__(self, engine: Engine, run: Run) -> None:
        self.engine, self.run = engine, run
        self.events = engine.follow(run)
        self.got: list[Step] = []
        self.cut_short = False
        self.error: Exception | None = None

    def act(self, action: str, count: int | None) -> None:
        """Poll a few times, stop, or close the tab."""
        if action == "poll":
            self.poll(count)
            return
        self.cut_short = True
        if action == "stop":
            self.engine.stop(self.run)
        else:
            self.events.close()  # type: ignore[attr-defined]

    def poll(self, count: int | None) -> None:
        """Take `count` events, or all that are left."""
        try:
            for event in itertools.islice(self.events, count):
                if not isinstance(event, Waiting):
                    self.got.append(event)
        except Exception as error:
            self.error = error

    def check(self) -> None:
        """Follow to the end and compare."""
        self.poll(None)
        prompt = self.run.recipe.prompt
        if prompt == "refuse=1":
            assert self.got == []
            assert self.cut_short or isinstance(self.error, ValueError)
            return
        whole = alone(self.run.recipe)
        guilty = prompt in {"fail=3", "raise=2"}
        limit = int(prompt[-1]) if guilty else len(whole)
        assert self.got == whole[: len(self.got)]
        assert len(self.got) <= limit
        if not self.cut_short:
            assert len(self.got) == limit
            assert isinstance(self.error, RuntimeError) == guilty
