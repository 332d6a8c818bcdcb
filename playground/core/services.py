"""What every handler is given: the engine, the models on offer, and who follows what."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from models import checkpoint
from models.base import ModelSpec, Recipe, Step
from models.engine import Engine
from models.hub.downloads import Downloads
from models.pool import Pool
from playground.core import identity
from playground.core.feature import Feature, loaded, state_of
from playground.core.follow import Followers, Keep

T = TypeVar("T")


def client_of(features: Sequence[Feature], states: Sequence[object]) -> Callable[[], str]:
    """Who is being served, as far as nobody can invent it: by a feature, or by address."""
    names: list[Callable[[], str]] = [knows(states) for knows in loaded(features, "clients")]
    return lambda: next((name for known in names if (name := known())), identity.address())


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one running app, built once in `app.py` and bound to every handler.

    Args:
        weights: the folder of the shipped models; what was learnt on the way lies beside them.
        features: those that the page has, in their order.
        states: what features have opened, see `state`.
    """

    engine: Engine
    pool: Pool
    specs: Mapping[str, ModelSpec]
    followers: Followers = field(default_factory=Followers)
    weights: Path = checkpoint.WEIGHTS
    downloads: Downloads = field(default_factory=Downloads)
    features: tuple[Feature, ...] = ()
    states: tuple[object, ...] = ()

    def state(self, kind: type[T]) -> T | None:
        """What a feature keeps as long as the app runs, by its type; None if there is none."""
        return state_of(self.states, kind)

    def client(self) -> str:
        """Who is being served, as far as nobody can invent it; "" where that is not known."""
        return client_of(self.features, self.states)()

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

    def keeper(self, request: Any) -> Keep | None:
        """What keeps the runs of a request for its visitor; None where nothing is kept."""
        found = [keeps(self, request) for keeps in loaded(self.features, "keeps")]
        told: list[Keep] = [keep for keep in found if keep is not None]

        def keep(recipe: Recipe, steps: Sequence[Step], replayed: bool) -> None:
            for each in told:
                each(recipe, steps, replayed)

        return keep if told else None

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
        for state in self.states:
            if callable(close := getattr(state, "close", None)):
                close()
