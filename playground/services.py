"""What every handler is given: the engine, the models on offer, and who follows what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models import catalog, checkpoint, device
from models.base import ModelSpec, World
from models.engine import Engine
from models.hub import Downloads
from models.pool import Pool
from playground import limits, presets
from playground.following import Followers
from playground.logs import LoggedEngine

LARGE = "large"
"""The kind of the models with a billion weights, for a step of which nobody else shall wait."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one running app, built once in `app.py` and bound to every handler.

    Args:
        weights: the folder of the shipped models; what was learnt on the way lies beside them.
    """

    engine: Engine
    pool: Pool
    specs: Mapping[str, ModelSpec]
    followers: Followers = field(default_factory=Followers)
    weights: Path = checkpoint.WEIGHTS
    downloads: Downloads = field(default_factory=Downloads)

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


def open_services() -> Services:
    """The services over every model on offer, as this host can carry them out.

    Raises:
        ValueError: in a sentence, when the operator has set something that cannot be meant.
    """
    allowed = limits.read()
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
        admit=presets.admission(specs),
    )
    return Services(engine, pool, specs, downloads=Downloads(lambda: pool.budget_bytes))
