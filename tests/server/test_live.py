"""Live runs over HTTP: recipes in, events out, and nothing left behind by who went away."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from playground.core import identity
from playground.core.identity import visitor_named
from playground.server import live
from playground.server.route import served


@pytest.fixture
def address(services) -> Iterator[str]:
    """The route alone, served on loopback: a test client would not notice who goes away."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = Starlette(routes=served(live.routes(services)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{live.PATH}"
        server.should_exit = True
        thread.join()


def ask(address: str, *runs: object, **more: object) -> list[tuple[int, dict]]:
    """Every event of an answer, with the number of its run."""
    answer = httpx.post(address, json={"runs": runs, **more}, timeout=30)
    assert answer.status_code == 200, answer.text
    return [tuple(json.loads(line)) for line in answer.text.splitlines()]


def kinds(events: list[tuple[int, dict]], run: int) -> list[str]:
    """What kinds of events one run had, repetitions left out."""
    names = [next(iter(event)) for i, event in events if i == run]
    return [n for i, n in enumerate(names) if names[i - 1 : i] != [n] and n != "wait"]


def test_several_runs_share_one_answer(address):
    text = {"model": "char_lstm", "prompt": "O, ", "options": {"length": 20}, "seed": 3}
    pictures = {"model": "diffusion_mini", "prompt": "a red seven", "options": {"count": 1}}
    events = ask(address, text, pictures)
    assert kinds(events, 0) == ["start", "letters", "end"]
    assert kinds(events, 1) == ["start", "frame", "end"]
    letters = [row for _, e in events if "letters" in e for row in e["letters"]]
    assert len(letters) == 20


def test_words_in_other_signs_and_languages_are_the_same_recipe(address):
    prompts = {
        "diffusion_mini": ("a red 7", "a red ７", "a\u00a0red ٧"),
        "diffusion_emoji": ("blue heart", "💙", "corazo\u0301n azul"),
    }
    for model, typed in prompts.items():
        runs = [{"model": model, "prompt": one, "options": {"steps": 1}} for one in typed]
        starts = [event["start"] for _, event in ask(address, *runs) if "start" in event]
        assert [start["recipe"]["prompt"] for start in starts] == [typed[0]] * 3
        assert len({start["key"] for start in starts}) == 1


def test_the_same_recipe_is_replayed(address):
    run = {"model": "gan", "options": {"count": 1}, "seed": 5}
    first, second = ask(address, run), ask(address, run)
    assert [e["start"]["replayed"] for i, e in (first + second) if "start" in e] == [False, True]
    assert [e for _, e in first if "frame" in e] == [e for _, e in second if "frame" in e]


def test_a_wrong_recipe_fails_alone(address):
    twelve = {"model": "gan", "options": {"digit": 12}}
    unknown = {"model": "gan", "options": {"size": 3}}
    fine = {"model": "vae", "options": {"count": 1}}
    events = ask(address, twelve, unknown, fine)
    assert "Digit must lie between 0 and 9" in events_of(events, 0)[-1]["fail"]["sentence"]
    assert "no option called size" in events_of(events, 1)[-1]["fail"]["sentence"]
    assert events_of(events, 2)[-1] == {"end": "finished"}


def test_letters_have_as_many_candidates_as_are_asked_for(address):
    run = {"model": "char_lstm", "options": {"length": 3}}
    for more, wanted in (({}, 8), ({"candidates": 2}, 2), ({"candidates": 0}, None)):
        letters = [
            row for _, e in ask(address, run, **more) if "letters" in e for row in e["letters"]
        ]
        assert {len(row[4]) if len(row) > 4 else None for row in letters} == {wanted}


def events_of(events: list[tuple[int, dict]], run: int) -> list[dict]:
    """The events of one run."""
    return [event for i, event in events if i == run]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "no JSON"),
        (b"[" * 60_000, "no JSON"),
        (b'"runs"', "names no runs"),
        (b"{}", "1 to 16 runs"),
        (b'{"runs": []}', "1 to 16 runs"),
        (b'{"fetch": "no_such"}', "no model called"),
        (b'{"fetch": "gan", "runs": 7}', "names no runs"),
        (b'{"runs": [{"model": "gan"}], "candidates": 9}', "0 to 8 candidates"),
        (b'{"runs": [{"model": "gan"}], "candidates": "all"}', "0 to 8 candidates"),
        (b'{"runs": [{"model": "char_lstm", "around": [0, 129]}]}', "around 1 to 128 letters"),
        (b'{"runs": [7]}', "must be an object"),
        (b'{"runs": [{"model": "no_such"}]}', "no model called"),
        (b'{"runs": [{"model": ["gan"]}]}', "no model called"),
        (json.dumps({"runs": [{"model": "gan"}] * 17}).encode(), "1 to 16 runs"),
        (b" " * 70_000, "too long"),
    ],
)
def test_what_is_no_request_is_refused_in_words(address, content, words):
    answer = httpx.post(address, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert words in answer.json()["sentence"]
    assert "Traceback" not in answer.text


def test_pages_of_other_sites_cannot_ask_unnoticed(address):
    body = json.dumps({"runs": [{"model": "gan"}]})
    answer = httpx.post(address, content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == 422
    assert "no JSON" in answer.json()["sentence"]
    assert "access-control-allow-origin" not in answer.headers


def test_who_goes_away_stops_the_run(address, services):
    run = {"model": "char_lstm", "prompt": "delay=0.05", "options": {"length": 900}}
    with httpx.stream("POST", address, json={"visitor": "gone", "runs": [run]}, timeout=30) as s:
        lines = s.iter_lines()
        while "letters" not in json.loads(next(lines))[1]:
            pass
        assert services.followers.of(visitor_named("gone"), live.PLACE)
    until = time.monotonic() + 3
    while services.followers.of(visitor_named("gone"), live.PLACE):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_two_hundred_letters_cost_less_than_a_hundred_kilobytes(address):
    run = {"model": "char_lstm", "prompt": "O, ", "options": {"length": 200}}
    started = time.monotonic()
    with httpx.stream("POST", address, json={"runs": [run]}, timeout=30) as answer:
        lines = [(time.monotonic() - started, line) for line in answer.iter_lines()]
    assert sum(len(line) for _, line in lines) < 100_000
    letters = [when for when, line in lines if "letters" in line]
    assert len(letters) <= 12 * (letters[-1] - letters[0]) + 3  # the first and the last at once


@pytest.mark.parametrize("name", ["postcard", "class-BCDF", "ready-7", "session:x", None])
def test_a_page_names_itself_and_nobody_else(address, services, monkeypatch, name):
    submit, asked = services.engine.submit, []

    def remember(recipe, visitor="", *more):
        asked.append(visitor)
        return submit(recipe, visitor, *more)

    monkeypatch.setattr(services.engine, "submit", remember)
    ask(address, {"model": "gan", "options": {"count": 1}, "seed": 9}, visitor=name)
    (visitor,) = asked
    assert visitor.startswith("page:")
    assert name is None or visitor == f"page:{name}"


def test_one_client_has_so_many_answers_under_way(address, monkeypatch):
    monkeypatch.setattr(live, "MOST_OF_CLIENT", 1)
    run = {"model": "char_lstm", "prompt": "delay=0.2 O", "options": {"length": 20}}
    with httpx.stream("POST", address, json={"runs": [run]}, timeout=30) as first:
        next(first.iter_bytes())
        refused = httpx.post(address, json={"runs": [run]}, timeout=30)
    assert (refused.status_code, refused.json()) == (503, {"sentence": identity.TOO_MANY_HERE})
    until = time.monotonic() + 10
    while httpx.post(address, json={"runs": [run]}, timeout=30).status_code != 200:
        assert time.monotonic() < until
