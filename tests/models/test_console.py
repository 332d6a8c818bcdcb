"""Commands write in any encoding."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREPARES = ("console.write_anything()", "prepare_environment()", "parse_arguments(")
INNER = {"named.py", "watch.py", "loop_watch.py", "attacks.py", "results.py"}
"""What other programs of ours start, and a text that names such a line; they write digits alone."""


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_letter_that_the_encoding_has_not_comes_out_as_its_number(encoding: str) -> None:
    code = "from models import console; console.write_anything(); print('a “b” → c')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )
    assert done.stdout.strip() == "a “b” → c".encode(encoding, "backslashreplace")


def test_every_command_prepares_what_it_writes_to() -> None:
    files = [*(ROOT / "models").rglob("*.py"), *(ROOT / "playground").rglob("*.py")]
    commands = {
        file: text
        for file in files
        if 'if __name__ == "__main__"' in (text := file.read_text(encoding="utf-8"))
        and file.name not in INNER
    }
    assert len(commands) > 30
    assert not [file for file, text in commands.items() if not any(p in text for p in PREPARES)]


def test_a_claim_is_told_to_a_terminal_of_windows() -> None:
    """Its verdict is told after minutes of measuring, and may hold letters that cp1252 has not."""
    code = (
        "import sys; sys.argv = ['x', 'bias']; from models.experiments import __main__ as command; "
        "found = command.results.shipped('bias').outcome; "
        "command._measure = lambda *_: sys.stdout.write('ψ → ') and found; command.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(rb"\u03c8 \u2192 ")
    assert b"bias: " in done.stdout
