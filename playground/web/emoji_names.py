"""The names of all emoji of the emoji world, shipped beside the model that draws them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from models import checkpoint
from models.datasets import split_words
from playground.web import emoji_words

FILE = Path("diffusion_emoji", checkpoint.NAMES_FILE)
"""Below the folder of the weights: a JSON array of names in lower case."""


@cache
def emoji_names(weights: Path) -> tuple[str, ...]:
    """Every name, or none where they are not shipped.

    Cached: what is shipped does not change under a running process.
    """
    try:
        names = json.loads((weights / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    return tuple(map(str, names))


def as_read(weights: Path, prompt: str) -> str:
    """What the models of the emoji world are given for a prompt, see `emoji_words.py`."""
    names = emoji_names(weights)
    return emoji_words.as_read(prompt, names, words_of(names))


@cache
def words_of(names: tuple[str, ...]) -> frozenset[str]:
    """Every word that occurs in one of the names."""
    return frozenset(word for name in names for word in split_words(name))
