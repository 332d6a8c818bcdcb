"""What visitors let models make, kept in one SQLite file: recipe, results, times, rating, note.

Every row belongs to a visitor id (`core/identity.py`), and every question here is asked by one:
nobody reads or changes what is another's. Each operation opens a connection and closes it again,
so any thread may call, and several processes may share the file (write-ahead log, one writer at a
time). A run is in the file before its page is told that it has ended. What can go wrong with a file
never stops a run: it becomes a line in the log, and a sentence in the drawer.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from models.base import ImageStep, Recipe, Step, TokenStep
from models.folding import search_key
from playground.core import picture_files
from playground.core.follow import Keep
from playground.core.limits import on_public_host
from playground.features.history import room
from playground.features.history.faults import (
    NO_ROOM_TO_DELETE,
    Damaged,
    DiskFull,
    HistoryError,
    explained,
)
from playground.features.history.folder import data_folder
from playground.features.history.schema import migrate

log = logging.getLogger(__name__)

T = TypeVar("T")
SETTING = "PLAYGROUND_HISTORY"
OFF = "off"
FILE = Path("generative-playground") / "history.sqlite"

MOST_BYTES = 2_000_000_000
"""Of the whole file: then new runs are not kept, which is said."""
MOST_PICTURE_BYTES = 4_000_000
"""Of one run: sixteen of 32 × 32 pixels take 50 kB, four of 512 × 512 about 1.8 MB."""
MOST_RUNS = 1_000
"""Of one visitor; of more, the oldest go that bear neither rating nor note."""
HIGHEST_RATING = 5
MOST_NOTE_CHARACTERS = 2_000
PAGE_RUNS = 20
PATIENCE_SECONDS = 2.0  # for another process that is writing
_WAL_TRIES = 20
LIVE, SHARED = "live", "shared"


@dataclass(frozen=True, slots=True)
class NoHistory:
    """In the place of a history that cannot be opened: why not, as a sentence for visitors."""

    trouble: str


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a recipe."""

    recipe: Recipe
    text: str = ""
    pictures: tuple[bytes, ...] = ()  # PNG files
    seconds: float = 0.0  # of computing
    source: str = ""  # "live" or "shared", as its card said


@dataclass(frozen=True, slots=True)
class Entry:
    """One run as it is kept; pictures are fetched one by one."""

    id: int
    created: int  # microseconds since 1970; no two of one visitor are equal
    recipe: Mapping[str, Any]
    key: str
    text: str
    pictures: int
    seconds: float
    rating: int  # 1 to 5; 0 is none
    note: str
    times: int  # how often the same recipe was carried out
    source: str  # where it came from the last time: "live", "shared", "" where nobody knows


_COLUMNS = (
    "id, created, recipe, key, text, (SELECT count(*) FROM pictures WHERE run = runs.id),"
    " seconds, rating, note, times, source"
)


class History:
    """The file, made if there is none and brought to today's form.

    Args:
        most_bytes: the file grows no larger.
        patience_seconds: how long an operation waits for another that is writing.

    Raises:
        HistoryError: in a sentence, when the file cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        *,
        most_bytes: int = MOST_BYTES,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.path = path
        self.trouble = ""
        self._most_bytes = most_bytes
        self._patience_seconds = patience_seconds
        self.shares = room.Shares()
        self._reserve = room.Reserve(path)
        self._swept = time.time()
        self._make_file()
        with self._told():
            self._use_wal()
            with self._connection() as db:
                db.execute("BEGIN IMMEDIATE")
                migrate(db)
                room.forget_unseen(db, self._swept)
                db.execute("COMMIT")
            self._anchor = self._anchored()
        self._reserve.keep()

    def close(self) -> None:
        """Let go of the file; whatever is still asked works, only more slowly."""
        self._anchor.close()

    # What is kept

    def keeper(self, visitor: str, address: str = "") -> Keep | None:
        """What keeps runs for a visitor; None for whoever has no id.

        Args:
            address: from where the visitor comes, which has its share of what is kept in an hour.
        """

        def keep(recipe: Recipe, steps: Sequence[Step], replayed: bool = False) -> None:
            source = SHARED if replayed else LIVE
            self.record(visitor, recipe, steps, address, source=source)

        return keep if visitor else None

    def record(
        self,
        visitor: str,
        recipe: Recipe,
        steps: Sequence[Step],
        address: str = "",
        *,
        source: str = "",
    ) -> None:
        """Keep a run that has ended well; what goes wrong is logged, and told as `trouble`."""
        if recipe.task != "generate":
            return
        try:
            run = replace(made(recipe, steps), source=source)
            if self.shares.take(address, len(run.text) + sum(map(len, run.pictures))):
                self.add(visitor, run)
        except HistoryError as error:
            if self.trouble != str(error):
                log.warning("a run was not kept: %s", error)
            self.trouble = str(error)
        except Exception:
            log.exception("a run was not kept")
        else:
            self.trouble = ""

    def add(self, visitor: str, run: Made) -> int:
        """Write down one run and give it a number; the same recipe once more moves to the front.

        Where there is no room, those who were not there the longest lose theirs.

        Raises:
            HistoryError: when that is impossible, in a sentence.
        """
        for _ in range(room.AT_ONCE):
            try:
                return self._add(visitor, run)
            except DiskFull:
                if not self._make_room(visitor):
                    raise
        return self._add(visitor, run)

    def _make_room(self, visitor: str) -> bool:
        """Forget whoever was not there the longest; False if nobody else is left."""

        def forget() -> bool:
            with self._writing() as db:
                return room.forget_longest_unseen(db, visitor)

        gone = self._with_reserve(forget)
        self._reserve.keep()
        return gone

    def _with_reserve(self, delete: Callable[[], T]) -> T:
        """What deleting comes to; on a full disk, with the room that was kept for that."""
        try:
            gone = delete()
        except DiskFull:  # what the log holds already is on the disk twice
            self._reserve.give()
            self._empty_log()
            gone = delete()
        with suppress(DiskFull):  # it is gone all the same; the next that deletes empties the log
            self._empty_log()
        return gone

    def _add(self, visitor: str, run: Made) -> int:
        now = time.time()
        with self._writing() as db:
            if now - self._swept > room.SEEN_SECONDS:
                self._swept = now
                room.forget_unseen(db, now)
            room.seen(db, visitor, now)
            created = room.next_moment(db, visitor)
            known = db.execute(
                "SELECT id FROM runs WHERE visitor = ? AND key = ?", (visitor, run.recipe.key)
            ).fetchone()
            if known:
                again = "times = times + 1, created = ?, source = ?"
                db.execute(f"UPDATE runs SET {again} WHERE id = ?", (created, run.source, *known))
                return int(known[0])
            number = _insert(db, visitor, created, run)
            room.forget_oldest(db, visitor, MOST_RUNS)
            return number

    # What a visitor asks for

    def page(
        self, visitor: str, *, words: str = "", before: int | None = None, most: int = PAGE_RUNS
    ) -> list[Entry]:
        """A visitor's runs, newest first.

        Args:
            words: all of them must stand in the prompt, the text, the note or the recipe's labels.
            before: only those created before this moment, the last of the page before.
        """
        self._see(visitor)
        sought = search_key(words).split()
        with self._reading() as db:
            db.create_function("holds", 3, lambda *texts: _holds(sought, *texts))
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM runs WHERE visitor = ? AND created < ?"
                " AND (? OR holds(recipe, text, note)) ORDER BY created DESC LIMIT ?",
                (visitor, 2**62 if before is None else before, not sought, most),
            ).fetchall()
        return [_entry(row) for row in rows]

    def _see(self, visitor: str) -> None:
        """Write down that a visitor is there, now and then; it is nothing to wait for."""
        now = time.time()
        with suppress(HistoryError):
            with self._reading() as db:
                before = room.was_seen(db, visitor)
            if before is not None and now - before > room.SEEN_SECONDS:
                with self._writing() as db:
                    room.seen(db, visitor, now)

    def count(self, visitor: str) -> int:
        """How many runs are kept for a visitor."""
        with self._reading() as db:
            rows = db.execute("SELECT count(*) FROM runs WHERE visitor = ?", (visitor,))
            return int(rows.fetchone()[0])

    def picture(self, visitor: str, run: int, number: int) -> bytes | None:
        """One picture as a PNG file; None if that visitor has none of this number."""
        with self._reading() as db:
            row = db.execute(
                "SELECT png FROM pictures JOIN runs ON runs.id = run"
                " WHERE visitor = ? AND run = ? AND number = ?",
                (visitor, run, number),
            ).fetchone()
        return bytes(row[0]) if row else None

    def rate(self, visitor: str, run: int, rating: int) -> bool:
        """Give a run 1 to 5 points, or 0 to take them back; False if the visitor has no such run.

        Raises:
            ValueError: for other numbers, in words.
        """
        if not 0 <= rating <= HIGHEST_RATING:
            raise ValueError(f"A rating is a whole number from 0 to {HIGHEST_RATING}.")
        return self._change("rating", visitor, run, rating)

    def annotate(self, visitor: str, run: int, note: str) -> bool:
        """Write a note to a run; False if the visitor has no such run.

        Raises:
            ValueError: when it is too long, in words.
        """
        if len(note) > MOST_NOTE_CHARACTERS:
            raise ValueError(f"A note holds at most {MOST_NOTE_CHARACTERS:,} characters.")
        return self._change("note", visitor, run, note)

    def delete(self, visitor: str, run: int | None = None) -> int:
        """Delete one run of a visitor, or all of them; how many that were.

        What is deleted is overwritten in the file, and does not stay in its log.
        """
        condition, values = "visitor = ?", [visitor, *([] if run is None else [run])]
        if run is not None:
            condition += " AND id = ?"

        def rid() -> int:
            with self._writing() as db:
                if run is None:
                    db.execute("DELETE FROM visitors WHERE visitor = ?", (visitor,))
                return db.execute(f"DELETE FROM runs WHERE {condition}", values).rowcount

        try:
            gone = self._with_reserve(rid)
        except DiskFull as error:
            raise HistoryError(NO_ROOM_TO_DELETE) from error
        self._reserve.keep()
        return gone

    def _empty_log(self) -> None:
        """Write the log into the file, and give back its room."""
        with self._told(), self._connection() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _change(self, column: str, visitor: str, run: int, value: object) -> bool:
        with self._writing() as db:
            changed = db.execute(
                f"UPDATE runs SET {column} = ? WHERE visitor = ? AND id = ?", (value, visitor, run)
            )
            return changed.rowcount > 0

    # Connections

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one operation, without transactions of Python's own making."""
        opened = sqlite3.connect(self.path, timeout=self._patience_seconds, isolation_level=None)
        with closing(opened) as db:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")
            # A killed process loses nothing by this, and a power cut the last moments at most.
            db.execute("PRAGMA synchronous = NORMAL")
            page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {self._most_bytes // page_bytes}").fetchone()
            yield db

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._told(), self._connection() as db:
            db.execute(begin)
            yield db
            db.execute("COMMIT")  # what was not committed is undone when the connection closes

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction("BEGIN")

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of SQLite as sentences."""
        try:
            yield
        except sqlite3.Error as error:
            raise explained(error) from error

    def _make_file(self) -> None:
        """The file, readable for nobody else where the system can say so; its log inherits that."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise HistoryError(f"{self.path} cannot be written: {error.strerror}.") from error

    def _anchored(self) -> sqlite3.Connection:
        """A connection that nobody uses: while it is open, closing others leaves the log alone.

        The last to close writes the whole log into the file, 30 ms after every run instead of 3.
        """
        anchor = sqlite3.connect(self.path, check_same_thread=False)
        anchor.execute("SELECT count(*) FROM runs").fetchone()  # before that it is not open
        return anchor

    def _use_wal(self) -> None:
        """Switch the log on, which lasts; two processes that begin at once get in each other's way.

        SQLite does not wait by itself here (`sqlite3_busy_handler`: it could be a deadlock).
        """
        for tries_left in reversed(range(_WAL_TRIES)):
            try:
                with self._connection() as db:
                    db.execute("PRAGMA journal_mode = WAL").fetchone()
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or not tries_left:
                    raise
                time.sleep(self._patience_seconds / _WAL_TRIES)


def made(recipe: Recipe, steps: Sequence[Step]) -> Made:
    """What the steps of a finished run come to: its whole text, or its last pictures."""
    last = steps[-1]
    return Made(
        recipe,
        "".join(step.text for step in steps if isinstance(step, TokenStep)),
        _files(recipe, last) if isinstance(last, ImageStep) else (),
        sum(step.seconds for step in steps),
    )


def _files(recipe: Recipe, step: ImageStep) -> tuple[bytes, ...]:
    """The pictures as exact files, as many of them as may be kept; none that was held back."""
    files: list[bytes] = []
    for place, image in enumerate(step.images):
        if place in step.held_back:
            continue
        file = picture_files.png_bytes(image, recipe, f"{place + 1} of {len(step.images)}")
        if sum(map(len, files)) + len(file) <= MOST_PICTURE_BYTES:
            files.append(file)
    return tuple(files)


def words_of(recipe: Mapping[str, Any]) -> str:
    """What a recipe asks for, in words: its prompt, or its labels where it has none."""
    options = recipe["options"]
    if recipe["prompt"] or not {"digit", "ink", "paper"} <= options.keys():
        return str(recipe["prompt"])
    return f"{options['ink']} {options['digit']} on {options['paper']}"


def _holds(sought: Sequence[str], recipe: str, text: str, note: str) -> bool:
    """Whether all words that are sought stand in a run."""
    asked = json.loads(recipe)
    whole = search_key("\n".join((words_of(asked), asked["model"], text, note)))
    return all(word in whole for word in sought)


def _insert(db: sqlite3.Connection, visitor: str, created: int, run: Made) -> int:
    recipe = run.recipe
    added = db.execute(
        "INSERT INTO runs (visitor, created, key, task, model, recipe, text, seconds, source)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(visitor, created, recipe.key, recipe.task, recipe.model),
            *(recipe.canonical(), run.text, run.seconds, run.source),
        ),
    )
    number = added.lastrowid
    assert number is not None
    rows = [(number, place, png) for place, png in enumerate(run.pictures, start=1)]
    db.executemany("INSERT INTO pictures (run, number, png) VALUES (?, ?, ?)", rows)
    return number


def _entry(row: Sequence[Any]) -> Entry:
    number, created, recipe, *rest = row
    return Entry(number, created, json.loads(recipe), *rest)


# Where the file lies


def open_history(environment: Mapping[str, str] | None = None) -> History | NoHistory | None:
    """The history of this host; None where it is switched off, or has no place to be.

    In the place of a file that is damaged, or was written by a newer version, stands why there is
    none: the page says it, and nothing is written to that file.

    Raises:
        ValueError: in a sentence, when the operator has named a place where no file can be.
    """
    given = os.environ if environment is None else environment
    named = given.get(SETTING, "").strip()
    if named.lower() == OFF or (not named and on_public_host(given)):
        return None
    try:
        path = Path(named).expanduser() if named else data_folder(given) / FILE
        return History(path)
    except Damaged as error:
        log.warning("no history is kept: %s %s", path, error)
        return NoHistory(str(error))
    except RuntimeError as error:  # of ours, or nobody has a home here
        if named:
            raise ValueError(f"{SETTING} cannot be “{named}”. {error}") from error
        log.warning("no history is kept: %s", error)
        return None
