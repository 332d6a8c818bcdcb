"""What stands on a postcard for characters that its fonts lack. Pure.

An emoji is called by its name, all else by its code points: no font of ours holds every script, and
what was asked for must not be left out without a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import groupby

from playground.web.emoji_words import spelled

MOST_CODES = 4
"""Of one run of such characters, so many are said."""
_UNSEEN = frozenset({"Cc", "Cf"})
_JOINS = "\u200d"  # the parts of an emoji


def in_known(text: str, knows: Callable[[str], bool]) -> str:
    """A text on one line, in spaces and characters that are known."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    seen = (c for c in composed if c == _JOINS or unicodedata.category(c) not in _UNSEEN)
    runs = groupby(seen, lambda c: c == " " or knows(c))
    said = ("".join(run) if known else f" {_said(''.join(run))} " for known, run in runs)
    return " ".join("".join(said).split())


def _said(run: str) -> str:
    """A run of characters that are not known: names where there are any, and code points."""
    return " ".join(part if part.isascii() else _codes(part) for part in spelled(run).split())


def _codes(run: str) -> str:
    shown = " ".join(f"U+{ord(character):04X}" for character in run[:MOST_CODES])
    return shown + "…" * (len(run) > MOST_CODES)
