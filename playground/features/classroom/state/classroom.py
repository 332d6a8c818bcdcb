"""What classes hold: students as tokens, steps, a vote, a wall, sheets. Pure: no server, no files.

Nothing here is written down anywhere. A class is gone when it is closed, when nobody has asked for
it for hours, or when the process ends; the teacher's link then opens it again, empty, under the
same code, and students' tokens fit it as before.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from models.base import is_utf8
from playground.features.classroom.state.content import (
    Entry,
    Push,
    Student,
    hung,
    pushed,
    vote_counted,
    vote_put,
)
from playground.features.classroom.state.token import (
    ClassToken,
)
from playground.features.classroom.state.votes import Side, Vote

MOST_CLASSES = 16
MOST_STUDENTS = 60
IDLE_SECONDS = 4 * 3600
"""After which a class that nobody has asked for ends."""
EMPTY_SECONDS = 15 * 60
"""The same for one without students, once there is no room for others."""
HERE_SECONDS = 90.0
"""A student who has asked within this time is here; browsers let hidden pages ask once a minute."""
MOST_ENTRIES, MOST_OF_STUDENT = 120, 6  # on a wall, waiting ones included
SEAT_SECONDS = 300.0
"""A student who has not asked for so long gives the seat to another, if there is none left."""
MOST_SHEET_BYTES, MOST_SHEETS_BYTES = 1_001_000, 40_000_000
"""Of one sheet with what stands in front of it, and of all sheets of a class."""
MOST_ANSWERS = 24
CAPTION_CHARACTERS, QUESTION_CHARACTERS = 140, 140
MOST_STEPS = 60
LESSON = re.compile(r"[a-z0-9_-]{1,64}")

NO_CLASS = "There is no class with this code. Look at the four letters again."
AWAY = "This class is not open just now. This page finds it again when its teacher opens it."
CLOSED = "This class was closed, and everything in it is gone."
FULL = f"This class has {MOST_STUDENTS} students, and takes no more."
TOO_MANY = f"{MOST_CLASSES} classes are open here, and that is the most. Come back in an hour."
CODE_TAKEN = "Another class has this code now. Open a new class."
NO_OPENING = (
    "This is not the code for opening classes. It stands in the terminal of the computer on which "
    "this app was started."
)
NO_STUDENT = "You are not in this class. Join it with its code."
PUT_OUT = "Your teacher has taken you out of this class."
LOCKED = "This class takes nobody new at the moment. Ask your teacher."
TOO_MANY_TRIES = "Too many wrong codes were tried here. Wait a minute, then try again."
WALL_FULL = "The wall is full. Ask your teacher to take something off it."
ENOUGH = f"{MOST_OF_STUDENT} of yours are on the wall or wait for it, and that is the most."
SHEETS_FULL = "There is no room for more sheets here. Ask your teacher to download and clear them."


class Gone(LookupError):
    """A class that is not here: closed for good, or perhaps opened again; says so in a sentence."""

    def __init__(self, sentence: str, *, closed: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.closed = closed


@dataclass(slots=True)
class Classroom:
    """One class. `version` changes with all that students see, `news` with all that happens.

    Args:
        unlocked: whether students may run more than the shipped models.
        locked: whether nobody else may join.
        out: tokens of students that were put out.
    """

    token: ClassToken
    seen: float
    students: dict[str, Student] = field(default_factory=dict)
    joined: int = 0
    unlocked: bool = False
    locked: bool = False
    out: set[str] = field(default_factory=set)
    push: Push | None = None
    vote: Vote | None = None
    wall: list[Entry] = field(default_factory=list)
    sheets: dict[str, bytes] = field(default_factory=dict)
    questions: dict[str, dict[str, str]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    life: str = field(default_factory=lambda: secrets.token_hex(4))
    version: int = 0
    news: int = 0

    # Students

    def admit(self, student: str, now: float) -> Student:
        """A student who is in the class, or comes into it."""
        known = self.students.get(student)
        if known is None:
            if len(self.students) >= MOST_STUDENTS:
                self._free_seats(now)
            if len(self.students) >= MOST_STUDENTS:
                raise ValueError(FULL)
            self.joined += 1
            known = self.students[student] = Student(self.joined, now)
            self.news += 1
        known.seen = self.seen = now
        return known

    def leave(self, student: str) -> None:
        """A student who goes; answers, sheet and what hangs on the wall stay, they bear no name."""
        if self.students.pop(student, None) is not None:
            self.news += 1
        if self.vote is not None and self.vote.open:  # a seat has one ballot, whoever sits there
            self.vote.ballots.pop(student, None)

    def put_out(self, number: object) -> None:
        """Take a seat from a student, by its number, and what waits for the wall; for good."""
        found = [token for token, known in self.students.items() if known.number == number]
        if not found or isinstance(number, bool):
            raise ValueError("There is no such student here any more.")
        self.out.add(found[0])
        self.leave(found[0])
        for entry in [each for each in self.wall if each.student == found[0]]:
            self.wall.remove(entry)
            self.forget(*entry.pictures)
        self.sheets.pop(found[0], None)
        for answers in self.questions.values():
            answers.pop(found[0], None)
        self.change()

    def number_of(self, student: str) -> int:
        """The number of a student's seat; 0 for one who has left."""
        known = self.students.get(student)
        return known.number if known else 0

    def _free_seats(self, now: float) -> None:
        for student in [s for s, known in self.students.items() if now - known.seen > SEAT_SECONDS]:
            self.leave(student)

    def reach(self, student: str, lesson: str, step: object, of: int) -> bool:
        """A student has come to a step of a lesson, counted from 1; whether that is new.

        Args:
            of: steps that the lesson has.
        """
        if not isinstance(step, int) or isinstance(step, bool) or not 1 <= step <= of:
            raise ValueError(f"The steps of this lesson are counted from 1 to {of}.")
        known = self.students.get(student)
        if known is None or (known.lesson, known.step, known.of) == (lesson, step, of):
            return False
        known.lesson, known.step, known.of = lesson, step, of
        self.news += 1
        return True

    def steps(self) -> dict[str, list[int]]:
        """Lesson -> how many students are at each of its steps, the lesson of the most first."""
        crowd = Counter(s.lesson for s in self.students.values() if s.lesson)
        counts: dict[str, list[int]] = {}
        for lesson, _ in crowd.most_common():
            there = [s for s in self.students.values() if s.lesson == lesson]
            counts[lesson] = [0] * max(s.of for s in there)
            for each in there:
                counts[lesson][each.step - 1] += 1
        return counts

    # Guesses

    def guess(self, student: str, question: str, answer: str) -> None:
        """What a student believes before a result is shown; the last word counts.

        Args:
            question, answer: of a lesson of the library, see `guesses`.
        """
        self.questions.setdefault(question, {})[student] = answer

    def answers(self, question: object) -> dict[str, int]:
        """Answer -> how many gave it, the most frequent ones, most frequent first."""
        given = self.questions.get(question, {}) if isinstance(question, str) else {}
        return dict(Counter(given.values()).most_common(MOST_ANSWERS))

    # What everybody sees

    def show(self, kind: Literal["recipe", "claim", "lesson"], title: str, address: str) -> None:
        """Push a preset to everybody, in the place of the one before."""
        self.push = Push((self.push.number if self.push else 0) + 1, kind, title, address)
        self.change()

    def put_to_vote(self, question: object, sides: tuple[Side, Side]) -> Vote:
        """Begin a vote in the place of the one before; which side is A is drawn by lot, for all."""
        asked = checked(question, QUESTION_CHARACTERS)
        shuffled = (sides[1], sides[0]) if secrets.randbelow(2) else sides
        before, self.vote = self.vote, Vote(secrets.token_hex(8), asked, shuffled)
        if before:
            self.forget(*before.sides[0].pictures, *before.sides[1].pictures)
        self.change()
        return self.vote

    def the_vote(self, id_: object = None) -> Vote:
        """The vote that was put, by its id where one is named."""
        if self.vote is None or (id_ is not None and self.vote.id != id_):
            raise ValueError("There is no such vote any more.")
        return self.vote

    def hang(self, entry: Entry) -> None:
        """Something a student wants on the wall."""
        if len(self.wall) >= MOST_ENTRIES:
            raise ValueError(WALL_FULL)
        if sum(each.student == entry.student for each in self.wall) >= MOST_OF_STUDENT:
            raise ValueError(ENOUGH)
        self.wall.append(entry)
        self.news += 1

    def judge(self, id_: object, approved: bool) -> None:
        """Let an entry of the wall show, or take it off."""
        entry = next((each for each in self.wall if each.id == id_), None)
        if entry is None:
            raise ValueError("This is not on the wall any more.")
        if approved:
            entry.approved = True
        else:
            self.wall.remove(entry)
            self.forget(*entry.pictures)
        self.change()

    def keep(self, picture: bytes) -> str:
        """Keep a picture; the name under which it is shown, which nobody can guess."""
        name = secrets.token_hex(12)
        self.pictures[name] = picture
        return name

    def forget(self, *pictures: str) -> None:
        """Pictures that are shown nowhere any more."""
        for name in pictures:
            self.pictures.pop(name, None)

    def change(self) -> None:
        """Something that students see is other than before."""
        self.version += 1
        self.news += 1

    # Plain data

    def tag(self, news: bool = False) -> str:
        """Names what a page has seen; another life of the class has other names."""
        return f"{self.life}-{self.news if news else self.version}"

    def for_student(self, student: str) -> dict[str, Any]:
        """What a student's page shows."""
        return {
            "v": self.tag(),
            "code": self.token.code,
            "unlocked": self.unlocked,
            "push": pushed(self.push),
            "vote": self._ballot(student),
            "wall": [hung(entry) for entry in self.wall if entry.approved],
        }

    def for_teacher(self, now: float) -> dict[str, Any]:
        """What the teacher's page shows: numbers, and nothing that tells who."""
        here = sum(now - s.seen <= HERE_SECONDS for s in self.students.values())
        return {
            "v": self.tag(news=True),
            "code": self.token.code,
            "unlocked": self.unlocked,
            "locked": self.locked,
            "students": {"here": here, "in": len(self.students), "most": MOST_STUDENTS},
            "seats": [
                {"number": s.number, "lesson": s.lesson, "step": s.step, "of": s.of}
                for s in self.students.values()
            ],
            "steps": self.steps(),
            "push": pushed(self.push),
            "vote": self._count(),
            "wall": [
                {
                    **hung(entry),
                    "approved": entry.approved,
                    "by": self.number_of(entry.student),
                }
                for entry in self.wall
            ],
            "sheets": len(self.sheets),
            "sheets_bytes": sum(map(len, self.sheets.values())),
        }

    def _ballot(self, student: str) -> dict[str, Any] | None:
        """The vote as students see it: blind while it is open, with its tally when it is closed."""
        if self.vote is None:
            return None
        mine = self.vote.ballots.get(student)
        counted = {} if self.vote.open else {"tally": vote_counted(self.vote)}
        return {**vote_put(self.vote, blind=self.vote.open), "mine": mine, **counted}

    def _count(self) -> dict[str, Any] | None:
        if self.vote is None:
            return None
        return {
            **vote_put(self.vote, blind=self.vote.open),
            "hands": list(self.vote.hands),
            "tally": vote_counted(self.vote),
        }


def checked(text: object, characters: int) -> str:
    """One line of text that can be written down; ValueError if it is none, or too long."""
    if text is None:
        return ""
    if not isinstance(text, str) or not is_utf8(text):
        raise ValueError("This is no text.")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > characters:
        raise ValueError(f"This is longer than {characters} characters; shorten it.")
    return line
