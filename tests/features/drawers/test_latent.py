"""Walks and planes: what lies between two results, in every family and to the last bit."""

from __future__ import annotations

import importlib
import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch
import uvicorn
from starlette.applications import Starlette
from torch import Tensor

from models import catalog, datasets
from models.adapters import interpolation
from models.adapters.class_conditional import latents
from models.base import ImageStep, ModelSpec, Recipe
from models.catalog import SPECS
from models.engine import Engine
from models.pool import Pool
from models.recipe import make_recipe
from playground.core.services import Services
from playground.server import live
from playground.server.route import served
from tests import tiny_models
from tests.models.test_adapter_contract import advance, among_others

pytestmark = pytest.mark.slow

CATALOGUE = {spec.id: spec for spec in SPECS}
WORDS = ("a red seven on a black background", "a white three on a blue background")
LABELS = (
    {"digit": 7, "ink": "red", "paper": "black"},
    {"digit": 3, "ink": "white", "paper": "blue"},
)
PLANES = [spec.id for spec in SPECS if "plane" in spec.can]
WALKS = [spec.id for spec in SPECS if "walk" in spec.can]


def wordless(build: Callable[[Path], ModelSpec], folder: Path) -> ModelSpec:
    """The same model without labels, as in the emoji world."""
    from models import checkpoint
    from models.networks.decoder import Decoder
    from models.networks.gan import Critic
    from models.networks.vae import Vae

    torch.manual_seed(1)
    config = {"latent": 8, "width": 48, "style": 16, "labelled": False}
    if build is tiny_models.gan:
        networks = {"generator": Decoder(8, 48, 16, False), "critic": Critic(8, False)}
        checkpoint.save(folder, networks, {**config, "critic_width": 8})
    else:
        checkpoint.save(folder, {"model": Vae(**config)}, config)
    return replace(build(folder / "labelled"), source=str(folder))


BUILDERS: dict[str, Callable[[Path], ModelSpec]] = {
    "gan": tiny_models.gan,
    "vae": tiny_models.vae,
    "diffusion_mini": tiny_models.diffusion_mini,
    "gan_emoji": lambda folder: wordless(tiny_models.gan, folder),
    "vae_emoji": lambda folder: wordless(tiny_models.vae, folder),
    "diffusion_emoji": tiny_models.diffusion_mini,
}


@dataclass(frozen=True)
class Model:
    """A tiny model with random weights, under the name and with the options of a shipped one."""

    spec: ModelSpec
    adapter: Any

    def recipe(self, task: str, seed: int, end: int = 0, **options: object) -> Recipe:
        """A recipe that begins at one of the two concepts, with fewer steps than usual."""
        known = {control.name for control in self.spec.controls}
        given = {"steps": 3, "count": 1, **LABELS[end], **options}
        chosen = {n: v for n, v in given.items() if n in known or n in options}
        prompt = WORDS[end] if "prompt" in self.spec.can else ""
        return make_recipe(self.spec, task=task, prompt=prompt, options=chosen, seed=seed)

    def walk(self, seed: int, to_seed: int, frames: int = 5, to: int = 1) -> Recipe:
        """From the first concept to another."""
        there = {f"to_{name}": value for name, value in LABELS[to].items()}
        there |= {"to_prompt": WORDS[to], "to_seed": to_seed, "frames": frames}
        asked = {control.name for control in self.spec.inputs["walk"]}
        return self.recipe("walk", seed, **{n: v for n, v in there.items() if n in asked})

    def draw(self, recipe: Recipe) -> list[ImageStep]:
        """All its steps."""
        state, steps = self.adapter.begin(recipe), list[ImageStep]()
        while not (steps and steps[-1].last):
            steps += advance(self.adapter, [state])  # type: ignore[arg-type]
        self.adapter.end(state)
        return steps


def load(name: str, folder: Path) -> Model:
    """Build it and load it as the pool does."""
    built, shipped = BUILDERS[name](folder), CATALOGUE[name]
    spec = replace(shipped, source=built.source, revision=built.revision)
    module, adapter = spec.adapter.split(":")
    return Model(
        spec, getattr(importlib.import_module(module), adapter).load(spec, "cpu", "float32")
    )


@pytest.fixture(scope="module", params=WALKS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(request.param, tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module", params=PLANES)
def plane(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(request.param, tmp_path_factory.mktemp("weights"))


def pixels(step: ImageStep) -> list[bytes]:
    """What the pictures of a step are, to the last bit."""
    return [image.tobytes() for image in step.images]


def test_what_can_be_walked_says_where_it_can_go():
    assert list(BUILDERS) == WALKS
    for name in WALKS:
        inputs = {control.name for control in CATALOGUE[name].inputs["walk"]}
        assert {"frames", "to_seed"} <= inputs
        for option in inputs - {"frames", "to_seed", "to_prompt"}:
            assert option.removeprefix("to_") in {c.name for c in CATALOGUE[name].controls}
        assert ("to_prompt" in inputs) == ("prompt" in CATALOGUE[name].can)


# Walks


def test_both_ends_of_a_walk_are_the_plain_drawings(model: Model):
    first, last = (
        model.draw(model.recipe("generate", seed, end))[-1] for seed, end in ((11, 0), (402, 1))
    )
    step = model.draw(model.walk(11, 402))[-1]
    shown = pixels(step)
    assert len(shown) == 5
    assert [shown[0], shown[-1]] == pixels(first) + pixels(last)
    assert len(set(shown)) == 5


def test_each_step_of_a_walk_holds_all_its_frames(model: Model):
    steps = model.draw(model.walk(3, 4, frames=6))
    assert [len(step.images) for step in steps] == [6] * len(steps)
    assert [step.last for step in steps] == [False] * (len(steps) - 1) + [True]
    plain = model.draw(model.recipe("generate", 3))
    assert len(steps) == len(plain)


def test_a_walk_between_equal_ends_stands_still(model: Model):
    step = model.draw(model.walk(9, 9, frames=3, to=0))[-1]
    plain = model.draw(model.recipe("generate", 9))[-1]
    assert pixels(step) == pixels(plain) * 3


def test_a_step_says_how_many_numbers_a_seed_draws(model: Model):
    label = model.draw(model.walk(3, 4, frames=2))[-1].label
    assert label.endswith(
        "4 × 8 × 8 numbers a seed" if "prompt" in model.spec.can else "8 numbers a seed"
    )


def test_walks_are_the_same_alone_and_among_others(model: Model):
    recipes = [model.walk(seed, 70 + seed, frames=2 + seed % 4) for seed in range(5)]
    recipes += [model.recipe("generate", seed, seed % 2, count=3) for seed in range(3)]
    if "plane" in model.spec.can:
        recipes += [model.recipe("plane", seed, x=seed / 4, y=0.3) for seed in range(4)]
    crowded = among_others(model.adapter, recipes, seed=5)
    for recipe, steps in zip(recipes, crowded, strict=True):
        assert steps == model.draw(recipe)


def test_a_concept_that_cannot_be_seen_is_refused_at_the_other_end(tmp_path: Path):
    model = load("vae", tmp_path)
    recipe = model.recipe("walk", 1, to_ink="blue", to_paper="blue")
    with pytest.raises(ValueError, match="cannot be seen"):
        model.adapter.begin(recipe)


# The reference: the same mixing, written plainly, over the networks themselves


def rows_of(model: Model) -> Callable[[Sequence[Tensor], Sequence[Tensor]], list[bytes]]:
    """Draws pictures from latents and embedded labels by the bare network, one pass for all."""

    def draw(z: Sequence[Tensor], embedded: Sequence[Tensor]) -> list[bytes]:
        decoder = model.adapter.decoder
        with torch.inference_mode():
            drawn = decoder.decode(torch.stack(list(z)), torch.stack(list(embedded)))
        whole = ((drawn + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1)
        return [picture.numpy().tobytes() for picture in whole]

    return draw


def drawn_of(seed: int, size: int) -> list[float]:
    """The numbers of a seed."""
    numbers = torch.randn(size, generator=torch.Generator().manual_seed(seed))
    return [float(number) for number in numbers]


def label_of(model: Model, end: int) -> list[float]:
    """The embedding of a concept, read from the tables by hand; nothing without labels."""
    tables = model.adapter.decoder.labels
    if tables is None:
        return []
    digit, ink, paper = LABELS[end].values()
    places = (digit, datasets.COLOURS.index(str(ink)), datasets.COLOURS.index(str(paper)))
    rows = [
        table.weight[place + 1].tolist()  # 0 stands for "not said"
        for table, place in zip((tables.digit, tables.ink, tables.paper), places, strict=True)
    ]
    return [sum(numbers) for numbers in zip(*rows, strict=True)]


def close(shown: Sequence[bytes], wanted: Sequence[bytes]) -> bool:
    """Whether pictures are the same up to one 256th, where rounding may fall either way."""
    pairs = zip(shown, wanted, strict=True)
    off = [
        np.abs(np.frombuffer(a, np.uint8).astype(int) - np.frombuffer(b, np.uint8))
        for a, b in pairs
    ]
    return bool(np.max(off) <= 1)


def test_frames_are_those_of_a_plain_mixing(plane: Model):
    frames, decoder = 5, plane.adapter.decoder
    ends = [drawn_of(seed, decoder.latent) for seed in (21, 22)]
    said = [label_of(plane, 0), label_of(plane, 1)]
    z, embedded = [], []
    for k in range(frames):
        t = k / (frames - 1)
        a, b = math.cos(math.pi * t / 2), math.sin(math.pi * t / 2)
        z.append(torch.tensor([a * p + b * q for p, q in zip(*ends, strict=True)]))
        embedded.append(torch.tensor([(1 - t) * p + t * q for p, q in zip(*said, strict=True)]))
    wanted = rows_of(plane)(z, embedded)
    assert close(pixels(plane.draw(plane.walk(21, 22))[-1]), wanted)


def test_diffusions_frames_start_from_a_plain_mixing(tmp_path: Path):
    model = load("diffusion_mini", tmp_path)
    state = model.adapter.begin(model.walk(21, 22, frames=4))
    ends = [
        torch.randn(4, 8, 8, generator=torch.Generator().manual_seed(s)).tolist() for s in (21, 22)
    ]
    words = [model.adapter._encode(said) for said in WORDS]
    for k, (noise, said) in enumerate(zip(state.latents, state.words, strict=True)):
        a, b = math.cos(math.pi * k / 6), math.sin(math.pi * k / 6)
        wanted = torch.tensor(ends[0]) * a + torch.tensor(ends[1]) * b
        assert torch.allclose(noise, wanted, atol=1e-6)
        assert torch.allclose(said, words[0].lerp(words[1], k / 3), atol=1e-6)


def test_what_lies_between_varies_as_much_as_the_ends():
    first, last = (torch.randn(100_000, generator=torch.Generator().manual_seed(s)) for s in (0, 1))
    for mixed in interpolation.path(first, last, 7):
        assert float(mixed.std()) == pytest.approx(1, abs=0.02)
    corners = torch.randn(4, 100_000, generator=torch.Generator().manual_seed(2))
    for x, y in ((0.5, 0.5), (0.1, 0.9), (1.0, 0.4)):
        assert float(interpolation.inside(corners, x, y).std()) == pytest.approx(1, abs=0.02)


# Planes


@pytest.mark.parametrize(("place", "x", "y"), [(0, 0, 0), (1, 1, 0), (2, 0, 1), (3, 1, 1)])
def test_the_corners_of_a_plane_are_the_plain_drawings(plane: Model, place: int, x: int, y: int):
    (step,) = plane.draw(plane.recipe("plane", 50, x=x, y=y, count=4))
    (plain,) = plane.draw(plane.recipe("generate", 50 + place))
    assert pixels(step) == pixels(plain)


def test_the_inside_of_a_plane_is_that_of_a_plain_mixing(plane: Model):
    decoder = plane.adapter.decoder
    corners = [drawn_of(seed, decoder.latent) for seed in (50, 51, 52, 53)]
    for x, y in ((0.25, 0.5), (0.5, 0.5), (0.9, 0.2)):
        w = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y]
        root = math.sqrt(sum(one**2 for one in w))
        z = [
            sum(a * n for a, n in zip(w, own, strict=True)) / root
            for own in zip(*corners, strict=True)
        ]
        (step,) = plane.draw(plane.recipe("plane", 50, x=x, y=y))
        wanted = rows_of(plane)([torch.tensor(z)], [torch.tensor(label_of(plane, 0))])
        assert close(pixels(step), wanted)


@pytest.mark.parametrize("place", [-0.1, 1.1, math.nan])
def test_a_place_outside_of_the_plane_is_refused(place: float):
    with pytest.raises(ValueError, match="To the right must"):
        make_recipe(CATALOGUE["gan"], task="plane", options={"x": place})


# What the page says of seeds, and how soon it answers


def test_the_list_of_random_numbers_begins_alike_for_all_families():
    code, longer, noise = (latents(7, 1, shape)[0].flatten() for shape in ((32,), (64,), (4, 8, 8)))
    assert torch.equal(longer[:32], code)
    assert torch.equal(noise[:64], longer)


@pytest.fixture
def address() -> Iterator[str]:
    """The live route over the shipped models, served on loopback."""
    specs = catalog.specs()  # with the weights that are here
    pool = Pool(specs)
    engine = Engine(pool)
    services = Services(engine, pool, specs)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = Starlette(routes=served(live.routes(services)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{live.PATH}"
        server.should_exit = True
        thread.join()
    engine.close()
    pool.close()


def test_two_families_answer_while_somebody_drags(address: str):
    seconds = []
    with httpx.Client(timeout=60) as client:
        for turn in range(25):
            options = {"x": turn / 25, "y": 0.3}
            runs = [{"model": m, "task": "plane", "options": options} for m in ("gan", "vae")]
            begun = time.process_time()
            answer = client.post(address, json={"runs": runs})
            seconds.append(time.process_time() - begun)
            events = [event for _, event in map(json.loads, answer.text.splitlines())]
            assert sum("frame" in event for event in events) == 2, events
    # Of this process, asking and answering: others may compute on this machine while tests run.
    assert np.median(seconds[1:]) <= 0.1
