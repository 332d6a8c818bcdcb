"""Look inside: which drawers a place has, and what they know of the models."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models import catalog
from playground.core.feature import Drawer, Feature
from playground.features.drawers import look_inside
from playground.registry import FEATURES as REGISTERED
from playground.web import linker
from playground.web.assets import FEATURES, KIT, address

HERE = Path(__file__).parent
CRITIC = Drawer("critic", HERE, "Title & more", "One line.", "images", shows=("critic",))
DRAWERS = [drawer for each in REGISTERED for drawer in each.drawers]


def having(*drawers: Drawer) -> Any:
    """Services with these drawers alone."""
    features = (Feature("test", HERE, drawers=drawers),)
    return SimpleNamespace(features=features, specs=catalog.specs())


def told(html: str) -> dict[str, Any]:
    """What the scripts of drawers are told of the models, by id."""
    (known,) = (json.loads(unescape(m)) for m in re.findall(r'data-models="([^"]*)"', html))
    return dict(known)


def test_a_drawer_is_there_when_a_model_can_show_what_it_is_about() -> None:
    html = look_inside.drawers(having(CRITIC), "images")
    known = told(html)
    (shows,) = re.findall(r'data-shows="([^"]*)"', html)
    models = [known[id_] for id_ in shows.split()]
    assert list(known) == shows.split()
    assert [model["id"] for model in models] == ["gan"]
    assert models[0]["inputs"]["critic"][0]["name"] == "picture"
    assert {control["name"] for control in models[0]["controls"]} >= {"count", "digit"}
    assert "Title &amp; more" in html


def test_scripts_are_told_what_their_types_say() -> None:
    (model,) = told(look_inside.drawers(having(CRITIC), "images")).values()
    types = (KIT / "models.d.ts").read_text(encoding="utf-8")
    for name, fields in (("Model", model), ("Control", model["controls"][0])):
        (body,) = re.findall(rf"interface {name} {{\n(.*?)\n}}", types, re.DOTALL)
        assert re.findall(r"^  (\w+):", body, re.MULTILINE) == list(fields)


def test_no_drawer_without_such_a_model_nor_in_another_place() -> None:
    nobody = Drawer("x", HERE, "X", "X.", "images", shows=("fly",))
    assert look_inside.drawers(having(nobody), "images") == ""
    assert look_inside.drawers(having(CRITIC), "text") == ""


@pytest.mark.parametrize("look", DRAWERS, ids=lambda look: look.id)
def test_every_look_has_a_script_that_builds_it(look: Drawer) -> None:
    assert "build" in linker.exports(look.folder / f"{look.id}.js")
    assert look.models(catalog.specs())


def test_an_address_changes_with_the_content() -> None:
    assert re.fullmatch(r"shipped/why\.js\?v=[0-9a-f]{8}", address(FEATURES / "text" / "why.js"))
    assert address(FEATURES / "nothing.js") == ""
