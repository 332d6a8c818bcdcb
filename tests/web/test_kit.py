"""The logic of the pages' scripts, without a browser: `node --test tests/js`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_logic_of_the_scripts():
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("there is no node on this machine")
        pytest.skip("there is no node on this machine")
    files = sorted(str(file) for file in (ROOT / "tests" / "js").glob("*.test.js"))
    command = [node, "--experimental-default-type=module", "--test", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert files
