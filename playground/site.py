"""The page as a whole: its places, its look, and what a link in its address restores."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import gradio as gr
from gradio.i18n import I18nData

from playground.core.services import Services
from playground.core.share_link import PARAMETER, open_link
from playground.features.claims import place as claims_place
from playground.features.classroom import place as classroom_place
from playground.features.images import emoji, hub_models
from playground.features.images import place as images_place
from playground.features.public_api import api
from playground.features.text import place as text_place
from playground.features.text import score_section
from playground.gradio_app import internals, wiring
from playground.gradio_app.bind import bind
from playground.web import download_status, i18n, markup
from playground.web.site_info import TITLE

_PLACES = {
    ("text", "shakespeare"): (text_place.PLACE, f"{text_place.PLACE}-write"),
    ("image", "digits"): (images_place.PLACE, f"{images_place.PLACE}-draw"),
    ("text", ""): (text_place.PLACE, f"{text_place.PLACE}-write"),
    ("image", ""): (images_place.PLACE, f"{hub_models.PLACE}-draw"),
    ("image", "emoji"): (images_place.PLACE, f"{emoji.PLACE}-draw"),
}
"""Where models of one kind and world are at work: the tab, and its primary button."""
LONGEST_QUEUE = 256  # events of all visitors that have not begun
_CACHE_SWEEP_SECONDS, _CACHE_AGE_SECONDS = 600, 3600
_SAID = ("label", "info", "placeholder")  # by a component of Gradio's, besides its value


@internals.app_made_at_launch()
def build(services: Services) -> gr.Blocks:
    """The whole page, ready to launch with `launch_settings`."""
    internals.remember_signatures()
    with gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        delete_cache=(_CACHE_SWEEP_SECONDS, _CACHE_AGE_SECONDS),
    ) as demo:
        notice = wiring.html("", "page-notice")
        with gr.Tabs(elem_id="page-places") as places:
            with gr.Tab("Text", id=text_place.PLACE, elem_id="page-text"):
                text_form = text_place.build_text(services)
            with gr.Tab("Images", id=images_place.PLACE, elem_id="page-images"):
                images_form, emoji_form, originals_form = images_place.build_images(services)
            with gr.Tab("Claims", id=claims_place.PLACE, elem_id="page-claims"):
                claims_place.build_claims(services)
            with gr.Tab("Class", id=classroom_place.PLACE, elem_id="page-class"):
                classroom_place.build_classroom(services)
        press = gr.Textbox(visible="hidden", label="Press", elem_id="page-press")
        demo.load(
            bind(open_page, services),
            None,
            [
                *(places, notice, press),
                *(*text_form, *images_form, *emoji_form, *originals_form),
            ],
            api_name="page_open",
            api_visibility="private",
            show_progress="hidden",
            queue=False,
        ).then(
            None,
            inputs=[press],
            js="(press) => { playground.press(press); }",
            show_progress="hidden",
            api_visibility="private",
        )
        api.publish(services)
    _mark_words(demo)
    _remember_absence("matplotlib")
    # Where a GPU is shared, Gradio would let nobody wait unless a number is named.
    demo.queue(default_concurrency_limit=None, max_size=LONGEST_QUEUE)
    return demo


def _mark_words(demo: gr.Blocks) -> None:
    """Let Gradio's components say what they say in the visitor's language."""
    say = gr.I18n()
    for block in demo.blocks.values():
        for name in _SAID:
            if getattr(block, name, None) in i18n.phrases():
                setattr(block, name, say(getattr(block, name)))


def _translations(demo: gr.Blocks) -> gr.I18n:
    """The catalogues of what has been marked, and of nothing else: it travels with the page."""
    said = (getattr(block, name, None) for block in demo.blocks.values() for name in _SAID)
    marked = sorted({one.key for one in said if isinstance(one, I18nData)})
    others = {code: {key: c[key] for key in marked} for code, c in i18n.catalogues().items()}
    return gr.I18n(en={key: key for key in marked}, **others)


def _remember_absence(package: str) -> None:
    """Let Python say at once that a package is not there, which Gradio asks before every redraw."""
    if find_spec(package) is None:
        sys.modules[package] = None  # type: ignore[assignment]


def open_page(services: Services, request: gr.Request) -> tuple[object, ...]:
    """Put back what the link in the address holds, and name the button that then runs it."""
    link = dict(request.query_params).get(PARAMETER, "")
    recipes, remark = open_link(link, services.specs)
    specs = [services.spec(recipe.model) for recipe in recipes]
    tab, button = next((_PLACES.get((s.kind, s.world), ("", "")) for s in specs), ("", ""))
    if tab == text_place.PLACE and recipes[0].task == "score":
        button = score_section.BUTTON
    if not all(download_status.is_here(services, spec) for spec in specs):
        button = ""  # a link fetches nothing by itself
    return (
        gr.Tabs(selected=tab) if tab else gr.skip(),
        markup.notice(remark),
        button,
        *text_place.restore_text(services, recipes),
        *images_place.restore_images(services, recipes),
        *emoji.restore_emoji(services, recipes),
        *hub_models.restore_original(services, recipes),
    )


def launch_settings(demo: gr.Blocks | None = None) -> dict[str, Any]:
    """How the page is served and what it looks like: arguments of `Blocks.launch`."""
    return {
        "i18n": _translations(demo) if demo else None,
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
