"""Where the app listens, as Gradio's variables say: checked in words before anything is built."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from urllib.parse import urlsplit

from models.hub import proxies
from playground.server import forwarded
from playground.server.site_address import ADDRESS, ROOT, whole

NAME, PORT, TEMP = "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_TEMP_DIR"
_LOCAL = "127.0.0.1"
_NUMBERS = {
    PORT: (1, 65_535),
    "GRADIO_NUM_PORTS": (1, 65_535),
    "GRADIO_NODE_NUM_PORTS": (1, 65_535),
    "GRADIO_NUM_WORKERS": (1, 1_000),
    "GRADIO_ANALYTICS_MAX_EVENTS": (1, 10**9),
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": (1, 10**9),
    "GRADIO_DEBUG": (0, 1),
}
"""What Gradio reads as whole numbers, mostly when it is imported: the lowest and the highest."""

_UNFIT = frozenset(' ?#"<>\\')  # in a path, or an address of a site
_LONGEST = 200  # characters that somebody can be told to type

_named = [""]  # the address of version 6 that `check` has found


def check(environment: MutableMapping[str, str] | None = None) -> None:
    """Prepare for Gradio, before it is imported, what it reads; empty variables are taken out.

    Raises:
        ValueError: in a sentence, when a variable has a value that cannot be meant, the port that
            was named is in use, or there is no place for temporary files.
    """
    given = os.environ if environment is None else environment
    for name in (NAME, TEMP, ROOT, ADDRESS, *_NUMBERS):
        if not given.get(name, "-").strip():
            del given[name]
    for name, (lowest, highest) in _NUMBERS.items():
        _check_number(given, name, lowest, highest)
    host = given.get(NAME, _LOCAL).strip().removeprefix("[").removesuffix("]")
    _check_address(host, int(given.get(PORT, 0)))
    _check_temporary(given)
    if ROOT in given:
        given[ROOT] = _root(given[ROOT].strip().rstrip("/"))
    if ADDRESS in given:
        given[ADDRESS] = _site(given[ADDRESS].strip().rstrip("/"))
    _take_over_proxies(given)
    _named[0] = ""
    if ":" in host:
        _named[0] = f"[{host}]"
        # Gradio tries ports by an address of version 4, for which it takes the variable.
        given.pop(NAME, None)
    proxies.prepare(given, also=host)


def server_name() -> str | None:
    """The address as `Blocks.launch` takes it; None where Gradio reads its variable itself."""
    return _named[0] or None


def _check_number(given: MutableMapping[str, str], name: str, lowest: int, highest: int) -> None:
    value = given.get(name, str(lowest)).strip()
    if not (value.isascii() and value.isdecimal() and lowest <= int(value[:12]) <= highest):
        raise ValueError(
            f"{name} must be a whole number from {lowest} to {highest:,}, not “{value}”."
        )


def _check_address(host: str, port: int) -> None:
    """Open a socket there, as the server will; port 0 for any that is free."""
    try:
        family, kind, number, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as tried:
            if os.name == "posix":  # on Windows it would let two listen at one port
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
            tried.listen()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "errno", None)
        if reason == errno.EADDRINUSE:
            raise ValueError(
                f"Port {port} is in use by another program. End that program, or name another "
                f"port in {PORT}."
            ) from error
        if reason == errno.EACCES:
            raise ValueError(
                f"Port {port} may not be opened by this user. Name another one in {PORT}."
            ) from error
        raise ValueError(
            f"{NAME} must be an address of this machine, such as {_LOCAL}, 0.0.0.0 or ::, not "
            f"“{host}”."
        ) from error


def _root(value: str) -> str:
    """The prefix of all addresses, with one slash in front; or the whole address of the site."""
    if "://" not in value and value.isascii() and not set(value) & _UNFIT:
        return f"/{value.strip('/')}" if value else ""
    if not _is_site(value):
        raise ValueError(
            f"{ROOT} must be a path such as /play, or a whole address such as "
            f"https://example.org/play, not “{value}”."
        )
    return value


def _site(value: str) -> str:
    """The whole address that others type, which people write without its scheme."""
    if not _is_site(site := whole(value)) or len(site) > _LONGEST:
        raise ValueError(
            f"{ADDRESS} must be the address of this site, such as https://example.org/play, not "
            f"“{value}”."
        )
    return site


def _is_site(value: str) -> bool:
    """Whether this is a whole address, without anything behind its path."""
    try:
        parts = urlsplit(value)
        named = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and not parts.query and not parts.fragment and not set(value) & _UNFIT


def _take_over_proxies(given: MutableMapping[str, str]) -> None:
    """Let `server.forwarded` alone decide whose word of a visitor's address counts.

    The server has a layer for this around the whole app, which would believe everybody on this
    machine and hide from ours who has connected; with an empty variable it believes nobody.
    """
    ours, uvicorns = forwarded.VARIABLE, forwarded.UVICORNS
    name = ours if given.get(ours, "").strip() else uvicorns
    value = given.get(name, "").strip()
    try:
        forwarded.networks(value)
    except ValueError as error:
        raise ValueError(
            f"{name} must name addresses or networks of proxies, such as 10.0.0.5, 10.1.0.0/16, "
            f"not “{value}”: {error}."
        ) from error
    if value:
        given[ours] = value
    else:
        given.pop(ours, None)
    given[uvicorns] = ""


def _check_temporary(given: MutableMapping[str, str]) -> None:
    named = given.get(TEMP, "")
    try:
        folder = Path(named) if named else Path(tempfile.gettempdir()) / "gradio"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        where = f"{TEMP} names a folder that" if named else "The folder for temporary files"
        hint = "" if named else f" Name another one in {TEMP}."
        raise ValueError(f"{where} cannot be written: {error}.{hint}") from error
