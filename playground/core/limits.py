"""How much the playground takes on at once: three kinds of host, and a variable for each figure.

All limits are for a visitor, or for the whole playground, never for a network address: thirty
students sit behind one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

HOST = "PLAYGROUND_HOST"
RUNS = "PLAYGROUND_MAX_RUNS"
RUNS_PER_VISITOR = "PLAYGROUND_MAX_RUNS_PER_VISITOR"
CACHE_MB = "PLAYGROUND_CACHE_MB"
STEP_SECONDS = "PLAYGROUND_MAX_STEP_SECONDS"
SPACE = "SPACE_ID"  # set on Hugging Face Spaces
_LARGE_STEPS = 10.0  # a guided step of Stable Diffusion 1.5 takes a minute on a slow CPU


@dataclass(frozen=True, slots=True)
class Limits:
    """What one host takes on.

    Args:
        runs: different runs under way, waiting ones included; whoever comes then is told when to
            come back. Two small text models write 200 letters for 30 visitors in a few seconds on
            two cores, so that many times as much is over in half a minute.
        runs_per_visitor: the same for one open page; drawing a number takes twelve.
        cache_bytes: finished results kept for replay.
        step_seconds: after which a step is given up, with its model.
    """

    runs: int
    runs_per_visitor: int
    cache_bytes: int
    step_seconds: float

    @property
    def large_step_seconds(self) -> float:
        """The same for the models with a billion weights."""
        return _LARGE_STEPS * self.step_seconds


HOSTS: Mapping[str, Limits] = {
    "space": Limits(runs=96, runs_per_visitor=24, cache_bytes=256_000_000, step_seconds=60.0),
    "laptop": Limits(runs=96, runs_per_visitor=32, cache_bytes=64_000_000, step_seconds=60.0),
    # Thirty who draw a number in the same minute: twelve pictures each.
    "class": Limits(runs=384, runs_per_visitor=16, cache_bytes=256_000_000, step_seconds=60.0),
}


def read(environment: Mapping[str, str] | None = None) -> Limits:
    """The limits of this host, as its operator has set them.

    Raises:
        ValueError: in a sentence, when a variable has a value that cannot be meant.
    """
    given = os.environ if environment is None else environment
    name = _host(given)
    if name not in HOSTS:
        raise ValueError(f"{HOST} must be one of {', '.join(HOSTS)}, not “{name}”.")
    host = HOSTS[name]
    megabytes = _whole(given, CACHE_MB, host.cache_bytes // 10**6, lowest=0)
    return Limits(
        runs=_whole(given, RUNS, host.runs),
        runs_per_visitor=_whole(given, RUNS_PER_VISITOR, host.runs_per_visitor),
        cache_bytes=megabytes * 10**6,
        step_seconds=float(_whole(given, STEP_SECONDS, int(host.step_seconds))),
    )


def on_public_host(given: Mapping[str, str]) -> bool:
    """Whether strangers come here: a Space, or what its operator calls one."""
    return bool(given.get(SPACE)) or _host(given) == "space"


def for_a_class(given: Mapping[str, str]) -> bool:
    """Whether its operator has set this host up for a class."""
    return _host(given) == "class"


def _host(given: Mapping[str, str]) -> str:
    return given.get(HOST, "") or ("space" if given.get(SPACE) else "laptop")


def _whole(
    given: Mapping[str, str], name: str, default: int, lowest: int = 1, highest: int = 100_000
) -> int:
    value = given.get(name, "").strip()
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and lowest <= int(value[:9]) <= highest):
        raise ValueError(
            f"{name} must be a whole number from {lowest} to {highest:,}, not “{value}”."
        )
    return int(value)
