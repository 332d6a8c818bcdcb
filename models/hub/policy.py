"""What speaks against a download, as a sentence, before any server is asked."""

from __future__ import annotations

import os
import shutil
import string

from models import device
from models.base import ModelSpec
from models.hub.cache import cache_folder, is_downloaded, missing_bytes
from models.hub.entry import complaint
from models.hub.proxies import complaint as proxy_complaint
from models.hub.sentences import GO_ON, size_words

_TOKEN = frozenset(f"{string.ascii_letters}{string.digits}-._~+/=")
"""What a token may hold (RFC 6750, section 2.1)."""
_RESERVE_BYTES = 100_000_000  # of the disk, left to everybody else


def refusal(spec: ModelSpec, budget_bytes: int | None = None) -> str:
    """Why a model cannot be downloaded or would be of no use here, as a sentence; "" if nothing.

    Asks no server. It asks the device for its memory, which imports torch: for handlers and
    threads, not for building the page.

    Args:
        budget_bytes: what all models together may hold; by default a part of what is free now.
    """
    if not spec.files:
        return ""
    missing = missing_bytes(spec)
    return (
        complaint(spec)
        or (not is_downloaded(spec) and _switched_off(spec))
        or _too_little_memory(spec, budget_bytes)
        or (missing and _too_little_disk(spec, missing))
        or ""
    )


def memory_refusal(spec: ModelSpec, needed_bytes: int, budget_bytes: int) -> str:
    """The sentence for a model that needs more memory than there is; "" if it fits."""
    if needed_bytes <= budget_bytes:
        return ""
    needed, there = size_words(needed_bytes), size_words(budget_bytes, down=True)
    return f"{spec.name} needs {needed} of memory; this machine has {there} for models."


def _switched_off(spec: ModelSpec) -> str:
    from huggingface_hub import constants

    if os.environ.get("PLAYGROUND_DOWNLOADS", "1") == "0":
        return (
            f"Whoever runs this playground has switched downloads off, and {spec.name} is not "
            f"here yet. {GO_ON}."
        )
    if constants.HF_HUB_OFFLINE:
        return f"This playground is set to work offline, and {spec.name} is not here yet. {GO_ON}."
    return proxy_complaint() or _token_complaint()


def _token_complaint() -> str:
    """What is wrong with the hub's token, which is sent with every request; "" without one."""
    from huggingface_hub import get_token

    wrong = next(iter(sorted(set(get_token() or "") - _TOKEN)), "")
    if not wrong:
        return ""
    return (
        f"The hub’s token (HF_TOKEN, or what a login has left) holds “{wrong}”, which is in no "
        f"token: whoever runs this playground must set it again, without quotes. {GO_ON}."
    )


def _too_little_memory(spec: ModelSpec, budget_bytes: int | None) -> str:
    placement = device.place(spec)
    if budget_bytes is None:
        budget_bytes = device.memory_budget_bytes(placement.device)
    said = memory_refusal(spec, device.memory_needed_bytes(spec, placement), budget_bytes)
    return said and f"{said} A smaller model may fit."


def _too_little_disk(spec: ModelSpec, missing: int) -> str:
    place = cache_folder()
    while not place.exists() and place != place.parent:
        place = place.parent
    free = max(0, shutil.disk_usage(place).free - _RESERVE_BYTES)
    if missing <= free:
        return ""
    return (
        f"{spec.name} needs {size_words(missing)} of disk; there are {size_words(free, down=True)} "
        f"to spare where the hub's files are kept. {GO_ON}."
    )
