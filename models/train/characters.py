"""Batches of characters for the language models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from models import datasets

SHAKESPEARE = {"tiny Shakespeare, first 90 %": datasets.SHAKESPEARE_SHA256}
TUNES = {
    "tunes of O'Neill (1903) and Ryan (1883), transcribed by Norbert Paap, Ray Davies and others, "
    "all but the first 210": datasets.TUNES_SHA256
}
STORIES = {"stories, all but the first 231": datasets.STORIES_SHA256}


def encode(text: str, alphabet: str = datasets.ALPHABET) -> Tensor:
    """Token ids (N,) of a text: places in the alphabet."""
    ids = {character: i for i, character in enumerate(alphabet)}
    return torch.tensor([ids[character] for character in text])


def windows(tokens: Tensor, rows: int, length: int, generator: torch.Generator) -> Tensor:
    """Random windows (B, T + 1) of a text."""
    starts = torch.randint(len(tokens) - length, (rows, 1), generator=generator)
    return tokens[starts + torch.arange(length + 1)]


def loss_of(logits: Tensor, tokens: Tensor) -> Tensor:
    """Cross-entropy, nats a character, of tokens[:, 1:] under logits (B, T, V)."""
    return F.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten())


@contextmanager
def dropped_weights(matrices: list[Tensor], share: float) -> Iterator[None]:
    """Leave out a share of the weights for one forward and backward pass.

    On the recurrent matrices of an LSTM this regularises what it remembers, the same way at every
    character of the window (DropConnect: Merity et al. 2018). Gradients of weights that were left
    out are zero afterwards.
    """
    whole = [matrix.detach().clone() for matrix in matrices]
    kept = [(torch.rand_like(m) >= share).to(m.dtype) / (1 - share) for m in whole]
    for matrix, mask in zip(matrices, kept, strict=True):
        matrix.data.mul_(mask)
    yield
    for matrix, before, mask in zip(matrices, whole, kept, strict=True):
        matrix.data.copy_(before)
        if matrix.grad is not None:
            matrix.grad.mul_(mask)
