"""Who asks: an unguessable id that the browser made for itself, and sends as a cookie.

It is made by `web/kit/page.js` when somebody first presses something, and says nothing about
anybody but that two requests come from the same browser. Whoever knows an id may read what is kept
under it, so it is never shown, logged or sent anywhere else. Fair turns are another matter: there,
one open page is one visitor (`wiring.visitor_of`).
"""

from __future__ import annotations

import re
from typing import Any

COOKIE = "playground_visitor"
DIGITS = 32
"""Hexadecimal ones: 128 bits, which nobody guesses."""

_ID = re.compile(rf"[0-9a-f]{{{DIGITS}}}", re.ASCII)


def id_of(request: Any) -> str:
    """The visitor id of a request; "" when it has none, or one that is malformed.

    Args:
        request: Starlette's, or Gradio's, which hands cookies on as an object of its own.
    """
    cookies = getattr(request, "cookies", None)
    found = cookies.get(COOKIE, "") if cookies is not None else ""
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""
