"""How soon and how fast a model answers, and what it holds, for the scoreboard.

A `Trial` asks an engine for one recipe after another, as a visitor would. The page makes trials
where it runs; the command line makes them in a new process for each model, which alone can tell the
most memory that one model takes, and keeps what it finds in `metrics.json` beside the weights.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models import catalog, checkpoint, worlds
from models.base import ImageStep, ModelSpec, Recipe, Step, Value
from models.engine import Engine, Waiting
from models.measure import quality, report
from models.measure.metric import Metric, median
from models.measure.peak import peak_bytes
from models.pool import Pool
from models.recipe import SEED_LIMIT, make_recipe

SECTION = "board"
"""Under this name `metrics.json` holds, by model, what is measured here."""

RUNS = 6
"""The fewest whose smallest and largest value enclose the median in 95 of 100 cases."""

BUDGET_SECONDS = 6.0
LETTERS = 40
PICTURES = 4
LOADS = 6
_POLL_SECONDS = 0.2
_PROGRAM = "import sys; from models.measure import board; board.tell(sys.argv[1])"


@dataclass(eq=False, slots=True)
class _Heard:
    """What one run told: seconds to its first step, and of each step."""

    started: float
    first: float = 0.0
    seconds: list[float] = field(default_factory=list)
    last: Step | None = None

    def take(self, step: Step) -> None:
        """Note one more step."""
        if not self.seconds:
            self.first = time.perf_counter() - self.started
        self.seconds.append(step.seconds)
        self.last = step

    @property
    def per_step(self) -> float:
        """Mean seconds of a step; the first one counts where there is no other."""
        return float(np.mean(self.seconds[1:] or self.seconds))

    @property
    def per_picture(self) -> float | None:
        """Seconds of all steps for each picture; None for texts and what did not come to an end."""
        if isinstance(self.last, ImageStep) and self.last.last:
            return sum(self.seconds) / len(self.last.images)
        return None


class Trial:
    """One model's runs, with seeds that nobody has asked for, one after another.

    The first run only warms up and ends with its first step. A model so slow that the runs would
    take longer than the budget is stopped early, after one run or three steps at the least.

    Args:
        engine: carries the recipes out, beside those of everybody else.
        spec: the model.
        visitor: whose turn it is.
    """

    def __init__(
        self,
        engine: Engine,
        spec: ModelSpec,
        visitor: str = "",
        *,
        runs: int = RUNS,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self.spec = spec
        self.done = 0  # runs that count
        self.shared = False  # others used the machine meanwhile
        self.load_seconds: float | None = None  # None where it was in memory already
        self._engine, self._visitor = engine, visitor
        self._runs, self._budget_seconds = runs, budget_seconds
        self._counted: list[_Heard] = []

    def carry_out(self) -> Generator[None, None, None]:
        """All runs; yields at least every quarter of a second, and when closed ends what runs.

        Raises:
            Exception: what the pool, the engine or the adapter has against it.
        """
        yield from self._load()
        yield from self._run(steps=1)
        began = time.perf_counter()
        while len(self._counted) < self._runs:
            heard = yield from self._run(until=began + self._budget_seconds)
            if not heard.seconds:
                break
            self._counted.append(heard)
            self.done = len(self._counted)
            if time.perf_counter() - began > self._budget_seconds:
                break

    @property
    def metrics(self) -> dict[str, Metric]:
        """What has been found, by the names under which it is kept; empty before the first run."""
        found: dict[str, list[float]] = {
            "load_seconds": [] if self.load_seconds is None else [self.load_seconds],
            "first_seconds": [heard.first for heard in self._counted],
            "step_seconds": [heard.per_step for heard in self._counted],
            "picture_seconds": [p for h in self._counted if (p := h.per_picture) is not None],
        }
        return {name: median(np.array(values)) for name, values in found.items() if values}

    def _load(self) -> Iterator[None]:
        """Have the model in memory, and note how long that took."""
        pool, model = self._engine.pool, self.spec.id
        if pool.state(model) == "ready":
            return
        started = time.perf_counter()
        future = pool.lease(model)
        try:
            while True:
                try:
                    lease = future.result(timeout=_POLL_SECONDS)
                    break
                except FutureTimeout:
                    yield
        except GeneratorExit:
            if not future.cancel():
                pool.release(future.result())
            raise
        self.load_seconds = time.perf_counter() - started
        pool.release(lease)

    def _run(
        self, steps: int | None = None, until: float = math.inf
    ) -> Generator[None, None, _Heard]:
        """One run: to its end, or so many steps, or a moment; returns what was heard of it."""
        recipe = recipe_of(self.spec, secrets.randbelow(SEED_LIMIT))
        heard = _Heard(time.perf_counter())
        run = self._engine.submit(recipe, self._visitor)
        try:
            for event in self._engine.follow(run):
                if isinstance(event, Waiting):
                    self.shared |= event.position > 0
                else:
                    heard.take(event)
                    self.shared |= event.batch > 1
                    if len(heard.seconds) == steps or _is_enough(heard, until):
                        break
                yield
        finally:
            self._engine.stop(run)
        self.shared |= self._engine.load().runs > 0
        return heard


def _is_enough(heard: _Heard, until: float) -> bool:
    return len(heard.seconds) > 3 and time.perf_counter() > until


def recipe_of(spec: ModelSpec, seed: int) -> Recipe:
    """What a model is asked for: forty letters, or four pictures of one thing.

    The large models of the hub draw as many pictures as they do unasked.
    """
    wanted: dict[str, Value] = {"length": LETTERS}
    if not spec.files:
        wanted["count"] = PICTURES
    names = {control.name for control in spec.controls}
    prompt = worlds.use_of(spec.world, spec.kind).example if "prompt" in spec.can else ""
    options = {name: value for name, value in wanted.items() if name in names}
    return make_recipe(spec, prompt=prompt, options=options, seed=seed)


# In a process of its own


def tell(model_id: str) -> None:
    """Measure one model in this process, and print what was found as JSON."""
    from models.device import prepare_environment

    prepare_environment()
    spec = catalog.spec(model_id)
    pool = Pool({model_id: spec})
    engine = Engine(pool)
    trial = Trial(engine, spec)
    for _ in trial.carry_out():
        pass
    most = float(peak_bytes())
    found = trial.metrics | {"peak_bytes": Metric(most, most, most, 1)}
    if spec.id != spec.source:  # metrics.json holds the quality of whoever brought the weights
        found |= _quality(pool, spec)
    engine.close()
    pool.close()
    found["load_seconds"] = median(np.array([_load_seconds(spec) for _ in range(LOADS)]))
    print(json.dumps(plain(found)))


def _quality(pool: Pool, spec: ModelSpec) -> dict[str, Metric]:
    """How well a twin does on text it never saw; nothing where that text is not here."""
    from models.datasets import DataMissing
    from models.measure.worlds.text import measure_shakespeare

    lease = pool.lease(spec.id).result()
    try:
        (finding,) = measure_shakespeare(lease.adapter)
    except DataMissing:
        return {}
    finally:
        pool.release(lease)
    return dict(finding.metrics)


def _load_seconds(spec: ModelSpec) -> float:
    """Reading the weights into a new pool, all libraries being there already."""
    pool = Pool({spec.id: spec})
    started = time.perf_counter()
    lease = pool.lease(spec.id).result()
    seconds = time.perf_counter() - started
    pool.release(lease)
    pool.close()
    return seconds


# From the command line


def model_ids() -> tuple[str, ...]:
    """Every shipped model that answers recipes and whose metrics.json is here."""
    makers = (*catalog.SPECS, *catalog.TWINS)
    return tuple(s.id for s in makers if not s.files and quality.is_shipped(s.source))


def command(model_id: str) -> str:
    """What to type to measure a model again."""
    return f"python -m models.measure board --model {model_id}"


def measure(model_id: str) -> dict[str, Metric]:
    """Measure one model in a new process.

    Raises:
        RuntimeError: when that fails.
    """
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, model_id],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if done.returncode:
        raise RuntimeError(f"{model_id} failed:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: Metric(**metric) for name, metric in found.items()}


def keep(model_id: str, found: Mapping[str, Metric]) -> None:
    """Put what was found into the metrics.json beside the weights; all else there stays.

    Raises:
        ValueError: when the weights are not those that metrics.json is about.
    """
    folder = checkpoint.folder(catalog.spec(model_id).source)
    content = report.read(folder)
    if content["weights"] != checkpoint.revision(folder):
        raise ValueError(f"The weights of {model_id} are not those its {report.METRICS} is about.")
    content.setdefault(SECTION, {})[model_id] = {
        "weights": content["weights"],
        "stored_bytes": stored_bytes(folder),
        "metrics": plain(found),
        "command": command(model_id),
        "hardware": report.hardware(),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "notes": NOTES,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / report.METRICS).write_text(text, encoding="utf-8")


def plain(found: Mapping[str, Metric]) -> dict[str, dict[str, Any]]:
    """Figures in JSON-ready form, with four significant digits: some are microseconds."""
    return {
        name: metric.as_dict()
        | {k: float(f"{getattr(metric, k):.4g}") for k in ("value", "low", "high")}
        for name, metric in found.items()
    }


def kept(content: Mapping[str, Any], model_id: str) -> Mapping[str, Any]:
    """What metrics.json says of a model's speed; empty if nothing, or of other weights."""
    section: Mapping[str, Any] = content.get(SECTION, {}).get(model_id, {})
    return section if section.get("weights") == content["weights"] else {}


def stored_bytes(folder: Path) -> int:
    """Bytes of all safetensors files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*.safetensors"))


NOTES = {
    "load_seconds": f"reading the weights, {LOADS} times; all libraries were imported before",
    "first_seconds": f"from request to first step through the engine; warm, {RUNS} runs at most",
    "step_seconds": "mean of a run, its first step left out where there are more",
    "picture_seconds": f"all steps of a run divided by its pictures ({PICTURES} at once)",
    "peak_bytes": "the whole process with Python, torch and this one model, once",
}
"""How each figure is got."""
