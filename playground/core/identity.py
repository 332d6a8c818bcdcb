"""Who asks: an unguessable id that the browser made for itself, and sends as a cookie.

It is made by `web/kit/page.js` when somebody first presses something, and says nothing about
anybody but that two requests come from the same browser. Whoever knows an id may read what is kept
under it, so it is never shown, logged or sent anywhere else. Nor is an id taken from elsewhere: a
site beside ours may plant a cookie for both, but over https none whose name begins as that of
`SECURE_COOKIE` does, and there no other is read. Fair turns are another matter: there,
one open page is one visitor (`visitor_of`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")

TOO_MANY_HERE = "Too much is asked for from your network at once. Please try again in a minute."
"""What a client hears that asks for more than is one client's."""

COOKIE = "playground_visitor"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Its name over https: browsers take such a name from the very host alone (RFC 6265bis, 4.1.3)."""
DIGITS = 32
"""Hexadecimal ones: 128 bits, which nobody guesses."""

_ID = re.compile(rf"[0-9a-f]{{{DIGITS}}}", re.ASCII)
NETWORK_BITS = 64
"""Of an address of version 6: the rest of it a device chooses, and chooses anew when it likes."""
_address: ContextVar[str] = ContextVar("address", default="")
_cookies: ContextVar[Mapping[str, str]] = ContextVar("cookies", default=MappingProxyType({}))


def id_of(request: Any) -> str:
    """The visitor id of a request; "" when it has none, or one that is malformed.

    Args:
        request: Starlette's, or Gradio's, which hands cookies on as an object of its own.
    """
    cookies = getattr(request, "cookies", None)
    if cookies is None:
        return ""
    names = (SECURE_COOKIE,) if _is_secure(request) else (SECURE_COOKIE, COOKIE)
    found = next((cookies.get(name) for name in names if name in cookies), "")
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def _is_secure(request: Any) -> bool:
    """Whether a request came over https, as far as it says; Gradio's may say nothing of it."""
    try:
        return str(request.url.scheme) == "https"
    except (AttributeError, KeyError):
        return False


def visitor_of(request: Any) -> str:
    """Who asks, as far as fairness is concerned: one open page is one visitor.

    Args:
        request: Gradio's.
    """
    session = request.session_hash
    return f"session:{session}" if session else "somebody"


def visitor_named(name: str) -> str:
    """The same for a page of ours that has named itself.

    Each kind of name has a beginning of its own: those of visitors within the app, such as a class,
    have none, so nobody takes their turns, or stops their runs, by naming one.
    """
    return f"page:{name}"


def network_of(connection: Any) -> str:
    """The address that a request comes from, and of version 6 its network; "" where it has none.

    Args:
        connection: Starlette's request.
    """
    client = getattr(connection, "client", None)
    try:
        number = ip_number(client.host if client else "")
    except ValueError:
        return ""
    if isinstance(number, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((number, NETWORK_BITS), strict=False))
    return str(number)


def ip_number(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address; of version 4 also where it is written as one of version 6.

    Raises:
        ValueError: when it is none.
    """
    number = ipaddress.ip_address(address)
    return getattr(number, "ipv4_mapped", None) or number


@contextmanager
def _during(variable: ContextVar[T], value: T) -> Iterator[None]:
    before = variable.set(value)
    try:
        yield
    finally:
        variable.reset(before)


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """Let `address` know, for as long as a request is worked on, where it came from.

    Threads that are started for a request inherit it.
    """
    with _during(_address, address):
        yield


def address() -> str:
    """Where whoever is being served on this thread asks from; "" where that is not known."""
    return _address.get()


@contextmanager
def being_served(cookies: Mapping[str, str]) -> Iterator[None]:
    """Let `cookie` know, for as long as a request is worked on, what its browser sent.

    Threads that are started for a request inherit it.
    """
    with _during(_cookies, cookies):
        yield


def cookie(name: str) -> str:
    """A cookie of whoever is being served on this thread; "" where there is none."""
    found = _cookies.get().get(name, "")
    return found if isinstance(found, str) else ""
