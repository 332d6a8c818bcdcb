"""The capability `score`: what a model thinks of each token of a given text."""

from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from models import catalog, datasets
from models.adapters.char_lstm import CharLstm
from models.base import ModelSpec, Recipe, Step, TokenStep
from models.networks.char_lstm import CharLSTM
from models.recipe import make_recipe
from models.sampling import Options, sample, score
from tests import tiny_models
from tests.models.test_adapter_contract import alone, among_others

pytestmark = pytest.mark.slow

TEXTS = ("O", "What, no more?\n", "The quality of mercy is not strain'd.\n" * 3)
BUILDERS: dict[str, Callable[[Path], ModelSpec]] = {
    "char_lstm": tiny_models.char_lstm,
    "gpt2_mini": tiny_models.gpt2_mini,
    "gpt2_mini as shipped": partial(
        tiny_models.gpt2_mini, context=256, width=256, layers=4, heads=4
    ),
}


@pytest.fixture(
    scope="module", params=list(itertools.product(BUILDERS, ("float32", "bfloat16"))), ids=str
)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    builder, dtype = request.param
    spec = BUILDERS[builder](tmp_path_factory.mktemp("weights"))
    module, name = spec.adapter.split(":")
    return getattr(importlib.import_module(module), name).load(spec, "cpu", dtype), dtype


@pytest.fixture
def adapter(model: Any) -> Any:
    return model[0]


def scoring(spec: ModelSpec, text: str, **options: float) -> Recipe:
    """The recipe that scores a text."""
    return make_recipe(spec, task="score", prompt=text, options=options)


def tokens_of(steps: Sequence[Step]) -> list[TokenStep]:
    """The steps of a text."""
    return [step for step in steps if isinstance(step, TokenStep)]


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_one_step_for_each_token_of_the_text(adapter: Any, text: str) -> None:
    steps = tokens_of(alone(adapter, scoring(adapter.spec, text)))
    assert [step.text for step in steps] == list(text)
    assert [step.token_id for step in steps] == adapter.encode(text)
    assert [step.index for step in steps] == list(range(len(text)))
    assert [step.last for step in steps] == [False] * (len(text) - 1) + [True]
    for step in steps:
        assert step.drawn_probability == step.probability
        assert step.top[step.rank].token_id == step.token_id
        assert step.top[step.rank].probability == pytest.approx(step.probability)


def test_the_bits_are_those_of_a_plain_loop(model: Any) -> None:
    adapter, dtype = model
    text = TEXTS[1]  # fits the context of the tiny ones
    steps = tokens_of(alone(adapter, scoring(adapter.spec, text)))
    ids = adapter.encode(text)
    logits = adapter.logits_of(torch.tensor([[adapter.start, *ids[:-1]]]))[0]  # (T, V)
    nats = torch.nn.functional.cross_entropy(logits, torch.tensor(ids), reduction="none")
    bits = [-math.log2(step.probability) for step in steps]
    close = 1e-3 if dtype == "float32" else 0.3  # in bfloat16 the two ways round differently
    assert bits == pytest.approx((nats / math.log(2)).tolist(), abs=close)


def test_scored_alone_and_among_writers_to_the_last_bit(adapter: Any) -> None:
    recipes = [
        scoring(adapter.spec, TEXTS[i % 3])
        if i % 2
        else make_recipe(adapter.spec, prompt="Ay, " * i, options={"length": 20}, seed=i)
        for i in range(35)
    ]
    crowded = among_others(adapter, recipes, seed=3)
    for recipe, steps in zip(recipes, crowded, strict=True):
        expected = alone(adapter, recipe)
        assert steps == expected[: len(steps)]
        assert len(steps) in (len(expected), 5)


def test_options_and_seed_change_nothing(adapter: Any) -> None:
    plain = alone(adapter, scoring(adapter.spec, TEXTS[1]))
    other = scoring(adapter.spec, TEXTS[1], length=1, temperature=0.0, top_k=1, top_p=0.05)
    assert alone(adapter, other) == plain


def test_there_must_be_a_text_and_it_must_be_readable(adapter: Any) -> None:
    with pytest.raises(ValueError, match="no text to score"):
        adapter.begin(scoring(adapter.spec, ""))
    with pytest.raises(ValueError, match="cannot read"):
        adapter.begin(scoring(adapter.spec, "é"))


def test_the_end_of_a_name_is_scored_like_any_letter() -> None:
    sizes = {"embedding": 8, "hidden": 8, "layers": 1}
    torch.manual_seed(0)
    network = CharLSTM(len(datasets.EMOJI_ALPHABET), **sizes).eval()
    spec = catalog.spec("char_lstm_emoji")
    namer = CharLstm.around(spec, network, datasets.EMOJI_ALPHABET, end="\n")
    steps = tokens_of(alone(namer, scoring(spec, "cow\nowl\n")))
    assert "".join(step.text for step in steps) == "cow\nowl\n"
    assert [step.last for step in steps] == [False] * 7 + [True]


def test_score_says_what_sample_would_have_said() -> None:
    logits = torch.randn(6, 300, generator=torch.Generator().manual_seed(0)) * 3
    generators = [torch.Generator().manual_seed(i) for i in range(6)]
    drawn = sample(logits, [Options()] * 6, generators)
    given = score(logits, [draw.token_id for draw in drawn])
    for one, other in zip(drawn, given, strict=True):
        assert other.probability == one.probability == other.drawn_probability
        assert (other.rank, other.entropy_bits) == (one.rank, one.entropy_bits)
        assert other.top_ids.tolist() == one.top_ids.tolist()


def test_who_can_score() -> None:
    able = {spec.id for spec in catalog.SPECS if "score" in spec.can}
    assert able == {"char_lstm", "gpt2_mini", "char_lstm_emoji"}
    with pytest.raises(ValueError, match="cannot do"):
        make_recipe(catalog.spec("gan"), task="score")
