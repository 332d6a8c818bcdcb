"""What a teacher decides in a class: what is shown, votes, the wall, and its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from models.experiments import results as claim_results
from playground.core.describe import title_of
from playground.core.share_link import PARAMETER, link_of
from playground.features.classroom import prefetch, results
from playground.features.classroom.api import ClassroomApi, recipes_of
from playground.features.classroom.state.classroom import LESSON, MOST_STEPS, Classroom
from playground.features.classroom.state.votes import Side
from playground.features.lessons.lines import LessonError

Act: TypeAlias = Callable[[ClassroomApi, Classroom, Mapping[str, Any]], Awaitable[None]]


async def push(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"link"}`, `{"claim"}`, `{"lesson", "step"}`, or `{}` to show nothing any more."""
    if "link" in asked:
        recipes = recipes_of(asked["link"], api.services)
        title = title_of([(api.services.spec(r.model), r) for r in recipes])
        room.show("recipe", title, f"?{PARAMETER}={link_of(recipes)}")
        api.ahead.want(recipes)
    elif "claim" in asked:
        if asked["claim"] not in claim_results.ids():
            raise ValueError("There is no such claim here.")
        sentence = claim_results.experiment(str(asked["claim"])).CLAIM.sentence
        room.show("claim", sentence, f"#claims/{asked['claim']}")
    elif "lesson" in asked:
        _push_lesson(api, room, asked["lesson"], asked.get("step", 1))
    else:
        room.push = None
        room.change()


def _push_lesson(api: ClassroomApi, room: Classroom, lesson: object, step: object) -> None:
    whole = isinstance(step, int) and not isinstance(step, bool) and 1 <= step <= MOST_STEPS
    if not isinstance(lesson, str) or not LESSON.fullmatch(lesson) or not whole:
        raise ValueError("There is no such step of a lesson here.")
    try:
        found = api.lessons.get(lesson)
    except (KeyError, LessonError, OSError):
        raise ValueError("There is no such lesson here.") from None
    title = f"{found.title} · step {step}"
    room.show("lesson", title, f"lesson/{found.id}?step={step}")
    api.ahead.want(prefetch.presets(api.lessons, lesson, int(str(step))))


async def vote(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"links": [one or two], "question"}`: a vote between their first two recipes."""
    links = asked.get("links")
    if not isinstance(links, list) or not 1 <= len(links) <= 2:
        raise ValueError("A vote is between two results: give two links, or one with two.")
    recipes = [recipe for link in links for recipe in recipes_of(link, api.services)]
    if len(links) == 2:
        recipes = [recipes_of(link, api.services)[0] for link in links]
    if len(recipes) < 2:
        raise ValueError("This link holds one result, and a vote is between two.")
    visitor = f"class-{room.token.code}"
    shown = await api.carry_out(recipes[:2], visitor)
    first, second = (_side(room, each) for each in shown)
    room.put_to_vote(asked.get("question"), (first, second))


async def vote_open(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"open": true or false}`: close the vote, or let it go on."""
    if not isinstance(asked.get("open"), bool):
        raise ValueError("A vote is open or closed.")
    room.the_vote().open = asked["open"]
    room.change()


async def vote_away(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{}`: take the vote off everybody's page."""
    vote, room.vote = room.the_vote(), None
    room.forget(*vote.sides[0].pictures, *vote.sides[1].pictures)
    room.change()


async def hands(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"hands": [A, B]}`: those that went up in the room."""
    hands = asked.get("hands")
    room.the_vote().count_hands(hands if isinstance(hands, list) else [])
    room.news += 1
    if not room.the_vote().open:
        room.change()


async def judge(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"entry", "approved"}`: let something show on the wall, or take it off."""
    if not isinstance(asked.get("approved"), bool):
        raise ValueError("Something shows on the wall, or it does not.")
    room.judge(asked.get("entry"), asked["approved"])


async def unlock(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"unlocked": true or false}`: let students run more than the shipped models."""
    if not isinstance(asked.get("unlocked"), bool):
        raise ValueError("Models are unlocked, or they are not.")
    room.unlocked = asked["unlocked"]
    room.change()


async def lock(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"locked": true or false}`: let nobody else join, or anybody with the code again."""
    if not isinstance(asked.get("locked"), bool):
        raise ValueError("A class is locked, or it is not.")
    room.locked = asked["locked"]
    room.news += 1


async def put_out(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{"number"}`: take a student out of the class, by the number of the seat."""
    room.put_out(asked.get("number"))


async def clear_sheets(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{}`: forget the sheets that were handed in."""
    room.sheets.clear()
    room.news += 1


async def close(api: ClassroomApi, room: Classroom, asked: Mapping[str, Any]) -> None:
    """`{}`: end the class; everything in it is gone."""
    api.classes.end(room)


def _side(room: Classroom, shown: results.Shown) -> Side:
    names = tuple(room.keep(picture) for picture in shown.pictures)
    return Side(f"{shown.maker}: {shown.title}", shown.text, names, shown.link)


ACTS: Mapping[str, Act] = {
    "push": push,
    "vote": vote,
    "vote_open": vote_open,
    "vote_away": vote_away,
    "hands": hands,
    "judge": judge,
    "unlock": unlock,
    "lock": lock,
    "put_out": put_out,
    "clear_sheets": clear_sheets,
    "close": close,
}
"""Name in the address -> what it does."""
