"""Every way to break a recipe is a recipe that the real catalogue takes, or refuses in words."""

from __future__ import annotations

import gradio as gr
import pytest

from models import catalog
from models.datasets import Concept
from models.recipe import make_recipe
from playground.features.break_it import chips
from playground.features.break_it import recipes as break_recipes
from playground.features.break_it.recipes import BREAKS, Break
from playground.features.images import emoji
from playground.features.images import place as images_place
from playground.features.text import place as text_place
from playground.gradio_app.fields import checked_concept
from playground.web.emoji_names import emoji_names, words_of

FIELDS = {
    text_place.PLACE: text_place.BREAK_FIELDS,
    images_place.PLACE: images_place.BREAK_FIELDS,
    emoji.PLACE: emoji.BREAK_FIELDS,
}
WORLD = {
    "text": ("text", "shakespeare"),
    "images": ("image", "digits"),
    "emoji": ("image", "emoji"),
}
PICTURES = [b for b in BREAKS if b.place == "images"]


def named(one: Break) -> str:
    return f"{one.place}-{one.id}"


def models_of(place: str):
    return [s for s in catalog.SPECS if (s.kind, s.world) == WORLD[place]]


@pytest.mark.parametrize("one", BREAKS, ids=named)
def test_every_model_of_the_place_takes_the_recipe(one: Break):
    assert len(models_of(one.place)) >= 2
    for spec in models_of(one.place):
        own = {c.name for c in spec.controls}
        options = {name: value for name, value in one.values.items() if name in own}
        prompt = str(one.values.get("prompt", "")) if "prompt" in spec.can else ""
        recipe = make_recipe(spec, prompt=prompt, options=options, seed=7)
        assert all(recipe.option(name) == value for name, value in options.items())


@pytest.mark.parametrize("one", BREAKS, ids=named)
def test_a_break_sets_only_what_its_form_has(one: Break):
    assert set(one.values) <= set(FIELDS[one.place])


@pytest.mark.parametrize("one", PICTURES, ids=named)
def test_words_and_labels_of_a_picture_say_the_same_or_the_page_refuses(one: Break):
    said = [one.values[name] for name in ("digit", "ink", "paper")]
    if one.refused:
        with pytest.raises(ValueError, match="cannot be seen"):
            checked_concept(*said)
    else:
        assert checked_concept(*said).caption == one.values["prompt"]


def test_only_one_colour_on_itself_is_refused():
    assert [named(b) for b in BREAKS if b.refused] == ["images-same"]


def test_what_it_never_saw_was_truly_kept_out():
    digits, name = (b for b in BREAKS if b.id == "unseen")
    concept = [digits.values[part] for part in ("digit", "ink", "paper")]
    assert Concept(*concept).held_out  # type: ignore[arg-type]
    from models.checkpoint import WEIGHTS

    names = emoji_names(WEIGHTS)
    assert len(names) > 1000
    assert name.values["prompt"] == break_recipes.UNREAD_NAME
    assert break_recipes.UNREAD_NAME not in words_of(names)
    mended = break_recipes.labelled("emoji", "Mend it")
    assert mended.values["prompt"] in names


def test_ids_and_labels_are_unique_within_a_place():
    for place in FIELDS:
        found = break_recipes.of_place(place)
        assert len({b.id for b in found}) == len({b.label for b in found}) == len(found) >= 3


def test_mending_undoes_what_the_others_change():
    for place, fields in FIELDS.items():
        changed = {name for b in break_recipes.of_place(place) for name in b.values}
        assert changed <= set(break_recipes.labelled(place, "Mend it").values) <= set(fields)


def test_a_chip_fills_the_form_and_leaves_alone_what_it_does_not_set():
    prompt, temperature, *_, said = text_place.break_text(None, "Loop it")  # type: ignore[arg-type]
    assert (prompt, temperature) == (gr.skip(), 0.0)
    assert "temperature 0" in str(said)
    with pytest.raises(ValueError, match="no such way"):
        chips.fill("text", "Burn it", text_place.BREAK_FIELDS)
