"""What the forms of digits and emoji ask for, and what comes of it when it is carried out."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import gradio as gr
import pytest

from models.recipe import decode_link
from playground import site
from playground.features.images import emoji
from playground.features.images import place as images_place
from tests.carry_out import carry_out, of_kind, stream, text
from tests.fake_adapters import Fake
from tests.fake_catalogue import INVENTED, SPECS


def draw(services, prompt="", digit=7, ink="red", paper="black", **changed):
    values = {"count": 2, "seed": 7, "guidance": 2.0, "steps": 3, **changed}
    return images_place.draw_pictures(services, prompt, digit, ink, paper, **values)


def draw_emoji(services, prompt="blue heart", **changed):
    values = {"count": 2, "seed": 7, "guidance": 2.0, "steps": 3, **changed}
    return emoji.draw_emoji(services, prompt, **values)


def about(plan):
    """What each card is told besides its recipe."""
    return {run["card"]: run["about"] for run in plan["runs"]}


# Digits


def test_three_families_draw_at_once(services):
    plan = draw(services)
    assert [run["card"] for run in plan["runs"]] == ["gan", "vae", "diffusion_mini"]
    assert [facts["family"] for facts in about(plan).values()] == ["gan", "vae", "diffusion"]
    assert about(plan)["gan"]["subject"] == "red 7 on black"
    assert about(plan)["diffusion_mini"]["subject"] == "a red seven on a black background"
    drawn = carry_out(services, plan)
    for run in plan["runs"]:
        first, *_, last = drawn[run["card"]]
        assert first["start"]["key"] == run["key"]
        assert of_kind(drawn[run["card"]], "frame")[-1]["last"]
        assert len(of_kind(drawn[run["card"]], "frame")[-1]["tiles"]) == 2
        assert last == {"end": "finished"}
    labels = [frame["label"] for frame in of_kind(drawn["diffusion_mini"], "frame")]
    assert {"step 1 of 3", "step 2 of 3"} & set(labels)


def test_a_plan_is_never_the_one_before(services):
    assert draw(services)["sent"] != draw(services)["sent"]


def test_free_words_steer_diffusion_alone(services):
    plan = draw(services, prompt="a blue two on a white background")
    recipes = {r.model: r for r in decode_link(plan["link"], SPECS)}
    assert recipes["diffusion_mini"].prompt == "a blue two on a white background"
    assert recipes["gan"].prompt == ""
    assert recipes["gan"].integer("digit") == 7


def test_words_in_another_language_are_asked_for_in_english(services):
    plan = draw(services, prompt="un siete")
    (recipe,) = (run["recipe"] for run in plan["runs"] if run["card"] == "diffusion_mini")
    assert recipe["prompt"] == "a red seven on a black background"
    for typed in ("黑底红色的７", "un ７ rojo sobre fondo negro", "UN SIETE"):
        assert draw(services, prompt=typed)["runs"] == plan["runs"]
    assert draw(services, prompt="７")["runs"] == draw(services, prompt="7")["runs"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ink": "black"}, "cannot be seen: choose two different colours"),
        ({"digit": 12}, "Digit must lie between 0 and 9"),
        ({"paper": "pink"}, "Paper must be one of: red"),
        ({"prompt": "x" * 301}, "longer than 300"),
    ],
)
def test_impossible_pictures_are_refused_in_words(services, changed, words):
    with pytest.raises(ValueError, match=words):
        draw(services, **changed)


def test_counts_are_checked_on_the_server(services):
    plan = draw(services, count=17)
    refused = [run["refused"] for run in plan["runs"]]
    assert refused == ["Pictures must lie between 1 and 16."] * 3
    assert plan["link"] == ""


def test_drawing_can_be_stopped(services):
    events = stream(services, draw(services, prompt="delay=0.05", steps=50))
    next(event for card, event in events if card == "diffusion_mini" and "frame" in event)
    stopped = time.monotonic()
    events.close()
    while services.engine.load().runs:
        assert time.monotonic() < stopped + 3, "still drawn"
        time.sleep(0.02)


def test_a_concept_writes_the_prompt(services):
    worded = images_place.word_concept(services, 3, "blue", "white")
    assert worded.prompt == "a blue three on a white background"
    refused = images_place.word_concept(services, 3, "blue", "blue")
    assert refused.prompt == gr.skip()
    assert "cannot be seen" in refused.reading


def test_reading_marks_unknown_words(services):
    html = images_place.read_prompt(services, "a red unicorn", 7, "red", "black")
    assert ">unicorn</mark>" in html
    assert "cannot be seen" in images_place.read_prompt(services, "a", 7, "red", "red")
    assert "longer than" in images_place.read_prompt(services, "a" * 400, 7, "red", "black")


def test_an_empty_card_has_frames_and_the_details_of_its_model(services):
    demo = site.build(services)
    (cards,) = (b for b in demo.blocks.values() if b.elem_id == "images-cards")
    assert list(cards.value["cards"]) == ["gan", "vae", "diffusion_mini"]
    for id, facts in cards.value["cards"].items():
        assert facts["frames"] == 4
        assert facts["details"]["Model"] == SPECS[id].title


# Emoji


def test_diffusion_draws_the_name_and_the_others_take_no_words(services):
    plan = draw_emoji(services)
    recipes = {r.model: r for r in decode_link(plan["link"], SPECS)}
    assert set(recipes) == {"gan_emoji", "vae_emoji", "diffusion_emoji"}
    assert [r.prompt for r in recipes.values()] == ["", "", "blue heart"]
    assert dict(recipes["gan_emoji"].options) == {"count": 2}
    wordless = "Takes no words: its seed decides."
    told = about(plan)
    assert [facts["brief"] for facts in told.values()] == [
        wordless,
        wordless,
        "Draws “blue heart”.",
    ]
    assert told["gan_emoji"]["subject"] == "whatever seed 7 gives"
    assert told["diffusion_emoji"]["subject"] == "blue heart"
    drawn = carry_out(services, plan)
    assert [events[-1] for events in drawn.values()] == [{"end": "finished"}] * 3


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("🐄", "cow"),
        ("💙", "blue heart"),
        ("corazo\u0301n azul", "blue heart"),
        ("蓝色的奶牛", "blue cow"),
    ],
)
def test_an_emoji_and_a_name_in_another_language_are_that_name(services, typed, name):
    plan, same = draw_emoji(services, typed), draw_emoji(services, name)
    assert [run.get("key") for run in plan["runs"]] == [run.get("key") for run in same["runs"]]
    assert about(plan)["diffusion_emoji"]["brief"] == f"Draws “{name}”."
    reading = emoji.read_name(services, typed, "")
    assert re.search(f"the models have read no other: <q[^>]*>{name}</q>", reading)
    assert "Taken for" not in emoji.read_name(services, name, "")


def test_what_is_outside_the_world_is_said_on_the_card(services):
    brief = about(draw_emoji(services, "blue zebra"))["diffusion_emoji"]["brief"]
    assert brief == "Draws “blue zebra”. No name that it has read holds “zebra”."
    brief = about(draw_emoji(services, "🦊"))["diffusion_emoji"]["brief"]
    assert brief == "Draws “fox face”. No name that it has read holds “fox”."  # of these few names


def test_digits_and_emoji_are_drawn_by_their_own_models(services):
    drawn = decode_link(draw(services)["link"], SPECS)
    assert {r.model for r in drawn} == {"gan", "vae", "diffusion_mini"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"prompt": " "}, "Write a name first"),
        ({"prompt": "x" * 301}, "longer than 300"),
        ({"prompt": 7}, "must be text"),
    ],
)
def test_emoji_without_a_usable_name_are_refused_in_words(services, changed, words):
    with pytest.raises(ValueError, match=words):
        draw_emoji(services, **changed)


def test_a_failure_among_emoji_is_on_its_card_alone(services):
    drawn = carry_out(services, draw_emoji(services, prompt="fail=1"))
    (failure,) = (fail for events in drawn.values() for fail in of_kind(events, "fail"))
    assert "Something went wrong (reference " in failure["sentence"]
    assert failure["again"] is True
    ends = [events[-1] for card, events in drawn.items() if card != "diffusion_emoji"]
    assert ends == [{"end": "finished"}] * 2


def test_drawing_emoji_can_be_stopped_and_digits_go_on(services):
    digits = stream(services, draw(services, prompt="delay=0.02", steps=20))
    next(digits)
    events = stream(services, draw_emoji(services, prompt="delay=0.05", steps=50))
    next(event for card, event in events if card == "diffusion_emoji" and "frame" in event)
    events.close()
    assert [event for _, event in digits if "end" in event] == [{"end": "finished"}] * 3


# Invented names


def invent(services, monkeypatch, seed):
    """What the inventor writes from a seed, as the browser is sent it."""
    monkeypatch.setattr(emoji.secrets, "randbelow", lambda limit: seed)
    return carry_out(services, emoji.invent_name(services))["name"]


@pytest.mark.parametrize(
    ("seed", "words"), [(0, "a new name"), (1, "it exists"), (2, "a new name")]
)
def test_an_invented_name_goes_into_the_prompt_and_is_compared(services, monkeypatch, seed, words):
    name = " ".join(text(invent(services, monkeypatch, seed)).split())
    assert name == INVENTED[seed]
    taken = emoji.take_name(services, name)
    assert (taken.prompt, taken.invented) == (name, name)
    assert f'<span class="badge">{words}</span>' in taken.reading
    assert taken.naming["said"] == f"{name}: {words}."


@pytest.mark.parametrize("name", [None, 7, "x" * 301])
def test_what_is_no_name_is_not_taken(services, name):
    with pytest.raises(ValueError, match=r"must be text|longer than 300"):
        emoji.take_name(services, name)


def test_it_is_said_that_the_inventor_is_read(services, monkeypatch):
    monkeypatch.setattr(Fake, "load", classmethod(slow_load))
    waits = [wait["words"] for wait in of_kind(invent(services, monkeypatch, 0), "wait")]
    assert any("waking up" in words or "loading" in words for words in waits)


def slow_load(cls, spec, device, dtype):
    time.sleep(0.6)
    return cls(spec)


def test_every_press_invents_from_another_seed(services):
    asked = [emoji.invent_name(services)["runs"][0]["recipe"] for _ in range(4)]
    assert len({recipe["seed"] for recipe in asked}) > 1
    assert {(r["model"], r["options"]["temperature"]) for r in asked} == {("char_lstm_emoji", 0.8)}


def test_a_name_is_read_word_by_word(services):
    def read(prompt, invented=""):
        return emoji.read_name(services, prompt, invented)

    assert "There is an emoji of this name." in read("Blue heart")
    assert "each of these words, but no emoji is called so" in read("blue cow")
    assert ">zebra</mark>" in read("blue zebra")
    said = re.sub("<[^>]+>", "", read("blue zebra"))
    assert "No name that it has read holds “zebra”." in said
    assert "Write a name" in read("  ")
    assert "longer than" in read("a" * 400)
    assert "badge" not in read("blue cow", "red cow")
    assert "a new name" in read("blue cow ", "blue cow")


def test_without_the_list_of_names_nothing_is_claimed_of_them(services, tmp_path):
    bare = replace(services, weights=tmp_path)
    html = emoji.read_name(bare, "blue zebra", "blue zebra")
    assert "<mark" not in html
    assert "emoji" not in html
    assert ">invented</span>" in html
    ids = {block.elem_id for block in site.build(bare).blocks.values()}
    assert "emoji-prompt" in ids
    assert "emoji-suggestions" not in ids
