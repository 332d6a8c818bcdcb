"""The classes of one running app: opened, found, joined, ended. Pure: no server, no files."""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable

from playground.features.classroom.state import token as tokens
from playground.features.classroom.state.classroom import (
    AWAY,
    CLOSED,
    CODE_TAKEN,
    EMPTY_SECONDS,
    IDLE_SECONDS,
    LOCKED,
    MOST_CLASSES,
    MOST_SHEET_BYTES,
    MOST_SHEETS_BYTES,
    NO_CLASS,
    NO_OPENING,
    NO_STUDENT,
    PUT_OUT,
    SHEETS_FULL,
    TOO_MANY,
    TOO_MANY_TRIES,
    Classroom,
    Gone,
)
from playground.features.classroom.state.token import (
    LONGEST_SECONDS,
    TOO_OLD,
    ClassToken,
    Forbidden,
    Secret,
)
from playground.features.classroom.state.wrong_codes import WrongCodes


class Classes:
    """The classes of one running app.

    All of it belongs to the thread of the event loop, but for `holds_to_shipped`, which any may
    ask.

    Args:
        clock: seconds since 1970, for what outlives the process.
        passing: seconds since some moment, for all that lasts for some time.
        opening_code: what who opens a class must know; "" where anybody may.
    """

    def __init__(
        self,
        secret: Secret,
        clock: Callable[[], float] = time.time,
        passing: Callable[[], float] = time.monotonic,
        opening_code: str = "",
    ) -> None:
        self.secret = secret
        self.clock = clock
        self.passing = passing
        self.opening_code = opening_code
        self._open: dict[str, Classroom] = {}
        self._ended: OrderedDict[str, tuple[ClassToken, float]] = (
            OrderedDict()
        )  # by nonce, and when
        self._wrong = WrongCodes()

    def __len__(self) -> int:
        return len(self._open)

    def open(self) -> Classroom:
        """A new class, under a code that no other has."""
        self._make_room()
        while (code := tokens.random_code()) in self._open:
            pass
        return self._put(tokens.new_class(code, self.clock()))

    def check_opening(self, typed: object, address: str) -> None:
        """Raise `Forbidden` unless somebody knows the code for opening classes."""
        if not self.opening_code:
            return
        now, letters = self.passing(), "".join(str(typed).upper().split())
        if hmac.compare_digest(letters.encode(), self.opening_code.encode()):
            return
        if self._wrong.too_many(address, now):
            raise Forbidden(TOO_MANY_TRIES)
        self._wrong.note(address, now)
        raise Forbidden(NO_OPENING)

    def teachers(self, code: str, text: str) -> Classroom:
        """The class of a teacher's token; opened again if this process does not know it.

        Raises:
            Forbidden: for a token of another class, or of none.
            Gone: for a class that was closed, or whose code another has now.
        """
        token = tokens.read_class(self.secret, text, code)
        self._sweep()
        if token.nonce in self._ended:
            raise Gone(CLOSED, closed=True)
        found = self._open.get(code)
        if found is not None and found.token.nonce != token.nonce:
            raise Gone(CODE_TAKEN, closed=True)
        if found is None:
            if self.clock() - token.opened > LONGEST_SECONDS:
                raise Gone(TOO_OLD, closed=True)
            self._make_room()
            found = self._put(token)
        found.seen = self.passing()
        return found

    def join(self, code: str, student: str = "", address: str = "") -> tuple[Classroom, str]:
        """A class by its code, and a token for the student; the one that is brought, if it fits.

        Args:
            address: where the student comes from, for wrong codes.
        """
        self._sweep()
        now = self.passing()
        found = self._open.get(code)
        if found is None:
            if self._wrong.too_many(address, now):
                raise ValueError(TOO_MANY_TRIES)
            self._wrong.note(address, now)
            raise Gone(NO_CLASS)
        if student in found.out:
            raise Forbidden(PUT_OUT)
        if not tokens.is_student(self.secret, found.token, student):
            if found.locked:
                raise Forbidden(LOCKED)
            student = tokens.new_student(self.secret, found.token)
        found.admit(student, now)
        return found, student

    def students(self, code: str, student: str) -> Classroom:
        """The class of a student's token, who is in it from now on.

        Raises:
            Gone: where there is no such class, or not at the moment.
            Forbidden: for a token of another class.
        """
        found = self._open.get(code)
        if found is None:
            ended = [token for token, _ in self._ended.values() if token.code == code]
            closed = any(tokens.is_student(self.secret, each, student) for each in ended)
            raise Gone(CLOSED if closed else AWAY, closed=closed)
        if student not in found.students and not tokens.is_student(
            self.secret, found.token, student
        ):
            raise Forbidden(NO_STUDENT)
        if student in found.out:
            raise Forbidden(PUT_OUT)
        found.admit(student, self.passing())
        return found

    def find(self, code: str) -> Classroom | None:
        """An open class by its code."""
        return self._open.get(code)

    def end(self, room: Classroom) -> None:
        """End a class: all that is in it goes, and its link opens nothing any more."""
        self._ended[room.token.nonce] = room.token, self.passing()
        self._drop(room)

    def _drop(self, room: Classroom) -> None:
        """Forget all that is in a class; its link can still open it again, empty."""
        self._open.pop(room.token.code, None)
        for held in (room.students, room.sheets, room.questions, room.pictures):
            held.clear()
        room.wall.clear()
        room.push = room.vote = None

    def hand_in(self, room: Classroom, student: str, sheet: bytes) -> None:
        """One student's sheet, in the place of the one before."""
        if not sheet or len(sheet) > MOST_SHEET_BYTES:
            raise ValueError("A sheet is an HTML file of at most 1 MB.")
        held = sum(map(len, room.sheets.values()))
        if held - len(room.sheets.get(student, b"")) + len(sheet) > MOST_SHEETS_BYTES:
            raise ValueError(SHEETS_FULL)
        room.sheets[student] = sheet
        room.news += 1

    def holds_to_shipped(self, code: str, student: str) -> bool:
        """Whether somebody is in an open class that has not been given more than shipped models."""
        room = self._open.get(code)
        return room is not None and not room.unlocked and self.has(code, student)

    def may_use_all(self, code: str, text: str) -> bool:
        """Whether somebody is the teacher of an open class, or in one that was unlocked."""
        room = self._open.get(code)
        if room is None:
            return False
        if hmac.compare_digest(room.token.text(self.secret).encode(), text.encode()):
            return True
        return room.unlocked and self.has(code, text)

    def has(self, code: str, student: str) -> bool:
        """Whether somebody is in an open class."""
        room = self._open.get(code)
        if room is None:
            return False
        known = student in room.students or tokens.is_student(self.secret, room.token, student)
        return known and student not in room.out

    def _put(self, token: ClassToken) -> Classroom:
        room = self._open[token.code] = Classroom(token, self.passing())
        return room

    def _sweep(self) -> None:
        """End what is idle or older than a day, and forget ends that no link reaches any more."""
        now, date = self.passing(), self.clock()
        for room in list(self._open.values()):
            if now - room.seen > IDLE_SECONDS or date - room.token.opened > LONGEST_SECONDS:
                self._drop(room)
        while self._ended and now - next(iter(self._ended.values()))[1] > LONGEST_SECONDS:
            self._ended.popitem(last=False)

    def _make_room(self) -> None:
        """Before a class is opened: the one that has been empty the longest may have to go."""
        self._sweep()
        if len(self._open) < MOST_CLASSES:
            return
        now = self.passing()
        empty = [
            room
            for room in self._open.values()
            if not room.students and now - room.seen > EMPTY_SECONDS
        ]
        if not empty:
            raise ValueError(TOO_MANY)
        self._drop(min(empty, key=lambda room: room.seen))
