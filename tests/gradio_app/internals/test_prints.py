"""What Gradio prints of an error is a line of the log, and says nothing that a visitor wrote."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx
import pytest

from playground.gradio_app.internals import prints
from playground.gradio_app.internals.prints import PRINTING, keep_words_out

SECRET = "what a visitor wrote"


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a page whose function fails, and one whose choice it is not."""
    for module in PRINTING:
        monkeypatch.setattr(module, "traceback", traceback)
    monkeypatch.delattr(prints.queueing, "print", raising=False)
    with gr.Blocks() as demo:
        chosen = gr.Dropdown(["a", "b"])
        gr.Button("Go").click(lambda said: said, [chosen], [chosen], api_name="go")
    demo.queue().launch(prevent_thread_lock=True, quiet=True)
    yield demo.local_url.rstrip("/")
    demo.close()


def called(address: str) -> str:
    """What becomes of a call with a value that is none of the choices, with and without a queue."""
    data = {"data": [SECRET]}
    direct = httpx.post(f"{address}/gradio_api/run/go", json=data)
    event = httpx.post(f"{address}/gradio_api/call/go", json=data).json()["event_id"]
    return direct.text + httpx.get(f"{address}/gradio_api/call/go/{event}").text


def test_an_error_is_a_line_without_words(
    address: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    keep_words_out()
    called(address)
    printed = "".join(capfd.readouterr())
    assert SECRET not in printed
    assert "Traceback" not in printed
    lines = [record.getMessage() for record in caplog.records if record.name == "gradio"]
    assert len(lines) == 2
    assert all(line.startswith("a call failed: Error at components/dropdown.py:") for line in lines)
    assert not any(SECRET in line or "\n" in line for line in lines)


def test_gradio_prints_it_by_itself(
    address: str, capfd: pytest.CaptureFixture[str], plain: None
) -> None:
    keep_words_out()
    called(address)
    printed = capfd.readouterr().err
    assert printed.count("Traceback") >= 2
    assert SECRET in printed


def test_all_else_of_the_module_is_as_ever(address: Any) -> None:
    keep_words_out()
    keep_words_out()
    for module in PRINTING:
        assert module.traceback.format_tb is traceback.format_tb
    prints.queueing.print(SECRET)
