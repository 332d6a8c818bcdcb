"""A diffusion model looked at while it draws: noise and beliefs; and the figures of a sheet."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch

from models import catalog, datasets
from models.adapters.class_conditional import latents
from models.adapters.pictures import to_images
from models.adapters.stable_diffusion import StableDiffusion, noise_left
from models.base import LookStep, ModelSpec, Recipe, Step
from models.recipe import make_recipe
from playground.tools import sample_variety
from tests import tiny_models

pytestmark = pytest.mark.slow

CAPTION = "a red seven on a black background"
LOOKERS = ("diffusion_mini", "diffusion_emoji")


@pytest.fixture(scope="module", params=("float32", "bfloat16"))
def adapter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A tiny diffusion model with random weights."""
    spec = tiny_models.diffusion_mini(tmp_path_factory.mktemp("weights"))
    adapter = StableDiffusion.load(spec, "cpu", request.param)
    yield adapter
    adapter.close()


def asked(spec: ModelSpec, task: str = "look", seed: int = 5, **options: Any) -> Recipe:
    return make_recipe(spec, task=task, prompt=CAPTION, options=options, seed=seed)


def steps_of(adapter: Any, recipes: Sequence[Recipe]) -> list[list[Any]]:
    """All steps of recipes that are carried out side by side."""
    states = [adapter.begin(recipe) for recipe in recipes]
    steps: list[list[Step]] = [[] for _ in recipes]
    while left := [i for i, made in enumerate(steps) if not (made and made[-1].last)]:
        for i, step in zip(left, adapter.advance([states[i] for i in left]), strict=True):
            steps[i].append(step)
    for state in states:
        adapter.end(state)
    return steps


@pytest.mark.parametrize("steps", [1, 4])
def test_what_it_believes_is_what_generating_shows(adapter: Any, steps: int) -> None:
    (looked,) = steps_of(adapter, [asked(adapter.spec, steps=steps)])
    (drawn,) = steps_of(adapter, [asked(adapter.spec, "generate", steps=steps, count=1)])
    assert list(looked[0].images) == ["noisy"]  # it has not looked yet
    assert [step.images["clean"] for step in looked[1:]] == [step.images[0] for step in drawn]
    assert looked[-1].images["noisy"] == looked[-1].images["clean"]
    assert all(step.images["noisy"] != step.images["clean"] for step in looked[1:-1])


def test_it_begins_at_the_noise_that_generating_begins_with(adapter: Any) -> None:
    (looked,) = steps_of(adapter, [asked(adapter.spec, steps=2, seed=9)])
    config = adapter.unet.config
    noise = latents(9, 1, (config.in_channels, config.sample_size, config.sample_size))
    padded = noise.expand(4, -1, -1, -1) / adapter.vae.config.scaling_factor
    with torch.inference_mode():
        decoded = adapter.vae.decode(padded.to(adapter.vae.dtype)).sample
    assert looked[0].images["noisy"] == to_images(decoded)[0]


def test_its_steps_are_numbered_from_the_noise_to_the_picture(adapter: Any) -> None:
    (looked,) = steps_of(adapter, [asked(adapter.spec, steps=4)])
    assert all(isinstance(step, LookStep) for step in looked)
    assert [step.index for step in looked] == [0, 1, 2, 3, 4]
    assert {step.total for step in looked} == {5}
    assert [step.last for step in looked] == [False] * 4 + [True]
    assert [step.label for step in looked] == [f"step {i} of 4" for i in range(5)]
    assert all(b"_rebuild_tensor" not in pickle.dumps(step) for step in looked)


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_the_noise_falls_from_all_to_none(adapter: Any, steps: int) -> None:
    (looked,) = steps_of(adapter, [asked(adapter.spec, steps=steps)])
    shares = [step.figures["noise"] for step in looked]
    assert shares == sorted(set(shares), reverse=True)
    assert shares[0] == 1.0
    assert shares[-1] < 0.04
    times = [step.figures["timestep"] for step in looked]
    assert times == sorted(set(times), reverse=True)
    assert times[0] == 1000


@pytest.mark.parametrize("steps", [1, 3, 7, 20, 50])
def test_its_share_is_what_the_betas_say(adapter: Any, steps: int) -> None:
    scheduler = type(adapter.scheduler).from_config(adapter.scheduler.config)
    scheduler.set_timesteps(steps)
    shares = [noise_left(scheduler, done)[0] for done in range(steps + 1)]
    assert shares == pytest.approx(plain_shares(scheduler.config, steps), abs=2e-5)
    if 1000 % steps == 0:
        assert noise_left(scheduler, steps) == (0.0, 0)


def plain_shares(config: Any, steps: int) -> list[float]:
    """The same from the betas: scaled linear, moved to no signal at the end (Lin et al. 2024)."""
    count = config.num_train_timesteps
    betas = np.linspace(config.beta_start**0.5, config.beta_end**0.5, count) ** 2
    roots = np.sqrt(np.cumprod(1 - betas))
    roots = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
    kept = np.append(roots**2, 1.0)  # at -1 there is no noise
    first = [round(count - i * count / steps) - 1 for i in range(steps)]
    after = [max(-1, time - count // steps) for time in first]
    return [float(np.sqrt(1 - kept[time])) for time in (first[0], *after)]


def test_the_noise_in_the_latents_is_as_much_as_is_said(adapter: Any) -> None:
    """DDIM keeps the noise and only changes its share: what is left without the clean part."""
    state = adapter.begin(asked(adapter.spec, steps=5))
    (look,) = adapter.advance([state])
    inner, believed = state.scheduler.step, list[torch.Tensor]()

    def step(*args: Any) -> Any:
        stepped = inner(*args)
        believed.append(stepped.pred_original_sample)
        return stepped

    state.scheduler.step = step
    for _ in range(4):
        before, share = state.latents, look.figures["noise"]
        (look,) = adapter.advance([state])
        noise = noise_of(before, believed[-1], share)
        left = noise_of(state.latents, believed[-1], look.figures["noise"])
        assert torch.allclose(noise, left, atol=1e-3, rtol=1e-3)
        assert not torch.allclose(noise, noise_of(state.latents, believed[-1], share), atol=1e-2)
    adapter.end(state)


def noise_of(noisy: torch.Tensor, clean: torch.Tensor, share: float) -> torch.Tensor:
    """The noise in a latent that has this share of it."""
    return (noisy - (1 - share**2) ** 0.5 * clean) / share


def test_the_same_alone_and_among_others(adapter: Any) -> None:
    recipes = [
        asked(adapter.spec, steps=4),
        asked(adapter.spec, "generate", steps=3, count=5, seed=2),
        asked(adapter.spec, steps=6, seed=3, guidance=0.0),
        asked(adapter.spec, "generate", steps=6, count=1, seed=4),
        asked(adapter.spec, steps=1, seed=6, guidance=9.0, guidance_from=0.0),
    ]
    assert steps_of(adapter, recipes) == [steps_of(adapter, [recipe])[0] for recipe in recipes]


def test_ended_at_any_moment_it_leaves_the_model_usable(adapter: Any) -> None:
    recipe = asked(adapter.spec, steps=3)
    expected = steps_of(adapter, [recipe])
    for steps in range(4):
        state = adapter.begin(recipe)
        for _ in range(steps):
            adapter.advance([state])
        adapter.end(state)
    assert steps_of(adapter, [recipe]) == expected


def test_one_picture_is_looked_at_however_many_are_asked_for(adapter: Any) -> None:
    one, many = (asked(adapter.spec, steps=2, count=count) for count in (1, 7))
    assert one.key != many.key
    first, second = steps_of(adapter, [one, many])
    assert first == second


@pytest.mark.parametrize("model", LOOKERS)
def test_the_models_say_that_they_can_be_looked_at(model: str) -> None:
    assert "look" in catalog.spec(model).can
    assert asked(catalog.spec(model), steps=3).task == "look"
    blind = replace(catalog.spec(model), can=frozenset({"prompt"}))
    with pytest.raises(ValueError, match="cannot do"):
        asked(blind)


# The figures of a contact sheet


def some_pictures(count: int = 12, seed: int = 1) -> np.ndarray:
    """Pictures in a few clumps, (N, 32, 32, 3) uint8."""
    generator = np.random.default_rng(seed)
    centres = generator.integers(0, 256, (4, 32, 32, 3))
    noise = generator.normal(0, 1, (count, 32, 32, 3)) * generator.uniform(2, 20, (count, 1, 1, 1))
    return (centres[np.arange(count) % 4] + noise).clip(0, 255).astype(np.uint8)


def test_distances_are_those_of_a_plain_loop() -> None:
    pictures = some_pictures()
    away = sample_variety.distances(pictures)
    for a, b in combinations(range(len(pictures)), 2):
        plain = np.sqrt(((pictures[a].astype(float) - pictures[b]) ** 2).mean())
        assert away[a, b] == away[b, a] == pytest.approx(plain)
    near = sample_variety.nearest(away)
    for a in range(len(pictures)):
        assert near[a] == min(away[a, b] for b in range(len(pictures)) if b != a)
    assert sample_variety.distances(np.stack([pictures[0]] * 2))[0, 1] == 0


@pytest.mark.parametrize("limit", [0.0, 5.0, 12.0, 18.0, 60.0, 300.0])
def test_different_ones_are_the_connected_parts(limit: float) -> None:
    away = sample_variety.distances(some_pictures())
    left, parts = set(range(len(away))), 0
    while left:
        parts += 1
        reached = [left.pop()]
        while reached:
            one = reached.pop()
            near = {other for other in left if away[one, other] < limit}
            left -= near
            reached += near
    assert sample_variety.different(away, limit) == parts


def test_counts_run_from_all_to_one() -> None:
    away = sample_variety.distances(some_pictures())
    counts = [sample_variety.different(away, limit) for limit in (0.0, 20.0, 30.0, 300.0)]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (12, 1)
    assert 1 < counts[2] < 12


def test_distances_of_strokes_are_those_of_painted_digits() -> None:
    """What the shipped numbers rest on: in two colours everything is scaled by their distance."""
    generator = np.random.default_rng(3)
    strokes = generator.integers(0, 256, (6, 28, 28)).astype(np.uint8)
    inks, papers = (np.tile(datasets.PALETTE[name], (6, 1)) for name in ("green", "purple"))
    painted = sample_variety.distances(datasets.paint(strokes, inks, papers))
    padded = np.pad(strokes.astype(float) / 255, ((0, 0), (2, 2), (2, 2)))
    contrast = sample_variety.distances(
        np.array([datasets.PALETTE["green"], datasets.PALETTE["purple"]])
    )[0, 1]
    assert painted == pytest.approx(sample_variety.distances(padded) * contrast, rel=5e-3)


def test_the_shipped_numbers_are_whole() -> None:
    known = json.loads(sample_variety.FILE.read_text(encoding="utf-8"))
    assert known["palette"] == {name: list(colour) for name, colour in datasets.PALETTE.items()}
    assert len(known["digits"]) == 10
    assert sum(digit["of"] for digit in known["digits"]) == 10_000
    for digit in known["digits"]:
        for mean, low, high in (digit["nearest"], digit["different"]):
            assert low <= mean <= high
        assert 0 < digit["limit"] < digit["nearest"][0]
        assert 50 < digit["different"][0] <= known["pictures"] == sample_variety.SHEET
    assert sample_variety.limit_of(7, "red", "black") > sample_variety.limit_of(7, "red", "orange")


def test_real_digits_give_the_shipped_numbers_again() -> None:
    try:
        found = sample_variety.derive(sets=20, seed=1)
    except datasets.DataMissing:
        pytest.skip("needs MNIST (PLAYGROUND_DATA)")
    known = json.loads(sample_variety.FILE.read_text(encoding="utf-8"))
    for again, shipped in zip(found["digits"], known["digits"], strict=True):
        assert again["of"] == shipped["of"]
        assert again["nearest"][0] == pytest.approx(shipped["nearest"][0], rel=0.05)
        assert again["limit"] == pytest.approx(shipped["limit"], rel=0.1)
        assert again["different"][0] == pytest.approx(shipped["different"][0], abs=1.5)
