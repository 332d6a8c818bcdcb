"""What `char_lstm_stories` and `gpt2_stories` share: the text and the budget."""

from __future__ import annotations

from models import datasets
from models.train import characters
from models.train.language import Reading

FLOPS = 2.4e14
"""About two hours of one core at 33 thousand million operations a second."""


def reading() -> Reading:
    """The training part of the stories."""
    return Reading(
        datasets.stories()[0], datasets.STORIES_ALPHABET, characters.STORIES, "Once upon a time"
    )
