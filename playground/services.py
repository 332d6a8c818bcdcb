"""What every handler is given: the engine, the models on offer, and who follows what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from models import catalog, checkpoint, device
from models.base import ModelSpec, World
from models.engine import Engine
from models.hub import Downloads
from models.pool import Pool
from playground import lessons, limits, presets, visitor
from playground.classroom import membership
from playground.classroom.classes import Classes
from playground.classroom.token import open_secret, passing_secret
from playground.following import Followers, Keep
from playground.history import History, open_history
from playground.logs import LoggedEngine

LARGE = "large"
"""The kind of the models with a billion weights, for a step of which nobody else shall wait."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one running app, built once in `app.py` and bound to every handler.

    Args:
        weights: the folder of the shipped models; what was learnt on the way lies beside them.
        history: where runs of visitors are kept; None keeps nothing.
        classes: those that are open here.
    """

    engine: Engine
    pool: Pool
    specs: Mapping[str, ModelSpec]
    followers: Followers = field(default_factory=Followers)
    weights: Path = checkpoint.WEIGHTS
    downloads: Downloads = field(default_factory=Downloads)
    history: History | None = None
    classes: Classes = field(default_factory=lambda: Classes(passing_secret()))

    def spec(self, model_id: object) -> ModelSpec:
        """One model on offer; ValueError in a visitor's words if there is none of that name."""
        spec = self.specs.get(model_id) if isinstance(model_id, str) else None
        if spec is None:
            raise ValueError(f"There is no model called “{model_id}” here.")
        return spec

    def of_kind(self, kind: str, *worlds: World) -> tuple[ModelSpec, ...]:
        """The models of one kind, of any world or of those named, in the order they are offered."""
        return tuple(
            spec
            for spec in self.specs.values()
            if spec.kind == kind and (not worlds or spec.world in worlds)
        )

    def stop(self, visitor: str, place: str) -> None:
        """Stop whatever one place of a visitor's page follows."""
        for run in self.followers.of(visitor, place):
            self.engine.stop(run)

    def keeper(self, request: Any) -> Keep | None:
        """What keeps the runs of a request for its visitor; None where nothing is kept."""
        return self.history.keeper(visitor.id_of(request)) if self.history else None

    def warm(self) -> None:
        """Read the shipped models in the background, unless PLAYGROUND_WARM=0."""
        if os.environ.get("PLAYGROUND_WARM", "1") != "0":
            shipped = [spec for spec in self.specs.values() if not spec.files]
            self.pool.warm(spec.id for spec in shipped if spec.kind in {"text", "image"})

    def close(self) -> None:
        """End every run and download with a sentence for who follows it, and let go of all."""
        self.downloads.close()
        self.engine.close()
        self.pool.close()
        if self.history:
            self.history.close()


def open_services() -> Services:
    """The services over every model on offer, as this host can carry them out.

    Raises:
        ValueError: in a sentence, when the operator has set something that cannot be meant.
    """
    lessons.folder()  # says so when it is not there
    allowed, history = limits.read(), open_history()
    classes = Classes(open_secret())
    specs = catalog.specs()
    elsewhere: Mapping[str, ModelSpec] = {}
    kinds = {spec.id: LARGE for spec in specs.values() if spec.files and spec.kind == "image"}
    if device.shares_gpu():
        from models import zerogpu  # needs a package that is there on such hosts only

        elsewhere = zerogpu.open_models(specs)
        kinds |= dict.fromkeys(elsewhere, zerogpu.KIND)
    pool = Pool({**specs, **elsewhere})
    engine = LoggedEngine(
        pool,
        kinds=kinds,
        max_waiting=allowed.runs,
        max_waiting_per_visitor=allowed.runs_per_visitor,
        step_limit_seconds=allowed.step_seconds,
        step_limits={LARGE: allowed.large_step_seconds},
        cache_bytes=allowed.cache_bytes,
        admit=membership.admission(specs, classes, presets.admission(specs)),
    )
    welcome = partial(membership.refusal, classes)
    downloads = Downloads(lambda: pool.budget_bytes, welcome)
    return Services(engine, pool, specs, downloads=downloads, history=history, classes=classes)
