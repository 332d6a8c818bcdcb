"""What the first page knows of classes: the script of the bar, for who is in one."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Front
from playground.web.assets import address


def front() -> Front:
    """Where the script is."""
    script = address(Path(__file__).parent / "student_bar.js")
    return Front(attributes=f'data-class-script="{script}"')
