"""Where visitors find this playground, also behind a proxy, and which pages are its own.

What a proxy says of the visitor's address stands in headers that come through from proxies alone,
see `forwarded.Forwarded`.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

ROOT = "GRADIO_ROOT_PATH"
FORWARDED_HOST, FORWARDED_PROTO = "x-forwarded-host", "x-forwarded-proto"
FORWARDED = (FORWARDED_HOST, FORWARDED_PROTO)
_SPACE = "SPACE_HOST"  # set on Hugging Face Spaces, behind whose proxy https ends
_PORTS = {"http": ":80", "https": ":443"}


def site_of(request: HTTPConnection) -> str:
    """The address of the playground as the visitor knows it, with a slash at its end.

    The operator's word comes first (a Space's host, a whole address as GRADIO_ROOT_PATH), then what
    a proxy says, then what was asked for. Gradio decides in the same order.
    """
    if named := _named():
        return named
    host = first_of(request.headers.get(FORWARDED_HOST, "")) or request.base_url.netloc
    scheme = first_of(request.headers.get(FORWARDED_PROTO, "")).lower()
    scheme = scheme if scheme in _PORTS else request.base_url.scheme
    path = request.scope.get("app_root_path", request.scope.get("root_path", ""))
    return f"{scheme}://{host.removesuffix(_PORTS.get(scheme, ''))}{root_path(path)}/"


def prefix() -> str:
    """The path of the first page, for links that know of no request: "/" unless the operator has
    named another."""
    return f"{root_path(os.environ.get(ROOT, ''))}/"


def from_own_page(headers: Headers) -> bool:
    """Whether no page of another site asks; browsers name the page that does in such a case."""
    origin = headers.get("origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    own = [headers.get("host", ""), first_of(headers.get(FORWARDED_HOST, "")), _host_of(_named())]
    return bool(parts.netloc) and _plain(parts.netloc, parts.scheme) in {
        _plain(host, parts.scheme) for host in own if host
    }


def root_path(root: str) -> str:
    """The path of a root, which may be a whole address, without a slash at its end."""
    path = urlsplit(root).path if "://" in root else root
    return path.rstrip("/")


def first_of(value: str) -> str:
    """Of a header that each proxy on the way adds to, what the first one has said."""
    return value.partition(",")[0].strip()


def _named() -> str:
    """The address that the operator has named; "" if none."""
    if space := os.environ.get(_SPACE, ""):
        return f"https://{space}/"
    root = os.environ.get(ROOT, "")
    return f"{root.rstrip('/')}/" if "://" in root else ""


def _host_of(address: str) -> str:
    return urlsplit(address).netloc


def _plain(host: str, scheme: str) -> str:
    """Host and port in one spelling."""
    return host.lower().removesuffix(_PORTS.get(scheme, ""))
