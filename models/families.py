"""The families of generative models: what each is called and how it is recognised, as data.

Adding a family is one entry here. Its ink is found by contrast and by its distance from the others
under normal and colour-blind vision, which a test of the design tokens computes for every entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour in both schemes, as #RRGGBB."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed line through points, of a stroke's width, its inside filled or not."""

    points: tuple[Point, ...]
    stroke: float = 0.0
    filled: bool = True


@dataclass(frozen=True, slots=True)
class Circle:
    """A filled circle."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Arc:
    """Part of a circle's line, from one angle to another: degrees, clockwise from the right."""

    x: float
    y: float
    radius: float
    start: float
    end: float
    stroke: float


Part: TypeAlias = Polygon | Circle | Arc


@dataclass(frozen=True, slots=True)
class Family:
    """One family.

    Args:
        word: what it is called on cards and at the ends of lines.
        ink: its colour; it names the family and says nothing of good or bad.
        shape: its mark, drawn in one colour in a square of 16 units.
        dash: of its lines in charts, as lengths in pixels; "" for a solid line.
    """

    word: str
    ink: Colour
    shape: tuple[Part, ...]
    dash: str = ""


FAMILIES: Mapping[str, Family] = {
    "lstm": Family(
        "LSTM",
        Colour("#7A5C10", "#EABF3A"),
        (Arc(8, 8, 5.4, 0, 328.7, stroke=2), Polygon(((14.6, 1.6), (14.6, 6.6), (9.6, 6.6)))),
    ),
    "transformer": Family(
        "GPT",
        Colour("#2F5BD3", "#6C95F5"),
        (Polygon(((8, 1), (15, 8), (8, 15), (1, 8))),),
        dash="8 3",
    ),
    "gan": Family(
        "GAN",
        Colour("#B5305F", "#EC6A86"),
        (Polygon(((8, 2.4), (14.2, 13.4), (1.8, 13.4)), stroke=2, filled=False),),
        dash="2 3",
    ),
    "vae": Family(
        "VAE",
        Colour("#14493A", "#55EFC4"),
        tuple(Polygon(((x, 2.5), (8, 8), (x, 13.5)), stroke=1) for x in (1.5, 14.5)),
        dash="10 3 2 3",
    ),
    "diffusion": Family(
        "Diffusion",
        Colour("#64106E", "#D8BCFA"),
        tuple(
            Circle(x, y, 3 if x == y == 8 else 1.3) for y in (2.5, 8, 13.5) for x in (2.5, 8, 13.5)
        ),
        dash="1 4",
    ),
}
"""Those that make something, in the order in which they stand side by side."""
