"""Controls and candidates."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import Candidate, Candidates, Control, ImageStep, LookStep, TokenStep
from tests.fake_adapters import alone, image_recipe, text_recipe

COUNT = Control("count", "Pictures", "int", 4, 1, 16, 1)
HEAT = Control("heat", "Heat", "float", 0.8, 0.0, 2.0, 0.05)
INK = Control("ink", "Ink", "choice", "red", choices=("red", "blue"))
FREE = Control("free", "Free", "int", 0)
WORDS = Control("words", "Words", "text", "", high=5)


@pytest.mark.parametrize(
    ("control", "given_", "cast"),
    [
        (COUNT, 3, 3),
        (COUNT, 3.0, 3),
        (COUNT, "3", 3),
        (HEAT, 1, 1.0),
        (HEAT, "0.5", 0.5),
        (HEAT, 0, 0.0),
        (INK, "blue", "blue"),
    ],
)
def test_a_control_casts_to_its_kind(control: Control, given_: object, cast: object) -> None:
    value = control.check(given_)
    assert value == cast
    assert type(value) is type(cast)


def test_minus_zero_is_zero() -> None:
    assert str(HEAT.check(-0.0)) == "0.0"  # equal recipes have equal keys


@pytest.mark.parametrize(
    ("control", "bad", "words"),
    [
        (COUNT, 0, "Pictures must lie between 1 and 16"),
        (COUNT, 17, "between 1 and 16"),
        (COUNT, 2.5, "whole number"),
        (COUNT, "many", "must be a number"),
        (COUNT, None, "must be a number"),
        (COUNT, [1], "must be a number"),
        (HEAT, math.nan, "must be a number"),
        (HEAT, math.inf, "must be a number"),
        (HEAT, 10**400, "must be a number"),
        (FREE, math.inf, "must be a number"),
        (INK, "pink", "one of: red, blue"),
        (INK, ["red"], "one of: red, blue"),
        (INK, None, "one of: red, blue"),
    ],
)
def test_a_control_refuses_in_words(control: Control, bad: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        control.check(bad)


LOGITS = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=50)


def candidates(logits: list[float], listed: int) -> Candidates:
    """The first `listed` of a vocabulary with these logits."""
    array = np.array(logits, np.float32)
    order = np.argsort(-array, kind="stable")[:listed]
    log_normaliser = float(np.log(np.exp(array.astype(np.float64)).sum()))
    return Candidates(order, array[order], log_normaliser, [f"<{i}>" for i in range(len(logits))])


@given(LOGITS, st.integers(1, 50))
def test_candidates_are_the_head_of_a_distribution(logits: list[float], listed: int) -> None:
    top = candidates(logits, listed)
    probabilities = [c.probability for c in top]
    assert len(top) == len(probabilities) == min(listed, len(logits))
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) + top.rest == pytest.approx(1.0)
    assert all(c.text == f"<{c.token_id}>" for c in top)


def test_candidates_are_a_sequence() -> None:
    top = candidates([0.0, 2.0, 1.0], 3)
    assert top[0] == Candidate(1, "<1>", top[0].probability, 2.0)
    assert top[0].probability == pytest.approx(math.exp(2) / (1 + math.e + math.exp(2)))
    assert top[-1].token_id == 0
    assert [c.token_id for c in top[:2]] == [1, 2]
    with pytest.raises(IndexError):
        top[3]


def test_steps_are_equal_when_their_content_is_however_long_they_took() -> None:
    one, other = alone(text_recipe(length=1)) + alone(text_recipe(length=1))
    assert isinstance(one, TokenStep)
    assert isinstance(other, TokenStep)
    assert one == other
    assert one.top == other.top
    assert candidates([1.0, 2.0], 2) != candidates([1.0, 2.5], 2)
    assert candidates([1.0], 1) != "something else"


def test_picture_steps_compare_their_pixels() -> None:
    first, same, different = (alone(image_recipe(seed))[0] for seed in (1, 1, 2))
    assert isinstance(first, ImageStep)
    assert first == same
    assert first != different


def test_knowing_and_running_models_imports_neither_torch_nor_gradio() -> None:
    heavy = "import sys, models.engine; sys.exit(bool({'torch', 'gradio'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", heavy], check=False).returncode == 0


def test_candidates_take_only_what_they_show_across_a_process_border() -> None:
    pieces = [f"piece {i}" for i in range(50_257)]
    shown = np.array([7, 3]), np.array([1.0, 0.5], np.float32)
    candidates = Candidates(*shown, log_normaliser=2.0, pieces=pieces)
    sent = pickle.dumps(candidates)
    assert len(sent) < 2_000
    assert tuple(pickle.loads(sent)) == tuple(candidates)


@pytest.mark.parametrize("wrong", ["sixsix", 5, None, "\ud800"])
def test_text_is_short_and_can_be_written_down(wrong: object) -> None:
    assert WORDS.check("five5") == "five5"
    with pytest.raises(ValueError, match=r"^Words (must be text|is longer than 5 characters)\.$"):
        WORDS.check(wrong)


def test_looks_are_equal_by_what_they_show() -> None:
    def look(value: float, seconds: float = 0.0) -> LookStep:
        figures, arrays = {"odd": value}, {"code": np.array([value, 1])}
        return LookStep(0, 1, True, figures=figures, arrays=arrays, seconds=seconds)

    assert look(2.0, seconds=1.0) == look(2.0)
    assert look(2.0) != look(3.0)
    assert look(2.0) != LookStep(0, 1, True, figures={"odd": 2.0})
    assert pickle.loads(pickle.dumps(look(2.0))) == look(2.0)
