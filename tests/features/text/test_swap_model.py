"""Real models on the page: they arrive in place of a small one or beside it, or say why not."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace

import gradio as gr

from models.hub import cache as hub_cache
from models.recipe import encode_link, make_recipe
from playground import site
from playground.features.images import emoji, hub_models
from playground.features.images import place as images_place
from playground.features.text import place as text_place
from playground.features.text import swap_model
from playground.web import download_status
from tests.carry_out import arrival, carry_out, of_kind, text
from tests.fake_adapters import wait_until
from tests.hub_server import Fault

SKIP = gr.skip()


def swap(services, model="gpt2_mini", other="char_lstm"):
    return swap_model.swap_text(services, model, other)


def write(services, prompt="O, ", left="gpt2", right="char_lstm", length=12):
    values = {"temperature": 0.8, "seed": 7, "top_k": 0, "top_p": 1.0, "length": length}
    return carry_out(services, text_place.write_text(services, prompt, left, right, **values))


def fetch(services, *models):
    for model in models:
        *_, last = services.downloads.follow(services.spec(model), "somebody")
        assert last.finished


def slowly(small_hub, bytes_per_second=300_000):
    """Take about a second for a model, so that there is something to watch."""
    small_hub.bytes_per_second = bytes_per_second


def sent(update) -> dict:
    """The properties that an update of a component changes."""
    return update if isinstance(update, dict) else update.constructor_args


def slider(update):
    return tuple(sent(update)[name] for name in ("minimum", "maximum", "value", "visible"))


# In place of a small one


def arrives(events):
    """How many bytes each event of an arrival speaks of."""
    return [far["done"] for far in of_kind(events, "arrive")]


def test_a_swap_puts_the_real_model_on_the_card_and_lets_nobody_pick_another(hub_services):
    swapped = swap(hub_services)
    assert (sent(swapped.picker)["value"], sent(swapped.picker)["interactive"]) == ("gpt2", False)
    assert swapped.fetch["here"] is False
    facts = swapped.fetch["facts"]
    assert (facts["model"], facts["name"]) == ("gpt2", "GPT-2")
    assert facts["hint"] == "GPT-2 is not here yet. It is 1 MB to fetch."
    assert swapped.button == SKIP  # it says "Stop", which the browser sees to


def test_a_real_model_is_shown_to_arrive(hub_services, small_hub):
    slowly(small_hub)
    events = list(arrival(hub_services, "gpt2"))
    shown = arrives(events)
    assert shown == sorted(shown)
    assert len(set(shown)) > 2
    said = [far["said"] for far in of_kind(events, "arrive")]
    assert any(" of 1 MB, " in words for words in said)
    assert any("B a second" in words for words in said)
    assert any(far["words"].startswith("arriving, ") for far in of_kind(events, "arrive"))
    assert events[-1] == {"end": "finished"}
    assert hub_cache.is_downloaded(hub_services.spec("gpt2"))
    fetched = swap_model.end_fetching(hub_services, "gpt2")
    assert (fetched.card["hint"], fetched.card["name"]) == ("Press Write.", "GPT-2")
    assert sent(fetched.picker)["interactive"] is True
    assert sent(fetched.button)["visible"] is False


def test_the_comparison_says_what_is_not_equal(hub_services):
    said = swap(hub_services).unequal["sentence"]
    assert said.startswith("GPT-2 has ")
    assert said.endswith("compare bits a letter.")
    pair = [hub_services.spec(model) for model in ("char_lstm", "gpt2_mini")]
    assert "has also learnt from 8\u202f192 texts" in swap_model.unequal(*pair)
    assert swap_model.unequal(pair[0], pair[0]) == ""
    values = {"temperature": 0.8, "seed": 7, "top_k": 0, "top_p": 1.0, "length": 9}
    plan = text_place.write_text(hub_services, "O, ", "gpt2", "char_lstm", **values)
    assert plan["unequal"] == said


def test_after_a_swap_the_details_are_those_of_the_new_model(hub_services):
    details = swap(hub_services).fetch["facts"]["details"]
    assert details["Model"] == hub_services.spec("gpt2").title


def test_the_swapped_model_writes_beside_the_small_one(hub_services):
    list(arrival(hub_services, "gpt2"))
    events = write(hub_services)
    assert [len(text(events[side])) for side in ("left", "right")] == [12, 12]


def test_a_stop_ends_a_download_within_a_second_and_the_next_swap_goes_on(hub_services, small_hub):
    slowly(small_hub)
    events = arrival(hub_services, "gpt2")
    arrived = next(
        event["arrive"]["done"] for event in events if 0 < event["arrive"]["done"] < 300_000
    )
    stopped = time.monotonic()
    events.close()
    assert time.monotonic() - stopped < 1
    fetched = swap_model.end_fetching(hub_services, "gpt2")
    assert fetched.card == SKIP  # the browser puts the empty card back
    assert sent(fetched.button)["value"].startswith("Fetch GPT-2 · ")
    assert sent(fetched.picker)["interactive"] is True
    assert not hub_cache.is_downloaded(hub_services.spec("gpt2"))
    wait_until(lambda: not hub_services.downloads._jobs)
    small_hub.bytes_per_second = 0
    assert swap(hub_services, "gpt2").fetch["facts"]["model"] == "gpt2"
    assert list(arrival(hub_services, "gpt2"))[-1] == {"end": "finished"}
    start, offset = small_hub.ranges("gpt2")
    assert start == ""
    assert int(offset.removeprefix("bytes=").removesuffix("-")) >= arrived


def test_a_wrong_file_is_refused_in_words_and_the_small_model_goes_on(hub_services, small_hub):
    small_hub.faults["gpt2.safetensors"] = Fault("lie")
    events = list(arrival(hub_services, "gpt2"))
    (failure,) = of_kind(events, "fail")
    assert "is not the file that its authors published" in failure["sentence"]
    assert of_kind(events, "end") == []
    fetched = swap_model.end_fetching(hub_services, "gpt2")
    assert fetched.card == SKIP  # what went wrong stays on it
    assert sent(fetched.button)["value"].startswith("Fetch GPT-2 · ")
    assert len(text(write(hub_services, left="gpt2_mini")["left"])) == 12
    assert list(arrival(hub_services, "gpt2"))[-1] == {"end": "finished"}


def test_without_a_hub_a_sentence_comes_soon(hub_services, small_hub):
    small_hub.status = 503
    (failure,) = of_kind(list(arrival(hub_services, "gpt2")), "fail")
    assert "The hub is in trouble" in failure["sentence"]
    assert "shipped models go on" in failure["sentence"]


def test_a_swap_is_immediate_when_the_model_is_here(hub_services, small_hub):
    fetch(hub_services, "gpt2")
    asked = len(small_hub.asked)
    swapped = swap(hub_services)
    assert swapped.fetch["here"] is True
    assert swapped.fetch["facts"]["hint"] == "Press Write."
    assert (sent(swapped.picker)["value"], sent(swapped.picker)["interactive"]) == ("gpt2", True)
    assert sent(swapped.button)["visible"] is False
    assert list(arrival(hub_services, "gpt2")) == [{"end": "finished"}]
    assert len(small_hub.asked) == asked


def test_a_press_without_an_offer_changes_nothing(hub_services, small_hub):
    assert swap(hub_services, "char_lstm") == swap_model.Swapped(*[SKIP] * 4)
    assert small_hub.asked == []


def test_a_closed_page_leaves_its_download(hub_services, small_hub):
    slowly(small_hub)
    events = arrival(hub_services, "gpt2")
    next(event for event in events if 0 < event["arrive"]["done"] < 300_000)
    events.close()
    assert hub_services.downloads.status("gpt2") is None
    wait_until(lambda: not hub_services.downloads._jobs)
    assert not hub_cache.is_downloaded(hub_services.spec("gpt2"))


def test_a_stop_is_for_oneself_alone(hub_services, small_hub):
    slowly(small_hub)
    events, others = (arrival(hub_services, "gpt2", name) for name in ("visitor", "other"))
    for one in (events, others):
        next(event for event in one if event["arrive"]["done"] > 0)
    others.close()
    assert list(events)[-1] == {"end": "finished"}


def test_a_model_that_is_not_here_says_so_and_the_other_card_goes_on(hub_services):
    events = write(hub_services)
    (failure,) = of_kind(events["left"], "fail")
    assert "GPT-2 is not downloaded yet. Download it first (1 MB)." in failure["sentence"]
    assert len(text(events["right"])) == 12


def test_picking_a_model_that_is_not_here_says_so_and_offers_it(hub_services):
    picked = text_place.pick_model(hub_services, "gpt2", "char_lstm")
    assert picked.card["hint"] == "GPT-2 is not here yet. It is 1 MB to fetch."
    assert sent(picked.swap)["value"].startswith("Fetch GPT-2 · 1 MB · ")
    assert picked.unequal["sentence"].startswith("GPT-2 has ")
    fetch(hub_services, "gpt2")
    picked = text_place.pick_model(hub_services, "gpt2", "char_lstm")
    assert picked.card["hint"] == "Press Write."
    assert sent(picked.swap)["visible"] is False


# Links


def page(services, link=""):
    """What opening the page sets: which button is pressed, and the three forms concerned."""
    query = {"recipe": link} if link else {}
    values = iter(site.open_page(services, SimpleNamespace(session_hash="one", query_params=query)))
    tabs, _, press = itertools.islice(values, 3)
    forms = [
        form(*itertools.islice(values, len(form._fields)))
        for form in (text_place.TextForm, images_place.ImagesForm, emoji.EmojiForm)
    ]
    return tabs, press, forms[0], forms[1], list(values)


def test_a_link_to_a_text_fetches_nothing_and_writes_once_the_model_is_here(
    hub_services, small_hub
):
    recipe = make_recipe(hub_services.spec("gpt2"), prompt="O, ", seed=41)
    _, press, form, *_ = page(hub_services, encode_link([recipe]))
    assert press == ""
    assert (form.left, form.prompt, form.seed) == ("gpt2", "O, ", 41)
    assert sent(form.left_swap)["value"].startswith("Fetch GPT-2 · 1 MB · ")
    assert small_hub.asked == []
    fetch(hub_services, "gpt2")
    _, press, form, *_ = page(hub_services, encode_link([recipe]))
    assert press == "text-write"
    assert sent(form.left_swap)["visible"] is False


def test_a_link_to_a_picture_fetches_nothing_and_draws_once_the_model_is_here(
    hub_services, small_hub
):
    spec = hub_services.spec("stable_diffusion")
    recipe = make_recipe(spec, prompt="a red fox", seed=41, options={"steps": 30, "guidance": 5})
    for expected in ("", "originals-draw"):
        tabs, press, _, form, (picker, *_, steps, guidance) = page(
            hub_services, encode_link([recipe])
        )
        assert (tabs.selected, press) == ("images", expected)
        assert (form.world, form.prompt, form.seed) == ("digits", "a red fox", 41)
        assert sent(picker)["value"] == "stable_diffusion"
        assert slider(steps) == (1, 50, 30, True)  # the layout's go to 4
        assert slider(guidance) == (0.0, 10.0, 5.0, True)
        if not expected:
            assert small_hub.asked == []
            fetch(hub_services, "stable_diffusion")


def test_a_link_to_a_model_without_guidance_hides_that(hub_services):
    recipe = make_recipe(hub_services.spec("sd_turbo"), prompt="a red fox", options={"steps": 3})
    *_, (picker, *_, steps, guidance) = page(hub_services, encode_link([recipe]))
    assert sent(picker)["value"] == "sd_turbo"
    assert slider(steps) == (1, 4, 3, True)
    assert sent(guidance)["visible"] is False


def test_a_page_opened_later_knows_what_has_arrived_since_it_was_laid_out(hub_services):
    fetch(hub_services, "sd_turbo")
    *_, (picker, card, button, steps, guidance) = page(hub_services)
    assert sent(picker)["value"] == "sd_turbo"
    assert card["cards"][hub_models.CARD]["hint"] == ""
    assert button == "Draw with SD-Turbo"
    assert slider(steps) == (1, 4, 1, True)
    assert sent(guidance)["visible"] is False


def test_without_originals_on_offer_there_is_nothing_to_restore(services):
    assert hub_models.restore_original(services, []) == ()
    assert not [b for b in site.build(services).blocks.values() if b.elem_id == "originals-draw"]


def test_the_page_lays_out_what_it_restores(hub_services):
    demo = site.build(hub_services)
    ids = {block.elem_id for block in demo.blocks.values()}
    assert {"originals-model", "originals-draw", "originals-cards", "text-left-swap"} <= ids
    (cards,) = (b for b in demo.blocks.values() if b.elem_id == "originals-cards")
    assert 'id="originals-card"' in cards.html_template
    opened = next(f for f in demo.fns.values() if f.api_name == "page_open")
    assert len(opened.outputs) == len(
        site.open_page(hub_services, SimpleNamespace(query_params={}))
    )


def test_what_is_not_here_is_said_in_the_same_words_everywhere(hub_services):
    spec = hub_services.spec("gpt2")
    facts = swap_model.card_facts(hub_services, spec)
    assert facts["hint"] == download_status.missing_words(hub_services, spec)
    picture = hub_services.spec("sd_turbo")
    hint = hub_models.card_facts(hub_services, picture)["hint"]
    assert hint == download_status.missing_words(hub_services, picture)
