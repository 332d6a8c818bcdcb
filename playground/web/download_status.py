"""Models from the hub: what their button offers, and how their arrival looks on a card."""

from __future__ import annotations

from typing import NamedTuple

from models import device
from models.base import ModelSpec
from models.hub.cache import missing_bytes
from models.hub.downloads import Status
from models.hub.sentences import size_words
from playground.core.format import roughly, stored_size
from playground.core.services import Services

SWAP = "Swap in the real"
_GUESSED_BYTES_PER_SECOND = 10e6  # said with the figure, until a download has been timed


def wanted(services: Services, spec: ModelSpec) -> ModelSpec | None:
    """The model that the button under a card brings: itself, or what it is a miniature of."""
    if spec.files:
        return None if is_here(services, spec) else spec
    return services.specs.get(spec.original)


def is_here(services: Services, spec: ModelSpec) -> bool:
    """Whether a model can be used without a download."""
    return services.pool.state(spec.id) in {"ready", "loading", "not_loaded"}


def offer(services: Services, spec: ModelSpec, act: str = "Fetch") -> str:
    """What the button under a model's card says, with what it costs; "" for no button.

    Args:
        act: what bringing the model itself is called; another in its place is swapped in.
    """
    model = wanted(services, spec)
    if model is None:
        return ""
    act = act if model is spec else SWAP
    return " · ".join([f"{act} {model.name}", *_cost(services, model)])


def _cost(services: Services, spec: ModelSpec) -> list[str]:
    """How much is to be fetched and how long that takes; nothing for what is here."""
    missing = missing_bytes(spec)
    if not missing:
        return []
    seconds = services.downloads.expected_seconds(spec)
    if seconds is not None:
        return [size_words(missing), f"{roughly(seconds)} here"]
    guessed = roughly(missing / _GUESSED_BYTES_PER_SECOND)
    return [size_words(missing), f"{guessed} at 10 MB a second"]


def picture_seconds(spec: ModelSpec) -> float | None:
    """Roughly how long a picture takes here; None where nobody has counted or measured."""
    speed = device.arithmetic_per_second()
    return 1e12 * spec.teraflops / speed if speed and spec.teraflops else None


def choice(spec: ModelSpec, *facts: str) -> str:
    """A model in a list of several: its name, its size, or what of it is to be fetched."""
    missing = missing_bytes(spec)
    cost = f"{size_words(missing)} to fetch" if missing else stored_size(spec)
    return " · ".join(filter(None, (spec.name, *facts, cost)))


def missing_words(services: Services, spec: ModelSpec) -> str:
    """What an empty card says of a model that is not here; "" for one that is."""
    if not spec.files or is_here(services, spec):
        return ""
    return f"{spec.name} is not here yet. It is {size_words(missing_bytes(spec))} to fetch."


class Arrival(NamedTuple):
    """How far a download is: in a card's header, below it in words, and as a bar."""

    words: str
    said: str
    done_bytes: int
    total_bytes: int


def arrival(status: Status) -> Arrival:
    """The share that has come, then the bytes, how fast, and how long the rest will take."""
    words = {"waiting": "waits for its download", "checking": "being checked"}.get(status.phase)
    share = status.done_bytes / max(1, status.total_bytes)
    parts = [f"{size_words(status.done_bytes, down=True)} of {size_words(status.total_bytes)}"]
    if status.bytes_per_second:
        parts.append(f"{size_words(status.bytes_per_second, down=True)} a second")
    if status.seconds_left is not None and status.phase == "downloading":
        parts.append(f"{roughly(status.seconds_left)} left")
    return Arrival(
        words or f"arriving, {100 * share:.0f} %",
        ", ".join(parts),
        status.done_bytes,
        status.total_bytes,
    )
