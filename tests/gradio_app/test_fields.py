"""Controls become components, and values become checked options."""

from __future__ import annotations

import gradio as gr
import pytest

from models.base import Control
from models.options import GUIDANCE, INK, LENGTH
from playground.gradio_app import fields
from playground.gradio_app.run_plan import plan, plan_run
from tests.fake_catalogue import SPECS

VALUES = {"temperature": 0.5, "top_k": 0, "top_p": 1.0, "length": 20, "steps": 3, "count": 1}


def test_a_choice_is_a_row_of_radios():
    shown = fields.component(INK, "images", "swatches")
    assert isinstance(shown, gr.Radio)
    assert [value for _, value in shown.choices] == list(INK.choices)
    assert (shown.value, shown.elem_id) == (INK.default, "images-ink")


@pytest.mark.parametrize("control", [LENGTH, GUIDANCE])
def test_a_number_with_bounds_is_a_slider(control):
    shown = fields.component(control, "text")
    assert isinstance(shown, gr.Slider)
    assert (shown.minimum, shown.maximum, shown.value) == (
        *(control.low, control.high),
        control.default,
    )


def test_a_number_without_bounds_is_a_number():
    shown = fields.component(Control("top_x", "X", "int", 3), "text")
    assert isinstance(shown, gr.Number)
    assert (shown.precision, shown.elem_id) == (0, "text-top-x")


def test_controls_are_found_by_name():
    assert fields.control_named(SPECS.values(), "guidance") is GUIDANCE
    with pytest.raises(KeyError):
        fields.control_named(SPECS.values(), "nonsense")


def test_each_model_takes_the_options_it_has():
    writer = plan_run("left", SPECS["char_lstm"], VALUES, "O, ", 3)
    painter = plan_run("gan", SPECS["gan"], VALUES, "O, ", 3)
    assert writer.recipe is not None
    assert painter.recipe is not None
    assert writer.recipe.integer("length") == 20
    assert "count" not in dict(writer.recipe.options)
    assert painter.recipe.prompt == ""  # it cannot read
    assert painter.recipe.integer("count") == 1


@pytest.mark.parametrize(
    ("values", "seed", "words"),
    [
        ({"length": 5000}, 0, "Length must lie between 1 and 1000."),
        ({"temperature": "hot"}, 0, "Temperature must be a number."),
        ({}, -1, "The seed must be a whole number"),
    ],
)
def test_what_does_not_fit_is_said_on_the_card(values, seed, words):
    run = plan_run("left", SPECS["char_lstm"], values, "O, ", seed)
    assert run.recipe is None
    assert words in run.refused
    assert plan([run])["link"] == ""
    (row,) = plan([run])["runs"]
    assert row == {"card": "left", "model": "char_lstm", "refused": run.refused}
