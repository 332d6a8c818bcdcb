"""What text models show of their inside: how much each earlier token counts at each place.

The same picture for families that are built differently. `shares[i, j]` is the part that token j
has in what the model goes on at token i, which it has just read; rows sum to 1, and nothing is
known of later tokens. What a share is, each adapter says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.adapters.text import Vocabulary
from models.base import Recipe

LOOK = "look"
"""The task of showing what a model does while it reads a text."""
MOST_CHARACTERS = 200
MOST_TOKENS = 256
"""A letter may be several tokens; the array of so many is 131 kB."""
WHOLE = 65_535
"""A share of 1 as it is sent. Every row sums to exactly this; a share is off by less than one."""


def read(recipe: Recipe, vocabulary: Vocabulary, context: int = MOST_TOKENS) -> list[int]:
    """The tokens of a recipe's text; ValueError in words for none or too many.

    Args:
        context: how many the model can look back over.
    """
    text = recipe.prompt
    if not text:
        raise ValueError("There is no text to look into. Write one first.")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"This text has {len(text)} characters; {MOST_CHARACTERS} at most can be looked into."
        )
    tokens = vocabulary.encode(text)
    most = min(context, MOST_TOKENS)
    if len(tokens) > most:
        raise ValueError(f"This text is {len(tokens)} tokens long; {most} are the most.")
    return tokens


def part(recipe: Recipe, name: str, most: int) -> int:
    """Which layer or head is asked for, from 1; 0 is all of them. ValueError if it is not there."""
    number = recipe.integer(name)
    if number > most:
        raise ValueError(f"This model has only {most} {name}{'s' * (most > 1)}.")
    return number


def starts(tokens: Sequence[int], text: str, vocabulary: Vocabulary) -> np.ndarray:
    """The character with which each token begins, (T,) uint16.

    Of a character that is cut into several tokens, all but the first begin within it.
    """
    character_of = np.repeat(np.arange(len(text)), [len(c.encode()) for c in text])
    lengths = [len(vocabulary.raw[token]) for token in tokens]
    begun: np.ndarray = character_of[np.cumsum([0, *lengths[:-1]])].astype(np.uint16)
    return begun


def whole_parts(shares: np.ndarray) -> np.ndarray:
    """Shares (T, T) as whole parts of `WHOLE`, (T, T) uint16; each row sums to exactly that.

    What rounding down leaves over goes to the largest remainders (Hamilton's method of
    apportionment).
    """
    exact = shares.astype(np.float64)
    exact *= WHOLE / exact.sum(1, keepdims=True)
    parts = np.floor(exact)
    left = np.rint(WHOLE - parts.sum(1, keepdims=True))
    order = np.argsort(parts - exact, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    whole: np.ndarray = (parts + (rank < left)).astype(np.uint16)
    return whole


def arrays(**found: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays as a step holds them: nobody may write to them."""
    for array in found.values():
        array.flags.writeable = False
    return found
