"""Handlers as Gradio wants them: without their services, and with errors a visitor can read.

A handler is a plain function or generator `(services, prompt, …, request: gr.Request)` that tests
call directly. `bind` takes the first parameter away and keeps everything Gradio looks at: name,
docstring, parameters with resolved annotations, and what one yield holds. While a handler works,
the cookies of the request that it takes, and where it comes from, are known to all that it calls
(`core.identity`).
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gradio as gr
from starlette.requests import Request

from playground.core import identity
from playground.core.errors import explain

_END = object()


def bind(handler: Callable[..., Any], services: object) -> Callable[..., Any]:
    """The handler with `services` filled in as its first argument."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def bound(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from _served(handler(services, *args, **kwargs), _request_in(args, kwargs))
            except Exception as error:
                raise _shown(error) from None
    else:

        @functools.wraps(handler)
        def bound(*args: Any, **kwargs: Any) -> Any:
            try:
                with _serving(_request_in(args, kwargs)):
                    return handler(services, *args, **kwargs)
            except Exception as error:
                raise _shown(error) from None

    _describe(bound, handler)
    return bound


def _served(steps: Any, request: Request | None) -> Iterator[Any]:
    """The steps of a generator, each made while it is known who is being served.

    Gradio draws each on another thread, in a context of its own.
    """
    try:
        while True:
            with _serving(request):
                step = next(steps, _END)
            if step is _END:
                return
            yield step
    finally:
        with _serving(request):
            steps.close()


def _request_in(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Request | None:
    """The request by which a handler is called; None if it takes none."""
    given = (*args, *kwargs.values())
    asked = next((one for one in given if isinstance(one, gr.Request)), None)
    return asked.request if asked is not None else None


@contextmanager
def _serving(request: Request | None) -> Iterator[None]:
    """Let all that is called know whose request this is."""
    cookies = {} if request is None else request.cookies
    with identity.being_served(cookies), identity.coming_from(identity.network_of(request)):
        yield


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
