"""Limits for three kinds of host, each figure with a variable of its own; and that they hold."""

from __future__ import annotations

from contextlib import suppress

import pytest

from models.engine import Busy
from playground import wiring
from playground.core import limits
from playground.core.limits import HOSTS, Limits
from tests.fake_adapters import SPECS, staged, text_recipe


def test_a_laptop_unless_told_or_on_a_space():
    assert limits.read({}) == HOSTS["laptop"]
    assert limits.read({"SPACE_ID": "somebody/playground"}) == HOSTS["space"]
    assert limits.read({"SPACE_ID": "s", "PLAYGROUND_HOST": "class"}) == HOSTS["class"]


@pytest.mark.parametrize("name", HOSTS)
def test_every_host_takes_a_class_and_no_visitor_fills_it(name):
    """Thirty with two models each, and in a class twelve: a number is that many drawings."""
    host, each = HOSTS[name], 12 if name == "class" else 2
    limited = {"max_waiting": host.runs, "max_waiting_per_visitor": host.runs_per_visitor}
    with staged(**limited) as stage:

        def ask(visitor: str, seeds: range) -> int:
            """How many runs are taken of so many."""
            taken = 0
            with suppress(Busy):
                for seed in seeds:
                    stage.engine.submit(text_recipe(seed, "delay=0.05", length=1000), visitor)
                    taken += 1
            return taken

        greedy = ask("greedy", range(1_000))
        assert 12 <= greedy <= host.runs // 3
        for number in range(30):
            seeds = range(10_000 + number * each, 10_000 + (number + 1) * each)
            assert ask(str(number), seeds) == each


def test_single_variables_override_the_host():
    given = {
        "PLAYGROUND_HOST": "space",
        "PLAYGROUND_MAX_RUNS": "7",
        "PLAYGROUND_MAX_RUNS_PER_VISITOR": " 3 ",
        "PLAYGROUND_CACHE_MB": "0",
        "PLAYGROUND_MAX_STEP_SECONDS": "120",
    }
    read = limits.read(given)
    assert read == Limits(runs=7, runs_per_visitor=3, cache_bytes=0, step_seconds=120.0)
    assert read.large_step_seconds == 1200.0


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "1e3", "100001", "9" * 400, "²"])
@pytest.mark.parametrize("name", [limits.RUNS, limits.RUNS_PER_VISITOR, limits.STEP_SECONDS])
def test_a_wrong_value_is_named_in_a_sentence(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a whole number from 1 to 100,000, not"):
        limits.read({name: value})


def test_a_host_that_is_none_is_named_in_a_sentence():
    with pytest.raises(ValueError, match="PLAYGROUND_HOST must be one of space, laptop"):
        limits.read({"PLAYGROUND_HOST": "phone"})


def test_the_limits_reach_the_engine(monkeypatch):
    monkeypatch.setattr("models.catalog.specs", lambda: SPECS)
    monkeypatch.setenv("PLAYGROUND_DEVICE", "cpu")  # nobody has to import torch to find out
    monkeypatch.setenv("PLAYGROUND_MAX_RUNS", "3")
    monkeypatch.setenv("PLAYGROUND_MAX_RUNS_PER_VISITOR", "2")
    opened = wiring.open_services()
    slow = [text_recipe(seed, "delay=0.05", length=1000) for seed in range(5)]
    runs = [opened.engine.submit(recipe, "first") for recipe in slow[:2]]
    with pytest.raises(Busy, match="You have 2 runs under way"):
        opened.engine.submit(slow[2], "first")
    runs.append(opened.engine.submit(slow[2], "second"))
    runs.append(opened.engine.submit(slow[3], "third"))  # the newest of who has most gives way
    assert isinstance(runs[1].work.error, Busy)
    with pytest.raises(Busy, match=r"try again in about \d+ seconds"):
        opened.engine.submit(slow[4], "fourth")
    for run in runs:
        opened.engine.stop(run)
    opened.close()


def test_a_hundred_visitors_get_a_result_or_a_time_to_come_back():
    most = HOSTS["laptop"].runs
    with staged(max_waiting=most) as stage:
        taken, told = [], []
        for visitor in range(2 * most):
            try:
                recipe = text_recipe(visitor, "delay=0.001", length=20)
                taken.append(stage.engine.submit(recipe, str(visitor)))
            except Busy as busy:
                told.append(str(busy))
        assert told
        assert all("try again in about" in sentence for sentence in told)
        for run in taken:
            *_, last = stage.engine.follow(run)
            assert last.last
