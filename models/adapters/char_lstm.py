"""The character LSTM as the engine sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import checkpoint
from models.adapters import attribution
from models.adapters.text import Characters, Writing, attempt, divide, draw_steps
from models.base import LookStep, ModelSpec, Recipe, Step, TokenStep
from models.networks import rows
from models.networks.char_lstm import CharLSTM, Memory

if TYPE_CHECKING:
    from typing_extensions import Self


READ_AT_ONCE = 32
"""Tokens of a text that is looked at, in one step: about 30 ms."""


@dataclass(slots=True, kw_only=True)
class Run(Writing):
    """One text in the making, and what the network remembers of it; there is no limit to that."""

    memory: Memory = field(init=False)


class Turn(NamedTuple):
    """What a layer does with one token: gates, new values, and its state then; each (R, hidden)."""

    gate_in: Tensor
    forget: Tensor
    gate_out: Tensor
    new: Tensor
    cell: Tensor
    hidden: Tensor


@dataclass(slots=True)
class Look:
    """A text being looked at, token by token, and where what is remembered comes from.

    A cell's state is a sum over all tokens read: c_i = Σ_j (Π_{k=j+1..i} f_k) · i_j · g_j, from
    c_t = f_t · c_{t-1} + i_t · g_t (Hochreiter & Schmidhuber 1997; Gers et al. 2000). The share of
    token j at place i is the size of its term, summed over the cells, over that of all terms.

    Attributes:
        layers: which of them are looked at, from 0.
        kept: (layers, T, hidden), the size of each token's term at the last token read.
        shares: (T, T) by place and token.
        gates: (T, 3), the means of the input, forget and output gates.
    """

    tokens: list[int]
    starts: np.ndarray
    layers: range
    memory: Memory
    kept: Tensor
    shares: Tensor
    gates: Tensor
    done: int = 0  # tokens
    seconds: float = 0.0

    def take(self, turns: Sequence[Turn]) -> None:
        """Take in what each of the layers did with one more token; row 0 of each."""
        place = self.done
        for layer, turn in zip(range(len(self.layers)), turns, strict=True):
            self.kept[layer, :place] *= turn.forget[0].float()
            self.kept[layer, place] = (turn.gate_in[0] * turn.new[0]).float().abs()
        self.shares[place, : place + 1] = self.kept[:, : place + 1].sum((0, 2))
        for column, name in enumerate(("gate_in", "forget", "gate_out")):
            gates = torch.stack([getattr(turn, name)[0].float() for turn in turns])
            self.gates[place, column] = gates.mean()
        self.done += 1

    def step(self) -> LookStep:
        """What is to be seen; shares are sent in whole parts, see `looking.whole_parts`."""
        found = attribution.arrays(
            memory=attribution.whole_parts(self.shares.cpu().numpy()),
            gates=self.gates.cpu().numpy(),
            starts=self.starts,
        )
        return LookStep(
            0, 1, True, figures={"whole": attribution.WHOLE}, arrays=found, seconds=self.seconds
        )


class CharLstm:
    """Writes letter by letter; all runs share each step."""

    product: ClassVar[rows.Kind | None] = None  # whatever is fastest here

    def __init__(
        self, spec: ModelSpec, network: CharLSTM, alphabet: str, end: str | None = None
    ) -> None:
        self.spec = spec
        self.vocabulary = Characters(alphabet, end)
        self._network = network
        self._step = LstmStep(network, self.product)
        self._sizes = self._step.sizes
        self._fewest = rows.padded(1, self._sizes)

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read config.json and the weights from the model's folder."""
        folder = checkpoint.folder(spec.source)
        config = checkpoint.read_config(folder)
        sizes = {k: config[k] for k in ("vocabulary", "embedding", "hidden", "layers")}
        network = CharLSTM(**sizes)
        checkpoint.load(folder, {"model": network})
        network.eval().requires_grad_(False).to(device, getattr(torch, dtype))
        return cls(spec, network, config["alphabet"], config.get("end"))

    @classmethod
    def around(
        cls, spec: ModelSpec, network: nn.Module, alphabet: str, end: str | None = None
    ) -> Self:
        """An adapter around a network that is in memory already."""
        assert isinstance(network, CharLSTM)
        return cls(spec, network, alphabet, end)

    @property
    def start(self) -> int:
        """The token that stands for an empty prompt."""
        return self.vocabulary.start

    def encode(self, text: str) -> list[int]:
        """Token ids of a text; ValueError naming what cannot be read."""
        return self.vocabulary.encode(text)

    @torch.inference_mode()
    def logits_of(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, V) in float32 of what follows each of `tokens` (B, T), from no memory."""
        network = self._network
        outputs, _ = network.lstm(network.embedding(tokens.to(network.head.weight.device)))
        return self._step.logits(outputs)

    def begin(self, recipe: Recipe) -> Run | Look:
        """Check and encode a recipe; ValueError naming characters that cannot be read."""
        if recipe.task == attribution.LOOK:
            return self._begin_look(recipe)
        run = Run.begin(recipe, self.vocabulary)
        run.memory = self._step.blank(1)
        return run

    @torch.inference_mode()
    def advance(self, states: Sequence[Run | Look]) -> list[Step | Exception | None]:
        """Take one character for every run, and read a block of one long prompt.

        Of the texts that are looked at, one is read on by a block.
        """
        steps: dict[int, Step | Exception | None] = {}
        reading, ready = divide([state for state in states if isinstance(state, Run)])
        groups = [ready[i : i + rows.LARGEST] for i in range(0, len(ready), rows.LARGEST)]
        computed = [self._compute(group) for group in groups]  # it may raise; nobody has moved yet
        for group, forward in zip(groups, computed, strict=True):
            steps.update(zip(map(id, group), self._draw(group, forward), strict=True))
        if reading:
            steps[id(reading)] = attempt(self._read_block, reading)
        for look in [state for state in states if isinstance(state, Look)][:1]:
            steps[id(look)] = attempt(self._look_on, look)
        return [steps.get(id(state)) for state in states]

    def end(self, state: Run | Look) -> None:
        """Forget what was remembered of a run."""
        del state.memory

    def nbytes(self) -> int:
        """Bytes of the weights, in both the forms in which they are held."""
        return sum(p.nbytes for p in self._network.parameters()) + self._step.nbytes()

    def close(self) -> None:
        """Let go of the weights."""
        del self._network, self._step

    def _begin_look(self, recipe: Recipe) -> Look:
        """Check what is asked for; ValueError when the model has no such layer."""
        tokens = attribution.read(recipe, self.vocabulary)
        memory = self._step.blank(self._fewest)
        layers, _, hidden = memory[0].shape
        layer = attribution.part(recipe, "layer", layers)
        chosen = range(layer - 1, layer) if layer else range(layers)
        zeros = partial(torch.zeros, device=memory[0].device)
        return Look(
            tokens=tokens,
            starts=attribution.starts(tokens, recipe.prompt, self.vocabulary),
            layers=chosen,
            memory=memory,
            kept=zeros(len(chosen), len(tokens), hidden),
            shares=zeros(len(tokens), len(tokens)),
            gates=zeros(len(tokens), 3),
        )

    def _look_on(self, look: Look) -> LookStep | None:
        """Read a block of one text, in as many rows as the network computes at the least."""
        started = time.perf_counter()
        rows_ = look.memory[0].shape[1]
        for token in look.tokens[look.done : look.done + READ_AT_ONCE]:
            turns = self._step.turns([token] * rows_, look.memory)
            look.memory = memory_of(turns)
            look.take(turns[look.layers.start : look.layers.stop])
        look.seconds += time.perf_counter() - started
        return look.step() if look.done == len(look.tokens) else None

    def _read_block(self, run: Run) -> None:
        block = run.block()
        run.memory = self._read(block, run.memory)
        del run.unread[: len(block)]

    def _read(self, block: list[int], memory: Memory) -> Memory:
        """The memory (layers, 1, hidden) after more tokens."""
        tokens = torch.tensor([block], device=memory[0].device)  # (1, T)
        hidden, cell = memory
        read: Memory = self._network(tokens, (hidden.contiguous(), cell.contiguous()))[1]
        return read

    def _compute(self, runs: Sequence[Run]) -> tuple[Tensor, Memory, float]:
        """Logits (B, V) after one more token of each of `runs`, the memory then, and seconds."""
        started = time.perf_counter()
        spare = rows.padded(len(runs), self._sizes) - len(runs)
        tokens = [run.unread[0] for run in runs] + [0] * spare
        parts = zip(*(run.memory for run in runs), self._step.blank(spare), strict=True)
        hidden, cell = (torch.cat(part, dim=1) for part in parts)  # (layers, R, hidden)
        logits, memory = self._step(tokens, (hidden, cell))
        logits = logits[: len(runs)].cpu()
        return logits, memory, time.perf_counter() - started

    def _draw(
        self, runs: Sequence[Run], computed: tuple[Tensor, Memory, float]
    ) -> list[TokenStep | Exception | None]:
        logits, memory, seconds = computed
        for row, run in enumerate(runs):
            run.memory = (memory[0][:, row : row + 1], memory[1][:, row : row + 1])
        return draw_steps(runs, logits, self.vocabulary, seconds)


class CharLstmInt8(CharLstm):
    """The same weights rounded to int8: a fourth of the memory, faster, and not identical."""

    product = rows.Rounded

    def __init__(
        self, spec: ModelSpec, network: CharLSTM, alphabet: str, end: str | None = None
    ) -> None:
        super().__init__(spec, network, alphabet, end)
        del network.lstm, network.head  # whatever is read goes through the rounded step

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """As the other, on the CPU, where these products are."""
        return super().load(spec, "cpu", "float32")

    @torch.inference_mode()
    def logits_of(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, V) of what follows each of `tokens` (B, T), from no memory."""
        memory, logits = self._step.blank(len(tokens)), []
        for column in tokens.T.tolist():
            row, memory = self._step(column, memory)
            logits.append(row)
        return torch.stack(logits, dim=1)

    def _read(self, block: list[int], memory: Memory) -> Memory:
        spare = self._step.blank(self._fewest - 1)
        hidden, cell = (torch.cat(p, dim=1) for p in zip(memory, spare, strict=True))
        for token in block:
            _, (hidden, cell) = self._step([token] * hidden.shape[1], (hidden, cell))
        return hidden[:, :1], cell[:, :1]


class LstmStep:
    """One step of a `CharLSTM` for many texts: many times as fast as `nn.LSTM`, which repacks its
    weights for every call, and the same for each row alone and among others.

    Args:
        product: how matrices are multiplied; by default what is fastest for device and dtype.
    """

    def __init__(self, network: CharLSTM, product: rows.Kind | None = None) -> None:
        lstm = network.lstm
        self._embedding = network.embedding.weight
        self._hidden = lstm.hidden_size
        product = product or rows.fastest
        self._cells = [_cell(lstm, i, product) for i in range(lstm.num_layers)]
        self._head = product(network.head.weight.float(), network.head.bias.float())

    def __call__(self, tokens: Sequence[int], memory: Memory) -> tuple[Tensor, Memory]:
        """Logits (R, V) after one more token (R) each, and the memory then."""
        turns = self.turns(tokens, memory)
        return self._head(turns[-1].hidden.float()), memory_of(turns)

    def turns(self, tokens: Sequence[int], memory: Memory) -> list[Turn]:
        """What every layer does with one more token (R) each."""
        ids = torch.tensor(tokens, device=self._embedding.device)
        x = F.embedding(ids, self._embedding)
        turns: list[Turn] = []
        for (read, recall), h, c in zip(self._cells, *memory, strict=True):
            gates = read(x).add_(recall(h))  # (R, 4 hidden)
            gate_in, forget, gate_out = gates[:, : -self._hidden].sigmoid_().chunk(3, dim=1)
            new = gates[:, -self._hidden :].tanh_()
            c_next = torch.addcmul(forget * c, gate_in, new)
            x = gate_out * torch.tanh(c_next)  # (R, hidden)
            turns.append(Turn(gate_in, forget, gate_out, new, c_next, x))
        return turns

    def logits(self, outputs: Tensor) -> Tensor:
        """Logits (..., V) from what the last layer put out (..., hidden), in float32 throughout."""
        logits = self._head(outputs.float().flatten(0, -2))
        return logits.view(*outputs.shape[:-1], -1)

    def blank(self, texts: int) -> Memory:
        """The memory of `texts` that have not begun: zeros (layers, texts, hidden)."""
        zeros = self._embedding.new_zeros(len(self._cells), texts, self._hidden)
        return zeros, zeros

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of texts that may share a step, see `rows`; tried out when first asked for.

        Its products are tried each for itself, where little things show most, and all layers.
        """
        products = [*(part for parts in self._cells for part in parts), self._head]
        form, name = products[0].form, type(products[0]).__name__
        shape = (len(self._cells), *self._embedding.shape, self._hidden)
        trial = rows.trial_of(f"{name} LSTM", shape, form, rows.TRIED_AS_A_WHOLE)
        return rows.tried(trial, self._all_layers(), rows.agreeing(products))

    def nbytes(self) -> int:
        """Bytes of the weights laid out anew."""
        return sum(part.nbytes for parts in self._cells for part in parts) + self._head.nbytes

    def _all_layers(self) -> Callable[[Tensor], Tensor]:
        """What the layers make of a token in any of 32 random states: (R, 2 hidden)."""
        generator, count = torch.Generator().manual_seed(0), rows.LARGEST
        tokens = torch.randint(len(self._embedding), (count,), generator=generator)
        states = torch.rand(2, len(self._cells), count, self._hidden, generator=generator)
        states = (2 * states - 1).to(self._embedding)

        def compute(texts: Tensor) -> Tensor:
            hidden, cell = states[:, :, texts]
            last = self.turns(tokens[texts].tolist(), (hidden, cell))[-1]
            return torch.cat([last.hidden, last.cell], dim=1)

        return compute


def memory_of(turns: Sequence[Turn]) -> Memory:
    """What is remembered after a token, from what every layer did with it."""
    hidden, cell = ([getattr(t, name) for t in turns] for name in ("hidden", "cell"))
    return torch.stack(hidden), torch.stack(cell)


def _cell(lstm: nn.LSTM, layer: int, product: rows.Kind) -> tuple[rows.Product, rows.Product]:
    """What a layer makes of its input, and of what it put out before: each (R, I) -> (R, 4 H)."""
    read, recall, bias_1, bias_2 = (
        getattr(lstm, f"{part}_l{layer}")
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    both = _sigmoids_first(bias_1 + bias_2)
    return product(_sigmoids_first(read), both), product(_sigmoids_first(recall))


def _sigmoids_first(gates: Tensor) -> Tensor:
    """Rows of a weight or bias (4 hidden, ...) for the input, forget, new and output gate, with the
    new values, which alone take a tanh, moved to the end.
    """
    gate_in, forget, new, gate_out = gates.chunk(4)
    return torch.cat([gate_in, forget, gate_out, new])
