"""A blind vote between two results, and what its ballots say. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.measure.metric import wilson

RARE = 0.05
"""What a coin does less often than this is said to be more than a coin's; so 5 of 5 are too few."""
MOST_HANDS = 500
NAMES = ("A", "B")

NOBODY = "Nobody has voted yet."


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two results.

    Args:
        title: who made it and of what; hidden while the vote is open.
        text: what was written, "" for pictures.
        pictures: the names of its pictures.
        link: its recipe, for whoever wants to see it again; hidden while the vote is open.
    """

    title: str
    text: str = ""
    pictures: tuple[str, ...] = ()
    link: str = ""


@dataclass(slots=True)
class Vote:
    """A question with two answers that everybody sees in the same order."""

    id: str
    question: str
    sides: tuple[Side, Side]
    open: bool = True
    ballots: dict[str, int] = field(default_factory=dict)  # student -> 0 or 1
    hands: tuple[int, int] = (0, 0)

    def cast(self, student: str, side: object) -> None:
        """One student's answer, or another one in its place."""
        if not self.open:
            raise ValueError("This vote is closed.")
        if not isinstance(side, int) or isinstance(side, bool) or side not in (0, 1):
            raise ValueError("A vote is for A or for B.")
        self.ballots[student] = side

    def count_hands(self, hands: Sequence[object]) -> None:
        """Hands that went up in the room, counted by the teacher; in the place of those before."""
        if len(hands) != 2:
            raise ValueError("Hands are counted for A and for B.")
        self.hands = (_hands(hands[0]), _hands(hands[1]))

    def counts(self) -> tuple[int, int]:
        """How many are for each side, ballots and hands together."""
        for_b = sum(self.ballots.values())
        return len(self.ballots) - for_b + self.hands[0], for_b + self.hands[1]


def _hands(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST_HANDS:
        raise ValueError(f"Hands are counted in whole numbers from 0 to {MOST_HANDS}.")
    return number


@dataclass(frozen=True, slots=True)
class Tally:
    """What a count comes to: the side ahead, its share with a 95 % interval, and a sentence."""

    counts: tuple[int, int]
    ahead: int
    share: float
    low: float
    high: float
    tells: bool
    sentence: str


def tally(counts: tuple[int, int]) -> Tally:
    """The share of the side ahead, and whether so few can tell it from a coin."""
    n, ahead = sum(counts), int(counts[1] > counts[0])
    if not n:
        return Tally(counts, 0, 0.0, 0.0, 1.0, False, NOBODY)
    low, high = interval(counts[ahead], n)
    tells = low > 0.5 and coin(counts[ahead], n) < RARE
    words = _TELLS if tells else _EVEN if counts[0] == counts[1] else _TOO_FEW
    sentence = words.format(
        n=n,
        k=counts[ahead],
        side=NAMES[ahead],
        share=_percent(counts[ahead] / n),
        low=_percent(low),
        high=_percent(high),
    )
    return Tally(counts, ahead, counts[ahead] / n, low, high, tells, sentence)


_TELLS = (
    "{k} of {n} chose {side}: {share} % (95 % interval {low}–{high} %). That is more than a coin "
    "would give."
)
_TOO_FEW = (
    "{k} of {n} chose {side}: {share} % (95 % interval {low}–{high} %). Too few to tell: a coin "
    "could have done the same."
)
_EVEN = "{k} of {n} chose each side (95 % interval {low}–{high} %): neither is ahead."


def interval(k: int, n: int) -> tuple[float, float]:
    """Wilson’s score interval for k of n, at 95 %, within 0 and 1; all of it for none of none."""
    if not n:
        return 0.0, 1.0
    low, high = wilson(k, n)
    return max(0.0, low), min(1.0, high)


def coin(k: int, n: int) -> float:
    """How often n throws of a coin fall at least as unevenly as k of n, to whichever side; exact.

    It is asked beside the interval, which for a few throws is a little too narrow.
    """
    least = min(k, n - k)
    ways = sum(math.comb(n, i) for i in range(least + 1))
    return min(1.0, float(2 * ways / 2**n))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
