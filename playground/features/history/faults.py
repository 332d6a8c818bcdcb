"""What can go wrong with the history's file, in sentences for visitors."""

from __future__ import annotations

import logging
import sqlite3

log = logging.getLogger(__name__)

FULL = (
    "The disk or the history file is full: runs go on, but new ones are not kept. "
    "Delete some that you no longer need."
)
NO_ROOM_TO_DELETE = (
    "The disk is so full that nothing can be deleted from the history either: what is changed is "
    "written down first. Whoever runs this playground must make room on the disk; then delete it "
    "again."
)


class HistoryError(RuntimeError):
    """The file cannot be read or written; the message is a sentence."""


class DiskFull(HistoryError):
    """There is no room for what should be written."""


class Damaged(HistoryError):
    """The file was found where it should be, and holds no history that can be read."""


def explained(error: sqlite3.Error) -> HistoryError:
    """What an error of SQLite means for a visitor."""
    said = str(error)
    if "full" in said:
        return DiskFull(FULL)
    if "locked" in said or "busy" in said:
        return HistoryError("The history file is in use by another program. Try again in a moment.")
    if "readonly" in said or "unable to open" in said:
        return HistoryError(
            "The history file cannot be opened or written here. Runs go on, but are not kept."
        )
    log.error("the history file: %s", said)
    return Damaged("The history file cannot be read. Runs go on, but are not kept.")
