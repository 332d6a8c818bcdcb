"""Every way to break a recipe is a recipe that the real catalogue takes, or refuses in words."""

from __future__ import annotations

import gradio as gr
import pytest

from models import catalog
from models.recipe import make_recipe
from models.worlds import Concept
from playground import breaks
from playground.breaks import BREAKS, Break
from playground.controls import checked_concept
from playground.names import emoji_names, words_of
from playground.tabs import breaking, emoji, images, text

FIELDS = {
    text.PLACE: text.BREAK_FIELDS,
    images.PLACE: images.BREAK_FIELDS,
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
    assert name.values["prompt"] == breaks.UNREAD_NAME
    assert breaks.UNREAD_NAME not in words_of(names)
    mended = breaks.labelled("emoji", "Mend it")
    assert mended.values["prompt"] in names


def test_ids_and_labels_are_unique_within_a_place():
    for place in FIELDS:
        chips = breaks.of_place(place)
        assert len({b.id for b in chips}) == len({b.label for b in chips}) == len(chips) >= 3


def test_mending_undoes_what_the_others_change():
    for place, fields in FIELDS.items():
        changed = {name for b in breaks.of_place(place) for name in b.values}
        assert changed <= set(breaks.labelled(place, "Mend it").values) <= set(fields)


def test_a_chip_fills_the_form_and_leaves_alone_what_it_does_not_set():
    prompt, temperature, *_, said = text.break_text(None, "Loop it")  # type: ignore[arg-type]
    assert (prompt, temperature) == (gr.skip(), 0.0)
    assert "temperature 0" in str(said)
    with pytest.raises(ValueError, match="no such way"):
        breaking.fill("text", "Burn it", text.BREAK_FIELDS)
