"""Lines of `key: value` in a lesson, and what is wrong with them.

A line that begins with two spaces goes on with the value above it. A value in double quotes is read
as JSON, so that a prompt can hold a new line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from playground.features.lessons.budget import spend

MOST_PROBLEMS = 100
"""That are said of one lesson; what is wrong behind the last of them is not looked for."""
_LONGEST_SENTENCE = 400  # which may quote what somebody has written
_WORD = re.compile(r"([a-z_]+):(.*)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and in which line."""

    line: int
    sentence: str


class LessonError(ValueError):
    """Everything that is wrong with one file; the message names file and line of each."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(f"{file}, line {p.line}: {p.sentence}" for p in self.problems))


class TooMany(Exception):
    """So much is wrong that the rest need not be read."""


@dataclass(slots=True)
class Problems:
    """What was found wrong so far: line and sentence."""

    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, sentence: str) -> None:
        """One more; `TooMany` after the last that is said."""
        if len(sentence) > _LONGEST_SENTENCE:
            sentence = f"{sentence[:_LONGEST_SENTENCE]}…"
        self.found.append((line, sentence))
        if len(self.found) == MOST_PROBLEMS:
            raise TooMany


@dataclass(frozen=True, slots=True)
class Pair:
    """One `key: value`, and where it stands."""

    line: int
    key: str
    value: str


def pairs(lines: Sequence[str], first_line: int, problems: Problems) -> list[Pair]:
    """Lines of `key: value`, with those that go on with a value put behind it."""
    found: list[Pair] = []
    for number, line in enumerate(lines, start=first_line):
        spend()
        if not line.strip():
            continue
        word = _WORD.fullmatch(line.rstrip())
        if word:
            found.append(Pair(number, word[1], word[2].strip()))
        elif found and line.startswith("  "):
            before = found.pop()
            found.append(replace(before, value=f"{before.value} {line.strip()}".strip()))
        else:
            problems.add(number, f"“{line.strip()[:40]}” is no “key: value”.")
    return [_unquoted(pair, problems) for pair in found]


def single(
    found: Sequence[Pair], known: Collection[str], problems: Problems, several: Collection[str] = ()
) -> dict[str, Pair]:
    """Pairs by key; a key that is unknown or there twice is a problem."""
    by_key: dict[str, Pair] = {}
    for pair in found:
        spend()
        if pair.key not in known:
            problems.add(pair.line, f"“{pair.key}” is not known here; there are {listed(known)}.")
        elif pair.key in by_key and pair.key not in several:
            problems.add(pair.line, f"“{pair.key}” stands here a second time.")
        else:
            by_key[pair.key] = pair
    return by_key


def whole_number(pair: Pair | None, low: int, high: int, problems: Problems) -> int | None:
    """A pair's value as a whole number between two others; None if it is none."""
    if pair is None:
        return None
    if pair.value.isdecimal() and len(pair.value) < 10 and low <= int(pair.value) <= high:
        return int(pair.value)
    problems.add(pair.line, f"“{pair.key}” must be a whole number from {low} to {high}.")
    return None


def _unquoted(pair: Pair, problems: Problems) -> Pair:
    if not pair.value.startswith('"'):
        return pair
    try:
        return replace(pair, value=str(json.loads(pair.value)))
    except ValueError:
        problems.add(pair.line, f"The quoted value of “{pair.key}” does not end as it began.")
        return pair


def listed(words: Collection[str]) -> str:
    return ", ".join(words)
