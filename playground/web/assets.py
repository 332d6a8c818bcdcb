"""Files that browsers fetch by name: where they lie, and the address each is served under."""

from __future__ import annotations

import hashlib
from pathlib import Path

PLAYGROUND = Path(__file__).parents[1]
FEATURES = PLAYGROUND / "features"
WEB = PLAYGROUND / "web"
KIT = WEB / "kit"
SHIPPED = "/shipped/"
"""Where our own files are served that the page does not hold itself."""


def address(file: Path) -> str:
    """Where the browser finds a file; it changes with its content, "" for none."""
    if not file.is_file():
        return ""
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    return f"{SHIPPED.lstrip('/')}{file.name}?v={version}"
