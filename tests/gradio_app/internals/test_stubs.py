"""What is set before Gradio is imported: found once, and harmless where it does not fit.

That the app itself reads and writes no stub is tested in `test_app.py`.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

import pytest

from playground.gradio_app.internals import stubs

MODULE = "gradio.component_meta"


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> stubs._Finder:
    """What stands before Python's own finder when Gradio has not been imported yet."""
    monkeypatch.setattr(sys, "meta_path", [PathFinder])
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    for _ in range(2):
        stubs.leave_out_stubs()
    (finder,) = (one for one in sys.meta_path if one is not PathFinder)
    assert isinstance(finder, stubs._Finder)
    return finder


def imported(finder: stubs._Finder, folder: Path, source: str) -> ModuleType:
    """The module of that name as it comes out of a file with this source."""
    (folder / "component_meta.py").write_text(source)
    spec = finder.find_spec(MODULE, [str(folder)])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_function_that_writes_stubs_writes_none_and_all_else_stays(finder, tmp_path):
    source = "def create_or_modify_pyi(*_):\n    raise OSError\n\n\ndef other():\n    return 7\n"
    module = imported(finder, tmp_path, source)
    assert module.create_or_modify_pyi(str, "str", []) is None
    assert module.other() == 7


def test_no_template_is_compiled_for_the_documentation_of_events(finder, tmp_path):
    source = """class EventListener:
    def set_doc(self, component):
        raise OSError

    def copy(self):
        return 7
"""
    listener = imported(finder, tmp_path, source).EventListener()
    assert listener.set_doc(component="Textbox") is None
    assert listener.copy() == 7


def test_a_gradio_without_that_function_stays_as_it_is(finder, tmp_path):
    module = imported(finder, tmp_path, "def other():\n    return 7\n")
    assert not hasattr(module, "create_or_modify_pyi")
    assert module.other() == 7


def test_nothing_else_is_found_here(finder, tmp_path):
    assert finder.find_spec("gradio.components", [str(tmp_path)]) is None
    assert finder.find_spec(MODULE, [str(tmp_path)]) is None


def test_where_gradio_is_imported_already_nothing_is_put_in(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [PathFinder])
    monkeypatch.setitem(sys.modules, MODULE, ModuleType(MODULE))
    stubs.leave_out_stubs()
    assert sys.meta_path == [PathFinder]
