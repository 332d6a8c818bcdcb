"""Single flight, replay and the byte-limited cache."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from models.base import Candidates, ImageStep, Recipe, Step, TokenStep
from models.engine.flight import Flight, Run, Work, size_of, size_of_step
from tests.fake_adapters import alone, image_recipe, text_recipe


def picture_step(size_px: int, count: int = 1) -> ImageStep:
    images = tuple(Image.new("RGB", (size_px, size_px)) for _ in range(count))
    return ImageStep(index=0, total=1, last=True, images=images, label="")


def landed(flight: Flight, recipe: Recipe, *steps: Step) -> Work:
    work = flight.start(recipe, recipe.key)
    work.steps.extend(steps)
    work.over = True
    flight.finish(work)
    return work


def test_running_work_is_found_until_it_is_dropped() -> None:
    flight, recipe = Flight(1000), text_recipe()
    assert flight.find(recipe.key) is None
    work = flight.start(recipe, recipe.key)
    assert flight.find(recipe.key) is work
    assert flight.running() == [work]
    flight.drop(work)
    flight.drop(work)
    assert flight.find(recipe.key) is None
    assert flight.running() == []


def test_landed_work_is_found_but_no_longer_running() -> None:
    flight, recipe = Flight(100_000), text_recipe()
    work = landed(flight, recipe, *alone(recipe))
    assert flight.find(recipe.key) is work
    assert flight.running() == []


def test_dropped_work_cannot_land() -> None:
    flight, recipe = Flight(100_000), text_recipe()
    stopped = flight.start(recipe, recipe.key)
    flight.drop(stopped)
    again = flight.start(recipe, recipe.key)
    flight.finish(stopped)
    assert flight.find(recipe.key) is again
    flight.drop(stopped)
    assert flight.find(recipe.key) is again


def test_arrivals_are_numbered() -> None:
    flight = Flight(0)
    arrivals = [flight.start(r, r.key).arrival for r in (text_recipe(1), text_recipe(2))]
    assert arrivals == sorted(set(arrivals))


def test_the_visitors_of_work_are_those_of_its_runs() -> None:
    recipe = text_recipe()
    work = Flight(0).start(recipe, recipe.key)
    work.runs += [Run(recipe, visitor, work) for visitor in ("a", "b", "a")]
    assert work.visitors == {"a", "b"}


def test_the_least_recently_used_result_makes_room() -> None:
    flight = Flight(2 * size_of(picture_step(32)))
    recipes = [image_recipe(seed) for seed in range(3)]
    for recipe in recipes[:2]:
        landed(flight, recipe, picture_step(32))
    assert flight.find(recipes[0].key)  # now the more recently used one
    landed(flight, recipes[2], picture_step(32))
    assert [flight.find(recipe.key) is not None for recipe in recipes] == [True, False, True]


def test_a_result_larger_than_the_cache_is_not_kept_and_evicts_nobody() -> None:
    flight = Flight(size_of(picture_step(32)))
    small, large = image_recipe(1), image_recipe(2)
    landed(flight, small, picture_step(32))
    landed(flight, large, picture_step(64))
    assert flight.find(small.key)
    assert flight.find(large.key) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40)), max_size=40))
def test_the_cache_never_holds_more_than_its_limit(landings: list[tuple[int, int]]) -> None:
    limit = 4000
    flight = Flight(limit)
    for seed, size_px in landings:
        recipe = image_recipe(seed)
        if flight.find(recipe.key) is None:
            landed(flight, recipe, picture_step(size_px))
    kept = [work for seed in range(10) if (work := flight.find(image_recipe(seed).key))]
    assert sum(size_of(step) for work in kept for step in work.steps) <= limit


def test_pixels_and_arrays_are_counted_exactly() -> None:
    assert size_of(picture_step(64, 2)) - size_of(picture_step(32, 2)) == 2 * 3 * (64**2 - 32**2)
    assert size_of(np.zeros((4, 5), np.float32)) == 80
    top = Candidates(np.zeros(64, np.int64), np.zeros(64, np.float32), 0.0, ["x"] * 50_000)
    assert size_of(top) == 64 * 12


@pytest.mark.parametrize("value", ["text", b"bytes", 1, None, ("a", 1), [0.5]])
def test_everything_weighs_something(value: object) -> None:
    assert 0 < size_of(value) < 1000


def test_named_arrays_weigh_what_they_hold() -> None:
    assert size_of({"a": np.zeros(1000, np.uint8), "b": np.zeros(10)}) >= 1080


def test_steps_are_weighed_quickly_but_not_otherwise() -> None:
    first, *steps = alone(text_recipe())
    assert isinstance(first, TokenStep)
    in_words = replace(first, top=tuple(first.top))  # not the compact form
    noted = replace(first, text="ab", note="The context was full.")
    for step in (*steps, first, in_words, noted, *alone(image_recipe())):
        assert size_of_step(step) == size_of(step)


def test_longer_runs_weigh_more() -> None:
    sizes = [sum(map(size_of, alone(text_recipe(length=n)))) for n in (1, 10, 100)]
    assert all(a < b for a, b in itertools.pairwise(sizes))
