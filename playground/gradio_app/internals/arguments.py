"""What is said to programs that call a function with too few values, or too many, or none at all.

Functions that happen in the page alone have a number like all others, and nothing to be called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from playground.gradio_app.internals.switch import plain_gradio


def count_in_words(demo: gr.Blocks) -> None:
    """Let a call with too few values be answered with a sentence.

    Gradio (`blocks.py`, `validate_inputs`) lists the Python objects of the page, each with its
    address in memory, and everything that was sent, and writes a traceback into the log. Without
    this, it does.
    """
    if not plain_gradio():
        demo.validate_inputs = _check


PAGE_ALONE = "This happens in the page alone; there is nothing here to be called."
NO_LIST = "A call holds its values as a list, “data”."


def refusal(app: Any, path: str, content: Mapping[str, Any]) -> str:
    """Why a call cannot be meant, in a sentence, before Gradio sees it; "" if it can.

    Gradio carries it out as far as it goes, and prints a traceback. Without this, it does.

    Args:
        app: Gradio's.
        path: that was asked for.
        content: of the request.
    """
    function = None if plain_gradio() or app is None else _called(app, path, content)
    if function is None or function.cancels:
        return ""
    if function.fn is None:
        return PAGE_ALONE
    if "/call/v2/" in path:  # which names its values
        return ""
    if not isinstance(values := content.get("data"), list):
        return NO_LIST
    wanted = len(function.inputs)
    by_name = content.get("fn_index") is None  # as programs call it: what is the page's is left out
    shown = sum(not component.skip_api for component in function.inputs) if by_name else wanted
    return "" if len(values) in {wanted, shown} else _miscounted(wanted, len(values))


def _called(app: Any, path: str, content: Mapping[str, Any]) -> Any:
    """The function that a call names by its number or in its path; None if there is none."""
    functions, number = app.get_blocks().fns, content.get("fn_index")
    if number is not None:
        return functions.get(number) if type(number) is int else None
    name = path.rstrip("/").rpartition("/")[2]
    return next((each for each in functions.values() if each.api_name == name), None)


def _check(function: Any, values: Sequence[Any]) -> None:
    """Raise, in words, where values are missing; as in Gradio, more than enough do no harm."""
    wanted, given = len(function.inputs), len(values)
    if given < wanted:
        raise gr.Error(_miscounted(wanted, given), print_exception=False)


def _miscounted(wanted: int, given: int) -> str:
    return (
        f"This function takes {_counted(wanted)}, and {given} came. The page about the API, at "
        "the foot of this one, lists them."
    )


def _counted(number: int) -> str:
    return f"{number} value" if number == 1 else f"{number} values"
