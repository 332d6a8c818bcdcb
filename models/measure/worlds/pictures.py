"""Pictures of the digits world: do they show what was asked for, and are they like real ones?"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from tqdm import tqdm

from models import datasets
from models.base import Adapter, ModelSpec, Recipe
from models.datasets import DIGIT_WORDS, Concept
from models.measure import similarity
from models.measure.drawing import concept_recipe, draw
from models.measure.finding import Finding, failures
from models.measure.judging import Judge
from models.measure.metric import Metric, median, share
from models.recipe import make_recipe

EACH = 4  # pictures of every concept
PICTURES = 10_000  # for coverage, density and the Fréchet distance
PHRASINGS = (
    "a {ink} {word} on a {paper} background",
    "{ink} {numeral} on {paper} paper",
    "the digit {word} in {ink} on {paper}",
    "on a {paper} background, a {ink} {word}",
    "{paper} paper with a {ink} number {numeral}",
)
"""What a model that reads words is asked in, in turn."""

TEST = {"MNIST, 10,000 test images": datasets.MNIST_SHA256["test"]}
TRAIN = {"MNIST, 60,000 training images": datasets.MNIST_SHA256["train"]}
SPACE = "Compared in the judge's features of the strokes, k = 5."
_TIMED = 16  # pictures
_RUNS = 9


def measure(adapter: Adapter, pictures: int | None = None) -> Iterator[Finding]:
    """Everything there is to say about a model of the digits world.

    Args:
        adapter: the loaded model.
        pictures: how many are compared with as many real ones; None for as many as we say.
    """
    judge, pictures = Judge.load(), PICTURES if pictures is None else pictures
    yield all_right(adapter, judge)
    yield Finding({"all_right_painted": painted_ceiling(judge)}, TEST)
    yield likeness(adapter, judge, pictures)
    yield Finding(likeness_of_real(pictures), TEST | TRAIN, f"Training against test. {SPACE}")
    yield pace(adapter)


def all_right(adapter: Adapter, judge: Judge) -> Finding:
    """How many of four pictures of each of the 560 concepts show what was asked for."""
    spec = adapter.spec
    asked = [concept for concept in datasets.concepts() for _ in range(EACH)]
    turns = [k + i for k, i in itertools.product(range(len(datasets.concepts())), range(EACH))]
    recipes = [
        ask(spec, concept, turn, seed)
        for seed, (concept, turn) in enumerate(zip(asked, turns, strict=True))
    ]
    images = draw_single(adapter, recipes)
    seen = judge.read(images)
    right = np.array([s == a for s, a in zip(seen, asked, strict=True)])
    held_out = np.array([concept.held_out for concept in asked])
    metrics = {
        "all_right": share(right),
        "all_right_trained": share(right[~held_out]),
        "all_right_held_out": share(right[held_out]),
    }
    if "prompt" in spec.can:
        metrics |= _by_phrasing(right, np.array(turns))
    words = [recipe.prompt or say(concept) for recipe, concept in zip(recipes, asked, strict=True)]
    exhibits = failures(
        "that the judge calls wrong",
        images,
        ~right,
        lambda i: f"asked for “{words[i]}”, read as {say(seen[i])}",
    )
    return Finding(metrics, note=_way_of_asking(spec), exhibits=exhibits)


def likeness(adapter: Adapter, judge: Judge, pictures: int) -> Finding:
    """Coverage, density and Fréchet distance of pictures of concepts from training."""
    strokes, digits = _chosen("test", pictures)
    concepts = concepts_for(digits)
    recipes = [ask(adapter.spec, c, turn=seed, seed=seed) for seed, c in enumerate(concepts)]
    metrics = alike(judge, painted(strokes, concepts), draw_single(adapter, recipes))
    return Finding(metrics, TEST, f"As many pictures, of the same digits. {SPACE}")


@cache
def likeness_of_real(pictures: int) -> dict[str, Metric]:
    """The same of real training images among the test images: the most a model can reach."""
    (test, test_digits), (train, train_digits) = (_chosen(s, pictures) for s in ("test", "train"))
    real, others = (
        painted(strokes, concepts_for(digits))
        for strokes, digits in ((test, test_digits), (train, train_digits))
    )
    return {f"{name}_real": m for name, m in alike(Judge.load(), real, others).items()}


def alike(judge: Judge, real: np.ndarray, drawn: np.ndarray) -> dict[str, Metric]:
    """Coverage, density and Fréchet distance of pictures (M, 32, 32, 3) uint8 among real ones.

    They are compared in the judge's features of their strokes, so that colours play no part.
    """
    features = judge.features(real), judge.features(drawn)
    return similarity.coverage_and_density(*features) | {"frechet": similarity.frechet(*features)}


def pace(adapter: Adapter) -> Finding:
    """Wall seconds for 16 pictures with the default options, loading left out."""
    seconds = []
    for seed in range(_RUNS + 1):
        recipe = make_recipe(adapter.spec, options={"count": _TIMED}, seed=seed)
        started = time.perf_counter()
        list(draw(adapter, [recipe]))
        seconds.append(time.perf_counter() - started)
    note = f"Median of {_RUNS} runs after one to warm up, on one thread."
    return Finding({"seconds_per_16": median(np.array(seconds[1:]))}, note=note)


def painted_ceiling(judge: Judge) -> Metric:
    """How many really painted test digits the judge calls right: the most a model can reach."""
    real = datasets.painted_concepts(*datasets.mnist("test"), EACH, seed=0)
    return share(np.concatenate([judge.all_right(images, c) for c, images in real]))


def ask(spec: ModelSpec, concept: Concept, turn: int, seed: int) -> Recipe:
    """One picture of a concept: by its labels, or in words, the phrasings taking turns."""
    if "prompt" not in spec.can:
        return concept_recipe(spec, concept, seed, count=1)
    words = phrase(concept, PHRASINGS[turn % len(PHRASINGS)])
    return make_recipe(spec, prompt=words, options={"count": 1}, seed=seed)


def phrase(concept: Concept, phrasing: str) -> str:
    """A concept in words."""
    word, numeral = DIGIT_WORDS[concept.digit], str(concept.digit)
    return phrasing.format(ink=concept.ink, paper=concept.paper, word=word, numeral=numeral)


def say(concept: Concept) -> str:
    """A concept in as few words as it takes, for captions under pictures."""
    return f"{concept.ink} {concept.digit} on {concept.paper}"


def draw_single(adapter: Adapter, recipes: Sequence[Recipe]) -> np.ndarray:
    """The pictures (N, H, W, 3) uint8 of recipes that ask for one each."""
    bar = tqdm(draw(adapter, recipes), total=len(recipes), desc=adapter.spec.id, mininterval=1)
    return np.concatenate(list(bar))


def concepts_for(digits: Sequence[int] | np.ndarray) -> list[Concept]:
    """For each digit a concept that was shown in training, all pairs of colours in turn."""
    turns = {
        digit: itertools.cycle(
            [c for c in datasets.concepts() if c.digit == digit and not c.held_out]
        )
        for digit in range(10)
    }
    return [next(turns[int(digit)]) for digit in digits]


def painted(strokes: np.ndarray, concepts: Sequence[Concept]) -> np.ndarray:
    """Real strokes (N, 28, 28), each in the colours of its concept: (N, 32, 32, 3) uint8."""
    inks, papers = (
        np.array([datasets.PALETTE[colour] for colour in colours])
        for colours in ([c.ink for c in concepts], [c.paper for c in concepts])
    )
    return datasets.paint(strokes, inks, papers)


def _chosen(split: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """So many strokes and digits of MNIST in random order, always the same."""
    strokes, digits = datasets.mnist(split)
    order = np.random.default_rng(0).permutation(len(strokes))[:count]
    return strokes[order], digits[order]


def _by_phrasing(right: np.ndarray, turns: np.ndarray) -> dict[str, Metric]:
    count = len(PHRASINGS)
    return {f"all_right_phrasing_{i + 1}": share(right[turns % count == i]) for i in range(count)}


def _way_of_asking(spec: ModelSpec) -> str:
    if "prompt" not in spec.can:
        return "Asked for by labels."
    example = Concept(7, "red", "black")
    said = "; ".join(f"{i + 1}: “{phrase(example, p)}”" for i, p in enumerate(PHRASINGS))
    return f"Asked for in words, the phrasings taking turns: {said}."
