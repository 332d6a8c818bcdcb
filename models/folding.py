"""Text as people type it, folded: what is the same for them is the same for what reads it. Pure.

Keyboards, phones and other programs write ’ where a book has ', full-width digits, letters put
together from two characters. Whoever reads words, numbers or codes asks here, so that each of these
is known in one place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

MOST_CHANGES = 6
"""So many kinds of changed signs are said, the first ones."""
_ALIKE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys("’‘‚‛′´`ʼ", ("'",)),
    **dict.fromkeys('"“”„‟″«»「」『』〝〞', ('"', "'")),
    **dict.fromkeys("‹›", ("'", '"')),
    **dict.fromkeys("‐‑‒–−﹣", ("-",)),
    **dict.fromkeys("—―", ("--", "-")),
    "…": ("...",),
    "。": (".",),
    "、": (",",),
    "\t": (" ",),
    **dict.fromkeys(("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"), ("\n", " ")),
}
"""What may stand for a sign where that itself is not known, the best first."""
_CLUSTER = re.compile("\r\n|[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")
"""A letter with the marks over and under it."""
_MARK = re.compile("[\u0300-\u036f]+")
_SEEN: Mapping[str, str] = {" ": "␣", "\n": "↵", "": "∅"}


def plain(text: str) -> str:
    """Words, numbers and codes in one form: composed, of usual width, with the digits 0 to 9.

    What cannot be seen, such as marks of direction, is left out (NFKC, UAX #15).
    """
    if text.isascii():
        return text
    shown = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
    return unicodedata.normalize("NFC", shown)


def number(value: object) -> float:
    """A number as it was typed, in the digits of any script; errors are those of `float`."""
    return float(plain(value) if isinstance(value, str) else value)  # type: ignore[arg-type]


def search_key(text: str) -> str:
    """A text for looking for words in it: plain, without regard to case and accents."""
    if text.isascii():
        return text.lower()
    bare = _MARK.sub("", unicodedata.normalize("NFKD", plain(text).casefold()))
    return unicodedata.normalize("NFC", bare)


def fold(text: str, alphabet: str) -> str:
    """A text in the characters of an alphabet, as far as these can say it.

    A character that the alphabet has is never touched, and one for which it has nothing stays.

    Args:
        alphabet: every character that can be read; "" where any can be.
    """
    if not alphabet or _known(alphabet).issuperset(text):
        return text
    return "".join(written for _, written in _pieces(text, alphabet))


def changes(text: str, alphabet: str) -> dict[str, str]:
    """What `fold` makes of which signs of a text, in the order of the text."""
    if not alphabet or _known(alphabet).issuperset(text):
        return {}
    same = unicodedata.normalize
    return {old: new for old, new in _pieces(text, alphabet) if same("NFC", old) != new}


def note(text: str, alphabet: str) -> str:
    """A sentence for the card about what was read otherwise than it was typed; "" for nothing."""
    found = changes(text, alphabet)
    said = [f"{_visible(old)} → {_visible(new)}" for old, new in found.items()]
    if not said:
        return ""
    more = ", …" if len(said) > MOST_CHANGES else ""
    listed = ", ".join(said[:MOST_CHANGES]) + more
    return f"Its book lacks some of your signs, so it reads others: {listed}."


def unreadable(text: str, alphabet: str) -> list[str]:
    """The characters of a text that an alphabet lacks, each once, in the order of the text."""
    return list(dict.fromkeys(c for c in text if c not in _known(alphabet))) if alphabet else []


def readable(text: str, alphabet: str) -> str:
    """A text without the characters that an alphabet lacks."""
    return "".join(c for c in text if c in _known(alphabet)) if alphabet else text


def visible(character: str) -> str:
    """A character as it can be named in a sentence."""
    return character if character.isprintable() else f"U+{ord(character):04X}"


@cache
def _known(alphabet: str) -> frozenset[str]:
    return frozenset(alphabet)


def _pieces(text: str, alphabet: str) -> Iterator[tuple[str, str]]:
    """Each sign of a text, and what is read in its place."""
    known = _known(alphabet)
    for cluster in _CLUSTER.findall(text):
        yield cluster, cluster if known.issuperset(cluster) else _said(cluster, known)


def _said(cluster: str, known: frozenset[str]) -> str:
    """The first that stands for a sign and is known; the sign in its composed form for none."""
    composed = unicodedata.normalize("NFC", cluster)
    forms = (composed, *_ALIKE.get(composed, ()), plain(composed), composed.lower())
    by_parts = ("".join(_one(part, known) for part in form) for form in forms)
    return next((form for form in (*forms, *by_parts) if known.issuperset(form)), composed)


def _one(character: str, known: frozenset[str]) -> str:
    choices = (character, *_ALIKE.get(character, ()), character.lower())
    return next((choice for choice in choices if known.issuperset(choice)), character)


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Zs":
        return " "
    joins = character == "\u200d"  # the parts of an emoji
    return "" if kind == "Cf" and not joins else character


def _visible(sign: str) -> str:
    if sign in _SEEN:
        return _SEEN[sign]
    if sign.isprintable() and not sign.isspace():
        return sign
    return " ".join(f"U+{ord(c):04X}" for c in sign)
