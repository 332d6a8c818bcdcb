"""Where programs keep what belongs to one of their users."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def data_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Where programs of this system keep what belongs to one of its users.

    After the XDG base directory specification on Linux, Apple's and Microsoft's usage elsewhere.
    """
    home = Path(environment.get("HOME") or Path.home())
    if platform == "darwin":
        return home / "Library" / "Application Support"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
