"""How the history stays within its room: who is unseen for long goes, and nobody takes it all.

Ids of visitors cost nothing, so limits of a visitor alone would let two connections fill the file.
An address therefore has a share of every hour; when the file or the disk is full, the rows of the
visitor who has been unseen the longest go first, and after half a year they go in any case.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

UNSEEN_SECONDS = 180 * 24 * 3600
SEEN_SECONDS = 3600
"""How exactly it is known when somebody was seen."""
HOUR_SECONDS = 3600.0
MOST_BYTES_OF_HOUR = 100_000_000
"""From one address: a class of thirty that draws all the time keeps some tens."""
RESERVE_BYTES = 4_000_000
"""What stands beside the file, so that something can be deleted on a full disk."""
AT_ONCE = 20  # visitors that make room for one run
_MOST_ADDRESSES = 10_000
_EACH_BYTES = 2_000  # of a run, besides its text and its pictures

OVER_SHARE = (
    "Very much has been kept from your network in this hour: runs go on, but new ones are not kept "
    "until the next one."
)


class Shares:
    """How much each address has had kept in this hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._hour = 0
        self._taken: dict[str, int] = {}

    def take(self, address: str, content_bytes: int) -> bool:
        """Whether an address may have so much more kept; "" is no address, and has no share."""
        with self._lock:
            self._begin_hour()
            taken = self._taken.get(address, 0) + content_bytes + _EACH_BYTES
            if address and taken > MOST_BYTES_OF_HOUR:
                self._taken[address] = MOST_BYTES_OF_HOUR + 1
                return False
            if address:
                self._taken[address] = taken
            return True

    def trouble(self, address: str) -> str:
        """What there is to say to an address that has had its share; "" to all others."""
        with self._lock:
            self._begin_hour()
            return OVER_SHARE if self._taken.get(address, 0) > MOST_BYTES_OF_HOUR else ""

    def _begin_hour(self) -> None:
        hour = int(self._clock() // HOUR_SECONDS)
        if hour != self._hour or len(self._taken) > _MOST_ADDRESSES:
            self._hour = hour
            self._taken.clear()


class Reserve:
    """A file of nothing beside the history's: given up for as long as room is needed."""

    def __init__(self, history: Path, size_bytes: int = RESERVE_BYTES) -> None:
        self.path = history.with_name(f"{history.name}.reserve")
        self.size_bytes = size_bytes

    def keep(self) -> None:
        """Take the room, if there is any and it is not taken."""
        with suppress(OSError):
            if self.path.exists() and self.path.stat().st_size >= self.size_bytes:
                return
        try:
            number = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with open(number, "wb") as file:
                file.write(bytes(self.size_bytes))
        except OSError:
            self.give()  # a part of it is of no use

    def give(self) -> None:
        """Give the room back."""
        with suppress(OSError):
            self.path.unlink()


def next_moment(db: sqlite3.Connection, visitor: str) -> int:
    """Now, or a little later if the visitor's last run was written in this very microsecond."""
    last = db.execute("SELECT max(created) FROM runs WHERE visitor = ?", (visitor,)).fetchone()[0]
    return max(time.time_ns() // 1000, (last or 0) + 1)


def forget_oldest(db: sqlite3.Connection, visitor: str, most_runs: int) -> None:
    """Delete what a visitor has beyond so many runs, first what bears no rating and no note."""
    db.execute(
        "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE visitor = ?"
        " ORDER BY (rating > 0 OR note <> '') DESC, created DESC LIMIT -1 OFFSET ?)",
        (visitor, most_runs),
    )


def seen(db: sqlite3.Connection, visitor: str, now: float) -> None:
    """Write down that a visitor is there."""
    db.execute(
        "INSERT INTO visitors (visitor, seen) VALUES (?, ?)"
        " ON CONFLICT (visitor) DO UPDATE SET seen = excluded.seen",
        (visitor, int(now)),
    )


def was_seen(db: sqlite3.Connection, visitor: str) -> float | None:
    """When a visitor was there, in seconds since 1970; None for one of whom nothing is kept."""
    row = db.execute("SELECT seen FROM visitors WHERE visitor = ?", (visitor,)).fetchone()
    return float(row[0]) if row else None


def forget_unseen(db: sqlite3.Connection, now: float) -> int:
    """Delete the rows of all who were not there for half a year; of how many visitors."""
    gone = db.execute(
        "SELECT visitor FROM visitors WHERE seen < ?", (int(now) - UNSEEN_SECONDS,)
    ).fetchall()
    for (visitor,) in gone:
        _forget(db, visitor)
    return len(gone)


def forget_longest_unseen(db: sqlite3.Connection, but: str) -> bool:
    """Delete the rows of the visitor who was longest not there; False if nobody else is."""
    row = db.execute(
        "SELECT visitor FROM visitors WHERE visitor <> ? ORDER BY seen LIMIT 1", (but,)
    ).fetchone()
    if row:
        _forget(db, row[0])
    return row is not None


def _forget(db: sqlite3.Connection, visitor: str) -> None:
    db.execute("DELETE FROM runs WHERE visitor = ?", (visitor,))
    db.execute("DELETE FROM visitors WHERE visitor = ?", (visitor,))
