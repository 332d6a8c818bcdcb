"""The character LSTM as the engine sees it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import checkpoint
from models.adapters.text import Characters, Writing, divide, draw_steps
from models.base import ModelSpec, Step, TokenStep
from models.networks import rows
from models.networks.char_lstm import CharLSTM, Memory
from models.recipe import Recipe

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(slots=True, kw_only=True)
class Run(Writing):
    """One text in the making, and what the network remembers of it; there is no limit to that."""

    memory: Memory = field(init=False)


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

    def begin(self, recipe: Recipe) -> Run:
        """Check and encode a recipe; ValueError naming characters that cannot be read."""
        run = Run.begin(recipe, self.vocabulary)
        run.memory = self._step.blank(1)
        return run

    @torch.inference_mode()
    def advance(self, states: Sequence[Run]) -> list[Step | Exception | None]:
        """Take one character for every run, and read a block of one long prompt."""
        reading, ready = divide(states)
        if reading:
            self._read_block(reading)
        steps: dict[int, Step | None] = {}
        for first in range(0, len(ready), rows.LARGEST):
            group = ready[first : first + rows.LARGEST]
            steps.update(zip(map(id, group), self._draw(group), strict=True))
        return [steps.get(id(run)) for run in states]

    def end(self, state: Run) -> None:
        """Forget what was remembered of a run."""
        del state.memory

    def nbytes(self) -> int:
        """Bytes of the weights, in both the forms in which they are held."""
        return sum(p.nbytes for p in self._network.parameters()) + self._step.nbytes()

    def close(self) -> None:
        """Let go of the weights."""
        del self._network, self._step

    def _read_block(self, run: Run) -> None:
        tokens = torch.tensor([run.take_block()], device=run.memory[0].device)  # (1, T)
        hidden, cell = run.memory
        run.memory = self._network(tokens, (hidden.contiguous(), cell.contiguous()))[1]

    def _draw(self, runs: Sequence[Run]) -> list[TokenStep | None]:
        started = time.perf_counter()
        spare = rows.padded(len(runs), self._step.fewest_rows) - len(runs)
        tokens = [run.unread[0] for run in runs] + [0] * spare
        parts = zip(*(run.memory for run in runs), self._step.blank(spare), strict=True)
        hidden, cell = (torch.cat(part, dim=1) for part in parts)  # (layers, R, hidden)
        logits, memory = self._step(tokens, (hidden, cell))
        for row, run in enumerate(runs):
            run.memory = (memory[0][:, row : row + 1], memory[1][:, row : row + 1])
        logits = logits[: len(runs)].cpu()
        seconds = time.perf_counter() - started
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

    def _read_block(self, run: Run) -> None:
        spare = self._step.blank(self._step.fewest_rows - 1)
        hidden, cell = (torch.cat(p, dim=1) for p in zip(run.memory, spare, strict=True))
        for token in run.take_block():
            _, (hidden, cell) = self._step([token] * hidden.shape[1], (hidden, cell))
        run.memory = (hidden[:, :1], cell[:, :1])


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
        self._cells = [_cell(lstm, i, product) for i in range(lstm.num_layers)]
        head = product or rows.kind(self._embedding.device, torch.float32)
        self._head = head(network.head.weight.float(), network.head.bias.float())

    def __call__(self, tokens: Sequence[int], memory: Memory) -> tuple[Tensor, Memory]:
        """Logits (R, V) after one more token (R) each, and the memory then."""
        ids = torch.tensor(tokens, device=self._embedding.device)
        x = F.embedding(ids, self._embedding)
        hidden, cell = [], []
        for (read, recall), h, c in zip(self._cells, *memory, strict=True):
            gates = read(x).add_(recall(h))  # (R, 4 hidden)
            gate_in, forget, gate_out = gates[:, : -self._hidden].sigmoid_().chunk(3, dim=1)
            new = gates[:, -self._hidden :].tanh_()
            c_next = torch.addcmul(forget * c, gate_in, new)
            x = gate_out * torch.tanh(c_next)  # (R, hidden)
            hidden.append(x)
            cell.append(c_next)
        return self._head(x.float()), (torch.stack(hidden), torch.stack(cell))

    def logits(self, outputs: Tensor) -> Tensor:
        """Logits (..., V) from what the last layer put out (..., hidden), in float32 throughout."""
        logits = self._head(outputs.float().flatten(0, -2))
        return logits.view(*outputs.shape[:-1], -1)

    def blank(self, texts: int) -> Memory:
        """The memory of `texts` that have not begun: zeros (layers, texts, hidden)."""
        zeros = self._embedding.new_zeros(len(self._cells), texts, self._hidden)
        return zeros, zeros

    @cached_property
    def fewest_rows(self) -> int:
        """How many rows are computed at the least, so that one comes out as among others."""
        return rows.fewest(self._second_logits)

    def nbytes(self) -> int:
        """Bytes of the weights laid out anew."""
        return sum(part.nbytes for parts in self._cells for part in parts) + self._head.nbytes

    @torch.inference_mode()
    def _second_logits(self, count: int) -> Tensor:
        """Logits (count, V) after the second of two tokens of each of `count` texts."""
        _, memory = self(range(count), self.blank(count))
        return self(range(count), memory)[0]


def _cell(
    lstm: nn.LSTM, layer: int, product: rows.Kind | None
) -> tuple[rows.Product, rows.Product]:
    """What a layer makes of its input, and of what it put out before: each (R, I) -> (R, 4 H)."""
    read, recall, bias_1, bias_2 = (
        getattr(lstm, f"{part}_l{layer}")
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    product = product or rows.kind(read.device, read.dtype)
    both = _sigmoids_first(bias_1 + bias_2)
    return product(_sigmoids_first(read), both), product(_sigmoids_first(recall))


def _sigmoids_first(gates: Tensor) -> Tensor:
    """Rows of a weight or bias (4 hidden, ...) for the input, forget, new and output gate, with the
    new values, which alone take a tanh, moved to the end.
    """
    gate_in, forget, new, gate_out = gates.chunk(4)
    return torch.cat([gate_in, forget, gate_out, new])
