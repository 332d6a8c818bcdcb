"""The form of the history's file, and how an older one is brought to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from playground.features.history.faults import Damaged

# The file's form, one step after another: only ever add to this list.


def _runs_and_pictures(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, visitor TEXT NOT NULL,"
        " created INTEGER NOT NULL, key TEXT NOT NULL, task TEXT NOT NULL, model TEXT NOT NULL,"
        " recipe TEXT NOT NULL, text TEXT NOT NULL, seconds REAL NOT NULL)"
    )
    db.execute(
        "CREATE TABLE pictures (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,"
        " number INTEGER NOT NULL, png BLOB NOT NULL, PRIMARY KEY (run, number))"
    )
    db.execute("CREATE INDEX runs_by_time ON runs (visitor, created)")


def _rating_and_note(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE runs ADD COLUMN rating INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT ''")


def _repetitions(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE runs ADD COLUMN times INTEGER NOT NULL DEFAULT 1")
    db.execute("CREATE INDEX runs_by_key ON runs (visitor, key)")


def _visitors(db: sqlite3.Connection) -> None:
    """When each visitor was last there, in seconds since 1970; of all until now, that is now."""
    db.execute(
        "CREATE TABLE visitors AS SELECT DISTINCT visitor,"
        " CAST(strftime('%s', 'now') AS INTEGER) AS seen FROM runs"
    )
    db.execute("CREATE UNIQUE INDEX visitors_by_name ON visitors (visitor)")
    db.execute("CREATE INDEX visitors_by_time ON visitors (seen)")


def _sources(db: sqlite3.Connection) -> None:
    """Where a result came from, as its card said; of all until now, nobody knows."""
    db.execute("ALTER TABLE runs ADD COLUMN source TEXT NOT NULL DEFAULT ''")


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    _runs_and_pictures,
    _rating_and_note,
    _repetitions,
    _visitors,
    _sources,
]
"""From an empty file to today's; `PRAGMA user_version` says how many of them a file has had."""


def migrate(
    db: sqlite3.Connection,
    migrations: Sequence[Callable[[sqlite3.Connection], None]] = MIGRATIONS,
) -> None:
    """Bring a file to today's form, within the transaction that is open.

    Raises:
        HistoryError: when the file is newer than this program.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise Damaged(
            "The history file was written by a newer version of this playground. Runs go on, but "
            "are not kept."
        )
    for migration in migrations[version:]:
        migration(db)
    db.execute(f"PRAGMA user_version = {len(migrations)}")
