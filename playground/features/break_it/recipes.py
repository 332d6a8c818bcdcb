"""Break it: changes of a recipe that show a model at its limits, each with what broke and why.

Pure data. `chips.py` makes chips of it; `tests/features/break_it/test_recipes.py` asks the real
catalogue whether each recipe is accepted, and the shipped models whether it breaks what they make.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from models.base import Value
from models.datasets import Concept

Place = Literal["text", "text-score", "images", "emoji"]


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


_CALM = {"temperature": 0.8, "top_k": 0, "top_p": 1.0}
_PLAIN = {"guidance": 2.0, "steps": 20, "count": 4}
_USUALLY: Mapping[Place, Mapping[str, Value]] = {
    "text": _CALM,
    "text-score": {},
    "images": _PLAIN | {"guidance_from": 0.3, "latent_scale": 1.0},
    "emoji": _PLAIN,
}


def _break(name: str, place: Place, label: str, sentence: str, **values: Value) -> Break:
    return Break(name, place, label, sentence, MappingProxyType({**_USUALLY[place], **values}))


def _labels(concept: Concept) -> dict[str, Value]:
    """A concept as the form holds it, in words and as labels."""
    labels: dict[str, Value] = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
    return {"prompt": concept.caption, **labels}


_USUAL = Concept(7, "red", "black")
SAMPLE_TEXT = "ROMEO:\nO, "
"""What a text begins with before anybody has written."""
SAMPLE_SCORE = (
    "ROMEO:\nBut soft, what light through yonder window breaks?\n\n"
    "The train to the airport leaves at noon."
)
"""What is scored before anybody has pasted: a line such as the small models have read, and one
such as they have not."""
UNREAD_NAME = "submarine"
"""A word that no name of an emoji holds."""
KNOWN_NAME = "face with tears of joy"
MANY = 16
"""So many pictures show that they are all alike."""

BREAKS = (
    _break(
        "loop",
        "text",
        "Temperature 0",
        "At temperature 0 only the favourite is ever taken, so the same words always lead to the "
        "same next ones: the text goes round in circles.",
        temperature=0.0,
    ),
    _break(
        "rave",
        "text",
        "Temperature 2",
        "At temperature 2 unlikely letters come far more often than the model itself would have "
        "them; words fall apart, and each broken one misleads what follows.",
        temperature=2.0,
    ),
    _break(
        "mend",
        "text",
        "Mend it",
        "The usual prompt and temperature 0.8: unlikely letters seldom, favourites not always.",
        prompt=SAMPLE_TEXT,
    ),
    _break(
        "same",
        "text-score",
        "2,000 times “x”",
        "Neither has read anything like it. GPT comes down from about 14 bits a letter to about 9, "
        "since it sees the row of x before each one; the LSTM stays at about 13 to the end.",
        text="x" * 2_000,
    ),
    _break(
        "shuffle",
        "text-score",
        "The letters shuffled",
        "The same letters in another order. What the models have learnt is the order, so nearly "
        "every letter surprises them.",
        text="".join(random.Random(0).sample(SAMPLE_SCORE, len(SAMPLE_SCORE))),
    ),
    _break(
        "mend",
        "text-score",
        "Mend it",
        "Two plain lines: one such as they have read, and one of today.",
        text=SAMPLE_SCORE,
    ),
    _break(
        "burn",
        "images",
        "Guidance 10 from the first step",
        "The words pull so hard from the start that Diffusion’s strokes swell and its sixteen "
        "pictures become nearly the same. GAN and VAE read no words, so they stay as they were.",
        guidance=10.0,
        guidance_from=0.0,
        count=MANY,
        **_labels(_USUAL),
    ),
    _break(
        "hurry",
        "images",
        "A single step",
        "Diffusion’s first guess has to do: sixteen times the same blurred mean, and not even the "
        "right red. GAN and VAE never take more than one step, and stay as they were.",
        steps=1,
        count=MANY,
        **_labels(_USUAL),
    ),
    _break(
        "stretch",
        "images",
        "Latent × 3",
        "GAN and VAE begin from random numbers three times as large as any they learned from: "
        "strokes tear and tangle, and many sevens are none any more, most of the VAE’s. Diffusion "
        "has no such setting, and stays as it was.",
        latent_scale=3.0,
        count=MANY,
        **_labels(_USUAL),
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
        "A word it never read",
        f"No name that Diffusion has read holds the word “{UNREAD_NAME}”. It cannot tell you so; "
        "it draws something all the same.",
        prompt=UNREAD_NAME,
    ),
    _break(
        "ignore",
        "emoji",
        "Guidance 0",
        "At guidance 0 no word pulls: Diffusion draws some emoji or other, and hardly the one you "
        "name. GAN and VAE take no words anyway.",
        prompt=KNOWN_NAME,
        guidance=0.0,
    ),
    _break(
        "mend",
        "emoji",
        "Mend it",
        "A name that it has read, and twenty steps to draw it.",
        prompt=KNOWN_NAME,
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
