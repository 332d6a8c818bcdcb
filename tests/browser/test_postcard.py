"""A pasted link leads through its preview to the app, and every result has its postcard."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from models.recipe import make_recipe
from playground.core.share_link import link_of
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


def test_a_pasted_link_opens_the_app_with_its_recipe(open_page: Open):
    options = {"length": 20}
    link = link_of([make_recipe(SPECS["gpt2_mini"], prompt="O, ", options=options, seed=41)])
    page = open_page(f"p?recipe={link}")
    page.wait_for_selector("#text-left-figures :text('seed 41')")
    assert urlsplit(page.url).path == "/"
    assert parse_qs(urlsplit(page.url).query)["recipe"][0]
    assert page.input_value("#text-prompt textarea") == "O, "


def test_a_damaged_pasted_link_is_explained_by_the_app(open_page: Open):
    page = open_page("p?recipe=nonsense.00000000")
    page.wait_for_selector("#page-notice :text('damaged')")


def test_a_result_is_saved_as_a_postcard(open_page: Open):
    link = link_of([make_recipe(SPECS["gpt2_mini"], prompt="O, ", options={"length": 20})])
    page = open_page(f"?recipe={link}")
    button = page.locator("#text-left-tools a:text('Postcard')")
    button.wait_for()
    assert button.bounding_box()["height"] >= 44
    with page.expect_download() as saving:
        button.click()
    assert saving.value.suggested_filename.startswith("postcard-")
    content = saving.value.path().read_bytes()
    assert Image.open(io.BytesIO(content)).size == (1200, 630)


def test_scenes_are_given_the_same_link(open_page: Open):
    page = open_page()
    assert page.evaluate("playground.modules.links.postcard('')") is None
    address = page.evaluate("playground.modules.links.postcard('a.b').getAttribute('href')")
    assert address == "postcard.png?recipe=a.b"
    assert page.evaluate("playground.modules.links.postcard('a.b').className") == "ghost"
