"""What all that is asked of classes shares: the open classes, the lessons, threads, addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.to_thread
from starlette.requests import Request

from models.base import Recipe
from playground.core.services import Services
from playground.core.share_link import PARAMETER, open_link
from playground.features.classroom import join_address, prefetch, results
from playground.features.classroom.state import token
from playground.features.classroom.state.classes import Classes
from playground.features.classroom.state.classroom import Classroom
from playground.features.lessons.lesson import Library, library_of
from playground.server.route import NotAllowed
from playground.server.site_address import site_of

HEADER = "x-classroom"
MOST_LINK_CHARACTERS = 8_000
_THREADS = 16


@dataclass(slots=True)
class ClassroomApi:
    """Takes what comes in; all of it on the event loop, but for what computes."""

    services: Services
    lessons: Library = field(init=False)
    ahead: prefetch.Ahead = field(init=False)
    classes: Classes = field(init=False)
    limiter: anyio.CapacityLimiter | None = None  # belongs to the loop that first needs it
    addresses: dict[str, join_address.Address] = field(default_factory=dict)
    busy_students: set[str] = field(default_factory=set)
    checking: bool = False

    def __post_init__(self) -> None:
        self.lessons = library_of(self.services)
        found = self.services.state(Classes)  # which is false while no class is open
        self.classes = Classes(token.passing_secret()) if found is None else found
        self.ahead = prefetch.Ahead(self.services.engine, self.services.pool)

    def student(self, request: Request) -> tuple[Classroom, str]:
        """The class of a request by one of its students, and that student's token.

        Raises:
            Forbidden, Gone: as for a teacher's, when the token is of no student of the class, or
                there is no such class any more.
        """
        student = request.headers.get(HEADER, "")
        return self.classes.students(code_of(request), student), student

    def teachers(self, request: Request) -> Classroom:
        """The class of a request by its teacher."""
        return self.classes.teachers(code_of(request), request.headers.get(HEADER, ""))

    def picture(self, request: Request) -> bytes:
        """The picture of a vote or of the wall that an address names; nobody can guess a name."""
        room = self.classes.find(code_of(request))
        content = room.pictures.get(request.path_params["name"]) if room else None
        if content is None:
            raise NotAllowed("This picture is not here any more.", 404)
        return content

    async def carry_out(self, recipes: list[Recipe], visitor: str) -> list[results.Shown]:
        """What recipes make, as a class shows it."""
        shown: list[results.Shown] = await self.on_thread(
            results.carry_out, self.services, recipes, visitor
        )
        return shown

    async def address(self, request: Request, *, anew: bool = False) -> join_address.Address:
        """Where others find the app; looked up once for each address it is known by."""
        base = site_of(request)
        if anew or base not in self.addresses:
            if len(self.addresses) > 100:
                self.addresses.clear()
            self.addresses[base] = await self.on_thread(join_address.find, base)
        return self.addresses[base]

    async def on_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        """What a function returns that computes, or waits; a few of them at a time."""
        if self.limiter is None:
            self.limiter = anyio.CapacityLimiter(_THREADS)
        return await anyio.to_thread.run_sync(function, *args, limiter=self.limiter)


def code_of(request: Request) -> str:
    """The code of the class that an address names."""
    return token.tidy_code(request.path_params["code"])


def recipes_of(link: object, services: Services) -> list[Recipe]:
    """The recipes of what somebody pasted: the value of a link, or a whole address with one."""
    if not isinstance(link, str) or not 0 < len(link) <= MOST_LINK_CHARACTERS:
        raise ValueError("Paste the link of a result: “Copy link” below it gives it.")
    value = link.strip()
    if "?" in value:
        value = parse_qs(urlsplit(value).query).get(PARAMETER, [""])[0]
    recipes, remark = open_link(value, services.specs)
    if not recipes:
        raise ValueError(remark or "This address holds no result. “Copy link” below one gives it.")
    return list(recipes)
