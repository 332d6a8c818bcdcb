"""Files that browsers fetch by name: where they lie, what is sent, and under which address.

Scripts are modules. Those that every page holds, the kit, stand inline in it; a script that is
fetched later is linked with all that it imports besides the kit.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from playground.web import linker

PLAYGROUND = Path(__file__).parents[1]
FEATURES = PLAYGROUND / "features"
WEB = PLAYGROUND / "web"
KIT = WEB / "kit"
PAGE = KIT / "page.js"
"""What every page of ours begins with; it and all that it imports are on the page."""
SHIPPED = "/shipped/"
"""Where our own files are served that the page does not hold itself."""
PACK_ADDRESS = f"{SHIPPED.lstrip('/')}pack/"
"""Where the parts of scenes are, from the first page."""


@cache
def held() -> frozenset[Path]:
    """The modules that every page holds."""
    return frozenset(linker.modules(PAGE))


@cache
def script(file: Path) -> str:
    """A script as it is sent to a page that holds the kit."""
    return linker.link(file, held=held())


def content(file: Path) -> bytes:
    """What is sent of a file: scripts linked, all others as they are."""
    return script(file).encode() if file.suffix == ".js" else file.read_bytes()


def address(file: Path) -> str:
    """Where the browser finds a file; it changes with what is sent, "" for none."""
    if not file.is_file():
        return ""
    version = hashlib.sha256(content(file)).hexdigest()[:8]
    return f"{SHIPPED.lstrip('/')}{file.name}?v={version}"


def inline(text: str) -> str:
    """An element that runs a script; in one of its own, its faults leave others alone."""
    return f"<script>{_known(text)}</script>"


def waiting(text: str, attributes: str) -> str:
    """An element that holds a script as text, until the page runs it.

    Args:
        attributes: of the element, escaped already.
    """
    return f'<script type="text/plain" {attributes}>{_known(text)}</script>'


def hashes(html: str) -> Iterator[str]:
    """Of the scripts in a page those hashes that browsers know them by (CSP, level 2).

    Only what went through `inline` and `waiting` counts, however else it came to stand there.
    """
    for found in _IN_PAGES.finditer(html):
        if (name := _hash(found[1])) in _hashes:
            yield name


_IN_PAGES = re.compile(r'<script(?: type="text/plain"[^>]*)?>(.*?)</script>', re.DOTALL)
_hashes: set[str] = set()
"""Of all scripts that pages have held since the app began."""


def _known(text: str) -> str:
    if "</script" in text or "<!--" in text:
        raise ValueError("This text would end the element that holds it.")
    _hashes.add(_hash(text))
    return text


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def scripts(*files: Path) -> str:
    """The kit, and then each script in an element of its own; they stand behind `#front`."""
    shared = [part for file in files for part in linker.modules(file) if part.parent == KIT]
    known = frozenset(linker.modules(PAGE, *shared))
    kit = inline(linker.link(PAGE, *shared))
    return kit + "".join(inline(linker.link(file, held=known)) for file in files)
