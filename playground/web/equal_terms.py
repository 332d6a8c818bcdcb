"""What is not equal between models that are compared, in sentences for the page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields

from models import catalog
from models.base import ModelSpec
from models.datasets import Concept
from models.measure import terms
from models.measure.terms import Terms
from models.worlds import WORLDS
from playground.core.format import duration, significant, whole
from playground.web import markup

HEADING = "Not equal."
NO_BREAK = "\u00a0"
_LABELS = {field.name for field in fields(Concept)}


def sentences(specs: Sequence[ModelSpec]) -> str:
    """What is not equal between models that have learnt from one world; "" for nothing.

    Models of the hub came about elsewhere, and say so themselves.
    """
    of_weights = {spec.source: spec for spec in reversed(specs)}  # of twins the first
    found = [(spec, terms.of(spec)) for spec in specs if of_weights[spec.source] is spec]
    known = [(spec, its) for spec, its in found if its is not None]
    if len(known) < 2:
        return ""
    differing = terms.differences(known[0][0].kind, [its for _, its in known])
    said = _asked(spec for spec, _ in known)
    if "data" in differing:
        said.append("They have not learnt from the same data.")
    if "teachers" in differing:
        said.extend(_taught(spec, its) for spec, its in known if its.texts)
    if "weights" in differing:
        sizes = _each(known, lambda found: f"{significant(found.parameters / 1e6, 2)} M")
        said.append(f"Weights: {sizes}.")
    if "training" in differing:
        times = _each(known, lambda found: duration(found.seconds))
        said.append(f"Training on two CPU cores: {times}.")
    return " ".join(said)


def note(specs: Sequence[ModelSpec]) -> str:
    """The same as HTML; "" for nothing."""
    said = sentences(specs)
    return markup.headed(said, HEADING) if said else ""


def by_world(specs: Iterable[ModelSpec]) -> str:
    """A line for each world in which models of one kind are compared on unequal terms, as HTML."""
    groups: dict[tuple[str, str], list[ModelSpec]] = {}
    for spec in specs:
        groups.setdefault((spec.world, spec.kind), []).append(spec)
    return "".join(
        markup.headed(said, f"{WORLDS[world].title.capitalize()}.", HEADING)
        for (world, _), group in groups.items()
        if world and (said := sentences(group))
    )


def _asked(specs: Iterable[ModelSpec]) -> list[str]:
    """Who is told what to make, where only some are."""
    told: list[str] = []
    blind: list[str] = []
    for spec in specs:
        labels = _LABELS.intersection(control.name for control in spec.controls)
        (told if labels or "prompt" in spec.can else blind).append(spec.name)
    return [f"Not told what to draw: {', '.join(blind)}."] if told and blind else []


def _taught(spec: ModelSpec, found: Terms) -> str:
    count = whole(sum(found.texts.values()))
    authors = ", ".join(catalog.spec(model).name for model in found.texts)
    return f"{spec.name} has also learnt from {count} texts that models had written: {authors}."


def _each(known: Sequence[tuple[ModelSpec, Terms]], figure: Callable[[Terms], str]) -> str:
    each = (f"{spec.name} {figure(found)}" for spec, found in known)
    return ", ".join(one.replace(" ", NO_BREAK) for one in each)
