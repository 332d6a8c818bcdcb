"""Captions of the digits world as token ids, drawn at random for every batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor
from transformers import CLIPTokenizer

from models import datasets

TOKENS = 32
_PLAIN = 0.4  # share of pictures shown with the plain caption
_PARTIAL = 0.15  # share shown with a caption that says only part of what is there


def texts() -> Iterator[str]:
    """Every caption of every concept, for learning a tokenizer."""
    for concept in datasets.concepts():
        yield from datasets.captions(concept)
        yield from datasets.partial_captions(concept)


class Captions:
    """Token ids of every way to say every concept, ready for random draws."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        self.tokenizer = tokenizer
        self._full = {c: self.encode(datasets.captions(c)) for c in datasets.concepts()}
        partial = {c: datasets.partial_captions(c) for c in datasets.concepts()}
        self._partial = {c: self.encode(list(said)) for c, said in partial.items()}
        self._said = {c: torch.tensor(list(said.values())) for c, said in partial.items()}

    def draw(
        self, labels: Tensor, generator: torch.Generator, wordless: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """A caption for each picture.

        Args:
            labels: (B, 3) digit, ink, paper.
            wordless: share of pictures shown with an empty caption.

        Returns:
            Token ids (B, T), and the labels (B, 3) that each caption says, -1 where it does not.
        """
        drawn, said = zip(*self._draw(labels, generator), strict=True)
        tokens, parts = torch.stack(drawn), torch.stack(said)
        silent = torch.rand(len(labels), 1, generator=generator) < wordless
        tokens = torch.where(silent, self.encode([""]), tokens)
        return tokens, torch.where(parts & ~silent, labels, -1)

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Token ids (B, T) of texts, padded to `TOKENS`."""
        encoded = self.tokenizer(
            list(texts), padding="max_length", max_length=TOKENS, truncation=True
        )
        return torch.tensor(encoded["input_ids"])

    def _draw(self, labels: Tensor, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        chances = torch.rand(len(labels), 2, generator=generator).tolist()
        everything = torch.ones(3, dtype=torch.bool)
        for (digit, ink, paper), (which, place) in zip(labels.tolist(), chances, strict=True):
            concept = datasets.Concept(digit, datasets.COLOURS[ink], datasets.COLOURS[paper])
            if which < _PLAIN:
                yield self._full[concept][0], everything
            elif which < 1 - _PARTIAL:
                yield _pick(self._full, concept, place), everything
            else:
                yield _pick(self._partial, concept, place), _pick(self._said, concept, place)


def _pick(
    said: Mapping[datasets.Concept, Tensor], concept: datasets.Concept, place: float
) -> Tensor:
    """The row that lies at `place` in [0, 1) of a concept's rows."""
    rows = said[concept]
    return rows[int(place * len(rows))]
