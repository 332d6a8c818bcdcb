"""JSON as requests bring it: in a limited length, plain, and refused in a sentence otherwise."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

import anyio.to_thread
from starlette.requests import Request

T = TypeVar("T")
MOST_BYTES = 64 * 1024
"""Of a request to an address of ours that says nothing else."""
TOO_LONG = "This request is too long."
DEEPEST = 24  # lists and objects within each other
MOST_VALUES = 10_000
"""Lists, objects, and what is in them; the page sends some dozens."""
SHORT_BYTES = 16 * 1024
"""What is read at once; longer JSON is read on a thread, while others are answered."""
LONGEST_NUMBER = 400  # digits; Python needs the square of their number in time


class Refused(ValueError):
    """A request that stays outside; the message is a sentence."""

    def __init__(self, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


async def json_body(request: Request) -> Any:
    """The request's JSON; ValueError in words when it is none.

    It must say that it is JSON: so pages of other sites cannot send it without being asked.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ValueError("This request is no JSON.")
    body = await request.body()
    return await aside(plain_json, body)


async def aside(read: Callable[[bytes], T], body: bytes) -> T:
    """What is read of a body: on a thread, unless it is short."""
    return read(body) if len(body) <= SHORT_BYTES else await anyio.to_thread.run_sync(read, body)


def plain_json(body: bytes) -> Any:
    """What JSON says; `Refused` for what only Python's reader takes, and what nobody can write.

    That is NaN and what is too large for a number, halves of characters, and endless nesting.
    """
    try:
        content = json.loads(
            body.decode(), parse_constant=_refuse, parse_float=_finite, parse_int=_short
        )
    except Refused:
        raise
    except (ValueError, RecursionError):
        raise Refused("This request is no JSON.", 400) from None
    for value, depth in walk(content):
        if depth > DEEPEST:
            raise Refused("This request is nested too deeply.")
        if isinstance(value, str) and not value.isascii():
            _check_text(value)
    return content


def walk(content: Any, most: int = MOST_VALUES) -> Iterator[tuple[Any, int]]:
    """Everything inside, with its depth; the names of fields too. `Refused` if it is too much."""
    left, found = [(content, 0)], 1
    while left:
        value, depth = left.pop()
        yield value, depth
        if isinstance(value, (dict, list)):
            found += len(value)
            if found > most:
                raise Refused(f"This request holds more than {most:,} values.")
        if isinstance(value, dict):
            left.extend((inside, depth + 1) for pair in value.items() for inside in pair)
        elif isinstance(value, list):
            left.extend((inside, depth + 1) for inside in value)


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused("This request holds half of a character, which nobody can write.") from None


def _refuse(constant: str) -> NoReturn:
    raise Refused(f"This request holds a number that is none: {constant}.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _refuse(digits[:20])
    return number


def _short(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise Refused(f"A number in this request has more than {LONGEST_NUMBER} digits.")
    return int(digits)
