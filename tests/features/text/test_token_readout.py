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

from models.base import Candidates, ModelSpec, Recipe, TokenStep
from models.engine import Engine
from models.pool import Pool
from models.recipe import MAX_PROMPT_CHARACTERS, make_recipe
from playground import stack
from playground.core.services import Services
from playground.features.text import place as text_place
from playground.features.text import token_readout
from playground.features.text import why_drawer as handlers
from playground.gradio_app import wiring
from playground.registry import FEATURES
from tests import tiny_models
from tests.fake_catalogue import SPECS

PROMPT = "ROMEO:\nO, "


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services over two tiny models of random weights, which compute all the same."""
    specs = {
        spec.id: spec
        for spec in (
            tiny_models.char_lstm(tmp_path_factory.mktemp("lstm")),
            tiny_models.gpt2_mini(tmp_path_factory.mktemp("gpt"), context=128),
        )
    }
    pool = Pool(specs)
    engine = Engine(pool)
    yield Services(engine, pool, specs)
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


def question(recipe: Recipe, text: str, place: int, number: int = 1) -> str:
    """A question as the browser asks it."""
    asked = {"number": number, "place": place, "written": text, "recipe": recipe.as_dict()}
    return json.dumps(asked)


def explain(services: Services, visitor: Any, asked: str, **models: str) -> dict[str, Any]:
    """The last answer to a question."""
    picked = {"left": "char_lstm", "right": "gpt2_mini", **models}
    answers = list(handlers.explain_letter(services, asked, request=visitor, **picked))
    assert [json.loads(answer)["number"] for answer in answers] == [1] * len(answers)
    return json.loads(answers[-1])


def test_the_model_that_wrote_is_shown_as_it_was_when_it_wrote(small: Services, visitor: Any):
    recipe, text = written(small)
    answer = explain(small, visitor, question(recipe, text, 40))
    assert (answer["first"], answer["end"]) == (
        40 - token_readout.NEAR,
        40 + token_readout.NEAR + 1,
    )
    own = answer["models"][0]
    assert (own["name"], own["family"], own["said"]) == ("LSTM", "lstm", "")
    steps = run(small, recipe)
    assert [row[0] for row in own["pieces"]] == list(range(answer["first"], answer["end"]))
    for start, piece, token, rank, bits, probability, ids, costs, rest in own["pieces"]:
        step = steps[start]
        assert (piece, token, rank) == (step.text, step.token_id, step.rank)
        assert probability == pytest.approx(step.probability, rel=1e-4)
        assert bits == pytest.approx(-math.log2(step.probability), abs=1e-3)
        assert ids == [c.token_id for c in step.top]
        assert [math.exp(-c / 1000) for c in costs] == pytest.approx(
            [c.probability for c in step.top], rel=1e-3
        )
        assert rest < 1e-4
        assert own["texts"][str(token)] == piece
    assert own["vocabulary"] == 65


@pytest.mark.parametrize(
    ("writer", "reader"), [("char_lstm", "gpt2_mini"), ("gpt2_mini", "char_lstm")]
)
def test_the_other_is_asked_about_prompt_and_text(
    small: Services, visitor: Any, writer: str, reader: str
):
    recipe, text = written(small, writer)
    other = explain(small, visitor, question(recipe, text, 5))["models"][1]
    adapter = loaded(small.spec(reader))
    ids = adapter.encode(PROMPT + text)
    logits = adapter.logits_of(torch.tensor([[adapter.start, *ids[:-1]]]))[0]
    nats = torch.nn.functional.cross_entropy(logits, torch.tensor(ids), reduction="none")
    expected = (nats / math.log(2)).tolist()[len(PROMPT) :]
    rows = {row[0]: row for row in other["pieces"]}
    assert set(rows) == set(range(5 + token_readout.NEAR + 1))
    for place, row in rows.items():
        assert row[1] == text[place]
        assert row[4] == pytest.approx(expected[place], abs=0.1)  # bfloat16, in another order


def test_a_finished_run_is_replayed_and_nothing_is_computed(small: Services, visitor: Any):
    recipe, text = written(small)
    explain(small, visitor, question(recipe, text, 0))
    for place in (1, 60, len(text) - 1):
        asked = token_readout.read_question(question(recipe, text, place), small.specs)
        own, other = (small.specs[m] for m in ("char_lstm", "gpt2_mini"))
        for reading in token_readout.readings(asked, own, other, here=True):
            assert reading.recipe is not None
            follow = small.engine.submit(reading.recipe, "visitor")
            assert follow.replayed
            small.engine.stop(follow)


def test_what_was_stopped_is_not_written_to_its_end(small: Services, visitor: Any):
    longer = make_recipe(small.spec("char_lstm"), prompt=PROMPT, options={"length": 1000}, seed=77)
    events = small.engine.follow(small.engine.submit(longer, "other"))
    begun = "".join(s.text for s, _ in zip(_tokens(events), range(10), strict=False))
    events.close()  # type: ignore[attr-defined]
    answer = explain(small, visitor, question(longer, begun, 3))
    assert [row[1] for row in answer["models"][0]["pieces"]][: len(begun)] == list(begun)
    again = small.engine.submit(longer, "visitor")
    assert not again.replayed  # so it was stopped before its end
    small.engine.stop(again)


def _tokens(events: Any) -> Iterator[TokenStep]:
    return (event for event in events if isinstance(event, TokenStep))


def test_pieces_meet_on_characters(visitor: Any, tmp_path_factory: pytest.TempPathFactory):
    specs = {
        spec.id: spec
        for spec in (
            tiny_models.char_lstm(tmp_path_factory.mktemp("lstm")),
            tiny_models.gpt2(tmp_path_factory.mktemp("real")),
        )
    }
    pool = Pool(specs)
    engine = Engine(pool)
    services = Services(engine, pool, specs)
    try:
        recipe, text = written(services)
        other = explain(services, visitor, question(recipe, text, 20), right="gpt2")["models"][1]
    finally:
        engine.close()
        pool.close()
    whole = PROMPT + text
    starts = [row[0] for row in other["pieces"]]
    ends = [row[0] + len(row[1]) for row in other["pieces"]]
    assert starts[1:] == ends[:-1]
    assert starts[0] <= 0 < ends[0]
    for start, piece, *_, ids, costs, rest in other["pieces"]:
        assert whole[start + len(PROMPT) :].startswith(piece)
        assert len(ids) == len(costs) == 64
        assert 0 < rest < 1
        assert sum(math.exp(-c / 1000) for c in costs) + rest == pytest.approx(1, abs=1e-3)
    assert other["vocabulary"] == 50_257
    assert any(len(row[1]) > 1 for row in other["pieces"])


def step(index: int, text: str, probability: float, rank: int) -> TokenStep:
    """A token of a made-up model."""
    import numpy as np

    top = Candidates(np.array([0]), np.array([0.0]), 0.0, (text,))
    return TokenStep(index, False, 0, text, probability, probability, 0.0, rank, top)


def test_a_character_of_several_tokens_has_the_bits_of_all():
    reading = token_readout.Reading(SPECS["char_lstm"], offset=-1)
    for number, (text, probability) in enumerate(
        (("a", 0.5), ("", 0.25), ("🐄", 0.5), ("bc", 1.0))
    ):
        reading.take(step(number, text, probability, rank=9 - number))
    assert [(p.start, p.text, p.bits, p.rank) for p in reading.pieces] == [
        (-1, "a", 1.0, 9),
        (0, "🐄", 3.0, 8),
        (1, "bc", 0.0, 6),
    ]
    assert reading.reached == 3
    assert reading.bits == 4.0


def test_who_cannot_read_says_so_by_name_and_what_to_do(small: Services, visitor: Any):
    recipe = make_recipe(small.spec("gpt2_mini"), prompt="", options={"length": 5})
    other = explain(small, visitor, question(recipe, "naïve", 0), left="char_lstm")["models"][1]
    assert other["pieces"] == []
    assert other["said"].startswith("LSTM: This model knows only the 65 characters")
    assert "cannot read: ï. Leave them out, or choose another model." in other["said"]


def test_a_model_that_cannot_score_or_is_not_here_is_not_asked():
    gan = token_readout.reading_of(SPECS["gan"], "O")
    assert gan.over
    assert gan.recipe is None
    assert gan.error == ("GAN cannot say how likely a given text is. Choose another model.")
    away = token_readout.reading_of(SPECS["gpt2_mini"], "O", here=False)
    assert away.error == "GPT is not here yet. Fetch it on its card first."
    long = token_readout.reading_of(SPECS["gpt2_mini"], "x" * (MAX_PROMPT_CHARACTERS + 1))
    assert "at most" in long.error
    assert long.recipe is None


def test_a_question_that_is_none_is_refused_in_words():
    recipe = make_recipe(SPECS["char_lstm"], prompt="O")
    good = json.loads(question(recipe, "abc", 1))
    assert token_readout.read_question(json.dumps(good), SPECS).place == 1
    wrong = [
        None,
        "",
        "[]",
        "x" * (token_readout.MOST_QUESTION_CHARACTERS + 1),
        json.dumps({**good, "place": "1"}),
        json.dumps({**good, "written": "\ud800"}),
        json.dumps({**good, "recipe": {}}),
        json.dumps({k: v for k, v in good.items() if k != "number"}),
    ]
    for asked in wrong:
        with pytest.raises(ValueError, match="cannot be read"):
            token_readout.read_question(asked, SPECS)
    for place in (-1, 3):
        with pytest.raises(ValueError, match="no such letter"):
            token_readout.read_question(json.dumps({**good, "place": place}), SPECS)


def test_the_drawer_has_a_slider_for_each_setting_within_its_bounds():
    html = token_readout.drawer()
    for control in token_readout.SETTINGS:
        assert f'data-setting="{control.name}" min="{control.low:g}"' in html
    assert html.count('type="range"') == 3
    assert html.count("<label for=") == 3


def test_the_browser_is_told_where_its_parts_are_and_gets_them(weights: Any):
    served = stack.shipped_files(FEATURES, weights)
    runs = wiring.filled(text_place.SCRIPT, "text_cards.mountRuns", None, elem_id="runs")
    told = f"{handlers.build_drawer().head} {runs.js_on_load}"
    addresses = re.findall(r'"([^"?]+)\?v=[0-9a-f]{8}"', told)
    assert len(addresses) == 2
    for address in addresses:
        assert served[f"/{address}"].is_file()
