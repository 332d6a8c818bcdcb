"""What students send to their class: how far they are, what they believe, and results."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from models.engine import Busy
from playground.features.classroom import guesses, membership, prefetch, results
from playground.features.classroom.api import ClassroomApi, recipes_of
from playground.features.classroom.state import token
from playground.features.classroom.state.classroom import CAPTION_CHARACTERS, Classroom, checked
from playground.features.classroom.state.content import Entry

Act: TypeAlias = Callable[[ClassroomApi, Classroom, str, Mapping[str, Any]], Awaitable[None]]


async def step(api: ClassroomApi, room: Classroom, student: str, asked: Mapping[str, Any]) -> None:
    """`{"lesson", "step"}`: how far a student is."""
    lesson = await api.on_thread(guesses.lesson, api.lessons, asked.get("lesson"))
    if not room.reach(student, lesson.id, asked.get("step"), len(lesson.steps)):
        return
    following = room.students[student].step + 1
    api.ahead.want(await api.on_thread(prefetch.presets, api.lessons, lesson.id, following))


async def guess(api: ClassroomApi, room: Classroom, student: str, asked: Mapping[str, Any]) -> None:
    """`{"question", "answer"}`: what a student believes; one of what the question offers."""
    question = asked.get("question")
    found = await api.on_thread(guesses.question, api.lessons, question)
    room.guess(student, str(question), guesses.answer(found, asked.get("answer")))


async def ballot(
    api: ClassroomApi, room: Classroom, student: str, asked: Mapping[str, Any]
) -> None:
    """`{"vote", "side"}`: 0 for A, 1 for B."""
    room.the_vote(asked.get("vote")).cast(student, asked.get("side"))
    room.news += 1


async def hang(api: ClassroomApi, room: Classroom, student: str, asked: Mapping[str, Any]) -> None:
    """`{"link"}` of a result, or `{"drawing", "caption"}`: for the wall."""
    caption = checked(asked.get("caption"), CAPTION_CHARACTERS)
    if "drawing" in asked:
        content = results.drawing(asked["drawing"])
        name = room.keep(content)
        entry = Entry(token.random_name(), "drawing", caption, student, pictures=(name,))
    else:
        entry = await _result(api, room, student, asked.get("link"), caption)
    try:
        room.hang(entry)
    except ValueError:
        room.forget(*entry.pictures)
        raise


async def _result(
    api: ClassroomApi, room: Classroom, student: str, link: object, caption: str
) -> Entry:
    """What a student's link makes; one at a time for each of them."""
    if student in api.busy_students:
        raise Busy("Your last result is still being made. Wait until it is there.")
    recipes = recipes_of(link, api.services)[:1]
    spec = api.services.spec(recipes[0].model)
    if spec.files and not room.unlocked:  # some browsers send no cookie from within a frame
        raise ValueError(membership.locked(spec))
    api.busy_students.add(student)
    try:
        (shown,) = await api.carry_out(recipes, f"class-{student[:8]}")
    finally:
        api.busy_students.discard(student)
    names = tuple(room.keep(picture) for picture in shown.pictures)
    title = caption or f"{shown.maker}: {shown.title}"
    return Entry(token.random_name(), "result", title, student, shown.text, names, shown.link)


ACTS: Mapping[str, Act] = {
    "step": step,
    "guess": guess,
    "ballot": ballot,
    "hang": hang,
}
"""Name in the address -> what it does."""
