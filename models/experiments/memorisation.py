"""Small data is remembered, not learned: is a drawn picture a copy of one from training?"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from models import datasets
from models.base import Recipe, TokenStep
from models.experiments import results
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, fewest, percent
from models.experiments.drawing import cost, draw_all, named, of_each, trained
from models.experiments.lab import Lab
from models.measure import nearest
from models.measure.metric import Metric, mean, share
from models.recipe import make_recipe

CLAIM = Claim(
    id="memorisation",
    order=40,
    compares=True,
    sentence="Small data is remembered, not learned.",
    article="A model with too little data repeats it instead of learning from it.",
    source="Diffusion models trained on few pictures return them; trained on many they do not "
    "(Yoon et al. 2023, “Diffusion Probabilistic Models Generalize when They Fail to Memorize”; "
    "Carlini et al. 2023).",
    how="The emoji are 1,374 pictures, the digits 60,000. A picture counts as a copy when its "
    "nearest training picture is less than a third as far away as the second nearest (Yoon et "
    "al. 2023). Emoji are compared along 96 principal components, digits as strokes of 14×14 "
    "pixels.",
    flip="Ask Diffusion for a name that no emoji has: there is nothing to copy.",
    title="Drawn pictures that are copies of a training picture.",
    axis="copies (%)",
    percent=True,
    front=True,
)
EMOJI = ("gan_emoji", "vae_emoji", "diffusion_emoji")
DIGITS = "diffusion_mini"
WRITERS = ("char_lstm", "gpt2_mini")
MODELS = (*EMOJI, DIGITS, *WRITERS)
QUICK, RECORDED, SEED = 30, 60, 0
COPY = 1 / 3
ATLAS = Path(__file__).parents[2] / "playground" / "features" / "play" / "nearest.safetensors"
"""Numbers that stand for the real emoji; the first page finds the nearest one by them."""
_TEXTS, _LETTERS = 8, 200
_WRITING_COST = 400.0  # of the texts of one model: as long as so many steps of diffusion


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Draw emoji and digits, and look for each picture among those of training."""
    asked = {model: _emoji_recipes(lab, model, size) for model in EMOJI}
    asked[DIGITS] = of_each(lab, DIGITS, trained(size), SEED)
    if not (here := _data_is_here()):
        del asked[DIGITS]
    writing = _WRITING_COST * len(WRITERS) if here else 0.0
    drawn = yield from draw_all(lab, asked, after=writing)
    numbers = [_copies(model, emoji_ratios(drawn[model])) for model in EMOJI]
    if here:
        numbers.append(_copies(DIGITS, _digit_ratios(drawn[DIGITS])))
        before = sum(cost(recipe) for recipes in asked.values() for recipe in recipes)
        numbers += yield from _longest_runs(lab, before)
        yield Outcome(tuple(numbers))
        return
    kept = results.shipped(CLAIM.id)
    held = [n for n in kept.outcome.numbers if n.name == DIGITS] if kept else []
    note = "The original digits and texts are not on this machine: the digits’ figure is the "
    yield Outcome((*numbers, *held), (note + "shipped one, and copied text was not looked for.",))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether diffusion copies more of 1,374 pictures than of 60,000."""
    few, many = numbers["diffusion_emoji"], numbers[DIGITS]
    n = fewest({"few": few, "many": many})
    said = f"Diffusion copies in {percent(few.value)} of its emoji "
    said += f"and {percent(many.value)} of its digits."
    others = {"GAN": "gan_emoji", "VAE": "vae_emoji"}
    rest = [f"the {k} in {percent(numbers[m].value)}" for k, m in others.items() if m in numbers]
    said += f" Of the same emoji, {' and '.join(rest)}." if rest else ""
    if few.low > many.high:
        return Verdict("holds", said, n)
    if few.high < many.low or few.high < 0.1:
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def nearest_two(samples: np.ndarray, real: np.ndarray, block: int = 5_000) -> np.ndarray:
    """Distances (M, 2) of samples (M, D) to the nearest and second nearest of real ones (N, D)."""
    best = np.full((len(samples), 2), np.inf)
    own = np.square(samples).sum(1)[:, None]
    for first in range(0, len(real), block):
        part = real[first : first + block]
        away = own + np.square(part).sum(1) - 2 * samples @ part.T  # (M, block)
        best = np.sort(np.concatenate([best, away], 1), axis=1)[:, :2]
    away_from: np.ndarray = np.sqrt(np.maximum(best, 0.0))
    return away_from


def emoji_ratios(pictures: np.ndarray) -> np.ndarray:
    """How far the nearest real emoji is, over the second nearest, (N,)."""
    atlas = _atlas()
    units = atlas.components.astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    along = (nearest.features(pictures) - atlas.mean) @ units.T
    return _ratio(nearest_two(along, atlas.places.astype(np.float32) * atlas.unit))


def longest_run(text: str, book: str) -> int:
    """The most characters in a row of `text` that stand in `book` like that."""
    longest = 0
    for start in range(len(text)):
        while start + longest < len(text) and text[start : start + longest + 1] in book:
            longest += 1
    return longest


@cache
def _atlas() -> nearest.Atlas:
    return nearest.load(ATLAS)


def _ratio(away: np.ndarray) -> np.ndarray:
    ratios: np.ndarray = away[:, 0] / np.maximum(away[:, 1], 1e-9)
    return ratios


def _emoji_recipes(lab: Lab, model: str, size: int) -> list[Recipe]:
    """Names from training in even steps where words are read; elsewhere the seed decides."""
    spec = lab.specs[model]
    prompts = [""] * size
    if "prompt" in spec.can:
        prompts = _names(size)
    return [
        make_recipe(spec, prompt=prompt, options={"count": 1}, seed=SEED + i)
        for i, prompt in enumerate(prompts)
    ]


def _names(count: int) -> list[str]:
    names = _atlas().names
    return [names[i * len(names) // count] for i in range(count)]


def _copies(model: str, ratios: np.ndarray) -> Number:
    family, label = named(model)
    world = "digits" if model == DIGITS else "emoji"
    return Number(model, f"{label}, {world}", share(ratios < COPY), family)


def _data_is_here() -> bool:
    try:
        datasets.mnist("train")
        datasets.shakespeare()
    except datasets.DataMissing:
        return False
    return True


def _digit_ratios(pictures: np.ndarray) -> np.ndarray:
    from models.measure.judging import read_colours

    real = _halved(datasets.mnist("train")[0].astype(np.float32) / 255)
    return _ratio(nearest_two(_halved(read_colours(pictures).strokes.astype(np.float32)), real))


def _halved(strokes: np.ndarray) -> np.ndarray:
    """Strokes (N, 28, 28) as (N, 196): the mean of every 2×2 pixels."""
    halved: np.ndarray = strokes.reshape(len(strokes), 14, 2, 14, 2).mean((2, 4))
    return halved.reshape(len(strokes), -1)


def _longest_runs(lab: Lab, before: float) -> Generator[Progress, None, list[Number]]:
    """How much of what is written stands in the book like that, beside text of the same plays.

    Args:
        before: what was done before, in units of `cost`.
    """
    book, unseen = datasets.shakespeare()
    starts = range(0, len(unseen) - _LETTERS, len(unseen) // _TEXTS)
    passages = [unseen[i : i + _LETTERS] for i in starts][:_TEXTS]
    numbers = [_run("real", "Held-out Shakespeare", "", passages, book)]
    total = before + _WRITING_COST * len(WRITERS)
    for turn, model in enumerate(WRITERS):
        done = before + turn * _WRITING_COST
        yield Progress(done, total, f"{lab.specs[model].name} writes")
        texts = ["".join(map(_text_of, steps)) for steps in lab.steps(_writing(lab, model))]
        family, label = named(model)
        numbers.append(_run(model, label, family, texts, book))
    return numbers


def _writing(lab: Lab, model: str) -> list[Recipe]:
    options = {"length": _LETTERS, "temperature": 0.8}
    return [make_recipe(lab.specs[model], options=options, seed=SEED + i) for i in range(_TEXTS)]


def _text_of(step: object) -> str:
    return step.text if isinstance(step, TokenStep) else ""


def _run(name: str, label: str, family: str, texts: Sequence[str], book: str) -> Number:
    runs = np.array([longest_run(text, book) for text in texts], float)
    said = f"{label}: letters in a row as in the book, longest of {_LETTERS}"
    return Number(f"{name}_run", said, mean(runs), family, shown=False)
