"""What is logged of a run, in both forms; and that nothing which visitors wrote is."""

from __future__ import annotations

import io
import json
import logging

import pytest

from models.engine import Busy
from models.pool import Pool
from playground.core import logs
from playground.core.errors import explain
from tests.fake_adapters import FAKE_TEXT, SPECS, Fake, FakeText, steps_of, text_recipe

SECRET = "my grandmother's name"


@pytest.fixture
def log():
    """Configures the log and gives what is written; the log is as before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    written = io.StringIO()

    def begin(**variables: str) -> io.StringIO:
        logs.configure({"PLAYGROUND_LOG": "INFO", **variables})
        root.handlers[0].setStream(written)
        return written

    yield begin
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def engine():
    """A logged engine over fakes."""
    pool = Pool(SPECS, 10**9)
    engine = logs.LoggedEngine(pool, max_waiting_per_visitor=2)
    yield engine
    engine.close()
    pool.close()


def events(written: io.StringIO, name: str) -> list[dict]:
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in lines if line.get("event") == name]


def test_a_run_leaves_its_beginning_and_its_end(log, engine):
    written = log(PLAYGROUND_LOG_FORMAT="json")
    recipe = text_recipe(1, SECRET)
    steps_of(engine.follow(engine.submit(recipe, "visitor one")))
    steps_of(engine.follow(engine.submit(recipe, "visitor two")))
    first, second = events(written, "run_ended")
    assert len(events(written, "run_began")) == 2
    assert (first["model"], first["task"], first["steps"]) == ("fake_text", "generate", 5)
    assert (first["outcome"], second["outcome"]) == ("finished", "replayed")
    assert 0 <= first["waited_seconds"] <= first["seconds"]
    assert first["level"] == "INFO"
    assert first["time"].endswith("+00:00")
    assert SECRET not in written.getvalue()


def test_stops_failures_and_refusals_are_told_apart(log, engine):
    written = log(PLAYGROUND_LOG_FORMAT="json")
    stream = engine.follow(engine.submit(text_recipe(1, "delay=0.01", length=500), "v"))
    next(stream)
    stream.close()
    for fault, error in (("fail=1", RuntimeError), ("refuse=1", ValueError)):
        with pytest.raises(error):
            steps_of(engine.follow(engine.submit(text_recipe(2, fault), "v")))
    runs = [engine.submit(text_recipe(n, "delay=0.05", length=500), "v") for n in (3, 4)]
    with pytest.raises(Busy):
        engine.submit(text_recipe(5), "v")
    for run in runs:
        engine.stop(run)
    ended = events(written, "run_ended")
    assert [event["outcome"] for event in ended] == ["stopped", "failed", "failed"]
    assert [event.get("error") for event in ended] == [None, "RuntimeError", "ValueError"]
    (refused,) = events(written, "run_refused")
    assert (refused["outcome"], refused["why"]) == ("refused", "busy")


def test_a_visitor_is_a_hash_that_no_other_start_makes(log, engine):
    hashes = []
    for _ in range(2):
        written = log(PLAYGROUND_LOG_FORMAT="json")
        written.truncate(0)
        written.seek(0)
        for visitor in ("ann", "ann", "bob"):
            steps_of(engine.follow(engine.submit(text_recipe(1), visitor)))
        hashes.append([event["visitor"] for event in events(written, "run_ended")])
        assert "ann" not in written.getvalue()
    (first, again, other), elsewhere = hashes
    assert first == again != other
    assert first not in elsewhere


@pytest.mark.parametrize("form", logs.FORMATS)
def test_prompts_are_logged_when_the_operator_asks(log, engine, form):
    written = log(PLAYGROUND_LOG_FORMAT=form, PLAYGROUND_LOG_PROMPTS="1")
    steps_of(engine.follow(engine.submit(text_recipe(1, SECRET), "v")))
    assert SECRET in written.getvalue()


class Quoting(FakeText):
    """Fails with errors that quote the prompt."""

    def advance(self, states):
        def fail(prompt):
            try:
                return int(prompt)
            except ValueError:
                return {}[prompt]

        for state in states:
            fail(state.recipe.prompt)


@pytest.mark.parametrize("form", logs.FORMATS)
def test_errors_that_quote_a_prompt_keep_their_traceback_and_lose_their_message(
    log, engine, form, monkeypatch
):
    monkeypatch.setattr(Fake, "load", classmethod(lambda cls, *_: Quoting(FAKE_TEXT)))
    written = log(PLAYGROUND_LOG_FORMAT=form)
    with pytest.raises(KeyError) as raised:
        steps_of(engine.follow(engine.submit(text_recipe(1, SECRET), "v")))
    assert "reference" in explain(raised.value)
    assert SECRET not in written.getvalue()
    for part in ("ValueError: (left out)", "KeyError: (left out)", "in fail", "test_logs.py"):
        assert part in written.getvalue()


def test_other_errors_keep_their_message_and_reference(log):
    written = log(PLAYGROUND_LOG_FORMAT="json")
    try:
        raise RuntimeError("shapes (2, 3) and (4, 5)")
    except RuntimeError as error:
        sentence = explain(error)
    line = json.loads(written.getvalue())
    assert line["level"] == "ERROR"
    assert line["message"].removeprefix("reference ") in sentence
    assert "RuntimeError: shapes (2, 3) and (4, 5)" in line["traceback"]
    assert "test_other_errors" in line["traceback"]


def test_each_json_event_is_one_line_of_ascii(log):
    written = log(PLAYGROUND_LOG_FORMAT="json")
    logging.getLogger("x").warning("two\nlines ☃", extra={"number": 1, "what": object})
    (line,) = written.getvalue().splitlines()
    assert line.isascii()
    assert json.loads(line)["message"] == "two\nlines ☃"


def test_plain_lines_carry_the_fields_of_an_event(log, engine):
    written = log()
    steps_of(engine.follow(engine.submit(text_recipe(1), "v")))
    ended = [line for line in written.getvalue().splitlines() if "event=run_ended" in line]
    assert len(ended) == 1
    assert ended[0].startswith("INFO:playground.core.logs:a run ended ")
    assert "outcome=finished" in ended[0]


def test_the_web_server_logs_in_the_same_form(log):
    written = log(PLAYGROUND_LOG_FORMAT="json")
    server = logging.getLogger("uvicorn.error")
    other = logging.StreamHandler(io.StringIO())
    logging.getLogger("uvicorn").addHandler(other)
    logs.adopt()
    try:
        int(SECRET)
    except ValueError:
        server.exception("in the app")
    assert "(left out)" in json.loads(written.getvalue())["traceback"]
    assert other.stream.getvalue() == ""


@pytest.mark.parametrize(
    ("name", "value"), [("PLAYGROUND_LOG", "LOUD"), ("PLAYGROUND_LOG_FORMAT", "xml")]
)
def test_a_wrong_setting_is_named_in_a_sentence(name, value):
    with pytest.raises(ValueError, match=f"{name} must be one of .*, not “{value}”"):
        logs.configure({name: value})
