"""What every handler is given: the engine, the models on offer, and who follows what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models import checkpoint
from models.base import ModelSpec
from models.engine import Engine
from models.hub.downloads import Downloads
from models.pool import Pool
from playground.core import visitor
from playground.core.follow import Followers, Keep
from playground.features.classroom.classroom import Classes
from playground.features.classroom.token import passing_secret
from playground.features.history.store import History


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

    def of_kind(self, kind: str, *worlds: str) -> tuple[ModelSpec, ...]:
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
