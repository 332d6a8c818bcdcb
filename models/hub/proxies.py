"""The proxies that the surrounding system names: used where they can be, set aside where not.

Libraries read these variables when they are imported, or at their first request, and raise at
once for a proxy whose kind they do not know, also where nothing is to be asked through it. Desktops
name such proxies without anybody having asked for them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import MutableMapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from models.hub.sentences import GO_ON

logger = logging.getLogger(__name__)

OWN = ("localhost", "127.0.0.1", "::1", "::")
"""What is on this machine, and is asked without a proxy: the app asks itself when it starts."""
_FOR = ("http", "https", "all")
_EXCEPT = "no"
_WEB, _SOCKS = ("http", "https"), ("socks5", "socks5h")
_DESKTOPS = "socks"  # what GNOME writes for SOCKS of version 5
_SOCKS_PACKAGE = "socksio"
_unusable: dict[str, str] = {}


def prepare(environment: MutableMapping[str, str] | None = None, also: str = "") -> None:
    """Take out the proxies that nobody could use, each with a line in the log.

    Args:
        environment: that of this process, unless said.
        also: one more host that is this machine.
    """
    given = os.environ if environment is None else environment
    for name in [name for name in given if _kind(name) in _FOR]:
        usable, why = _checked(given[name].strip())
        if why:
            _unusable[name] = why
            logger.warning("%s names a proxy that cannot be used: %s. It is left out.", name, why)
            del given[name]
        elif usable != given[name]:
            given[name] = usable
    _leave_out_own(given, also)


def complaint() -> str:
    """Why nothing can be had from the hub's servers, as a sentence; "" where nothing speaks so.

    Whoever names a proxy does not want to be connected without one.
    """
    ways = {_kind(name) for name, value in os.environ.items() if value}
    for kind in ("https", "all"):
        if kind in ways:
            return ""
        for name, why in _unusable.items():
            if _kind(name) == kind:
                return f"The proxy that {name} names cannot be used: {why}. {GO_ON}."
    return ""


def _kind(name: str) -> str:
    """What a variable is for: "http", "https", "all", "no"; "" for one that names no proxy."""
    start, _, end = name.lower().partition("_")
    return start if end == "proxy" and start in {*_FOR, _EXCEPT} else ""


def _checked(address: str) -> tuple[str, str]:
    """An address as libraries can read it, and what speaks against it."""
    whole = address if "://" in address or not address else f"http://{address}"
    try:
        parts = urlsplit(whole)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "", "it is no address"
    if not address:
        return "", ""
    if not host or not whole.isascii() or not whole.isprintable() or " " in whole:
        return "", "it is no address"
    scheme = _SOCKS[0] if parts.scheme == _DESKTOPS else parts.scheme
    if scheme not in {*_WEB, *_SOCKS}:
        return "", f"“{scheme}” is no kind of proxy that is known here"
    if scheme in _SOCKS and find_spec(_SOCKS_PACKAGE) is None:
        return "", f"it speaks SOCKS, for which the package {_SOCKS_PACKAGE} is missing"
    return f"{scheme}://{whole.partition('://')[2]}" if scheme != parts.scheme else address, ""


def _leave_out_own(given: MutableMapping[str, str], also: str) -> None:
    """Name this machine among the hosts that are asked without a proxy."""
    if not any(_kind(name) in _FOR for name in given):
        return
    names = [name for name in given if _kind(name) == _EXCEPT]
    listed = [each for name in names for each in map(_host, given[name].split(",")) if each]
    hosts = dict.fromkeys([*listed, *OWN, *filter(None, [_host(also)])])
    for name in names or ["NO_PROXY"]:  # urllib reads the one in small letters, if there is one
        given[name] = ",".join(hosts)


def _host(listed: str) -> str:
    """One host of a list as httpx reads it: without brackets; "" for what is none."""
    host = listed.strip().replace("[", "").replace("]", "")
    return host if host.isascii() and host.isprintable() and " " not in host else ""
