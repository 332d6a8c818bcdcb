"""Real models beside the small ones: they arrive and draw, or say why not."""

from __future__ import annotations

import time

import pytest

from models.hub import cache as hub_cache
from models.recipe import decode_link
from playground.features.images import hub_models
from tests.carry_out import carry_out, of_kind, stream
from tests.fake_adapters import wait_until
from tests.features.text.test_swap_model import fetch, sent, slider, slowly
from tests.hub_server import Fault

CARD = hub_models.CARD


def draw(services, model="sd_turbo", prompt="a red fox", seed=7, steps=1, guidance=7.5):
    return hub_models.draw_original(services, model, prompt, seed, steps, guidance)


def drawn(services, *args, **changed):
    """The events of what is asked for."""
    return carry_out(services, draw(services, *args, **changed).runs)[CARD]


def told(chosen):
    """What the card of a model that was just chosen says."""
    return chosen.card["cards"][CARD]


def until_half_way(events):
    """Go on until some bytes have come, and not all."""
    next(e for _, e in events if 0 < e.get("arrive", {}).get("done", 0) < 300_000)


def test_one_press_fetches_and_then_draws(hub_services, small_hub):
    slowly(small_hub)
    asked = draw(hub_services)
    assert asked.runs["fetch"] == "sd_turbo"
    (run,) = asked.runs["runs"]
    assert (run["about"]["subject"], run["about"]["name"]) == ("a red fox", "SD-Turbo")
    events = carry_out(hub_services, asked.runs)[CARD]
    shown = [far["done"] for far in of_kind(events, "arrive")]
    assert shown == sorted(shown)
    assert len(set(shown)) > 2
    assert any(far["said"].startswith("0 MB of 1 MB") for far in of_kind(events, "arrive"))
    (picture,) = of_kind(events, "frame")
    assert (picture["photo"], len(picture["tiles"])) == (True, 1)
    assert events[-1] == {"end": "finished"}
    assert hub_models.end_original(hub_services, "sd_turbo").button == "Draw with SD-Turbo"
    (recipe,) = decode_link(asked.runs["link"], hub_services.specs)
    assert (recipe.model, recipe.prompt, recipe.seed) == ("sd_turbo", "a red fox", 7)
    assert dict(recipe.options) == {"count": 1, "steps": 1}


def test_a_picture_in_the_making_shows_its_steps(hub_services):
    fetch(hub_services, "stable_diffusion")
    asked = draw(hub_services, "stable_diffusion", "delay=0.1", steps=4)
    assert "fetch" not in asked.runs
    *passing, last = of_kind(carry_out(hub_services, asked.runs)[CARD], "frame")
    assert any(frame["label"] == "step 2 of 4" for frame in passing)
    kinds = [frame["tiles"][0].partition(";")[0] for frame in (*passing, last)]
    assert kinds == ["data:image/jpeg"] * len(passing) + ["data:image/png"]
    assert [frame["last"] for frame in (*passing, last)] == [False] * len(passing) + [True]


def test_a_stop_ends_the_arrival_of_an_original(hub_services, small_hub):
    slowly(small_hub)
    events = stream(hub_services, draw(hub_services).runs)
    until_half_way(events)
    stopped = time.monotonic()
    events.close()
    assert time.monotonic() - stopped < 1
    ended = hub_models.end_original(hub_services, "sd_turbo")
    assert ended.button.startswith("Swap in the real SD-Turbo · 1 MB · ")
    wait_until(lambda: not hub_services.downloads._jobs)
    assert hub_services.downloads.status("sd_turbo") is None
    assert not hub_cache.is_downloaded(hub_services.spec("sd_turbo"))
    small_hub.bytes_per_second = 0
    assert drawn(hub_services)[-1] == {"end": "finished"}
    assert small_hub.ranges("sd_turbo")[1].startswith("bytes=")


def test_a_stop_ends_the_drawing_of_an_original(hub_services):
    fetch(hub_services, "stable_diffusion")
    asked = draw(hub_services, "stable_diffusion", "delay=0.05", steps=50)
    events = stream(hub_services, asked.runs)
    next(event for _, event in events if "frame" in event)
    events.close()
    wait_until(lambda: not hub_services.engine.load().runs)
    ended = hub_models.end_original(hub_services, "stable_diffusion")
    assert ended.button == "Draw with Stable Diffusion 1.5"


def test_an_original_that_cannot_come_says_why_and_can_be_asked_again(hub_services, small_hub):
    small_hub.faults["sd_turbo.safetensors"] = Fault("lie")
    events = drawn(hub_services)
    (failure,) = of_kind(events, "fail")
    assert "is not the file that its authors published" in failure["sentence"]
    assert failure["again"] is True
    assert of_kind(events, "start") == []
    ended = hub_models.end_original(hub_services, "sd_turbo")
    assert ended.button.startswith("Swap in the real SD-Turbo · ")
    assert drawn(hub_services)[-1] == {"end": "finished"}


def test_what_cannot_be_drawn_is_not_fetched_for(hub_services, small_hub):
    asked = draw(hub_services, steps=25)
    (run,) = asked.runs["runs"]
    assert run["refused"] == "Steps must lie between 1 and 4."
    assert "fetch" not in asked.runs
    assert small_hub.asked == []
    with pytest.raises(ValueError, match="longer than 300"):
        draw(hub_services, prompt="x" * 301)


def test_no_other_model_can_be_chosen_while_one_arrives_or_draws(hub_services):
    for there in (False, True):
        if there:
            fetch(hub_services, "sd_turbo")
        assert sent(draw(hub_services).picker)["interactive"] is False
        assert sent(hub_models.end_original(hub_services, "sd_turbo").picker)["interactive"] is True


def test_a_choice_sets_the_sliders_to_what_the_model_is_made_for(hub_services):
    chosen = hub_models.choose_original(hub_services, "stable_diffusion")
    assert slider(chosen.steps) == (1, 50, 25, True)
    assert slider(chosen.guidance) == (0.0, 10.0, 7.5, True)
    assert told(chosen)["hint"] == "Stable Diffusion 1.5 is not here yet. It is 1 MB to fetch."
    assert chosen.button.startswith("Swap in the real Stable Diffusion 1.5 · 1 MB · ")
    chosen = hub_models.choose_original(hub_services, "sd_turbo")
    assert slider(chosen.steps) == (1, 4, 1, True)
    assert sent(chosen.guidance)["visible"] is False
    with pytest.raises(ValueError, match="no model called"):
        hub_models.choose_original(hub_services, "sd_giant")


def test_a_choice_shows_the_same_card_as_the_layout_and_its_own_details(hub_services):
    chosen = hub_models.choose_original(hub_services, "stable_diffusion")
    assert (told(chosen)["frames"], told(chosen)["kind"]) == (1, "image")
    title = hub_services.spec("stable_diffusion").title
    assert told(chosen)["details"]["Model"] == title
    again = hub_models.choose_original(hub_services, "stable_diffusion")
    assert again.card["sent"] != chosen.card["sent"]


def test_a_held_back_picture_is_named_and_explained(hub_services):
    fetch(hub_services, "sd_turbo")
    last = of_kind(drawn(hub_services, prompt="a ghost"), "frame")[-1]
    assert "picture 1 was held back" in last["label"]
    assert last["held"] == [0]
    assert "recipe" not in last["tiles"][0]
    last = of_kind(drawn(hub_services, prompt="a host"), "frame")[-1]
    assert "held" not in last
    assert "held back" not in last["label"]


def test_the_quickest_original_comes_first_and_says_what_a_picture_takes(hub_services, monkeypatch):
    cost = "1 MB to fetch"
    names = [
        (f"SD-Turbo · {cost}", "sd_turbo"),
        (f"Stable Diffusion 1.5 · {cost}", "stable_diffusion"),
    ]
    monkeypatch.setattr("models.device._arithmetic", {})
    assert hub_models.choices(hub_services) == names
    monkeypatch.setattr("models.device._arithmetic", {"measured": 0.1e12})
    (turbo, _), (whole, _) = hub_models.choices(hub_services)
    assert turbo == f"SD-Turbo · about 10 s a picture · {cost}"
    assert whole == f"Stable Diffusion 1.5 · too slow here: about 7 min a picture · {cost}"
