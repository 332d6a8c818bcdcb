"""The parts of scenes, as scripts that the page fetches when it needs them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from playground.core.feature import Feature, load, parts


def part_script(features: Iterable[Feature], part: str, weights: Path) -> str:
    """One part of the page as a script: what is opened from a disk may fetch nothing else.

    Raises:
        KeyError: when no scene has a part of this name.
    """
    scene, found = parts(features)[part]
    if found.made:
        content = load(found.made)(weights)
    else:
        content = json.loads((scene.folder / f"{part}.json").read_text(encoding="utf-8"))
    return f"playground.unpack({json.dumps(part)}, {json.dumps(content, ensure_ascii=False)});\n"
