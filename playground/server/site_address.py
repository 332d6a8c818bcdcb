"""Where visitors find this playground, also behind a proxy."""

from __future__ import annotations

import os

from starlette.requests import Request


def site_of(request: Request) -> str:
    """The address of the playground as the visitor knows it, with a slash at its end."""
    space = os.environ.get("SPACE_HOST", "")  # behind a Space's proxy, which ends https
    return f"https://{space}/" if space else str(request.base_url)
