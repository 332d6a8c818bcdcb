"""The claim of reconstruction: areas under ROC curves, drawings that are no digits, the verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import datasets
from models.experiments import reconstruction, results
from models.experiments.claim import Outcome, Progress
from models.experiments.drawing import trained
from models.experiments.lab import Lab
from models.experiments.reconstruction import area_under_roc, other_drawings
from models.measure.metric import Metric


def exactly(value: float, n: int = 300, half: float = 0.02) -> Metric:
    return Metric(value, value - half, value + half, n)


HOLDS = {
    "auc": exactly(0.9),
    "restored": exactly(0.9),
    "code_bytes": exactly(34, half=0),
    "picture_bytes": exactly(3072, half=0),
}


def test_the_numbers_decide() -> None:
    verdict = reconstruction.verdict
    assert verdict(HOLDS).word == "holds"
    assert "90 %" in verdict(HOLDS).because
    for contrary in (
        {"auc": exactly(0.6)},
        {"restored": exactly(0.3)},
        {"code_bytes": exactly(2_000, half=0)},
    ):
        assert verdict({**HOLDS, **contrary}).word == "does_not_hold"
    for unclear in ({"auc": exactly(0.81)}, {"restored": exactly(0.5)}):
        assert verdict({**HOLDS, **unclear}).word == "cannot_tell"


def test_an_area_is_that_of_all_pairs() -> None:
    random = np.random.default_rng(0)
    usual, odd = random.normal(0, 1, 40).round(1), random.normal(1, 1, 30).round(1)
    wins = 0.0
    for one in odd:
        for other in usual:
            wins += 1.0 if one > other else 0.5 if one == other else 0.0
    found = area_under_roc(usual, odd)
    assert found.value == pytest.approx(wins / 1200)
    assert found.low < found.value < found.high
    assert found.n == 30
    flipped = area_under_roc(odd, usual)
    assert flipped.value == pytest.approx(1 - found.value)
    assert flipped.low == pytest.approx(1 - found.high, abs=1e-6)


def test_an_area_of_one_has_an_interval_too() -> None:
    found = area_under_roc(np.zeros(20), np.ones(20))
    assert found.value == 1.0
    assert 0.7 < found.low < 0.95
    assert found.high == pytest.approx(1.0)


def test_the_interval_holds_the_true_area_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    truth = 0.8413447  # P(N(sqrt 2, 1) > N(0, 1)) = Phi(1)
    inside = 0
    for _ in range(300):
        found = area_under_roc(random.normal(0, 1, 40), random.normal(2**0.5, 1, 40))
        inside += found.low <= truth <= found.high
    assert inside >= 270


def test_drawings_are_no_digits_but_in_their_colours() -> None:
    concepts = trained(9)
    digits = reconstruction._painted(np.full((9, 28, 28), 128, np.uint8), concepts)
    digits[:, :16, :16] //= 2  # so that quarters differ
    made = other_drawings(digits, concepts)
    assert list(made) == list(reconstruction.OTHERS)
    assert {images.shape for images in made.values()} == {(3, 32, 32, 3)}
    for place, name in enumerate(("scribbles", "letters")):
        for image, concept in zip(made[name], concepts[place::3], strict=True):
            assert tuple(image[0, 0]) == datasets.PALETTE[concept.paper]
            ink = np.abs(image.astype(int) - datasets.PALETTE[concept.ink]).sum(2)
            assert 15 < (ink < 10).sum() < 500
    for image, source in zip(made["shuffled"], digits[2::3], strict=True):
        assert np.array_equal(np.sort(image.ravel()), np.sort(source.ravel()))
        assert not np.array_equal(image, source)
    again = other_drawings(digits, concepts)
    assert all(np.array_equal(made[name], again[name]) for name in made)


def test_no_quarter_stays_where_it_was() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    quarters = [(slice(0, 16), slice(0, 16)), (slice(0, 16), slice(16, 32))]
    quarters += [(slice(16, 32), slice(0, 16)), (slice(16, 32), slice(16, 32))]
    for value, place in enumerate(quarters):
        image[place] = value
    for seed in range(20):
        shuffled = reconstruction.in_quarters(image, np.random.default_rng(seed))
        found = [int(shuffled[place].max()) for place in quarters]
        assert sorted(found) == [0, 1, 2, 3]
        assert all(value != place for place, value in enumerate(found))


@pytest.mark.parametrize("here", [True, False])
def test_it_goes_through_the_engine_with_real_digits_or_without(
    here: bool, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mnist(split: str) -> Any:
        if not here:
            raise datasets.DataMissing("not here")
        random = np.random.default_rng(0)
        labels = np.arange(50, dtype=np.uint8) % 10
        return random.integers(0, 255, (50, 28, 28), dtype=np.uint8), labels

    monkeypatch.setattr(datasets, "mnist", mnist)
    lab = Lab(services.engine, services.specs, "experiment")
    *steps, outcome = list(reconstruction.measure(lab, 6))
    assert isinstance(outcome, Outcome)
    done = [step.done / step.total for step in steps if isinstance(step, Progress)]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(1)
    assert bool(outcome.notes) != here
    found = outcome.named()
    assert found["auc"].n == 6
    assert found["auc_letters"].n == 2
    assert found["code_bytes"].value == 34
    shipped = results.shipped("reconstruction")
    assert shipped is not None
    assert set(found) == set(shipped.outcome.named())
