"""Which real emoji a drawn one is nearest to, and the character that every device can show.

    python -m playground.features.play.nearest_emoji

derives the numbers anew from the pictures, which are needed.

The pictures of real emoji are not in the repository; the numbers that stand for them are, see
`models.measure.nearest`.
"""

from __future__ import annotations

import base64
import io
import json
import unicodedata
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models.datasets import IMAGE_PX
from models.measure import nearest
from playground.features.play import replay_pack
from playground.server.route import Route
from playground.web.assets import FEATURES
from playground.web.emoji_names import emoji_names

PATH = "/nearest"
FILE = FEATURES / "play" / "nearest.safetensors"
MOST_BYTES = 20 * 1024  # of a picture as an address
_EMOJI_STYLE = "\ufe0f"  # or some of the older characters come as thin black signs
_PNG = "data:image/png;base64,"


def routes(services: object = None) -> list[Route]:
    """The route of this module."""
    return [Route(PATH, answer, "POST", max_bytes=2 * MOST_BYTES)]


async def answer(request: Request) -> Response:
    """Answers `{"tile": a PNG as a data address}` with `{"name", "character"}`."""
    return JSONResponse(nearest_to(picture_of(_tile(await request.body()))))


def nearest_to(image: Image.Image) -> dict[str, str]:
    """Name and character of the real emoji nearest a picture of 32 pixels."""
    atlas = _atlas()
    (place,) = atlas.nearest(np.asarray(image.convert("RGB"))[None])
    name = atlas.names[place]
    return {"name": name, "character": character_of(name)}


def character_of(name: str) -> str:
    """The character of this Unicode name; "" if there is none."""
    try:
        return unicodedata.lookup(name.upper()) + _EMOJI_STYLE
    except KeyError:
        return ""


def picture_of(address: str) -> Image.Image:
    """The picture in a PNG's data address; ValueError in words if it is no such thing."""
    if len(address) > MOST_BYTES or not address.startswith(_PNG):
        raise ValueError("The picture must be a small PNG.")
    return decoded(address, "PNG")


def decoded(address: str, kind: str) -> Image.Image:
    """The 32-pixel picture of a data address that must hold a file of this kind."""
    try:
        content = base64.b64decode(address.partition(",")[2], validate=True)
    except ValueError:
        raise ValueError(f"The picture must be a {kind} in base64.") from None
    return _opened(content, kind)


def inventions(weights: Path) -> dict[str, Any]:
    """The recorded inventions, and what is known of them: the nearest emoji, and who exists."""
    recorded = replay_pack.read("emoji")
    names = emoji_names(weights)
    found = {}
    for run, content in recorded["runs"].items():
        frames = [event["frame"] for event in content["events"] if "frame" in event]
        if frames:
            name = content["start"]["recipe"]["prompt"]
            tile = decoded(frames[-1]["tiles"][0], "WEBP")
            found[run] = {"nearest": nearest_to(tile), "name": name, "exists": name in names}
    return {**recorded, "found": found}


def _tile(content: bytes) -> str:
    try:
        tile = json.loads(content)["tile"]
    except (ValueError, RecursionError, TypeError, KeyError):
        tile = None
    if not isinstance(tile, str):
        raise ValueError("This request has no picture.")
    return tile


def _opened(content: bytes, kind: str) -> Image.Image:
    """The picture in a file; its size is looked at before any pixel is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, about large and broken files
            image = Image.open(io.BytesIO(content), formats=[kind])
            pixels = image.convert("RGB") if image.size == (IMAGE_PX, IMAGE_PX) else None
    except Exception:  # there is no end to what Pillow raises on what is no picture
        raise ValueError("The picture cannot be read.") from None
    if pixels is None:
        raise ValueError(f"The picture must be {IMAGE_PX} by {IMAGE_PX} pixels.")
    return pixels


@cache
def _atlas() -> nearest.Atlas:
    """Cached: what is shipped does not change under a running process."""
    return nearest.load(FILE)


def main() -> None:
    """Derive the numbers from the pictures."""
    from models import console, datasets

    console.write_anything()
    nearest.save(nearest.derive(*datasets.emoji()), FILE)


if __name__ == "__main__":
    main()
