"""Share links: they carry the recipes themselves, so no server has to know anything of them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from models.base import Recipe
from models.recipe import encode_link, make_recipe
from playground import site
from playground.core.share_link import open_link
from tests.fake_adapters import FAKE_IMAGE, FAKE_TEXT, SPECS

MADE_LONG_AGO = (
    "eNqVj11OwzAQhK-C5tmqUhMo8TF4haoyZHGsxj-KNy1SFakHgQNwDm7Sk7BpJaTyhp_G652Zz08HhNRSD4M3u6UN0ztD"
    "IWX2KRaYA3qKjjuYpVZgCpkGy-NAMNXiQSYpb7aiLyrL2qKaFPKQQmYJfUyB0s3p-PH9dTp-PkfJLkQtzEoctogVjuKc"
    "SfK0E7_CnrzruJyRaqouZ4lJ_WH1wTq6hn1NY5TaWqH1zou6VfBxbnnpx3k3W_mAXPedPzcWpixOfQX9C1nrpm7uV7q5"
    "-yetxrT-AUkRbZs.098cf81b"
)
"""A link of the first version, made by another process; who kept one has one that works."""


def recipes() -> list[Recipe]:
    """What it holds."""
    labels = {"digit": 3, "ink": "blue", "paper": "white"}
    return [
        make_recipe(FAKE_TEXT, prompt="Romeo “é”\n", seed=7, options={"length": 12}),
        make_recipe(FAKE_IMAGE, seed=2**32 - 1, options=labels),
    ]


def test_a_link_made_long_ago_and_elsewhere_still_opens() -> None:
    opened = open_link(MADE_LONG_AGO, SPECS)
    assert list(opened.recipes) == recipes()
    assert opened.remark == ""


@pytest.mark.parametrize(
    "end", [".", ")", "。", " ", "%20", ">", '"', ",", "!", "’", "_", ").\n", "…", "，看"]
)
def test_what_a_chat_has_put_behind_a_link_is_no_part_of_it(end: str) -> None:
    link = encode_link(recipes())
    assert open_link(link + end, SPECS) == open_link(link, SPECS)
    assert open_link(link + end * 7000, SPECS).recipes == tuple(recipes())


@pytest.mark.parametrize("end", ["a", "0", "A", "abc."])
def test_a_link_that_goes_on_in_letters_is_damaged(end: str) -> None:
    opened = open_link(encode_link(recipes()) + end, SPECS)
    assert opened.recipes == ()
    assert "damaged" in opened.remark


@pytest.mark.parametrize("end", [".", "。", "_", ") "])
def test_a_damaged_link_stays_damaged_whatever_is_behind_it(end: str) -> None:
    link = encode_link(recipes())
    for spoilt in (link[:-1], link[:-9], link[1:], link[:40] + link[41:]):
        opened = open_link(spoilt + end, SPECS)
        assert opened.recipes == ()
        assert "damaged" in opened.remark


def test_a_link_to_a_model_that_is_not_here_names_it_and_holds_nothing() -> None:
    link = encode_link(recipes())
    opened = open_link(link, {"fake_text": FAKE_TEXT})
    assert opened.recipes == ()
    assert opened.remark.startswith(
        "This recipe names a model that is not offered here: fake_image. Open the link where"
    )


@pytest.mark.parametrize("place", [0, 10, 200, -10, -1])
def test_a_link_that_was_tampered_with_is_refused_in_words(place: int) -> None:
    link = encode_link(recipes())
    letter = "A" if link[place] != "A" else "B"
    spoilt = letter.join((link[:place], link[place:][1:]))
    opened = open_link(spoilt, SPECS)
    assert opened.recipes == ()
    assert "damaged" in opened.remark
    assert "Ask for it again" in opened.remark


def test_the_page_says_so_and_presses_nothing(services) -> None:
    away = make_recipe(FAKE_TEXT, prompt="O")
    request = SimpleNamespace(session_hash="page", query_params={"recipe": encode_link([away])})
    _, notice, press, *_ = site.open_page(services, request)
    assert "not offered here: fake_text." in notice
    assert press == ""


def test_a_name_from_a_link_is_shown_only_so_far(services) -> None:
    away = replace(make_recipe(FAKE_TEXT), model="<b>" + "x" * 900)
    request = SimpleNamespace(session_hash="page", query_params={"recipe": encode_link([away])})
    _, notice, *_ = site.open_page(services, request)
    assert "&lt;b&gt;xxx" in notice
    assert len(notice) < 400
