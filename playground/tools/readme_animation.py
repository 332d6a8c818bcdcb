"""The README's moving picture, made of the replay pack: three families draw the time.

python -m playground.tools.readme_animation playground/tools/screenshots/clock.webp
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFont

from models import catalog, console
from models.families import FAMILIES
from playground.features.play import replay_pack
from playground.web.tokens import SURFACES

TIME = "1407"
_TILE_PX, _GAP_PX, _WORD_PX = 96, 12, 128
_FONT_PX = 20
_HOLD_MS, _LONGEST_MS = 2500, 600


def draw(digits: str = TIME) -> tuple[list[Image.Image], list[int]]:
    """The frames, and how many milliseconds each stays: the recorded pace, held at the end."""
    families = [catalog.spec(model) for model in replay_pack.CLOCK_MODELS]
    runs = replay_pack.read("clock")["runs"]
    rows = [[runs[f"{spec.id}-{digit}"]["events"] for digit in digits] for spec in families]
    moments = max(len(events) for row in rows for events in row)
    frames, stays = [], []
    for moment in range(moments):
        frame = _sheet([spec.family for spec in families], len(digits))
        for y, row in enumerate(rows):
            for x, events in enumerate(row):
                frame.paste(_tile(events[min(moment, len(events) - 1)]), _corner(x, y))
        frames.append(frame)
        following = [e[moment + 1]["frame"]["ms"] for row in rows for e in row if e[moment + 1 :]]
        stays.append(min(_LONGEST_MS, round(max(following))) if following else _HOLD_MS)
    return frames, stays


def save(path: Path) -> None:
    """Write an animation that plays over and over."""
    (first, *others), stays = draw()
    first.save(path, save_all=True, append_images=others, duration=stays, loop=0, quality=80)


def _sheet(families: list[str], across: int) -> Image.Image:
    """Paper with the families' shapes and words at the left."""
    width = _WORD_PX + across * (_TILE_PX + _GAP_PX) + _GAP_PX
    height = len(families) * (_TILE_PX + _GAP_PX) + _GAP_PX
    sheet = Image.new("RGB", (width, height), SURFACES["page"].light)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(_FONT_PX)
    for y, family in enumerate(families):
        look = FAMILIES[family]
        middle = _corner(0, y)[1] + _TILE_PX // 2
        pen.text((_GAP_PX * 2, middle), look.word, look.ink.light, font, anchor="lm")
        top, bottom = middle - _TILE_PX // 2, middle + _TILE_PX // 2
        pen.rectangle((_GAP_PX, top, _GAP_PX + 3, bottom), ImageColor.getrgb(look.ink.light))
    return sheet


def _corner(x: int, y: int) -> tuple[int, int]:
    return _WORD_PX + x * (_TILE_PX + _GAP_PX), _GAP_PX + y * (_TILE_PX + _GAP_PX)


def _tile(event: dict[str, Any]) -> Image.Image:
    (source,) = event["frame"]["tiles"]
    picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("RGB")
    return picture.resize((_TILE_PX, _TILE_PX), Image.Resampling.NEAREST)


def main() -> None:
    """Write the file named on the command line."""
    console.write_anything()
    save(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
