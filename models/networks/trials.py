"""What was tried out of this machine's kernels: in how many rows a row comes out the same.

Kept for the life of the process, as kernels stay what they are. Plain values, without torch, so
that the health check can tell them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

ODDS = 1 / 8
"""How many rows differ where another kernel computes them: about one in eight, measured with torch
2.13 for one row of bfloat16 on an AMD CPU with AVX512-BF16, over weights from 32 × 128 to
768 × 3072. A trial has to be long enough to see one of those."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Which numbers of rows agree, for one kind of product or network.

    Args:
        what: the product, or the network.
        shape: outputs and inputs of a product; what tells networks apart.
        rows: how many different rows were computed in each of those numbers.
        agree: the numbers of rows in which every row came out as it does among 32, to the last bit.
        differ: those in which one at least did not.
    """

    what: str
    shape: tuple[int, ...]
    dtype: str
    device: str
    rows: int
    agree: tuple[int, ...] = ()
    differ: tuple[int, ...] = ()

    @property
    def missed(self) -> float:
        """The chance that no row of a trial differs where one in eight does."""
        return float((1 - ODDS) ** self.rows)

    def untried(self, sizes: Sequence[int]) -> list[int]:
        """Those of `sizes` of which nothing is known yet."""
        return [size for size in sizes if size not in self.agree + self.differ]

    def with_found(self, tried: Sequence[int], agree: Sequence[int]) -> Trial:
        """With what came of trying some more numbers of rows."""
        differ = (size for size in tried if size not in agree)
        return replace(
            self,
            agree=tuple(sorted({*self.agree, *agree})),
            differ=tuple(sorted({*self.differ, *differ})),
        )

    def as_json(self) -> dict[str, Any]:
        """As the health check tells it."""
        return {
            "what": self.what,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "device": self.device,
            "rows": self.rows,
            "agree": list(self.agree),
            "differ": list(self.differ),
            "missed": round(self.missed, 6),
        }


_found: dict[tuple[object, ...], Trial] = {}


def known(asked: Trial) -> Trial:
    """What was found of the same kind, shape, precision and device; `asked` itself if nothing."""
    return _found.get(_key(asked), asked)


def keep(trial: Trial) -> None:
    """Keep what was found."""
    _found[_key(trial)] = trial


def found() -> list[Trial]:
    """All that was tried out so far, in the order in which it was."""
    return list(_found.values())


def forget() -> None:
    """Have everything tried out anew."""
    _found.clear()


def _key(trial: Trial) -> tuple[object, ...]:
    return trial.what, trial.shape, trial.dtype, trial.device
