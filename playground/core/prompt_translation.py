"""The words of the digits world in other languages: what is asked for in them, said in English.

The models have read English captions alone. A prompt in Spanish or Chinese that names a digit and
its colours, and nothing else, becomes the caption that says the same; every other prompt stays as
it is, in its plain form (`models/folding.py`): a digit is the same in every script. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from models.datasets import Concept
from models.folding import plain


class Named(NamedTuple):
    """What a prompt names; None for what it leaves open."""

    digit: int | None = None
    ink: str | None = None
    paper: str | None = None


SPANISH_DIGITS: Mapping[str, int] = {
    word: digit
    for digit, word in enumerate(
        ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
    )
}
SPANISH_COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("rojo", "roja"), "red"),
    **dict.fromkeys(("naranja", "anaranjado", "anaranjada"), "orange"),
    **dict.fromkeys(("amarillo", "amarilla"), "yellow"),
    "verde": "green",
    "azul": "blue",
    **dict.fromkeys(("morado", "morada", "púrpura", "purpura", "violeta"), "purple"),
    **dict.fromkeys(("blanco", "blanca"), "white"),
    **dict.fromkeys(("negro", "negra"), "black"),
}
CHINESE_DIGITS: Mapping[str, int] = {
    **{word: digit for digit, word in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "两": 2,
    "兩": 2,
}
CHINESE_COLOURS: Mapping[str, str] = {
    **dict.fromkeys("红紅", "red"),
    **dict.fromkeys("橙橘", "orange"),
    **dict.fromkeys("黄黃", "yellow"),
    **dict.fromkeys("绿綠", "green"),
    **dict.fromkeys("蓝藍", "blue"),
    "紫": "purple",
    "白": "white",
    "黑": "black",
}
_SPANISH_GROUND = frozenset({"fondo", "sobre", "papel"})
_SPANISH_SMALL = frozenset(
    {"un", "una", "el", "la", "de", "en", "con", "color", "número", "numero", "dígito", "digito"}
)
_HUES = "".join(CHINESE_COLOURS)
_CHINESE = re.compile(
    rf"(?P<ground>[{_HUES}])色?的?(?:背景|底色|底|纸|紙)|(?P<hue>[{_HUES}])色?"
    rf"|(?P<small>一[个個]|[个個]|数字|數字|在|上|的|和|写着|寫著|字|[，,、。.\s])"
    rf"|(?P<digit>[{''.join(CHINESE_DIGITS)}0-9])"
)


def as_read(prompt: str, ink: str = "", paper: str = "") -> str:
    """What the models of the digits world are given for a prompt, in whatever language it is."""
    return in_english(prompt, ink, paper) or plain(prompt)


def in_english(prompt: str, ink: str = "", paper: str = "") -> str:
    """The English caption for a prompt in another language; "" where it is not understood.

    Args:
        ink: the colour of the digit where the prompt names none, "" if it has to.
        paper: the same for the background.
    """
    said = plain(prompt).casefold()
    for read in _READERS:
        named = read(said)
        if named is None or named.digit is None:
            continue
        colours = named.ink or ink, named.paper or paper
        if all(colours) and colours[0] != colours[1]:
            return Concept(named.digit, *colours).caption
    return ""


def read_spanish(prompt: str) -> Named | None:
    """What a prompt in Spanish names, as “un siete rojo sobre fondo negro”; None if it is none.

    Args:
        prompt: in lower case and in plain form, as `in_english` has it read.
    """
    named: Named | None = Named()
    ground, spoken = False, False
    for word in re.findall(r"\w+", prompt):
        if word in _SPANISH_GROUND:
            ground = True
        elif colour := SPANISH_COLOURS.get(word):
            named, ground = _coloured(named, colour, ground=ground), False
        elif word in SPANISH_DIGITS or (word.isdecimal() and len(word) == 1):
            named = _counted(named, SPANISH_DIGITS.get(word, _number(word)))
        elif word not in _SPANISH_SMALL:
            return None
        spoken = spoken or not word.isdecimal()
    return named if spoken else None


def read_chinese(prompt: str) -> Named | None:
    """What a prompt in Chinese names, as “黑底红色的七”; None if it is none.

    Args:
        prompt: in plain form.
    """
    named: Named | None = Named()
    end = 0
    for found in _CHINESE.finditer(prompt):
        if found.start() != end:
            return None
        end = found.end()
        if found["digit"]:
            named = _counted(named, CHINESE_DIGITS.get(found[0], _number(found[0])))
        elif not found["small"]:
            colour = CHINESE_COLOURS[found[0][0]]
            named = _coloured(named, colour, ground=bool(found["ground"]))
    spoken = end == len(prompt) and not prompt.isascii()
    return named if spoken else None


def _coloured(named: Named | None, colour: str, *, ground: bool) -> Named | None:
    """With one more colour; None where its place is taken."""
    if named is None or (named.paper if ground else named.ink):
        return None
    return named._replace(paper=colour) if ground else named._replace(ink=colour)


def _counted(named: Named | None, digit: int | None) -> Named | None:
    return None if named is None or named.digit is not None else named._replace(digit=digit)


_READERS: tuple[Callable[[str], Named | None], ...] = (read_spanish, read_chinese)


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() else None
