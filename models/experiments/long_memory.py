"""Transformers remember far back, LSTMs forget: how much does more context help?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from models import datasets
from models.base import Recipe, Step, TokenStep
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, fewest
from models.experiments.drawing import named
from models.experiments.lab import Lab
from models.measure.metric import Metric, mean
from models.recipe import make_recipe

CLAIM = Claim(
    id="long_memory",
    order=50,
    compares=True,
    sentence="Transformers remember far back; LSTMs forget.",
    article="Transformers keep long-range dependencies, LSTMs lose them.",
    source="A transformer reaches every earlier token in one step, a recurrent network through "
    "all steps between (Vaswani et al. 2017, table 1); how far LSTMs of a given size really use "
    "their context is a matter of measurement: about 200 words (Khandelwal et al. 2018).",
    how="The same characters of a text that no model has read are guessed from the last 1, 2, 4 … "
    "256 characters before them. Fewer bits is a better guess. Where the curve is flat, more "
    "context no longer helps.",
    flip="Train the transformer on more than a few plays, or for longer: both models here have "
    "read a million characters, which is little for a transformer.",
    title="Surprise by how much text is given.",
    axis="bits a character",
    shape="lines",
    across="characters before it",
    log_across=True,
    from_zero=False,
    front=True,
)
MODELS = ("char_lstm", "gpt2_mini")
QUICK, RECORDED, SEED = 40, 400, 0
CONTEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
NEAR = 32
"""What lies farther back than this is far: about six words."""
TEXT = Path(__file__).parent / "held_out.txt"
_AT_ONCE = 8


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Guess the same characters with every model and every context."""
    text, note = unread_text()
    targets = places(len(text), size)
    total = len(MODELS) * size * len(CONTEXTS)
    bits: dict[str, np.ndarray] = {}
    for turn, model in enumerate(MODELS):
        doing = f"{lab.specs[model].name} guesses"
        yield Progress(turn * size * len(CONTEXTS), total, doing)
        found: list[float] = []
        for steps, place in zip(
            lab.steps(_recipes(lab, model, text, targets), _AT_ONCE),
            (place for place in targets for _ in CONTEXTS),
            strict=True,
        ):
            found.append(surprise(steps, text[place]))
            yield Progress(turn * size * len(CONTEXTS) + len(found), total, doing)
        bits[model] = np.array(found).reshape(size, len(CONTEXTS))
    yield Outcome(tuple(_numbers(bits)), (note,))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether text farther back than six words helps the transformer more than the LSTM."""
    lead, n = numbers["gpt2_mini_gains_more"], fewest(numbers)
    lstm, gpt = (numbers[f"{model}_gain"] for model in MODELS)
    said = (
        f"What lies more than {NEAR} characters back saves GPT {gpt.value:.2f} bits a character "
        f"and the LSTM {lstm.value:.2f}; the difference lies between {lead.low:.2f} and "
        f"{lead.high:.2f}."
    ).replace("-", "−")  # of numbers; there is no hyphen
    if lead.low > 0:
        return Verdict("holds", said, n)
    if lead.high < 0:
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def surprise(steps: Sequence[Step], character: str) -> float:
    """Bits of surprise at a character, by the distribution of the one step that followed it."""
    (step,) = steps
    assert isinstance(step, TokenStep)
    found = next(c.probability for c in step.top if c.text == character)
    return -math.log2(max(found, 1e-12))


def places(length: int, count: int) -> list[int]:
    """So many places in a text, evenly spread, each with the longest context before it."""
    first = CONTEXTS[-1]
    return [first + i * (length - first) // count for i in range(count)]


def unread_text() -> tuple[str, str]:
    """Text that no model was trained on, and what it is."""
    try:
        text = datasets.shakespeare()[1]
    except datasets.DataMissing:
        own = TEXT.read_text(encoding="utf-8")
        return own, "On a scene written for this project, as Shakespeare’s text is not here."
    return text, "On the last tenth of tiny Shakespeare, which no model has read."


def _recipes(lab: Lab, model: str, text: str, targets: Sequence[int]) -> Iterator[Recipe]:
    """One character after each context: its distribution has the one that really comes."""
    for place in targets:
        for context in CONTEXTS:
            yield make_recipe(
                lab.specs[model],
                prompt=text[place - context : place],
                options={"length": 1},
                seed=SEED,
            )


def _numbers(bits: Mapping[str, np.ndarray]) -> Iterator[Number]:
    """A curve for each model, and what the far context is worth, character by character."""
    for model, rows in bits.items():
        family, label = named(model)
        for column, context in enumerate(CONTEXTS):
            value = mean(rows[:, column])
            yield Number(f"{model}_{context}", label, value, family, x=context)
    near = CONTEXTS.index(NEAR)
    gains = {model: rows[:, near] - rows[:, -1] for model, rows in bits.items()}
    for model, gain in gains.items():
        family, label = named(model)
        said = f"{label}: bits saved by what lies more than {NEAR} characters back"
        yield Number(f"{model}_gain", said, mean(gain), family, shown=False)
    lead = mean(gains["gpt2_mini"] - gains["char_lstm"])
    said = "GPT’s saving less the LSTM’s, character by character"
    yield Number("gpt2_mini_gains_more", said, lead, shown=False)
