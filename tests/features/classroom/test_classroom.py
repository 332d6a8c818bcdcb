"""Classes as plain state: tokens, votes, limits, wall, sheets, and the check before a lesson."""

from __future__ import annotations

import base64
import io
import math
import os
import socket
import stat
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from starlette.requests import HTTPConnection

from models.base import Recipe
from models.engine import Engine
from models.measure.metric import Z95
from models.recipe import make_recipe
from playground.core import identity
from playground.core.services import client_of
from playground.features.classroom import (
    FEATURE,
    guesses,
    join_address,
    membership,
    prefetch,
    preflight,
    results,
    sheets,
)
from playground.features.classroom.join_address import Address
from playground.features.classroom.state import classroom, token, votes, wrong_codes
from playground.features.classroom.state.classes import Classes
from playground.features.classroom.state.classroom import Entry, Gone
from playground.features.classroom.state.token import Forbidden, Secret
from playground.features.classroom.state.votes import Side, Vote
from playground.features.lessons.lesson import FOLDER as LESSONS
from playground.features.lessons.lesson import Lesson, Library
from playground.server import site_address
from tests.fake_catalogue import SPECS

SECRET = Secret(b"s" * 32, kept=True)
OTHER = Secret(b"o" * 32, kept=True)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_classes(clock: Clock) -> Classes:
    return Classes(SECRET, clock, clock)


# Tokens


def test_a_teachers_token_is_read_by_who_has_the_secret() -> None:
    made = token.new_class("BCDF", 1_800_000_000)
    assert token.read_class(SECRET, made.text(SECRET), "BCDF") == made
    with pytest.raises(Forbidden):
        token.read_class(OTHER, made.text(SECRET), "BCDF")


def test_no_letter_of_a_token_can_be_changed() -> None:
    text = token.new_class("BCDF", 1_800_000_000).text(SECRET)
    for place, letter in enumerate(text):
        other = "C" if letter == "B" else "." if letter != "." else "0"
        changed = text[:place] + ("1" if letter in "0abcdef" else other) + text[place + 1 :]
        assert changed != text
        for code in ("BCDF", changed[:4]):
            with pytest.raises(Forbidden):
                token.read_class(SECRET, changed, code)


@pytest.mark.parametrize(
    "text", ["", ".", "BCDF", "BCDF.1.2.3", "ü" * 80, "BCDF." + "0" * 80, None, 7]
)
def test_what_is_no_token_opens_nothing(text: Any) -> None:
    with pytest.raises(Forbidden):
        token.read_class(SECRET, text, "BCDF")
    assert not token.is_student(SECRET, token.new_class("BCDF"), text)


def test_a_students_token_is_good_for_one_class_alone() -> None:
    one, other = token.new_class("BCDF"), token.new_class("BCDF")
    student = token.new_student(SECRET, one)
    assert token.is_student(SECRET, one, student)
    assert not token.is_student(SECRET, other, student)
    assert not token.is_student(OTHER, one, student)
    assert not token.is_student(SECRET, one, student[:-1] + ("0" if student[-1] != "0" else "1"))


def test_codes_are_tidied_and_never_words() -> None:
    assert token.tidy_code(" b cd f ") == "BCDF"
    assert token.tidy_code("“ｂｃ\u00a0ＤＦ”.") == token.tidy_code("bc-df)\u200b") == "BCDF"
    assert token.tidy_code("BCDF" + " " * 200) == ""
    assert [token.tidy_code(x) for x in ("BCD", "BCDFG", "ABCD", "BCD1", "", None, 5)] == [""] * 7
    assert all(token.tidy_code(code) == code for code in (token.random_code() for _ in range(200)))
    assert not set(token.LETTERS) & set("AEIOUY0123456789")


def test_the_secret_is_of_the_variable_or_of_a_file_made_once(tmp_path: Path) -> None:
    given = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    first = token.open_secret(given)
    assert first == token.open_secret(given)
    assert first.kept
    (file,) = tmp_path.rglob(token.FILE)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [token.FILE]
    named = token.open_secret({**given, token.VARIABLE: "a long enough secret"})
    assert named.kept
    assert named != first
    with pytest.raises(ValueError, match="at least 16"):
        token.open_secret({token.VARIABLE: "short"})


def test_without_a_place_the_secret_ends_with_the_process(tmp_path: Path) -> None:
    public = {"SPACE_ID": "somebody/playground", "HOME": str(tmp_path)}
    assert not token.open_secret(public).kept
    assert token.open_secret(public) != token.open_secret(public)
    assert not list(tmp_path.rglob("*"))
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert not token.open_secret({"XDG_DATA_HOME": str(blocked), "HOME": str(blocked)}).kept


def test_two_starts_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    given, found = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}, []
    threads = [
        threading.Thread(target=lambda: found.append(token.open_secret(given))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


# Votes


def wilson_by_bisection(k: int, n: int) -> tuple[float, float]:
    """The same interval by its definition: shares p from which k/n is 1.96 standard errors away."""

    def away(p: float) -> float:
        return abs(k / n - p) - Z95 * math.sqrt(p * (1 - p) / n)

    def edge(inside: float, outside: float) -> float:
        if away(outside) <= 0:
            return outside
        for _ in range(200):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if away(middle) <= 0 else (inside, middle)
        return inside

    return edge(k / n, 0.0), edge(k / n, 1.0)


@pytest.mark.parametrize(
    ("k", "n"), [(0, 1), (1, 1), (0, 9), (3, 4), (20, 26), (29, 30), (50, 100)]
)
def test_the_interval_against_its_definition(k: int, n: int) -> None:
    assert votes.interval(k, n) == pytest.approx(wilson_by_bisection(k, n), abs=1e-9)


def coin(k: int, n: int) -> float:
    """How often a coin falls at least so unevenly, one way or the other: throw by throw."""
    chances = [1.0]
    for _ in range(n):
        chances = [(a + b) / 2 for a, b in zip([0.0, *chances], [*chances, 0.0], strict=True)]
    return sum(
        chance for heads, chance in enumerate(chances) if abs(2 * heads - n) >= abs(2 * k - n)
    )


def test_what_tells_is_rare_for_a_coin() -> None:
    for n in range(1, 61):
        for k in range(n + 1):
            found = votes.tally((k, n - k))
            assert found.tells == (coin(k, n) < 0.05), (k, n)
            assert not found.tells or found.low > 0.5


def test_the_sentence_says_when_there_are_too_few() -> None:
    assert votes.tally((0, 0)).sentence == votes.NOBODY
    assert "Too few to tell" in votes.tally((3, 1)).sentence
    assert "Too few to tell" in votes.tally((5, 0)).sentence
    assert "neither is ahead" in votes.tally((9, 9)).sentence
    said = votes.tally((6, 20)).sentence
    assert said.startswith("20 of 26 chose B: 77 % (95 % interval 58–89 %).")
    assert "more than a coin" in said


def test_ballots_and_hands_are_counted_together() -> None:
    vote = Vote("v", "Which?", (Side("one"), Side("other")))
    for student, side in (("a", 0), ("b", 1), ("c", 1), ("a", 1)):
        vote.cast(student, side)
    vote.count_hands([4, 2])
    assert vote.counts() == (4, 5)
    vote.open = False
    with pytest.raises(ValueError, match="closed"):
        vote.cast("d", 0)


@pytest.mark.parametrize("side", [2, -1, True, 1.0, "1", None, [0]])
def test_a_vote_is_for_a_or_b(side: Any) -> None:
    with pytest.raises(ValueError, match="A or for B"):
        Vote("v", "", (Side(""), Side(""))).cast("a", side)


@pytest.mark.parametrize(
    "hands", [[], [1], [1, 2, 3], [-1, 0], [501, 0], [True, 0], [1.5, 0], ["1", 0]]
)
def test_hands_are_two_whole_numbers(hands: list[Any]) -> None:
    with pytest.raises(ValueError, match="ands are counted"):
        Vote("v", "", (Side(""), Side(""))).count_hands(hands)


def test_the_vote_is_blind_while_it_is_open_and_in_one_order_for_all(open_classes: Classes) -> None:
    orders = set()
    for _ in range(40):
        room = open_classes.open()
        students = [open_classes.join(room.token.code)[1] for _ in range(3)]
        room.put_to_vote("Which?", (Side("GAN: red 7", link="x"), Side("VAE: red 7", link="y")))
        shown = [room.for_student(student)["vote"] for student in students]
        assert shown[0] == shown[1] == shown[2]
        assert "GAN" not in str(shown[0])
        assert "tally" not in shown[0]
        room.the_vote().open = False
        closed = room.for_student(students[0])["vote"]
        orders.add(tuple(side["title"] for side in closed["sides"]))
        assert closed["tally"]["sentence"] == votes.NOBODY
        open_classes.end(room)
    assert len(orders) == 2


# Classes


def test_students_are_counted_and_never_named(open_classes: Classes, clock: Clock) -> None:
    room = open_classes.open()
    code = room.token.code
    tokens = [open_classes.join(code)[1] for _ in range(5)]
    assert len(set(tokens)) == 5
    assert open_classes.join(code, tokens[0])[1] == tokens[0]
    assert room.for_teacher(clock())["students"]["in"] == 5
    clock.now += 60
    open_classes.students(code, tokens[0])
    clock.now += 60
    assert room.for_teacher(clock())["students"] == {"here": 1, "in": 5, "most": 60}
    seen = str(room.for_teacher(clock())) + str(room.for_student(tokens[1]))
    assert not any(text in seen for text in tokens)


def test_the_histogram_of_steps(open_classes: Classes) -> None:
    room = open_classes.open()
    for step in (1, 2, 2, 3):
        _, student = open_classes.join(room.token.code)
        assert room.reach(student, "zero", step, 4)
        assert not room.reach(student, "zero", step, 4)
    _, other = open_classes.join(room.token.code)
    room.reach(other, "drawing", 1, 2)
    assert list(room.steps().items()) == [("zero", [1, 2, 1, 0]), ("drawing", [1, 0])]
    for wrong in (0, 3, True, "1", None, 1.0):
        with pytest.raises(ValueError, match="from 1 to 2"):
            room.reach(other, "zero", wrong, 2)
    assert not room.reach("somebody who left", "zero", 1, 2)


def test_guesses_are_tallied_for_the_class(open_classes: Classes) -> None:
    room = open_classes.open()
    tokens = [open_classes.join(room.token.code)[1] for _ in range(3)]
    for student, answer in zip(tokens, ("GAN", "VAE", "GAN"), strict=True):
        room.guess(student, "zero.2", answer)
    room.guess(tokens[1], "zero.2", "GAN")
    assert room.answers("zero.2") == {"GAN": 3}
    assert room.answers("nothing") == {}


def test_a_guess_is_one_of_what_a_question_of_the_library_offers() -> None:
    library = Library(SPECS, [LESSONS])
    asked = {
        f"{lesson.id}.{number}": step.question
        for lesson in library.all()
        if isinstance(lesson, Lesson)
        for number, step in enumerate(lesson.steps, start=1)
        if step.question
    }
    assert {bool(question.options) for question in asked.values()} == {False, True}
    for name, question in asked.items():
        assert guesses.question(library, name) == question
        offered = [option.words for option in question.options]
        offered = offered or [f"{question.low:g}", f"{question.high:g}"]
        for words in offered:
            assert guesses.answer(question, words) == words
        beyond = question.high + question.step
        for wrong in ("anything else", "", None, True, f"{beyond:g}", "nan", ["x"], "1e999"):
            with pytest.raises(ValueError, match="no answer"):
                guesses.answer(question, wrong)
    some = next(iter(asked))
    for unknown in ("zero.99", "zero.0", "nothing.1", "../zero.1", f"{some} ", "zero", 7, None):
        with pytest.raises(ValueError, match=r"no (question|lesson)"):
            guesses.question(library, unknown)


def test_no_more_than_sixty_students(open_classes: Classes) -> None:
    room = open_classes.open()
    tokens = [open_classes.join(room.token.code)[1] for _ in range(classroom.MOST_STUDENTS)]
    with pytest.raises(ValueError, match="takes no more"):
        open_classes.join(room.token.code)
    open_classes.join(room.token.code, tokens[0])
    room.leave(tokens[1])
    open_classes.join(room.token.code)


def test_a_seat_that_nobody_sits_on_is_free(open_classes: Classes, clock: Clock) -> None:
    room = open_classes.open()
    code = room.token.code
    tokens = [open_classes.join(code)[1] for _ in range(classroom.MOST_STUDENTS)]
    side = Side("x")
    vote = room.put_to_vote("", (side, side))
    for student in tokens[:2]:
        vote.cast(student, 0)
    clock.now += classroom.SEAT_SECONDS - 1
    room.admit(tokens[1], clock())
    with pytest.raises(ValueError, match="takes no more"):
        open_classes.join(code)
    clock.now += 2
    open_classes.join(code)
    assert set(room.students) & set(tokens) == {tokens[1]}
    assert sum(vote.counts()) == 1  # a seat has one ballot
    assert open_classes.students(code, tokens[0]) is room  # who comes back has a seat again


def test_a_teacher_locks_joining_and_puts_out(open_classes: Classes) -> None:
    room = open_classes.open()
    code = room.token.code
    students = [open_classes.join(code)[1] for _ in range(3)]
    room.hang(Entry("e", "drawing", "rude", students[1], pictures=(room.keep(b"x"),)))
    room.guess(students[1], "zero.2", "GAN")
    room.locked = True
    with pytest.raises(Forbidden, match="nobody new"):
        open_classes.join(code)
    assert open_classes.join(code, students[0])[1] == students[0]
    number = room.number_of(students[1])
    assert room.for_teacher(0.0)["wall"][0]["by"] == number
    room.put_out(number)
    assert not room.wall
    assert not room.pictures
    assert room.answers("zero.2") == {}
    assert [seat["number"] for seat in room.for_teacher(0.0)["seats"]] == [1, 3]
    for enter in (open_classes.students, open_classes.join):
        with pytest.raises(Forbidden, match="taken you out"):
            enter(code, students[1])
    assert not open_classes.has(code, students[1])
    for nobody in (number, 99, "1", None, True):
        with pytest.raises(ValueError, match="no such student"):
            room.put_out(nobody)


def test_no_more_than_sixteen_classes_but_empty_ones_make_room(
    open_classes: Classes, clock: Clock
) -> None:
    rooms = [open_classes.open() for _ in range(classroom.MOST_CLASSES)]
    assert len({room.token.code for room in rooms}) == classroom.MOST_CLASSES
    with pytest.raises(ValueError, match="Come back"):
        open_classes.open()
    open_classes.join(rooms[0].token.code)
    clock.now += classroom.EMPTY_SECONDS + 1
    for room in rooms[:15]:
        open_classes.teachers(room.token.code, room.token.text(SECRET))
    open_classes.open()
    assert open_classes.find(rooms[15].token.code) is None
    assert open_classes.find(rooms[0].token.code) is rooms[0]


def test_idle_classes_end_and_their_link_opens_them_again_for_a_day(
    open_classes: Classes, clock: Clock
) -> None:
    room = open_classes.open()
    code, link = room.token.code, room.token.text(SECRET)
    _, student = open_classes.join(code)
    room.keep(b"picture")
    clock.now += classroom.IDLE_SECONDS + 1
    with pytest.raises(Gone):
        open_classes.join(code)
    assert not room.students
    assert not room.pictures
    again = open_classes.teachers(code, link)
    assert not again.students
    assert open_classes.students(code, student) is again
    clock.now += token.LONGEST_SECONDS
    with pytest.raises(Gone) as gone:
        open_classes.teachers(code, link)
    assert gone.value.closed


def test_a_restart_restores_the_class_and_its_students(clock: Clock) -> None:
    before = Classes(SECRET, clock, clock)
    room = before.open()
    code, link = room.token.code, room.token.text(SECRET)
    _, student = before.join(code)
    after = Classes(SECRET, clock, clock)
    with pytest.raises(Gone) as gone:
        after.students(code, student)
    assert not gone.value.closed
    with pytest.raises(Forbidden):
        Classes(OTHER, clock, clock).teachers(code, link)
    restored = after.teachers(code, link)
    assert restored.tag() != room.tag()
    assert after.students(code, student) is restored
    assert len(restored.students) == 1


def test_closing_removes_everything_and_the_link_opens_nothing(open_classes: Classes) -> None:
    room = open_classes.open()
    code, link = room.token.code, room.token.text(SECRET)
    _, student = open_classes.join(code)
    room.hang(Entry("e", "drawing", "", student, pictures=(room.keep(b"x"),)))
    open_classes.hand_in(room, student, b"<p>")
    room.guess(student, "q", "x")
    room.put_to_vote("", (Side(""), Side("")))
    open_classes.end(room)
    assert len(open_classes) == 0
    held = (room.students, room.pictures, room.wall, room.sheets, room.questions)
    assert not any(held)
    assert room.vote is None
    with pytest.raises(Gone) as gone:
        open_classes.teachers(code, link)
    assert gone.value.closed
    with pytest.raises(Gone):
        open_classes.students(code, student)


def test_a_code_that_another_class_has_by_now(clock: Clock) -> None:
    first = token.new_class("BCDF", clock.now)
    held = Classes(SECRET, clock, clock)
    held.teachers("BCDF", token.new_class("BCDF", clock.now).text(SECRET))
    with pytest.raises(Gone, match="Another class"):
        held.teachers("BCDF", first.text(SECRET))


def test_wrong_codes_count_by_address_and_a_right_one_always_opens(
    open_classes: Classes, clock: Clock
) -> None:
    code = open_classes.open().token.code
    wrong = "BBBB" if code != "BBBB" else "CCCC"
    for _ in range(wrong_codes.MOST):
        with pytest.raises(Gone):
            open_classes.join(wrong, address="203.0.113.7")
    with pytest.raises(ValueError, match="Too many wrong codes"):
        open_classes.join(wrong, address="203.0.113.7")
    open_classes.join(code, address="203.0.113.7")
    with pytest.raises(Gone):
        open_classes.join(wrong, address="203.0.113.8")
    clock.now += wrong_codes.SECONDS + 1
    with pytest.raises(Gone):
        open_classes.join(wrong, address="203.0.113.7")


def test_no_more_addresses_are_remembered_than_there_is_room_for() -> None:
    kept = wrong_codes.WrongCodes()
    for number in range(2_000):
        kept.note(str(number), 0.0)
    assert len(kept._of) == 1_000


def test_the_wall_shows_what_was_approved(open_classes: Classes) -> None:
    room = open_classes.open()
    _, student = open_classes.join(room.token.code)
    for number in range(classroom.MOST_OF_STUDENT):
        room.hang(
            Entry(f"e{number}", "drawing", f"no. {number}", student, pictures=(room.keep(b"x"),))
        )
    with pytest.raises(ValueError, match="of yours"):
        room.hang(Entry("more", "drawing", "", student))
    assert room.for_student(student)["wall"] == []
    room.judge("e1", True)
    assert [entry["id"] for entry in room.for_student(student)["wall"]] == ["e1"]
    room.judge("e1", False)
    room.judge("e0", False)
    assert room.for_student(student)["wall"] == []
    assert len(room.pictures) == classroom.MOST_OF_STUDENT - 2
    with pytest.raises(ValueError, match="not on the wall"):
        room.judge("e0", True)


def test_what_is_said_is_one_short_line() -> None:
    assert classroom.checked(" a\n\tb\0c ", 10) == "a b c"
    assert classroom.checked(None, 10) == ""
    for text in ("x" * 11, 7, "\ud800"):
        with pytest.raises(ValueError):  # noqa: PT011
            classroom.checked(text, 10)


# Sheets


def test_sheets_come_as_one_file_in_which_nothing_runs(open_classes: Classes) -> None:
    nasty = b'<meta HTTP-EQUIV="refresh" content="0;url=http://x.example"><script>alert(1)</script>'
    clean = sheets.harmless(b"\xef\xbb\xbf" + nasty)
    assert clean.index(b"Content-Security-Policy") < clean.index(b"<script>")
    assert b"default-src 'none'" in clean
    assert clean.lower().count(b"http-equiv") == 1
    with zipfile.ZipFile(io.BytesIO(sheets.pack({2: clean, 1: b"<p>"}))) as archive:
        assert archive.namelist() == ["sheet-01.html", "sheet-02.html"]
        assert archive.read("sheet-02.html") == clean
    for wrong in (b"\xff\xfe<p>", b"no markup", b"<p>\0"):
        with pytest.raises(ValueError, match="HTML"):
            sheets.harmless(wrong)


def test_a_student_has_one_sheet_and_all_together_have_their_limit(open_classes: Classes) -> None:
    room = open_classes.open()
    _, student = open_classes.join(room.token.code)
    open_classes.hand_in(room, student, b"<p>one")
    open_classes.hand_in(room, student, b"<p>two")
    assert list(room.sheets.values()) == [b"<p>two"]
    for wrong in (b"", b"x" * (classroom.MOST_SHEET_BYTES + 1)):
        with pytest.raises(ValueError, match="at most 1 MB"):
            open_classes.hand_in(room, student, wrong)
    whole = b"x" * classroom.MOST_SHEET_BYTES
    for number in range((classroom.MOST_SHEETS_BYTES - 9) // classroom.MOST_SHEET_BYTES):
        open_classes.hand_in(room, f"s{number}", whole)
    with pytest.raises(ValueError, match="no room"):
        open_classes.hand_in(room, "one more", whole)
    open_classes.hand_in(open_classes.open(), "of another class", whole)


# Drawings


def png(size: tuple[int, int] = (64, 64), mode: str = "RGBA", **settings: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, "PNG", **settings)
    return buffer.getvalue()


def uri(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def test_a_drawing_is_written_anew_with_nothing_but_its_pixels() -> None:
    about = PngImagePlugin.PngInfo()
    about.add_text("secret", "where I live")
    made = results.drawing(uri(png((400, 200), pnginfo=about) + b"<script>tail"))
    assert b"where I live" not in made
    assert b"script" not in made
    with Image.open(io.BytesIO(made)) as picture:
        assert (picture.size, picture.mode) == ((256, 128), "RGB")
        assert picture.getpixel((0, 0)) == (255, 255, 255)  # what was clear is paper


def test_what_is_no_drawing_is_refused() -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (8, 8)).save(jpeg, "JPEG")
    broken = png()[:60]
    wrong: list[Any] = [None, 7, "", "data:image/png;base64,", "data:image/png;base64,%%%"]
    wrong += [uri(jpeg.getvalue()), uri(b"<svg onload=alert(1)>"), uri(broken)]
    wrong += [uri(png((2000, 8))), uri(png() + b"0" * results.MOST_DRAWING_BYTES)]
    for content in wrong:
        with pytest.raises(ValueError, match="no drawing"):
            results.drawing(content)


# Who may run what


def test_a_class_holds_its_students_to_the_shipped_models(open_classes: Classes) -> None:
    room = open_classes.open()
    code = room.token.code
    _, student = open_classes.join(code)
    assert open_classes.holds_to_shipped(code, student)
    assert not open_classes.holds_to_shipped(code, "somebody else")
    assert not open_classes.holds_to_shipped("", "")
    room.unlocked = True
    assert not open_classes.holds_to_shipped(code, student)
    room.unlocked = False
    open_classes.end(room)
    assert not open_classes.holds_to_shipped(code, student)


def test_a_member_is_told_from_others_behind_the_same_address(open_classes: Classes) -> None:
    room = open_classes.open()
    code = room.token.code
    students = [open_classes.join(code)[1] for _ in range(2)]
    who = client_of((FEATURE,), (open_classes,))

    def named(cookie: str) -> str:
        with (
            identity.coming_from("203.0.113.7"),
            identity.being_served({membership.COOKIE: cookie}),
        ):
            return who()

    first, second = (named(f"{code}-{student}") for student in students)
    assert first.startswith(f"class {code} ")
    assert first != second
    for stranger in ("", f"{code}-{'0' * 32}.{'0' * 32}", f"QQQQ-{students[0]}", "x"):
        assert named(stranger) == "203.0.113.7"
    open_classes.end(room)
    assert named(f"{code}-{students[0]}") == "203.0.113.7"


def test_the_cookie_cannot_be_read_by_scripts() -> None:
    plain, framed = membership.set_cookie("x", False), membership.set_cookie("x", True)
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    assert all(word in framed for word in ("HttpOnly", "SameSite=None", "Secure", "Partitioned"))


# The check before a class


def test_the_address_that_others_type(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (site_address.ADDRESS, site_address.SPACE):
        monkeypatch.delenv(name, raising=False)
    assert all(map(join_address.is_loopback, ("localhost", "127.0.0.1", "::1", "0.0.0.0")))
    assert not any(map(join_address.is_loopback, ("192.168.7.9", "room7.local", "fe80::1")))
    assert join_address.find("http://192.168.7.9:7860/").typed == "192.168.7.9:7860/join"
    monkeypatch.setattr(join_address, "own_host", lambda: None)
    assert not join_address.find("http://127.0.0.1:7860/").reachable
    monkeypatch.setattr(join_address, "own_host", lambda: "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = join_address.find(f"http://localhost:{port}/")
        assert (found.reachable, found.sentence) == (True, join_address.OPEN)
        assert found.joining("BCDF") == f"http://127.0.0.1:{port}/join?code=BCDF"
    found = join_address.find(f"http://localhost:{port}/")
    assert (found.reachable, found.sentence) == (False, join_address.ALONE)
    request = HTTPConnection({"type": "http", "path": "/", "headers": [(b"host", b"127.0.0.1")]})
    monkeypatch.setenv(site_address.ADDRESS, "room7.local")
    found = join_address.find(site_address.site_of(request))
    assert found.joining("BCDF") == "http://room7.local/join?code=BCDF"
    assert found.sentence == join_address.NAMED
    monkeypatch.delenv(site_address.ADDRESS)
    monkeypatch.setenv(site_address.SPACE, "somebody.example")
    found = join_address.find(site_address.site_of(request))
    assert (found.site, found.sentence) == ("https://somebody.example", join_address.PUBLIC)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """One lesson of two steps, the second with presets of two models."""
    lesson = (
        "---\ntitle: Two\nminutes: 10\nlevel: start\nsummary: Two steps.\n---\n\n"
        "## One\n\nLook.\n\n"
        "## Two\n\n```preset\nmodels: char_lstm gpt2_mini\nprompt: O\nlength: 20\nseed: 3\n```\n"
    )
    (tmp_path / "two.md").write_text(lesson)
    return Library(SPECS, [tmp_path])


def test_the_presets_of_a_step(library: Library) -> None:
    assert prefetch.presets(library, "two", 1) == ()
    assert [r.model for r in prefetch.presets(library, "two", 2)] == ["char_lstm", "gpt2_mini"]
    assert prefetch.presets(library, "two", 3) == ()
    assert prefetch.presets(library, "nothing", 1) == ()


def test_the_next_steps_presets_are_replays_by_then(services: Any, library: Library) -> None:
    recipes = prefetch.presets(library, "two", 2)
    worker = prefetch.Ahead(services.engine, services.pool)
    worker.want(recipes)
    worker.want(recipes)
    assert worker.wait(30)
    for recipe in recipes:
        run = services.engine.submit(recipe, "student")
        assert run.replayed
        services.engine.stop(run)


def test_nothing_is_run_ahead_while_somebody_waits(services: Any, library: Library) -> None:
    busy = make_recipe(SPECS["char_lstm"], prompt="O", options={"length": 400}, seed=1)
    run = services.engine.submit(busy, "student")
    events = services.engine.follow(run)
    next(events)
    worker = prefetch.Ahead(services.engine, services.pool)
    worker.want(prefetch.presets(library, "two", 2)[:1])
    seen = set()
    for event in events:
        seen.add(services.engine.load().runs)
        if getattr(event, "index", 0) > 60:
            break
    assert seen == {1}
    services.engine.stop(run)
    assert worker.wait(30)


def run_check(
    services: Any, library: Library, lesson: str = "", **settings: Any
) -> list[dict[str, Any]]:
    where = Address("http://192.168.7.9:7860", True, join_address.OPEN)
    return list(preflight.check(services, library, lesson, where, seconds=2.0, **settings))


def test_thirty_visitors_press_the_real_presets(services: Any, library: Library) -> None:
    asked: list[tuple[str, Recipe]] = []
    submit = services.engine.submit

    def noted(recipe: Recipe, visitor: str = "") -> Any:
        asked.append((visitor, recipe))
        return submit(recipe, visitor)

    services.engine.submit = noted
    lines = run_check(services, library, "two")
    lights = [line["light"] for line in lines if "light" in line]
    assert [light["about"] for light in lights] == [
        "Address",
        "Link",
        "Models",
        "Thirty at once",
        "Free memory",
    ]
    assert {visitor for visitor, _ in asked} == {f"ready-{n}" for n in range(30)}
    assert {recipe.model for _, recipe in asked} == {"char_lstm", "gpt2_mini"}
    assert len({recipe.key for _, recipe in asked}) == len(asked)
    assert lines[-1]["end"] in preflight.ORDER
    assert lines[-1]["end"] == max((light["colour"] for light in lights), key=preflight.ORDER.index)
    assert "192.168.7.9:7860/join" in lights[0]["sentence"]
    assert services.engine.load().runs == 0


def test_a_crowd_that_is_turned_away_makes_a_red_light(services: Any, library: Library) -> None:
    engine = Engine(services.pool, max_waiting=2)
    small = type(services)(engine, services.pool, services.specs)
    try:
        lights = [
            line["light"] for line in run_check(small, library, kept=False) if "light" in line
        ]
    finally:
        engine.close()
    by_name = {light["about"]: light for light in lights}
    assert by_name["Thirty at once"]["colour"] == "red"
    assert "PLAYGROUND_HOST=class" in by_name["Thirty at once"]["sentence"]
    assert by_name["Link"]["colour"] == "amber"
    assert "PLAYGROUND_SECRET" in by_name["Link"]["sentence"]


def test_a_check_that_is_left_sends_its_visitors_home(services: Any, library: Library) -> None:
    where = Address("http://192.168.7.9:7860", True, join_address.OPEN)
    lines = preflight.check(services, library, "two", where, seconds=60.0)
    for line in lines:
        if "Thirty" in line.get("doing", "") and services.engine.load().runs:
            break
    lines.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread.name.startswith("ready-"):
            thread.join(5)
            assert not thread.is_alive()
    assert services.engine.load().runs == 0
