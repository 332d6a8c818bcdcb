"""What a feature of the page registers: plain data, and import strings of what is opened later.

A feature is a folder in `playground/features/`. Its `__init__.py` says here, in one `Feature`, what
the page, the server and the engine get from it; `playground/registry.py` lists all features.
Nothing of a feature is imported before it is needed: where something is to be called, its import
string stands here, such as "playground.features.text.place:build".
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
class Part:
    """Data that a scene unpacks: runs that were recorded once, or something made of the weights.

    Args:
        name: of its file beside the scene, where it is recorded.
        requests: `requests()`: run -> what `tools.record_pack` asks for; "" where none is recorded.
        made: `made(weights)`: the content; "" where that is the recorded runs as they are.
    """

    name: str
    requests: str = ""
    made: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene of the first page; its script lies in its folder, and has the folder's name.

    Args:
        id: stands in its `elem_id` and in lessons; its folder is called so, too, or better.
        order: where it stands on the page: smaller ones first.
        parts: what its script unpacks.
        markup: `markup(specs)`: what is in it before its script runs.
        data: `data(specs)`: id -> JSON that stands on the page for it.
        alone: whether it builds all it needs by itself, so that lessons can hold it, too.
    """

    id: str
    folder: Path
    order: int
    parts: tuple[Part, ...] = ()
    markup: str = ""
    data: str = ""
    alone: bool = True

    @property
    def script(self) -> Path:
        """What builds it."""
        return self.folder / f"{self.folder.name}.js"


@dataclass(frozen=True, slots=True)
class Drawer:
    """A drawer that looks inside models; its script has its name, and lies in its folder.

    Args:
        title: what it is called; a few words.
        line: what is to be seen, in a sentence.
        place: where it lies.
        order: where it lies there: smaller ones first.
        shows: what a model must declare it can do to be part of it; "generate" is every model.
        world: the world of the models it is about.
        hub: whether models of the public hub are part of it, too.
        claim: the claim whose shipped result stands at its end, "" for none.
    """

    id: str
    folder: Path
    title: str
    line: str
    place: str
    order: int = 0
    shows: tuple[str, ...] = ("generate",)
    world: str = "digits"
    hub: bool = False
    claim: str = ""

    def models(self, specs: Mapping[str, ModelSpec]) -> tuple[ModelSpec, ...]:
        """The models that can show what it is about."""
        makes = {id_: {"generate"} if s.kind != "measure" else set() for id_, s in specs.items()}
        can = {id_: makes[id_] | spec.can for id_, spec in specs.items()}
        return tuple(
            spec
            for id_, spec in specs.items()
            if (spec.world == self.world or (self.hub and spec.files))
            and can[id_].intersection(self.shows)
        )


@dataclass(frozen=True, slots=True)
class Front:
    """What a feature adds to the first page, as HTML.

    Args:
        header: at the end of its header.
        body: below the header.
        attributes: of the element around all of it, escaped.
    """

    header: str = ""
    body: str = ""
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    Args:
        id: the name of its folder.
        folder: its folder; scripts and stylesheets in it are served by name.
        scenes, drawers: what it adds to the first page and to places, see `entries`.
        first_page: `first_page(specs, features)` makes the page in front of all, as HTML; one
            feature does.
        front: `front()` gives a `Front`, what it adds to the first page.
        routes: `routes(services)` each: its addresses, see `server/route.py`.
        middleware: `middleware(app)`: what stands in front of the whole app.
        publishes: `publishes(services)`: its functions of the public API.
        opens: `opens()` is called once when the app starts; what it returns is kept as a state
            (see `state_of`) and closed with the app. It raises ValueError, in a sentence, when the
            operator has set something that cannot be meant.
        admits: `admits(states)` gives a rule of the engine and of downloads.
        clients: `clients(states)` gives what names whoever is being served, as far as nobody can
            invent it; "" for those whom this feature does not know.
        keeps: `keeps(services, request)` gives what is told of the finished runs of a request.
        light_scripts: names of scripts in its folder that stand on the light pages, too: those of
            ours without Gradio, such as a lesson's.
    """

    id: str
    folder: Path
    place: Place | None = None
    restores: tuple[Restore, ...] = ()
    scenes: tuple[Scene, ...] = ()
    drawers: tuple[Drawer, ...] = ()
    first_page: str = ""
    front: str = ""
    routes: tuple[str, ...] = ()
    middleware: str = ""
    publishes: str = ""
    opens: str = ""
    admits: str = ""
    clients: str = ""
    keeps: str = ""
    light_scripts: tuple[str, ...] = ()


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


def entries(package: str) -> tuple[Any, ...]:
    """`ENTRY` of every folder in a package, in the order that the entries give themselves."""
    folder = Path(importlib.import_module(package).__path__[0])
    names = sorted(file.parent.name for file in folder.glob("*/__init__.py"))
    found = [importlib.import_module(f"{package}.{name}").ENTRY for name in names]
    return tuple(sorted(found, key=lambda entry: entry.order))


def scenes(features: Iterable[Feature]) -> tuple[Scene, ...]:
    """All scenes of the first page, in their order."""
    found = (scene for feature in features for scene in feature.scenes)
    return tuple(sorted(found, key=lambda scene: scene.order))


def parts(features: Iterable[Feature]) -> Mapping[str, tuple[Scene, Part]]:
    """All parts of scenes by name, with the scene that each belongs to."""
    return {part.name: (scene, part) for scene in scenes(features) for part in scene.parts}


def drawers(features: Iterable[Feature], place: str) -> tuple[Drawer, ...]:
    """All drawers of a place, in their order."""
    found = (drawer for feature in features for drawer in feature.drawers)
    return tuple(sorted((d for d in found if d.place == place), key=lambda d: d.order))


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


def light_scripts(features: Iterable[Feature]) -> tuple[Path, ...]:
    """What features add to pages without Gradio."""
    return tuple(each.folder / name for each in features for name in each.light_scripts)


def state_of(states: Sequence[object], kind: type[T]) -> T | None:
    """The state of one type that a feature has opened; None if there is none."""
    return next((state for state in states if isinstance(state, kind)), None)
