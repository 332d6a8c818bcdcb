"""Figures that articles give and their sources do not: what either says, and what we measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correction:
    """One figure that is wrong.

    Args:
        about: what it is a figure of.
        article: what the article says.
        source: what the work says that it goes back to, and which work that is.
        measured: what was measured here, and be it nothing.
    """

    id: str
    about: str
    article: str
    source: str
    measured: str


CORRECTIONS = (
    Correction(
        "mt5",
        "How large mT5 is",
        "mT5 has 130 billion parameters.",
        "The largest of its five sizes has 13 billion, the smallest 300 million (Xue et al. 2021, "
        "“mT5: A massively multilingual pre-trained text-to-text transformer”).",
        "Nothing: 13 billion weights of two bytes are 26 GB, and this playground is made for 16.",
    ),
    Correction(
        "power_law",
        "How loss falls with size",
        "Loss falls linearly with the size of a model.",
        "It falls as a power law, a straight line only where both axes are logarithmic: with the "
        "exponent 0.076, twice the parameters leave 95 % of the loss, whatever the size was "
        "(Kaplan et al. 2020, “Scaling Laws for Neural Language Models”, eq. 1.1).",
        "Nothing that could decide it: of every design there are one or two sizes here, and a law "
        "shows in many.",
    ),
)
