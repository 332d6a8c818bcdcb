"""What opens the history on the first page; its script comes when it is first pressed."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Front
from playground.web.assets import address

DRAWER = '<dialog id="history" aria-labelledby="history-title"></dialog>'


def front() -> Front:
    """The button, and the drawer of history and lab sheet."""
    script, style = (address(Path(__file__).parent / f"history.{kind}") for kind in ("js", "css"))
    button = (
        f'<button type="button" class="ghost" id="history-open" aria-haspopup="dialog" '
        f'data-script="{script}" data-style="{style}">History</button>'
    )
    return Front(header=button, body=DRAWER)
