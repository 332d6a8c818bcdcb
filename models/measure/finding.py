"""What a measurement finds: figures, how they were got, and examples to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from models.measure.metric import Metric

_ENLARGED = 2
_GAP_PX = 2
_FAILURES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Exhibit:
    """Examples as they come, for the card.

    Args:
        title: what they are examples of.
        lines: a text, or what there is to say of the pictures, row by row or one by one.
        file: the name of the picture file, "" for a text.
        pictures: (N, H, W, 3) uint8.
        columns: how many pictures stand side by side.
    """

    title: str
    lines: tuple[str, ...]
    file: str = ""
    pictures: np.ndarray | None = None
    columns: int = 8

    def as_dict(self) -> dict[str, object]:
        """Plain JSON-ready form, the pictures left out."""
        return {"title": self.title, "file": self.file, "lines": list(self.lines)}

    def save(self, folder: Path) -> None:
        """Write the picture file, if there is one."""
        if self.pictures is not None:
            sheet(self.pictures, self.columns).save(folder / self.file, optimize=True)


@dataclass(frozen=True, slots=True)
class Finding:
    """Figures that were measured together.

    Args:
        metrics: by the names under which they are kept.
        data: what they were measured on -> SHA-256 of its decoded content.
        note: how they were measured, where that leaves a choice.
        seconds: how long it took.
    """

    metrics: Mapping[str, Metric]
    data: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    exhibits: tuple[Exhibit, ...] = ()
    seconds: float = 0.0


def failures(
    what: str, images: np.ndarray, wrong: np.ndarray, say: Callable[[int], str]
) -> tuple[Exhibit, ...]:
    """Some of the pictures that came out wrong; nothing where none did.

    Args:
        what: what is wrong with them, such as "that the judge calls wrong".
        images: all pictures (N, H, W, 3) uint8.
        wrong: (N,) bool.
        say: place of a picture -> the line under it.
    """
    places = np.flatnonzero(wrong)
    if not len(places):
        return ()
    shown = [int(places[i]) for i in spread(len(places), _FAILURES)]
    title = f"{len(shown)} of {len(places)} pictures {what}"
    return (Exhibit(title, tuple(map(say, shown)), "failures.png", images[shown]),)


def sheet(pictures: np.ndarray, columns: int) -> Image.Image:
    """Pictures (N, H, W, 3) uint8 in rows on transparent ground, every pixel enlarged."""
    large = pictures.repeat(_ENLARGED, 1).repeat(_ENLARGED, 2)
    count, height, width, _ = large.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    size = (columns * (width + _GAP_PX) - _GAP_PX, rows * (height + _GAP_PX) - _GAP_PX)
    ground = Image.new("RGBA", size)
    for place, picture in enumerate(large):
        row, column = divmod(place, columns)
        corner = (column * (width + _GAP_PX), row * (height + _GAP_PX))
        ground.paste(Image.fromarray(picture), corner)
    return ground


def spread(count: int, most: int) -> list[int]:
    """At most `most` of `count` places, evenly spread, the first one among them."""
    chosen = min(count, most)
    return [place * count // chosen for place in range(chosen)]
