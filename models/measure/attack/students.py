"""A class in front of the app: thirty browsers, each with its own address or its own seat."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import httpx

from models.measure.load.results import Result
from models.measure.load.sessions import Function, browser, carry_out, open_functions
from models.measure.load.text import read

Kind: TypeAlias = Literal["class", "apart"]
"""Where the attacker sits: behind the same address as an open class, or as one of many."""
KINDS: tuple[Kind, ...] = ("class", "apart")
COOKIE = "playground_class"
_TOKEN = re.compile(r"class/([A-Z]+)\?token=(.+)")


@dataclass(frozen=True, slots=True)
class Students:
    """Their browsers, the button that they press, and the code of their class, if they are one."""

    browsers: Sequence[httpx.AsyncClient]
    write: Function
    code: str

    async def write_together(self, first_seed: int, letters: int) -> list[Result]:
        """Everybody presses Write in the same moment, for texts that nobody has asked for yet."""
        asked = enumerate(self.browsers, start=first_seed)
        pressed = [
            carry_out(each, self.write, self.write.data(text_seed=seed, text_length=letters))
            for seed, each in asked
        ]
        answers = await asyncio.gather(*pressed)
        return [read(each, f"text {i}", letters) for i, each in enumerate(answers, first_seed)]


@asynccontextmanager
async def sitting(port: int, kind: Kind, count: int, opening: str = "") -> AsyncIterator[Students]:
    """So many students with the page open.

    Args:
        kind: "class" for members of one class behind one address, the attacker's; "apart" for
            one address each.
        opening: the code for opening classes, where the app asks for one.

    Raises:
        RuntimeError: when no class can be opened.
    """
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(browser(port))
        write = (await open_functions(first))["text_write"]
        code = await _open_class(first, opening) if kind == "class" else ""
        browsers = []
        for place in range(count):
            address = f"127.0.1.{place + 1}" if kind == "apart" else ""
            each = await stack.enter_async_context(browser(port, address=address))
            if code:
                each.headers["Cookie"] = f"{COOKIE}={code}-{await _join(each, code)}"
            browsers.append(each)
        yield Students(browsers, write, code)


async def _open_class(client: httpx.AsyncClient, opening: str) -> str:
    answer = await client.post("/class", data={"opening": opening})
    found = _TOKEN.search(answer.headers.get("location", ""))
    if found is None:
        raise RuntimeError(f"no class was opened: HTTP {answer.status_code}")
    return found[1]


async def _join(client: httpx.AsyncClient, code: str) -> str:
    """The student's token."""
    answer = await client.post("/join", json={"code": code})
    answer.raise_for_status()
    return str(answer.json()["token"])
