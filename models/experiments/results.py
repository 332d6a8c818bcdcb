"""Which experiments there are, and the results that are shipped with them.

A result is recorded by `python -m models.experiments --record`, or made anew of what the models'
metrics.json holds; the verdict is never stored, it is computed from the numbers wherever shown.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from models import checkpoint, experiments
from models.experiments.claim import Experiment, Number, Outcome

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Shipped:
    """A result that is there before anybody asks, and where it comes from.

    Args:
        size: how large a sample the experiment was told to take; 0 where that is of no matter.
        weights: model -> the weights it is about.
    """

    outcome: Outcome
    command: str
    machine: str
    weights: Mapping[str, str]
    seconds: float = 0.0
    size: int = 0
    seed: int = 0


@cache
def ids() -> tuple[str, ...]:
    """The claims in the order of the page: each is a module of this package with a `CLAIM`."""
    names = [module.name for module in pkgutil.iter_modules(experiments.__path__)]
    modules = [_module(name) for name in names if name != "__main__"]
    claims = [module.CLAIM for module in modules if hasattr(module, "CLAIM")]
    return tuple(claim.id for claim in sorted(claims, key=lambda claim: claim.order))


@cache
def experiment(claim: str) -> Experiment:
    """One experiment; ValueError in words if there is none of that name."""
    if claim not in ids():
        raise ValueError(f"There is no claim called “{claim}” here.")
    return cast(Experiment, _module(claim))


def _module(name: str) -> Any:
    return importlib.import_module(f"{experiments.__name__}.{name}")


def command(claim: str, *, record: bool = False) -> str:
    """What to type to repeat an experiment."""
    return f"python -m models.experiments {'--record ' if record else ''}{claim}"


def shipped(
    claim: str, weights: Path = checkpoint.WEIGHTS, results: Path = RESULTS
) -> Shipped | None:
    """The result that is shipped; None if there is none."""
    recorded = results / f"{claim}.json"
    if recorded.is_file():
        return read(json.loads(recorded.read_text(encoding="utf-8")))
    derive = getattr(experiment(claim), "shipped", None)
    if derive is None:
        return None
    try:
        return _derived(claim, derive(weights), weights)
    except (FileNotFoundError, KeyError):  # not all of the models are here, or were measured
        return None


def read(data: Mapping[str, Any]) -> Shipped:
    """A recorded result, from its JSON."""
    numbers = tuple(Number.from_dict(number) for number in data["numbers"])
    return Shipped(
        Outcome(numbers, tuple(data["notes"])),
        data["command"],
        data["machine"],
        data["weights"],
        data["seconds"],
        data["size"],
        data["seed"],
    )


def write(claim: str, found: Shipped, results: Path = RESULTS) -> Path:
    """Keep a result beside the experiments."""
    content = {
        "claim": claim,
        "command": found.command,
        "machine": found.machine,
        "weights": dict(found.weights),
        "seconds": round(found.seconds, 1),
        "size": found.size,
        "seed": found.seed,
        "numbers": [number.as_dict() for number in found.outcome.numbers],
        "notes": list(found.outcome.notes),
    }
    path = results / f"{claim}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _derived(claim: str, outcome: Outcome, weights: Path) -> Shipped:
    """What the models' own metrics.json say, with whose they are and how they were measured."""
    module = experiment(claim)
    kept = {
        model: json.loads((weights / model / checkpoint.METRICS_FILE).read_text(encoding="utf-8"))
        for model in getattr(module, "SOURCES", module.MODELS)
    }
    return Shipped(
        outcome,
        "; ".join(content["measured"]["command"] for content in kept.values()),
        ", ".join(dict.fromkeys(content["measured"]["hardware"] for content in kept.values())),
        {model: content["weights"] for model, content in kept.items()},
    )
