"""What all models could do while they learnt, as one part of the page for each world.

The page moves through it in the browser alone, see `time_machine.js`: facts, texts, and the sheets
of pictures as addresses that need no server.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from models import catalog, checkpoint
from models.base import ModelSpec, Recipe
from models.families import FAMILIES
from models.train.snapshots import picture_recipes
from playground.core import picture_files
from playground.core.format import THIN_SPACE, duration, significant, tagline_of
from playground.features.play.snapshots import Learning, Snapshot, read_all, sheet_of

_CONTESTS = frozenset({"gan"})
"""Families whose loss is that of a contest: it need not fall for the pictures to get better."""


def book_and_digits(weights: Path) -> dict[str, Any]:
    """The models that have read the book, and those that have seen the digits."""
    return part(weights, "shakespeare", "digits")


def emoji(weights: Path) -> dict[str, Any]:
    """The models of the world of emoji."""
    return part(weights, "emoji")


def part(weights: Path, *worlds: str) -> dict[str, Any]:
    """Every model of these worlds that has left snapshots, by family: writers come first."""
    learned = read_all(weights, (spec for spec in catalog.SPECS if spec.world in worlds))
    order = list(FAMILIES)
    learned.sort(key=lambda one: order.index(one.spec.family))
    return {"models": [_model(weights, one) for one in learned]}


def facts(snapshot: Snapshot) -> str:
    """After how many steps and how long, and how wrong the model still was."""
    step = f"{snapshot.step:,}".replace(",", THIN_SPACE)
    loss = significant(snapshot.loss)
    return f"step {step} · {duration(snapshot.seconds)} · loss {loss}"


def fallen(learning: Learning) -> list[float | None]:
    """Which share of its whole fall the loss had behind it; None where that says nothing."""
    first, last = learning.snapshots[0].loss, learning.snapshots[-1].loss
    if learning.spec.family in _CONTESTS or first <= last:
        return [None] * len(learning.snapshots)
    return [round((first - one.loss) / (first - last), 3) for one in learning.snapshots]


def _model(weights: Path, learning: Learning) -> dict[str, Any]:
    spec = learning.spec
    shares = fallen(learning)
    model = {
        "id": spec.id,
        "family": spec.family,
        "name": spec.name,
        "world": spec.world.capitalize(),
        "about": tagline_of(spec),
        "moments": [_moment(*pair) for pair in zip(learning.snapshots, shares, strict=True)],
    }
    if not learning.across:
        return model
    sheet = picture_files.data_uri(sheet_of(weights, spec).read_bytes(), "image/png")
    asked = _asked(replace(spec, revision=checkpoint.revision(weights / spec.source)))
    return model | {"across": learning.across, "sheet": sheet, "asked": asked}


def _asked(spec: ModelSpec) -> list[dict[str, Any]]:
    """What each picture of a row was asked for; the finished model draws the last row once more."""
    return [
        {"words": _words(recipe), "recipe": recipe.as_dict(), "key": recipe.key, "place": place}
        for recipe in picture_recipes(spec)
        for place in range(recipe.integer("count"))
    ]


def _words(recipe: Recipe) -> str:
    options = dict(recipe.options)
    if recipe.prompt or "digit" not in options:
        return recipe.prompt
    return "{ink} {digit} on {paper}".format(**options)


def _moment(snapshot: Snapshot, share: float | None) -> dict[str, Any]:
    moment = {
        "step": snapshot.step,
        "seconds": snapshot.seconds,
        "time": duration(snapshot.seconds),
        "facts": facts(snapshot),
        "fallen": share,
    }
    return moment | ({"text": snapshot.text} if snapshot.text else {})
