"""Handlers as Gradio wants them: without their services, and with errors a visitor can read.

A handler is a plain function or generator `(services, prompt, …, request: gr.Request)` that tests
call directly. `bind` takes the first parameter away and keeps everything Gradio looks at: name,
docstring, parameters with resolved annotations, and what one yield holds.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from playground.core.errors import explain


def bind(handler: Callable[..., Any], services: object) -> Callable[..., Any]:
    """The handler with `services` filled in as its first argument."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def bound(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from handler(services, *args, **kwargs)
            except Exception as error:
                raise _shown(error) from None
    else:

        @functools.wraps(handler)
        def bound(*args: Any, **kwargs: Any) -> Any:
            try:
                return handler(services, *args, **kwargs)
            except Exception as error:
                raise _shown(error) from None

    _describe(bound, handler)
    return bound


def _shown(error: Exception) -> gr.Error:
    if isinstance(error, gr.Error):
        return error
    return gr.Error(explain(error), title="This did not work", print_exception=False)


def _describe(bound: Callable[..., Any], handler: Callable[..., Any]) -> None:
    """Give `bound` the handler's signature less its first parameter, every annotation resolved."""
    hints = typing.get_type_hints(handler)
    first, *others = inspect.signature(handler).parameters.values()
    hints.pop(first.name, None)
    if typing.get_origin(hints.get("return")) is Iterator:
        hints["return"] = typing.get_args(hints["return"])[0]  # Gradio wants what one yield holds
    parameters = [p.replace(annotation=hints.get(p.name, p.annotation)) for p in others]
    bound.__annotations__ = hints
    bound.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        parameters, return_annotation=hints.get("return", inspect.Signature.empty)
    )
    del bound.__wrapped__  # type: ignore[attr-defined]
