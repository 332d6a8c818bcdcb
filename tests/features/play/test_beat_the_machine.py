"""The lines of "Beat the machine": new, guessable, and recorded from the real models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models import catalog, checkpoint, datasets, device
from models.base import TokenStep
from models.engine import Engine
from models.pool import Pool
from playground.core import events
from playground.features.play import beat_the_machine, replay_pack
from playground.features.play.beat_the_machine import GUESSED, LINES, MODELS, OPENING
from playground.tools import record_pack

KEYS = set("abcdefghijklmnopqrstuvwxyz ,.'?!;:-")
NEW = 12  # letters in a row that are in no text the models have read
SCRIPT = replay_pack.SCENES / "beat" / "beat.js"
Letters = list[list[Any]]


def letters_of(run: dict[str, Any]) -> Letters:
    """All letters of a recorded run."""
    return [letter for event in run["events"] for letter in event["letters"]]


@pytest.mark.parametrize("line", LINES)
def test_a_line_can_be_guessed(line: str) -> None:
    assert 28 <= len(line) <= 44
    assert set(OPENING + line) <= set(datasets.ALPHABET)
    assert set(line[-GUESSED:]) <= KEYS
    assert line[1:] == line[1:].lower()


def test_the_lines_are_in_no_text_that_the_models_have_read() -> None:
    try:
        book = "".join(datasets.shakespeare()).lower()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    for line in LINES:
        parts = {line[i : i + NEW].lower() for i in range(len(line) - NEW + 1)}
        assert not [part for part in parts if part in book]
    assert "now is the winter of" in book  # the same search finds what is there


def test_the_page_guesses_as_many_letters_with_as_many_keys() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    assert f"const GUESSED = {GUESSED};" in script
    assert 'const ROWS = ["qwertyuiop", "asdfghjkl\'", "zxcvbnm,.?", "-! ;:"];' in script
    assert len(KEYS) == 35


def test_the_pack_holds_every_line_as_both_models_read_it() -> None:
    runs = replay_pack.read("beat")["runs"]
    assert list(runs) == [f"{m}-{i}" for m in MODELS for i in range(len(LINES))]
    for name, request in beat_the_machine.requests().items():
        letters = letters_of(runs[name])
        assert "".join(letter[0] for letter in letters) == request["prompt"]
        for piece, probability, rank, _, others in letters:
            assert 0 < probability <= 1
            assert rank >= len(others) or others[rank][0] == piece
        recipe = runs[name]["start"]["recipe"]
        assert recipe["task"] == "score"
        assert recipe["weights"] == catalog.spec(request["model"]).revision


@pytest.fixture(scope="module")
def anew() -> dict[str, Letters]:
    """The first and the last line, scored again by the shipped models."""
    if not all(checkpoint.folder(m).is_dir() for m in MODELS):
        pytest.skip("the weights are not here")
    pool = Pool(catalog.specs())
    engine = Engine(pool)
    asked = {f"{m}-{i}": beat_the_machine.requests()[f"{m}-{i}"] for m in MODELS for i in (0, 7)}
    scored = {}
    for name, request in asked.items():
        steps = record_pack.carry_out(engine, replay_pack.recipe_of(request))
        letters = [events.letter(s) for s in steps if isinstance(s, TokenStep)]
        scored[name] = json.loads(json.dumps(letters))  # as it is sent
    engine.close()
    pool.close()
    return scored


def test_the_models_still_say_what_is_recorded(anew: dict[str, Letters]) -> None:
    """Token ids are given, so a fingerprint of them would prove nothing here."""
    recorded = replay_pack.read("beat")
    same_machine = recorded["machine"] == device.processor()
    for name, letters in anew.items():
        for now, then in zip(letters, letters_of(recorded["runs"][name]), strict=True):
            if same_machine:
                assert (now[:3], now[4]) == (then[:3], then[4])
            else:
                assert now[1] == pytest.approx(then[1], abs=0.02, rel=0.2)
