"""What each client got in the end, and whether it is what it would have got alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.measure.load.figures import exactly, quantile
from models.measure.metric import Metric


@dataclass(frozen=True, slots=True)
class Result:
    """One client's request and what came of it.

    `shown` is everything of it that must not depend on who else was there, so no times; None when
    there is no whole result. The seconds count from the click.
    """

    request: str
    shown: bytes | None
    sentence: str = ""
    first_seconds: float = float("nan")
    finished_seconds: float = float("nan")


def lost(results: Sequence[Result]) -> Metric:
    """How many clients have no whole result."""
    return exactly(sum(r.shown is None for r in results), len(results))


def crossed(together: Sequence[Result], alone: Mapping[str, Result]) -> Metric:
    """How many whole results are not, byte for byte, those of the same request alone.

    What was not asked alone, or came to nothing alone, is nothing to compare with.
    """
    pairs = [
        (result.shown, alone[result.request].shown)
        for result in together
        if result.request in alone
    ]
    known = [(ours, own) for ours, own in pairs if ours is not None and own is not None]
    return exactly(sum(ours != own for ours, own in known), len(known))


def seconds(results: Sequence[Result], what: str, share: float) -> Metric:
    """A quantile of `first_seconds` or `finished_seconds` over the clients that got a result.

    Raises:
        RuntimeError: when nobody did, with the sentences that came instead.
    """
    taken = [float(getattr(result, what)) for result in results]
    taken = [value for value in taken if not np.isnan(value)]
    if not taken:
        said = {result.sentence for result in results}
        raise RuntimeError(f"no client got a result: {'; '.join(sorted(said))}")
    return quantile(taken, share)
