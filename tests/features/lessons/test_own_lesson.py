"""What strangers send as their own lesson: read in limited time, answered in limited size."""

from __future__ import annotations

import time
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.features.lessons import budget, own_lesson
from playground.features.lessons import lesson as lessons
from playground.features.lessons.lines import MOST_PROBLEMS
from playground.registry import FEATURES
from playground.server.route import served
from tests.fake_catalogue import SPECS

HEAD = "---\ntitle: T\nminutes: 5\nlevel: start\nsummary: S\n---\n\n## One\n\n"
MOST = lessons.MOST_BYTES - len(HEAD)
SECONDS = 0.4  # for reading one lesson, here
MORE_SECONDS = 0.8  # for one step of it, and writing the answer down


def table(columns: int, rows: int) -> str:
    """A table most of whose cells are not written down."""
    return "|".join("a" * columns) + "\n" + "|".join("-" * columns) + "\n" + "a\n" * rows + "\n"


def filled(part: str, most: int = MOST) -> str:
    """As much of the same as a lesson may hold."""
    return part * (most // len(part.encode()))


HARD = {
    "figures without an end": filled("{{ "),
    "figures that are none": filled("{{ }}"),
    "figures, line by line": filled("{{}}\n"),
    "a long figure": "{{" + "a." * (MOST // 2 - 4) + "}}",
    "sentences in place of figures": filled("{{long_memory|because}} "),
    "one wide table": table(300, 45_000)[:MOST],
    "many wide tables": filled(table(300, 218)),
    "a row of cells": table(MOST // 4 - 8, 1),
    "pictures": filled("!["),
    "links": filled("[a]("),
    "emphasis": filled("*a **b "),
    "quotes": filled(">"),
    "nested quotes": filled("> " * 20 + "a\n"),
    "nested lists": "".join(" " * (2 * k) + "- a\n" for k in range(300)),
    "references": filled("[a]: b\n"),
    "claims": filled("```claim\nlong_memory\n```\n"),
    "scenes": filled("```scene\nreal\n```\n"),
    "blocks that are none": filled("```x\n```\n"),
    "models": "```preset\nmodels: " + filled("gan ", MOST - 40) + "\n```\n",
    "options": "```preset\nmodel: gan\n" + "".join(f"{'a' * k}: 1\n" for k in range(430)) + "```\n",
    "a long digit": "```preset\nmodel: gan\nconcept: " + "9" * (MOST - 60) + " red black\n```\n",
    "steps": filled("## a\n"),
    "entities": filled("<"),
}
"""Lessons of 100 KB and less that ask for much."""


@pytest.fixture(scope="module")
def client() -> TestClient:
    """The route alone."""
    services: Any = SimpleNamespace(specs=SPECS, features=FEATURES)
    return TestClient(Starlette(routes=served(own_lesson.routes(services))))


@pytest.mark.parametrize("name", HARD)
def test_no_lesson_costs_more_than_it_may(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", SECONDS)
    text = HEAD + HARD[name]
    assert len(text.encode()) <= lessons.MOST_BYTES
    begun = time.thread_time()
    answer = own_lesson._read_own("mine.md", text, SPECS, lessons.SCENES)
    assert time.thread_time() - begun < SECONDS + MORE_SECONDS
    assert len(answer.body) < 2 * own_lesson.MOST_ANSWER_CHARACTERS


def test_a_table_without_end_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(budget.TooMuch), budget.limited(60.0):
            own_lesson.read_own("mine.md", HEAD + HARD["one wide table"], SPECS)
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


def test_what_costs_too_much_is_refused_in_a_sentence(client: TestClient) -> None:
    answer = client.post("/lesson/own", json={"name": "a", "text": HEAD + HARD["many wide tables"]})
    assert answer.json()["problems"] == [{"line": 1, "sentence": budget.TOO_MUCH}]


def test_so_many_blocks_are_no_lesson(client: TestClient) -> None:
    answer = client.post("/lesson/own", json={"name": "a", "text": HEAD + HARD["claims"]})
    (problem,) = answer.json()["problems"]
    assert problem["sentence"] == f"A lesson has at most {lessons.MOST_BLOCKS} blocks."
    assert problem["line"] == 10 + 3 * lessons.MOST_BLOCKS


def test_so_many_problems_are_said_and_no_more(client: TestClient) -> None:
    text = HEAD + HARD["blocks that are none"]
    problems = client.post("/lesson/own", json={"name": "a", "text": text}).json()["problems"]
    assert len(problems) == MOST_PROBLEMS
    assert all(len(problem["sentence"]) <= 401 for problem in problems)


def test_a_long_lesson_written_by_hand_is_read(client: TestClient) -> None:
    words = "Some *words* and a [link](https://example.org), then `more`.\n\n"
    prose = f"{words}| a | b |\n|-|-|\n|1|2|\n\n"
    answer = client.post("/lesson/own", json={"name": "a", "text": HEAD + filled(prose)})
    assert answer.json()["html"].count("<table>") == MOST // len(prose)


def test_nothing_is_counted_for_the_lessons_of_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", -1.0)
    assert lessons.library(SPECS).get("zero").steps
    with pytest.raises(budget.TooMuch), budget.limited(-1.0):
        lessons.parse(HEAD + "Words.", "mine.md", SPECS)


def test_not_everybodys_lesson_is_read_at_once(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_lesson, "MOST_WAITING", 0)
    answer = client.post("/lesson/own", json={"name": "a", "text": HEAD})
    assert answer.status_code == 422
    assert answer.json()["problems"] == [{"line": 1, "sentence": own_lesson.BUSY}]
