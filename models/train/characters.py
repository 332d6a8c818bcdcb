"""Batches of characters for the language models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from models import worlds

SHAKESPEARE = {"tiny Shakespeare, first 90 %": worlds.SHAKESPEARE_SHA256}


def encode(text: str, alphabet: str = worlds.ALPHABET) -> Tensor:
    """Token ids (N,) of a text: places in the alphabet."""
    ids = {character: i for i, character in enumerate(alphabet)}
    return torch.tensor([ids[character] for character in text])


def windows(tokens: Tensor, rows: int, length: int, generator: torch.Generator) -> Tensor:
    """Random windows (B, T + 1) of a text."""
    starts = torch.randint(len(tokens) - length, (rows, 1), generator=generator)
    return tokens[starts + torch.arange(length + 1)]


class Streams:
    """A text as B parallel streams, read from left to right in windows of T characters.

    Reading on where the last batch ended lets a recurrent network keep its memory, so that it
    learns to use more than one window (Mikolov et al. 2010). Every pass over the text begins at
    another place, drawn from the seed and the number of the pass.
    """

    def __init__(self, tokens: Tensor, rows: int, length: int, seed: int) -> None:
        self.tokens, self.rows, self.length, self.seed = tokens, rows, length, seed
        self.stride = len(tokens) // rows
        self.windows = (self.stride - 1) // length  # in one pass

    def batch(self, step: int) -> tuple[Tensor, bool]:
        """Tokens (B, T + 1) of one step, and whether a new pass begins with it."""
        turn, window = divmod(step, self.windows)
        generator = torch.Generator().manual_seed(self.seed * 7_919 + turn)
        start = int(torch.randint(len(self.tokens), (1,), generator=generator))
        first = start + window * self.length + self.stride * torch.arange(self.rows)
        places = first[:, None] + torch.arange(self.length + 1)
        return self.tokens[places % len(self.tokens)], window == 0


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
