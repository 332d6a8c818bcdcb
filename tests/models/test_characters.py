"""Batches of characters, and weights left out for one pass."""

from __future__ import annotations

import torch
from torch import nn

from models.train import characters


def test_windows_are_pieces_of_the_text() -> None:
    batch = characters.windows(torch.arange(100), 5, 10, torch.Generator().manual_seed(0))
    assert batch.shape == (5, 11)
    assert (batch.diff(dim=1) == 1).all()


def test_loss_is_that_of_the_next_character() -> None:
    tokens = torch.tensor([[0, 1, 2]])
    sure = torch.full((1, 2, 3), -50.0)
    sure[0, 0, 1] = sure[0, 1, 2] = 50.0
    assert characters.loss_of(sure, tokens) < 1e-6
    assert characters.loss_of(torch.zeros(1, 2, 3), tokens) == torch.tensor(3.0).log()


def test_left_out_weights_come_back_and_get_no_gradient() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(40, 40, bias=False)
    before = layer.weight.detach().clone()
    with characters.dropped_weights([layer.weight], 0.5):
        missing = layer.weight.detach() == 0
        kept = layer.weight.detach()[~missing]
        assert torch.allclose(kept, 2 * before[~missing])
        layer(torch.ones(1, 40)).sum().backward()
    assert 0.4 < missing.float().mean() < 0.6
    assert torch.equal(layer.weight, before)
    assert layer.weight.grad is not None
    assert (layer.weight.grad[missing] == 0).all()
    assert (layer.weight.grad[~missing] == 2).all()
