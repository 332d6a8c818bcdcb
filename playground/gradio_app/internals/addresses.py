"""Gradio's own routes: which of them this app needs, and which may be kept.

Gradio's routes are no promise, and a new version brings new ones. So the request filter lets pass
what stands in `ALLOWED` and refuses all else; `REFUSED` is for nobody but the test that holds both
against the routes of the installed Gradio, and names one that is in neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playground.gradio_app.internals.switch import plain_gradio


@dataclass(frozen=True, slots=True)
class Address:
    """One route of Gradio's that may be asked for; see `server.request_filter.Rule`."""

    path: str
    methods: frozenset[str]
    plain: bool = False
    local: bool = False


API = "/gradio_api"
READ, CALL = frozenset({"GET", "HEAD"}), frozenset({"POST"})

PAGE = (
    *("/", "/config", "/theme.css", "/assets/{path:path}", "/static/{path:path}"),
    *("/favicon.ico", "/robots.txt", "/manifest.json", "/pwa_icon", "/pwa_icon/{size}"),
)
"""What the page and its files are fetched from; a Space makes an app of the page that can be
installed, which asks for the last three."""
DESCRIPTION = (f"{API}/info", f"{API}/openapi.json", f"{API}/app_id")
"""What programs, the page about the API, and a page that was disconnected read of the app."""
LISTENING = (
    *(f"{API}/queue/data", f"{API}/heartbeat/{{session_hash}}", f"{API}/startup-events"),
    *(f"{API}/call/{{api_name}}/{{event_id}}", f"{API}/call/v2/{{api_name}}/{{event_id}}"),
)
"""Where what was called answers; Gradio itself asks for the start-up events."""
CALLING = (
    *(f"{API}/queue/join", f"{API}/run/{{api_name}}", f"{API}/api/{{api_name}}"),
    *(f"{API}/call/{{api_name}}", f"{API}/call/v2/{{api_name}}"),
)
"""Where functions are called, with a JSON object that holds no files."""
ENDING = (f"{API}/cancel", f"{API}/reset")
FILES = f"{API}/file={{path_or_url:path}}"
"""Pictures that the public functions have made. Of the way behind it nothing may name a machine."""

ALLOWED: tuple[Address, ...] = (
    *(Address(path, READ) for path in (*PAGE, *DESCRIPTION, *LISTENING)),
    *(Address(path, CALL, plain=True) for path in (*CALLING, *ENDING)),
    Address(FILES, READ, local=True),
)

REFUSED: Mapping[str, tuple[str, ...]] = {
    "there is no password": (
        *("/login", "/logout", f"{API}/login_check", f"{API}/user", f"{API}/token"),
    ),
    "files of visitors, streams and recordings": (
        *(f"{API}/upload", f"{API}/upload_progress", f"{API}/process_recording"),
        *(f"{API}/stream/{{event_id}}", f"{API}/stream/{{event_id}}/close"),
        f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/playlist.m3u8",
        f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/{{segment_id}}.{{ext}}",
        f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/playlist-file",
    ),
    "other machines, and an older address of files": (
        *(f"{API}/proxy={{url_path:path}}", f"{API}/file/{{path:path}}"),
    ),
    "components that call the server, or bring their own scripts and styles": (
        f"{API}/theme.css",
        f"{API}/component_server",
        f"{API}/custom_component/{{id}}/{{environment}}/{{type}}/{{file_name}}",
        "/svelte/{path:path}",
    ),
    "what Gradio would keep of visitors": (
        *(f"{API}/deep_link", f"{API}/runs", f"{API}/run-history/connect"),
        *(f"{API}/run-history/buckets", f"{API}/run-history/records"),
        f"{API}/run-history/records/{{endpoint}}/{{record_id}}/assets/{{asset_id}}",
    ),
    "for developers and operators": (
        *(f"{API}/dev/reload", "/monitoring", "/monitoring/summary", "/monitoring/{key}"),
        *(f"{API}/vibe-edit", f"{API}/undo-vibe-edit", f"{API}/vibe-code"),
        *(f"{API}/vibe-starter-queries", f"{API}/queue/status", "/openapi.json"),
    ),
}
"""Why -> the routes of Gradio's that are not needed for it."""

CACHED: Mapping[str, str] = {
    "/assets/": "public, max-age=31536000, immutable",  # their names hold their hash
    "/static/": "public, max-age=3600",
    "/theme.css": "public, max-age=3600",
}
"""Beginning of an address -> how long browsers may keep what it gives, the same for everybody."""
ORIGIN = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
"""Of a request, what the page's own address is made of (`route_utils.get_request_origin`)."""


def unknown_function() -> tuple[type[Exception], ...]:
    """What Gradio raises, beyond its own answers, when a call names no function that there is.

    `routes.py` looks the function up before anything that becomes an answer. With these the filter
    answers 404 in a sentence; without them the caller gets 500, and the log a traceback.
    """
    if plain_gradio():
        return ()
    from gradio.route_utils import FnIndexInferError

    return KeyError, FnIndexInferError
