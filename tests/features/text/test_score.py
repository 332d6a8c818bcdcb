"""Any text under two models: what is asked for, and the figures that come of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
import torch

from models.engine import Engine
from models.pool import Pool
from models.recipe import decode_link, encode_link, make_recipe
from playground import site
from playground.core.identity import visitor_named
from playground.core.services import Services
from playground.features.text import score_section as tab
from playground.registry import FEATURES
from tests import tiny_models
from tests.carry_out import carry_out, of_kind, stream, text
from tests.fake_catalogue import SPECS
from tests.features.text.test_why import loaded

TEXT = "The quality of mercy\nis not strain'd.  It droppeth as the gentle rain."


@pytest.fixture(scope="module", params=["gpt2_mini", "gpt2"])
def small(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Services over a tiny LSTM and a tiny GPT-2, with letters or with GPT-2's own tokens."""
    other = getattr(tiny_models, request.param)(tmp_path_factory.mktemp("gpt"))
    lstm = tiny_models.char_lstm(tmp_path_factory.mktemp("lstm"))
    pool = Pool({spec.id: spec for spec in (lstm, other)})
    engine = Engine(pool)
    specs = {spec.id: spec for spec in (lstm, other)}
    yield Services(engine, pool, specs, features=FEATURES)
    engine.close()
    pool.close()


def plan(services: Services, words: str = TEXT, **models: str) -> dict[str, Any]:
    """What the form asks for."""
    other = next(m for m in services.specs if m != "char_lstm")
    return tab.score_text(services, words, **{"left": "char_lstm", "right": other, **models})


def scored(services: Services, words: str = TEXT) -> dict[str, list[dict[str, Any]]]:
    """The events of both models."""
    return carry_out(services, plan(services, words))


def plain_bits(adapter: Any, words: str) -> float:
    """Bits of a text by a plain loop over torch's cross-entropy, one prefix at a time."""
    ids, total = adapter.encode(words), 0.0
    for place, token in enumerate(ids):
        window = [adapter.start, *ids[:place]]
        logits = adapter.logits_of(torch.tensor([window]))[0, -1:]
        total += float(torch.nn.functional.cross_entropy(logits, torch.tensor([token])))
    return total / math.log(2)


def test_bits_are_those_of_a_plain_loop_over_cross_entropy(small: Services):
    words = TEXT[:30]  # within the context of the tiny ones
    for events, spec in zip(scored(small, words).values(), small.specs.values(), strict=True):
        rows = [row for rows in of_kind(events, "letters") for row in rows]
        bits = -sum(math.log2(probability) for _, probability, *_ in rows)
        assert bits == pytest.approx(plain_bits(loaded(spec), words), rel=0.02)


def test_every_letter_has_a_place_in_both(small: Services):
    for events in scored(small).values():
        assert text(events) == TEXT
        assert events[-1] == {"end": "finished"}


def test_letters_come_as_they_are_read_and_without_what_else_was_likely(small: Services):
    for events in scored(small, TEXT * 4).values():
        lumps = of_kind(events, "letters")
        counts = list(accumulate(len(rows) for rows in lumps))
        assert counts == sorted(set(counts))
        assert {len(row) for rows in lumps for row in rows} == {4}


def test_a_plan_names_both_models_and_the_text(small: Services):
    made = plan(small)
    assert made["text"] == TEXT
    assert [run["card"] for run in made["runs"]] == ["left", "right"]
    assert [run["about"]["name"] for run in made["runs"]] == [s.name for s in small.specs.values()]
    assert made["sent"] != plan(small)["sent"]


def test_the_link_scores_again(small: Services):
    recipes = decode_link(plan(small)["link"], small.specs)
    assert [r.task for r in recipes] == ["score", "score"]
    assert {r.model for r in recipes} == set(small.specs)
    assert tab.restore_score(recipes) == TEXT


def test_a_model_that_cannot_read_is_told_apart_and_the_other_goes_on(small: Services):
    left, right = scored(small, "Café au lait").values()
    (failure,) = of_kind(left, "fail")
    assert failure["sentence"].startswith("This model knows only the 65 characters of its book")
    assert "cannot read: é. Leave them out" in failure["sentence"]
    assert failure["again"] is False
    reads = "gpt2" in small.specs
    assert text(right) == ("Café au lait" if reads else "")
    assert bool(of_kind(right, "fail")) != reads


def test_who_cannot_read_a_letter_is_offered_the_text_without_it(small: Services):
    (failure,) = of_kind(scored(small, "Café au lait")["left"], "fail")
    assert failure["readable"] == "Caf au lait"


def test_both_read_the_same_letters_of_a_text_with_other_signs(small: Services):
    made = plan(small, "I’ll go…")
    assert made["text"] == "I'll go..."
    assert {run["recipe"]["prompt"] for run in made["runs"]} == {"I'll go..."}
    notes = [run.get("note", "") for run in made["runs"]]
    said = "Its book lacks some of your signs, so it reads others: ’ → ', … → ...."
    assert notes == [said, "" if "gpt2" in small.specs else said]
    for events in carry_out(small, made).values():
        assert text(events) == "I'll go..."


def test_a_model_that_is_not_here_is_refused_and_the_other_goes_on(hub_services: Any):
    made = tab.score_text(hub_services, "O, what", "char_lstm", "gpt2")
    assert [run.get("refused") for run in made["runs"]] == [
        None,
        "GPT-2 is not here yet. Fetch it on its card first.",
    ]
    assert [r.model for r in decode_link(made["link"], hub_services.specs)] == ["char_lstm"]


def test_leaving_stops_what_was_read(services: Any):
    made = tab.score_text(services, "What light " * 60, "char_lstm", "gpt2_mini")
    events = stream(services, made)
    for _ in range(4):
        next(events)
    assert services.followers.of(visitor_named("visitor"), "play")
    events.close()
    assert not services.followers.of(visitor_named("visitor"), "play")


@pytest.mark.parametrize(("words", "said"), [("", "Paste"), (None, "Paste"), ("x" * 2001, "2001")])
def test_what_is_no_text_is_refused(services: Any, words: object, said: str):
    with pytest.raises(ValueError, match=said):
        tab.score_text(services, words, "char_lstm", "gpt2_mini")  # type: ignore[arg-type]


def test_a_model_that_is_none_is_refused(services: Any):
    with pytest.raises(ValueError, match="no model called"):
        tab.score_text(services, "O", "char_lstm", "nonsense")


def test_a_link_of_a_score_opens_the_section_and_leaves_the_prompt(services: Any):
    recipe = make_recipe(SPECS["gpt2_mini"], task="score", prompt="O, what", options=tab.PLAIN)
    request = SimpleNamespace(
        session_hash="visitor", query_params={"recipe": encode_link([recipe])}
    )
    _, _, press, *form = site.open_page(services, request)
    assert press == tab.BUTTON
    assert form[0] == gr.skip()
    assert form[1] == "gpt2_mini"
    assert "O, what" in form
