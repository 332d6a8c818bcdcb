"""The transformer that reads both ways: what it sees, how it is scored, how it uncovers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from models import checkpoint, datasets
from models.measure import report
from models.networks.masked import MaskedTransformer, even_shares
from models.train import masked_stories

VOCABULARY = 5


def _network() -> MaskedTransformer:
    torch.manual_seed(1)
    return MaskedTransformer(VOCABULARY, context=16, width=32, layers=2).eval()


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(2)


def test_every_place_sees_what_follows_it() -> None:
    network = _network()
    tokens = torch.tensor([[0, 1, 2, 3]])
    other = torch.tensor([[0, 1, 2, 4]])
    assert not torch.allclose(network(tokens)[0, 0], network(other)[0, 0])


def test_hiding_hides_the_share_that_was_asked_for() -> None:
    network = _network()
    tokens = torch.zeros(3, 16, dtype=torch.long)
    seen = network.hide(tokens, torch.tensor([0.0, 0.5, 1.0]), _generator())
    counts = (seen == network.hidden).sum(1).tolist()
    assert counts[0] == 0
    assert 3 < counts[1] < 13
    assert counts[2] == 16


def test_the_bound_of_a_net_that_knows_nothing_is_a_coin_for_every_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forward(_: MaskedTransformer, tokens: Tensor) -> Tensor:
        return torch.zeros(*tokens.shape, VOCABULARY)

    monkeypatch.setattr(MaskedTransformer, "forward", forward)
    tokens = torch.randint(VOCABULARY, (512, 16), generator=_generator())
    shares = even_shares(512, _generator())
    bound = _network().bound(tokens, shares, _generator()).mean()
    assert float(bound) == pytest.approx(torch.tensor(float(VOCABULARY)).log().item(), rel=0.1)


def test_shares_are_spread_evenly() -> None:
    shares = even_shares(10, _generator()).sort().values
    assert torch.allclose(shares.diff(), torch.full((9,), 0.0999), atol=1e-4)
    assert shares.min() > 0
    assert shares.max() <= 1


@pytest.mark.parametrize("passes", [1, 3, 8, 40])
def test_uncovering_fills_every_gap_and_keeps_what_is_given(passes: int) -> None:
    network = _network()
    given = torch.tensor([1, 5, 5, 2, 5, 5, 5, 3, 5, 5])
    seen = list(network.uncover(given, passes, 1.0, _generator()))
    assert len(seen) == min(passes, 7)
    hidden = [int((text == network.hidden).sum()) for text in seen]
    assert hidden == sorted(hidden, reverse=True)
    assert hidden[-1] == 0
    for text in seen:
        assert text[[0, 3, 7]].tolist() == [1, 2, 3]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_two_steps_write_weights_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        datasets.stories()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    monkeypatch.setattr(masked_stories, "ROWS", 1)
    monkeypatch.setattr(masked_stories, "SHOWN_PASSES", 2)
    out = tmp_path / "out"
    arguments = ["--steps", "2", "--work", str(tmp_path), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["masked_stories", *arguments])
    masked_stories.main()
    content = report.read(out)
    assert content["training"]["training_flops"] > 1e9
    config = checkpoint.read_config(out)
    network = MaskedTransformer(config["vocabulary"], **masked_stories.CONFIG)
    checkpoint.load(out, {"model": network})
    assert content["parameters"] == pytest.approx(3_244_032, rel=0.05)  # that of gpt2_stories
