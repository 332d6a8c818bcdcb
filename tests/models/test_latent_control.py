"""The claim that VAEs give control over latent space: its figures, and what turns its verdict."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from models import datasets
from models.experiments import latent_control, results
from models.experiments.claim import Outcome, Progress
from models.experiments.lab import Lab
from models.measure.metric import Metric


def exactly(value: float, half: float = 0.01) -> Metric:
    """A made-up figure with a narrow interval."""
    return Metric(value, value - half, value + half, 40)


HOLDING = {
    "gan": exactly(2.0),
    "vae": exactly(1.5),
    "diffusion_mini": exactly(3.0),
    "gan_more": exactly(0.5),
    "diffusion_mini_more": exactly(1.5),
}


def test_a_vae_that_is_more_even_than_both_bears_the_claim_out():
    found = latent_control.verdict(HOLDING)
    assert found.word == "holds"
    assert "1.50 times its mean one, against 2.00 (GAN) and 3.00 (Diffusion)" in found.because
    assert found.n == 40


@pytest.mark.parametrize("other", ["gan", "diffusion_mini"])
def test_another_family_that_is_more_even_turns_the_verdict(other: str):
    contrary = {**HOLDING, other: exactly(1.2), f"{other}_more": exactly(-0.3)}
    assert latent_control.verdict(contrary).word == "does_not_hold"


@pytest.mark.parametrize("other", ["gan", "diffusion_mini"])
def test_a_difference_that_may_be_chance_leaves_it_open(other: str):
    unclear = {**HOLDING, f"{other}_more": exactly(0.1, half=0.2)}
    assert latent_control.verdict(unclear).word == "cannot_tell"


# The figures, against plain loops


def test_jumps_are_those_of_a_plain_loop():
    pictures = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), dtype=np.uint8)
    for i, jump in enumerate(latent_control.jumps_of(pictures)):
        pairs = zip(pictures[i].ravel().tolist(), pictures[i + 1].ravel().tolist(), strict=True)
        squares = [((a - b) / 255) ** 2 for a, b in pairs]
        assert jump == pytest.approx(math.sqrt(sum(squares) / len(squares)))
    assert len(latent_control.jumps_of(pictures)) == 3


def test_an_even_walk_scores_one_and_a_single_jump_the_number_of_steps():
    jumps = np.array([[0.1] * 15, [0.0] * 14 + [0.3], [0.0] * 15, [0.1, 0.2, 0.3] * 5])
    assert latent_control.unevenness(jumps) == pytest.approx([1, 15, 1, 1.5])


def test_a_fade_is_more_even_than_a_cut():
    shades = np.linspace(0, 255, 16).astype(np.uint8)
    fade = np.broadcast_to(shades[:, None, None, None], (16, 8, 8, 3))
    cut = np.where(fade > 127, 255, 0).astype(np.uint8)
    even, uneven = latent_control.unevenness(
        np.stack([latent_control.jumps_of(walk) for walk in (fade, cut)])
    )
    assert even == pytest.approx(1)
    assert uneven == pytest.approx(15)


def test_the_bootstrap_covers_a_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(200):
        found = latent_control.bootstrapped(rng.exponential(size=60), resamples=400)
        covered.append(found.low <= 1 <= found.high)
    assert 0.88 <= np.mean(covered) <= 0.99


def test_the_bootstrap_is_near_the_normal_interval_where_that_is_right():
    values = np.random.default_rng(2).normal(3, 1, 400)
    found = latent_control.bootstrapped(values)
    half = 1.96 * values.std() / math.sqrt(len(values))
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(
        (found.value - half, found.value + half), abs=0.01
    )


# The experiment through the real engine, over pretended models


def test_it_asks_all_families_for_the_same_walks(services: Any):
    lab, concepts = Lab(services.engine, services.specs, "experiment"), latent_control.trained(3)
    asked = {model: latent_control._walks(lab, model, concepts) for model in latent_control.MODELS}
    for recipes in asked.values():
        assert [(r.seed, r.integer("to_seed")) for r in recipes] == [(0, 1), (2, 3), (4, 5)]
        assert {r.integer("frames") for r in recipes} == {latent_control.FRAMES}
    for model in ("gan", "vae"):
        for recipe, concept in zip(asked[model], concepts, strict=True):
            said = (recipe.option("digit"), recipe.option("ink"), recipe.option("paper"))
            there = tuple(recipe.option(f"to_{name}") for name in ("digit", "ink", "paper"))
            assert said == there == (concept.digit, concept.ink, concept.paper)
    for recipe, concept in zip(asked["diffusion_mini"], concepts, strict=True):
        assert recipe.prompt == recipe.option("to_prompt") == concept.caption


def test_it_reaches_its_outcome_and_the_shipped_one_has_the_same_figures(services: Any):
    lab = Lab(services.engine, services.specs, "experiment")
    *steps, outcome = list(latent_control.measure(lab, 2))
    assert isinstance(outcome, Outcome)
    done = [step.done / step.total for step in steps if isinstance(step, Progress)]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 1)
    assert all(number.metric.n == 2 for number in outcome.numbers)
    shipped = results.shipped("latent_control")
    assert shipped is not None
    assert set(shipped.outcome.named()) == set(outcome.named())
    assert shipped.size == latent_control.RECORDED
    for model in latent_control.MODELS:
        assert shipped.outcome.named()[f"{model}_jump"].low > 0, "a walk that stands still"


def test_no_concept_was_kept_from_training():
    chosen = latent_control.trained(latent_control.RECORDED)
    assert not any(concept.held_out for concept in chosen)
    assert set(chosen) <= set(datasets.concepts())
