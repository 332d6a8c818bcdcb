"""The catalogues of the page's words: whole, about what is really said, and true to its places."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from playground.core.feature import places
from playground.features.classroom import pages as classroom_pages
from playground.features.lessons import lesson as lessons
from playground.features.lessons import own_lesson
from playground.features.lessons import pages as lesson_pages
from playground.features.play import first_page
from playground.registry import FEATURES
from playground.web import i18n
from tests.fake_catalogue import SPECS
from tests.features.lessons.test_lessons import LESSON

ROOT = Path(__file__).parents[2]
LANGUAGES = ("es", "zh-CN")
PLACE = re.compile(r"\{\w+\}")
MADE = (  # of parts that stand apart in the source
    "{name} arrives: {done} of {size}, {speed} a second, about {time} left.",
    "The shipped models go on; try again when the network is back.",
    "The shipped models go on; try again in some minutes.",
)


def sources() -> str:
    """All words of the page and of what models declare, on one line; strings that go on joined."""
    files = [
        *(ROOT / "playground").rglob("*.py"),
        *(ROOT / "playground").rglob("*.js"),
        *(ROOT / "playground").rglob("*.html"),
        *(ROOT / "models").rglob("*.py"),
    ]
    text = " ".join(" ".join(file.read_text(encoding="utf-8").split()) for file in files)
    return re.sub(r"""["'] f?["']|["`] \+ ["`]""", "", text)


def test_no_phrase_is_missing_in_any_language():
    assert set(i18n.catalogues()) == set(LANGUAGES)
    first, *others = i18n.catalogues().values()
    assert all(set(other) == set(first) for other in others)
    assert len(first) > 150


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_phrase_is_said_and_keeps_its_places(code):
    for phrase, said in i18n.catalogues()[code].items():
        assert said.strip(), phrase
        assert sorted(PLACE.findall(said)) == sorted(PLACE.findall(phrase)), phrase


def test_the_catalogue_is_about_what_the_page_says():
    """A phrase that was changed in the source and not here would silently stay English."""
    text = sources()
    for phrase in i18n.phrases() - set(MADE):
        for part in PLACE.split(phrase):
            said = part.strip(" .,:").removeprefix("in line, ").removeprefix("next in line, ")
            wanted = re.sub("^Model on the (left|right)$", "Model on the {side}", said)
            assert wanted in text, phrase


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_file_holds_no_phrase_twice(code):
    pairs = json.loads(
        (i18n.FOLDER / f"{code}.json").read_text(encoding="utf-8"), object_pairs_hook=list
    )
    assert len({phrase for phrase, _ in pairs}) == len(pairs)


def test_the_page_names_the_catalogues_and_its_places_are_in_them():
    page = first_page.page(SPECS, FEATURES)
    for code in LANGUAGES:
        assert f"shipped/{code}.json?v=" in page
        assert {place.title for place in places(FEATURES)} <= set(i18n.catalogues()[code])
    assert "data-words" not in first_page.page(SPECS, FEATURES, live=False)


def test_every_other_page_of_ours_names_them_too_from_where_it_lies():
    found = {
        classroom_pages.join(): "./",
        classroom_pages.sorry("There is no class."): "/",
        lesson_pages.own_page().html: "",
        lesson_pages.list_page(lessons.library(SPECS)).html: "",
    }
    for page, root in found.items():
        assert f"&quot;{root}shipped/es.json?v=" in page
        assert page.index("$modules.i18n") > page.index("data-words=")


def test_what_a_lesson_says_is_left_as_it_is_and_ours_is_known_to_be_english():
    library = lessons.library(SPECS)
    ours = lesson_pages.lesson_page(library.get("zero"), SPECS).html
    theirs = own_lesson.read_own("mine.md", LESSON, SPECS)["html"]
    for page, language in ((ours, "en"), (theirs, "")):
        own = f'lang="{language}" translate="no"'
        assert f'<div class="prose" {own}>' in page
        assert f"<fieldset {own}><legend>" in page
        assert page.count(f'tabindex="-1" {own}>') == page.count('<section class="step"')
