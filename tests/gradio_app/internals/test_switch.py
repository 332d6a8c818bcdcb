"""The switch, and that every trick of the list has its module and its test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from playground.gradio_app import internals
from playground.gradio_app.internals.switch import NAME, plain_gradio

FOLDER = Path(internals.__file__).parent


@pytest.mark.parametrize(("value", "plain"), [("1", True), ("0", False), ("", False)])
def test_it_is_on_when_the_operator_says_so(
    monkeypatch: pytest.MonkeyPatch, value: str, plain: bool
) -> None:
    monkeypatch.setenv(NAME, value)
    assert plain_gradio() is plain


def test_every_trick_is_listed_looks_at_the_switch_and_has_a_test() -> None:
    listed = re.findall(r"^    (\w+)  ", internals.__doc__ or "", re.MULTILINE)
    modules = {file.stem for file in FOLDER.glob("*.py")} - {"__init__", "switch"}
    assert sorted(listed) == sorted(modules)
    for name in modules:
        source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
        assert re.search(
            r"[Ww]ithout (it|this|that|these|them|those)\b", " ".join(source.split())
        ), name
        assert "plain_gradio()" in source, name
        assert (Path(__file__).parent / f"test_{name}.py").is_file(), name
