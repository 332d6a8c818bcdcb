"""The replay pack: real runs, recorded once, that play before any model is read.

    python -m playground.pack --record [PART …]    carry out its recipes and write them anew
    python -m playground.pack FOLDER               write the first page as a static folder

A test carries out the recipes again and compares, so that the pack cannot become fake.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL.Image import Image

from models import catalog, device
from models.base import ImageStep, ModelSpec, Step, TokenStep
from models.engine import Engine, Waiting
from models.pool import Pool
from models.recipe import Recipe, make_recipe
from models.worlds import Concept
from playground import beat_game, inventions, pictures, real_game, recording
from playground.look import ASSETS

FOLDER = ASSETS / "pack"
_FRAMES = (0, 2, 5, 9, 14)  # of the steps before the last, so many are enough to see it happen
_FEW_FRAMES = (0, 4, 10)  # where a run has several pictures
_PREVIEW_QUALITY = 50  # of those; the last picture is kept pixel for pixel
_TEXT_LENGTH = 120

CLOCK_COLOURS = (
    *(("white", "blue"), ("red", "white"), ("black", "yellow"), ("yellow", "purple")),
    *(("blue", "orange"), ("green", "white"), ("orange", "black"), ("red", "black")),
    *(("white", "green"), ("purple", "yellow")),
)
"""Ink and paper of each digit on the clock."""
CLOCK_MODELS = ("gan", "vae", "diffusion_mini")


def clock_request(model: str, digit: int, seed: int) -> dict[str, Any]:
    """What the clock asks one model for; the browser asks the same, see `clock.js`."""
    ink, paper = CLOCK_COLOURS[digit]
    spec = catalog.spec(model)
    if "prompt" in spec.can:
        prompt, labels = Concept(digit, ink, paper).caption, {}
    else:
        prompt, labels = "", {"digit": digit, "ink": ink, "paper": paper}
    return {"model": model, "prompt": prompt, "options": {"count": 1, **labels}, "seed": seed}


def clock() -> dict[str, dict[str, Any]]:
    """Every digit by each of the three families: whatever the time is, it can be shown."""
    return {
        f"{model}-{digit}": clock_request(model, digit, seed=digit)
        for model in CLOCK_MODELS
        for digit in range(10)
    }


def texts() -> dict[str, dict[str, Any]]:
    """One text by each writer, for what can be done with a text."""
    options = {"length": _TEXT_LENGTH, "temperature": 0.8}
    return {
        model: {"model": model, "prompt": "ROMEO:\nO, ", "options": options, "seed": 7}
        for model in ("char_lstm", "gpt2_mini")
    }


_CHANGED_WORDS: tuple[tuple[int, str, str], ...] = (
    (7, "red", "black"),  # to begin with; each of the others has one word of it changed
    *((7, ink, "black") for ink in ("blue", "green", "yellow")),
    *((digit, "red", "black") for digit in (2, 3, 8)),
    *((7, "red", paper) for paper in ("white", "blue")),
)


def word() -> dict[str, dict[str, Any]]:
    """One caption and some with a single word changed, by caption, all from the same noise."""
    captions = [Concept(*said).caption for said in _CHANGED_WORDS]
    return {
        caption: {
            "model": "diffusion_mini",
            "prompt": caption,
            "options": {"count": 4},
            "seed": 7,
            "frames": _FEW_FRAMES,
        }
        for caption in captions
    }


PARTS: dict[str, Callable[[], dict[str, dict[str, Any]]]] = {
    "clock": clock,
    "texts": texts,
    "beat": beat_game.requests,
    "word": word,
    "real": real_game.recorded,
    "emoji": inventions.requests,
}
"""Runs by name, as requests. The clock is part of the page; the others are fetched when needed."""


def recipe_of(request: Mapping[str, Any]) -> Recipe:
    """The recipe that a request asks for, with the weights that are here."""
    spec = catalog.spec(request["model"])
    return make_recipe(
        spec,
        task=request.get("task", "generate"),
        prompt=request.get("prompt", ""),
        options=request.get("options", {}),
        seed=request.get("seed", 0),
    )


def record(engine: Engine, requests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Carry out all requests one after another, alone, so that their pace is theirs."""
    runs = {}
    for name, request in requests.items():
        recipe = recipe_of(request)
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
        "start": recording.beginning(spec, recipe) | {"replayed": True, "link": ""},
        "events": list(_events(steps, frames)),
        "fingerprint": recording.fingerprint(steps),
    }


def file_of(part: str) -> Path:
    """Where one part of the pack lies."""
    return FOLDER / f"{part}.json"


def read(part: str) -> dict[str, Any]:
    """One part of the pack, as `record` made it."""
    pack: dict[str, Any] = json.loads(file_of(part).read_text(encoding="utf-8"))
    return pack


def _events(steps: Sequence[Step], frames: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Letters in one event; of pictures a few steps, the time of those between counted in."""
    letters = [recording.letter(s) for s in steps if isinstance(s, TokenStep)]
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
    tiles = [pictures.data_uri(_webp(i, exact=step.last), "image/webp") for i in step.images]
    shown = {"index": step.index, "total": step.total, "last": step.last, "label": step.label}
    return {"frame": {**shown, "ms": round(milliseconds, 1), "tiles": tiles}}


def _webp(image: Image, *, exact: bool) -> bytes:
    """Pixel for pixel in half the bytes of a PNG, or nearly so in a fifth of them."""
    buffer = io.BytesIO()
    quality = 100 if exact else _PREVIEW_QUALITY
    image.save(buffer, "WEBP", lossless=exact, quality=quality, method=6)
    return buffer.getvalue()


def main() -> None:
    """Record the pack, or write the static folder."""
    device.prepare_environment()
    parser = argparse.ArgumentParser(prog="python -m playground.pack", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where the static page is written")
    parser.add_argument("--record", nargs="*", choices=list(PARTS), metavar="PART")
    args = parser.parse_args()
    if args.record is not None:
        pool = Pool(catalog.specs())
        engine = Engine(pool)
        for part in args.record or PARTS:
            pack = record(engine, PARTS[part]())
            content = json.dumps(pack, ensure_ascii=False, separators=(",", ":"))
            file_of(part).write_text(content + "\n", encoding="utf-8")
        engine.close()
        pool.close()
    if args.folder:
        from playground import front

        front.write_static(args.folder)


if __name__ == "__main__":
    main()
