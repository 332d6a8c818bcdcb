"""The texts that language models are trained on, and what each pair of models may spend on one.

Two models of a text are on equal terms, see `models.train.language`: each of them spends the same
number of floating-point operations.
"""

from __future__ import annotations

from models import datasets
from models.train import characters
from models.train.language import Reading

STORIES_FLOPS = 2.4e14
"""About two hours of one core at 33 thousand million operations a second."""
TUNES_FLOPS = 8e13


def stories() -> Reading:
    """The training part of the stories."""
    text, _ = datasets.stories()
    return Reading(text, datasets.STORIES_ALPHABET, characters.STORIES, "Once upon a time")


def tunes() -> Reading:
    """The training part of the tunes."""
    text, _ = datasets.tunes()
    return Reading(text, datasets.TUNES_ALPHABET, characters.TUNES, "6/8 major\n")
