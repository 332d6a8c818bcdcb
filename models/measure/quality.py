"""How well the shipped models do on data they never saw."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

from models import catalog, checkpoint, worlds
from models.measure.finding import Finding
from models.measure.report import METRICS, UNLISTED


def model_ids() -> tuple[str, ...]:
    """Every model that may be shipped with the project: in the catalogue first, then the others."""
    local = (spec.id for spec in catalog.SPECS if not spec.files)
    return (*local, *UNLISTED)


def is_shipped(model_id: str) -> bool:
    """Are the weights of a model here, and the account of how they came about?"""
    folder = checkpoint.folder(model_id)
    return bool(checkpoint.revision(folder)) and (folder / METRICS).is_file()


def command(model_id: str, pictures: int | None = None) -> str:
    """What to type to measure a model again."""
    more = "" if pictures is None else f" --pictures {pictures}"
    return f"python -m models.measure quality --model {model_id}{more}"


def measure(model_id: str, pictures: int | None = None) -> Iterator[Finding]:
    """Everything that is measured of one shipped model, as it is found.

    Args:
        model_id: one of `model_ids`.
        pictures: how many are compared with real ones; None for as many as there are of those.

    Raises:
        DataMissing: without the test data.
    """
    findings = _find(model_id, pictures)
    while True:
        started = time.perf_counter()
        finding = next(findings, None)
        if finding is None:
            return
        yield replace(finding, seconds=time.perf_counter() - started)


def _find(model_id: str, pictures: int | None) -> Iterator[Finding]:
    if model_id == "judge":
        from models.measure import judging

        yield from judging.measure()
    elif model_id == "clip_mini":
        from models.measure.worlds import zero_shot

        yield from zero_shot.measure(checkpoint.folder(model_id))
    else:
        yield from _find_with_adapter(model_id, pictures)


def _find_with_adapter(model_id: str, pictures: int | None) -> Iterator[Finding]:
    from models.pool import Pool

    pool = Pool()
    try:
        yield from _of_world(pool.lease(model_id).result().adapter, pictures)
    finally:
        pool.close()


def _of_world(adapter: Any, pictures: int | None) -> Iterator[Finding]:
    spec = adapter.spec
    use = worlds.use_of(spec.world, spec.kind)
    if use.measure:
        counted = (pictures,) if spec.kind == "image" else ()
        yield from _imported(use.measure)(adapter, *counted)
    if spec.family in use.measure_family:
        yield from _imported(use.measure_family[spec.family])(adapter)


def _imported(name: str) -> Callable[..., Iterator[Finding]]:
    module, _, function = name.partition(":")
    found: Callable[..., Iterator[Finding]] = getattr(import_module(module), function)
    return found
