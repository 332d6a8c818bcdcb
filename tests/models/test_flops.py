"""Operations of a training step: what torch's counter leaves out is counted, too."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.char_lstm import CharLSTM
from models.networks.gpt2_training import Gpt2
from models.train.flops import counter
from models.train.loop import Loop, warm_stable_decay

ROWS, LENGTH, VOCABULARY = 2, 32, 11


def _count(network: nn.Module) -> int:
    tokens = torch.randint(VOCABULARY, (ROWS, LENGTH + 1))
    with counter() as counted:
        out = network(tokens[:, :-1])
        logits: Tensor = out[0] if isinstance(out, tuple) else out
        F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).backward()
    return int(counted.get_total_flops())


def test_an_lstm_takes_six_operations_a_weight_and_character() -> None:
    network = CharLSTM(VOCABULARY, 16, 24, 2)
    matrices = sum(p.numel() for n, p in network.named_parameters() if "weight" in n)
    matrices -= network.embedding.weight.numel()
    assert _count(network) == 6 * matrices * ROWS * LENGTH


def test_a_transformer_takes_six_operations_a_weight_and_attention_besides() -> None:
    width, layers = 32, 2
    network = Gpt2(VOCABULARY, LENGTH, width, layers, 4)
    matrices = layers * 12 * width**2 + VOCABULARY * width
    attention = layers * 2 * LENGTH * width * (2 + 5)  # a character: two products, five backward
    assert _count(network) == (6 * matrices + attention) * ROWS * LENGTH


def _args(work: Path, flops: float) -> argparse.Namespace:
    return argparse.Namespace(
        model_id="tiny",
        command="",
        steps=10**9,
        minutes=None,
        flops=flops,
        seed=1,
        device="cpu",
        work=work,
        fresh=False,
        further=False,
    )


def _train(args: argparse.Namespace) -> Loop:
    model = nn.Linear(4, 3)
    loop = Loop(args, {"model": model}, [torch.optim.SGD(model.parameters(), 0.1)])
    for _ in loop:
        loop.descend(model(torch.ones(5, 4)).square().mean())
    return loop


def test_a_budget_in_operations_ends_the_schedule_and_is_told(tmp_path: Path) -> None:
    step = 2 * (2 * 5 * 4 * 3)  # the product and the gradient of the weights; inputs have none
    loop = _train(_args(tmp_path, 10 * step))
    assert loop.step == 10
    assert loop.facts({})["training_flops"] == 10 * step
    assert len(loop.curve) == 9  # a mean of two before the first step was counted
    resumed = _train(_args(tmp_path, 15 * step))
    assert resumed.step == 15
    assert resumed.facts({})["training_flops"] == 15 * step
    assert resumed.core_seconds >= loop.core_seconds


def test_the_rate_stays_up_until_the_decay_begins() -> None:
    assert warm_stable_decay(0) < 0.01
    assert warm_stable_decay(0.02) == warm_stable_decay(0.5) == 1
    assert warm_stable_decay(0.75) == pytest.approx(0.5)
    assert warm_stable_decay(1) == 0
