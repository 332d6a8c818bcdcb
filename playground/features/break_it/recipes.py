"""Break it: changes of a recipe that show a model at its limits, each with what broke and why.

Pure data. `chips.py` makes chips of it; `tests/features/break_it/test_recipes.py` asks the real
catalogue whether each recipe is accepted, or refused where that is the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from models.base import Value
from models.datasets import DIGIT_WORDS, Concept

Place = Literal["text", "images", "emoji"]


@dataclass(frozen=True, slots=True)
class Break:
    """One change of what a place asks for.

    Args:
        values: what it puts into the form, by the name of the field; the others stay.
    """

    id: str
    place: Place
    label: str
    sentence: str
    values: Mapping[str, Value]

    @property
    def refused(self) -> bool:
        """Whether the page itself says no, before any model is asked: one colour on itself."""
        return "ink" in self.values and self.values["ink"] == self.values["paper"]


_CALM = {"temperature": 0.8, "top_k": 0, "top_p": 1.0}
_PLAIN = {"guidance": 2.0, "steps": 20}


def _break(name: str, place: Place, label: str, sentence: str, **values: Value) -> Break:
    settings: dict[str, Value] = dict(_CALM if place == "text" else _PLAIN)
    return Break(name, place, label, sentence, MappingProxyType(settings | values))


def _labels(concept: Concept) -> dict[str, Value]:
    """A concept as the form holds it, in words and as labels."""
    labels: dict[str, Value] = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
    return {"prompt": concept.caption, **labels}


_USUAL, _UNSEEN = Concept(7, "red", "black"), Concept(9, "red", "black")
_RED_ON_RED: dict[str, Value] = {
    "prompt": f"a red {DIGIT_WORDS[7]} on a red background",
    **{"digit": 7, "ink": "red", "paper": "red"},
}
SAMPLE_TEXT = "ROMEO:\nO, "
"""What a text begins with before anybody has written."""
UNREAD_NAME = "submarine"
"""A word that no name of an emoji holds."""

BREAKS = (
    _break(
        "loop",
        "text",
        "Loop it",
        "At temperature 0 only the favourite is ever taken, so the same words always lead to the "
        "same next ones: the text goes round in circles.",
        temperature=0.0,
    ),
    _break(
        "rave",
        "text",
        "Make it rave",
        "At temperature 2 unlikely letters come far more often than the model itself would have "
        "them; words fall apart, and each broken one misleads what follows.",
        temperature=2.0,
    ),
    _break(
        "erase",
        "text",
        "Erase its memory",
        "All that a model knows of you is the text before the next letter. Without it, it begins "
        "just anywhere in its plays.",
        prompt="",
    ),
    _break(
        "mend",
        "text",
        "Mend it",
        "Your prompt and temperature 0.8: unlikely letters seldom, favourites not always.",
        prompt=SAMPLE_TEXT,
    ),
    _break(
        "burn",
        "images",
        "Burn it",
        "Guidance 10 pulls so hard at the words that Diffusion’s strokes swell and its pictures "
        "become nearly the same. GAN and VAE read no words, so they stay as they were.",
        guidance=10.0,
        **_labels(_USUAL),
    ),
    _break(
        "unseen",
        "images",
        "Ask for what it never saw",
        "A red nine on black was kept out of every training; nines, red ink and black paper were "
        "not. Little breaks: the models have learnt the parts, not just the pictures.",
        **_labels(_UNSEEN),
    ),
    _break(
        "same",
        "images",
        "Red on red",
        "No model is asked: red on red has nothing to see, so the page says no in words.",
        **_RED_ON_RED,
    ),
    _break(
        "mend",
        "images",
        "Mend it",
        "A red seven on black at guidance 2: the words pull, but leave room for the noise.",
        **_labels(_USUAL),
    ),
    _break(
        "unseen",
        "emoji",
        "Ask for what it never saw",
        f"No name that Diffusion has read holds the word “{UNREAD_NAME}”. It cannot tell you so; "
        "it draws something all the same.",
        prompt=UNREAD_NAME,
    ),
    _break(
        "hurry",
        "emoji",
        "Hurry it",
        "With a single step Diffusion’s first guess has to do. GAN and VAE never take more than "
        "one, and stay as they were.",
        prompt="face with tears of joy",
        steps=1,
    ),
    _break(
        "mend",
        "emoji",
        "Mend it",
        "A name that it has read, and twenty steps to draw it.",
        prompt="face with tears of joy",
    ),
)


def of_place(place: str) -> tuple[Break, ...]:
    """The breaks of one place, in the order of its chips."""
    return tuple(b for b in BREAKS if b.place == place)


def labelled(place: str, label: object) -> Break:
    """The break with that label; ValueError in words if the place has none of that name."""
    for one in of_place(place):
        if one.label == label:
            return one
    raise ValueError("There is no such way to break it here.")
