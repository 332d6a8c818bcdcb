"""How well the shipped models do on data they never saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from models import catalog, worlds
from models.base import Adapter, ImageStep, ModelSpec, Step
from models.measure.judging import Judge
from models.measure.metric import Metric, mean, share
from models.pool import Pool
from models.recipe import Recipe, make_recipe

CONTEXT = 128  # characters before a scored one, where they exist
EACH = 4  # pictures of every concept
_RECIPES_AT_ONCE = 8
_DEPENDENT_CHARACTERS = 1_000


def measure(model_id: str) -> dict[str, Metric]:
    """All quality metrics of one shipped model; DataMissing without the test data."""
    if model_id == "judge":
        return _judge_metrics()
    spec = catalog.spec(model_id)
    pool = Pool()
    adapter: Any = pool.lease(model_id).result().adapter
    try:
        return _text_metrics(adapter) if spec.kind == "text" else _image_metrics(adapter, spec)
    finally:
        pool.close()


def bits_of_characters(adapter: Any, text: str) -> np.ndarray:
    """Surprise of each character of `text`, (N,) bits.

    The text is cut into windows of twice `CONTEXT` that overlap by half; only the second half of a
    window is scored (of the first window everything), so every character is scored once, with at
    least `CONTEXT` characters before it where they exist.
    """
    tokens = torch.tensor([adapter.start, *adapter.encode(text)])
    windows = [tokens[i : i + 2 * CONTEXT + 1] for i in range(0, len(text) - CONTEXT, CONTEXT)]
    *whole, final = windows
    bits = [_window_bits(adapter, torch.stack(list(group))) for group in _groups(whole, 16)]
    bits.append(_window_bits(adapter, final[None]))
    first = bits[0][0, :CONTEXT]
    return np.concatenate([first, *(b[:, CONTEXT:].ravel() for b in bits)])


def _window_bits(adapter: Any, tokens: torch.Tensor) -> np.ndarray:
    """Bits (B, T) of tokens[:, 1:], given tokens (B, T + 1)."""
    log_probabilities = adapter.logits_of(tokens[:, :-1]).float().log_softmax(-1)
    drawn = log_probabilities.gather(-1, tokens[:, 1:, None])[..., 0]
    bits: np.ndarray = (-drawn / np.log(2)).cpu().numpy()
    return bits


def _text_metrics(adapter: Any) -> dict[str, Metric]:
    validation = worlds.shakespeare()[1]
    bits = bits_of_characters(adapter, validation)
    return {"bits_per_character": mean(bits, _DEPENDENT_CHARACTERS)}


def _image_metrics(adapter: Adapter, spec: ModelSpec) -> dict[str, Metric]:
    judge = Judge.load()
    concepts = worlds.concepts()
    recipes = [concept_recipe(spec, concept, seed) for seed, concept in enumerate(concepts)]
    drawn = tqdm(draw(adapter, recipes), total=len(recipes), desc=spec.id)
    right = {c: judge.all_right(images, c) for c, images in zip(concepts, drawn, strict=True)}
    return {
        "all_right": _share_of(right, held_out=None),
        "all_right_trained": _share_of(right, held_out=False),
        "all_right_held_out": _share_of(right, held_out=True),
        "all_right_painted": painted_ceiling(judge),
    }


def concept_recipe(spec: ModelSpec, concept: worlds.Concept, seed: int) -> Recipe:
    """Ask a model for a concept in its own way: by words where it reads them, else by labels."""
    if "prompt" in spec.can:
        return make_recipe(spec, prompt=concept.caption, options={"count": EACH}, seed=seed)
    labels = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
    return make_recipe(spec, options={"count": EACH, **labels}, seed=seed)


def draw(adapter: Adapter, recipes: Sequence[Recipe]) -> Iterator[np.ndarray]:
    """The finished pictures of each recipe, (N, H, W, 3) uint8, in order."""
    for group in _groups(recipes, _RECIPES_AT_ONCE):
        states = [adapter.begin(recipe) for recipe in group]
        steps: list[Step | None | Exception] = adapter.advance(states)
        while not all(isinstance(s, ImageStep) and s.last for s in steps):
            steps = adapter.advance(states)
        for state in states:
            adapter.end(state)
        for step in steps:
            assert isinstance(step, ImageStep)
            yield np.stack([np.asarray(image) for image in step.images])


def painted_ceiling(judge: Judge) -> Metric:
    """How many really painted test digits the judge calls right: the most a model can reach."""
    painted = worlds.painted_concepts(*worlds.mnist("test"), EACH, seed=0)
    return share(np.concatenate([judge.all_right(images, c) for c, images in painted]))


def _share_of(right: dict[worlds.Concept, np.ndarray], *, held_out: bool | None) -> Metric:
    chosen = [r for c, r in right.items() if held_out is None or c.held_out == held_out]
    return share(np.concatenate(chosen))


def _judge_metrics() -> dict[str, Metric]:
    strokes, digits = worlds.mnist("test")
    return {"digit_accuracy": share(Judge.load().digits(strokes / 255) == digits)}


def _groups(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[i : i + size] for i in range(0, len(items), size))
