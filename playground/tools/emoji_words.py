"""The names of the world's emoji in other languages, out of the data's `emoji_names.json.gz`.

python -m playground.tools.emoji_words
"""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from models import checkpoint, console, datasets
from playground.web.emoji_words import FILE, UNICODE

SOURCE = "emoji_names.json.gz"
LANGUAGES = (
    *("es", "zh", "fr", "de", "it", "pt", "nl", "sv", "pl", "tr"),
    *("id", "fi", "ru", "ja", "ko", "ar", "hi", "vi", "sw", "en"),
)
"""Those of the page first: of what two languages call alike, the first one decides."""


def table(rows: Mapping[str, Mapping[str, str]], names: list[str]) -> dict[str, list[str]]:
    """Language -> names, in the order of those that the models have read; without keys of phones.

    Args:
        rows: emoji -> language -> name.
        names: Unicode names, in lower case.
    """
    plain = {emoji.replace("\ufe0f", ""): said for emoji, said in rows.items()}
    named = {unicodedata.name(e, "").lower(): said for e, said in plain.items() if len(e) == 1}
    kept = [name for name in names if name in named]
    said = {code: [named[name].get(code, "") for name in kept] for code in LANGUAGES}
    return {UNICODE: kept, **said}


def main() -> None:
    """Write the file anew; needs the data."""
    console.write_anything()
    content: dict[str, Any] = json.loads(gzip.decompress(datasets.path_of(SOURCE).read_bytes()))
    names = json.loads(
        (checkpoint.folder("diffusion_emoji") / checkpoint.NAMES_FILE).read_text(encoding="utf-8")
    )
    lines = [
        f"{json.dumps(code)}: {json.dumps(said, ensure_ascii=False)}"
        for code, said in table(content["plain"], names).items()
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
