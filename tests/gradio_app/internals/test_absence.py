"""What Gradio tries to import at every redraw, and is not there, is known to be absent."""

from __future__ import annotations

import inspect
import sys

import pytest
from gradio import route_utils
from gradio.utils import MatplotlibBackendMananger

from playground.gradio_app.internals.absence import ASKED_FOR, remember_absence

GONE = "a_package_that_nobody_has"


def test_what_is_not_there_is_not_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, GONE, None)
    monkeypatch.delitem(sys.modules, GONE)
    remember_absence(GONE)
    assert sys.modules[GONE] is None
    monkeypatch.setattr(sys, "meta_path", [])  # nobody to ask
    with pytest.raises(ModuleNotFoundError):
        __import__(GONE)


def test_what_is_there_stays_there() -> None:
    remember_absence("json")
    assert sys.modules["json"] is not None
    remember_absence("colorsys")
    assert sys.modules.get("colorsys", "not imported") is not None


def test_gradio_searches_for_it_around_every_call_and_then_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "MatplotlibBackendMananger()" in inspect.getsource(route_utils.call_process_api)
    searched: list[str] = []

    class Nowhere:
        def find_spec(self, name: str, path: object, target: object = None) -> None:
            searched.append(name)

    monkeypatch.setattr(sys, "meta_path", [Nowhere()])
    monkeypatch.setitem(sys.modules, ASKED_FOR, None)
    monkeypatch.delitem(sys.modules, ASKED_FOR)
    with MatplotlibBackendMananger():
        pass
    assert searched == [ASKED_FOR] * 2
    remember_absence()
    searched.clear()
    with MatplotlibBackendMananger():
        pass
    assert searched == []


def test_switched_off_it_is_searched_for(plain: None) -> None:
    remember_absence(GONE)
    assert GONE not in sys.modules
