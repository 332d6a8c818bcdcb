"""What proxies say of a request, believed from proxies alone.

A proxy in front of the app tells in headers who asks, and by which address. Anybody can write the
same headers, so they count from a proxy on this machine, and from those that the operator has named
in PLAYGROUND_PROXIES; from all others they are taken away before anything reads them. On a Space
every request comes through the host's own proxies.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from playground.core.identity import ip_number
from playground.core.limits import SPACE

VARIABLE = "PLAYGROUND_PROXIES"
UVICORNS = "FORWARDED_ALLOW_IPS"
"""The server's own variable of the same meaning; see `listening.check`."""
_ANYBODY = "*"
_BEGINNING = b"x-forwarded-"
_OTHERS = frozenset({b"forwarded", b"x-real-ip", b"x-gradio-server"})
_FOR, _PROTO = b"x-forwarded-for", b"x-forwarded-proto"
_SCHEMES = frozenset({"http", "https"})

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
_EVERYTHING: tuple[Network, ...] = tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "::/0")))


def networks(value: str) -> tuple[Network, ...]:
    """Addresses and networks, as they stand in a variable; `*` for all there are.

    Raises:
        ValueError: when an entry is neither.
    """
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    if entries == [_ANYBODY]:
        return _EVERYTHING
    return tuple(_network(entry) for entry in entries)


def _network(entry: str) -> Network:
    """One entry; of version 4 also where it is written as one of version 6."""
    network = ipaddress.ip_network(entry, strict=False)
    first = ip_number(str(network.network_address))
    if first.version == network.version:
        return network
    return ipaddress.ip_network((str(first), network.prefixlen - 96))


@dataclass(frozen=True, slots=True)
class Proxies:
    """Whose word counts.

    Args:
        named: by the operator.
        hosts: whether all that connect here are proxies of the host's, as on a Space.
    """

    named: tuple[Network, ...] = ()
    hosts: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Proxies:
        """As the operator has set them."""
        return cls(networks(environment.get(VARIABLE, "")), bool(environment.get(SPACE)))

    def connects(self, peer: str) -> bool:
        """Whether one of them has opened a connection."""
        return self.hosts or self.includes(peer)

    def includes(self, address: str) -> bool:
        """Whether an address is one of theirs. The proxies of a Space have no public ones."""
        try:
            number = ip_number(address)
        except ValueError:
            return False
        inside = any(number.version == each.version and number in each for each in self.named)
        return number.is_loopback or inside or (self.hosts and not number.is_global)

    def who_asks(self, peer: str, said: Sequence[str]) -> str:
        """The address from which a request set out.

        Each proxy on the way has put at the end who asked it, so this is the last that is no
        proxy's, or the first if all are. What is no address leaves us with who has brought it.

        Args:
            peer: who has opened the connection.
            said: the entries of X-Forwarded-For.
        """
        found = peer
        for entry in reversed(said):
            try:
                found = str(ip_number(_without_port(entry)))
            except ValueError:
                return found
            if not self.includes(found):
                return found
        return found


class Forwarded:
    """Takes headers of proxies away from whoever is none, and lets theirs name who asks.

    Behind it `scope["client"]` is who asks, and `scope["scheme"]` how: it does what the server's
    own layer would do, which `listening.check` has told to believe nobody.
    """

    def __init__(self, app: ASGIApp, proxies: Proxies | None = None) -> None:
        self.app = app
        self.proxies = Proxies.of(os.environ) if proxies is None else proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            peer = (scope.get("client") or ("", 0))[0]
            forwarded = self._believed if self.proxies.connects(peer) else _unheard
            scope = forwarded(scope)
        await self.app(scope, receive, send)

    def _believed(self, scope: Scope) -> Scope:
        believed = {**scope}
        if said := _entries(scope, _FOR):
            peer, port = scope.get("client") or ("", 0)
            found = self.proxies.who_asks(peer, said)
            believed["client"] = (found, port if found == peer else 0)
        scheme = next(iter(_entries(scope, _PROTO)), "").lower()
        if scheme in _SCHEMES and scope["type"] == "http":
            believed["scheme"] = scheme
        return believed


def _unheard(scope: Scope) -> Scope:
    left = [(name, value) for name, value in scope["headers"] if not _is_a_proxys(name)]
    return {**scope, "headers": left}


def _is_a_proxys(name: bytes) -> bool:
    return name.startswith(_BEGINNING) or name in _OTHERS


def _entries(scope: Scope, header: bytes) -> list[str]:
    """What all headers of a name say, one after the other."""
    values = (value.decode("latin-1") for name, value in scope["headers"] if name == header)
    return [entry for value in values for each in value.split(",") if (entry := each.strip())]


def _without_port(entry: str) -> str:
    """The address of `1.2.3.4:80`, `[::1]:80`, or one that stands alone."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
