"""The worlds that models learn from, as data: what each is called, asked for and measured by.

Adding a world is one entry here, and a loader for its data: in `datasets` where that is read, in a
module of this package where it is made by rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.base import Kind

NOTO = "Learned from Noto Emoji (© Google, Apache License 2.0), and may draw parts of it."


@dataclass(frozen=True, slots=True)
class Use:
    """What models of one kind make of a world.

    Args:
        example: what a model that reads words is asked for where nobody has said anything; "" of
            models that are not asked in a visitor's own words.
        headline: the metric on which the scoreboard compares them; "" for none.
        measure: import string of what measures one: (adapter, and of images how many are compared,
            None for as many as there are) -> findings.
        measure_family: family -> the same for what is measured of it besides, from the adapter.
        credit: what stands beside its models and all that they make, by the licence of the data; ""
            where it asks for nothing.
        in_class: whether its shipped models stand in a class's votes and in the check before it.
    """

    example: str
    headline: str = ""
    measure: str = ""
    measure_family: Mapping[str, str] = field(default_factory=dict)
    credit: str = ""
    in_class: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """One world: its name, and what models of each kind make of it."""

    title: str
    uses: Mapping[Kind, Use] = field(default_factory=dict)


WORLDS: Mapping[str, World] = {
    "shakespeare": World(
        "Shakespeare",
        {
            "text": Use(
                "the king ",
                headline="bits_per_character",
                measure="models.measure.worlds.text:measure_shakespeare",
                in_class=True,
            )
        },
    ),
    "digits": World(
        "digits",
        {
            "image": Use(
                "a red seven on a black background",
                headline="coverage",
                measure="models.measure.worlds.pictures:measure",
                measure_family={"vae": "models.measure.worlds.codec:measure"},
                in_class=True,
            )
        },
    ),
    "emoji": World(
        "emoji",
        {
            "text": Use("", measure="models.measure.worlds.text:measure_names"),
            "image": Use(
                "red heart",
                headline="coverage",
                measure="models.measure.worlds.emoji:measure",
                credit=NOTO,
            ),
        },
    ),
    "": World(
        "the web",
        {
            "text": Use("Once upon a time, in a village by the sea,"),
            "image": Use("a red kite over the sea"),
        },
    ),
}
"""By the name that a model's entry in the catalogue gives; "" is whatever the public hub's read."""


def in_class() -> tuple[tuple[Kind, str], ...]:
    """Kind and world of the models that stand in a class's votes."""
    return tuple(
        (kind, name)
        for name, world in WORLDS.items()
        for kind, use in world.uses.items()
        if use.in_class
    )


def asked_in_words(kind: Kind) -> tuple[str, ...]:
    """The worlds whose models of a kind go on with, or draw, whatever a visitor writes."""
    return tuple(
        name
        for name, world in WORLDS.items()
        if (use := world.uses.get(kind)) is not None and use.example
    )


def use_of(world: str, kind: Kind) -> Use:
    """What models of a kind make of a world; an empty one where neither is known."""
    known = WORLDS.get(world)
    return (known.uses.get(kind) if known else None) or Use("")
