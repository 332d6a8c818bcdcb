"""Any text under two models: bits for each character, and where the two part.

Pure: steps in, numbers and HTML out. Models with different tokenizers meet on characters: a piece
of several shares its bits among them evenly, so the sum stays the model's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from models.base import ModelSpec
from playground.core.format import duration, plural, significant
from playground.core.surprise import FAVOURITES, surprise_level
from playground.features.text.token_readout import Piece, Reading
from playground.web.tokens import shape_svg

MOST_CHARACTERS = 2_000
MOST_WORDS = 5
"""So many words with the largest difference are marked and stand in the table."""
_WORD = re.compile(r"\s*\S+|\s+\Z")


@dataclass(frozen=True, slots=True)
class Mark:
    """What one model thought of one character."""

    bits: float  # its share of its piece's
    rank: int  # its piece's
    first: bool  # whether its piece begins here
    last: bool


def marks_of(pieces: Sequence[Piece]) -> list[Mark]:
    """One mark for each character of the pieces, in order."""
    return [
        Mark(p.bits / len(p.text), p.rank, i == 0, i == len(p.text) - 1)
        for p in pieces
        for i in range(len(p.text))
    ]


@dataclass(frozen=True, slots=True)
class Word:
    """A word with the space before it, and its bits under both models."""

    start: int
    end: int
    text: str
    left: float
    right: float

    @property
    def difference(self) -> float:
        """How many bits more the right one needs."""
        return self.right - self.left


def words_of(text: str, left: Sequence[Mark], right: Sequence[Mark]) -> list[Word]:
    """Every word of a text that both models have read whole; together they hold all characters."""
    read = min(len(left), len(right))
    spans = [match.span() for match in _WORD.finditer(text)]
    return [
        Word(a, b, text[a:b], _bits(left[a:b]), _bits(right[a:b])) for a, b in spans if b <= read
    ]


def _bits(marks: Sequence[Mark]) -> float:
    return sum(mark.bits for mark in marks)


def parting(words: Sequence[Word], most: int = MOST_WORDS) -> list[Word]:
    """The words with the largest difference either way, largest first; none where they agree."""
    apart = [word for word in words if abs(word.difference) >= 1]
    return sorted(apart, key=lambda word: -abs(word.difference))[:most]


# In words


def verdict(left: Reading, right: Reading, characters: int, words: Sequence[Word]) -> str:
    """Which of the two needs fewer bits, how many, and at which words; plain text."""
    if left.spec.id == right.spec.id:
        return f"Both are {left.spec.name}: there is nothing between them."
    gap = right.bits - left.bits
    if abs(gap) / characters < 0.005:
        return f"{left.spec.name} and {right.spec.name} find this text equally surprising."
    better, worse = (left, right) if gap > 0 else (right, left)
    sign = 1 if gap > 0 else -1
    lead = significant(abs(gap) / characters, 2)
    said = [
        f"{better.spec.name} needs {lead} bits a letter less than {worse.spec.name}: "
        f"{significant(abs(gap))} bits over the whole text."
    ]
    most = parting(words)
    gains = [word for word in most if word.difference * sign > 0]
    losses = [word for word in most if word.difference * sign < 0]
    if gains:
        said.append(f"It gains most at {_listed(gains)}.")
    if losses:
        said.append(f"{worse.spec.name} does better at {_listed(losses)}.")
    return " ".join(said)


def _listed(words: Sequence[Word]) -> str:
    """“thou” (3.4 bits), “art” (2.1) and “now” (1.9)."""
    parts = [
        f"“{word.text.strip() or '↵'}” ({significant(abs(word.difference), 2)}"
        f"{' bits' if number == 0 else ''})"
        for number, word in enumerate(words)
    ]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def verdict_line(said: str) -> str:
    """The verdict as a line of its own; "" for none."""
    return f'<p class="score-verdict">{escape(said)}</p>' if said else ""


def announcement(readings: Sequence[Reading], characters: int) -> str:
    """What a screen reader says once, when both have ended."""
    said = [
        r.error or f"{r.spec.name}, {significant(r.bits / characters)} bits a letter."
        for r in readings
        if r.error or r.finished
    ]
    return " ".join(said)


# As HTML


def totals(readings: Sequence[Reading], characters: int) -> str:
    """A line for each model: its bits a letter as a bar from zero, or how far it is."""
    rates = [r.bits / max(1, r.reached) for r in readings]
    scale = max(rates, default=0.0) or 1.0
    lines = (
        _total(reading, rate, rate / scale, characters)
        for reading, rate in zip(readings, rates, strict=True)
    )
    return f'<div class="score-totals">{"".join(lines)}</div>'


def _total(reading: Reading, rate: float, share: float, characters: int) -> str:
    spec = reading.spec
    name = f"{shape_svg(spec.family)}<b>{escape(spec.name)}</b>"
    if reading.error:
        body = f'<p class="failure" role="alert">{escape(reading.error)}</p>'
    else:
        body = (
            f'<span class="score-rate">{escape(_rate(reading, rate))}</span>'
            f'<span class="why-track"><i class="why-own score-bar" style="width:{share:.1%}"></i>'
            f'</span><span class="figures">{escape(_figures(reading, characters))}</span>'
        )
    return (
        f'<div class="score-total" data-family="{escape(spec.family)}">'
        f'<span class="score-name">{name}</span>{body}</div>'
    )


def _rate(reading: Reading, rate: float) -> str:
    return f"{significant(rate)} bits a letter" if reading.pieces else "…"


def _figures(reading: Reading, characters: int) -> str:
    if not reading.pieces:
        return "stopped before the first letter" if reading.over else reading.waits or "reading …"
    letters = plural(characters, "letter")
    if not reading.finished:
        sign = "■ stopped at" if reading.over else "◔"
        return f"{sign} {reading.reached} of {letters}"
    pieces = len(reading.pieces)
    in_pieces = "" if pieces == characters else f" in {plural(pieces, 'piece')}"
    figures = [
        f"{letters}{in_pieces}",
        f"{significant(reading.bits)} bits",
        f"{duration(reading.seconds / characters)} a letter",
        reading.note,
    ]
    return " · ".join(filter(None, figures))


class Strip:
    """The text with both models' bars below each character; while it is read it only grows.

    Where one model cannot read the text, the other's bars stand alone.
    """

    def __init__(self, text: str, readings: Sequence[Reading]) -> None:
        self._text = text
        self._readings = readings
        self._html = strip_opening([r.spec for r in readings])
        self._done = 0
        self._marks: list[list[Mark]] = [[], []]

    def html(self) -> str:
        """All that every model has read which reads at all."""
        self._marks = [marks_of(r.pieces) for r in self._readings]
        able = [
            len(m) for m, r in zip(self._marks, self._readings, strict=True) if not r.error or m
        ]
        read = min(min(able, default=0), len(self._text))
        self._html += "".join(self._letter(i) for i in range(self._done, read))
        self._done = max(self._done, read)
        return self._html

    def marked(self, words: Sequence[Word]) -> str:
        """The same once more, with the words marked that make the difference."""
        marked = {i for word in words for i in range(word.start, word.end)}
        letters = "".join(self._letter(i, marked=i in marked) for i in range(self._done))
        return strip_opening([r.spec for r in self._readings]) + letters

    def _letter(self, place: int, *, marked: bool = False) -> str:
        classes = ["m"] if marked and not self._text[place].isspace() else []
        for name, marks in zip("ab", self._marks, strict=True):
            if place < len(marks):
                classes += _classes(name, marks[place])
        if self._text[place] == "\n":
            classes.append("n")
        return f'<b class="{" ".join(classes)}">{escape(self._text[place])}</b>'


def _classes(name: str, mark: Mark) -> list[str]:
    """The height of a bar, whether it goes on into the next letter, and a dotted line below it."""
    level = surprise_level(mark.bits)
    return (
        [f"{name}{level}"] * bool(level)
        + [f"{name}j"] * (not mark.last)
        + [f"{name}r"] * (mark.rank >= FAVOURITES)
    )


def strip_opening(specs: Sequence[ModelSpec]) -> str:
    """The opening of the strip. It is never closed, so that the text only grows."""
    inks = ";".join(
        f"--{name}:var(--{escape(s.family)})" for name, s in zip("ab", specs, strict=True)
    )
    label = "The text, letter by letter. Arrow keys go from letter to letter."
    return (
        f'<div class="score-strip" tabindex="0" role="group" aria-label="{label}" '
        f'aria-describedby="text-score-letter" style="{inks}">'
    )


def legend(specs: Sequence[ModelSpec]) -> str:
    """Which bar is whose, and what marks mean."""
    upper, lower = (f"{shape_svg(s.family)} {escape(s.name)}" for s in specs)
    return (
        f'<p class="legend">Upper bar: <span data-family="{specs[0].family}">{upper}</span>. Lower '
        f'bar: <span data-family="{specs[1].family}">{lower}</span>. Heights are bits a letter, as '
        "above; a piece of several letters shares its bits evenly, its bar goes on below them. "
        "Dotted: not among ten favourites. Shaded: the words that part the two.</p>"
        '<p id="text-score-letter" class="reading" role="status">'
        "Press a letter, or go to one with the arrow keys.</p>"
    )


def table(words: Sequence[Word], readings: Sequence[Reading]) -> str:
    """The words with the largest difference, and behind them every piece."""
    if not words:
        return ""
    names = [escape(r.spec.name) for r in readings]
    head = "".join(f"<th>{name}</th>" for name in (*names, f"{names[1]} needs more"))
    rows = "".join(_row(word) for word in words)
    return (
        '<table class="figures-table"><caption>The words that part them most, in bits</caption>'
        f"<tr><th>Word</th>{head}</tr>{rows}</table>"
    )


def _row(word: Word) -> str:
    sign = "+" if word.difference > 0 else "−"
    cells = (
        word.text.strip() or "↵",
        significant(word.left),
        significant(word.right),
        f"{sign}{significant(abs(word.difference))}",
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def data(text: str, readings: Sequence[Reading]) -> str:
    """Bits and ranks for `scoring.js`, and the shell of the table of all pieces, which it fills."""
    models = [
        {
            "name": r.spec.name,
            "pieces": [[p.start, len(p.text), round(p.bits, 3), p.rank] for p in r.pieces],
        }
        for r in readings
    ]
    held = escape(json.dumps({"text": text, "models": models}, ensure_ascii=False))
    return (
        f'<div id="text-score-data" data-score="{held}" hidden></div>'
        '<details class="details" data-score-table><summary>Every letter</summary></details>'
    )


def checked_text(text: object) -> str:
    """A text as it was pasted; ValueError in words if there is none or it is too long."""
    if not isinstance(text, str) or not text:
        raise ValueError("Paste or write a text first.")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"The text has {len(text)} letters; at most {MOST_CHARACTERS} are scored. Shorten it."
        )
    return text
