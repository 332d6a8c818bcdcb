"""Values and roles that every part of the playground agrees on.

Plain data only: this module imports neither torch nor gradio, so the page can know all about a
model before any of its weights are read, and a step can cross a process border unchanged.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict

import numpy as np

from models import folding

if TYPE_CHECKING:
    from PIL.Image import Image
    from typing_extensions import Self

Value: TypeAlias = int | float | str
"""What an option of a recipe may be: JSON scalars without booleans and null."""

Kind: TypeAlias = Literal["text", "image", "measure"]
PICTURE_PX = 32
MAX_PICTURE_CHARACTERS = 6_000
"""Of a picture given by the visitor, in base64: 32 × 32 pixels of pure noise need 4,300."""
LEAST_NUMBER = 2.0**-126
"""The least that single precision holds in full; what is nearer to 0 counts as 0."""
VERSION = 1
"""Of the form that recipes have in links, databases and keys of caches."""
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + 2 * PICTURE_PX.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Control:
    """One option of a model: how it is shown, which values it takes, and what it does.

    Attributes:
        unsaid: whether recipes leave it out at its default: what is added to a model later leaves
            the recipes of before what they were.
    """

    name: str
    label: str
    kind: Literal["int", "float", "choice", "picture", "text"]
    default: Value
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    unsaid: bool = False

    def check(self, value: object) -> Value:
        """Cast `value` to this control's kind; ValueError in a visitor's words otherwise."""
        if self.kind == "choice":
            return self._check_choice(value)
        if self.kind == "picture":
            return self._check_picture(value)
        if self.kind == "text":
            return self._check_text(value)
        try:
            number = folding.number(value) + 0.0  # so that -0 becomes 0
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"{self.label} must be a number.")
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= number <= high:
            raise ValueError(f"{self.label} must lie between {low:g} and {high:g}.")
        if self.kind == "float":  # networks compute in single precision, and divide by some
            return number if abs(number) >= LEAST_NUMBER else 0.0
        if number != int(number):
            raise ValueError(f"{self.label} must be a whole number.")
        return int(number)

    def _check_choice(self, value: object) -> str:
        """One of the choices, however it is typed."""
        typed = folding.plain(value).strip().casefold() if isinstance(value, str) else ""
        for choice in self.choices:
            if value == choice or typed == choice.casefold():
                return choice
        raise ValueError(f"{self.label} must be one of: {', '.join(self.choices)}.")

    def _check_text(self, value: object) -> str:
        """Text of at most `high` characters that can be written down as UTF-8."""
        limit = int(self.high or 0)
        if not isinstance(value, str) or not is_utf8(value):
            raise ValueError(f"{self.label} must be text.")
        if len(value) > limit:
            raise ValueError(f"{self.label} is longer than {limit} characters.")
        return value

    def _check_picture(self, value: object) -> str:
        """A PNG of 32 × 32 pixels in base64, by its head; "" is no picture."""
        if value == "":
            return ""
        content = b""
        if isinstance(value, str) and len(value) <= MAX_PICTURE_CHARACTERS:
            try:
                content = base64.b64decode(value, validate=True)
            except ValueError:
                content = b""
        if not content.startswith(_PNG_HEAD):
            raise ValueError(f"{self.label} must be a PNG of 32 × 32 pixels, in base64.")
        return str(value)


def is_utf8(text: str) -> bool:
    """Whether a text can be written down; JSON can hold halves of characters, which cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a hub repository, pinned: its path there, its size and its hash.

    `repository` and `revision` are those of the model's spec unless said: a model may borrow parts
    of another repository.
    """

    path: str
    size_bytes: int
    sha256: str
    repository: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """All that the page may know of a model before it is loaded."""

    id: str
    title: str
    family: str  # one of `families.FAMILIES`, or "contrastive" or "classifier", which judge
    kind: Kind
    adapter: str  # import string, "models.adapters.gan:Gan"
    source: str  # folder under models/weights, or a hub repository
    revision: str  # first 12 hex digits of the weights' SHA-256, or the hub commit
    licence: str
    paper: str
    parameters: int
    memory_bytes: int
    can: frozenset[str] = frozenset()
    controls: tuple[Control, ...] = ()
    inputs: Mapping[str, tuple[Control, ...]] = field(default_factory=dict, hash=False)
    """For each of its other tasks what recipes hold besides the controls."""
    files: tuple[HubFile, ...] = ()
    world: str = ""  # the data it learnt from, see `worlds`; "" for the public hub's
    original: str = ""  # the hub's model that this one is built like
    alphabet: str = ""  # every character that it can read; "" where it reads any text
    teraflops: float = 0.0  # of arithmetic for one picture at the default options; 0: not counted

    @property
    def name(self) -> str:
        """The short name: what stands before the dot in the title."""
        return self.title.partition(" · ")[0]


class RecipeDict(TypedDict):
    """The plain form of a recipe; `v` is the version of that form."""

    v: int
    task: str
    model: str
    weights: str
    prompt: str
    options: dict[str, Value]
    seed: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """One request for one model. Equal recipes give equal results on the same kind of machine."""

    task: str
    model: str
    weights: str
    prompt: str
    options: tuple[tuple[str, Value], ...]  # sorted by name: all but what is unsaid
    seed: int

    def option(self, name: str) -> Value:
        """The value of one option; KeyError if the model has none such, or it is unsaid."""
        return dict(self.options)[name]

    def integer(self, name: str) -> int:
        """The value of an option whose control is of kind "int"."""
        return int(self.option(name))

    def number(self, name: str) -> float:
        """The value of an option whose control is of kind "float" or "int"."""
        return float(self.option(name))

    def as_dict(self) -> RecipeDict:
        """Plain JSON-ready form."""
        return {
            "v": VERSION,
            "task": self.task,
            "model": self.model,
            "weights": self.weights,
            "prompt": self.prompt,
            "options": dict(self.options),
            "seed": self.seed,
        }

    def canonical(self) -> str:
        """The one JSON text of this recipe: keys sorted, UTF-8, no spaces, no NaN."""
        return canonical_json(self.as_dict())

    @property
    def key(self) -> str:
        """SHA-256 of the canonical form, in hex: the key of caches and the name of the result."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


def canonical_json(data: object) -> str:
    """The one JSON text of plain data: keys sorted, UTF-8, no spaces; ValueError for NaN."""
    return json.dumps(
        data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible next token, with the model's own probability for it (temperature 1)."""

    token_id: int
    text: str
    probability: float
    logit: float


class Candidates(Sequence[Candidate]):
    """The most likely next tokens, most likely first; a `Candidate` is made only when asked for.

    Holding two small arrays instead of up to 128 objects keeps a step cheap when thirty visitors
    stream at once.

    Args:
        token_ids: (K,) integers.
        logits: (K,) floats, descending.
        log_normaliser: log of the sum of exp(logit) over the whole vocabulary.
        pieces: token id -> text, for every listed token at least; shared between steps.
    """

    __slots__ = ("log_normaliser", "logits", "pieces", "token_ids")

    def __init__(
        self,
        token_ids: np.ndarray,
        logits: np.ndarray,
        log_normaliser: float,
        pieces: Sequence[str] | Mapping[int, str],
    ) -> None:
        self.token_ids = token_ids
        self.logits = logits
        self.log_normaliser = log_normaliser
        self.pieces = pieces

    def __len__(self) -> int:
        return len(self.token_ids)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        token_id, logit = int(self.token_ids[index]), float(self.logits[index])
        probability = math.exp(logit - self.log_normaliser)
        return Candidate(token_id, self.pieces[token_id], probability, logit)

    def __iter__(self) -> Iterator[Candidate]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Candidates)
            and np.array_equal(self.token_ids, other.token_ids)
            and np.array_equal(self.logits, other.logits)
            and self.log_normaliser == other.log_normaliser
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        # A step that crosses a process border takes along the pieces it shows, not 50,257 of them.
        shown = {int(i): self.pieces[int(i)] for i in self.token_ids}
        return Candidates, (self.token_ids, self.logits, self.log_normaliser, shown)

    @property
    def rest(self) -> float:
        """Probability of everything that is not listed."""
        listed = float(np.exp(self.logits.astype(np.float64) - self.log_normaliser).sum())
        return max(0.0, 1.0 - listed)


@dataclass(frozen=True, slots=True)
class TokenStep:
    """One token of text, with how likely it was."""

    index: int
    last: bool
    token_id: int
    text: str  # newly printable; "" while a UTF-8 sequence is incomplete
    probability: float  # under the model itself: temperature 1, nothing cut
    drawn_probability: float  # after temperature, top-k and top-p: what the draw really used
    entropy_bits: float
    rank: int  # 0 = the model's favourite
    top: Sequence[Candidate]
    note: str = ""  # a sentence for the card, such as "The context was full …"
    seconds: float = field(default=0.0, compare=False)
    batch: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class ImageStep:
    """One step of drawing: while unfinished, the *predicted clean* images, not the noisy latent."""

    index: int
    total: int
    last: bool
    images: tuple[Image, ...]  # PIL RGB
    label: str
    scores: tuple[float, ...] = ()  # task "critic": how real each looks, real when above 0
    held_back: tuple[int, ...] = ()  # which images, from 0, are blank: the safety checker's word
    seconds: float = field(default=0.0, compare=False)
    batch: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class LookStep:
    """What a model shows of its inside: pictures, figures and arrays, each by name.

    Args:
        arrays: read-only, of at most 4 MB together.
    """

    index: int
    total: int
    last: bool
    label: str = ""
    images: Mapping[str, Image] = field(default_factory=dict)  # PIL RGB
    figures: Mapping[str, float] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    seconds: float = 0.0
    batch: int = 1

    def __eq__(self, other: object) -> bool:
        """Whether both show the same, whenever and with whomever they were made."""
        if not isinstance(other, LookStep):
            return NotImplemented
        plain = ("index", "total", "last", "label", "images", "figures")
        return (
            all(getattr(self, name) == getattr(other, name) for name in plain)
            and self.arrays.keys() == other.arrays.keys()
            and all(np.array_equal(a, other.arrays[name]) for name, a in self.arrays.items())
        )

    __hash__ = None  # type: ignore[assignment]


Step: TypeAlias = TokenStep | ImageStep | LookStep
State: TypeAlias = Any
"""What an adapter keeps of one run between steps; opaque to everybody else."""


class Adapter(Protocol):
    """What the engine asks of a model. Every method is called from one thread only."""

    spec: ModelSpec

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read the weights. Heavy imports belong in the adapter's own module."""
        ...

    def begin(self, recipe: Recipe) -> State:
        """Check and encode a recipe; ValueError in words a visitor can act on."""
        ...

    def advance(self, states: Sequence[State]) -> list[Step | None | Exception]:
        """Take one step for every state, in one forward pass where the architecture can.

        None means that work was done with nothing to show yet (a block of prefill). An Exception
        ends that state only. If `advance` itself raises, no state may have moved: the engine asks
        again for parts of them, until it is known for which state there is no step.
        """
        ...

    def end(self, state: State) -> None:
        """Free the state's slot; called exactly once, after the last step, a failure or a stop."""
        ...

    def nbytes(self) -> int:
        """Bytes of memory held by weights and caches."""
        ...

    def close(self) -> None:
        """Let go of the weights; a later `load` must work."""
        ...
