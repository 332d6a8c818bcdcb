"""What a card of the page says of its model, as plain data for `web/kit/card.js`."""

from __future__ import annotations

from typing import Any

from models.base import ModelSpec
from models.families import FAMILIES
from models.worlds import use_of
from playground.core.format import size, tagline_of


def facts(spec: ModelSpec, **more: object) -> dict[str, Any]:
    """Name, family, size and whatever else of a model does not change while it works.

    Args:
        more: what the card shall say besides, such as a `hint` while it is empty.
    """
    word = FAMILIES[spec.family].word if spec.family in FAMILIES else ""
    return {
        "model": spec.id,
        "kind": spec.kind,
        "family": spec.family,
        "name": spec.name or word,
        "about": tagline_of(spec),
        "size": size(spec),
        "details": {name: value for name, value in _details(spec).items() if value},
        **more,
    }


def _details(spec: ModelSpec) -> dict[str, str]:
    return {
        "Model": spec.title,
        "Size": size(spec),
        "Weights": spec.revision,
        "Licence": spec.licence,
        "Credit": use_of(spec.world, spec.kind).credit,
        "After": spec.paper,
    }
