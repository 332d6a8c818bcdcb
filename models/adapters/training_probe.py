"""Networks that learn, one step of training at a time: for experiments on training itself.

A network of a shipped model's design begins with random weights and learns from the prompt of the
recipe; nothing of it is kept. Each step of training comes in two calls, forward and backward, so
that no call takes long and others have their turns in between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import checkpoint, datasets
from models.adapters.text import Characters, attempt
from models.base import LookStep, ModelSpec, Recipe
from models.networks.char_lstm import CharLSTM
from models.networks.gpt2_training import Gpt2

if TYPE_CHECKING:
    from typing_extensions import Self

LETTERS = 256
"""Of each step of training, however long the texts are in which they are read."""
_RATE = 1e-3
_SPREAD = 0.04  # of the random weights


@dataclass(slots=True)
class Learning:
    """One network in training."""

    network: nn.Module
    optimizer: torch.optim.Optimizer
    letters: Tensor  # (N), what is learnt from
    window: int
    steps: int
    generator: torch.Generator
    index: int = 0
    loss: Tensor | None = None  # between the two calls of a step
    seconds: float = 0.0  # of the first of them


class Practice:
    """Learns letter by letter from a text; one run at a time, as each has a network of its own."""

    def __init__(self, spec: ModelSpec, build: Callable[[], nn.Module], device: str) -> None:
        self.spec = spec
        self._build = build
        self._device = device
        self._vocabulary = Characters(datasets.ALPHABET)

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read how large the shipped model is; its weights are not needed. In float32 always."""
        config = checkpoint.read_config(checkpoint.folder(spec.source))
        return cls(spec, _BUILDERS[spec.family](config), device)

    def begin(self, recipe: Recipe) -> Learning:
        """Random weights, the same for the same seed; ValueError when there is too little text."""
        letters = torch.tensor(self._vocabulary.encode(recipe.prompt), device=self._device)
        window = recipe.integer("window")
        if len(letters) <= window:
            raise ValueError(f"The text to learn from must have more than {window} letters.")
        generator = torch.Generator().manual_seed(recipe.seed)
        network = _randomised(self._build(), generator).to(self._device)
        optimizer = torch.optim.AdamW(network.parameters(), _RATE)
        return Learning(network, optimizer, letters, window, recipe.integer("steps"), generator)

    def advance(self, states: Sequence[Learning]) -> list[LookStep | Exception | None]:
        """One half of a step for the run that was there first; the others wait."""
        first, *others = states
        step = attempt(_forward if first.loss is None else _backward, first)
        return [step, *(None for _ in others)]

    def end(self, state: Learning) -> None:
        """Forget the network."""
        state.loss = None

    def nbytes(self) -> int:
        """Bytes of one network in training: weights, gradients, and two averages of them."""
        return self.spec.memory_bytes

    def close(self) -> None:
        """There is nothing to let go of."""


def _forward(state: Learning) -> LookStep | None:
    """Guess every letter of as many windows as `LETTERS` fill; there is nothing to show yet."""
    started = time.perf_counter()
    high = len(state.letters) - state.window
    starts = torch.randint(high, (LETTERS // state.window, 1), generator=state.generator)
    places = (starts + torch.arange(state.window + 1)).to(state.letters.device)
    tokens = state.letters[places]  # (B, T + 1)
    logits = state.network(tokens[:, :-1])
    logits = logits[0] if isinstance(logits, tuple) else logits  # an LSTM tells its memory too
    state.loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    state.seconds = time.perf_counter() - started
    return None


def _backward(state: Learning) -> LookStep:
    """Learn from the guesses."""
    assert state.loss is not None
    started = time.perf_counter()
    state.optimizer.zero_grad()
    state.loss.backward()
    state.optimizer.step()
    bits = state.loss.item() / math.log(2)  # waits for the device
    seconds = state.seconds + time.perf_counter() - started
    step = LookStep(
        index=state.index,
        total=state.steps,
        last=state.index + 1 == state.steps,
        figures={"bits": bits, "letters": float(LETTERS // state.window * state.window)},
        seconds=seconds,
    )
    state.loss, state.index = None, state.index + 1
    return step


def _randomised(network: nn.Module, generator: torch.Generator) -> nn.Module:
    """Random matrices of a generator of our own, and vectors as they begin."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0.0, _SPREAD, generator=generator)
            elif not (parameter == 1).all():  # all but the scales of normalisations
                parameter.zero_()
    return network.train()


def _lstm(config: Mapping[str, Any]) -> Callable[[], nn.Module]:
    sizes = {name: config[name] for name in ("vocabulary", "embedding", "hidden", "layers")}
    return lambda: CharLSTM(**sizes)


def _gpt2(config: Mapping[str, Any]) -> Callable[[], nn.Module]:
    names = ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "layer_norm_epsilon")
    sizes = [config[name] for name in names]
    return lambda: Gpt2(*sizes)


_BUILDERS: Mapping[str, Callable[[Mapping[str, Any]], Callable[[], nn.Module]]] = {
    "lstm": _lstm,
    "transformer": _gpt2,
}
