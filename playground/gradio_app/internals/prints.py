"""What Gradio prints of errors: a line of the log, without what visitors wrote."""

from __future__ import annotations

import logging
import sys
import traceback
from types import ModuleType
from typing import Any

from gradio import queueing, route_utils, routes

from playground.core.logs import summary
from playground.gradio_app.internals.switch import plain_gradio

PRINTING: tuple[ModuleType, ...] = (queueing, route_utils, routes)
log = logging.getLogger("gradio")


def keep_words_out() -> None:
    """Let Gradio log the kind and the place of an error, where it prints it with its traceback.

    Gradio (`queueing.py`, `routes.py`, `route_utils.py`) writes every error of a call to standard
    error by `traceback.print_exc`, past all logging: kilobytes each, in which a value that is not
    among the choices is quoted. Without it, it does.
    """
    if plain_gradio():
        return
    for module in PRINTING:
        if not isinstance(module.traceback, _InALine):
            module.traceback = _InALine("traceback")  # type: ignore[attr-defined]
    queueing.print = _left_out


class _InALine(ModuleType):
    """Python's module, but that it prints no exception."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def print_exc(self, *_: Any, **__: Any) -> None:
        """Log the error that is being handled."""
        error = sys.exc_info()[1]
        if error is not None:
            log.warning("a call failed: %s", summary(error))


def _left_out(*_: Any, **__: Any) -> None:
    """What `queueing.py` prints is an error's message, which its caller is told as well."""
    log.warning("a call was refused")
