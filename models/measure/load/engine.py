"""Thirty recipes on the engine at once, against the same number one after another.

One process, no network, nothing replayed. Only some of the single runs are made, and stand for all
of them; they are made in turn with the runs together, and a ratio is taken round by round.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models import catalog, device
from models.adapters.gpt2 import Gpt2
from models.base import ModelSpec, Recipe
from models.engine import Engine
from models.measure.metric import Metric, median
from models.measure.speed import text as speed_text
from models.networks.gpt2 import Gpt2Decoder
from models.pool import Pool
from models.recipe import make_recipe

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel


SMALL, LARGE = ("char_lstm", "gpt2_mini"), "gpt2"
LETTERS, TOKENS = 200, 60
ALONE, ALONE_LARGE = 6, 3  # single runs in a round
_PROMPT = "ROMEO:\nO, "
_PATIENCE_SECONDS = 600.0  # runs are followed one after another, so the last ones wait unasked


class RandomGpt2(Gpt2):
    """GPT-2 at real size that has read nothing, and needs no files."""

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> RandomGpt2:
        """The weights that transformers begins with, in the app's own decoder."""
        model = speed_text.random_model()
        decoder = Gpt2Decoder(model.state_dict(), model.config.to_dict(), device, dtype)
        return cls(spec, decoder, speed_text.Numbers(model.config.vocab_size))


def measure(clients: int, rounds: int) -> dict[str, dict[str, Metric]]:
    """How many times as fast `clients` recipes are together, by model; larger is faster."""
    large = replace(
        catalog.spec(LARGE),
        adapter=f"{__name__}:{RandomGpt2.__name__}",
        files=(),
        revision="random",
    )
    pool = Pool({**catalog.specs(), LARGE: large})
    engine = Engine(pool, cache_bytes=0, patience_seconds=_PATIENCE_SECONDS, batch_limit=clients)
    try:
        found = {model: _small(engine, model, clients, rounds) for model in SMALL}
        return {**found, LARGE: _large(engine, large, clients, rounds)}
    finally:
        engine.close()
        pool.close()


def _small(engine: Engine, model: str, clients: int, rounds: int) -> dict[str, Metric]:
    spec = engine.pool.spec(model)

    def recipe(seed: int) -> Recipe:
        return make_recipe(spec, prompt=_PROMPT, options={"length": LETTERS}, seed=seed)

    def alone(place: int) -> float:
        return _mean(lambda i: carry_out(engine, [recipe(place * clients + i)]), ALONE)

    return _compared(engine, recipe, alone, clients, rounds)


def _large(engine: Engine, spec: ModelSpec, clients: int, rounds: int) -> dict[str, Metric]:
    """The same against transformers' `generate` in its default number format."""
    device.configure_torch()
    model = speed_text.random_model()

    def recipe(seed: int) -> Recipe:
        options = {"length": TOKENS, "temperature": 1.0}
        return make_recipe(spec, prompt=_numbers(seed), options=options, seed=seed)

    def alone(place: int) -> float:
        return _mean(lambda i: generate(model, place * clients + i), ALONE_LARGE)

    return _compared(engine, recipe, alone, clients, rounds)


def _compared(
    engine: Engine,
    recipe: Callable[[int], Recipe],
    alone: Callable[[int], float],
    clients: int,
    rounds: int,
) -> dict[str, Metric]:
    """A ratio for each round, after one single run to warm up; seeds are used once only.

    Args:
        alone: mean seconds of single runs in a round.
    """
    carry_out(engine, [recipe(2 * (rounds + 1) * clients)])
    ratios, seconds = np.empty(rounds), np.empty(rounds)
    for place in range(rounds):
        single = alone(place)
        first = (rounds + place) * clients
        seconds[place] = carry_out(engine, [recipe(first + i) for i in range(clients)])
        ratios[place] = clients * single / seconds[place]
    return {"engine_speedup": median(ratios), "together_seconds": median(seconds)}


def carry_out(engine: Engine, recipes: Sequence[Recipe]) -> float:
    """Seconds until all recipes, each of another visitor, have come to their end."""
    started = time.perf_counter()
    runs = [engine.submit(recipe, f"visitor {i}") for i, recipe in enumerate(recipes)]
    for run in runs:
        for _ in engine.follow(run):
            pass
    return time.perf_counter() - started


def generate(model: GPT2LMHeadModel, seed: int) -> float:
    """Seconds of one run of transformers' `generate`, drawn from the whole vocabulary."""
    prompt = [int(number) for number in _numbers(seed).split()]
    return speed_text.seconds_of_generate(model, prompt, TOKENS)


def _numbers(seed: int) -> str:
    """A prompt of other tokens for every seed."""
    return " ".join(str((seed * 97 + i * 31) % 50_000) for i in range(speed_text.PROMPT_TOKENS))


def _mean(run: Callable[[int], float], times: int) -> float:
    return sum(run(i) for i in range(times)) / times
