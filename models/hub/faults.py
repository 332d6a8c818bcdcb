"""What went wrong while a file was fetched, in words, without secrets."""

from __future__ import annotations

import errno
import logging
import os
import re
from contextlib import suppress

from models.hub.cache import partial_of
from models.hub.request import FileRequest
from models.hub.sentences import GO_ON, NO_ANSWER, HubError

logger = logging.getLogger(__name__)


def another_file(request: FileRequest) -> HubError:
    return HubError(
        f"What the hub has as “{request.file.path}” of {request.name} is not what its authors "
        f"published: size or version is another. Nothing was kept. {GO_ON}."
    )


def trouble(error: BaseException, request: FileRequest, *, asking: bool) -> HubError:
    """The sentence for whatever went wrong; the error itself stays in the log, without secrets."""
    logger.warning("%s of %s: %s", request.file.path, request.name, scrub(repr(error)))
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return HubError(status_words(request, status))
    if _kinds(error) & {"OfflineModeIsEnabled", "ConnectError", "ConnectTimeout", "PoolTimeout"}:
        return HubError(NO_ANSWER)
    if asking:
        return HubError(NO_ANSWER)
    kept = f"What has arrived is kept; try again in a minute. {GO_ON}."
    if is_timeout(error):
        return HubError(f"The hub stopped sending {request.name}. {kept}")
    if isinstance(error, OSError):
        return _local_trouble(error, request)
    return HubError(f"The connection to the hub broke while {request.name} was arriving. {kept}")


def _local_trouble(error: OSError, request: FileRequest) -> HubError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        partial_of(request.file).unlink(missing_ok=True)
        return HubError(f"The disk is full, so {request.name} could not be kept. {GO_ON}.")
    why = os.strerror(error.errno) if error.errno else "no reason given"
    return HubError(f"The folder of the hub's files cannot be written to ({why}). {GO_ON}.")


def _kinds(error: BaseException) -> set[str]:
    """An error's classes by name: the library's client is httpx in some versions, else httpx2."""
    return {kind.__name__ for kind in type(error).__mro__}


def is_timeout(error: BaseException) -> bool:
    return "TimeoutException" in _kinds(error) or isinstance(error, TimeoutError)


def status_words(request: FileRequest, status: int) -> str:
    if status in {401, 403}:
        return (
            f"The hub gives {request.name} only to those who have its permission. Whoever runs "
            f"this playground can ask for it there and set HF_TOKEN. {GO_ON}."
        )
    if status in {404, 410}:
        return f"The hub has no “{request.file.path}” of {request.name} any more. {GO_ON}."
    if status == 429:
        return f"The hub asks for patience: too many downloads. Try again in some minutes. {GO_ON}."
    return f"The hub is in trouble (its answer was {status}). {GO_ON}; try again in some minutes."


def scrub(text: str) -> str:
    """A text without the token, and without the signatures in addresses."""
    from huggingface_hub import get_token

    with suppress(Exception):
        if token := get_token():
            text = text.replace(token, "***")
    text = re.sub(r"(?i)(bearer\s+|hf_)[\w.~+/=-]+", r"\1***", text)
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]+", r"\1?***", text)
