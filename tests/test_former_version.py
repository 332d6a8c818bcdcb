"""Links and a history that the former version wrote, opened by this one; see `former/README.md`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models import catalog
from models.base import ImageStep, TokenStep
from models.engine import Engine
from models.pool import Pool
from models.recipe import from_dict
from playground import site
from playground.core.identity import COOKIE
from playground.core.services import Services
from playground.core.share_link import open_link, place_of_query
from playground.features.history import routes as history_routes
from playground.features.history.schema import MIGRATIONS
from playground.features.history.store import History
from playground.features.images import emoji
from playground.features.images import place as images
from playground.features.text import place as text
from playground.registry import FEATURES
from playground.server.route import served

FOLDER = Path(__file__).parent / "former"
VISITOR = "0123456789abcdef" * 2
FORMER: dict[str, Any] = json.loads((FOLDER / "links.json").read_text(encoding="utf-8"))
LINKS: list[dict[str, Any]] = FORMER["links"]
RESTORES = {
    "text": text.restore_text,
    "images": images.restore_images,
    "emoji": emoji.restore_emoji,
}


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    """The page's services over everything that is really on offer."""
    specs = catalog.specs()
    pool = Pool(specs)
    found = Services(Engine(pool), pool, specs, features=FEATURES)
    yield found
    found.close()


def _name(link: dict[str, Any]) -> str:
    return str(link["name"])


def test_they_say_with_which_version_they_were_written() -> None:
    head = (FOLDER / "history.sql").read_text(encoding="utf-8").partition("\n")[0]
    assert FORMER["version"] == "1c1ab22"
    assert "1c1ab22" in head
    assert len(LINKS) >= 75


def test_every_model_and_form_of_then_is_among_them() -> None:
    models = {recipe["model"] for link in LINKS for recipe in link["recipes"]}
    assert models >= {spec.id for spec in catalog.specs().values() if spec.kind != "measure"}
    buttons = {link["button"] for link in LINKS}
    assert buttons == {"text-write", "text-score-press", "images-draw", "emoji-draw", ""}
    tasks = {recipe["task"] for link in LINKS for recipe in link["recipes"]}
    assert tasks == {"generate", "score", "look", "walk", "plane", "critic", "redraw"}


@pytest.mark.parametrize("link", LINKS, ids=_name)
def test_a_link_holds_what_it_held(link: dict[str, Any], services: Services) -> None:
    recipes, _ = open_link(link["link"], services.specs)
    assert [recipe.as_dict() for recipe in recipes] == link["recipes"]


@pytest.mark.parametrize("link", LINKS, ids=_name)
def test_a_link_leads_where_it_led_and_presses_what_it_pressed(
    link: dict[str, Any], services: Services
) -> None:
    request = SimpleNamespace(session_hash="one", query_params={"recipe": link["link"]})
    tabs, notice, button, *_ = site.open_page(services, request)  # type: ignore[arg-type]
    assert (getattr(tabs, "selected", None) or "", button) == (link["place"], link["button"])
    assert "begin anew" not in str(notice)
    query = f"recipe={link['link']}"
    if link["place"]:
        assert place_of_query(query, services.specs, FEATURES) == link["place"]


@pytest.mark.parametrize("link", LINKS, ids=_name)
def test_a_link_fills_the_forms_as_it_did(link: dict[str, Any], services: Services) -> None:
    recipes, _ = open_link(link["link"], services.specs)
    for place, filled in link["form"].items():
        form = RESTORES[place](services, recipes)._asdict()
        assert {name: form[name] for name in filled} == filled, place


# The history


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[History]:
    """The history of then, in a file as it was."""
    file = tmp_path / "history.sqlite"
    with sqlite3.connect(file) as db:
        db.executescript((FOLDER / "history.sql").read_text(encoding="utf-8"))
        assert db.execute("PRAGMA user_version").fetchone() == (3,)
    db.close()
    history = History(file)
    yield history
    history.close()


def test_the_file_is_brought_to_the_form_of_today_and_loses_nothing(kept: History) -> None:
    with sqlite3.connect(kept.path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    runs = kept.page(VISITOR)
    shipped = {s.id for s in catalog.specs().values() if s.kind != "measure" and not s.files}
    assert {run.recipe["model"] for run in runs} >= shipped - {"gpt2_int8"}
    assert [run.recipe["model"] for run in runs if run.times == 2] == ["gan"]
    (noted,) = (run for run in runs if run.note)
    assert (noted.note, noted.rating) == ("so it begins", 4)
    for run in runs:
        drawn = [kept.picture(VISITOR, run.id, number + 1) for number in range(run.pictures)]
        assert drawn or run.text
        assert all(png and png.startswith(b"\x89PNG") for png in drawn)


def test_its_rows_are_listed_and_their_links_open(kept: History, services: Services) -> None:
    here = Services(
        services.engine, services.pool, services.specs, features=FEATURES, states=(kept,)
    )
    client = TestClient(Starlette(routes=served(history_routes.routes(here))))
    client.cookies.set(COOKIE, VISITOR)
    listed = client.get("/history").json()
    assert (listed["state"], listed["count"]) == ("on", len(listed["runs"]))
    without = {run["model"] for run in listed["runs"] if not run["link"]}
    assert without == {"char_lstm_emoji"}  # which has no form
    for run in listed["runs"]:
        if run["link"]:
            recipes, _ = open_link(run["link"], services.specs)
            assert [(r.model, r.seed) for r in recipes] == [(run["model"], run["seed"])]
            assert place_of_query(f"recipe={run['link']}", services.specs, FEATURES)
    exported = [json.loads(line) for line in client.get("/history/export").text.splitlines()]
    assert {run["key"] for run in exported} == {run.key for run in kept.page(VISITOR)}
    assert client.post("/history/rate", json={"run": 1, "rating": 5}).json() == {"done": True}


@pytest.mark.parametrize("model", ["char_lstm", "gan"])
def test_its_recipes_run_once_more(kept: History, services: Services, model: str) -> None:
    (row,) = (run for run in kept.page(VISITOR) if run.recipe["model"] == model)
    recipe = from_dict(row.recipe, services.specs)
    assert recipe.key == row.key
    run = services.engine.submit(recipe, "visitor")
    steps = [s for s in services.engine.follow(run) if isinstance(s, (TokenStep, ImageStep))]
    assert steps[-1].last
    written = "".join(step.text for step in steps if isinstance(step, TokenStep))
    assert len(written) == len(row.text)
    assert sum(isinstance(s, ImageStep) and len(s.images) for s in steps[-1:]) == row.pictures
