"""Drawing tokens: the right distribution, one random number a row, no row touching another."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from models.base import Candidates
from models.options import TEMPERATURE, TOP_P
from models.sampling import DEPTH, SHOWN, Draw, Options, sample, sample_each

PLAIN = Options()
ALL_OPTIONS = (
    PLAIN,
    Options(temperature=0.0),
    Options(temperature=0.05),
    Options(temperature=2.0),
    Options(temperature=0.8, top_k=5),
    Options(temperature=1.0, top_p=0.9),
    Options(temperature=1.5, top_k=40, top_p=0.7),
    Options(temperature=2.0, top_p=0.999),
    Options(temperature=1.0, top_k=100_000, top_p=0.05),
)


def random_logits(rows: int, vocabulary: int, seed: int = 0) -> Tensor:
    """Logits (B, V) with a long tail and a large common part, as language models have them."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, vocabulary, generator=generator) * 3 - 90


def seeded(seed: int) -> torch.Generator:
    """A private source of random numbers."""
    return torch.Generator().manual_seed(seed)


def draw(logits: Tensor, options: Options, seed: int = 0) -> Draw:
    """One token from one row of logits (V,)."""
    return sample(logits[None], [options], [seeded(seed)])[0]


def reference(logits: np.ndarray, options: Options, uniform: float) -> tuple[int, float]:
    """The definition, for one row, in float64: token and the probability it is drawn with."""
    order = np.argsort(-logits, kind="stable")
    if options.temperature == 0:
        return int(order[0]), 1.0
    p = np.exp((logits - logits.max()).astype(np.float64) / options.temperature)
    if not options.cuts:
        order = np.arange(len(p))
    p = p[order]
    p[options.top_k or len(p) :] = 0
    p /= p.sum()
    if options.top_p < 1:
        before = np.cumsum(p) - p
        p[before >= options.top_p] = 0
        p /= p.sum()
    place = int(np.searchsorted(np.cumsum(p), uniform, side="right"))
    return int(order[place]), float(p[place])


@pytest.mark.parametrize("vocabulary", [5, 65, 3000])
@pytest.mark.parametrize("options", ALL_OPTIONS, ids=str)
def test_draws_what_the_definition_draws(vocabulary: int, options: Options) -> None:
    logits = random_logits(40, vocabulary)
    draws = sample(logits, [options] * 40, [seeded(i) for i in range(40)])
    for i, drawn in enumerate(draws):
        uniform = torch.rand(1, generator=seeded(i), dtype=torch.float64).item()
        token, probability = reference(logits[i].numpy(), options, uniform)
        assert drawn.token_id == token
        assert drawn.drawn_probability == pytest.approx(probability, rel=1e-4)


def test_a_share_that_reaches_deep_is_cut_where_it_should_be() -> None:
    """Nearly equal logits: 90 % of the mass needs more favourites than are sorted at first."""
    logits = random_logits(1, 3 * DEPTH)[0] * 0.01
    tokens = {draw(logits, Options(top_p=0.9), seed).token_id for seed in range(400)}
    favourites = logits.argsort(descending=True).tolist()
    ranks = [favourites.index(token) for token in tokens]
    assert DEPTH < max(ranks) < 0.92 * len(logits)


@pytest.mark.parametrize("options", [PLAIN, Options(temperature=0.7, top_k=8)], ids=str)
def test_frequencies_are_the_probabilities(options: Options) -> None:
    count = 20_000
    logits = random_logits(1, 12).expand(count, -1)
    draws = sample(logits, [options] * count, [seeded(i) for i in range(count)])
    expected = {d.token_id: d.drawn_probability for d in draws}
    assert math.isclose(sum(expected.values()), 1, abs_tol=0.01)
    for token, p in expected.items():
        frequency = sum(d.token_id == token for d in draws) / count
        assert abs(frequency - p) < 5 * math.sqrt(p * (1 - p) / count) + 1e-9


@pytest.mark.parametrize("vocabulary", [65, 2000, 50_257])
def test_no_row_depends_on_the_others(vocabulary: int) -> None:
    rows = 2 * len(ALL_OPTIONS)
    logits = random_logits(rows, vocabulary)
    options = [ALL_OPTIONS[i % len(ALL_OPTIONS)] for i in range(rows)]
    together = sample(logits, options, [seeded(i) for i in range(rows)])
    for i in range(rows):
        assert same(together[i], draw(logits[i], options[i], seed=i))
    some = [1, 4, 5, 16]
    few = sample(logits[some], [options[i] for i in some], [seeded(i) for i in some])
    assert all(same(together[i], drawn) for i, drawn in zip(some, few, strict=True))


def same(a: Draw, b: Draw) -> bool:
    """Whether two draws agree to the last bit."""
    numbers = ("token_id", "probability", "drawn_probability", "entropy_bits", "rank")
    arrays = ("top_ids", "top_logits")
    return (
        all(getattr(a, n) == getattr(b, n) for n in (*numbers, "log_normaliser"))
        and all(np.array_equal(getattr(a, n), getattr(b, n)) for n in arrays)
    )  # fmt: skip


@pytest.mark.parametrize("options", ALL_OPTIONS, ids=str)
def test_every_row_takes_one_random_number(options: Options) -> None:
    used, expected = seeded(7), seeded(7)
    sample(random_logits(1, 3000), [options], [used])
    torch.rand(1, generator=expected, dtype=torch.float64)
    assert torch.equal(used.get_state(), expected.get_state())


def test_temperature_zero_takes_the_favourite() -> None:
    logits = random_logits(8, 65)
    draws = sample(logits, [Options(temperature=0)] * 8, [seeded(i) for i in range(8)])
    assert [d.token_id for d in draws] == logits.argmax(-1).tolist()
    assert all(d.rank == 0 and d.drawn_probability == 1 for d in draws)
    assert all(0 < d.probability < 1 for d in draws)


def test_equal_logits_rank_by_id() -> None:
    logits = torch.zeros(70)
    assert {draw(logits, Options(top_k=1), seed).token_id for seed in range(20)} == {0}
    assert {draw(logits, Options(top_k=3), seed).token_id for seed in range(40)} == {0, 1, 2}
    for seed in range(5):
        drawn = draw(logits, PLAIN, seed)
        assert drawn.rank == drawn.token_id
        assert drawn.top_ids.tolist() == list(range(70))


def test_entropy_and_probability_are_the_models_own() -> None:
    logits = random_logits(1, 65)[0]
    p = torch.softmax(logits.double(), -1)
    drawn = draw(logits, Options(temperature=0.3, top_k=3))
    assert drawn.entropy_bits == pytest.approx(-(p * p.log2()).sum().item(), abs=1e-5)
    assert drawn.probability == pytest.approx(p[drawn.token_id].item(), rel=1e-5)
    assert draw(torch.zeros(64), PLAIN).entropy_bits == pytest.approx(6)


def test_a_certain_model_has_no_entropy() -> None:
    logits = torch.full((65,), -200.0)
    logits[3] = 100
    drawn = draw(logits, PLAIN)
    assert (drawn.token_id, drawn.probability, drawn.entropy_bits) == (3, 1.0, 0.0)


@pytest.mark.parametrize(("vocabulary", "shown"), [(65, 65), (128, 128), (129, SHOWN)])
def test_shows_the_favourites_most_likely_first(vocabulary: int, shown: int) -> None:
    drawn = draw(random_logits(1, vocabulary)[0], PLAIN)
    top = Candidates(drawn.top_ids, drawn.top_logits, drawn.log_normaliser, ["x"] * vocabulary)
    probabilities = [candidate.probability for candidate in top]
    assert len(top) == shown
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) + top.rest == pytest.approx(1, abs=1e-6)
    assert not drawn.top_ids.flags.writeable
    assert not drawn.top_logits.flags.writeable


@pytest.mark.parametrize("given", [5e-324, 1e-46, 1.1e-38, 2.0**-126, 1e-30, 0.0, -0.0, 2.0])
@pytest.mark.parametrize("top_p", [1.0, 0.05])
def test_every_temperature_that_a_visitor_may_enter_draws(given: float, top_p: float) -> None:
    options = Options(float(TEMPERATURE.check(given)), 0, float(TOP_P.check(top_p)))
    (found,) = sample(random_logits(1, 50), [options], [seeded(1)])
    assert 0 < found.drawn_probability <= 1
    assert given > 1 or found.rank == 0


def test_a_row_of_which_none_can_be_drawn_costs_the_others_nothing() -> None:
    logits = random_logits(3, 40)
    options = [PLAIN, PLAIN, Options(0.8, 5)]
    good = sample(logits, options, [seeded(row) for row in range(3)])
    logits[1] = math.nan
    found = sample_each(logits, options, [seeded(row) for row in range(3)])
    assert isinstance(found[1], Exception)
    for row in (0, 2):
        assert isinstance(found[row], Draw)
        assert found[row].token_id == good[row].token_id  # type: ignore[union-attr]
        assert found[row].drawn_probability == good[row].drawn_probability  # type: ignore[union-attr]
