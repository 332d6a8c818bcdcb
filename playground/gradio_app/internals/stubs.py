"""The stub files that importing Gradio writes, left out; imports nothing of Gradio itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

from playground.gradio_app.internals.switch import plain_gradio

_MODULE, _FUNCTION = "gradio.component_meta", "create_or_modify_pyi"
_CLASS, _METHOD = "EventListener", "set_doc"


def leave_out_stubs() -> None:
    """Let importing Gradio write no stub files for type checkers, which is half of what it costs.

    Gradio (6.31, `component_meta.py`) parses the source of each of its eighty components, renders a
    stub of it and compares that with the one on the disk, at every import: 2.8 s of 6.2 s on the
    machine where this was measured, with Python 3.11. And it compiles a template two hundred times
    to put a component's name into the documentation of each of its events, which nobody reads here.
    Where that function is not found, or Gradio is there already, all stays as it is. Without it,
    the app starts those seconds later.
    """
    if plain_gradio():
        return
    if _MODULE not in sys.modules and not any(isinstance(one, _Finder) for one in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds one module of Gradio's where it lies, and has it loaded without its stubs."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _MODULE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Reads the module as ever, then puts a function that does nothing in the place of two."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        for place, name in ((module, _FUNCTION), (getattr(module, _CLASS, None), _METHOD)):
            if hasattr(place, name):
                setattr(place, name, _write_nothing)


def _write_nothing(*_: Any, **__: Any) -> None:
    """Stubs and documentation are for editors and type checkers; none is written."""
