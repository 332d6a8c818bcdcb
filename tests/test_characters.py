"""Batches of characters, how sure a model is of the next, and weights left out for one pass."""

from __future__ import annotations

import torch
from torch import nn

from models.networks.char_lstm import CharLSTM
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


def test_a_model_too_sure_of_itself_is_softened() -> None:
    torch.manual_seed(0)
    model = CharLSTM(vocabulary=5, embedding=4, hidden=8, layers=1).eval()
    tokens = torch.randint(5, (4_000,), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        model.head.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0, -1.0]))
        model.head.weight *= 3  # sure, and of nothing: the text is chance
        before = characters.loss_of(model(tokens[None, :-1])[0], tokens[None])
        temperature = characters.temperature_of(model, tokens)
        assert temperature == 1.6  # the most it may be
        logits = model(tokens[None, :-1])[0]
        model.soften(temperature)
        after = model(tokens[None, :-1])[0]
    assert torch.allclose(after, logits / temperature, atol=1e-5)
    assert characters.loss_of(after, tokens[None]) < before


def test_a_model_that_knows_how_sure_it_is_stays_as_it_is() -> None:
    model = CharLSTM(vocabulary=2, embedding=4, hidden=8, layers=1).eval()
    tokens = (torch.rand(20_000, generator=torch.Generator().manual_seed(1)) < 0.25).long()
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.copy_(torch.tensor([0.75, 0.25]).log())
    assert abs(characters.temperature_of(model, tokens) - 1) <= 0.03


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
