"""GPT-2 as the engine sees it: letter by letter with our alphabet, or with its own byte pairs."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from models import checkpoint, datasets
from models.adapters import attribution
from models.adapters.text import BLOCK, Characters, Vocabulary, Writing, attempt, divide, draw_steps
from models.base import LookStep, ModelSpec, Recipe, Step, TokenStep
from models.hub import cache as hub_cache
from models.networks import rows
from models.networks.gpt2 import Gpt2Decoder

if TYPE_CHECKING:
    from typing_extensions import Self

END_OF_TEXT = "<|endoftext|>"


class BytePairs:
    """GPT-2's own tokens: pieces of UTF-8, learnt by merging frequent pairs (Sennrich et al. 2016).

    Reads vocab.json and merges.txt from a folder. A prompt that spells out <|endoftext|> is read
    as those characters.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer
        from tokenizers.models import BPE
        from tokenizers.pre_tokenizers import ByteLevel

        vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
        self._tokenizer = Tokenizer(BPE.from_file(str(vocabulary), str(merges)))
        self._tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
        ids: dict[str, int] = json.loads(vocabulary.read_text(encoding="utf-8"))
        byte_of = _byte_of()
        tokens = sorted(ids, key=ids.__getitem__)
        self.raw: Sequence[bytes] = tuple(bytes(byte_of[c] for c in token) for token in tokens)
        self.pieces: Sequence[str] = tuple(raw.decode("utf-8", "replace") for raw in self.raw)
        self.start = ids[END_OF_TEXT]
        self.end: int | None = self.start

    def encode(self, text: str) -> list[int]:
        """Token ids of a text; every text can be read."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids


@dataclass(slots=True, kw_only=True)
class Run(Writing):
    """One text in the making, and its slot in the cache."""

    slot: int = field(init=False)
    position: int = 0  # how many tokens the cache holds
    recent: deque[int] = field(init=False)  # the last half of a context

    def start_anew(self) -> None:
        """Forget the cache, and read the last half of a context again."""
        self.unread, self.position = list(self.recent), 0


@dataclass(slots=True)
class Look:
    """A text being looked at, block by block.

    Attributes:
        layer, head: which of them is asked for, from 1; 0 is the average of all.
        x: (1, T, D) after the blocks that have been.
        attention: (T, T), the sum of what the blocks looked at, of those that are asked for.
    """

    tokens: list[int]
    starts: np.ndarray
    layer: int
    head: int
    x: Tensor
    attention: Tensor
    done: int = 0  # blocks
    seconds: float = 0.0

    def take(self, attention: Tensor) -> None:
        """Take in what one more block looked at, (H, T, T)."""
        self.done += 1
        if self.layer in (0, self.done):
            self.attention += attention[self.head - 1] if self.head else attention.mean(0)

    def step(self) -> LookStep:
        """What is to be seen; attention is sent in whole parts, see `looking.whole_parts`."""
        found = attribution.arrays(
            attention=attribution.whole_parts(self.attention.cpu().numpy()), starts=self.starts
        )
        return LookStep(
            0, 1, True, figures={"whole": attribution.WHOLE}, arrays=found, seconds=self.seconds
        )


class Gpt2:
    """Writes token by token; all runs share each step."""

    product: ClassVar[rows.Kind | None] = None  # whatever is fastest here

    def __init__(self, spec: ModelSpec, decoder: Gpt2Decoder, vocabulary: Vocabulary) -> None:
        if len(vocabulary.pieces) != decoder.tokens.shape[0]:
            raise ValueError(f"The tokens of {spec.id} do not fit its weights.")
        self.spec = spec
        self.vocabulary = vocabulary
        self._decoder = decoder
        self._sizes = decoder.sizes
        self._taken: set[int] = set()
        # The last place is where rows and tokens that only fill up a shape go.
        self._cache = decoder.cache(1, decoder.key_length(1) + 1)

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read a folder written by transformers.

        Without tokenizer files it speaks the `alphabet` of its config.json, else Shakespeare's.
        """
        folder = _home(spec)
        tensors, config = (
            load_file(folder / checkpoint.WEIGHTS_FILE),
            checkpoint.read_config(folder),
        )
        decoder = Gpt2Decoder(tensors, config, device, dtype, cls.product)
        vocabulary = _home(spec, "vocab.json")
        if (vocabulary / "vocab.json").is_file():
            return cls(spec, decoder, BytePairs(vocabulary))
        return cls(spec, decoder, Characters(config.get("alphabet", datasets.ALPHABET)))

    @property
    def start(self) -> int:
        """The token that stands for an empty prompt."""
        return self.vocabulary.start

    def encode(self, text: str) -> list[int]:
        """Token ids of a text; ValueError naming what cannot be read."""
        return self.vocabulary.encode(text)

    @torch.inference_mode()
    def logits_of(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, V) in float32 of what follows each of `tokens` (B, T), from no cache."""
        texts, length = tokens.shape
        tokens = tokens.to(self._decoder.device)
        positions = torch.arange(length, device=tokens.device).expand(texts, -1)
        cache = self._decoder.cache(texts, length)
        return self._decoder.logits(self._decoder.read(tokens, positions, cache, length))

    def begin(self, recipe: Recipe) -> Run | Look:
        """Check and encode a recipe, and take a slot; ValueError naming what cannot be read."""
        if recipe.task == attribution.LOOK:
            return self._begin_look(recipe)
        run = Run.begin(recipe, self.vocabulary)
        context = self._decoder.context
        run.recent = deque(run.unread, maxlen=context // 2)
        if len(run.unread) > context:
            run.start_anew()
            run.note = (
                f"The prompt is longer than the context of {context} tokens; "
                f"only its last {len(run.unread)} were read."
            )
        run.slot = next(slot for slot in itertools.count() if slot not in self._taken)
        self._taken.add(run.slot)
        return run

    @torch.inference_mode()
    def advance(self, states: Sequence[Run | Look]) -> list[Step | Exception | None]:
        """Take one token for every run, and read a block of one long prompt.

        Of the texts that are looked at, one goes through one block of the network.
        """
        steps: dict[int, Step | Exception | None] = {}
        self._write([state for state in states if isinstance(state, Run)], steps)
        for look in [state for state in states if isinstance(state, Look)][:1]:
            steps[id(look)] = attempt(self._look_on, look)
        return [steps.get(id(state)) for state in states]

    def _write(self, runs: Sequence[Run], steps: dict[int, Step | Exception | None]) -> None:
        """Put into `steps` what each of `runs` has written, by its identity."""
        context = self._decoder.context
        for run in runs:
            if run.position == context:
                run.start_anew()
                run.note = f"The context of {context} tokens was full; its last half was read anew."
        reading, ready = divide(runs)
        firsts = range(0, max(self._taken, default=0) + 1, rows.LARGEST)
        groups = [[run for run in ready if i <= run.slot < i + rows.LARGEST] for i in firsts]
        computed = [  # it may raise; nobody has moved yet
            (group, *self._compute(group, first))
            for first, group in zip(firsts, groups, strict=True)
            if group
        ]
        for group, logits, seconds in computed:
            steps.update(zip(map(id, group), self._draw(group, logits, seconds), strict=True))
        if reading:
            steps[id(reading)] = attempt(self._read_block, reading)

    def end(self, state: Run | Look) -> None:
        """Free the slot of a run; what it holds is overwritten by whoever comes next."""
        if isinstance(state, Run):
            self._taken.discard(state.slot)

    def nbytes(self) -> int:
        """Bytes of the weights and of the cache."""
        return self._decoder.nbytes() + self._cache.nbytes

    def close(self) -> None:
        """Let go of the weights and the cache."""
        del self._decoder, self._cache

    def _begin_look(self, recipe: Recipe) -> Look:
        """Check what is asked for; ValueError when the model has no such layer, or head."""
        decoder = self._decoder
        tokens = attribution.read(recipe, self.vocabulary, decoder.context)
        layer = attribution.part(recipe, "layer", len(decoder.blocks))
        head = attribution.part(recipe, "head", decoder.heads)
        if head and not layer:
            raise ValueError("Choose a layer first: a head’s number means something else in each.")
        starts = attribution.starts(tokens, recipe.prompt, self.vocabulary)
        x = decoder.embed(torch.tensor([tokens], device=decoder.device))
        blank = torch.zeros(len(tokens), len(tokens), device=decoder.device)
        return Look(tokens, starts, layer, head, x, blank)

    def _look_on(self, look: Look) -> LookStep | None:
        """Take one text through one more block; what it looked at once no other is asked for."""
        started = time.perf_counter()
        look.x, attention = self._decoder.look(look.x, look.done)
        look.take(attention[0])
        look.seconds += time.perf_counter() - started
        return look.step() if look.done == (look.layer or len(self._decoder.blocks)) else None

    def _make_room(self, slots: int, length: int) -> None:
        """Let the cache grow to `slots` texts over `length` places, and one place more.

        Its length doubles at least, as what is held has to be moved each time.
        """
        kept = self._cache[..., :-1, :]
        had, reach = kept.shape[2], kept.shape[4]
        if slots > had or length > reach:
            if length > reach:
                reach = min(max(length, 2 * reach), self._decoder.context)
            self._cache = self._decoder.cache(max(slots, had), reach + 1)
            self._cache[:, :, :had, :, : kept.shape[4]] = kept

    def _read_block(self, run: Run) -> None:
        """Read ahead in one slot, always in one shape, so that only the prompt decides the bits."""
        block = run.block()
        positions: list[int | None] = [run.position + i for i in range(len(block))]
        spare = BLOCK - len(block)
        self._read(
            [block + [0] * spare],
            [positions + [None] * spare],
            first=run.slot,
            length=run.position + len(block),
        )
        run.position += len(block)
        del run.unread[: len(block)]

    def _compute(self, runs: Sequence[Run], first: int) -> tuple[Tensor, float]:
        """Logits (B, V) after one more token of each of `runs`, and the seconds that it took.

        They are computed with the rows of all slots from `first` on.
        """
        started = time.perf_counter()
        computed = rows.padded(max(run.slot for run in runs) - first + 1, self._sizes)
        tokens = [[0]] * computed
        positions: list[list[int | None]] = [[None]] * computed
        for run in runs:
            tokens[run.slot - first] = run.unread[:1]
            positions[run.slot - first] = [run.position]
        length = max(run.position for run in runs) + 1
        hidden = self._read(tokens, positions, first, length)[:, 0]  # (R, D)
        logits = self._decoder.logits(hidden)[[run.slot - first for run in runs]].cpu()
        return logits, time.perf_counter() - started

    def _draw(
        self, runs: Sequence[Run], logits: Tensor, seconds: float
    ) -> list[TokenStep | Exception | None]:
        """One token of each of `runs`."""
        steps = draw_steps(runs, logits, self.vocabulary, seconds)
        for run, step in zip(runs, steps, strict=True):
            run.position += 1
            if step is not None:
                run.recent += run.unread
        return steps

    def _read(
        self,
        tokens: Sequence[Sequence[int]],
        positions: Sequence[Sequence[int | None]],
        first: int,
        length: int,
    ) -> Tensor:
        """`Gpt2Decoder.read` for the R slots from `first` on, over at least `length` places.

        Tokens without a position only fill up the shape; they go to the last place of the cache.
        """
        length = self._decoder.key_length(length)
        self._make_room(first + len(tokens), length)
        last = self._cache.shape[4] - 1
        return self._decoder.read(
            torch.tensor(tokens, device=self._decoder.device),
            torch.tensor(
                [[last if place is None else place for place in row] for row in positions],
                device=self._decoder.device,
            ),
            self._cache[:, :, first : first + len(tokens)],
            length,
        )


class Gpt2Int8(Gpt2):
    """The same weights rounded to int8: a fourth of the memory, faster, and not identical."""

    product = rows.Rounded

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """As the others, on the CPU, where these products are."""
        return super().load(spec, "cpu", "float32")


def _home(spec: ModelSpec, name: str = checkpoint.WEIGHTS_FILE) -> Path:
    """The folder of one of a model's files: among the shipped weights or in the hub's cache."""
    if not spec.files:
        return checkpoint.folder(spec.source)

    return hub_cache.folder(spec, next(f.repository for f in spec.files if f.path == name))


def _byte_of() -> Mapping[str, int]:
    """Which byte each character of vocab.json stands for.

    Printable bytes stand for themselves, the others are moved up to 256 and beyond, in order
    (https://github.com/openai/gpt-2/blob/master/src/encoder.py).
    """
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1)]
    plain += range(ord("®"), ord("ÿ") + 1)
    moved = [byte for byte in range(256) if byte not in plain]
    return {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(moved)}
