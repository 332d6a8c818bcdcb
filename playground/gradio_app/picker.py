"""A list of which one thing is chosen: the browser's own, which keyboards, readers and phones know.

Its value is what is chosen; handlers take it as any other component's, and `select` tells of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

Choices = Sequence[tuple[str, str]]
"""Each with its words, and what it stands for."""

_FILL = """
const chosen = () => trigger("select");
playground.modules.picker.mountPicker({{ element, props, watch, chosen }}, {about});
"""


def picker(
    choices: Choices,
    value: str,
    label: str,
    elem_id: str,
    *,
    show_label: bool = True,
    elem_classes: str = "",
) -> gr.HTML:
    """A picker with its label above it, or read aloud alone."""
    about = {"id": f"{elem_id}-list", "name": label, "shown": show_label}
    return gr.HTML(
        value,
        html_template='<div class="picker"></div>',
        js_on_load=_FILL.format(about=json.dumps(about)),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes=elem_classes,
        choices=list(choices),
        interactive=True,
    )


def update(choices: Choices, value: str | None = None, *, interactive: bool = True) -> Any:
    """What changes a picker: its choices, whether one may choose, and what is chosen, if named."""
    chosen = {} if value is None else {"value": value}
    return gr.update(**chosen, choices=list(choices), interactive=interactive)
