"""What is fetched when a Space is built."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from models import catalog
from models.base import HubFile
from playground.tools import preload
from tests.fake_adapters import FAKE_TEXT

OWN = tuple(HubFile(name, 1, "0" * 64) for name in ("config.json", "model.safetensors"))
LENT = HubFile("tiny.safetensors", 1, "0" * 64, repository="b/lent", revision="2" * 40)
SPEC = replace(FAKE_TEXT, source="a/own", revision="1" * 40, files=(*OWN, LENT))


def test_each_repository_is_named_once_with_its_commit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(SPEC, id="other", files=(OWN[0],))
    monkeypatch.setattr(catalog, "specs", lambda: {"first": SPEC, "other": other})
    preload.main(["first", "other"])
    assert capsys.readouterr().out.splitlines() == [
        "preload_from_hub:",
        f"  - a/own config.json,model.safetensors {'1' * 40}",
        f"  - b/lent tiny.safetensors {'2' * 40}",
    ]


def test_a_model_that_is_not_of_the_hub_is_refused_by_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for model in ("gan", "nobody"):
        with pytest.raises(SystemExit):
            preload.main([model])
        assert f"“{model}”" in capsys.readouterr().err


def test_the_command_in_the_readme_prints_lines(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(preload.__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    command = re.search(r"playground\.tools\.preload ([\w ]+)`", readme)
    assert command
    preload.main(command[1].split())
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "preload_from_hub:"
    assert lines
    for line in lines:
        assert re.fullmatch(r"  - [\w./-]+ [\w./,-]+ [0-9a-f]{40}", line), line
