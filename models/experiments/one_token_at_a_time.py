"""Text is made token by token, pictures all at once: steps to a finished result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from models.base import ImageStep, ModelSpec, Recipe, Step, TokenStep
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, fewest
from models.experiments.drawing import named
from models.experiments.lab import Lab
from models.measure.metric import Metric, mean
from models.recipe import make_recipe

CLAIM = Claim(
    id="one_token_at_a_time",
    order=70,
    sentence="Text is made one token at a time, a picture all at once.",
    article="Language models write token by token; image models draw the whole picture.",
    source="A language model draws each token given those before it (Bengio et al. 2003); a GAN "
    "or VAE maps one code to a picture in one pass (Goodfellow et al. 2014; Kingma & Welling "
    "2014), diffusion cleans the whole picture many times (Ho et al. 2020).",
    how="Steps, as the engine counts them, to 200 letters or to one picture of 1,024 pixels, and "
    "the seconds of computing in them.",
    flip="Ask Diffusion for 50 steps: more steps, but each of them is still the whole picture.",
    title="Steps to a finished result.",
    axis="steps",
)
WRITERS, PAINTERS = ("char_lstm", "gpt2_mini"), ("gan", "vae", "diffusion_mini")
MODELS = (*WRITERS, *PAINTERS)
QUICK, RECORDED, SEED = 4, 12, 0
_LETTERS = 200


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Let every model make the same number of results."""
    shown: list[Number] = []
    hidden: list[Number] = []
    for turn, model in enumerate(MODELS):
        spec = lab.specs[model]
        yield Progress(turn, len(MODELS), f"{spec.name} works")
        made = list(lab.steps([_recipe(spec, SEED + i) for i in range(size)], at_once=1))
        steps = np.array([len(each) for each in made], float)
        pieces = np.array([_pieces(each) for each in made], float)
        seconds = np.array([sum(step.seconds for step in each) for each in made])
        family, label = named(model)
        per_piece, told = f"{label}: steps a letter or pixel", f"{label}: seconds a result"
        shown.append(Number(model, label, mean(steps).of("count"), family))
        hidden.append(Number(f"{model}_each", per_piece, mean(steps / pieces), family, shown=False))
        hidden.append(Number(f"{model}_seconds", told, mean(seconds), family, shown=False))
    yield Outcome((*shown, *hidden))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether each letter took a step of its own, and no step went to a single pixel."""
    n = fewest(numbers)
    letters = [numbers[f"{model}_each"] for model in WRITERS]
    pixels = [numbers[f"{model}_each"] for model in PAINTERS]
    most = max(metric.value for metric in pixels)
    least = min(metric.value for metric in letters)
    said = f"At least {least:.2f} steps a letter, at most {most:.2g} steps a pixel."
    if all(m.low > 0.9 for m in letters) and all(m.high < 0.1 for m in pixels):
        return Verdict("holds", said, n)
    if any(m.high < 0.9 for m in letters) or any(m.low > 0.1 for m in pixels):
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def _recipe(spec: ModelSpec, seed: int) -> Recipe:
    options = {"length": _LETTERS} if spec.kind == "text" else {"count": 1}
    prompt = "a red seven on a black background" if spec.family == "diffusion" else ""
    return make_recipe(spec, prompt=prompt, options=options, seed=seed)


def _pieces(steps: Sequence[Step]) -> int:
    """Letters of a text, or pixels of a picture."""
    last = steps[-1]
    if isinstance(last, ImageStep):
        return sum(image.width * image.height for image in last.images)
    return sum(len(step.text) for step in steps if isinstance(step, TokenStep))
