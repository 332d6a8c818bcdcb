"""What a class looks at: results that the engine makes, and drawings, all as small PNGs or text."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from models.base import ImageStep, Recipe, TokenStep
from models.engine import Busy
from playground.core.collect import Late, Result, collect
from playground.core.describe import subject, title_of
from playground.core.services import Services
from playground.core.share_link import link_of

PATIENCE_SECONDS = 60.0
MOST_PICTURES, MOST_TEXT_CHARACTERS = 4, 600
MOST_DRAWING_BYTES = 45_000
MOST_SIDE_PX, SHOWN_SIDE_PX = 1024, 256
_PNG = b"\x89PNG\r\n\x1a\n"
_PREFIX = "data:image/png;base64,"

LATE = "This takes longer than a class can wait. Try something smaller."
NO_DRAWING = "This is no drawing that the wall can show: it takes PNG pictures up to 1024 px wide."


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as people see it.

    Args:
        maker: who made it; `title` says what it is of.
        pictures: PNGs.
        link: its recipe.
    """

    maker: str
    title: str
    text: str = ""
    pictures: tuple[bytes, ...] = ()
    link: str = ""


def carry_out(services: Services, recipes: Sequence[Recipe], visitor: str) -> list[Shown]:
    """Let the engine do what recipes say. Blocks: for threads.

    Raises:
        ValueError: in words, for what no wall can show.
        Busy: when it is not done in time.
    """
    if any(recipe.task != "generate" for recipe in recipes):
        raise ValueError("A class looks at what models write or draw, and this link asks for more.")
    try:
        results = collect(services, recipes, visitor, "class", seconds=PATIENCE_SECONDS)
    except Late:
        raise Busy(LATE) from None
    return [_shown(result) for result in results]


def _shown(result: Result) -> Shown:
    recipe, last = result.recipe, result.steps[-1]
    assert recipe is not None
    link = link_of([recipe])
    if isinstance(last, ImageStep):
        title = subject(result.spec, recipe) or "whatever its seed gives"
        pictures = tuple(_png(picture) for picture in last.images[:MOST_PICTURES])
        return Shown(result.spec.name, title, pictures=pictures, link=link)
    written = "".join(step.text for step in result.steps if isinstance(step, TokenStep))
    text = (recipe.prompt + written)[:MOST_TEXT_CHARACTERS]
    title = title_of([(result.spec, recipe)])
    return Shown(result.spec.name, title, text=text, link=link)


def drawing(content: object) -> bytes:
    """A drawing that a browser sends, read and written anew: nothing but its pixels is kept.

    Raises:
        ValueError: in words, for anything else.
    """
    packed = content.removeprefix(_PREFIX) if isinstance(content, str) else ""
    if not packed or len(packed) > MOST_DRAWING_BYTES * 4 // 3 + 4:
        raise ValueError(NO_DRAWING)
    try:
        raw = base64.b64decode(packed, validate=True)
        if not raw.startswith(_PNG):
            raise ValueError(NO_DRAWING)
        with Image.open(io.BytesIO(raw), formats=("PNG",)) as picture:
            if max(picture.size) > MOST_SIDE_PX or min(picture.size) < 1:
                raise ValueError(NO_DRAWING)
            picture.load()
            return _png(_on_white(picture))
    except (OSError, SyntaxError, binascii.Error, ValueError, Image.DecompressionBombError):
        raise ValueError(NO_DRAWING) from None


def _on_white(picture: Image.Image) -> Image.Image:
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _png(picture: Image.Image) -> bytes:
    """Pixels alone, made smaller if they are many; no text chunks, no profile."""
    plain = picture.convert("RGB")
    if max(plain.size) > SHOWN_SIDE_PX:
        plain.thumbnail((SHOWN_SIDE_PX, SHOWN_SIDE_PX))
    clean = Image.new("RGB", plain.size)
    clean.paste(plain)
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
