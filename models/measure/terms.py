"""On what terms models came about: what they learnt from, their size, and their training.

A comparison says something about two designs only where everything else is equal. What is not is
read off the models' own `metrics.json`, and the page says it beside the comparison.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from models import checkpoint
from models.base import Kind, ModelSpec

Difference = Literal["data", "teachers", "weights", "training"]

ALLOWED: Mapping[Kind, float] = {"text": 0.05, "image": 0.10}
"""By which share of the largest the weights and the training of models of a kind may differ."""
_OF_MODEL = re.compile(r"([\d,]+) texts by (\w+)|text encoder of (\w+)")


def texts_by(count: int, model: str) -> str:
    """What metrics.json calls texts that a model has written for another to learn from."""
    return f"{count:,} texts by {model}"


def encoder_of(model: str) -> str:
    """What metrics.json calls the half of a model that reads another's words."""
    return f"text encoder of {model}"


@dataclass(frozen=True, slots=True)
class Terms:
    """How the weights of a model came about.

    Args:
        data: hashes of what it learnt from.
        texts: by model, how many texts it learnt from that this model has written.
        seconds: of training, on two cores.
        flops: of training, by count; None where nobody has counted.
    """

    model: str
    data: frozenset[str]
    texts: Mapping[str, int]
    parameters: int
    seconds: float
    flops: float | None


def of(spec: ModelSpec) -> Terms | None:
    """The terms of a shipped model; None where they are not ours, as for models of the hub."""
    return None if spec.files else _read(spec.source)


@cache
def _read(model: str) -> Terms | None:
    try:
        text = (checkpoint.folder(model) / checkpoint.METRICS_FILE).read_text(encoding="utf-8")
    except OSError:
        return None
    content = json.loads(text)
    training = content["training"]
    data, texts = set(), {}
    for name, digest in training["data"].items():
        found = _OF_MODEL.fullmatch(name)
        if found is None:
            data.add(digest)
        elif found[1]:
            texts[found[2]] = int(found[1].replace(",", ""))
    return Terms(
        model,
        frozenset(data),
        texts,
        content["parameters"],
        training["seconds"],
        training.get("training_flops"),
    )


def differences(kind: Kind, compared: Sequence[Terms]) -> set[Difference]:
    """What differs by more than a comparison of models of this kind allows."""
    if len({terms.model for terms in compared}) < 2:
        return set()
    allowed = ALLOWED.get(kind, 0.0)
    counted = [terms.flops for terms in compared if terms.flops]
    efforts = counted if len(counted) == len(compared) else [terms.seconds for terms in compared]
    found: dict[Difference, bool] = {
        "data": len({terms.data for terms in compared}) > 1,
        "teachers": len({frozenset(terms.texts.items()) for terms in compared}) > 1,
        "weights": _apart([terms.parameters for terms in compared]) > allowed,
        "training": _apart(efforts) > allowed,
    }
    return {difference for difference, differs in found.items() if differs}


def _apart(values: Sequence[float]) -> float:
    """By which share of the largest the smallest is less."""
    return 1 - min(values) / max(values)
