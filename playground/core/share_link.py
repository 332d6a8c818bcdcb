"""The address of a page: recipes in `?recipe=`, there and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qs

from models.base import ModelSpec, Recipe
from models.recipe import NotOffered, decode_link, encode_link
from playground.core.feature import Feature, places, restore_of

PARAMETER = "recipe"


def link_of(recipes: Sequence[Recipe]) -> str:
    """The value of `?recipe=` for these recipes; "" when there are none or they are too long."""
    try:
        return encode_link(recipes) if recipes else ""
    except ValueError:
        return ""


class Opened(NamedTuple):
    """What the address of a page holds: recipes, and a sentence about them when there is need."""

    recipes: tuple[Recipe, ...]
    remark: str


def open_link(link: str, specs: Mapping[str, ModelSpec]) -> Opened:
    """Read the value of `?recipe=`; a damaged link holds nothing and says so."""
    if not link:
        return Opened((), "")
    try:
        recipes = decode_link(link, specs)
    except NotOffered as error:
        return Opened((), f"{error} Open the link where that model is, or begin anew below.")
    except ValueError as error:
        return Opened((), f"{error} Ask for it again, or begin anew below.")
    return Opened(recipes, _other_weights(recipes, specs))


def place_of_query(query: str, specs: Mapping[str, ModelSpec], features: Sequence[Feature]) -> str:
    """The place that a page's address asks for by the recipes in it; "" for none.

    A link that cannot be read leads to the first place that restores links: it says so there.
    """
    link = parse_qs(query).get(PARAMETER, [""])[0]
    if not link:
        return ""
    recipes, _ = open_link(link, specs)
    found = (restore_of(features, specs[recipe.model], recipe) for recipe in recipes)
    asked = [restore.place for restore in found if restore]
    there = [place.id for place in places(features) if place.restore]
    return next(iter([*asked, *there]), "")


def _other_weights(recipes: Sequence[Recipe], specs: Mapping[str, ModelSpec]) -> str:
    changed = [r.model for r in recipes if r.weights != specs[r.model].revision]
    if not changed:
        return ""
    names = ", ".join(specs[model].name for model in dict.fromkeys(changed))
    return f"This link was made with other weights of {names}. It runs here with those of today."
