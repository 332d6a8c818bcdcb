"""Why this letter: both models' candidates for every place, through the real engine."""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from models.base import ModelSpec, Recipe, TokenStep
from models.engine import Engine
from models.pool import Pool
from models.recipe import make_recipe
from playground import stack
from playground.core.services import Services
from playground.features.text import place as text_place
from playground.features.text import swap_model, why_drawer
from playground.gradio_app import wiring
from playground.registry import FEATURES
from playground.server import live
from tests import tiny_models
from tests.carry_out import of_kind, text
from tests.fake_catalogue import SPECS

PROMPT = "ROMEO:\nO, "
Event = dict[str, Any]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services over two tiny models of random weights, which compute all the same."""
    yield from served(
        tiny_models.char_lstm(tmp_path_factory.mktemp("lstm")),
        tiny_models.gpt2_mini(tmp_path_factory.mktemp("gpt"), context=128),
    )


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The same with GPT-2's own tokens for the other."""
    yield from served(
        tiny_models.char_lstm(tmp_path_factory.mktemp("lstm")),
        tiny_models.gpt2(tmp_path_factory.mktemp("real")),
    )


def served(*specs: ModelSpec) -> Iterator[Services]:
    """Services over some models."""
    by_id = {spec.id: spec for spec in specs}
    pool = Pool(by_id)
    engine = Engine(pool)
    yield Services(engine, pool, by_id)
    engine.close()
    pool.close()


def loaded(spec: ModelSpec) -> Any:
    """An adapter of its own, computing in float32."""
    module, name = spec.adapter.split(":")
    return getattr(importlib.import_module(module), name).load(spec, "cpu", "float32")


def run(services: Services, recipe: Recipe) -> list[TokenStep]:
    """The steps of a recipe."""
    events = services.engine.follow(services.engine.submit(recipe, "somebody"))
    return [event for event in events if isinstance(event, TokenStep)]


def written(services: Services, model: str = "char_lstm", **options: Any) -> tuple[Recipe, str]:
    """A short run, and what it wrote."""
    settings = {"length": 90, "temperature": 0.8, **options}
    recipe = make_recipe(services.spec(model), prompt=PROMPT, options=settings, seed=3)
    return recipe, "".join(step.text for step in run(services, recipe))


def ask(services: Services, *runs: Event) -> list[list[Event]]:
    """The events of each run, as the browser asks for them."""
    asked = live._read(services, {"visitor": "visitor", "candidates": 0, "runs": list(runs)})
    found: list[list[Event]] = [[] for _ in runs]
    for part in live._lines(services, asked, None):
        for line in part.splitlines():
            number, event = json.loads(line)
            found[number].append(event)
    return found


def read(model: str, words: str, around: tuple[int, int]) -> Event:
    """A request that lets a model read a text."""
    return {"model": model, "task": "score", "prompt": words, "around": list(around)}


def test_the_model_that_wrote_is_shown_as_it_was_when_it_wrote(small: Services):
    recipe, _ = written(small)
    (events,) = ask(small, {**recipe.as_dict(), "around": [8, 73]})
    assert events[0]["start"]["replayed"]
    spreads = of_kind(events, "spread")
    assert [spread["index"] for spread in spreads] == list(range(8, 73))
    steps = run(small, recipe)
    for spread in spreads:
        step = steps[spread["index"]]
        assert spread["texts"] == [c.text for c in step.top]
        assert spread["texts"][step.rank] == step.text
        assert [math.exp(-c / 1000) for c in spread["costs"]] == pytest.approx(
            [c.probability for c in step.top], rel=1e-3
        )
        assert spread["rest"] < 1e-4
        assert spread["vocabulary"] == 65


def test_a_spread_comes_just_behind_its_letter(small: Services):
    recipe, _ = written(small)
    (events,) = ask(small, {**recipe.as_dict(), "around": [8, 73]})
    letters, behind = 0, []
    for event in events:
        letters += len(event.get("letters", ()))
        if "spread" in event:
            behind.append((event["spread"]["index"], letters - 1))
    assert len(behind) > 10
    assert [index for index, _ in behind] == [before for _, before in behind]


@pytest.mark.parametrize(
    ("writer", "reader"), [("char_lstm", "gpt2_mini"), ("gpt2_mini", "char_lstm")]
)
def test_the_other_is_asked_about_prompt_and_text(small: Services, writer: str, reader: str):
    _, said = written(small, writer)
    (events,) = ask(small, read(reader, PROMPT + said, (len(PROMPT), len(PROMPT) + 38)))
    adapter = loaded(small.spec(reader))
    ids = adapter.encode(PROMPT + said)
    logits = adapter.logits_of(torch.tensor([[adapter.start, *ids[:-1]]]))[0]
    nats = torch.nn.functional.cross_entropy(logits, torch.tensor(ids), reduction="none")
    expected = (nats / math.log(2)).tolist()
    assert text(events) == PROMPT + said
    rows = [row for rows in of_kind(events, "letters") for row in rows]
    spreads = of_kind(events, "spread")
    assert [s["index"] for s in spreads] == list(range(len(PROMPT), len(PROMPT) + 38))
    for spread in spreads:
        _, probability, rank, *_ = rows[spread["index"]]
        bits = expected[spread["index"]]
        assert -math.log2(probability) == pytest.approx(bits, abs=0.1)  # bfloat16, other order
        assert math.exp(-spread["costs"][rank] / 1000) == pytest.approx(probability, rel=2e-3)


def test_a_finished_run_is_replayed_and_nothing_is_computed(small: Services):
    recipe, said = written(small)
    runs = ({**recipe.as_dict(), "around": [0, 1]}, read("gpt2_mini", PROMPT + said, (10, 11)))
    ask(small, *runs)
    for place in (1, 60, len(said) - 1):
        again = [{**one, "around": [place, place + 1]} for one in runs]
        assert [events[0]["start"]["replayed"] for events in ask(small, *again)] == [True, True]


def test_what_was_stopped_is_asked_for_as_far_as_it_came(small: Services):
    """The browser asks for so many letters: the draws are the same, and there are no more."""
    longer = make_recipe(small.spec("char_lstm"), prompt=PROMPT, options={"length": 1000}, seed=77)
    events = small.engine.follow(small.engine.submit(longer, "other"))
    begun = [s for s, _ in zip(_tokens(events), range(10), strict=False)]
    events.close()  # type: ignore[attr-defined]
    asked = {**longer.as_dict(), "options": {**dict(longer.options), "length": 10}}
    (shown,) = ask(small, {**asked, "around": [0, 10]})
    assert text(shown) == "".join(step.text for step in begun)
    assert len(of_kind(shown, "spread")) == 10
    again = small.engine.submit(longer, "visitor")
    assert not again.replayed  # so it was stopped before its end
    small.engine.stop(again)


def _tokens(events: Any) -> Iterator[TokenStep]:
    return (event for event in events if isinstance(event, TokenStep))


def test_pieces_meet_on_characters(mixed: Services):
    _, said = written(mixed)
    whole = PROMPT + said
    (events,) = ask(mixed, read("gpt2", whole, (20, 60)))
    assert text(events) == whole
    rows = [row for rows in of_kind(events, "letters") for row in rows]
    assert any(len(row[0]) > 1 for row in rows)
    spreads = of_kind(events, "spread")
    covered = "".join(rows[spread["index"]][0] for spread in spreads)
    assert whole[20:60] in covered
    assert len(covered) < len(whole)
    for spread in spreads:
        assert len(spread["texts"]) == len(spread["costs"]) == 64
        assert 0 < spread["rest"] < 1
        listed = sum(math.exp(-c / 1000) for c in spread["costs"])
        assert listed + spread["rest"] == pytest.approx(1, abs=1e-3)
        assert spread["vocabulary"] == 50_257


def test_who_cannot_read_says_so_and_what_to_do(small: Services):
    (events,) = ask(small, read("char_lstm", "naïve", (0, 5)))
    (failure,) = of_kind(events, "fail")
    assert failure["sentence"].startswith("This model knows only the 65 characters")
    assert "cannot read: ï. Leave them out, or choose another model." in failure["sentence"]


def test_a_run_says_from_its_start_on_what_was_read_otherwise(small: Services):
    (plain,) = ask(small, read("char_lstm", "I'll", (0, 4)))
    (curly,) = ask(small, read("char_lstm", "I’ll", (0, 4)))
    assert of_kind(plain, "note") == []
    said = "Its book lacks some of your signs, so it reads others: ’ → '."
    assert of_kind(curly, "note") == [said]
    (start,) = of_kind(curly, "start")
    assert start["recipe"]["prompt"] == "I'll"
    assert start["replayed"] is True  # as it is the same recipe


def test_a_model_that_cannot_score_or_is_not_here_is_not_asked(hub_services: Any):
    def silent(model: str) -> object:
        return swap_model.card_facts(hub_services, hub_services.spec(model)).get("silent")

    assert silent("char_lstm") is None
    assert silent("gpt2") == "GPT-2 is not here yet. Fetch it on its card first."
    gan = swap_model.why_silent(hub_services, SPECS["gan"])
    assert gan == "GAN cannot say how likely a given text is. Choose another model."


@pytest.mark.parametrize(
    "around", [[1, 1], [-1, 2], [0, 129], [0.0, 1.0], ["0", "1"], [1], {"0": 1}, 7]
)
def test_a_stretch_that_is_none_is_refused_in_words(small: Services, around: object):
    with pytest.raises(ValueError, match="1 to 128 letters"):
        ask(small, {"model": "char_lstm", "around": around})


def test_the_drawer_has_a_slider_for_each_setting_within_its_bounds():
    html = why_drawer.drawer()
    for control in why_drawer.SETTINGS:
        assert f'data-setting="{control.name}" min="{control.low:g}"' in html
    assert html.count('type="range"') == 3
    assert html.count("<label for=") == 3


def test_the_browser_is_told_where_its_parts_are_and_gets_them(weights: Any):
    served = stack.shipped_files(FEATURES, weights)
    runs = wiring.filled(text_place.SCRIPT, "text_cards.mountRuns", None, elem_id="runs")
    told = f"{why_drawer.build_drawer().head} {runs.js_on_load}"
    addresses = re.findall(r'"([^"?]+)\?v=[0-9a-f]{8}"', told)
    assert len(addresses) == 2
    for address in addresses:
        assert served[f"/{address}"].is_file()
