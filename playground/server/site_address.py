"""Where visitors find this playground, also behind a proxy, and which pages are its own.

What a proxy says of the visitor's address stands in headers that come through from proxies alone,
see `forwarded.Forwarded`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

ADDRESS, ROOT = "PLAYGROUND_ADDRESS", "GRADIO_ROOT_PATH"
SPACE = "SPACE_HOST"  # set on Hugging Face Spaces, behind whose proxy https ends
FORWARDED_HOST, FORWARDED_PROTO = "x-forwarded-host", "x-forwarded-proto"
FORWARDED = (FORWARDED_HOST, FORWARDED_PROTO)
_PORTS = {"http": ":80", "https": ":443"}


def site_of(request: HTTPConnection) -> str:
    """The address by which others find the playground, with a slash at its end.

    The operator's word comes first (PLAYGROUND_ADDRESS, a Space's host, a whole address as
    GRADIO_ROOT_PATH), then what a proxy says, then what was asked for.
    """
    if named := next(_named(), ""):
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
    own = [headers.get("host", ""), first_of(headers.get(FORWARDED_HOST, ""))]
    own += [urlsplit(named).netloc for named in _named()]
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


def by_operator() -> str:
    """The address of PLAYGROUND_ADDRESS, with a slash at its end; "" where there is none."""
    given = os.environ.get(ADDRESS, "").strip().rstrip("/")
    return f"{whole(given)}/" if given else ""


def whole(address: str) -> str:
    """An address with its scheme, which people leave out."""
    return address if "://" in address else f"http://{address}"


def is_secure(request: HTTPConnection) -> bool:
    """Whether a visitor's browser talks https to us, or to a proxy: then cookies may say so.

    A browser that names its own page knows best: not every proxy tells.
    """
    if (origin := request.headers.get("origin", "")) and from_own_page(request.headers):
        return origin.startswith("https:")
    return request.url.scheme == "https" or site_of(request).startswith("https:")


def _named() -> Iterator[str]:
    """The addresses that the operator, or the host, has named; the one for visitors first."""
    if given := by_operator():
        yield given
    if space := os.environ.get(SPACE, ""):
        yield f"https://{space}/"
    root = os.environ.get(ROOT, "")
    if "://" in root:
        yield f"{root.rstrip('/')}/"


def _plain(host: str, scheme: str) -> str:
    """Host and port in one spelling."""
    return host.lower().removesuffix(_PORTS.get(scheme, ""))
