"""Faults of what stands behind, answered in a sentence, and one line of the log each.

A request of eighty bytes at which Gradio stumbles would write seven thousand of traceback, with
what was asked for in it. Of its faults the log has the kind and the place; of our own the whole
traceback, but the same one once a minute.
"""

from __future__ import annotations

import logging
import time
import traceback
from pathlib import Path

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.core.logs import summary

SENTENCE = "This request could not be answered. What it asks for may be misspelt, or not be here."
SAID_SECONDS = 60.0
_MOST_PLACES = 200
_PACKAGE = Path(__file__).parents[1]
_PASSED_ON = ("/starlette/", "/fastapi/", "/gradio/", "/uvicorn/")

log = logging.getLogger(__name__)
others = logging.getLogger("gradio")


class Faults:
    """Stands in front of everything, and lets nothing but answers out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.said: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            self._say(error)
            if not begun:
                await JSONResponse({"detail": SENTENCE}, 500)(scope, receive, send)

    def _say(self, error: Exception) -> None:
        """Log an error, if that has not just been done."""
        told, now = summary(error), time.monotonic()
        if now - self.said.get(told, -SAID_SECONDS) < SAID_SECONDS:
            return
        if len(self.said) >= _MOST_PLACES:
            self.said.clear()
        self.said[told] = now
        if _is_ours(error):
            log.error("a request failed: %s", told, exc_info=error)
        else:
            others.warning("a request failed: %s", told)


def _is_ours(error: BaseException) -> bool:
    """Whether the last of our code that ran was more than a layer that passed the request on."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        name = Path(frame.filename).as_posix()
        if any(part in name for part in _PASSED_ON):
            return False
        if _PACKAGE in Path(frame.filename).parents:
            return True
    return False
