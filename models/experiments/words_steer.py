"""Words steer diffusion: how often is it the picture that was asked for, pulled how hard?"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models import datasets
from models.base import Recipe
from models.datasets import Concept
from models.experiments.claim import (
    Claim,
    Number,
    Outcome,
    Progress,
    Verdict,
    above,
    difference_of_shares,
    fewest,
    percent,
)
from models.experiments.drawing import cost, draw_all, named, trained
from models.experiments.lab import Lab
from models.measure.metric import Metric, share
from models.recipe import make_recipe

CLAIM = Claim(
    id="words_steer",
    order=30,
    sentence="Words steer diffusion.",
    article="CLIP’s text encoder lets a prompt guide every denoising step.",
    source="The words reach the network through cross-attention (Rombach et al. 2022, section "
    "3.3); how hard they pull is set by guidance (Ho & Salimans 2022, eq. 6). The text encoder "
    "here is that of the small CLIP, which was trained before and stays as it is.",
    how="The same concepts and the same seeds at every guidance; right is a picture whose digit, "
    "ink and paper are read as those asked for. Then one word of a prompt is changed at the same "
    "seed: right is what changes in that part alone.",
    flip="Set guidance to 0: the words are ignored, and the picture is right by chance, 1 in 560.",
    title="Pictures that show what the words ask for, by guidance.",
    axis="right (%)",
    percent=True,
    shape="lines",
    across="guidance",
    front=True,
)
MODEL = "diffusion_mini"
MODELS = (MODEL,)
QUICK, RECORDED, SEED = 20, 30, 100
LEVELS = (0.0, 1.0, 2.0, 4.0, 8.0)
USUAL = 2.0


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Draw at every guidance, then with one word changed."""
    from models.measure.judging import Judge

    concepts = trained(size)
    asked = {f"{level:g}": _recipes(lab, concepts, level) for level in LEVELS}
    changed = [_other(concept, i) for i, concept in enumerate(concepts)]
    swapped = _recipes(lab, changed, USUAL)
    after = sum(map(cost, swapped))
    drawn = yield from draw_all(lab, asked, after=after)
    others = yield from _draw_swapped(lab, swapped, asked)
    judge = Judge.load()
    family, label = named(MODEL)
    seen = {level: judge.read(drawn[f"{level:g}"]) for level in LEVELS}
    numbers = [
        Number(
            f"guidance_{level:g}",
            label,
            share(s == c for s, c in zip(seen[level], concepts, strict=True)),
            family,
            x=level,
        )
        for level in LEVELS
    ]
    kept = [
        after == wanted and before == concept
        for before, after, concept, wanted in zip(
            seen[USUAL], judge.read(others), concepts, changed, strict=True
        )
    ]
    said = "One word changed, and that part of the picture alone"
    yield Outcome((*numbers, Number("one_word", said, share(kept), family, shown=False)))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether more pictures are right with the words than without."""
    n = fewest(numbers)
    without = numbers["guidance_0"]
    usual = numbers[f"guidance_{USUAL:g}"]
    gain = difference_of_shares(usual, without)
    said = f"Right at guidance {USUAL:g}: {percent(usual.value)}; "
    said += f"at guidance 0: {percent(without.value)}."
    if above(usual, without) and gain.low > 0:
        return Verdict("holds", said, n)
    if gain.high < 0.1:
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def _recipes(lab: Lab, concepts: Sequence[Concept], guidance: float) -> list[Recipe]:
    return [
        make_recipe(
            lab.specs[MODEL],
            prompt=concept.caption,
            options={"count": 1, "guidance": guidance},
            seed=SEED + i,
        )
        for i, concept in enumerate(concepts)
    ]


def _draw_swapped(
    lab: Lab, swapped: Sequence[Recipe], asked: Mapping[str, Sequence[Recipe]]
) -> Generator[Progress, None, np.ndarray]:
    before = sum(cost(recipe) for recipes in asked.values() for recipe in recipes)
    drawn = yield from draw_all(lab, {"swapped": swapped}, before=before)
    return drawn["swapped"]


def _other(concept: Concept, turn: int) -> Concept:
    """The same concept with one part changed: digit, ink or paper, in turn."""
    part = ("digit", "ink", "paper")[turn % 3]
    if part == "digit":
        return replace(concept, digit=(concept.digit + 1) % 10)
    free = [c for c in datasets.COLOURS if c not in (concept.ink, concept.paper)]
    colour = free[turn % len(free)]
    return replace(concept, ink=colour) if part == "ink" else replace(concept, paper=colour)
