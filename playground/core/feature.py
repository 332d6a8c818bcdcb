"""What a feature of the page registers: plain data, and import strings of what is opened later.

A feature is a folder in `playground/features/`. Its `__init__.py` says here, in one `Feature`, what
the page, the server and the engine get from it; `playground/registry.py` lists all features.
Nothing of a feature is imported before it is needed: where something is to be called, its import
string stands here, such as "playground.features.text.place:build".
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from models.base import ModelSpec, Recipe

T = TypeVar("T")
Refuses: TypeAlias = Callable[[ModelSpec | None], str]
"""Why whoever is being served may not use a model now; "" where nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the page, in the order of the features.

    Args:
        id: stands in the page's address behind “#”, and before the `elem_id`s in it.
        title: what its tab says.
        build: `build(services)` lays it out in its tab and returns the components that `restore`
            fills; "" for one that stands in the first page itself.
        restore: `restore(services, recipes)` gives the values of those components for a link.
    """

    id: str
    title: str
    build: str = ""
    restore: str = ""


@dataclass(frozen=True, slots=True)
class Restore:
    """Where the recipes of one kind of model and one world are at work.

    Args:
        kind, world: of the models.
        place: the place that a link with such a recipe opens.
        button: the `elem_id` of what then carries it out.
        task: of the recipes; "" for all that have no entry of their own.
    """

    kind: str
    world: str
    place: str
    button: str
    task: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    Args:
        id: the name of its folder.
        folder: its folder; scripts and stylesheets in it are served by name.
        routes: `routes(services)` each: its addresses.
        middleware: `middleware(app)`: what stands in front of the whole app.
        publishes: `publishes(services)`: its functions of the public API.
        opens: `opens()` is called once when the app starts; what it returns is kept as a state
            (see `state_of`) and closed with the app. It raises ValueError, in a sentence, when the
            operator has set something that cannot be meant.
        admits: `admits(states)` gives a rule of the engine and of downloads.
        keeps: `keeps(services, request)` gives what is told of the finished runs of a request.
    """

    id: str
    folder: Path
    place: Place | None = None
    restores: tuple[Restore, ...] = ()
    routes: tuple[str, ...] = ()
    middleware: str = ""
    publishes: str = ""
    opens: str = ""
    admits: str = ""
    keeps: str = ""


@cache
def load(reference: str) -> Any:
    """What an import string names, as "module:name"."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def loaded(features: Iterable[Feature], what: str) -> Iterator[Any]:
    """What the import strings name that features have under this name."""
    for feature in features:
        named = getattr(feature, what)
        yield from map(load, (named,) if isinstance(named, str) and named else named)


def places(features: Iterable[Feature]) -> tuple[Place, ...]:
    """All places, in their order."""
    return tuple(feature.place for feature in features if feature.place)


def restore_of(features: Iterable[Feature], spec: ModelSpec, recipe: Recipe) -> Restore | None:
    """Where a recipe of this model is at work; None where the page has no form for it."""
    found = [
        restore
        for feature in features
        for restore in feature.restores
        if (restore.kind, restore.world) == (spec.kind, spec.world)
        and restore.task in {"", recipe.task}
    ]
    return max(found, key=lambda restore: bool(restore.task), default=None)


def state_of(states: Sequence[object], kind: type[T]) -> T | None:
    """The state of one type that a feature has opened; None if there is none."""
    return next((state for state in states if isinstance(state, kind)), None)
