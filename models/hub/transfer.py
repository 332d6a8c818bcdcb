"""How one file arrives: asked for, received, checked, and named.

huggingface_hub says where files are, who may have them and how to speak with the hub; the bytes are
received here, because its own `hf_hub_download` (2.4) begins every call from nothing, retries a
dead network for half a minute, and cannot be stopped. A file gets its name only after its size and
SHA-256 were found right; until then it is `<sha256>.incomplete`, and goes on where it was left.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from models.base import HubFile
from models.hub.cache import (
    blob_of,
    cache_folder,
    is_here,
    link_of,
    partial_of,
    remove,
    repository_folder,
    sha256_of,
    size_of,
)
from models.hub.entry import COMMIT
from models.hub.faults import another_file, is_timeout, status_words, trouble
from models.hub.request import FileRequest, Stopped
from models.hub.sentences import GO_ON, HubError

logger = logging.getLogger(__name__)

T = TypeVar("T")
_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 4.0  # for name look-up, connections to several addresses and the answer together
_STALL_SECONDS = 20.0  # without a byte
_RESUMES = 5  # of one file, each after a connection that brought something before it broke
_BREATH_SECONDS = 0.5  # before the next attempt


class _BrokenError(Exception):
    """The connection ended early; what has arrived is kept."""


def fetch(request: FileRequest) -> None:
    """Bring one file into the cache.

    Raises:
        HubError: in a sentence; `Stopped`: when nobody wants it. What has arrived is kept.
    """
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]  # documented, not declared

    file = request.file
    if is_here(file):
        return
    if link_of(file).is_symlink() or link_of(file).exists():
        remove(link_of(file))  # of another size, or a link to nothing
    lock = cache_folder() / ".locks" / repository_folder(file).name / f"{file.sha256}.lock"
    try:
        for path in (lock, partial_of(file), link_of(file)):
            path.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock, timeout=1.0):
            _fetch_alone(request)
        return
    except TimeoutError:  # filelock's own is one
        failure = HubError(
            f"Another program is downloading {request.name} already; try again when it is done."
        )
    except OSError as error:
        failure = trouble(error, request, asking=False)
    raise failure


def _fetch_alone(request: FileRequest) -> None:
    file, partial = request.file, partial_of(request.file)
    blob = blob_of(file, file.sha256)
    if size_of(blob) == file.size_bytes:  # another version of the model has the same file
        request.enter("checking")
        if sha256_of(blob, request.check) == file.sha256:
            _name(blob, link_of(file))
            return
        blob.unlink()
        request.advance(-file.size_bytes)
    etag = _ask(request)
    if COMMIT.fullmatch(etag):  # small files are named by git's hash, large ones by their SHA-256
        blob = blob_of(file, etag)
    _receive(request)
    request.enter("checking")
    if sha256_of(partial, request.check) != file.sha256:
        partial.unlink()
        raise HubError(
            f"What arrived as “{file.path}” of {request.name} is not the file that its authors "
            f"published. It was thrown away; try again, and tell whoever runs this playground if "
            f"it happens twice. {GO_ON}."
        )
    os.replace(partial, blob)
    _name(blob, link_of(file))


def _name(blob: Path, link: Path) -> None:
    """Put a content under its name, by a link where the system has links."""
    from huggingface_hub import constants

    link.unlink(missing_ok=True)
    if not constants.HF_HUB_DISABLE_SYMLINKS:
        with suppress(OSError, NotImplementedError):
            link.symlink_to(os.path.relpath(blob, link.parent))
            return
    os.replace(blob, link)


def _url(file: HubFile) -> str:
    from huggingface_hub import hf_hub_url

    return hf_hub_url(file.repository, file.path, revision=file.revision)


def _ask(request: FileRequest) -> str:
    """Ask the hub about a file before a byte of it is fetched; its ETag.

    Raises:
        HubError: when the hub does not answer soon, refuses, or has something else.
    """
    from huggingface_hub import constants, get_hf_file_metadata

    seconds, patience = _CONNECT_SECONDS, _ANSWER_SECONDS
    if constants.HF_HUB_ETAG_TIMEOUT != constants.DEFAULT_ETAG_TIMEOUT:  # the operator's word
        seconds = patience = constants.HF_HUB_ETAG_TIMEOUT
    try:
        about = _within(patience, lambda: get_hf_file_metadata(_url(request.file), timeout=seconds))
    except Exception as error:
        failure = trouble(error, request, asking=True)
    else:
        if about.commit_hash == request.file.revision and about.size == request.file.size_bytes:
            return about.etag or ""
        failure = another_file(request)
    raise failure  # out here, so that it carries nothing of the request along


def _within(seconds: float, call: Callable[[], T]) -> T:
    """A call's result, or TimeoutError after so long: look-ups of names know no time-out."""
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, name="hub-ask", daemon=True).start()
    return answer.result(seconds)


def _receive(request: FileRequest) -> None:
    """Bring the whole content, going on where it was left, also after a broken connection."""
    if size_of(partial_of(request.file)) > request.file.size_bytes:
        partial_of(request.file).unlink()
    for attempt in range(1 + _RESUMES):
        before = max(0, size_of(partial_of(request.file)))
        try:
            _stream(request, before)
            return
        except (HubError, Stopped):
            raise
        except Exception as error:
            failure, stalled = trouble(error, request, asking=False), is_timeout(error)
        if stalled or attempt == _RESUMES or size_of(partial_of(request.file)) <= before:
            break
        logger.info("going on with %s after a broken connection", request.file.path)
        time.sleep(_BREATH_SECONDS)
        request.check()
    raise failure


def _stream(request: FileRequest, offset: int) -> None:
    """Append to what has arrived; raises whatever breaks it."""
    from huggingface_hub import get_session
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, not declared

    size = request.file.size_bytes
    if offset == size and partial_of(request.file).exists():
        return
    request.enter("downloading")
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    timeout = (_CONNECT_SECONDS, _STALL_SECONDS, _STALL_SECONDS, _CONNECT_SECONDS)
    with get_session().stream(
        "GET", _url(request.file), headers=headers, timeout=timeout
    ) as answer:
        start = _start(request, answer.status_code, answer.headers, offset)
        request.advance(start - offset)
        with partial_of(request.file).open("ab" if start else "wb") as out:
            for chunk in answer.iter_bytes():
                start += len(chunk)
                if start > size:
                    break
                out.write(chunk)
                request.advance(len(chunk))
    if start > size:
        partial_of(request.file).unlink()
        raise another_file(request)
    if start < size:
        raise _BrokenError


def _start(request: FileRequest, status: int, headers: Mapping[str, str], offset: int) -> int:
    """Where in the file an answer begins; raises if it is not an answer to what was asked."""
    if status == 206:
        said = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
        if said and (int(said[1]), int(said[2])) == (offset, request.file.size_bytes):
            return offset
        raise another_file(request)
    if status != 200:
        raise HubError(status_words(request, status))
    if headers.get("Content-Length", str(request.file.size_bytes)) != str(request.file.size_bytes):
        raise another_file(request)
    return 0
