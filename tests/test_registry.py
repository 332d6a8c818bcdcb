"""The registry: what each entry must have, and that one entry more is all that anything needs."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models import catalog, experiments
from models.experiments import results
from models.recipe import encode_link, make_recipe
from playground import registry, site, stack
from playground.core import feature
from playground.core.feature import Feature, Part, Place, Restore, Scene
from playground.core.share_link import place_of_query
from playground.features.classroom import pages as classroom_pages
from playground.features.classroom import student_acts, teacher_acts
from playground.features.drawers import look_inside
from playground.features.history import routes as history_routes
from playground.features.lessons import lesson as lessons
from playground.features.lessons import pages as lesson_pages
from playground.features.play import first_page
from playground.registry import FEATURES
from playground.server.route import served
from playground.tools import static_site
from playground.web import i18n
from tests.fake_catalogue import SPECS

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "playground" / "README.md").read_text(encoding="utf-8")
BROWSER = "".join(
    file.read_text(encoding="utf-8") for file in sorted((ROOT / "tests" / "browser").glob("*.py"))
)
SCENES = [scene for each in FEATURES for scene in each.scenes]
RENAMED = {"childhoods": "time_machine"}
"""Folders with another name than the id that stands in links and lessons."""
DRAWERS = [drawer for each in FEATURES for drawer in each.drawers]
LESSON = """---
title: Of the made up
minutes: 10
level: start
summary: A scene that was added.
---

## Look

```scene
echo
```

```teacher
minutes: 10
say: Look.
```
"""


CLAIM = """from dataclasses import replace
from models.experiments.sharp_or_blurry import *
from models.experiments.sharp_or_blurry import CLAIM as KNOWN
CLAIM = replace(KNOWN, id="made_up", order=990, sentence="Made up.")
"""


def _id(entry: Any) -> str:
    return str(entry.id)


# What each entry must have


@pytest.mark.parametrize("entry", FEATURES, ids=_id)
def test_a_feature_has_a_folder_and_a_line_in_the_map(entry: Feature) -> None:
    assert entry.folder == ROOT / "playground" / "features" / entry.id
    assert f"\n| `{entry.id}` | " in MAP


def test_every_folder_of_features_is_registered() -> None:
    folders = {file.parent.name for file in registry_folder().glob("*/__init__.py")}
    assert {entry.id for entry in FEATURES} == folders


def registry_folder() -> Path:
    return Path(registry.__file__).parent / "features"


@pytest.mark.parametrize("entry", [*SCENES, *DRAWERS], ids=_id)
def test_a_scene_and_a_drawer_have_folder_script_browser_test_and_line(entry: Any) -> None:
    kind = "scene" if isinstance(entry, Scene) else "look"
    folder = RENAMED.get(entry.id, entry.id)
    assert entry.folder.name == folder
    assert (entry.folder / f"{folder}.js").is_file()
    assert f"{kind}-{entry.id}" in BROWSER or f'"{entry.id}"' in BROWSER
    assert re.search(rf"`{entry.id}`\s\(", MAP)


@pytest.mark.parametrize("place", feature.places(FEATURES), ids=_id)
def test_a_place_has_a_browser_test_and_a_line(place: Place) -> None:
    assert f'"{place.title}"' in BROWSER
    assert place.id == "play" or f"place {place.title}" in MAP


@pytest.mark.parametrize("claim", results.ids())
def test_a_claim_has_the_name_of_its_module_and_a_place_of_its_own(claim: str) -> None:
    about = results.experiment(claim).CLAIM
    orders = [results.experiment(each).CLAIM.order for each in results.ids()]
    assert about.id == claim
    assert orders.count(about.order) == 1


def test_no_name_is_served_twice() -> None:
    names = Counter(
        file.name
        for entry in FEATURES
        for file in entry.folder.rglob("*")
        if file.suffix in {".js", ".css"}
    )
    assert [name for name, count in names.items() if count > 1] == []
    ids = Counter(entry.id for entry in (*SCENES, *DRAWERS, *feature.places(FEATURES)))
    assert not [name for name, count in ids.items() if count > 2]  # a place and a scene may agree


def test_every_import_string_names_something() -> None:
    for entry in FEATURES:
        strings = [*entry.routes, entry.middleware, entry.publishes, entry.opens, entry.admits]
        strings += [entry.keeps, entry.first_page, entry.front]
        strings += [entry.place.build, entry.place.restore] if entry.place else []
        strings += [s for scene in entry.scenes for s in (scene.markup, scene.data)]
        strings += [s for scene in entry.scenes for p in scene.parts for s in (p.made, p.requests)]
        for reference in filter(None, strings):
            assert callable(feature.load(reference)), reference
            assert reference.startswith(f"playground.features.{entry.id}."), reference


# One entry more


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feature:
    """A feature with a place, and with the scene and the drawer of the map, as it says."""
    monkeypatch.syspath_prepend(tmp_path)
    scenes = _carried_out(tmp_path, "added_scenes", "How to add a scene", "Scene")
    drawers = _carried_out(tmp_path, "added_drawers", "How to add a drawer", "Drawer")
    (tmp_path / "added_scenes" / "echo" / "sound.json").write_text('{"heard": true}')
    (scene,) = scenes
    return Feature(
        "made_up",
        tmp_path,
        place=Place(
            "made_up",
            "Made up",
            build="tests.made_up_feature:build",
            restore="tests.made_up_feature:restore",
        ),
        restores=(Restore("text", "emoji", "made_up", "made_up-make"),),
        scenes=(replace(scene, parts=(Part("sound"),)),),
        drawers=drawers,
        routes=("tests.made_up_feature:routes",),
    )


def _carried_out(folder: Path, package: str, heading: str, kind: str) -> tuple[Any, ...]:
    """The entries of a folder in which the steps below a heading of the map were carried out."""
    steps = MAP.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    (entry,), (script,) = (_blocks(steps, language) for language in ("python", "js"))
    name = re.search(r"`(\w+)\.js`", steps)[1]  # type: ignore[index]
    here = folder / package / name
    here.mkdir(parents=True)
    (folder / package / "__init__.py").write_text("")
    head = f"from pathlib import Path\nfrom playground.core.feature import {kind}\n"
    (here / "__init__.py").write_text(head + entry)
    (here / f"{name}.js").write_text(script)
    for module in [known for known in sys.modules if known.split(".")[0] == package]:
        del sys.modules[module]
    return feature.entries(package)


def _blocks(text: str, language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in found]


@pytest.fixture
def with_it(services: Any, made_up: Feature) -> Any:
    """Services with the feature of this test as the last one."""
    return replace(services, features=(*FEATURES, made_up))


def test_how_to_add_has_at_most_eight_lines_each() -> None:
    parts = re.findall(r"^## How to add a [^\n]*\n(.*?)(?=^## |\Z)", MAP, re.DOTALL | re.MULTILINE)
    assert len(parts) == 7
    for part in parts:
        assert sum(1 for line in part.splitlines() if line and "```" not in line) <= 8


def test_a_place_that_is_added_is_on_the_page_and_in_links(with_it: Any) -> None:
    ids = {block.elem_id for block in site.build(with_it).blocks.values()}
    assert {"page-made_up", "made_up-field", "made_up-make"} <= ids
    front = first_page.page(SPECS, with_it.features)
    assert 'id="place-made_up"' in front
    spec = SPECS["char_lstm_emoji"]
    link = encode_link([make_recipe(spec, seed=7)])
    request = SimpleNamespace(session_hash="one", query_params={"recipe": link})
    tabs, _, press, *_, field = site.open_page(with_it, request)  # type: ignore[arg-type]
    assert (tabs.selected, press, field) == ("made_up", "made_up-make", "seed 7")
    assert place_of_query(f"recipe={link}", SPECS, with_it.features) == "made_up"
    run = SimpleNamespace(recipe=make_recipe(spec, seed=7).as_dict())
    assert history_routes._link(run, with_it) == link  # type: ignore[arg-type]
    assert history_routes._link(run, replace(with_it, features=FEATURES)) == ""  # type: ignore[arg-type]


def test_every_button_that_a_link_names_is_on_the_page(hub_services: Any) -> None:
    ids = {block.elem_id for block in site.build(hub_services).blocks.values()}
    places = {place.id for place in feature.places(FEATURES)}
    for restore in (each for entry in FEATURES for each in entry.restores):
        assert restore.button in ids
        assert restore.place in places


def test_routes_that_are_added_are_served(with_it: Any) -> None:
    routes = stack.settings(with_it, threading.Event())["routes"]
    assert TestClient(Starlette(routes=routes)).get("/made_up").text == "made up"


def test_every_address_says_who_may_call_and_how_much_it_takes(services: Any) -> None:
    found = stack.own_routes(services)
    limited = {(r.method, r.path): r.callers.name for r in found if r.callers.name != "anybody"}
    acts = {"students": "now tally", "the teacher": "all sheets.zip"}
    told = {"students": ["sheet", *student_acts.ACTS], "the teacher": ["ready", *teacher_acts.ACTS]}
    room = "/class/{code}"
    assert limited == {
        ("GET", f"{room}/picture/{{name}}"): "who knows its name",
        **{("GET", f"{room}/{act}"): who for who in acts for act in acts[who].split()},
        **{("POST", f"{room}/{act}"): who for who in told for act in told[who]},
        ("GET", "/history/export"): "whose runs they are",
        ("GET", "/history/{run:int}/{number:int}.png"): "whose runs they are",
        **{("POST", f"/history/{act}"): "whose runs they are" for act in _CHANGES},
        ("POST", "/real/fetch"): "anybody, unless switched off",
    }
    anybodys = {r.path for r in found if r.private and r.callers.name == "anybody"}
    assert anybodys == {"/history", "/postcard.png"}
    assert max(found, key=lambda route: route.max_bytes).path == f"{room}/sheet"


_CHANGES = ("rate", "note", "delete")


def test_a_scene_that_is_added_is_on_the_page_in_lessons_and_in_the_static_folder(
    with_it: Any, made_up: Feature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = first_page.page(SPECS, with_it.features)
    assert front.index('id="scene-fork"') < front.index('id="scene-echo"')
    assert 'root.append("Echo")' in front
    monkeypatch.setattr(static_site, "FEATURES", with_it.features)
    static_site.write_static(tmp_path / "static")
    assert 'root.append("Echo")' in (tmp_path / "static" / "index.html").read_text()
    part = (tmp_path / "static" / "pack" / "sound.js").read_text()
    assert part == 'playground.unpack("sound", {"heard": true});\n'
    with pytest.raises(lessons.LessonError, match="There is no scene “echo”"):
        lessons.parse(LESSON, "made_up.md", SPECS)
    scenes = lessons.standing_alone(with_it.features)
    lesson = lessons.parse(LESSON, "made_up.md", SPECS, scenes)
    html = lesson_pages.lesson_page(lesson, SPECS, scenes).html
    assert 'id="scene-echo"' in html
    assert 'root.append("Echo")' in html


def test_a_drawer_that_is_added_is_in_its_place_and_its_script_served(
    with_it: Any, made_up: Feature
) -> None:
    there, elsewhere = (look_inside.drawers(with_it, place) for place in ("images", "text"))
    assert "look-mirror" in there
    assert "What comes back." in there
    assert "look-mirror" not in elsewhere
    served = stack.shipped_files(with_it.features, with_it.weights)
    assert served["/shipped/mirror.js"] == made_up.folder / "added_drawers/mirror/mirror.js"


def test_a_claim_that_is_added_is_at_claims_and_can_be_chosen_in_a_class(
    services: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made_up.py").write_text(CLAIM)
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    for name in ("ids", "experiment"):
        _anew(monkeypatch, results, name)
    blocks = site.build(services).blocks.values()
    assert "claims-run-made_up" in {block.elem_id for block in blocks}
    chosen = classroom_pages.choices(services, lessons.library_of(services))["claims"]
    assert chosen[-1] == {"id": "made_up", "title": "Made up."}


def test_a_script_that_a_feature_adds_to_light_pages_is_on_those_of_lessons(
    with_it: Any, made_up: Feature
) -> None:
    added = replace(made_up, light_scripts=("added_scenes/echo/echo.js",))
    pages = {}
    for features in (FEATURES, (*FEATURES, added)):
        here = replace(with_it, features=features)
        client = TestClient(Starlette(routes=served(lesson_pages.routes(here))))
        paths = ("/lessons", "/lesson/own", "/lesson/zero", "/lesson/zero/teacher")
        pages[len(features)] = [client.get(path).text for path in paths]
    plain, more = pages.values()
    assert all("shipped/student_bar.js" in page for page in (*plain, *more))
    assert not any("shipped/echo.js" in page for page in plain)
    assert all("shipped/echo.js" in page for page in more)


def test_a_lesson_that_is_added_is_in_the_list(services: Any, tmp_path: Path) -> None:
    (tmp_path / "made_up.md").write_text(LESSON.replace("echo", "fork"), encoding="utf-8")
    library = lessons.Library(services.specs, [lessons.FOLDER, tmp_path])
    assert "Of the made up" in lesson_pages.list_page(library).html
    assert library.get("made_up").title == "Of the made up"


def test_a_language_that_is_added_is_offered_and_served(
    services: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in i18n.FOLDER.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "eo.json").write_text(json.dumps({"Play": "Ludi"}), encoding="utf-8")
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    _anew(monkeypatch, i18n, "catalogues")
    assert "eo.json" in first_page.page(SPECS, FEATURES)
    assert "/shipped/eo.json" in stack.shipped_files(FEATURES, services.weights)


def _anew(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let a function that keeps its answer give it once more, and forget that afterwards."""
    plain: Callable[..., Any] = getattr(module, name).__wrapped__
    monkeypatch.setattr(module, name, plain)


def test_models_that_are_offered_have_a_place_or_are_named_here() -> None:
    shown = {(each.kind, each.world) for entry in FEATURES for each in entry.restores}
    without = {
        spec.id
        for spec in catalog.specs().values()
        if spec.kind != "measure" and (spec.kind, spec.world) not in shown
    }
    assert {id_ for id_ in without if id_ in SPECS} == {"char_lstm_emoji"}
