"""What is kept of visitors: little while they are here."""

from __future__ import annotations

from typing import Any

import gradio as gr

from playground.gradio_app.internals.sessions import keep_lean, names


def test_a_session_keeps_no_copy_of_what_was_shown(app: Any, demo: gr.Blocks) -> None:
    box = next(block for block in demo.blocks.values() if isinstance(block, gr.Textbox))
    assert app.state_holder["usual"].config_values  # what Gradio keeps of everybody
    keep_lean(app)
    assert demo.state_holder is app.state_holder
    lean = app.state_holder["visitor"]
    assert lean.config_values == {}
    lean._update_value_in_config(box._id, "x" * 100_000)
    lean._update_config(box._id)
    lean[box._id] = gr.Textbox("later", render=False)
    assert lean[box._id].value == "later"
    assert lean.config_values == {}
    assert app.state_holder["visitor"] is lean


def test_it_is_limited_as_gradio_limits_it(app: Any, demo: gr.Blocks) -> None:
    demo.state_session_capacity = 2
    keep_lean(app)
    for name in "abc":
        app.state_holder[name]
    assert set(app.state_holder.session_data) == {"b", "c"}


def test_switched_off_gradio_keeps_what_it_keeps(app: Any, plain: None) -> None:
    before = app.state_holder
    keep_lean(app)
    assert app.state_holder is before


def test_names_are_found_wherever_a_request_has_them() -> None:
    assert list(names("/gradio_api/heartbeat/a/b", "", None)) == ["a/b"]
    assert list(names("/x", "session_hash=a&session_hash=b&other=c", None)) == ["a", "b"]
    assert list(names("/x", "", {"session_hash": "a"})) == ["a"]
    assert list(names("/x", "", ["session_hash"])) == []
