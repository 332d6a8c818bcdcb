"""A class beside somebody with a script: everybody in it is served, whatever is sent meanwhile.

The measurement `python -m models.measure attack`, with three students and the pretended models, and
without its times: other tests heat the same cores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from models.measure.app.server import ROOT
from models.measure.attack.attacks import hard_texts
from models.measure.attack.measure import QUIET, Round, attacked, carry_out
from playground import stack
from playground.features.lessons.lesson import MOST_BYTES
from playground.gradio_app.internals import listeners

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc"),
]

STUDENTS, LETTERS, SECONDS = 3, 20, 6.0
ATTACKS = ("lessons", "visitors", "unheard", "halves", "answers", "wrong")
MOST_LOG_BYTES = 20_000
"""Of an attack of thousands of requests, each of which would else write seven thousand."""


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Round]:
    """One round without an attack, and one under each, by name."""
    script = str(Path("tests", "browser", "serve.py"))
    folder = tmp_path_factory.mktemp("attacked")
    with attacked(folder, script, PYTHONPATH=str(ROOT)) as app:
        found = asyncio.run(
            carry_out(
                *(app, "class", STUDENTS, ATTACKS),
                letters=LETTERS,
                seconds=SECONDS,
                rest_seconds=1.0,
                head_start_seconds=3.0,
            )
        )
    return {each.name: each for each in found}


@pytest.mark.parametrize("name", [QUIET, *ATTACKS])
def test_everybody_in_the_class_is_served(rounds: Mapping[str, Round], name: str) -> None:
    found = rounds[name]
    said = [result.sentence for result in found.results]
    assert (len(found.first), len(found.ends), said) == (STUDENTS, STUDENTS, [""] * STUDENTS)
    assert bool(found.counts) == (name != QUIET)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_writes_no_long_log(rounds: Mapping[str, Round], name: str) -> None:
    assert rounds[name].log_bytes < MOST_LOG_BYTES


def test_of_the_calls_that_nobody_hears_few_are_taken(rounds: Mapping[str, Round]) -> None:
    counts = rounds["unheard"].counts
    assert 0 < counts["200"] <= listeners.MOST_UNHEARD
    assert counts["503"] > counts["200"]


def test_the_requests_of_one_client_pass_at_a_pace(rounds: Mapping[str, Round]) -> None:
    for name in ("answers", "wrong"):
        counts = rounds[name].counts
        computed = counts.total() - counts["200"]  # nearly all others are kept
        most = stack.BURST + stack.RATE * (SECONDS + 10)
        assert 0 < computed < most, counts


def test_sheets_of_nobody_are_refused_before_they_come(rounds: Mapping[str, Round]) -> None:
    assert rounds["halves"].counts["403"] >= 100


def test_hard_texts_are_as_long_as_lessons_may_be() -> None:
    lengths = [len(text.encode()) for text in hard_texts()]
    assert all(0.6 * MOST_BYTES < length <= MOST_BYTES for length in lengths)
