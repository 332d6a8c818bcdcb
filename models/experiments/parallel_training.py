"""Transformers train in parallel, recurrent nets step by step: speed against length of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.base import Control, LookStep, ModelSpec, Recipe, Step
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, fewest
from models.experiments.drawing import named
from models.experiments.lab import Lab
from models.experiments.long_memory import TEXT
from models.measure.metric import Metric, mean
from models.recipe import make_recipe

CLAIM = Claim(
    id="parallel_training",
    order=60,
    sentence="Transformers train in parallel, recurrent nets step by step.",
    article="A transformer learns from a whole text at once, an LSTM letter by letter; that is why "
    "transformers could grow.",
    source="A recurrent layer takes as many steps one after another as a text has letters, a layer "
    "of attention takes one, at a cost that grows with the square of the length (Vaswani et al. "
    "2017, table 1). That is said of training: both write one letter after another.",
    how="Steps of training from random weights, 256 letters in each, read as 8 texts of 32 letters "
    "up to a single text of 256; and texts of these lengths written. Both nets have the size of "
    "the shipped ones, about 3 M parameters. The slope is that of a straight line through the "
    "logarithms of length and of letters a second: 0 where length does not matter, -1 where twice "
    "the length takes twice the time a letter.",
    flip="Let every step have eight texts, however long they are (LETTERS in "
    "models/adapters/training_probe.py): the LSTM’s products are then as wide at every length.",
    title="Letters a second, learning and writing, by length of text.",
    axis="letters a second",
    shape="lines",
    across="letters in a row",
    log_across=True,
    log=True,
)
MODELS = ("char_lstm", "gpt2_mini")
QUICK, RECORDED, SEED = 5, 10, 0
WINDOWS = (32, 64, 128, 256)
LOSES = -0.05
"""A slope less steep than this is none: eight times the length then costs less than a tenth."""
_STEPS = 3  # of training; the first is left out, in it memory is found for everything
_LEARNING_COST = 60.0  # of one step of it, in letters written: about as long
_ADAPTER = "models.adapters.training_probe:Practice"
_CONTROLS = (
    Control("window", "Window", "int", 64, 8, WINDOWS[-1], 1, help="Letters in a row."),
    Control("steps", "Steps", "int", _STEPS, 1, 20, 1, help="Steps of training."),
)
NOTES = (
    "Measured as the models here compute, on one core. A core has hardly anything to do side by "
    "side, so what is seen of the claim is a part: the products of a single long text are narrow "
    "for the LSTM, and wide for GPT. How far apart the two are on a graphics processor, which has "
    "thousands of lanes to fill, is not measured here.",
    "Without the dropout of real training, and in float32, whatever the models write in.",
)


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Let both learn and write at every length, in so many rounds."""
    learners = {model: learner(lab.specs[model]) for model in MODELS}
    for spec in learners.values():
        lab.bring(spec)
    text = TEXT.read_text(encoding="utf-8")
    total = float(size * len(MODELS) * sum(_LEARNING_COST * _STEPS + w for w in WINDOWS))
    done, speeds = 0.0, {name: np.empty((size, len(WINDOWS))) for name in _lines()}
    for turn in range(size):
        for column, window in enumerate(WINDOWS):
            for model in MODELS:
                yield Progress(done, total, f"{lab.specs[model].name}, {window} letters in a row")
                learning = _learning(learners[model], text, window, turn)
                (steps,) = lab.steps([learning])
                speeds[f"{model}_learns"][turn, column] = learning_speed(steps)
                (steps,) = lab.steps([_writing(lab.specs[model], window, turn)])
                speeds[f"{model}_writes"][turn, column] = len(steps) / _seconds(steps)
                done += _LEARNING_COST * _STEPS + window
    yield Outcome(tuple(_numbers(speeds)), NOTES)


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether length slows the LSTM's training, and slows it more than GPT's."""
    n = fewest(numbers)
    lstm, gpt = (numbers[f"{model}_learns_slope"] for model in MODELS)
    lead = numbers["gpt2_mini_loses_less"]
    times = WINDOWS[-1] // WINDOWS[0]
    said = (
        f"With texts {times} times as long the LSTM learns at {times**lstm.value:.2f} times its "
        f"speed, GPT at {times**gpt.value:.2f} times."
    )
    if lead.low > 0 and lstm.high < 0:
        return Verdict("holds", said, n)
    if lead.high < 0 or lstm.low > LOSES:
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def learner(spec: ModelSpec) -> ModelSpec:
    """A net of a shipped model's design, to be trained from the beginning."""
    return replace(
        spec,
        id=f"{spec.id}_in_training",
        kind="measure",
        adapter=_ADAPTER,
        memory_bytes=16 * spec.parameters,  # float32: weights, gradients and two averages of them
        can=frozenset({"train"}),
        controls=_CONTROLS,
        inputs={},
    )


def slopes(lengths: Sequence[float], speeds: np.ndarray) -> np.ndarray:
    """Of the straight line (least squares) through log speed over log length, for each row.

    Args:
        speeds: (rounds, lengths).
    """
    x = np.log(lengths)
    x = x - x.mean()
    found: np.ndarray = np.log(speeds) @ x / np.square(x).sum()
    return found


def learning_speed(steps: Sequence[Step]) -> float:
    """Letters a second over all steps of training but the first."""
    taken = [step for step in steps[1:] if isinstance(step, LookStep)]
    return sum(step.figures["letters"] for step in taken) / _seconds(taken)


def _seconds(steps: Sequence[Step]) -> float:
    return sum(step.seconds / step.batch for step in steps)


def _learning(spec: ModelSpec, text: str, window: int, turn: int) -> Recipe:
    options = {"window": window, "steps": _STEPS}
    return make_recipe(spec, task="train", prompt=text, options=options, seed=SEED + turn)


def _writing(spec: ModelSpec, length: int, turn: int) -> Recipe:
    return make_recipe(spec, options={"length": length}, seed=SEED + turn)


def _lines() -> dict[str, tuple[str, str]]:
    """The curves by name, each with its family and what it is called."""
    found = {}
    for model in MODELS:
        family, label = named(model)
        for act in ("learns", "writes"):
            found[f"{model}_{act}"] = family, f"{label} {act}"
    return found


def _numbers(speeds: Mapping[str, np.ndarray]) -> Iterator[Number]:
    """The curves, their slopes, and by how much GPT's training loses less, round by round."""
    fitted = {name: slopes(WINDOWS, rows) for name, rows in speeds.items()}
    for name, (family, label) in _lines().items():
        for column, window in enumerate(WINDOWS):
            value = mean(speeds[name][:, column])
            yield Number(f"{name}_{window}", label, value, family, x=window)
    for name, (family, label) in _lines().items():
        said = f"{label}: slope of log speed over log length"
        yield Number(f"{name}_slope", said, mean(fitted[name]), family, shown=False)
    lead = mean(fitted["gpt2_mini_learns"] - fitted["char_lstm_learns"])
    said = "GPT’s slope in training less the LSTM’s, round by round"
    yield Number("gpt2_mini_loses_less", said, lead, shown=False)
