"""The address that others in the room must type, and whether it leads here at all."""

from __future__ import annotations

import io
import ipaddress
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from playground.server import site_address

_ELSEWHERE = "192.0.2.1"  # belongs to nobody (RFC 5737); nothing is sent there
_KNOCK_SECONDS = 0.5
_QUIET_MODULES = 4  # white around a QR code, as the standard asks

ALONE = (
    "This app listens on this computer alone, so no other device can reach it. End it, and start "
    "it again with: GRADIO_SERVER_NAME=0.0.0.0 python app.py"
)
NO_NETWORK = (
    "This computer is in no network, so no other device can reach it. Join the network of the "
    "room, then open this page anew."
)
OPEN = "Other devices in the same network reach this app at this address."
PUBLIC = "Everybody with this address reaches this app."
NAMED = "This address was given by whoever runs this app."


@dataclass(frozen=True, slots=True)
class Address:
    """Where the app is for others: the address to type, whether it answers, and a sentence."""

    site: str
    reachable: bool
    sentence: str

    @property
    def typed(self) -> str:
        """As it stands on a board: without what every browser adds by itself."""
        return f"{self.site.removeprefix('http://').removeprefix('https://')}/join"

    def joining(self, code: str) -> str:
        """The address that opens the page to join a class, with its code filled in."""
        return f"{self.site}/join?code={code}"


def find(base: str) -> Address:
    """The address of this app for other devices. May wait half a second for its own door.

    Args:
        base: as `site_of` gives it, such as "http://127.0.0.1:7860/".
    """
    if base == site_address.by_operator():
        return Address(base.rstrip("/"), True, NAMED)
    if os.environ.get(site_address.SPACE):
        return Address(base.rstrip("/"), True, PUBLIC)
    parts = urlsplit(base)
    host, port = parts.hostname or "127.0.0.1", parts.port
    if not is_loopback(host):
        return Address(f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/"), True, OPEN)
    own = own_host()
    if own is None:
        return Address(base.rstrip("/"), False, NO_NETWORK)
    site = f"http://{own}" + (f":{port}" if port and port != 80 else "")
    reachable = answers(own, port or 80)
    return Address(site, reachable, OPEN if reachable else ALONE)


def is_loopback(host: str) -> bool:
    """Whether a name or number leads back to the device that asks; in a browser 0.0.0.0 does."""
    try:
        number = ipaddress.ip_address(host)
        return number.is_loopback or number.is_unspecified
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def own_host() -> str | None:
    """This machine's number on the network that leads outside; None where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE, 9))  # only asks which way it would go
            host = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if is_loopback(host) else host


def answers(host: str, port: int) -> bool:
    """Whether something of this machine listens there, as another device would find it."""
    try:
        with socket.create_connection((host, port), timeout=_KNOCK_SECONDS):
            return True
    except OSError:
        return False


def qr_svg(address: str) -> str:
    """An address for cameras as a drawing, dark on white whatever the page's colours are."""
    import segno

    drawn = io.BytesIO()
    code = segno.make(address, micro=False, error="m", boost_error=False)
    code.save(
        drawn,
        kind="svg",
        border=_QUIET_MODULES,
        dark="#14171C",
        light="#FFFFFF",
        xmldecl=False,
        svgns=True,
        omitsize=True,
    )
    return drawn.getvalue().decode()
