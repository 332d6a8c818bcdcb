"""Text that trained models write together, with how likely they held every character.

A third model learns from it (Hinton et al. 2015, born again as in Furlanello et al. 2018). What the
teachers think of the text they learned from is no use: they know it by heart. Of text that they
make up their opinion is honest, and there is no end of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from models.adapters.char_lstm import LstmStep
from models.networks.char_lstm import CharLSTM
from models.networks.gpt2 import Gpt2Decoder

ROWS = 256  # texts that are written side by side


class Teacher(Protocol):
    """A language model that reads many texts side by side, a character at a time."""

    def begin(self, rows: int) -> None:
        """Forget everything and get ready for so many texts."""
        ...

    def read(self, tokens: Tensor) -> Tensor:
        """Logits (R, V) after one more token (R) of each text."""
        ...


class LstmTeacher:
    """A `CharLSTM` as a teacher."""

    def __init__(self, network: CharLSTM) -> None:
        self._step = LstmStep(network)

    def begin(self, rows: int) -> None:
        """Forget everything and get ready for so many texts."""
        self._memory = self._step.blank(rows)

    def read(self, tokens: Tensor) -> Tensor:
        """Logits (R, V) after one more token (R) of each text."""
        logits, self._memory = self._step(tokens.tolist(), self._memory)
        return logits


class GptTeacher:
    """A GPT-2 as a teacher, of texts no longer than its context."""

    def __init__(self, decoder: Gpt2Decoder) -> None:
        self._decoder = decoder

    def begin(self, rows: int) -> None:
        """Forget everything and get ready for so many texts."""
        self._cache = self._decoder.cache(rows, self._decoder.context)
        self._read = 0

    def read(self, tokens: Tensor) -> Tensor:
        """Logits (R, V) after one more token (R) of each text."""
        places = torch.full((len(tokens), 1), self._read)
        self._read += 1
        length = self._decoder.key_length(self._read)
        last = self._decoder.read(tokens[:, None], places, self._cache, length)
        return self._decoder.logits(last[:, 0])


@dataclass(frozen=True, slots=True)
class Lessons:
    """Texts (R, T + 1) and how likely the teachers held every next character, (R, T, V)."""

    tokens: Tensor
    chances: Tensor

    @classmethod
    def load(cls, path: Path) -> Lessons:
        """What `save` wrote."""
        return cls(**load_file(path))

    def save(self, path: Path) -> None:
        """Write both tensors as safetensors."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"tokens": self.tokens, "chances": self.chances}, path)


@torch.inference_mode()
def write_together(
    teachers: Sequence[Teacher], openings: Tensor, length: int, generator: torch.Generator
) -> Lessons:
    """Go on from openings, every character drawn from the mean of the teachers' probabilities.

    Args:
        openings: (R, P) tokens to begin with.
        length: how many characters each text is read for, T; its last token is drawn and not read.

    Returns:
        texts as bytes and chances in float16, to be kept in memory as they are.
    """
    parts = [
        _write(teachers, part, length, generator)
        for part in tqdm(openings.split(ROWS), desc="lessons", mininterval=5)
    ]
    tokens, chances = zip(*parts, strict=True)
    return Lessons(torch.cat(tokens), torch.cat(chances))


def _write(
    teachers: Sequence[Teacher], openings: Tensor, length: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    for teacher in teachers:
        teacher.begin(len(openings))
    tokens, chances = list(openings.unbind(1)), []
    for place in range(length):
        said = [teacher.read(tokens[place]).softmax(-1) for teacher in teachers]
        mean = torch.stack(said).mean(0)  # (R, V)
        chances.append(mean.half())
        if place + 1 == len(tokens):
            tokens.append(torch.multinomial(mean, 1, generator=generator)[:, 0])
    return torch.stack(tokens, 1).to(torch.uint8), torch.stack(chances, 1)
