"""Look inside: the drawers of a place, each for what some of its models declare they can show.

A look is one entry here and a script of its name in its own folder, which the browser fetches
when somebody first opens the drawer. Everything else is the script's: it asks models by `play.run`
(`web/kit/core.js`) and draws what comes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from models.base import Control, ModelSpec
from models.experiments import results
from playground.features.claims import card as claim_card
from playground.web import markup
from playground.web.assets import FEATURES, address

FOLDER = FEATURES / "drawers"
SHARED = "looks.js"  # what all scripts of drawers have in common


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
        hub: whether models of the public hub are part of it, too.
        claim: the claim whose shipped result stands at its end, "" for none.
    """

    id: str
    title: str
    line: str
    place: str
    shows: tuple[str, ...] = ("generate",)
    world: str = "digits"
    hub: bool = False
    claim: str = ""

    def models(self, specs: Mapping[str, ModelSpec]) -> tuple[ModelSpec, ...]:
        """The models that can show what it is about."""
        makes = {id_: {"generate"} if s.kind != "measure" else set() for id_, s in specs.items()}
        can = {id_: makes[id_] | spec.can for id_, spec in specs.items()}
        return tuple(
            spec
            for id_, spec in specs.items()
            if (spec.world == self.world or (self.hub and spec.files))
            and can[id_].intersection(self.shows)
        )


LOOKS: tuple[Look, ...] = (
    Look(
        "denoise",
        "Denoising, step by step",
        "A diffusion model begins with noise and cleans it a little at a time. Go back and forth "
        "between the noise and the picture that it believes is behind it.",
        "images",
        shows=("look",),
    ),
    Look(
        "steps",
        "Speed against quality",
        "Fewer steps are faster and rougher: the same noise cleaned in 1, 2, 4, 8 and 20 steps, "
        "beside the models that draw in one pass.",
        "images",
    ),
    Look(
        "sheet",
        "Contact sheet",
        "64 pictures of one concept from each family. How many different ones are among them, and "
        "which two are the most alike?",
        "images",
    ),
    Look(
        "walk",
        "Walk from one picture to another",
        "Two seeds or two concepts, and what each family puts between them. Does it change little "
        "by little, or jump?",
        "images",
        shows=("walk",),
    ),
    Look(
        "plane",
        "A plane of seeds to drag in",
        "Four seeds at the corners of a square, and a picture for every place between them, drawn "
        "while you drag.",
        "images",
        shows=("plane",),
    ),
    Look(
        "drawing",
        "Five machines look at your drawing",
        "Draw a digit or anything else: what the VAE keeps of it and how strange it finds it, what "
        "the GAN’s critic says, which caption CLIP picks, and how diffusion draws it again.",
        "images",
        shows=("look", "redraw"),
        claim="reconstruction",
    ),
    Look(
        "cursor",
        "Inside on one cursor",
        "Move over a text and see, for the letter under the cursor, where GPT looks and what the "
        "LSTM still remembers: a bar under each earlier letter.",
        "text",
        shows=("look",),
        world="shakespeare",
        hub=True,
    ),
    Look(
        "memory",
        "Memory",
        "A name that nobody has ever read comes three times in a text. Who has taken it in is less "
        "surprised the third time.",
        "text",
        shows=("score",),
        world="shakespeare",
        hub=True,
        claim="long_memory",
    ),
)
"""In the order in which they stand on the page."""


def drawers(specs: Mapping[str, ModelSpec], place: str, looks: Sequence[Look] = LOOKS) -> str:
    """All drawers of a place, shut; "" where no model has anything to show."""
    shown = [
        (look, models) for look in looks if look.place == place if (models := look.models(specs))
    ]
    if not shown:
        return ""
    inside = "".join(_drawer(look, models) for look, models in shown)
    about = {spec.id: _about(spec) for _, models in shown for spec in models}
    told = escape(json.dumps(about, ensure_ascii=False))
    return (
        f'<section class="looks" aria-label="Look inside" data-shared="{address(FOLDER / SHARED)}" '
        f'data-models="{told}"><h2>Look inside</h2>{inside}</section>'
    )


def _drawer(look: Look, models: Sequence[ModelSpec]) -> str:
    names = " ".join(spec.id for spec in models)
    folder = FOLDER / look.id
    return (
        f'<details class="look" id="look-{look.id}" data-look="{look.id}" '
        f'data-script="{address(folder / f"{look.id}.js")}" '
        f'data-style="{address(folder / f"{look.id}.css")}">'
        f"<summary>{escape(look.title)}</summary>"
        f'<p class="says">{escape(look.line)}</p>'
        f'<div class="look-inside" data-shows="{names}"></div>{_claim(look.claim)}</details>'
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
