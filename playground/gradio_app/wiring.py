"""Pieces of layout and wiring that every place uses in the same way."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.components import Component

from playground.gradio_app import picker
from playground.web.assets import address


def html(value: str, elem_id: str | None = None) -> gr.HTML:
    """HTML of our own making, in our own styles."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def filled(
    script: Path,
    function: str,
    value: object,
    *arguments: str,
    elem_id: str,
    parts: Sequence[str] = (),
    visible: bool | Literal["hidden"] = True,
) -> gr.HTML:
    """A component that a module of ours fills; its value is plain data, and nothing else is sent.

    Args:
        script: is fetched when the component is first there.
        function: of one of its modules, such as "text_cards.mountCard": called with the component,
            see `gradio.d.ts`, and with the `arguments`.
        parts: ids of the elements within.
    """
    call = ", ".join(["component", *map(json.dumps, arguments)])
    return gr.HTML(
        value,
        html_template="".join(f'<div id="{part}"></div>' for part in parts),
        js_on_load=_FILL.format(address=address(script), function=function, call=call),
        apply_default_css=False,
        elem_id=elem_id,
        visible=visible,
    )


_FILL = """
const value = () => JSON.parse(JSON.stringify(props.value));
const onValue = (then) => watch("value", () => then(value()));
const component = {{ element, value, onValue, ended: () => trigger("ended") }};
const {{ modules }} = playground;
modules.fetched.fetchScript("{address}").then(() => modules.{function}({call}));
"""


def anew(value: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data that differs from what was sent before, even where it says the same.

    A component that hears of what it is already, hears nothing.
    """
    return {**value, "sent": secrets.token_hex(4)}


def on_runs(
    name: str,
    triggers: Sequence[Any],
    handler: Callable[..., Any],
    inputs: Sequence[Component],
    outputs: Sequence[Component],
    js: str | None = None,
) -> None:
    """Ask a short handler what a form asks for; an output hears of it and has it carried out.

    Inputs are taken as they are: handlers check them all, and say in a sentence what is wrong,
    where Gradio's components would quote their own code. It goes through the queue, short as it
    is: what a handler without one raises, Gradio shows to nobody.

    Args:
        js: gives the inputs in place of their components, of which it is told.
    """
    gr.on(
        list(triggers),
        handler,
        list(inputs),
        list(outputs),
        trigger_mode="once",
        js=js,
        preprocess=False,
        postprocess=False,
        **quietly(name),
    )


def on_end(
    name: str,
    component: gr.HTML,
    handler: Callable[..., Any],
    inputs: Sequence[Component],
    outputs: Sequence[Component],
    js: str | None = None,
) -> None:
    """Run a short handler whenever what a component has carried out has ended.

    Args:
        component: one that a module fills, which says so itself: an event that `gr.on` has not.
        js: gives the inputs in place of their components.
    """
    component.ended(
        handler,
        list(inputs),
        list(outputs),
        js=js,
        queue=False,
        preprocess=False,
        **quietly(name),
    )


def hidden(place: str) -> list[Component]:
    """What a place tells a screen reader at the end, and the link of what it shows."""
    return [
        gr.Textbox(visible="hidden", label=label, elem_id=f"{place}-{label.lower()}")
        for label in ("Announcement", "Link")
    ]


def preset_prompts(prompts: Sequence[str], prompt: Component, place: str) -> None:
    """A list whose choice is put into the prompt; for rooms where nobody types to real models."""
    each = [(words.strip().replace("\n", " "), words) for words in prompts]
    chosen = picker.picker(
        [("–", ""), *each],
        "",
        "Prompts for the real models",
        f"{place}-presets",
        elem_classes="presets",
    )
    chosen.select(
        None,
        [chosen, prompt],
        [prompt],
        js="(words, before) => words || before",
        **quietly(f"{place}_preset"),
    )


def on_press(
    name: str,
    triggers: Sequence[Any],
    handler: Callable[..., Any],
    inputs: Sequence[Component],
    outputs: Sequence[Component],
) -> None:
    """Run a generator handler, then say its announcement and put its link into the address bar.

    Those are its last two outputs. Once at a time for each page: presses while it runs are dropped.
    Its outputs are taken as they are, words and HTML: looking through eleven of them for what is to
    be converted, each on another thread, takes Gradio three times as long as all the rest of a
    redraw. So are its inputs, here and below: handlers check them all, and say in a sentence what
    is wrong, where Gradio's components would quote their own code.
    """
    gr.on(
        list(triggers),
        handler,
        list(inputs),
        list(outputs),
        trigger_mode="once",
        preprocess=False,
        postprocess=False,
        **quietly(name),
    ).success(
        None,
        inputs=list(outputs[-2:]),
        js="(words, link) => { playground.say(words); playground.share(link); }",
        **quietly(f"{name}_share"),
    )


def on_stop(
    name: str, button: gr.Button, handler: Callable[..., Any], inputs: Sequence[Component] = ()
) -> None:
    """Tell a handler of every press, with what the button said; outside the line of requests.

    Args:
        inputs: what the handler is told before that.
    """
    asked = [*inputs, button]
    button.click(
        handler,
        asked,
        None,
        trigger_mode="multiple",
        queue=False,
        preprocess=False,
        **quietly(name),
    )


def on_change(
    name: str,
    triggers: Sequence[Any],
    handler: Callable[..., Any],
    inputs: Sequence[Component],
    outputs: Sequence[Component],
) -> None:
    """Run a short handler on every change; while one is under way only the latest waits."""
    gr.on(
        list(triggers),
        handler,
        list(inputs),
        list(outputs),
        trigger_mode="always_last",
        queue=False,
        preprocess=False,
        **quietly(name),
    )


def on_fill(
    name: str,
    button: gr.Button,
    handler: Callable[..., Any],
    outputs: Sequence[Component],
    press: str,
    given: Sequence[Component] = (),
) -> None:
    """Give what a button says to a handler that fills a form, then press another button.

    Args:
        given: what the handler is told besides, as it came over the wire.
        press: the id of that one; what it has started is stopped first.
    """
    button.click(
        handler,
        [button, *given],
        list(outputs),
        trigger_mode="once",
        queue=False,
        preprocess=False,
        **quietly(name),
    ).success(None, js=f"() => {{ playground.start('{press}'); }}", **quietly(f"{name}_start"))


def in_browser(name: str, trigger: Any, inputs: Sequence[Component], function: str) -> None:
    """Call a function of `page.js` with the values of components; no server is asked."""
    js = f"(...values) => {{ {function}(...values); }}"
    trigger(None, list(inputs), None, js=js, **quietly(name))


def quietly(name: str) -> dict[str, Any]:
    """No veil of Gradio's over what is running, and no place among the public functions."""
    return {"api_name": name, "api_visibility": "private", "show_progress": "hidden"}
