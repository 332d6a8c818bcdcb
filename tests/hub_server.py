"""A small server on loopback that speaks the hub's protocol, and can stall, break and lie.

As the real one does (huggingface_hub 2.4, `file_download.get_hf_file_metadata`): a file is asked
for under `/<repository>/resolve/<commit>/<path>`; the answer tells its commit, size and ETag. Large
files (here: safetensors) lie elsewhere, behind a redirect to a signed address on another origin,
and are known by their SHA-256; small ones come at once, known by git's hash of a blob.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from models.base import HubFile

if TYPE_CHECKING:
    import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "authors/model"
_SIGNATURE = "signature=not-for-everybody"
_CHUNK_BYTES = 1 << 15


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next content that is sent of a file, once unless said.

    `after` bytes of the answer, "stall" waits until `Hub.release` and then ends the connection,
    and "break" ends it at once. "lie" sends other bytes of the right size; "longer" and "shorter"
    tell another size and have it, "unsaid" is longer without telling; "whole" sends everything
    where a part was asked for.
    """

    kind: str
    after: int = 0
    always: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    method: str
    path: str
    range: str
    authorization: str
    elsewhere: bool  # at the place of the large files


@dataclass(eq=False)
class Hub:
    """What the server has, what it is to do, and what it was asked.

    Attributes:
        token: what a request has to bring, if anything.
        status: an answer to everything, instead of a file.
        echo: put the request's authorization into what refusals say, as a careless server might.
    """

    contents: dict[str, bytes] = field(default_factory=dict)  # by path
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sent_bytes: int = 0
    token: str = ""
    status: int = 0
    echo: bool = False
    commit: str = COMMIT
    bytes_per_second: float = 0.0  # 0: as fast as it goes
    release: threading.Event = field(default_factory=threading.Event)
    address: str = ""
    elsewhere: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, path: str, content: bytes) -> HubFile:
        """Have a file, and say how a catalogue would name it."""
        self.contents[path] = content
        return HubFile(path, len(content), hashlib.sha256(content).hexdigest())

    def gets(self, path: str = "") -> list[Asked]:
        """The requests for content, by the place that has it."""
        return [
            one
            for one in self.asked
            if one.method == "GET"
            and (path in one.path)
            and one.elsewhere == one.path.endswith(".safetensors")
        ]

    def ranges(self, path: str = "") -> list[str]:
        """From where on content was asked for, in order; "" is from the start."""
        return [one.range for one in self.gets(path)]

    def fault(self, path: str) -> Fault | None:
        """What is to go wrong now."""
        with self.lock:
            fault = self.faults.pop(path, None)
            if fault is not None and fault.always:
                self.faults[path] = fault
            return fault


@contextmanager
def serving() -> Iterator[Hub]:
    """A running hub, with its large files on another port."""
    hub = Hub()
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub, far)) for far in (False, True)]
    hub.address, hub.elsewhere = (f"http://127.0.0.1:{one.server_address[1]}" for one in servers)
    threads = [
        threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True) for one in servers
    ]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        hub.release.set()
        for server in servers:
            server.shutdown()
            server.server_close()


def take_for_real(hub: Hub, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let the library believe a hub to be the real one, with an empty cache below a folder."""
    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    for name, value in {
        "HF_HUB_CACHE": str(folder / "cache"),
        "ENDPOINT": hub.address,
        "HUGGINGFACE_CO_URL_TEMPLATE": template,
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_TELEMETRY": True,
        "HF_TOKEN_PATH": str(folder / "token"),
    }.items():
        patch.setattr(f"huggingface_hub.constants.{name}", value)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "PLAYGROUND_DOWNLOADS"):
        patch.delenv(name, raising=False)
    patch.setenv("PLAYGROUND_DEVICE", "cpu")


def _handler(hub: Hub, far: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.hub, Handler.far = hub, far
    return Handler


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    far: bool
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, path = self.hub, self.path.partition("?")[0]
        header = self.headers.get
        asked = Asked(
            self.command, path, header("Range", ""), header("Authorization", ""), self.far
        )
        with hub.lock:
            hub.asked.append(asked)
        try:
            if self.far:
                self._answer_from_far(path)
            else:
                self._answer_from_hub(path, asked)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer_from_far(self, path: str) -> None:
        if _SIGNATURE not in self.path:
            self._refuse(403, "not signed")
            return
        self._send(path.removeprefix("/"), self.hub.contents[path.removeprefix("/")], {})

    def _answer_from_hub(self, path: str, asked: Asked) -> None:
        hub = self.hub
        found = re.fullmatch(rf"/{REPOSITORY}/resolve/([^/]+)/(.+)", path)
        if hub.status:
            self._refuse(hub.status, "in trouble")
        elif hub.token and asked.authorization != f"Bearer {hub.token}":
            self._refuse(401, f"wrong: {asked.authorization}" if hub.echo else "gated")
        elif not found or found[1] != COMMIT or found[2] not in hub.contents:
            self._refuse(404, "no such thing")
        elif found[2].endswith(".safetensors"):
            self._redirect(found[2], hub.contents[found[2]])
        else:
            self._send(found[2], hub.contents[found[2]], {"X-Repo-Commit": hub.commit})

    def _redirect(self, path: str, content: bytes) -> None:
        self.send_response(302)
        self.send_header("Location", f"{self.hub.elsewhere}/{path}?{_SIGNATURE}")
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Linked-Size", str(len(content)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: int, why: str) -> None:
        said = why.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("X-Error-Message", why)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def _send(self, path: str, content: bytes, headers: dict[str, str]) -> None:
        """The content, or what the asked range leaves of it, with whatever is to go wrong."""
        fault = self.hub.fault(path) if self.command == "GET" else None
        sent = _falsified(content, fault)
        start = int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        start = 0 if fault is not None and fault.kind == "whole" else start
        git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        self.send_response(206 if start else 200)
        for name, value in {**headers, "ETag": f'"{git}"', "Accept-Ranges": "bytes"}.items():
            self.send_header(name, value)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(sent) - 1}/{len(sent)}")
        if fault is not None and fault.kind == "unsaid":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(sent) - start))
        self.end_headers()
        if self.command == "GET":
            self._write(sent[start:], fault)

    def _write(self, sent: bytes, fault: Fault | None) -> None:
        cut = len(sent)
        if fault is not None and fault.kind in {"stall", "break"}:
            cut = fault.after
        for at in range(0, cut, _CHUNK_BYTES):
            piece = sent[at : min(cut, at + _CHUNK_BYTES)]
            self.wfile.write(piece)
            with self.hub.lock:
                self.hub.sent_bytes += len(piece)
            if self.hub.bytes_per_second:
                threading.Event().wait(len(piece) / self.hub.bytes_per_second)
        if cut < len(sent):
            self.wfile.flush()
            if fault is not None and fault.kind == "stall":
                self.hub.release.wait(30)
            self.close_connection = True


def _falsified(content: bytes, fault: Fault | None) -> bytes:
    if fault is None:
        return content
    if fault.kind == "lie":
        return content[:-1] + bytes([content[-1] ^ 1])
    if fault.kind in {"longer", "unsaid"}:
        return content + b"more"
    return content[:-4] if fault.kind == "shorter" else content
