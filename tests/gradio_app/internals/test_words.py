"""What components say is marked for translation, and the page brings the words for it."""

from __future__ import annotations

import json
import warnings
from typing import Any

import gradio as gr
from starlette.testclient import TestClient

from playground.gradio_app.internals.words import mark_words, translations

CATALOGUES = {"es": {"Seed": "Semilla", "Say it": "Dígalo", "Elsewhere": "En otra parte"}}


def page(demo: gr.Blocks, i18n: Any) -> dict[str, Any]:
    """What a browser is told of the page."""
    demo.i18n_instance = i18n
    demo.config = demo.get_config_file()
    return TestClient(gr.routes.App.create_app(demo)).get("/config").json()


def test_what_a_catalogue_knows_is_marked_and_travels(demo: gr.Blocks) -> None:
    mark_words(demo, CATALOGUES["es"])
    found = translations(demo, CATALOGUES)
    assert found is not None
    assert found.translations_dict == {
        "en": {"Seed": "Seed", "Say it": "Say it"},
        "es": {"Seed": "Semilla", "Say it": "Dígalo"},
    }
    shown = json.dumps(page(demo, found)["components"])
    assert '__i18n__{\\"__type__\\": \\"translation_metadata\\", \\"key\\": \\"Seed\\"}' in shown
    assert '"label": "Seed"' not in shown


def test_nothing_else_is_marked(demo: gr.Blocks) -> None:
    mark_words(demo, ["at first", "Go"])  # a value, and the words on a button
    assert translations(demo, CATALOGUES) is None


def test_switched_off_the_words_stay_english(demo: gr.Blocks, plain: None) -> None:
    mark_words(demo, CATALOGUES["es"])
    assert translations(demo, CATALOGUES) is None
    with warnings.catch_warnings():
        assert '"label": "Seed"' in json.dumps(page(demo, None)["components"])
