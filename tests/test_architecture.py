"""The house as a test: what may import what, how large things are, and where they are registered.

What still is otherwise stands below by name. An entry that no longer occurs fails the test, so
the lists only become shorter; a new one fails it, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.web import assets, linker
from tests import architecture
from tests.architecture import arrows, circles, floor, floors, imports, modules, rooms

MOST_ROOMS, MOST_FLOORS, MOST_ARROWS = 26, 9, 100
MOST_LINES, MOST_MODULES = 500, 16
COLLECTIONS = {"models/adapters", "models/experiments", "models/train"}
"""Folders of one kind of thing each, as many as there are."""
INTERNALS = "playground.gradio_app.internals."
"""Where all is that Gradio does not promise; each module of it has a test of its own."""
FEATURES: dict[str, set[str]] = {
    "drawers": {"claims"},
    "lessons": {"claims", "play"},
    "classroom": {"history", "lessons"},
    "images": {"break_it", "drawers"},
    "text": {"break_it", "drawers"},
    "claims": {"scoreboard"},
}
"""Which other features each may import."""
GRADIO = {
    "gradio_app": "*",
    "site": "",
    "features.break_it": "chips",
    "features.claims": "place",
    "features.images": "draw emoji hub_models place",
    "features.public_api": "api",
    "features.scoreboard": "section",
    "features.text": "place quantised_pair score_section swap_model why_drawer",
}
"""Room -> its modules that lay out a place and may import Gradio."""

# What is still otherwise

GRADIO_ELSEWHERE: set[str] = set()
LONG: set[str] = set()
FULL: set[str] = set()


def test_the_house_is_no_larger_than_drawn() -> None:
    assert len(rooms()) <= MOST_ROOMS, sorted(rooms())
    assert len(arrows()) <= MOST_ARROWS
    assert floors(frozenset(arrows())) <= MOST_FLOORS


def test_imports_point_down() -> None:
    upward = {
        (one, other)
        for (high, low), made in arrows().items()
        for one, other in made
        if not _may(high, low)
    }
    assert not upward


def _may(room: str, other: str) -> bool:
    if floor(room) == floor(other) and room.startswith("features."):
        allowed = FEATURES.get(room.removeprefix("features."), set())
        return other.removeprefix("features.") in allowed
    return floor(room) > floor(other)


def test_features_are_declared_without_a_circle_and_no_more_than_is_used() -> None:
    declared = {(one, other) for one, others in FEATURES.items() for other in others}
    used = {
        (one.removeprefix("features."), other.removeprefix("features."))
        for one, other in arrows()
        if one.startswith("features.") and other.startswith("features.")
    }
    assert not circles(frozenset(declared))
    assert declared == used


@pytest.mark.parametrize("package", architecture.PACKAGES)
def test_no_module_imports_itself_round_a_corner(package: str) -> None:
    inside = (edge for edge in imports() if all(end.startswith(f"{package}.") for end in edge))
    assert not circles(frozenset(inside))


def test_no_room_imports_itself_round_a_corner() -> None:
    assert not circles(frozenset(arrows()))


def test_models_imports_neither_the_page_nor_gradio() -> None:
    assert not {one for one, other in imports() if _of(one, "models") and _of(other, "playground")}
    assert not {name for name in architecture.outside("gradio") if _of(name, "models")}
    assert not {name for name in architecture.outside("torch") if _of(name, "playground")}


def _of(module: str, package: str) -> bool:
    return module.split(".", maxsplit=1)[0] == package


def test_gradio_is_imported_where_places_are_laid_out() -> None:
    found = {name for name in architecture.outside("gradio") if not _lays_out(name)}
    assert found == GRADIO_ELSEWHERE


def _lays_out(module: str) -> bool:
    names = GRADIO.get(architecture.room(module))
    last = module.rpartition(".")[2]
    return names is not None and (names in {"", "*"} or last in names.split())


def test_modules_are_short_and_folders_not_crowded() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in _sources()}
    assert {_path(file) for file, lines in lengths.items() if lines > MOST_LINES} == LONG
    held = Counter(_path(file.parent) for file in modules().values() if file.stem != "__init__")
    crowded = {folder for folder, count in held.items() if count > MOST_MODULES}
    assert crowded - COLLECTIONS == FULL


def _sources() -> Iterator[Path]:
    yield from modules().values()
    yield from (architecture.ROOT / "playground").rglob("*.js")


def _path(file: Path) -> str:
    return file.relative_to(architecture.ROOT).as_posix()


def test_one_package_alone_touches_what_gradio_does_not_promise() -> None:
    found = {
        f"{name}, line {what}"
        for name, file in modules().items()
        if _of(name, "playground") and not name.startswith(INTERNALS)
        for what in architecture.insides(file.read_text(encoding="utf-8"))
    }
    assert not found


# That it finds what it looks for


def test_a_circle_and_a_chain_are_found() -> None:
    edges = frozenset({("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("x", "d")})
    assert circles(edges) == {frozenset({"b", "c"})}
    assert floors(edges) == 3  # a, then b with c, then d


def test_lazy_typed_and_named_imports_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "playground/core/one.py": "if TYPE_CHECKING:\n    from playground.web import two\n",
        "playground/web/two.py": "def f():\n    import playground.features.x.three as t\n",
        "playground/features/x/three.py": 'OPENS = "playground.core.one:f"\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    _look_at(tmp_path, monkeypatch)
    assert set(arrows()) == {("core", "web"), ("web", "features.x"), ("features.x", "core")}
    assert [len(group) for group in circles(frozenset(arrows()))] == [3]
    assert not _may("core", "web")
    assert not _may("features.x", "features.y")
    assert _may("features.x", "core")


def _look_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the functions of `architecture` read another tree, once."""
    plain_modules, plain_imports = modules.__wrapped__, imports.__wrapped__
    monkeypatch.setattr(architecture, "ROOT", root)
    found = plain_modules()
    monkeypatch.setattr(architecture, "modules", lambda: found)
    monkeypatch.setattr(architecture, "imports", plain_imports)


def test_what_gradio_does_not_promise_is_seen() -> None:
    lines = {
        "from gradio.blocks import Block": True,
        "from gradio.components import Component": False,
        "import gradio.routes": True,
        "demo._queue.sleep": True,
        "form._replace(a=1)": False,
        "def f(self): self._x = 1; self.y = 2": False,
        "def f(app: Any): app.state_holder = 1": True,
        "import uvicorn; uvicorn.Config.x = 1": True,
        "def f(kind): kind.__init__.__signature__ = 1": True,
        "card.recipe = 1": False,
        "sys.modules['x'] = None": True,
        "setattr(block, name, 1)": True,
        "x = f'{root}/gradio_api/info'": True,
        "def f(): 'Calls /gradio_api/info.'": False,
        "x = {'fn_index': 1}": True,
        "x = request.session_hash": False,
    }
    assert {line: any(architecture.insides(line)) for line in lines} == lines


# Scripts


def test_a_script_imports_only_the_kit_or_its_own_feature() -> None:
    for script in _scripts():
        own = assets.KIT
        if script.is_relative_to(assets.FEATURES):
            own = assets.FEATURES / script.relative_to(assets.FEATURES).parts[0]
        for imported in linker.imports(script):
            assert imported.is_relative_to(own) or imported.parent == assets.KIT, script


def test_scripts_make_no_global_besides_the_one() -> None:
    for script in _scripts():
        text = script.read_text(encoding="utf-8")
        made = re.findall(r"\b(?:window|globalThis)\.(\w+)\s*(?:\?\?|\|\|)?=(?!=)", text)
        assert set(made) <= {"playground"}, script


def test_scripts_have_short_lines() -> None:
    for script in _scripts():
        lines = script.read_text(encoding="utf-8").splitlines()
        assert max(map(len, lines)) <= 100, script


def _scripts() -> list[Path]:
    return [*assets.FEATURES.rglob("*.js"), *assets.KIT.glob("*.js")]
