"""Training a language model on the characters of tiny Shakespeare; what both text models share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import worlds
from models.train.loop import Loop, autocast

DATA = {"tiny Shakespeare, first 90 %": worlds.SHAKESPEARE_SHA256}


def encode(text: str) -> Tensor:
    """Token ids (N,) of a text over `worlds.ALPHABET`."""
    ids = {character: i for i, character in enumerate(worlds.ALPHABET)}
    return torch.tensor([ids[character] for character in text])


def train(
    args: argparse.Namespace,
    model: nn.Module,
    logits: Callable[[Tensor], Tensor],
    optimizers: Sequence[torch.optim.Optimizer],
    window: Callable[[float], tuple[int, int]],
    average: float = 0.999,
) -> Loop:
    """Minimise next-character cross-entropy on random windows of the training text.

    Args:
        model: the network, already on `args.device`.
        logits: tokens (B, T) -> logits (B, T, V).
        window: progress in [0, 1] -> (B, T) of the next batch.
    """
    tokens = encode(worlds.shakespeare()[0])
    loop = Loop(args, {"model": model}, optimizers, average)
    model.train()
    for _ in loop:
        rows, length = window(loop.progress)
        starts = torch.randint(len(tokens) - length, (rows,), generator=loop.generator())
        batch = torch.stack([tokens[s : s + length + 1] for s in starts]).to(args.device)
        with autocast(args.device):
            predicted = logits(batch[:, :-1])  # (B, T, V)
        loss = F.cross_entropy(predicted.flatten(0, 1).float(), batch[:, 1:].flatten())
        loop.descend(loss)
    return loop
