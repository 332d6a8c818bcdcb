"""What Gradio's components say by themselves, in the visitor's language from the start."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import gradio as gr
from gradio.i18n import I18nData

from playground.gradio_app.internals.switch import plain_gradio

_SAID = ("label", "info", "placeholder")  # by a component, besides its value


def mark_words(demo: gr.Blocks, phrases: Collection[str]) -> None:
    """Let Gradio translate the labels, notes and placeholders that are among `phrases`.

    `gr.I18n` is public, but wants every such word marked where a component is made; this marks them
    all afterwards. Without it, those words are shown in English first, and translated with all
    others once `words.js` sees them.
    """
    if plain_gradio():
        return
    say = gr.I18n()
    for block, name, value in _said(demo):
        if value in phrases:
            setattr(block, name, say(value))


def translations(demo: gr.Blocks, catalogues: Mapping[str, Mapping[str, str]]) -> gr.I18n | None:
    """The catalogues of what has been marked, and of nothing else: it travels with the page."""
    marked = sorted({value.key for _, _, value in _said(demo) if isinstance(value, I18nData)})
    if not marked:
        return None
    others = {code: {key: words[key] for key in marked} for code, words in catalogues.items()}
    return gr.I18n(en={key: key for key in marked}, **others)


def _said(demo: gr.Blocks) -> Iterator[tuple[Any, str, Any]]:
    for block in demo.blocks.values():
        for name in _SAID:
            yield block, name, getattr(block, name, None)
