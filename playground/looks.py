"""Look inside: the drawers of a place, each for what some of its models declare they can show.

A look is one entry here and a script of its name in `assets/inside/`, which the browser fetches
when somebody first opens the drawer. Everything else is the script's: it asks models by `play.run`
(`assets/play/core.js`) and draws what comes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from models.base import Control, ModelSpec
from playground.kept import SHIPPED
from playground.look import ASSETS

FOLDER = ASSETS / "inside"


@dataclass(frozen=True, slots=True)
class Look:
    """One drawer.

    Args:
        id: the name of its script, and of its stylesheet if it has one.
        title: what the drawer is called; a few words.
        line: what is to be seen, in a sentence.
        place: where it lies.
        shows: what a model must declare it can do to be part of it; "generate" is every model.
        world: the world of the models it is about.
    """

    id: str
    title: str
    line: str
    place: str
    shows: tuple[str, ...] = ("generate",)
    world: str = "digits"

    def models(self, specs: Mapping[str, ModelSpec]) -> tuple[ModelSpec, ...]:
        """The models that can show what it is about."""
        can = {id_: {"generate", *spec.can} for id_, spec in specs.items()}
        return tuple(
            spec
            for id_, spec in specs.items()
            if spec.world == self.world and can[id_].intersection(self.shows)
        )


LOOKS: tuple[Look, ...] = ()
"""In the order in which they stand on the page."""


def drawers(specs: Mapping[str, ModelSpec], place: str, looks: Sequence[Look] = LOOKS) -> str:
    """All drawers of a place, shut; "" where no model has anything to show."""
    shown = [
        (look, models) for look in looks if look.place == place if (models := look.models(specs))
    ]
    if not shown:
        return ""
    inside = "".join(_drawer(look, models) for look, models in shown)
    return f'<section class="looks" aria-label="Look inside"><h2>Look inside</h2>{inside}</section>'


def _drawer(look: Look, models: Sequence[ModelSpec]) -> str:
    about = escape(json.dumps([_about(spec) for spec in models], ensure_ascii=False))
    return (
        f'<details class="look" id="look-{look.id}" data-look="{look.id}" '
        f'data-script="{address(f"{look.id}.js")}" data-style="{address(f"{look.id}.css")}">'
        f"<summary>{escape(look.title)}</summary>"
        f'<p class="says">{escape(look.line)}</p>'
        f'<div class="look-inside" data-models="{about}"></div></details>'
    )


def _about(spec: ModelSpec) -> dict[str, Any]:
    """What a script has to know of a model."""
    inputs = {task: [_control(c) for c in controls] for task, controls in spec.inputs.items()}
    return {
        "id": spec.id,
        "name": spec.name,
        "family": spec.family,
        "can": sorted(spec.can),
        "controls": [_control(c) for c in spec.controls],
        "inputs": inputs,
    }


def _control(control: Control) -> dict[str, Any]:
    names = ("name", "label", "kind", "default", "low", "high", "step", "choices", "help")
    return {name: getattr(control, name) for name in names}


def address(name: str) -> str:
    """Where the browser finds a file of this folder; it changes with its content, "" for none."""
    file = FOLDER / name
    if not file.is_file():
        return ""
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    return f"{SHIPPED.lstrip('/')}{name}?v={version}"
