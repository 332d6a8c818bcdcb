"""Handlers run as plain generators, without a server, over the real pool and engine."""

from __future__ import annotations

import inspect
import itertools
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import NamedTuple

import gradio as gr
import pytest

from models.engine import Busy
from models.recipe import decode_link, encode_link, make_recipe
from playground import site
from playground.core.errors import explain
from playground.core.follow import REDRAW_SECONDS
from playground.core.identity import visitor_named
from playground.core.share_link import link_of, open_link
from playground.features.images import emoji
from playground.features.images import place as images_place
from playground.features.text import place as text_place
from playground.gradio_app.bind import bind
from playground.server import live
from tests.carry_out import carry_out, of_kind, stream, text
from tests.fake_catalogue import SPECS
from tests.features.images.test_place import draw, draw_emoji


def write(services, prompt="ROMEO:\n", left="char_lstm", right="gpt2_mini", **changed):
    values = {"temperature": 0.8, "seed": 7, "top_k": 0, "top_p": 1.0, "length": 12, **changed}
    return text_place.write_text(services, prompt, left, right, **values)


# Text


def test_two_models_write_at_once(services):
    plan = write(services)
    assert [run["card"] for run in plan["runs"]] == ["left", "right"]
    assert [run["about"]["name"] for run in plan["runs"]] == ["LSTM", "GPT"]
    assert all(run["recipe"]["prompt"] == "ROMEO:\n" for run in plan["runs"])
    assert all(run["recipe"]["seed"] == 7 for run in plan["runs"])
    assert [r.model for r in decode_link(plan["link"], SPECS)] == ["char_lstm", "gpt2_mini"]
    for run, events in zip(plan["runs"], carry_out(services, plan).values(), strict=True):
        assert events[0]["start"]["key"] == run["key"]
        assert len(text(events)) == 12
        assert events[-1] == {"end": "finished"}


def test_letters_come_without_what_else_was_likely(services):
    events = carry_out(services, write(services))["left"]
    rows = [row for rows in of_kind(events, "letters") for row in rows]
    assert {len(row) for row in rows} == {4}


def test_redraws_are_in_measure(services):
    carry_out(services, write(services, length=1))  # loads the models
    started = time.monotonic()
    asked = live._read(services, {"runs": [r["recipe"] for r in write(services, seed=8)["runs"]]})
    redraws = [part for part in live._lines(services, asked, None) if part]
    at_once = 6  # the beginning, the first and the last letter of each, the end
    assert len(redraws) <= at_once + (time.monotonic() - started) / REDRAW_SECONDS


def test_the_same_recipe_is_replayed(services):
    first, again = (carry_out(services, write(services))["left"] for _ in range(2))
    assert [events[0]["start"]["replayed"] for events in (first, again)] == [False, True]
    assert text(again) == text(first)


def test_unknown_characters_are_named_and_the_other_side_goes_on(services):
    events = carry_out(services, write(services, prompt="größe"))
    (failure,) = of_kind(events["left"], "fail")
    assert "never seen “ß”, “ö”" in failure["sentence"]
    assert failure["again"] is False
    assert len(text(events["right"])) == 12


def test_an_unexpected_failure_is_a_reference_on_the_card(services):
    (failure,) = of_kind(carry_out(services, write(services, prompt="fail=3"))["left"], "fail")
    assert "Something went wrong (reference " in failure["sentence"]
    assert "ordered to fail" not in failure["sentence"]
    assert failure["again"] is True


def test_options_are_checked_on_the_server(services):
    refused = [run["refused"] for run in write(services, length=100_000)["runs"]]
    assert refused == ["Length must lie between 1 and 1000."] * 2
    assert write(services, length=100_000)["link"] == ""
    with pytest.raises(ValueError, match="longer than"):
        write(services, prompt="x" * 20_000)


def test_a_plan_is_never_the_one_before(services):
    assert write(services)["sent"] != write(services)["sent"]


def test_leaving_ends_ones_own_runs_alone(services):
    plan = write(services, prompt="delay=0.01", length=60)
    one, other = (stream(services, plan, visitor) for visitor in ("one", "other"))
    for events in (one, other):
        assert "start" in next(events)[1]
    one.close()
    assert [event for _, event in other if "end" in event] == [{"end": "finished"}] * 2


def test_a_closed_page_stops_what_it_followed(services):
    events = stream(services, write(services, prompt="delay=0.02", length=1000))
    for _ in range(4):
        next(events)
    assert services.followers.of(visitor_named("visitor"), live.PLACE)
    events.close()
    assert not services.followers.of(visitor_named("visitor"), live.PLACE)
    deadline = time.monotonic() + 3
    while any(t.name.startswith("follow-") for t in threading.enumerate()):
        assert time.monotonic() < deadline, "still followed"
        time.sleep(0.02)


def test_picking_a_model_empties_its_card(services):
    picked = text_place.pick_model(services, "gpt2_mini", "char_lstm")
    assert (picked.card["family"], picked.card["hint"]) == ("transformer", "Press Write.")
    with pytest.raises(ValueError, match="no model called"):
        text_place.pick_model(services, "nonsense", "char_lstm")


def test_the_inventor_of_names_is_in_no_picker(services):
    demo = site.build(services)
    html = [b for b in demo.blocks.values() if isinstance(b, gr.HTML)]
    pickers = [b for b in html if "choices" in b.props and b.elem_id.startswith("text-")]
    offered = {id for b in pickers for _, id in b.props["choices"]}
    assert len(pickers) == 2
    assert offered == {"char_lstm", "gpt2_mini"}


# Links


def page(services, link):
    request = SimpleNamespace(session_hash="visitor", query_params={"recipe": link} if link else {})
    values = iter(site.open_page(services, request))
    head = tuple(itertools.islice(values, 3))
    forms = [
        form(*itertools.islice(values, len(form._fields)))
        for form in (text_place.TextForm, images_place.ImagesForm, emoji.EmojiForm)
    ]
    assert not list(values)
    return head, *forms


def untouched(*forms):
    return {str(value) for form in forms for value in form} == {str(gr.skip())}


def test_a_page_without_a_link_is_left_alone(services):
    (tabs, notice, press), *forms = page(services, "")
    assert (tabs, notice, press) == (gr.skip(), "", "")
    assert untouched(*forms)


def test_a_text_link_restores_the_page_and_runs_it(services):
    link = write(services, prompt="O, ", seed=99, left="gpt2_mini")["link"]
    (_, notice, press), form, *others = page(services, link)
    assert (notice, press) == ("", "text-write")
    assert untouched(*others)
    assert (form.prompt, form.left, form.right) == ("O, ", "gpt2_mini", "gpt2_mini")
    assert (form.seed, form.length) == (99, 12)
    assert [card["name"] for card in (form.left_card, form.right_card)] == ["GPT", "GPT"]


def test_an_images_link_restores_the_page_and_runs_it(services):
    link = draw(services, prompt="a red dragon", count=3, seed=5)["link"]
    (tabs, _, press), _, form, emoji_form = page(services, link)
    assert (tabs.selected, press, form.world) == ("images", "images-draw", "digits")
    assert untouched(emoji_form)
    assert (form.prompt, form.digit, form.pictures, form.seed) == ("a red dragon", 7, 3, 5)
    assert "dragon</mark>" in str(form.reading)


def test_an_emoji_link_restores_its_world_and_runs_it(services):
    link = draw_emoji(services, prompt="blue zebra", count=3, seed=5, steps=9)["link"]
    (tabs, _, press), text_form, digits, form = page(services, link)
    assert (tabs.selected, press, digits.world) == ("images", "emoji-draw", "emoji")
    assert untouched(text_form, digits[1:])
    assert form[:5] == ("blue zebra", 3, 5, 2.0, 9)
    assert "zebra</mark>" in form.reading


def test_a_link_of_one_wordless_model_keeps_the_example(services):
    _, _, digits, form = page(services, encode_link([make_recipe(SPECS["vae_emoji"], seed=3)]))
    assert (digits.world, form.prompt, form.seed) == ("emoji", emoji.EXAMPLE, 3)


def test_a_link_of_the_inventor_alone_leaves_the_page_alone(services):
    (tabs, _, press), *forms = page(services, encode_link([make_recipe(SPECS["char_lstm_emoji"])]))
    assert (tabs, press) == (gr.skip(), "")
    assert untouched(*forms)


def test_a_link_of_one_text_model_keeps_the_other_side(services):
    recipe = make_recipe(SPECS["gpt2_mini"], prompt="O")
    _, form, *_ = page(services, encode_link([recipe]))
    assert (form.left, form.right) == ("gpt2_mini", "gpt2_mini")


def test_a_link_with_other_weights_says_so(services):
    recipe = make_recipe(SPECS["char_lstm"], prompt="O", weights="0123456789ab")
    (_, notice, press), *_ = page(services, encode_link([recipe]))
    assert "other weights of LSTM" in notice
    assert press == "text-write"


def test_a_damaged_link_is_explained(services):
    (_, notice, press), *_ = page(services, "nonsense.12345678")
    assert "damaged" in notice
    assert press == ""


def test_a_prompt_too_long_for_a_link_still_runs():
    import secrets

    recipe = make_recipe(SPECS["char_lstm"], prompt=secrets.token_hex(4900))
    assert link_of([recipe]) == ""
    assert open_link("", SPECS) == ((), "")


# What Gradio is given


class Pair(NamedTuple):
    """Two outputs."""

    one: str
    two: str


def handler(services: object, prompt: str, request: gr.Request, count: int = 3) -> Iterator[Pair]:
    """Says what it was told."""
    yield Pair(prompt, str(count))


def test_bind_leaves_out_the_services_and_keeps_the_rest():
    bound = bind(handler, object())
    assert (bound.__name__, bound.__doc__) == (handler.__name__, handler.__doc__)
    assert list(inspect.signature(bound).parameters) == ["prompt", "request", "count"]
    assert bound.__annotations__["request"] is gr.Request
    assert bound.__annotations__["return"] is Pair
    assert inspect.isgeneratorfunction(bound)
    assert list(bound("a", None)) == [Pair("a", "3")]


@pytest.mark.parametrize("error", [ValueError("Say less."), Busy("Come back.")])
def test_bind_shows_sentences(error):
    def fail(services: object) -> str:
        raise error

    def fail_later(services: object) -> Iterator[str]:
        yield "a"
        raise error

    with pytest.raises(gr.Error) as caught:
        bind(fail, None)()
    assert caught.value.message == str(error)
    assert caught.value.print_exception is False
    with pytest.raises(gr.Error, match=str(error)):
        list(bind(fail_later, None)())


def test_what_nobody_expected_is_for_the_log_alone(caplog):
    try:
        raise RuntimeError("secret")
    except RuntimeError as error:
        sentence = explain(error)
    assert "secret" not in sentence
    assert "Something went wrong (reference " in sentence
    assert "secret" in caplog.text
    assert sentence.split("reference ")[1][:8] in caplog.text


def test_running_out_of_memory_has_a_sentence_of_its_own():
    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")):
        assert "ran out of memory" in explain(error)
        assert "reference" not in explain(error)


def test_every_event_but_the_api_is_private_and_named(services):
    demo = site.build(services)
    public = {f.api_name for f in demo.fns.values() if f.api_visibility == "public"}
    assert public == {"text_generate", "image_generate", "models_list"}
    assert all(f.concurrency_limit in {None, "default"} for f in demo.fns.values())


def test_no_session_state_is_kept(services):
    demo = site.build(services)
    assert not [b for b in demo.blocks.values() if isinstance(b, gr.State)]
