"""Why this character? What a model thought of each piece of a text, and what else was likely.

Pure: recipes in, plain values out. The browser (`why.js`) is sent the logits around
the chosen character once, and draws the distribution anew from them whenever a setting moves.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from models.base import Control, ModelSpec, Recipe, Step, TokenStep
from models.engine import Waiting
from models.options import TEMPERATURE, TOP_K, TOP_P
from models.recipe import MAX_PROMPT_CHARACTERS, from_dict, make_recipe
from playground.core.errors import explain
from playground.core.format import waiting_words
from playground.core.surprise import surprise_bits
from playground.web import markup

SCORE = "score"
NEAR = 32
"""So many characters before and after the chosen one are sent with it, for who moves on by keys."""
MOST_QUESTION_CHARACTERS = 100_000
SETTINGS = (TEMPERATURE, TOP_K, TOP_P)
_COST = 1000  # logits are sent as whole thousandths of a nat below 0, which is certain


@dataclass(frozen=True, slots=True)
class Piece:
    """One printable piece of a text under one model: a character, or what its tokenizer joins."""

    start: int  # its first character, counted from where the text begins
    text: str
    bits: float  # of all tokens that made it; a character may take several
    rank: int  # 0 = the favourite; of several tokens, the least likely one's
    step: TokenStep  # the last of them

    @property
    def end(self) -> int:
        """The character behind it."""
        return self.start + len(self.text)


@dataclass(slots=True)
class Reading:
    """Follows one model through a text as a card does, and keeps what it thought of each piece.

    Args:
        offset: the place of the first character; negative where a prompt is read first.
    """

    spec: ModelSpec
    recipe: Recipe | None = None
    offset: int = 0
    pieces: list[Piece] = field(default_factory=list)
    error: str = ""
    waits: str = ""
    note: str = ""
    seconds: float = 0.0
    finished: bool = False
    over: bool = False
    replayed: bool = False
    _bits: float = 0.0
    _rank: int = 0

    def start(self, replayed: bool) -> None:
        """The engine has taken the recipe."""
        self.replayed = replayed

    def take(self, event: Step | Waiting) -> None:
        """Add what one more token makes printable, or note what the run waits for."""
        if isinstance(event, Waiting):
            self.waits = " ".join(filter(None, waiting_words(event)))
        elif isinstance(event, TokenStep):
            self.waits = ""
            self._add(event)

    def fail(self, error: Exception) -> None:
        """Say what went wrong and what to do; what is read stays."""
        self.error, self.over = refusal(self.spec, error), True

    def end(self) -> None:
        """No more steps will come."""
        self.over = True

    @property
    def reached(self) -> int:
        """The character behind all that has been read."""
        return self.pieces[-1].end if self.pieces else self.offset

    @property
    def bits(self) -> float:
        """The surprise of everything read so far."""
        return sum(piece.bits for piece in self.pieces)

    def _add(self, step: TokenStep) -> None:
        self._bits += surprise_bits(step.probability)
        self._rank = max(self._rank, step.rank)
        self.seconds += step.seconds
        self.note = step.note or self.note
        self.finished = step.last
        if step.text:  # else a part of a character, whose bits go with the rest of it
            piece = Piece(self.reached, step.text, self._bits, self._rank, step)
            self.pieces.append(piece)
            self._bits, self._rank = 0.0, 0


def refusal(spec: ModelSpec, error: Exception) -> str:
    """Which model failed at a text, why, and what to do."""
    sentence = explain(error)
    if not isinstance(error, ValueError):
        return f"{spec.name}: {sentence}"
    if "cannot read" in sentence:
        sentence += " Leave them out, or choose another model."
    return f"{spec.name}: {sentence}"


def reading_of(spec: ModelSpec, text: str, *, offset: int = 0, here: bool = True) -> Reading:
    """A reading that scores a text, or has failed already and says why.

    Args:
        here: whether the model can be used without a download.
    """
    reading = Reading(spec, offset=offset)
    try:
        if not here:
            raise ValueError("is not here yet. Fetch it on its card first.")
        if SCORE not in spec.can:
            raise ValueError("cannot say how likely a given text is. Choose another model.")
        if len(text) > MAX_PROMPT_CHARACTERS:
            raise ValueError(f"can look back over {MAX_PROMPT_CHARACTERS} letters at most.")
        reading.recipe = make_recipe(spec, task=SCORE, prompt=text, options=PLAIN)
    except ValueError as error:
        reading.error, reading.over = f"{spec.name} {error}", True
    return reading


PLAIN: Mapping[str, object] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0}
"""Scoring is not drawing: options change nothing, so there is one recipe for each text."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which character of which result a visitor asks about.

    Args:
        number: counts the questions of one page, so that late answers are known as such.
        place: the character, from 0 where the model took over.
        written: what stands on the card.
    """

    number: int
    place: int
    written: str
    recipe: Recipe

    @property
    def first(self) -> int:
        """The first character that the answer is to cover."""
        return max(0, self.place - NEAR)

    @property
    def end(self) -> int:
        """The character behind those that it is to cover."""
        return min(len(self.written), self.place + NEAR + 1)


def read_question(asked: object, specs: Mapping[str, ModelSpec]) -> Question:
    """A question as the browser sends it, checked; ValueError in words otherwise."""
    try:
        if not isinstance(asked, str) or len(asked) > MOST_QUESTION_CHARACTERS:
            raise ValueError
        data = json.loads(asked)
        number, place, written = data["number"], data["place"], data["written"]
        if not (isinstance(number, int) and isinstance(place, int) and isinstance(written, str)):
            raise ValueError
        written.encode()
        recipe = from_dict(data["recipe"], specs)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("This question cannot be read. Choose a letter again.") from None
    if not 0 <= place < len(written):
        raise ValueError("There is no such letter. Choose another.")
    return Question(number, place, written, recipe)


def readings(question: Question, own: ModelSpec, other: ModelSpec, *, here: bool) -> list[Reading]:
    """The model that wrote, asked for the same run again, and the other on the same text.

    The run is replayed where the engine still has it. The other scores prompt and text as one.

    Args:
        here: whether the other can be used without a download.
    """
    recipe = question.recipe
    scored = recipe.task == SCORE
    prompt = "" if scored else recipe.prompt
    text = prompt + question.written
    return [
        Reading(own, recipe),
        reading_of(other, text, offset=-len(prompt), here=here),
    ]


def answered(question: Question, readings: Sequence[Reading]) -> bool:
    """Whether each has read all that stands on the card, or will not.

    They are not left any earlier: only what has come to its end is kept for the next question. A
    run that was stopped on the card goes on without end in sight, so it is left there.
    """
    read = len(question.written)
    return all(r.over or (r.reached >= read and not r.finished) for r in readings)


def answer(question: Question, readings: Sequence[Reading]) -> str:
    """All that the browser needs to draw both distributions, as JSON."""
    return json.dumps(
        {
            "number": question.number,
            "first": question.first,
            "end": question.end,
            "models": [_model(question, reading) for reading in readings],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _model(question: Question, reading: Reading) -> dict[str, Any]:
    """One model's part: `texts` of tokens by id, and a row for each piece (see `_row`)."""
    pieces = [p for p in reading.pieces if p.end > question.first and p.start < question.end]
    texts = {int(c.token_id): c.text for p in pieces for c in p.step.top}
    said = reading.error or ("" if pieces else reading.waits or "reading …")
    return {
        "name": reading.spec.name,
        "family": reading.spec.family,
        "said": said,
        "vocabulary": len(pieces[0].step.top.pieces) if pieces else 0,  # type: ignore[attr-defined]
        "texts": texts,
        "pieces": [_row(piece) for piece in pieces],
    }


def _row(piece: Piece) -> list[Any]:
    """Where a piece stands, what it was, how likely, and the candidates with their costs.

    A cost is what a candidate's probability under the model itself is below 1, in thousandths of
    a nat: it is the logit less the log of the normaliser.
    """
    step = piece.step
    ids = [int(c.token_id) for c in step.top]
    costs = [round(-_COST * math.log(max(c.probability, 1e-300))) for c in step.top]
    listed = sum(c.probability for c in step.top)
    return [
        *(piece.start, piece.text, step.token_id, piece.rank),
        *(round(piece.bits, 3), float(f"{step.probability:.5g}")),
        *(ids, costs, float(f"{max(0.0, 1 - listed):.5g}")),
    ]


# As HTML


def invitation() -> str:
    """One line that says how to ask."""
    return markup.says(
        "Press a letter, or go to one with the arrow keys, to see what else was likely there."
    )


def drawer() -> str:
    """The drawer, shut and empty; `why.js` fills it."""
    sliders = "".join(_slider(control) for control in SETTINGS)
    return (
        '<section id="text-why-drawer" class="why" aria-labelledby="text-why-title" hidden>'
        '<header><h3 id="text-why-title" class="why-title">Why this letter?</h3>'
        '<button type="button" class="ghost" data-why-close>Close</button></header>'
        '<p class="why-where"></p>'
        f'<fieldset class="why-settings"><legend>As it is drawn with</legend>{sliders}'
        '<button type="button" class="ghost" data-why-reset>As it was</button></fieldset>'
        '<div class="why-models"></div>'
        '<p class="says why-key">Pale: what the model itself gives a candidate. Solid: its share '
        "with these settings. Nothing runs for this: it is computed from the kept figures.</p>"
        "</section>"
    )


def _slider(control: Control) -> str:
    id_ = f"text-why-{control.name.replace('_', '-')}"
    return (
        f'<label for="{id_}">{escape(control.label)} <output for="{id_}"></output></label>'
        f'<input type="range" id="{id_}" data-setting="{control.name}" min="{control.low:g}" '
        f'max="{control.high:g}" step="{control.step:g}" value="{control.default:g}">'
    )
