"""The call that every opened page makes: known as it is sent, and answered once for many."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.data_classes import PredictBody
from starlette.testclient import TestClient

from playground.gradio_app.internals.open_page import ADDRESS, opening_call
from playground.server import response_cache
from playground.server.response_cache import OPENING_SECONDS, OpenPageCache
from tests.server.test_response_cache import BODY, App, ask

JSON = {"content-type": "application/json"}


def seven() -> Any:
    """An app whose function of that name is its seventh."""
    functions = {3: SimpleNamespace(api_name="other"), 7: SimpleNamespace(api_name="page_open")}
    return SimpleNamespace(get_blocks=lambda: SimpleNamespace(fns=functions))


def opening(session="s", **other):
    asked = {"data": [], "event_data": None, "fn_index": 7, "trigger_id": 0}
    return json.dumps({**asked, "session_hash": session, **other}).encode()


def call(app, body, **options):
    path = "/gradio_api/run/predict"
    return ask(app, path, method="POST", body=body, **options)


def test_pages_opened_together_are_answered_by_one_call(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(response_cache, "time", SimpleNamespace(monotonic=lambda: now[0]))
    inner = App(b"application/json")
    app = OpenPageCache(inner, ADDRESS, opening_call(seven(), "page_open"))
    answers = [call(app, opening(f"s{n}"), origin="http://page") for n in range(5)]
    assert {(status, body) for status, _, body in answers} == {(200, BODY)}
    assert inner.bodies == [opening("s0")]
    now[0] += OPENING_SECONDS + 0.1
    call(app, opening("later"))
    assert len(inner.asked) == 2


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (opening(fn_index=8), {}),
        (opening(data=["x"]), {}),
        (opening(event_data={"x": 1}), {}),
        (opening(session=3), {}),
        (opening(x="y" * 1000), {}),
        (b"no json", {}),
        (b"[" * 900, {}),
        (b"[]", {}),
        (opening(), {"query": b"recipe=x"}),
        (opening(), {"origin": "https://elsewhere.example"}),
    ],
)
def test_any_other_call_reaches_the_app_as_it_is(body, options):
    inner = App()
    app = OpenPageCache(inner, ADDRESS, opening_call(seven(), "page_open"))
    for _ in range(2):
        call(app, body, **options)
    assert inner.bodies == [body] * 2


def test_a_function_that_is_not_there_is_never_called(app: Any) -> None:
    assert opening_call(app, "go") is not None
    assert opening_call(app, "nothing") is None


def test_switched_off_no_call_is_known(plain: None) -> None:
    assert opening_call(seven(), "page_open") is None


def test_the_call_is_where_gradio_answers_it(demo: gr.Blocks) -> None:
    """The page calls what is not queued at this address, with these fields (`PredictBody`)."""
    with demo:
        field = gr.Textbox()
        demo.load(lambda: "opened", None, field, api_name="page_open", queue=False)
    app = gr.routes.App.create_app(demo)
    (number,) = (n for n, fn in demo.fns.items() if fn.api_name == "page_open")
    is_opening = opening_call(app, "page_open")
    assert is_opening is not None
    front = OpenPageCache(app, ADDRESS, is_opening)
    client = TestClient(front)
    answers = [
        client.post(ADDRESS, content=opening(f"s{n}", fn_index=number), headers=JSON)
        for n in range(2)
    ]
    assert [answer.json()["data"] for answer in answers] == [["opened"]] * 2
    assert answers[0].content == answers[1].content  # with the time that it took once
    assert 0 < front.store.used_bytes - len(answers[0].content) < 2_000
    assert set(json.loads(opening())) <= set(PredictBody.model_fields)
