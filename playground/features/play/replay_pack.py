"""The replay pack: real runs, recorded once, that play before any model is read.

`playground.tools.record_pack` records them. A test carries out the recipes again and compares, so
that the pack cannot become fake.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models import catalog
from models.base import Recipe
from models.datasets import Concept
from models.recipe import make_recipe

SCENES = Path(__file__).parent / "scenes"
_FEW_FRAMES = (0, 4, 10)  # where a run has several pictures
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


def file_of(part: str) -> Path:
    """Where one part of the pack lies: beside the scene that shows it."""
    return next(SCENES.glob(f"*/{part}.json"))


def read(part: str) -> dict[str, Any]:
    """One part of the pack, as `record` made it."""
    pack: dict[str, Any] = json.loads(file_of(part).read_text(encoding="utf-8"))
    return pack
