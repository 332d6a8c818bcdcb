"""Emoji and their names in other languages, in the words that the emoji world has read.

The models have read the Unicode names, in English. An emoji typed is its name; a name in another
language, with a colour or without, becomes the name that says the same; every other prompt stays as
it is. The names are those of CLDR, as the package `emoji` brings them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from models.datasets import split_words
from models.folding import plain, search_key

LANGUAGES = ("es", "zh", "fr", "de", "it", "pt", "tr", "id", "ru", "ja", "ko", "ar", "fa", "en")
"""Those of the page first: of what two languages call alike, the first one decides."""

_COLOURS: Mapping[str, str] = {
    "red": "large red circle/large red square",
    "orange": "large orange circle/large orange square/orange heart",
    "yellow": "large yellow circle/large yellow square/yellow heart",
    "green": "large green circle/large green square/green heart",
    "blue": "large blue circle/large blue square/blue heart",
    "purple": "large purple circle/large purple square/purple heart",
    "brown": "large brown circle/large brown square/brown heart",
    "black": "medium black circle/black large square/black heart",
    "white": "medium white circle/white large square/white heart",
}
"""What is of which colour: where the names of one shape differ, a language says the colour."""
_SMALL = frozenset(
    [
        *("un", "una", "uno", "une", "um", "uma", "ein", "eine", "een", "en", "the", "a", "an"),
        *("el", "la", "le", "les", "lo", "il", "o", "der", "die", "das", "de", "het", "den", "det"),
        *("des", "du", "di", "的", "个", "一个", "只", "一只", "の"),
    ]
)
_LONGEST = 60  # of what may be a name with a colour
_LEAST_STEM = 3  # letters that forms of one word begin with: rojo and roja
_PRESENTATION = re.compile("[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
"""How an emoji is to look, keys and tones of skin among it; the world knows one look of each."""
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]+")


def as_read(prompt: str, names: Collection[str], known: Collection[str]) -> str:
    """What the models of the emoji world are given for a prompt.

    Args:
        names: of all emoji of the world; without them no other language is looked for.
        known: the words that these hold.
    """
    said = spelled(prompt, names)
    if not names or _is_known(said, known):
        return said
    found = in_english(said)
    return found if found and _is_known(found, known) else said


def spelled(text: str, names: Collection[str] = ()) -> str:
    """A text in its plain form, with the Unicode name in the place of each emoji."""
    said = _FLAG.sub(" flag ", _PRESENTATION.sub("", text))
    pieces = [_name(c, names) or c for c in said]
    if pieces == list(said) == list(text):
        return plain(text)
    return " ".join(plain("".join(pieces).replace("\u200d", " ")).split())


def in_english(said: str) -> str:
    """The Unicode name of an emoji whose name in another language this is; "" for none.

    A name may have a colour of its language beside it.
    """
    key = _key(said)
    if not key or len(key) > _LONGEST:
        return ""
    languages = _languages()
    found = (language.named(key) for language in languages)
    coloured = (language.coloured(key) for language in languages)
    return next(filter(None, (*found, *coloured)), "")


@dataclass(frozen=True, slots=True)
class _Language:
    """Names and colours of one language by their keys; `spaced` where it parts words by spaces."""

    names: Mapping[str, str]
    colours: Mapping[str, str]
    spaced: bool

    def named(self, key: str) -> str:
        """The Unicode name of what has exactly this name."""
        return self.names.get(key, "")

    def coloured(self, key: str) -> str:
        """The same where a colour stands before or behind the name."""
        for noun, rest in self._parts(key):
            colour = self._colour(rest)
            if colour and noun in self.names:
                return f"{colour} {self.names[noun]}"
        return ""

    def _parts(self, key: str) -> Iterator[tuple[str, str]]:
        """A key as a name and the rest, the longest names first."""
        pieces = key.split() if self.spaced else list(key)
        glue = " " if self.spaced else ""
        for length in range(len(pieces) - 1, 0, -1):
            for first in range(len(pieces) - length + 1):
                rest = (*pieces[:first], *pieces[first + length :])
                yield glue.join(pieces[first : first + length]).strip(), glue.join(rest).strip()

    def _colour(self, rest: str) -> str:
        words = [word for word in rest.split() if word not in _SMALL]
        said = " ".join(words)
        if said in self.colours:
            return self.colours[said]
        if not self.spaced:
            return self.colours.get(said.strip("的色の "), "")
        alike = {colour for word, colour in self.colours.items() if _same_word(word, said)}
        return alike.pop() if len(alike) == 1 else ""


def _is_known(said: str, known: Collection[str]) -> bool:
    return all(word in known for word in split_words(said))


def _same_word(one: str, other: str) -> bool:
    """Whether two words are forms of one, as far as all but their last two letters tell."""
    stem = max(_LEAST_STEM, min(len(one), len(other)) - 2)
    return one[:stem] == other[:stem] and abs(len(one) - len(other)) <= 2


@cache
def _languages() -> tuple[_Language, ...]:
    """Cached: what the package says does not change under a running process."""
    return tuple(_language(names_in(language)) for language in LANGUAGES)


def names_in(language: str) -> dict[str, str]:
    """Unicode name -> name in a language, for all emoji of one character."""
    import emoji  # reads a megabyte, which only these few prompts need

    emoji.config.load_language(language)
    found: dict[str, str] = {}
    for sign, known in emoji.EMOJI_DATA.items():
        unicode_name = _unicode_name(sign)
        if unicode_name and language in known:
            said = known[language].strip(":").replace("_", " ")
            found.setdefault(unicode_name, said)
    return found


def _unicode_name(sign: str) -> str:
    """The name of an emoji of one character; "" for all others."""
    plain_sign = sign.replace("\ufe0f", "")
    return unicodedata.name(plain_sign, "").lower() if len(plain_sign) == 1 else ""


def _language(names: Mapping[str, str]) -> _Language:
    spaced = sum(" " in name for name in names.values()) > len(names) / 4
    by_key: dict[str, str] = {}
    for unicode_name, name in names.items():
        by_key.setdefault(_key(name), unicode_name)
    return _Language(by_key, _colours(names, spaced=spaced), spaced)


def _colours(names: Mapping[str, str], *, spaced: bool) -> dict[str, str]:
    """Word of a language -> colour: what the names of one shape in all colours do not share."""
    found: dict[str, str] = {}
    for shape in range(2):
        said = {c: _key(names.get(n.split("/")[shape], "")) for c, n in _COLOURS.items()}
        parts = {c: name.split() if spaced else list(name) for c, name in said.items() if name}
        shared = set.intersection(*(set(words) for words in parts.values())) if parts else set()
        for colour, words in parts.items():
            word = (" " if spaced else "").join(w for w in words if w not in shared)
            if word:
                found.setdefault(word, colour)
    return found


def _name(character: str, names: Collection[str]) -> str:
    """The name of an emoji, with room around it; "" for any other character."""
    if character.isascii():
        return ""
    name = unicodedata.name(character, "").lower()
    is_emoji = name in names or (unicodedata.category(character) == "So" and character > "\u2190")
    return f" {name} " if name and is_emoji else ""


def _key(name: str) -> str:
    signs = (" " if unicodedata.category(c)[0] in "PS" else c for c in search_key(name))
    return " ".join("".join(signs).split())
