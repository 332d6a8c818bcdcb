"""Every way to break a recipe is one that the real catalogue takes, and breaks what is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np
import pytest

from models import catalog
from models.base import ImageStep, TokenStep
from models.datasets import Concept
from models.engine import Engine, Waiting
from models.measure.judging import Judge
from models.pool import Pool
from models.recipe import make_recipe
from playground.features.break_it import chips
from playground.features.break_it import recipes as break_recipes
from playground.features.break_it.recipes import BREAKS, Break
from playground.features.images import emoji
from playground.features.images import place as images_place
from playground.features.text import place as text_place
from playground.features.text import score_section
from playground.gradio_app.fields import checked_concept, restored
from playground.web.emoji_names import emoji_names, words_of

FIELDS = {
    text_place.PLACE: text_place.BREAK_FIELDS,
    images_place.PLACE: images_place.BREAK_FIELDS,
    emoji.PLACE: emoji.BREAK_FIELDS,
    score_section.PLACE: score_section.BREAK_FIELDS,
}
WORLD = {
    "text": ("text", "shakespeare"),
    "text-score": ("text", "shakespeare"),
    "images": ("image", "digits"),
    "emoji": ("image", "emoji"),
}
PICTURES = [b for b in BREAKS if b.place == "images"]


def named(one: Break) -> str:
    return f"{one.place}-{one.id}"


def models_of(place: str):
    return [s for s in catalog.SPECS if (s.kind, s.world) == WORLD[place]]


def recipe_of(one: Break, model: str, options: Any, seed: int = 7):
    """What a chip asks one model of its place for."""
    spec = catalog.spec(model)
    if one.place == "text-score":
        return make_recipe(spec, task="score", prompt=str(one.values["text"]))
    prompt = str(one.values.get("prompt", break_recipes.SAMPLE_TEXT))
    asked = prompt if "prompt" in spec.can else ""
    return make_recipe(spec, prompt=asked, options=options, seed=seed)


@pytest.mark.parametrize("one", BREAKS, ids=named)
def test_every_model_of_the_place_takes_the_recipe(one: Break):
    assert len(models_of(one.place)) >= 2
    for spec in models_of(one.place):
        own = {c.name for c in spec.controls}
        options = {name: value for name, value in one.values.items() if name in own}
        recipe = recipe_of(one, spec.id, options)
        kept = restored([spec], [recipe])
        assert all(kept[name] == value for name, value in options.items())


@pytest.mark.parametrize("one", BREAKS, ids=named)
def test_a_break_sets_only_what_its_form_has(one: Break):
    assert set(one.values) <= set(FIELDS[one.place])


@pytest.mark.parametrize("one", PICTURES, ids=named)
def test_words_and_labels_of_a_picture_say_the_same_and_no_page_refuses(one: Break):
    said = [one.values[name] for name in ("digit", "ink", "paper")]
    assert checked_concept(*said).caption == one.values["prompt"]


def test_what_it_never_read_is_in_no_name():
    (name,) = (b for b in BREAKS if b.id == "unseen")
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
    fill: Any = text_place.break_text
    prompt, temperature, *_, seed, said = fill(None, "Temperature 0", "O, ", 3)
    assert (prompt, temperature, seed) == (gr.skip(), 0.0, gr.skip())
    assert "temperature 0" in str(said)
    with pytest.raises(ValueError, match="no such way"):
        chips.fill("text", "Guidance 0", text_place.BREAK_FIELDS)


@pytest.mark.parametrize("prompt", ["Café", "x" * 2_001, None, "数字"])
def test_a_chip_runs_whatever_stood_in_the_prompt(prompt: object):
    fill: Any = text_place.break_text
    put, *_ = fill(None, "Temperature 2", prompt, 7)
    assert put == break_recipes.SAMPLE_TEXT


@pytest.mark.parametrize("seed", [None, "", -1, 2.5, 2**32, "seven"])
def test_a_chip_runs_whatever_stood_in_the_seed(seed: object):
    fills: list[tuple[Any, str, list[object]]] = [
        (text_place, "Temperature 2", ["O, ", seed]),
        (images_place, "A single step", [seed]),
        (emoji, "Guidance 0", [seed]),
    ]
    names = {text_place: "break_text", images_place: "break_picture", emoji: "break_emoji"}
    for place, label, given in fills:
        filled = getattr(place, names[place])(None, label, *given)
        assert filled[place.BREAK_FIELDS.index("seed")] == 7


# What breaks, with the shipped weights


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    pool = Pool(catalog.specs())
    engine = Engine(pool)
    yield engine
    engine.close()
    pool.close()


def carried_out(engine: Engine, place: str, name: str, model: str, **more: object) -> list[Any]:
    """All steps of what one chip asks a model for."""
    (one,) = (b for b in break_recipes.of_place(place) if b.id == name)
    own = {control.name for control in catalog.spec(model).controls}
    options = {k: v for k, v in {**one.values, **more}.items() if k in own}
    run = engine.submit(recipe_of(one, model, options), "visitor")
    return [step for step in engine.follow(run) if not isinstance(step, Waiting)]


def drawn(engine: Engine, place: str, name: str, model: str, **more: object) -> np.ndarray:
    """The pictures (N, 32, 32, 3) of one chip."""
    step = carried_out(engine, place, name, model, **more)[-1]
    assert isinstance(step, ImageStep)
    return np.stack([np.asarray(image, np.float64) for image in step.images])


def spread(pictures: np.ndarray) -> float:
    """How far pictures of one recipe lie from their mean, per value."""
    return float(np.sqrt(np.square(pictures - pictures.mean(0)).mean()))


def bits(steps: list[TokenStep]) -> float:
    return float(np.mean([-np.log2(max(step.probability, 1e-300)) for step in steps]))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["char_lstm", "gpt2_mini"])
def test_what_is_written_goes_round_in_circles_or_falls_apart(engine: Engine, model: str):
    loop, rave, mend = (
        carried_out(engine, "text", name, model, length=160) for name in ("loop", "rave", "mend")
    )
    text = "".join(step.text for step in loop)
    assert any(text.count(text[i : i + 12]) >= 3 for i in range(len(text) - 12))
    assert bits(loop) < bits(mend) < bits(rave) - 1


@pytest.mark.slow
def test_neither_reads_a_row_of_x_and_the_lstm_never_gets_used_to_it(engine: Engine):
    (row,) = (b for b in break_recipes.of_place("text-score") if b.id == "same")
    assert len(str(row.values["text"])) == score_section.MOST_CHARACTERS
    found = {}
    for model in ("char_lstm", "gpt2_mini"):
        recipe = make_recipe(catalog.spec(model), task="score", prompt="x" * 300)
        run = engine.submit(recipe, "visitor")
        steps = [step for step in engine.follow(run) if isinstance(step, TokenStep)]
        found[model] = bits(steps[:1]), bits(steps[-100:])
    first, last = found["char_lstm"]
    assert (round(first), round(last)) == (13, 13)
    first, last = found["gpt2_mini"]
    assert (round(first), round(last)) == (14, 9)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["char_lstm", "gpt2_mini"])
def test_shuffled_letters_surprise_more_than_a_bit_more(engine: Engine, model: str):
    shuffled, plain = (carried_out(engine, "text-score", n, model) for n in ("shuffle", "mend"))
    texts = [sorted("".join(step.text for step in steps)) for steps in (shuffled, plain)]
    assert texts[0] == texts[1]
    assert bits(shuffled) > bits(plain) + 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["burn", "hurry"])
def test_sixteen_broken_digits_are_nearly_one(engine: Engine, name: str):
    usual = drawn(engine, "images", "mend", "diffusion_mini")
    broken = drawn(engine, "images", name, "diffusion_mini")
    assert len(broken) == break_recipes.MANY
    assert spread(broken) < spread(usual) * (0.7 if name == "burn" else 0.2)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "most"), [("gan", 12), ("vae", 8)])
def test_fewer_sevens_are_right_far_from_what_was_learned(engine: Engine, model: str, most: int):
    """Of sixteen the judge reads 16 and 15 as usual, and 9 and 5 of the stretched ones."""
    judge, concept = Judge.load(), Concept(7, "red", "black")
    usual = drawn(engine, "images", "mend", model, count=break_recipes.MANY)
    broken = drawn(engine, "images", "stretch", model)
    right, left = (
        judge.all_right(each.astype(np.uint8), concept).sum() for each in (usual, broken)
    )
    assert right >= 14
    assert left <= most


def test_who_has_no_latents_of_its_own_stays_as_it_was():
    having = {s.id for s in models_of("images") if "latent_scale" in {c.name for c in s.controls}}
    assert having == {"gan", "vae"}


@pytest.mark.slow
def test_without_a_pull_the_emoji_are_others(engine: Engine):
    usual = drawn(engine, "emoji", "mend", "diffusion_emoji")
    broken = drawn(engine, "emoji", "ignore", "diffusion_emoji")
    away = np.sqrt(np.square(broken - usual.mean(0)).mean((1, 2, 3)))
    assert (away > 30).sum() >= 3  # of four, in 255ths
    assert spread(broken) > 5 * spread(usual)
