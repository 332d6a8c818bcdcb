"""What hangs and stands in a class, and how pages are told of it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from playground.features.classroom.state.votes import Vote, tally


@dataclass(slots=True)
class Student:
    """One student: a number, and how far a lesson is. There are no names."""

    number: int
    seen: float
    lesson: str = ""
    step: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Push:
    """What the teacher shows to everybody: an address on this site, and what to call it."""

    number: int
    kind: Literal["recipe", "claim", "lesson"]
    title: str
    address: str


@dataclass(slots=True)
class Entry:
    """Something for the wall; it shows once the teacher has approved it."""

    id: str
    kind: Literal["result", "drawing"]
    title: str
    student: str
    text: str = ""
    pictures: tuple[str, ...] = ()
    link: str = ""
    approved: bool = False


def vote_put(vote: Vote, blind: bool) -> dict[str, Any]:
    """A vote as it is shown; blind, it does not say who made what."""
    sides = [
        {
            "title": "" if blind else side.title,
            "link": "" if blind else side.link,
            "text": side.text,
            "pictures": list(side.pictures),
        }
        for side in vote.sides
    ]
    return {"id": vote.id, "question": vote.question, "open": vote.open, "sides": sides}


def vote_counted(vote: Vote) -> dict[str, Any]:
    """What the ballots of a vote come to."""
    found = tally(vote.counts())
    return {
        "counts": list(found.counts),
        "share": round(found.share, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "ahead": found.ahead,
        "tells": found.tells,
        "sentence": found.sentence,
    }


def pushed(push: Push | None) -> dict[str, Any] | None:
    """What the teacher shows to everybody; None for nothing."""
    if push is None:
        return None
    names = ("number", "kind", "title", "address")
    return {name: getattr(push, name) for name in names}


def hung(entry: Entry) -> dict[str, Any]:
    """Something on the wall, without who hung it there."""
    names = ("id", "kind", "title", "text", "link")
    return {**{name: getattr(entry, name) for name in names}, "pictures": list(entry.pictures)}
