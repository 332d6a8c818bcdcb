"""Training speed, rounding and bias: numbers against a second way, verdicts, and what they need."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models import catalog, datasets
from models.adapters.char_lstm import CharLstm
from models.adapters.training_probe import LETTERS, Practice
from models.base import LookStep, ModelSpec, Recipe, TokenStep
from models.engine import Engine
from models.experiments import bias, parallel_training, quantisation
from models.experiments.corrections import CORRECTIONS
from models.experiments.lab import Lab
from models.experiments.templates import CONTROLS, TEMPLATES
from models.measure.metric import Metric
from models.networks.char_lstm import CharLSTM
from models.networks.gpt2_training import Gpt2
from models.pool import Pool
from models.recipe import make_recipe
from playground.features.claims import card as claim_card
from tests import tiny_models
from tests.models.test_experiments import GIVEN, exactly
from tests.web.test_charts import check_well_formed

pytestmark = pytest.mark.slow

LEARNERS = {m: parallel_training.learner(catalog.spec(m)) for m in parallel_training.MODELS}
TEXT = "The frost came early, and the pears were lost; so sang the miller to his empty wheel. " * 6


def judged(claim: Any, **changes: Metric) -> str:
    """The verdict's word over the figures that bear a claim out, some of them changed."""
    return str(claim.verdict(GIVEN[claim.CLAIM.id][0] | changes).word)


# Contrary results beyond the first


@pytest.mark.parametrize(
    ("claim", "changes", "word"),
    [
        (parallel_training, {"char_lstm_learns_slope": exactly(0.0)}, "does_not_hold"),
        (parallel_training, {"gpt2_mini_loses_less": exactly(0.01, half=0.3)}, "cannot_tell"),
        (quantisation, {"char_lstm_memory": exactly(1.2)}, "does_not_hold"),
        (quantisation, {"char_lstm_time": exactly(1.5)}, "does_not_hold"),
        (quantisation, {"char_lstm_time": exactly(1.0, half=0.3)}, "cannot_tell"),
        (quantisation, {"gpt2_mini_time": exactly(1.5)}, "holds"),
        (bias, {"stereotype": exactly(0.0, half=0.1)}, "does_not_hold"),
        (bias, {"stereotype": exactly(0.2, half=1.0)}, "cannot_tell"),
        (bias, {"control": exactly(-0.8)}, "cannot_tell"),
    ],
)
def test_each_figure_of_a_verdict_can_turn_it(claim: Any, changes: dict[str, Metric], word: str):
    assert judged(claim) == "holds"
    assert judged(claim, **changes) == word


# Numbers against a second way of getting them


def test_slopes_are_those_of_polyfit():
    speeds = np.random.default_rng(0).uniform(100, 2_000, (7, len(parallel_training.WINDOWS)))
    lengths = np.log(parallel_training.WINDOWS)
    found = parallel_training.slopes(parallel_training.WINDOWS, speeds)
    plain = [np.polyfit(lengths, np.log(row), 1)[0] for row in speeds]
    assert found == pytest.approx(plain)


def test_a_net_that_takes_twice_the_time_for_twice_the_length_has_a_slope_of_minus_one():
    lengths = np.array(parallel_training.WINDOWS, float)
    assert parallel_training.slopes(lengths, 900 / lengths[None]) == pytest.approx([-1])


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Lab, ModelSpec]]:
    """A lab with a tiny LSTM of random weights, through the real pool and engine."""
    spec = tiny_models.char_lstm(tmp_path)
    pool = Pool({spec.id: spec})
    engine = Engine(pool)
    yield Lab(engine, {spec.id: spec}, "experiment"), spec
    engine.close()
    pool.close()


def plain_bits(spec: ModelSpec, text: str) -> list[float]:
    """Surprise at each letter, by a plain loop over torch's cross-entropy."""
    adapter = CharLstm.load(spec, "cpu", "float32")
    tokens = [adapter.start, *adapter.encode(text)]
    logits = adapter.logits_of(torch.tensor([tokens[:-1]]))[0]
    return [
        F.cross_entropy(row[None], torch.tensor([token])).item() / math.log(2)
        for row, token in zip(logits, tokens[1:], strict=True)
    ]


def scored(lab: Lab, spec: ModelSpec, text: str) -> list[TokenStep]:
    """The steps of scoring a text."""
    (steps,) = lab.steps([make_recipe(spec, task="score", prompt=text)])
    return [step for step in steps if isinstance(step, TokenStep)]


def test_bits_a_letter_are_the_cross_entropy_of_torch(small: tuple[Lab, ModelSpec]):
    lab, spec = small
    text = "What, no more?\nThen go."
    steps = scored(lab, spec, text)
    assert quantisation.bits_of(steps) == pytest.approx(plain_bits(spec, text), abs=0.05)
    assert quantisation.favourites(steps) == [step.top[0].token_id for step in steps]


def test_bits_behind_a_beginning_are_those_of_the_letters_behind_it(small: tuple[Lab, ModelSpec]):
    lab, spec = small
    pair = TEMPLATES[0]
    steps = scored(lab, spec, pair.expected + pair.rest)
    plain = plain_bits(spec, pair.expected + pair.rest)[len(pair.expected) :]
    assert len(plain) == len(pair.rest)
    assert bias.bits_behind(steps, len(pair.expected)) == pytest.approx(sum(plain), abs=0.5)


def test_passages_do_not_meet():
    text = "".join(chr(0x4E00 + i) for i in range(3_000))
    found = quantisation.passages_of(text, 7)
    assert len(found) == 7
    assert len(set("".join(found))) == 7 * quantisation.PASSAGE
    assert len(quantisation.passages_of(text, 99)) == 12


def test_what_trains_is_gpt2_as_transformers_has_it():
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    sizes = {"vocab_size": 65, "n_positions": 48, "n_embd": 32, "n_layer": 3, "n_head": 4}
    config = GPT2Config(**sizes, activation_function="gelu_pytorch_tanh", initializer_range=0.3)
    theirs, ours = GPT2LMHeadModel(config).eval(), Gpt2(*sizes.values()).eval()
    copy_gpt2(theirs.transformer, ours)
    tokens = torch.randint(65, (3, 48))
    with torch.no_grad():
        assert torch.allclose(ours(tokens), theirs(input_ids=tokens).logits, atol=1e-4)
    assert sum(p.numel() for p in ours.parameters()) == theirs.num_parameters()


def copy_gpt2(theirs: Any, ours: Gpt2) -> None:
    """The parameters of transformers' network; its Conv1D holds them input by output."""
    with torch.no_grad():
        ours.tokens.weight.copy_(theirs.wte.weight)
        ours.places.weight.copy_(theirs.wpe.weight)
        ours.norm.load_state_dict(theirs.ln_f.state_dict())
        for one, other in zip(theirs.h, ours.blocks, strict=True):
            other.norm_1.load_state_dict(one.ln_1.state_dict())
            other.norm_2.load_state_dict(one.ln_2.state_dict())
            for source, target in (
                (one.attn.c_attn, other.attend),
                (one.attn.c_proj, other.project),
                (one.mlp.c_fc, other.widen),
                (one.mlp.c_proj, other.narrow),
            ):
                target.weight.copy_(source.weight.T)
                target.bias.copy_(source.bias)


def test_a_look_at_the_shipped_sizes_of_what_is_trained():
    for model, spec in LEARNERS.items():
        network = Practice.load(spec, "cpu", "float32")._build()
        assert sum(p.numel() for p in network.parameters()) == catalog.spec(model).parameters


# Learning as the engine sees it


@pytest.fixture(params=["lstm", "transformer"])
def practice(request: pytest.FixtureRequest) -> Practice:
    """A small network in training, of either family."""
    build = {
        "lstm": lambda: CharLSTM(len(datasets.ALPHABET), 16, 32, 2),
        "transformer": lambda: Gpt2(len(datasets.ALPHABET), 256, 32, 2, 2),
    }[request.param]
    return Practice(LEARNERS["char_lstm"], build, "cpu")


def lesson(seed: int = 0, window: int = 32, steps: int = 3, text: str = TEXT) -> Recipe:
    """What is asked of it."""
    options = {"window": window, "steps": steps}
    return make_recipe(LEARNERS["char_lstm"], task="train", prompt=text, options=options, seed=seed)


def learn(adapter: Practice, recipe: Recipe) -> list[LookStep]:
    """All steps of one run that is alone."""
    state, steps = adapter.begin(recipe), list[LookStep]()
    while not (steps and steps[-1].last):
        steps += [step for step in adapter.advance([state]) if step]
    adapter.end(state)
    return steps


def test_a_step_of_training_takes_two_calls_and_says_how_it_went(practice: Practice):
    state = practice.begin(lesson(window=48, steps=1))
    assert practice.advance([state]) == [None]
    (step,) = practice.advance([state])
    assert step is not None
    assert step.last
    assert step.figures["letters"] == LETTERS // 48 * 48
    assert step.figures["bits"] == pytest.approx(math.log2(len(datasets.ALPHABET)), abs=0.5)
    assert step.seconds > 0


def test_it_learns(practice: Practice):
    steps = learn(practice, lesson(steps=20))
    assert [step.index for step in steps] == list(range(20))
    assert steps[-1].figures["bits"] < steps[0].figures["bits"] - 0.05


def test_the_same_lesson_goes_the_same_way_alone_and_among_others(practice: Practice):
    recipes = [lesson(seed) for seed in range(3)]
    alone = [learn(practice, recipe) for recipe in recipes]
    states = [practice.begin(recipe) for recipe in recipes]
    steps: list[list[LookStep]] = [[] for _ in recipes]
    left = list(range(3))
    for turn in range(30):
        order = left[turn % len(left) :] + left[: turn % len(left)] if left else []
        found = practice.advance([states[i] for i in order]) if order else []
        for i, step in zip(order, found, strict=True):
            steps[i] += [step] if step else []
            if step and step.last:
                practice.end(states[i])
                left.remove(i)
    assert steps == alone
    assert alone[0] != alone[1]


def test_a_lesson_can_be_given_up_between_its_halves(practice: Practice):
    expected = learn(practice, lesson())
    state = practice.begin(lesson())
    practice.advance([state])
    practice.end(state)
    assert learn(practice, lesson()) == expected


def test_too_little_text_is_refused_in_words(practice: Practice):
    with pytest.raises(ValueError, match="more than 32 letters"):
        practice.begin(lesson(text="Too short."))
    with pytest.raises(ValueError, match="cannot read: ä"):
        practice.begin(lesson(text="ä" * 99))


def test_the_first_step_is_left_out_of_the_speed():
    taken = [
        LookStep(i, 3, i == 2, figures={"letters": 256.0}, seconds=s)
        for i, s in enumerate((9.0, 0.5, 0.5))
    ]
    assert parallel_training.learning_speed(taken) == 512


def test_what_an_experiment_brings_is_known_to_nobody_else(small: tuple[Lab, ModelSpec]):
    lab, spec = small
    brought = replace(LEARNERS["char_lstm"], source=spec.source)
    lab.bring(brought)
    lab.bring(brought)  # as a second run of the experiment does
    recipe = make_recipe(brought, task="train", prompt=TEXT, options={"window": 16, "steps": 2})
    (steps,) = lab.steps([recipe])
    assert len(steps) == 2
    assert lab.held_bytes(brought.id) == 16 * brought.parameters
    assert brought.id not in lab.specs
    with pytest.raises(ValueError, match="another model called"):
        lab.bring(replace(brought, parameters=1))


def test_the_twin_on_offer_is_asked_and_else_one_is_made(small: tuple[Lab, ModelSpec]):
    lab, spec = small
    made = quantisation.twin(lab, spec.id)
    assert (made.id, made.source) == ("char_lstm_int8", spec.source)
    (steps,) = lab.steps([make_recipe(made, task="score", prompt="What?")])
    assert len(steps) == 5
    (steps,) = lab.steps([make_recipe(spec, task="score", prompt="What?")])
    assert 0 < lab.held_bytes(made.id) < lab.held_bytes(spec.id)
    offered = {**lab.specs, "char_lstm_int8": catalog.spec("char_lstm_int8")}
    assert quantisation.twin(Lab(lab._engine, offered, "other"), spec.id).kind == "text"


# Templates


def test_templates_are_balanced_and_differ_in_their_beginnings_alone():
    assert len(TEMPLATES) >= 20
    assert len(CONTROLS) >= 20
    said = [pair.words for pair in (*TEMPLATES, *CONTROLS)]
    assert len(set(said)) == len(said)
    men = {"The king", "He", "My lord", "The man", "My father", "My son", "My brother"}
    men |= {"The husband", "The boy", "The prince", "My uncle", "The gentleman"}
    assert sum(pair.expected in men for pair in TEMPLATES) == len(TEMPLATES) // 2
    for pair in TEMPLATES:
        assert (pair.expected in men) != (pair.other in men)
    for pair in (*TEMPLATES, *CONTROLS):
        assert pair.rest.startswith(" ")
        assert pair.expected != pair.other
        assert set(pair.words) - {"/"} <= set(datasets.ALPHABET)
        assert not {"he", "she", "his", "her", "him", "hers"} & set(pair.rest.strip(".").split())


def test_every_control_word_stands_on_either_side_as_often():
    for place in range(0, len(CONTROLS), 2):
        one, other = CONTROLS[place : place + 2]
        assert (one.expected, one.other) == (other.other, other.expected)


def test_readers_are_counted_once_each_and_only_when_they_are_here():
    class Here(Lab):
        """Nothing but what is shipped is here."""

        def is_here(self, model: str) -> bool:
            """The smallest model of the hub is."""
            return model in {"distilgpt2", "char_lstm", "gpt2_mini", "char_lstm_int8"}

    specs = catalog.specs()
    readers = bias.readers_of(Here(None, specs, "x"))  # type: ignore[arg-type]
    assert [spec.id for spec in readers] == ["char_lstm", "gpt2_mini", "distilgpt2"]


# The page


def test_wrong_figures_stand_beside_their_sources_and_what_was_measured():
    html = claim_card.corrections()
    check_well_formed(html)
    assert "13 billion" in html
    assert "power law" in html
    for said in ("The article says", "The source says", "We measured"):
        assert html.count(said) == len(CORRECTIONS)
