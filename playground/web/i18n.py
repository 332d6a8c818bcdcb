"""The page's words in other languages: one catalogue for each, from English to that language.

English stands where it is needed, whole sentences each, and is the key; what changes within one has
a name in braces, such as “seed {seed}”. Gradio's components get their words by `gr.I18n`
(`site.py`); all others, which handlers and scripts write, are found in the same catalogue by
`kit/i18n.js` when they come onto the page. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from html import escape

from playground.web.assets import WEB, address

FOLDER = WEB / "locales"
NO_SCRIPT = (
    "The Generative Playground sets small generative models side by side and measures them. It "
    "needs JavaScript, which is switched off here: switch it on and load the page again."
)


@cache
def catalogues() -> Mapping[str, Mapping[str, str]]:
    """Language (BCP 47) -> English -> that language."""
    files = sorted(FOLDER.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


@cache
def phrases() -> Collection[str]:
    """What every language has words for."""
    return frozenset.intersection(*(frozenset(one) for one in catalogues().values()))


def attribute(root: str = "") -> str:
    """What tells `i18n.js` where it finds each catalogue; for the element `#front` of a page.

    Args:
        root: the way from the page's base address to the first page.
    """
    found = {code: f"{root}{address(FOLDER / f'{code}.json')}" for code in catalogues()}
    return f'data-words="{escape(json.dumps(found))}"'


@cache
def without_scripts() -> str:
    """What a page says where scripts are switched off; in every language, as scripts choose one."""
    said = {"en": NO_SCRIPT} | {code: words[NO_SCRIPT] for code, words in catalogues().items()}
    lines = (f'<p class="notice" lang="{code}">{escape(text)}</p>' for code, text in said.items())
    return f"<noscript>{''.join(lines)}</noscript>"
