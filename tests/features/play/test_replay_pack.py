"""The replay pack is real: its recipes, carried out again here, give what it holds."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from itertools import dropwhile

import numpy as np
import pytest
from PIL import Image

from models import catalog, device
from models.base import ImageStep, Recipe, Step
from models.engine import Engine, Waiting
from models.pool import Pool
from models.recipe import from_dict
from playground.core import events
from playground.features.play import clock, replay_pack
from playground.tools import record_pack

pytestmark = pytest.mark.slow

NEAR = 2.0  # grey levels, the mean over a picture: what another processor may differ by
CLOCK_BYTES = 95_000  # two thirds of that once compressed
TOGETHER = 8
"""So many runs are carried out at once: a model that pads one picture to a block draws as many in
the time of one, and they are the same pictures."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine over the shipped models."""
    pool = Pool(catalog.specs())
    engine = Engine(pool)
    yield engine
    engine.close()
    pool.close()


PARTS = record_pack.recorded_parts()


def _runs() -> list[tuple[str, str]]:
    return [(part, name) for part in PARTS for name in replay_pack.read(part)["runs"]]


@pytest.mark.parametrize("part", list(PARTS))
def test_the_pack_holds_what_is_wanted_by_the_weights_that_are_here(part):
    runs, wanted = replay_pack.read(part)["runs"], PARTS[part]()
    assert list(runs) == list(wanted)
    for name, request in wanted.items():
        recipe = replay_pack.recipe_of(request)
        assert runs[name]["start"]["recipe"] == recipe.as_dict(), name
        assert runs[name]["start"]["key"] == recipe.key


def _recipe(part: str, name: str) -> Recipe:
    return from_dict(replay_pack.read(part)["runs"][name]["start"]["recipe"], catalog.specs())


@pytest.fixture(scope="module")
def carried_out(engine: Engine) -> Callable[[str, str], list[Step]]:
    """What a recorded recipe gives here; those that follow it are carried out beside it."""
    found: dict[tuple[str, str], list[Step]] = {}

    def steps_of(part: str, name: str) -> list[Step]:
        if (part, name) not in found:
            following = dropwhile(lambda run: run != (part, name), _runs())
            chosen = [run for run in following if run not in found][:TOGETHER]
            begun = [engine.submit(_recipe(*run), f"visitor {i}") for i, run in enumerate(chosen)]
            for run, work in zip(chosen, begun, strict=True):
                events_of = engine.follow(work)
                found[run] = [event for event in events_of if not isinstance(event, Waiting)]
        return found[part, name]

    return steps_of


@pytest.mark.parametrize(("part", "name"), _runs())
def test_carried_out_again_a_recipe_gives_what_was_recorded(carried_out, part, name):
    held = replay_pack.read(part)
    run = held["runs"][name]
    steps = carried_out(part, name)
    if held["machine"] == device.processor():
        assert events.fingerprint(steps) == run["fingerprint"]
    if isinstance(steps[-1], ImageStep):
        shown = [_pixels(t) for t in run["events"][-1]["frame"]["tiles"]]
        drawn = [np.asarray(image, np.float32) for image in steps[-1].images]
        assert np.abs(np.stack(shown) - np.stack(drawn)).mean() <= NEAR
    else:
        letters = [row[0] for event in run["events"] for row in event["letters"]]
        assert letters == [step.text for step in steps]


def _pixels(source: str) -> np.ndarray:
    content = base64.b64decode(source.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.float32)


def test_the_clock_is_light_enough_to_travel_with_the_page():
    import brotli

    content = replay_pack.file_of("clock").read_bytes()
    assert len(content) < CLOCK_BYTES
    assert len(brotli.compress(content, quality=4)) < 62_000


def test_whatever_the_time_it_can_be_shown():
    facts = clock.facts(catalog.specs())
    runs = replay_pack.read("clock")["runs"]
    for model in facts["models"]:
        for digit, (ink, paper) in enumerate(facts["colours"]):
            recipe = runs[f"{model['id']}-{digit}"]["start"]["recipe"]
            if model["reads"]:
                assert recipe["prompt"] == model["captions"][digit]
            else:
                assert recipe["options"]["ink"] == ink
                assert recipe["options"]["paper"] == paper


def test_a_changed_result_would_be_noticed(engine):
    run = replay_pack.read("clock")["runs"]["gan-3"]
    recipe = from_dict(run["start"]["recipe"] | {"seed": 99}, catalog.specs())
    assert events.fingerprint(record_pack.carry_out(engine, recipe)) != run["fingerprint"]
