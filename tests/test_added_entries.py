"""A family, a world and models of them, added as the map says: in a copy of the whole program.

What is added is what stands in `models/README.md`; a process of its own then opens the page, as
whoever adds something would.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
README = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
OPENED = "tests.opened_page"


def section(name: str) -> str:
    """What the map says of how to add something."""
    return README.partition(f"## How to add a {name}\n")[2].partition("\n## ")[0]


def block(name: str, number: int = 0) -> str:
    """One block of Python of it."""
    found = re.findall(r"^ *```python\n(.*?)^ *```$", section(name), re.DOTALL | re.MULTILINE)
    return re.sub(r"^   (?=\S)", "", found[number], flags=re.MULTILINE)


def insert(file: Path, before: str, text: str) -> None:
    """Write something in front of what stands once in a file."""
    content = file.read_text(encoding="utf-8")
    assert content.count(before) == 1, (file, before)
    file.write_text(content.replace(before, text + before), encoding="utf-8")


def run(folder: Path, *module: str) -> str:
    """What a module says that is carried out there."""
    command = [sys.executable, "-m", *module]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with a family, a world, and two models of that world, one of the family."""
    folder = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns("__pycache__", "weights", "node_modules")
    for package in ("models", "playground", "tests"):
        shutil.copytree(ROOT / package, folder / package, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "models" / "weights").symlink_to(ROOT / "models" / "weights")
    models = folder / "models"
    insert(models / "families.py", '}\n"""Those that make', f"    {block('family')}")
    insert(models / "worlds" / "__init__.py", '}\n"""By the name that', f"    {block('world')}")
    (models / "adapters" / "alphabet.py").write_text(block("model"), encoding="utf-8")
    entry = block("model", 1).partition("\n")[2].replace('"shakespeare"', '"letters"')
    other = entry.replace('id="alphabet"', 'id="alphabet_again"')
    for added in (entry.replace('family="lstm"', 'family="echo"'), other):
        insert(models / "catalog.py", ")\n\nTWINS = (", f"    {added.strip()},\n")
    return folder


@pytest.fixture(scope="module")
def opened(copy: Path) -> dict[str, Any]:
    """What a process finds that opens the page of the copy."""
    found: dict[str, Any] = json.loads(run(copy, OPENED).splitlines()[-1])
    return found


def test_how_to_add_a_family_or_a_world_has_at_most_eight_lines() -> None:
    for name in ("family", "world"):
        lines = [line for line in section(name).splitlines() if line and "```" not in line]
        assert 1 <= len(lines) <= 8, name


def test_a_family_that_is_added_passes_the_tests_of_the_tokens(copy: Path) -> None:
    said = run(copy, "pytest", "-p", "no:cacheprovider", "-k", "famil", "tests/web/test_tokens.py")
    assert re.search(r"\b[1-9]\d* passed", said)


def test_a_family_that_is_added_has_its_ink_and_shape_on_the_page_and_in_the_static_folder(
    opened: dict[str, Any],
) -> None:
    for page in ("front", "static", "lesson"):
        assert '<template id="shape-echo" data-light="#0E0217">' in opened[page], page
        assert "--echo:#99B1B6" in opened[page], page
        assert '[data-family="echo"]' in opened[page], page
    assert 'data-ink="echo"' in opened["chart"]
    assert 'stroke-dasharray="6 2"' in opened["chart"]


def test_a_family_that_is_added_is_on_cards_in_the_scoreboard_and_on_postcards(
    opened: dict[str, Any],
) -> None:
    assert opened["card"]["family"] == "echo"
    assert '<option value="echo.">Echo</option>' in opened["scoreboard"]
    assert opened["postcard"]


def test_a_world_that_is_added_is_on_the_page_and_in_links(opened: dict[str, Any]) -> None:
    assert {"alphabet", "alphabet_again"} <= {model for _, model in opened["writers"]}
    assert opened["restored"] == ["text", "text-write", "abc", "alphabet", "alphabet_again"]
    assert opened["place"] == "text"
    assert opened["history"] == opened["link"]


def test_a_world_that_is_added_is_in_the_scoreboard_in_lessons_and_in_votes(
    opened: dict[str, Any],
) -> None:
    assert '<option value="letters.">letters</option>' in opened["scoreboard"]
    assert opened["plots"].count("Letters") == 2
    assert "&quot;model&quot;: &quot;alphabet&quot;" in opened["lesson"]
    assert opened["pairs"] == 1
