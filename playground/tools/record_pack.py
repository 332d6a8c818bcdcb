"""Record the runs that the first page replays: carry out its recipes and keep the steps.

python -m playground.tools.record_pack [PART …]
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from PIL.Image import Image

from models import catalog, device
from models.base import ImageStep, ModelSpec, Recipe, Step, TokenStep
from models.engine import Engine, Waiting
from models.pool import Pool
from playground.core import events, picture_files
from playground.core.feature import load, parts
from playground.features.play import replay_pack
from playground.registry import FEATURES

_FRAMES = (0, 2, 5, 9, 14)  # of the steps before the last, so many are enough to see it happen
_PREVIEW_QUALITY = 50  # of those; the last picture is kept pixel for pixel


def record(engine: Engine, requests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Carry out all requests one after another, alone, so that their pace is theirs."""
    runs = {}
    for name, request in requests.items():
        recipe = replay_pack.recipe_of(request)
        steps = carry_out(engine, recipe)
        runs[name] = recorded(
            catalog.spec(recipe.model), recipe, steps, request.get("frames", _FRAMES)
        )
    return {"machine": device.processor(), "runs": runs}


def carry_out(engine: Engine, recipe: Recipe) -> list[Step]:
    """All steps of one recipe."""
    run = engine.submit(recipe, "pack")
    return [event for event in engine.follow(run) if not isinstance(event, Waiting)]


def recorded(
    spec: ModelSpec, recipe: Recipe, steps: Sequence[Step], frames: Sequence[int] = _FRAMES
) -> dict[str, Any]:
    """One run as the pack holds it: events as in `recording`, and what they are checked by.

    Args:
        frames: which steps are kept of those before the last, where the steps are pictures.
    """
    return {
        "start": {**events.beginning(spec, recipe, replayed=True, recorded=True), "link": ""},
        "events": list(_events(steps, frames)),
        "fingerprint": events.fingerprint(steps),
    }


def _events(steps: Sequence[Step], frames: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Letters in one event; of pictures a few steps, the time of those between counted in."""
    letters = [events.letter(s) for s in steps if isinstance(s, TokenStep)]
    if letters:
        yield {"letters": letters}
    milliseconds = 0.0
    for step in steps:
        if isinstance(step, ImageStep):
            milliseconds += step.seconds * 1000
            if step.last or step.index in frames:
                yield _frame(step, milliseconds)
                milliseconds = 0.0


def _frame(step: ImageStep, milliseconds: float) -> dict[str, Any]:
    tiles = [picture_files.data_uri(_webp(i, exact=step.last), "image/webp") for i in step.images]
    shown = {"index": step.index, "total": step.total, "last": step.last, "label": step.label}
    return {"frame": {**shown, "ms": round(milliseconds, 1), "tiles": tiles}}


def _webp(image: Image, *, exact: bool) -> bytes:
    """Pixel for pixel in half the bytes of a PNG, or nearly so in a fifth of them."""
    buffer = io.BytesIO()
    quality = 100 if exact else _PREVIEW_QUALITY
    image.save(buffer, "WEBP", lossless=exact, quality=quality, method=6)
    return buffer.getvalue()


def recorded_parts() -> dict[str, Callable[[], Mapping[str, Mapping[str, Any]]]]:
    """What is recorded for the scenes of the first page: part -> what asks for its runs."""
    found = (part for _, part in parts(FEATURES).values())
    return {part.name: load(part.requests) for part in found if part.requests}


def main() -> None:
    """Record all parts of the pack, or those that are named."""
    device.prepare_environment()
    parser = argparse.ArgumentParser(
        prog="python -m playground.tools.record_pack", description=__doc__
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(recorded_parts()))
    args = parser.parse_args()
    if unknown := set(args.parts) - set(recorded_parts()):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    pool = Pool(catalog.specs())
    engine = Engine(pool)
    for part, requests in recorded_parts().items():
        if args.parts and part not in args.parts:
            continue
        pack = record(engine, requests())
        content = json.dumps(pack, ensure_ascii=False, separators=(",", ":"))
        replay_pack.file_of(part).write_text(content + "\n", encoding="utf-8")
    engine.close()
    pool.close()


if __name__ == "__main__":
    main()
