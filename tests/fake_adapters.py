"""Adapters without a network, for tests that go through the real pool and the real engine.

What they write and draw depends on the recipe alone. Their faults are ordered in the prompt, so
that they pass every seam a visitor's words pass:

    delay=0.05   every step takes so many seconds
    quiet=2      so many calls without a step before the first one
    refuse=1     `begin` raises ValueError
    fail=3       step 3 is an Exception in the result of `advance`
    raise=3      `advance` itself raises at step 3
    hang=3       `advance` does not come back at step 3 (until `released`, five seconds at most)
    once=1       the fault above happens to the first state of that recipe only, and once
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np
from PIL import Image

from models.base import Candidates, ImageStep, ModelSpec, Recipe, Step, TokenStep
from models.datasets import PALETTE
from models.engine import Engine, Waiting
from models.options import COUNT, DIGIT, INK, LENGTH, PAPER, STEPS, TEMPERATURE, TOP_K, TOP_P
from models.pool import Pool
from models.recipe import make_recipe

ALPHABET = "\n abcdefghijklmnopqrstuvwxyz"
SIZE_PX = 32
_FAULT = re.compile(r"(delay|quiet|refuse|fail|raise|hang|once)=([\d.]+)")

FAKE_TEXT = ModelSpec(
    id="fake_text",
    title="Fake writer",
    family="lstm",
    kind="text",
    adapter="tests.fake_adapters:FakeText",
    source="fake_text",
    revision="fa4e00000001",
    licence="MIT",
    paper="",
    parameters=1,
    memory_bytes=1_000_000,
    can=frozenset({"prompt"}),
    controls=(LENGTH, TEMPERATURE, TOP_K, TOP_P),
)
FAKE_IMAGE = replace(
    FAKE_TEXT,
    id="fake_image",
    title="Fake painter",
    family="diffusion",
    kind="image",
    adapter="tests.fake_adapters:FakeImage",
    source="fake_image",
    revision="fa4e00000002",
    controls=(COUNT, DIGIT, INK, PAPER, STEPS),
)
SPECS: Mapping[str, ModelSpec] = {spec.id: spec for spec in (FAKE_TEXT, FAKE_IMAGE)}


def text_recipe(
    seed: int = 0, prompt: str = "", length: int = 5, model: str = "fake_text"
) -> Recipe:
    """A recipe for `FAKE_TEXT`, or for a copy of it under another id."""
    spec = replace(FAKE_TEXT, id=model)
    return make_recipe(spec, prompt=prompt, options={"length": length}, seed=seed)


def image_recipe(seed: int = 0, prompt: str = "", steps: int = 3, count: int = 1) -> Recipe:
    """A recipe for `FAKE_IMAGE`."""
    options = {"steps": steps, "count": count}
    return make_recipe(FAKE_IMAGE, prompt=prompt, options=options, seed=seed)


@dataclass(eq=False, slots=True)
class FakeState:
    """One run in progress, with the faults it was ordered to have."""

    recipe: Recipe
    faults: dict[str, float]
    total: int
    index: int = 0
    quiet: int = 0

    def due(self, fault: str) -> bool:
        """Whether a fault is to happen at this step."""
        return self.faults.get(fault) == self.index


class Fake:
    """What both fakes have in common: faults, delays, and a record of how they were called."""

    length_option: ClassVar[str]

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.released = threading.Event()
        self.batches: list[tuple[int, ...]] = []  # the seeds of every call of `advance`
        self.open: list[FakeState] = []
        self.begun: Counter[str] = Counter()  # by recipe key
        self.misuse: list[str] = []  # broken promises of the engine
        self.closed = False

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Fake:
        """Read nothing."""
        return cls(spec)

    def begin(self, recipe: Recipe) -> FakeState:
        """Read the faults out of the prompt."""
        faults = {name: float(value) for name, value in _FAULT.findall(recipe.prompt)}
        if "refuse" in faults:
            raise ValueError("This prompt cannot be used; change it.")
        if "once" in faults and self.begun[recipe.key]:
            faults = {"delay": faults.get("delay", 0.0)}
        total = recipe.integer(self.length_option)
        state = FakeState(recipe, faults, total, quiet=int(faults.get("quiet", 0)))
        self.begun[recipe.key] += 1
        self.open.append(state)
        return state

    def advance(self, states: Sequence[FakeState]) -> list[Step | Exception | None]:
        """One step for every state, after the longest of their delays."""
        self.batches.append(tuple(state.recipe.seed for state in states))
        if self.closed or any(state not in self.open for state in states):
            self.misuse.append("advance of a state that is not open")
        if any(state.due("hang") for state in states):
            self.released.wait(5.0)
        if due := [state for state in states if state.due("raise")]:
            for state in due:
                if "once" in state.faults:
                    del state.faults["raise"]
            raise RuntimeError("advance was ordered to raise")
        delay = max(state.faults.get("delay", 0.0) for state in states)
        if delay:
            time.sleep(delay)
        return [self._advance(state) for state in states]

    def end(self, state: FakeState) -> None:
        """Close a state."""
        if state in self.open:
            self.open.remove(state)
        else:
            self.misuse.append("end of a state that is not open")

    def nbytes(self) -> int:
        """As much as the spec says."""
        return self.spec.memory_bytes

    def close(self) -> None:
        """Let go of nothing."""
        if self.open or self.closed:
            self.misuse.append("close with open states, or twice")
        self.closed = True

    def _advance(self, state: FakeState) -> Step | Exception | None:
        if state.quiet:
            state.quiet -= 1
            return None
        if state.due("fail"):
            return RuntimeError("this step was ordered to fail")
        step = self.make_step(state)
        state.index += 1
        return step

    def make_step(self, state: FakeState) -> Step:
        """The step a state is at, from its recipe and its index alone."""
        raise NotImplementedError


class FakeText(Fake):
    """Writes random letters."""

    length_option = "length"

    def make_step(self, state: FakeState) -> TokenStep:
        """A letter drawn from a random distribution."""
        rng = random.Random(f"{state.recipe.key} {state.index}")
        logits = np.array([rng.gauss(0, 2) for _ in ALPHABET])
        log_normaliser = float(np.log(np.exp(logits).sum()))
        p = np.exp(logits - log_normaliser)
        token_id = rng.choices(range(len(ALPHABET)), weights=p.tolist())[0]
        order = np.argsort(-logits)
        return TokenStep(
            index=state.index,
            last=state.index == state.total - 1,
            token_id=token_id,
            text=ALPHABET[token_id],
            probability=float(p[token_id]),
            drawn_probability=float(p[token_id]),
            entropy_bits=float(-(p * np.log2(p)).sum()),
            rank=int(np.flatnonzero(order == token_id)[0]),
            top=Candidates(order, logits[order], log_normaliser, ALPHABET),
        )


class FakeImage(Fake):
    """Fades from paper to ink, with a little noise."""

    length_option = "steps"

    def make_step(self, state: FakeState) -> ImageStep:
        """Every picture a little closer to the colour of the ink."""
        done = (state.index + 1) / state.total
        return ImageStep(
            index=state.index,
            total=state.total,
            last=state.index == state.total - 1,
            images=tuple(
                _picture(state.recipe, done, i) for i in range(state.recipe.integer("count"))
            ),
            label=f"step {state.index + 1} of {state.total}",
        )


def _picture(recipe: Recipe, done: float, number: int) -> Image.Image:
    ink, paper = (np.array(PALETTE[str(recipe.option(name))]) for name in ("ink", "paper"))
    noise = np.random.default_rng([recipe.seed, number]).normal(0, 8, (SIZE_PX, SIZE_PX, 3))
    pixels = paper + done * (ink - paper) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@dataclass(eq=False, slots=True)
class Stage:
    """A running engine with fakes, and every adapter that was ever loaded."""

    engine: Engine
    pool: Pool
    adapters: list[Fake] = field(default_factory=list)

    def adapter(self, model: str = "fake_text") -> Fake:
        """The newest adapter of a model; waits until there is one."""
        wait_until(lambda: any(a.spec.id == model for a in self.adapters))
        return [a for a in self.adapters if a.spec.id == model][-1]

    def steps(self, recipe: Recipe, visitor: str = "") -> list[Step]:
        """Submit a recipe and follow it to its end."""
        return steps_of(self.engine.follow(self.engine.submit(recipe, visitor)))


@contextmanager
def staged(
    specs: Mapping[str, ModelSpec] = SPECS, budget_bytes: int = 10**9, **options: Any
) -> Iterator[Stage]:
    """A stage that checks, when it is torn down, that the engine kept its promises to adapters."""
    pool = Pool(specs, budget_bytes)
    stage = Stage(Engine(pool, **options), pool)

    def load(cls: type[Fake], spec: ModelSpec, device: str, dtype: str) -> Fake:
        stage.adapters.append(cls(spec))
        return stage.adapters[-1]

    with patch.object(Fake, "load", classmethod(load)):
        try:
            yield stage
        finally:
            for adapter in stage.adapters:
                adapter.released.set()
            stage.engine.close()
            pool.close()
    for adapter in stage.adapters:
        wait_until(lambda a=adapter: a.closed)  # type: ignore[misc]
        assert not adapter.open, "begun, but never ended"
        assert not adapter.misuse


def alone(recipe: Recipe) -> list[Step]:
    """The steps of a recipe without pool and engine, and without the faults in its prompt."""
    adapter: Fake = FakeImage(FAKE_IMAGE) if recipe.model == "fake_image" else FakeText(FAKE_TEXT)
    state = adapter.begin(recipe)
    return [_next_step(adapter, state) for _ in range(state.total)]


def _next_step(adapter: Fake, state: FakeState) -> Step:
    step = adapter.make_step(state)
    state.index += 1
    return step


def steps_of(events: Iterator[Step | Waiting]) -> list[Step]:
    """What is not waiting."""
    return [event for event in events if not isinstance(event, Waiting)]


def wait_until(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    """Return as soon as a condition holds; fail if it does not come to."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)
