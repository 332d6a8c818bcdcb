"""Smaller and faster with little loss: weights rounded to a byte each, beside themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from models.base import ModelSpec, Step, TokenStep
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, percent
from models.experiments.drawing import named
from models.experiments.lab import Lab
from models.experiments.long_memory import unread_text
from models.hub_catalogue import INT8_ADAPTER
from models.measure.metric import Metric, mean, share
from models.recipe import make_recipe

Reading: TypeAlias = list[TokenStep]
"""What a model thought of each letter of one passage."""
TOLERATED = 0.01
"""As a share of the bits a letter: what a loss may be at most to be little."""
CLAIM = Claim(
    id="quantisation",
    order=100,
    sentence="Models can be made smaller and faster with little loss.",
    article="Rounding its weights makes a model smaller and faster and hardly worse.",
    source="In 8 bits a weight takes a fourth of the memory that it takes in 32, and products of "
    "whole numbers are faster where a processor has them; the loss has to be measured for every "
    "network (Jacob et al. 2018, “Quantization and Training of Neural Networks for Efficient "
    "Integer-Arithmetic-Only Inference”).",
    how="Both read the same letters that no model has read, in passages of 250. Of each letter it "
    "is noted how surprised either is, how long a step takes, and whether both have the same "
    "favourite. Little is a loss of less than "
    f"{percent(TOLERATED)} of the bits a letter, by the interval of the difference letter by "
    "letter.",
    flip="Round to fewer levels: set _WEIGHT_LEVELS in models/networks/rows.py to 7, which is 4 "
    "bits, and run it again.",
    title="What models in int8 need of what they need as trained.",
    axis="int8, of what it needs as trained (%)",
    percent=True,
)
MODELS = ("char_lstm", "gpt2_mini")
DECIDES = "char_lstm"
"""The claim is that models can be rounded, so one for which it pays decides; the other is shown."""
QUICK, RECORDED, SEED = 8, 24, 0
PASSAGE = 250
_ADAPTERS = {"lstm": "models.adapters.char_lstm:CharLstmInt8", "transformer": INT8_ADAPTER}
_MB = 1e6

NOTES = (
    "Memory is what a model holds here while it works. The LSTM as it was trained is held twice, "
    "for long prompts and laid out for single steps, so that its twin takes less than the fourth "
    "that a byte takes of four. On disk both are the same file: it is rounded when it is read.",
    "Only the LSTM’s twin is offered among the models that write. GPT’s is made for this "
    "measurement alone.",
)


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Let every model and its rounded twin score the same passages in turns."""
    text, note = unread_text()
    passages, numbers = passages_of(text, size), list[Number]()
    for turn, model in enumerate(MODELS):
        pair = (lab.specs[model], twin(lab, model))
        read: tuple[list[Reading], list[Reading]] = ([], [])
        for place, passage in enumerate(passages):
            done = turn * len(passages) + place
            yield Progress(done, len(MODELS) * len(passages), f"{pair[0].name} reads")
            for spec, readings in zip(pair, read, strict=True):
                (steps,) = lab.steps([make_recipe(spec, task="score", prompt=passage, seed=SEED)])
                readings.append([step for step in steps if isinstance(step, TokenStep)])
        held = [lab.held_bytes(spec.id) for spec in pair]
        numbers += _numbers(model, read, held)
    yield Outcome(tuple(numbers), (note, *NOTES))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether less memory and less time are had for a loss that is little."""
    size, time, loss = (numbers[f"{DECIDES}_{name}"] for name in ("memory", "time", "lost"))
    n = loss.n
    little = TOLERATED * numbers[f"{DECIDES}_bits"].value
    said = " ".join(_said(model, numbers) for model in MODELS)
    if size.value < 1 and time.high < 1 and loss.high < little:
        return Verdict("holds", said, n)
    if size.value >= 1 or time.low > 1 or loss.low > little:
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def passages_of(text: str, count: int) -> list[str]:
    """At most so many passages, evenly spread over a text, none of which meets another."""
    room = len(text) // PASSAGE
    count = min(count, room)
    starts = (i * room // count * PASSAGE for i in range(count))
    return [text[start : start + PASSAGE] for start in starts]


def bits_of(steps: Sequence[TokenStep]) -> np.ndarray:
    """The surprise at each token, (N,) bits."""
    bits: np.ndarray = -np.log2([max(step.probability, 1e-12) for step in steps])
    return bits


def favourites(steps: Sequence[TokenStep]) -> list[int]:
    """Which token is the most likely at each place."""
    return [step.top[0].token_id for step in steps]


def twin(lab: Lab, model: str) -> ModelSpec:
    """The rounded twin on offer, or where there is none, one for this experiment alone."""
    spec = lab.specs[model]
    name = f"{model}_int8"
    if name in lab.specs:
        return lab.specs[name]
    brought = replace(spec, id=name, adapter=_ADAPTERS[spec.family], kind="measure")
    lab.bring(brought)
    return brought


def _said(model: str, numbers: Mapping[str, Metric]) -> str:
    size, time, loss = (numbers[f"{model}_{name}"] for name in ("memory", "time", "lost"))
    return (
        f"{named(model)[1]} in int8: {percent(size.value)} of the memory, {percent(time.value)} "
        f"of the time, {loss.value:+.4f} bits a letter ({loss.low:+.4f} to {loss.high:+.4f})."
    ).replace("-", "−")  # of numbers; there is no hyphen


def _seconds(steps: Sequence[Step]) -> float:
    return sum(step.seconds / step.batch for step in steps) / len(steps)


def _numbers(
    model: str, read: Sequence[Sequence[Reading]], held: Sequence[int]
) -> Iterator[Number]:
    """Shares for the chart, and what they are shares of.

    Args:
        read, held: by the model as it was trained, and by its twin.
    """
    family, label = named(model)
    bits, rounded = (np.concatenate([bits_of(steps) for steps in each]) for each in read)
    seconds, sooner = (np.array([_seconds(steps) for steps in each]) for each in read)
    likes, still = ([f for steps in each for f in favourites(steps)] for each in read)
    lost = mean(rounded - bits, PASSAGE)
    shares = {
        "memory": _exactly(held[1] / held[0]),
        "time": mean(sooner / seconds),
        "bits_share": _over(lost, float(bits.mean())),
    }
    for (name, share_of), said in zip(shares.items(), ("memory", "time", "bits"), strict=True):
        yield Number(f"{model}_{name}", f"{label}: {said}", share_of.of("share"), family)
    others = {
        "lost": ("bits a letter more", lost),
        "same_favourite": ("share of letters with the same favourite", _agreement(likes, still)),
        "bits": ("bits a letter", mean(bits, PASSAGE)),
        "int8_bits": ("bits a letter in int8", mean(rounded, PASSAGE)),
        "ms": ("ms a letter", mean(1e3 * seconds)),
        "int8_ms": ("ms a letter in int8", mean(1e3 * sooner)),
        "mb": ("MB of memory", _exactly(held[0] / 1e6)),
        "int8_mb": ("MB of memory in int8", _exactly(held[1] / 1e6)),
    }
    for name, (said, metric) in others.items():
        yield Number(f"{model}_{name}", f"{label}: {said}", metric, family, shown=False)


def _agreement(some: Sequence[int], others: Sequence[int]) -> Metric:
    return share(a == b for a, b in zip(some, others, strict=True))


def _over(lost: Metric, whole: float) -> Metric:
    """What is needed now as a share of what was needed."""
    return Metric(1 + lost.value / whole, 1 + lost.low / whole, 1 + lost.high / whole, lost.n)


def _exactly(value: float) -> Metric:
    return Metric(value, value, value, 1)
