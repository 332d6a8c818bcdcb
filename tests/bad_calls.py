"""Bad calls by the thousand: what people, programs and attackers may send, decided by a seed.

Nothing here knows what the right answer is; `test_bad_input.py` does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARKUP = (
    "<script>owned()</script>",
    "<img src=x onerror=owned()>",
    '"><svg/onload=owned()>',
    "</textarea><iframe src='javascript:owned()'></iframe>",
    "</script><script>owned()</script>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "[a](javascript:owned())",
)
PATHS = (
    "../../etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "..\\..\\windows\\win.ini",
    "%2e%2e/%2e%2e/etc/passwd",
    "/proc/self/environ",
    "models/weights/../../app.py",
    "gan\0.safetensors",
)
UNICODE = (
    "\ud800",
    "a\udfffb",
    "\udcff\udc80",
    "\0",
    "\x00\x01\x02\x1b[31m\x7f\x85",
    "\u202eno ton si siht\u202c",
    "\u2066\u2067\u2068\u2069",
    "e" + "\u0301" * 300,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\ufe0f",
    "\ufeff\u200b\u2060\xad",
    "\u2028\u2029\r\n\v\f",
    "שלום العالم",
    "ﷺ" * 40,
    "\uffff\ufffe\U0010ffff",
    "𝓡𝓞𝓜𝓔𝓞",
    "漢字かな한글",
    "ı İ ß ſ ŉ",
)
NUMBERS: tuple[Any, ...] = (
    *(float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 5e-324, -0.0, 0.1, 2.5),
    *(-1, 0, 17, 2**31, 2**32, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400),
    *(True, False, None),
)
WORDS = (
    *("7", "٧", "1e9", "0x10", "NaN", "Infinity", "-1", "9" * 5_000, "1_0", " 3 ", ""),
    *("Stop", "Write", "null", "undefined", "gan", "char_lstm", "no_such_model", "__proto__"),
    *("red", "RED", "a red seven", "'; DROP TABLE runs; --", "$(id)", "`id`", "|id", "\\", "%s%n"),
)
LONG = (" " * 301, "a" * 2_001, "ab " * 3_400, "\U0001f600" * 10_001)
ENORMOUS = "m" * 1_000_000


def nested(depth: int, inside: Any = 0) -> Any:
    """A list in a list in a list."""
    for _ in range(depth):
        inside = [inside]
    return inside


def file_dict(path: str, **more: Any) -> dict[str, Any]:
    """What Gradio takes for a file of the visitor's."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


@dataclass(frozen=True, slots=True)
class Oddities:
    """Makes one odd value after another.

    Args:
        trap: an address that nobody must ever be made to fetch.
    """

    rng: random.Random
    trap: str

    def value(self) -> Any:
        """Anything that JSON can hold and Python's can write: NaN and halves of characters too."""
        rng = self.rng
        kind = rng.randrange(10)
        if kind < 3:
            return rng.choice(NUMBERS)
        if kind == 3:
            return self.number()
        if kind < 7:
            return self.text()
        return self.structure()

    def number(self) -> Any:
        """A number of any size, whole or not."""
        rng = self.rng
        size = rng.choice((1, 10, 1_000, 2**33, 10**25))
        return rng.choice((rng.randint(-size, size), rng.uniform(-size, size)))

    def text(self) -> str:
        """Text of a kind that something might stumble over."""
        rng = self.rng
        if rng.random() < 0.25:
            return "".join(
                chr(rng.choice((rng.randrange(256), rng.randrange(0x110000))))
                for _ in range(rng.randrange(1, 40))
            )
        if rng.random() < 0.004:
            return ENORMOUS
        kind = rng.choice((MARKUP, PATHS, UNICODE, UNICODE, WORDS, WORDS, LONG))
        return rng.choice(kind)

    def structure(self) -> Any:
        """Lists and objects where none belongs."""
        rng = self.rng
        return rng.choice(
            (
                lambda: [],
                lambda: {},
                lambda: [self.value()],
                lambda: {self.text(): self.value()},
                lambda: nested(rng.choice((2, 50, 200, 400))),
                lambda: file_dict(rng.choice(PATHS)),
                lambda: file_dict(f"{self.trap}/path"),
                lambda: file_dict(
                    "x.png", url=f"{self.trap}/url", orig_name="../../x.png", size=-1
                ),
                lambda: [file_dict(rng.choice(PATHS)), {"url": f"{self.trap}/list"}],
                lambda: {
                    "__type__": "update",
                    "value": rng.choice(MARKUP),
                    "choices": [["a", "b"]],
                },
                lambda: {"__class__": "os", "constructor": {"prototype": {"x": 1}}},
                lambda: {"background": file_dict("/etc/passwd"), "layers": [], "composite": None},
            )
        )()

    def spoilt(self, good: Sequence[Any]) -> list[Any]:
        """A list of arguments with some of them replaced, missing, doubled or added."""
        rng, values = self.rng, list(good)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            how = rng.random()
            if values and how < 0.85:
                values[rng.randrange(len(values))] = self.value()
            elif values and how < 0.9:
                del values[rng.randrange(len(values))]
            elif how < 0.95:
                values.insert(rng.randrange(len(values) + 1), self.value())
            else:
                rng.shuffle(values)
        return values

    def spoilt_object(self, good: Mapping[str, Any]) -> dict[str, Any]:
        """An object with some fields replaced, missing or added."""
        rng, content = self.rng, dict(good)
        for _ in range(rng.choice((1, 1, 2, 3))):
            how, field = rng.random(), rng.choice(list(content) or ["x"])
            if how < 0.8:
                content[field] = self.value()
            elif how < 0.9:
                content.pop(field, None)
            else:
                content[self.text()] = self.value()
        return content

    def garbage(self, good: bytes) -> bytes:
        """Bytes that are no JSON, or not quite."""
        rng = self.rng
        cut = rng.randrange(len(good) + 1)
        return rng.choice(
            (
                good[:cut],
                good[:cut] + rng.randbytes(3) + good[cut:],
                good + good,
                b"[" * 100_000,
                b"[" * 5_000 + b"]" * 5_000,
                good.replace(b"[", b"[" * 900 + b"]" * 899 + b",", 1),
                b'{"a":' * 20_000,
                b"\xff\xfe" + good,
                good.replace(b'"', b"'"),
                b"",
                b"null",
                rng.randbytes(200),
            )
        )


def written(content: Any) -> bytes:
    """JSON as Python writes it, with NaN and halves of characters."""
    return json.dumps(content).encode()
