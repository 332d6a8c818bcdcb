"""The same alone or together: real adapters with random weights, in any order of coming and going.

Whatever joins, leaves and is stopped meanwhile, who stays gets exactly the steps that the recipe
has alone, and who leaves gets the first of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.base import Adapter, ModelSpec, Recipe, Step
from models.device import configure_torch
from models.engine import Engine, Run, Waiting
from models.pool import Pool
from models.recipe import make_recipe
from tests import tiny_models

pytestmark = pytest.mark.slow

EXAMPLES = 300
BUILDERS: Mapping[str, Callable[[Path], ModelSpec]] = {
    "char_lstm": tiny_models.char_lstm,
    "gpt2_mini": tiny_models.gpt2_mini,
    "gpt2": tiny_models.gpt2,
    "gan": tiny_models.gan,
    "vae": tiny_models.vae,
    "diffusion_mini": tiny_models.diffusion_mini,
}
WRITERS = ("char_lstm", "gpt2_mini", "gpt2")
WRITTEN: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("", {"length": 9, "temperature": 1.0}),
    ("To be, or not to be:", {"length": 14, "temperature": 0.8, "top_k": 7}),
    ("O", {"length": 1}),
    ("What light! " * 4, {"length": 24, "temperature": 1.3, "top_p": 0.9}),  # past the context
    ("é", {"length": 5}),  # not in our alphabet
)
DRAWN: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "gan": ({"count": 1, "digit": 3}, {"count": 3}),
    "vae": ({"count": 1, "digit": 3}, {"count": 3}),
    "diffusion_mini": ({"count": 1, "steps": 2}, {"count": 2, "steps": 3}),
}


@dataclass(frozen=True)
class World:
    """Loaded models, and what every recipe on offer brings when it is carried out alone."""

    pool: Pool
    alone: Mapping[Recipe, Sequence[Step]]  # empty where the adapter refuses the prompt

    @property
    def recipes(self) -> Sequence[Recipe]:
        """All recipes on offer, in a fixed order."""
        return tuple(self.alone)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_DEVICE", "cpu")
        folder = tmp_path_factory.mktemp("tiny")
        specs = {name: build(folder / name) for name, build in BUILDERS.items()}
        pool = Pool(specs, budget_bytes=10**10)
        alone = {}
        for name, spec in specs.items():
            lease = pool.lease(name).result(timeout=60)
            configure_torch()  # this thread, too: it is set for each, and no test has begun yet
            alone.update({r: carried_out(lease.adapter, r) for r in recipes_of(spec)})
            pool.release(lease)
        yield World(pool, alone)
        pool.close()


def recipes_of(spec: ModelSpec) -> list[Recipe]:
    """Short ones, of several shapes."""
    asked = WRITTEN if spec.id in WRITERS else [("", options) for options in DRAWN[spec.id]]
    return [
        make_recipe(spec, prompt=prompt, options=options, seed=seed)
        for seed, (prompt, options) in enumerate(asked)
    ]


def carried_out(adapter: Adapter, recipe: Recipe) -> Sequence[Step]:
    """All steps of a recipe without an engine."""
    try:
        state = adapter.begin(recipe)
    except ValueError:
        return ()
    steps: list[Step] = []
    while not (steps and steps[-1].last):
        for result in adapter.advance([state]):
            assert not isinstance(result, Exception)
            steps += [result] if result is not None else []
    adapter.end(state)
    return steps


NUMBERS = st.integers(0, 20)
ACTIONS = st.one_of(
    st.tuples(st.just("join"), NUMBERS, st.sampled_from("abc")),
    st.tuples(st.just("join"), NUMBERS, st.sampled_from("abc")),
    st.tuples(st.just("poll"), NUMBERS, st.integers(1, 3)),
    st.tuples(st.sampled_from(["stop", "close"]), NUMBERS, st.none()),
    st.tuples(st.just("pass"), st.integers(0, 10), st.none()),
)


SCHEDULES = given(
    actions=st.lists(ACTIONS, min_size=4, max_size=16),
    batch_limit=st.sampled_from([1, 2, 8]),
    cache_bytes=st.sampled_from([0, 10**8]),
)


def test_who_stays_gets_what_the_recipe_brings_alone(world: World) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @SCHEDULES
    def check(actions: list[tuple[str, int, Any]], batch_limit: int, cache_bytes: int) -> None:
        engine = Engine(world.pool, batch_limit=batch_limit, cache_bytes=cache_bytes)
        try:
            perform(world, engine, actions)
        finally:
            engine.close()

    check()


def perform(world: World, engine: Engine, actions: list[tuple[str, int, Any]]) -> None:
    """Let everybody come and go, and then look at what each got."""
    followers: list[Follower] = []
    for action, number, detail in actions:
        if action == "join":
            recipe = world.recipes[number % len(world.recipes)]
            followers.append(Follower(engine, engine.submit(recipe, detail)))
        elif action == "pass":
            time.sleep(number / 1000)
        elif followers:
            followers[number % len(followers)].act(action, detail)
    for follower in followers:
        follower.check(world.alone[follower.run.recipe])
    left = engine.load()
    assert (left.waiting, left.runs, left.abandoned) == (0, 0, 0)


class Follower:
    """One who follows a run, perhaps not to its end."""

    def __init__(self, engine: Engine, run: Run) -> None:
        self.engine, self.run = engine, run
        self.events = engine.follow(run)
        self.got: list[Step] = []
        self.left = False
        self.refused = False

    def act(self, action: str, count: int | None) -> None:
        """Look a few times, press Stop, or close the tab."""
        if action == "poll":
            self.poll(count)
        elif action == "stop":
            self.left = True
            self.engine.stop(self.run)
        else:
            self.left = True
            self.events.close()  # type: ignore[attr-defined]
            self.engine.stop(self.run)  # a generator that was never asked does nothing

    def poll(self, count: int | None) -> None:
        """Take so many events, or all that are left."""
        try:
            while count is None or count > 0:
                event = next(self.events)
                self.got += [] if isinstance(event, Waiting) else [event]
                count = None if count is None else count - 1
        except StopIteration:
            pass
        except ValueError:
            self.refused = True

    def check(self, alone: Sequence[Step]) -> None:
        """Follow to the end and compare."""
        self.poll(None)
        assert self.got == list(alone[: len(self.got)])
        if not self.left:
            assert len(self.got) == len(alone)
            assert self.refused == (not alone)


@pytest.mark.parametrize("name", ["char_lstm", "gpt2_mini"])
def test_who_runs_out_of_memory_in_a_real_batch_fails_alone(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = world.pool.lease(name).result(timeout=60)
    recipes = [r for r in world.recipes if r.model == name and len(world.alone[r]) > 5]
    begin, advance, guilty = lease.adapter.begin, lease.adapter.advance, []

    def note(recipe: Recipe) -> Any:
        state = begin(recipe)
        if recipe == recipes[0]:
            guilty.append(state)
        return state

    def run_out(states: Sequence[Any]) -> Any:
        among = any(state is known for state in states for known in guilty)
        if among and len(runs[0].work.steps) == 3:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")
        return advance(states)

    monkeypatch.setattr(lease.adapter, "begin", note)
    monkeypatch.setattr(lease.adapter, "advance", run_out)
    engine = Engine(world.pool)
    try:
        runs = [engine.submit(recipe) for recipe in recipes]
        followers = [Follower(engine, run) for run in runs]
        with pytest.raises(RuntimeError, match="can't allocate"):
            followers[0].poll(None)
        assert followers[0].got == list(world.alone[recipes[0]][:3])
        for follower in followers[1:]:
            follower.check(world.alone[follower.run.recipe])
        assert engine.healthy()
    finally:
        engine.close()
        world.pool.release(lease)
