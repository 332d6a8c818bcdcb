"""Look inside: the drawers of a place, each for what some of its models declare they can show.

A drawer is a folder here, with its entry and a script of its name, which the browser fetches when
somebody first opens the drawer. Everything else is the script's: it asks models by `run`
(`web/kit/runs.js`) and draws what comes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from models.base import Control, ModelSpec
from models.experiments import results
from playground.core import feature
from playground.core.feature import Drawer
from playground.core.services import Services
from playground.features.claims import card as claim_card
from playground.web import markup
from playground.web.assets import FEATURES, address

FOLDER = FEATURES / "drawers"


def drawers(services: Services, place: str) -> str:
    """All drawers of a place, shut; "" where no model has anything to show."""
    found = feature.drawers(services.features, place)
    shown = [(drawer, models) for drawer in found if (models := drawer.models(services.specs))]
    if not shown:
        return ""
    inside = "".join(_drawer(drawer, models) for drawer, models in shown)
    about = {spec.id: _about(spec) for _, models in shown for spec in models}
    told = escape(json.dumps(about, ensure_ascii=False))
    return (
        f'<section class="looks" aria-label="Look inside"'
        f'data-models="{told}"><h2>Look inside</h2>{inside}</section>'
    )


def _drawer(drawer: Drawer, models: Sequence[ModelSpec]) -> str:
    names = " ".join(spec.id for spec in models)
    return (
        f'<details class="look" id="look-{drawer.id}" data-look="{drawer.id}" '
        f'data-script="{address(drawer.folder / f"{drawer.id}.js")}" '
        f'data-style="{address(drawer.folder / f"{drawer.id}.css")}">'
        f"<summary>{escape(drawer.title)}</summary>"
        f'<p class="says">{escape(drawer.line)}</p>'
        f'<div class="look-inside" data-shows="{names}"></div>{_claim(drawer.claim)}</details>'
    )


def _claim(claim: str) -> str:
    """What a claim's experiment came to, with its chart; where to repeat it is the script's."""
    if not claim:
        return ""
    found = results.shipped(claim)
    shown = claim_card.judged(claim, found.outcome) if found else markup.says(claim_card.UNREAD)
    sentence = escape(results.experiment(claim).CLAIM.sentence)
    return f'<section class="look-claim" data-claim="{claim}"><h3>{sentence}</h3>{shown}</section>'


def _about(spec: ModelSpec) -> dict[str, Any]:
    """What a script has to know of a model."""
    inputs = {task: [_control(c) for c in controls] for task, controls in spec.inputs.items()}
    return {
        "id": spec.id,
        "name": spec.name,
        "family": spec.family,
        "hub": bool(spec.files),
        "can": sorted(spec.can),
        "controls": [_control(c) for c in spec.controls],
        "inputs": inputs,
    }


def _control(control: Control) -> dict[str, Any]:
    names = ("name", "label", "kind", "default", "low", "high", "step", "choices", "help")
    return {name: getattr(control, name) for name in names}
