"""Recipes: canonical form, key, checks, and the way through a link and back."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import Control, Recipe
from models.recipe import (
    MAX_LINK_BYTES,
    MAX_PROMPT_CHARACTERS,
    decode_link,
    encode_link,
    from_dict,
    make_recipe,
)
from tests.fake_adapters import FAKE_IMAGE, FAKE_TEXT, SPECS, image_recipe, text_recipe

PROMPTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
RECIPES = st.builds(
    lambda prompt, seed, length, heat: make_recipe(
        FAKE_TEXT, prompt=prompt, seed=seed, options={"length": length, "temperature": heat}
    ),
    PROMPTS,
    st.integers(0, 2**32 - 1),
    st.integers(1, 1000),
    st.floats(0, 2),
)


def packed(rows: object) -> str:
    """A link around anything, with the right digest."""
    return sealed(zlib.compress(json.dumps(rows).encode(), 9))


def sealed(content: bytes) -> str:
    body = base64.urlsafe_b64encode(content).decode().rstrip("=")
    return f"{body}.{hashlib.sha256(body.encode()).hexdigest()[:8]}"


# Canonical form and key.


def test_the_canonical_form_is_exactly_this() -> None:
    recipe = make_recipe(FAKE_TEXT, prompt="Romeo “é”\n", seed=7, options={"temperature": 1})
    assert recipe.canonical() == (
        '{"model":"fake_text","options":{"length":200,"temperature":1.0,"top_k":0,"top_p":1.0},'
        '"prompt":"Romeo “é”\\n","seed":7,"task":"generate","v":1,"weights":"fa4e00000001"}'
    )
    assert recipe.key == hashlib.sha256(recipe.canonical().encode()).hexdigest()


def test_the_order_and_the_type_of_what_is_given_do_not_matter() -> None:
    one = make_recipe(FAKE_TEXT, options={"length": 5, "temperature": 1, "top_k": 3.0}, seed=1.0)
    same = make_recipe(FAKE_TEXT, options={"top_k": "3", "temperature": 1.0, "length": 5}, seed="1")
    assert one == same
    assert one.key == same.key


@pytest.mark.parametrize(
    "change",
    [
        {"task": "score"},
        {"model": "other"},
        {"weights": "other"},
        {"prompt": "other"},
        {"seed": 1},
        {"options": (("length", 6),)},
    ],
)
def test_every_part_changes_the_key(change: dict[str, object]) -> None:
    recipe = text_recipe()
    assert replace(recipe, **change).key != recipe.key  # type: ignore[arg-type]


@given(RECIPES)
def test_a_recipe_comes_back_from_its_canonical_form(recipe: Recipe) -> None:
    again = from_dict(json.loads(recipe.canonical()), SPECS)
    assert again == recipe
    assert again.key == recipe.key


def test_options_are_read_by_name() -> None:
    recipe = make_recipe(FAKE_IMAGE, options={"count": 3, "ink": "blue"})
    assert recipe.integer("count") == 3
    assert recipe.number("count") == 3.0
    assert recipe.option("ink") == "blue"
    with pytest.raises(KeyError):
        recipe.option("nothing")


# Checks.


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"options": {"speed": 1}}, "no option called speed"),
        ({"options": {"length": 1001}}, "Length must lie between 1 and 1000"),
        ({"task": "score"}, "cannot do “score”"),
        ({"prompt": 5}, "prompt must be text"),
        ({"prompt": "x" * (MAX_PROMPT_CHARACTERS + 1)}, "longer than"),
        ({"prompt": "half a letter: \ud800"}, "prompt"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": 2**32}, "seed must be a whole number"),
        ({"seed": 0.5}, "seed must be a whole number"),
        ({"seed": "lucky"}, "seed must be a whole number"),
        ({"seed": None}, "seed must be a whole number"),
        ({"seed": math.nan}, "seed must be a whole number"),
        ({"seed": math.inf}, "seed must be a whole number"),
        ({"seed": 10**400}, "seed must be a whole number"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(request_: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_recipe(FAKE_TEXT, **request_)  # type: ignore[arg-type]


def test_a_task_that_the_model_can_do_is_accepted() -> None:
    able = replace(FAKE_TEXT, can=frozenset({"score"}))
    assert make_recipe(able, task="score").task == "score"


def test_what_was_added_later_is_in_a_recipe_only_where_it_is_said() -> None:
    later = Control("scale", "Scale", "float", 1.0, 0.0, 5.0, unsaid=True)
    grown = replace(FAKE_TEXT, controls=(*FAKE_TEXT.controls, later))
    before = make_recipe(FAKE_TEXT, seed=3)
    for options in ({}, {"scale": 1}, {"scale": "1.0"}):
        assert make_recipe(grown, seed=3, options=options) == before
        assert make_recipe(grown, seed=3, options=options).key == before.key
    said = make_recipe(grown, seed=3, options={"scale": 3})
    assert said.number("scale") == 3
    assert said.key != before.key
    assert from_dict(said.as_dict(), {grown.id: grown}) == said
    assert from_dict(before.as_dict(), {grown.id: grown}) == before


# Links.


@given(st.lists(RECIPES, min_size=1, max_size=4))
def test_a_link_brings_back_its_recipes(recipes: list[Recipe]) -> None:
    link = encode_link(recipes)
    assert len(link) <= MAX_LINK_BYTES
    assert link.isascii()
    assert not set(link) & set("+/=&?#% ")
    assert decode_link(link, SPECS) == tuple(recipes)


def test_a_link_keeps_the_weights_it_was_made_with() -> None:
    old = make_recipe(FAKE_TEXT, weights="0123456789ab")
    assert decode_link(encode_link([old]), SPECS)[0].weights == "0123456789ab"


def test_a_page_that_is_too_long_has_no_link() -> None:
    letters = random.Random(0)
    prompt = "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(9000))
    with pytest.raises(ValueError, match="shorten the prompt"):
        encode_link([text_recipe(prompt=prompt)])


@given(st.data())
def test_a_damaged_link_is_noticed(data: st.DataObject) -> None:
    link = encode_link([text_recipe(1, "Romeo"), image_recipe(2)])
    at = data.draw(st.integers(0, len(link) - 1))
    damaged = data.draw(
        st.sampled_from([link[:at], link[:at] + "A" + link[at + 1 :], link[:at] + link[at + 1 :]])
    )
    if damaged != link:
        with pytest.raises(ValueError, match="damaged"):
            decode_link(damaged, SPECS)


@given(st.text(max_size=60))
def test_nonsense_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode_link(text, SPECS)


ROW = text_recipe().as_dict()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        {},
        "text",
        None,
        [1],
        [[]],
        [{**ROW, "v": 2}],
        [{**ROW, "model": "gone"}],
        [{**ROW, "model": ["fake_text"]}],
        [{**ROW, "options": None}],
        [{**ROW, "options": {"length": None}}],
        [{**ROW, "options": {"length": [1]}}],
        [{**ROW, "seed": "x"}],
        [{**ROW, "seed": 10**400}],
        [{**ROW, "prompt": None}],
        [{**ROW, "prompt": "\ud800"}],
        [{**ROW, "weights": "\ud800"}],
        [{**ROW, "weights": 5}],
        [{**ROW, "task": "explode"}],
    ],
)
def test_a_well_sealed_link_with_wrong_content_is_refused(rows: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode_link(packed(rows), SPECS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not zlib",
        zlib.compress(b"not json"),
        zlib.compress(b"\xff\xfe"),
        zlib.compress(json.dumps([ROW]).encode())[:-20],
        zlib.compress(b"[" * 60_000),
        zlib.compress(b" " * 10_000_000),
    ],
    ids=["empty", "not-zlib", "not-json", "not-utf8", "cut-short", "deep", "bomb"],
)
def test_a_well_sealed_link_around_garbage_is_refused(content: bytes) -> None:
    link = sealed(content)
    if len(link) > MAX_LINK_BYTES:
        link = link[:MAX_LINK_BYTES]
    with pytest.raises(ValueError, match=r"\w"):
        decode_link(link, SPECS)
