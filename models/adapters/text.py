"""What the text adapters share: tokens as text, and one text in the making."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import torch
from torch import Tensor

from models import folding, sampling
from models.base import Candidates, Recipe, TokenStep

if TYPE_CHECKING:
    from typing_extensions import Self

BLOCK = 64  # tokens of a prompt that are read in one go
STEPWISE = 16
"""So few are read one by one, in the steps in which others draw: thirty visitors who begin together
read their short prompts side by side, and not one after another."""
MOST_NAMED = 8
"""So many characters that cannot be read are named, and the others are counted."""
SCORE = "score"
"""The task of saying of each token of a text, in place of drawn ones, how likely it was."""


class Vocabulary(Protocol):
    """Text as token ids and back."""

    start: int  # stands for an empty prompt
    end: int | None  # ends a run when it is drawn
    raw: Sequence[bytes]  # UTF-8 of every token; one token may hold a part of a character
    pieces: Sequence[str]  # the same for showing, incomplete characters replaced

    def encode(self, text: str) -> list[int]:
        """Token ids of a text; ValueError when it cannot be read."""
        ...


class Characters:
    """One token for each character of an alphabet, in its order.

    Args:
        end: the character that ends a run when it is drawn, if there is one.
    """

    def __init__(self, alphabet: str, end: str | None = None) -> None:
        self.pieces: Sequence[str] = tuple(alphabet)
        self.raw: Sequence[bytes] = tuple(character.encode() for character in alphabet)
        self._ids = {character: i for i, character in enumerate(alphabet)}
        self.start = self._ids["\n"]
        self.end: int | None = None if end is None else self._ids[end]

    def encode(self, text: str) -> list[int]:
        """Token ids of a text; ValueError naming the first characters outside the alphabet."""
        unknown = list(dict.fromkeys(c for c in text if c not in self._ids))
        if unknown:
            complaint = _complaint(unknown, len(self.pieces))
            raise ValueError(f"{complaint} Leave them out, or choose another model.")
        return [self._ids[c] for c in text]


@dataclass(slots=True, kw_only=True)
class Writing:
    """One text in the making: what the network has yet to read, and how the next token is drawn.

    A text that is scored is one in the making whose tokens are `given` instead of drawn.
    """

    options: sampling.Options
    generator: torch.Generator
    length: int
    unread: list[int]
    given: Sequence[int] = ()
    note: str = ""
    index: int = 0
    decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    @classmethod
    def begin(cls, recipe: Recipe, vocabulary: Vocabulary) -> Self:
        """Encode the prompt of a recipe; ValueError when it cannot be read or is empty to score.

        What is scored is judged from its first token on, which follows the start token.
        """
        tokens = vocabulary.encode(recipe.prompt)
        given = tokens if recipe.task == SCORE else []
        if recipe.task == SCORE and not given:
            raise ValueError("There is no text to score. Write one first.")
        return cls(
            options=sampling.Options(
                recipe.number("temperature"), recipe.integer("top_k"), recipe.number("top_p")
            ),
            generator=torch.Generator().manual_seed(recipe.seed),
            length=len(given) or recipe.integer("length"),
            unread=[vocabulary.start] if given else tokens or [vocabulary.start],
            given=given,
        )

    def block(self) -> list[int]:
        """The next tokens to read ahead; the last one is left for the step that draws."""
        return self.unread[: min(BLOCK, len(self.unread) - 1)]

    def step(
        self, draw: sampling.Draw, vocabulary: Vocabulary, seconds: float, batch: int
    ) -> TokenStep:
        """Take in a drawn or given token and say so."""
        ended = not self.given and draw.token_id == vocabulary.end
        last = ended or self.index + 1 == self.length
        raw = b"" if ended else vocabulary.raw[draw.token_id]
        step = TokenStep(
            index=self.index,
            last=last,
            token_id=draw.token_id,
            text=self.decoder.decode(raw, final=last),
            probability=draw.probability,
            drawn_probability=draw.drawn_probability,
            entropy_bits=draw.entropy_bits,
            rank=draw.rank,
            top=Candidates(draw.top_ids, draw.top_logits, draw.log_normaliser, vocabulary.pieces),
            note=self.note,
            seconds=seconds,
            batch=batch,
        )
        self.unread, self.note, self.index = [draw.token_id], "", self.index + 1
        return step


SomeWriting = TypeVar("SomeWriting", bound=Writing)


def divide(writings: Sequence[SomeWriting]) -> tuple[SomeWriting | None, list[SomeWriting]]:
    """Who reads a block of its prompt now, and who takes one token, to draw the next if it is the
    last to be read.

    Long prompts are read one block at a time, first come first served, so that thirty of them
    never hold up those who are already writing for longer than one block takes.
    """
    reading = (w for w in writings if len(w.unread) > STEPWISE)
    return next(reading, None), [w for w in writings if len(w.unread) <= STEPWISE]


Given = ParamSpec("Given")
Made = TypeVar("Made")


def attempt(
    make: Callable[Given, Made], *given: Given.args, **named: Given.kwargs
) -> Made | Exception:
    """What comes of work for one state alone: whatever fails there is that state's own end."""
    try:
        return make(*given, **named)
    except Exception as error:
        return error


def draw_steps(
    writings: Sequence[Writing],
    logits: Tensor,
    vocabulary: Vocabulary,
    seconds: float,
) -> list[TokenStep | Exception | None]:
    """One step for each of `writings` from `logits` (B, V), which took `seconds` to compute.

    None for who has more of its prompt to read, an error for whom nothing can be drawn.
    """
    ready = [row for row, writing in enumerate(writings) if len(writing.unread) == 1]
    drawing = writings if len(ready) == len(writings) else [writings[row] for row in ready]
    draws = _draws(drawing, logits if drawing is writings else logits[ready]) if ready else []
    steps: list[TokenStep | Exception | None] = [None] * len(writings)
    for row, draw in zip(ready, draws, strict=True):
        if isinstance(draw, Exception):
            steps[row] = draw
        else:
            steps[row] = attempt(writings[row].step, draw, vocabulary, seconds, len(writings))
    for writing, step in zip(writings, steps, strict=True):
        if step is None:
            del writing.unread[0]
    return steps


def _draws(writings: Sequence[Writing], logits: Tensor) -> list[sampling.Draw | Exception]:
    """The next token of each of `writings` from `logits` (B, V): drawn, or as it is given."""
    given = [row for row, w in enumerate(writings) if w.given]
    if not given:  # nearly always, and many times a second: no copy of the logits
        return _sample(writings, logits)
    tokens = [writings[row].given[writings[row].index] for row in given]
    scored = sampling.score(logits[given], tokens)
    draws: dict[int, sampling.Draw | Exception] = dict(zip(given, scored, strict=True))
    others = [row for row in range(len(writings)) if row not in draws]
    if others:
        drawn = _sample([writings[row] for row in others], logits[others])
        draws |= zip(others, drawn, strict=True)
    return [draws[row] for row in range(len(writings))]


def _sample(writings: Sequence[Writing], logits: Tensor) -> list[sampling.Draw | Exception]:
    options, generators = [w.options for w in writings], [w.generator for w in writings]
    return sampling.sample_each(logits, options, generators)


def _complaint(unknown: Sequence[str], known: int) -> str:
    named = ", ".join(map(folding.visible, unknown[:MOST_NAMED]))
    if len(unknown) <= MOST_NAMED:
        return f"This model knows only the {known} characters of its book; it cannot read: {named}."
    return (
        f"This model knows only the {known} characters of its book; "
        f"it cannot read {len(unknown):,} of yours, which begin with {named}."
    )
