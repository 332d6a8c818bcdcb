"""What a model made on its way from noise to finished: the frames of the time machine.

Snapshots are taken at steps 1, 2, 4, 8 … and at the end, so that they lie evenly in log(steps).
Each shows the same recipes, carried out by the same adapter that the app uses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from models import checkpoint, datasets
from models.base import ModelSpec, Recipe, TokenStep
from models.measure.drawing import concept_recipe, draw
from models.recipe import make_recipe

PROMPT = "ROMEO:\n"
CHARACTERS = 160
SEED = 1
CONCEPTS = datasets.concepts()[::73]  # eight of them
NAMES = (
    "cow",
    "blue heart",
    "clown face",
    "slice of pizza",
    "umbrella",
    "blue book",
    "octopus",
    "rocket",
)
_TOO_NEAR = 2**0.5  # a snapshot is left out when the last one comes within this factor of steps

Shown: TypeAlias = "str | np.ndarray"
"""A text, or pictures side by side (H, W, 3) uint8."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What a model made after `step` steps."""

    step: int
    seconds: float
    loss: float
    shown: Shown


def due(step: int) -> bool:
    """Is a snapshot taken after this many steps? After every power of two."""
    return step > 0 and step & (step - 1) == 0


def write_text(adapter: Any, prompt: str = PROMPT, seed: int = SEED) -> str:
    """How the model goes on from a prompt, the same prompt and seed in all snapshots."""
    options = {"length": CHARACTERS}
    state = adapter.begin(make_recipe(adapter.spec, prompt=prompt, options=options, seed=seed))
    text, last = "", False
    while not last:
        (step,) = adapter.advance([state])
        if isinstance(step, TokenStep):
            text, last = text + step.text, step.last
    adapter.end(state)
    return text


def picture_recipes(spec: ModelSpec) -> list[Recipe]:
    """What a model that draws is asked for in each snapshot: eight pictures in all.

    Of digits `CONCEPTS`, of emoji `NAMES`, one each; of who takes no words, eight in one recipe.
    """
    if spec.world == "digits":
        return [concept_recipe(spec, c, SEED + i, 1) for i, c in enumerate(CONCEPTS)]
    if "prompt" not in spec.can:
        return [make_recipe(spec, options={"count": len(NAMES)}, seed=SEED)]
    return [
        make_recipe(spec, prompt=name, options={"count": 1}, seed=SEED + i)
        for i, name in enumerate(NAMES)
    ]


def draw_row(adapter: Any) -> np.ndarray:
    """What a model draws for a snapshot, side by side (32, 8 * 32, 3)."""
    drawn = draw(adapter, picture_recipes(adapter.spec))
    return np.concatenate([picture for pictures in drawn for picture in pictures], axis=1)


def save(folder: Path, snapshots: Sequence[Snapshot]) -> None:
    """Write snapshots.json and, where pictures were made, snapshots.png with one row for each."""
    *earlier, final = snapshots
    kept = [s for s in earlier if final.step > s.step * _TOO_NEAR] + [final]
    facts = [
        {"step": s.step, "seconds": round(s.seconds, 1), "loss": round(s.loss, 4)}
        | ({"text": s.shown} if isinstance(s.shown, str) else {})
        for s in kept
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / checkpoint.SNAPSHOTS_FILE).write_text(json.dumps(facts, indent=1) + "\n")
    rows = [s.shown for s in kept if isinstance(s.shown, np.ndarray)]
    if rows:
        sheet = Image.fromarray(np.concatenate(rows))
        # A palette makes noise, of which there is much, a third as large.
        sheet.quantize(256, kmeans=4, dither=Image.Dither.NONE).save(
            folder / checkpoint.SHEET_FILE, optimize=True
        )


def load(folder: Path) -> list[Snapshot]:
    """What `save` wrote, colours as the palette has them; nothing where nothing was written."""
    path, sheet = folder / checkpoint.SNAPSHOTS_FILE, folder / checkpoint.SHEET_FILE
    facts = json.loads(path.read_text()) if path.exists() else []
    shown = [fact.get("text", "") for fact in facts]
    if sheet.exists():
        with Image.open(sheet) as image:
            shown = np.split(np.asarray(image.convert("RGB")), len(facts))
    return [
        Snapshot(fact["step"], fact["seconds"], fact["loss"], part)
        for fact, part in zip(facts, shown, strict=True)
    ]
