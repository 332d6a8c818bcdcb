"""The page as a whole: its places, its look, and what a link in its address restores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from playground.core import feature
from playground.core.services import Services
from playground.core.share_link import PARAMETER, open_link
from playground.gradio_app import wiring
from playground.gradio_app.bind import bind
from playground.gradio_app.internals.absence import remember_absence
from playground.gradio_app.internals.arguments import count_in_words
from playground.gradio_app.internals.one_app import app_made_at_launch
from playground.gradio_app.internals.prints import keep_words_out
from playground.gradio_app.internals.signatures import remember_signatures
from playground.gradio_app.internals.words import mark_words, translations
from playground.server import listening
from playground.web import download_status, i18n, markup
from playground.web.site_info import TITLE

LONGEST_QUEUE = 256  # events of all visitors that have not begun
_CACHE_SWEEP_SECONDS, _CACHE_AGE_SECONDS = 600, 3600


@app_made_at_launch()
def build(services: Services) -> gr.Blocks:
    """The whole page, ready to launch with `launch_settings`."""
    remember_signatures()
    with gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        delete_cache=(_CACHE_SWEEP_SECONDS, _CACHE_AGE_SECONDS),
    ) as demo:
        notice = wiring.html("", "page-notice")
        with gr.Tabs(elem_id="page-places") as places:
            forms = [_build(place, services) for place in feature.places(services.features)]
        press = gr.Textbox(visible="hidden", label="Press", elem_id="page-press")
        demo.load(
            bind(open_page, services),
            None,
            [places, notice, press, *(component for form in forms for component in form)],
            api_name="page_open",
            api_visibility="private",
            show_progress="hidden",
            queue=False,
        ).then(
            None,
            inputs=[press],
            js="(press) => { playground.stay(); playground.press(press); }",
            show_progress="hidden",
            api_visibility="private",
        )
        for publish in feature.loaded(services.features, "publishes"):
            publish(services)
    mark_words(demo, i18n.phrases())
    remember_absence()
    count_in_words(demo)
    keep_words_out()
    # Where a GPU is shared, Gradio would let nobody wait unless a number is named.
    demo.queue(default_concurrency_limit=None, max_size=LONGEST_QUEUE)
    return demo


def _build(place: feature.Place, services: Services) -> Sequence[Component]:
    """Lay out a place in a tab of its own; returns what its `restore` fills."""
    if not place.build:
        return []
    with gr.Tab(place.title, id=place.id, elem_id=f"page-{place.id}"):
        form = feature.load(place.build)(services)
    return form if place.restore else []


def open_page(services: Services, request: gr.Request) -> tuple[object, ...]:
    """Put back what the link in the address holds, and name the button that then runs it."""
    link = dict(request.query_params).get(PARAMETER, "")
    recipes, remark = open_link(link, services.specs)
    specs = [services.spec(recipe.model) for recipe in recipes]
    found = (
        feature.restore_of(services.features, *pair) for pair in zip(specs, recipes, strict=True)
    )
    shown = next((restore for restore in found if restore), None)
    here = all(download_status.is_here(services, spec) for spec in specs)
    return (
        gr.Tabs(selected=shown.place) if shown else gr.skip(),
        markup.notice(remark),
        shown.button if shown and here else "",  # a link fetches nothing by itself
        *(
            value
            for place in feature.places(services.features)
            if place.restore
            for value in feature.load(place.restore)(services, recipes)
        ),
    )


def launch_settings(demo: gr.Blocks | None = None) -> dict[str, Any]:
    """How the page is served and what it looks like: arguments of `Blocks.launch`."""
    return {
        "server_name": listening.server_name(),
        "i18n": translations(demo, i18n.catalogues()) if demo else None,
        "theme": _theme(),
        "footer_links": ["api"],
        "max_threads": 256,  # a waiting generator holds one; the engine alone limits the work
        "max_file_size": "1mb",
        "state_session_capacity": 1000,
        "show_error": True,  # `bind` lets nothing but sentences through
        "ssr_mode": False,
        "run_history": False,
        "enable_monitoring": False,
    }


def _theme() -> gr.themes.Base:
    """Gradio's barest theme, with its own colours taken from our tokens."""
    theme = gr.themes.Base(
        font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )
    tokens = {
        "body_background_fill": "var(--page)",
        "body_text_color": "var(--ink)",
        "body_text_color_subdued": "var(--muted)",
        "background_fill_primary": "var(--card)",
        "background_fill_secondary": "var(--page)",
        "block_background_fill": "transparent",
        "block_border_color": "transparent",
        "block_label_text_color": "var(--ink)",
        "block_title_text_color": "var(--ink)",
        "block_info_text_color": "var(--muted)",
        "border_color_primary": "var(--hairline)",
        "border_color_accent": "var(--line)",
        "color_accent": "var(--ink)",
        "input_background_fill": "var(--card)",
        "input_border_color": "var(--line)",
        "input_border_color_focus": "var(--focus)",
        "input_placeholder_color": "var(--muted)",
        "slider_color": "var(--ink)",
        "button_primary_background_fill": "var(--ink)",
        "button_primary_background_fill_hover": "var(--ink)",
        "button_primary_text_color": "var(--page)",
        "button_secondary_background_fill": "transparent",
        "button_secondary_text_color": "var(--ink)",
        "link_text_color": "var(--ink)",
    }
    dark = {f"{name}_dark": value for name, value in tokens.items()}
    return theme.set(**tokens, **{k: v for k, v in dark.items() if hasattr(theme, k)})
