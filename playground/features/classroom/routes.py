"""The addresses of classes: two light pages, what students send, and what a teacher decides.

    GET  /join                         the page of students
    POST /class                        opens a class, and leads to the teacher's link
    GET  /class/<code>?token=…         the teacher's page
    GET  /class/<code>/qr.svg          the address of /join with the code, for cameras
    GET  /class/<code>/picture/<name>  a picture of a vote or of the wall
    GET  /class/<code>/now?v=…         all a student's page shows; 204 while that is what it has
    GET  /class/<code>/all?v=…         the same for the teacher's
                                       both: {"sentence", "closed"} where the class is not here
    POST /join, /leave, /class/<code>/<act>   see `student_acts` and `teacher_acts`

Everything but the pages and the pictures must bring a token in the header `X-Classroom`, which
pages of other sites cannot send. A student's token says nothing but that its class has let it in.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from models.engine import Busy
from playground.core import identity
from playground.core.errors import explain
from playground.core.services import Services
from playground.features.classroom import (
    join_address,
    membership,
    preflight,
    sheets,
    student_acts,
    teacher_acts,
)
from playground.features.classroom import pages as classroom_pages
from playground.features.classroom.api import ClassroomApi, code_of
from playground.features.classroom.state import token
from playground.features.classroom.state.classroom import LESSON, Gone
from playground.features.classroom.state.token import Forbidden
from playground.server.json_body import json_body
from playground.server.live import UNBUFFERED
from playground.server.route import Answer, Callers, NotAllowed, Route, caller
from playground.server.site_address import is_secure

PATH = "/class"
_DONE = {"done": True}
_NOT_NAMED = {"Referrer-Policy": "no-referrer"}
"""A page's address may hold a token, and nobody it leads to is to be told of that."""


def routes(services: Services) -> list[Route]:
    """The routes of this package."""
    api = ClassroomApi(services)
    answers = _Answers(api)
    page = partial(Route, explains=_on_a_page, unframed=True)
    by_teacher = partial(Route, callers=Callers("the teacher", api.teachers), explains=_in_words)
    by_student = partial(Route, callers=Callers("students", api.student), explains=_in_words)
    named = Callers("who knows its name", api.picture)
    return [
        page("/join", answers.send_join_page),
        Route("/join", answers.join, "POST", explains=_in_words),
        Route("/leave", answers.leave, "POST", explains=_in_words),
        page(PATH, answers.open, "POST"),
        page(_at(""), answers.send_teachers_page),
        by_student(_at("/now"), answers.send_now, explains=_as_news),
        by_teacher(_at("/all"), answers.send_all, explains=_as_news),
        by_student(_at("/tally"), answers.send_tally),
        by_teacher(_at("/sheets.zip"), answers.send_sheets),
        Route(_at("/qr.svg"), answers.send_qr),
        Route(_at("/picture/{name}"), answers.send_picture, cache_seconds=600, callers=named),
        by_student(
            _at("/sheet"),
            answers.take_sheet,
            "POST",
            max_bytes=sheets.MOST_BYTES,
            too_long=sheets.TOO_LONG,
        ),
        by_teacher(_at("/ready"), answers.check_ready, "POST"),
        *(by_student(_at(f"/{act}"), answers.of_student(act), "POST") for act in student_acts.ACTS),
        *(by_teacher(_at(f"/{act}"), answers.of_teacher(act), "POST") for act in teacher_acts.ACTS),
    ]


def _at(path: str) -> str:
    """An address below that of a class."""
    return f"{PATH}/{{code}}{path}"


def _in_words(error: Exception) -> Response:
    """What was wrong with a request, in a sentence."""
    if isinstance(error, Gone):
        status = 410 if error.closed else 404
        return _plain({"sentence": error.sentence, "closed": error.closed}, status)
    said, status = str(error), 422
    if isinstance(error, Forbidden):
        status = 403
    elif isinstance(error, Busy):
        status = 503
    elif not isinstance(error, ValueError):
        said, status = explain(error), 500
    return _plain({"sentence": said}, status)


def _as_news(error: Exception) -> Response:
    """To a page that goes on asking, the end of a class is news, and no fault."""
    if isinstance(error, Gone):
        return _plain({"sentence": error.sentence, "closed": error.closed})
    return _in_words(error)


def _on_a_page(error: Exception) -> Response | None:
    """Why there is no such page."""
    if isinstance(error, Gone):
        return _sorry(error.sentence, 410)
    if isinstance(error, (Forbidden, NotAllowed)):
        return _sorry(str(error), 403)
    return _sorry(str(error), 410) if isinstance(error, ValueError) else None


def _sorry(sentence: str, status: int) -> Response:
    return HTMLResponse(classroom_pages.sorry(sentence), status, headers=_NOT_NAMED)


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers to requests."""

    api: ClassroomApi

    # Pages

    async def send_join_page(self, request: Request) -> Response:
        """The page of students."""
        code = token.tidy_code(request.query_params.get("code", ""))
        return HTMLResponse(classroom_pages.join(code), headers=_NOT_NAMED)

    async def send_teachers_page(self, request: Request) -> Response:
        """The page of the teacher; it brings nothing of the class, which its script asks for."""
        code, given = code_of(request), request.query_params.get("token", "")
        if given:
            self.api.classes.teachers(code, given)
            cookie = membership.set_cookie(f"{code}-{given}", is_secure(request))
        where = await self.api.address(request)
        about = await self.api.on_thread(
            classroom_pages.choices, self.api.services, self.api.lessons
        )
        page = classroom_pages.teacher(code, where, about)
        answer = HTMLResponse(page, headers=_NOT_NAMED)
        if given:
            answer.headers.append("Set-Cookie", cookie)
        return answer

    async def send_qr(self, request: Request) -> Response:
        """The address to join a class, for cameras."""
        where = await self.api.address(request)
        drawn = join_address.qr_svg(where.joining(code_of(request)))
        return Response(drawn, media_type="image/svg+xml")

    async def send_picture(self, request: Request) -> Response:
        """A picture, to whoever knows its name."""
        return Response(caller(request), media_type="image/png")

    # Opening, joining, leaving

    async def open(self, request: Request) -> Response:
        """A new class; sends its teacher to the link that holds the token.

        Where the host asks for the code for opening, the form holds it.
        """
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        typed = form.get("opening", [""])[0]
        self.api.classes.check_opening(typed, identity.network_of(request))
        try:
            room = self.api.classes.open()
        except ValueError as error:
            return _sorry(str(error), 503)
        link = room.token.text(self.api.classes.secret)
        target = f"class/{room.token.code}?token={link}"
        return RedirectResponse(target, 303, headers=_NOT_NAMED)

    async def join(self, request: Request) -> Response:
        """`{"code", "token"}`: into a class; the answer holds the token, and brings the cookie."""
        asked = _object(await json_body(request))
        code = token.tidy_code(asked.get("code"))
        if not code:
            raise ValueError("A code is four letters, such as BCDF.")
        before = asked.get("token", "")
        before = before if isinstance(before, str) else ""
        address = identity.network_of(request)
        room, student = self.api.classes.join(code, before, address)
        answer = _plain({"code": code, "token": student, "now": room.for_student(student)})
        cookie = membership.set_cookie(f"{code}-{student}", is_secure(request))
        answer.headers.append("Set-Cookie", cookie)
        return answer

    async def leave(self, request: Request) -> Response:
        """`{"code", "token"}`: out of a class; takes every cookie of ours away."""
        asked = _object(await json_body(request))
        room = self.api.classes.find(token.tidy_code(asked.get("code")))
        if room is not None and isinstance(asked.get("token"), str):
            room.leave(asked["token"])
        answer = _plain({"left": True})
        for name in {membership.COOKIE, *request.cookies}:
            if re.fullmatch(r"(__Host-)?playground_[a-z_]+", name):
                for cookie in _no_cookies(name, is_secure(request)):
                    answer.headers.append("Set-Cookie", cookie)
        return answer

    # What is asked for again and again

    async def send_now(self, request: Request) -> Response:
        """All that a student's page shows."""
        room, student = caller(request)
        if request.query_params.get("v") == room.tag():
            return Response(status_code=204)
        return _plain(room.for_student(student))

    async def send_all(self, request: Request) -> Response:
        """All that the teacher's page shows."""
        room = caller(request)
        seen = room.for_teacher(self.api.classes.passing())
        tag = f"{seen['v']}-{seen['students']['here']}"
        if request.query_params.get("v") == tag:
            return Response(status_code=204)
        return _plain({**seen, "v": tag})

    async def send_tally(self, request: Request) -> Response:
        """How the class answered a question, to those who are in it."""
        room, _ = caller(request)
        return _plain({"answers": room.answers(request.query_params.get("question", ""))})

    async def send_sheets(self, request: Request) -> Response:
        """All sheets as one file."""
        room = caller(request)
        numbered = dict(enumerate(room.sheets.values(), start=1))
        content = await self.api.on_thread(sheets.pack, numbered)
        name = f'attachment; filename="class-{room.token.code}-sheets.zip"'
        headers = {**_NOT_NAMED, "Content-Disposition": name}
        return Response(content, media_type="application/zip", headers=headers)

    # What is done

    def of_student(self, name: str) -> Answer:
        """What carries out an act of a student."""

        async def answer(request: Request) -> Response:
            room, student = caller(request)
            asked = _object(await json_body(request))
            await student_acts.ACTS[name](self.api, room, student, asked)
            return _plain(_DONE)

        return answer

    def of_teacher(self, name: str) -> Answer:
        """What carries out an act of the teacher."""

        async def answer(request: Request) -> Response:
            room, asked = caller(request), _object(await json_body(request))
            await teacher_acts.ACTS[name](self.api, room, asked)
            return _plain(_DONE)

        return answer

    async def take_sheet(self, request: Request) -> Response:
        """A sheet as the body of a request, in the place of the one before."""
        room, student = caller(request)
        if request.headers.get("content-type", "").partition(";")[0] != "text/html":
            raise ValueError("A sheet is an HTML file.")
        clean = await self.api.on_thread(sheets.harmless, await request.body())
        self.api.classes.hand_in(room, student, clean)
        return _plain(_DONE)

    async def check_ready(self, request: Request) -> Response:
        """`{"lesson"}`: the check before a class, a line of JSON for each thing that it finds."""
        asked = _object(await json_body(request))
        lesson = asked.get("lesson", "")
        if not isinstance(lesson, str) or (lesson and not LESSON.fullmatch(lesson)):
            raise ValueError("There is no such lesson here.")
        if self.api.checking:
            raise Busy("A check is under way. Wait half a minute.")
        self.api.checking = True
        try:
            where = await self.api.address(request, anew=True)
        except BaseException:
            self.api.checking = False
            raise
        kept = self.api.classes.secret.kept
        found = preflight.check(self.api.services, self.api.lessons, lesson, where, kept=kept)
        lines = self._lines(found)
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=UNBUFFERED)

    async def _lines(self, found: Iterator[dict[str, Any]]) -> AsyncIterator[bytes]:
        try:
            while True:
                line = await self.api.on_thread(next, found, None)
                if line is None:
                    return
                yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
        finally:
            self.api.checking = False
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(found.close)  # type: ignore[attr-defined]


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise ValueError("This request must be a JSON object.")
    return body


def _plain(content: Mapping[str, Any], status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, headers=_NOT_NAMED)


def _no_cookies(name: str, secure: bool) -> Iterator[str]:
    """What takes a cookie away; over https one of a frame and one of a window are two."""
    empty = f"{name}=; Path=/; Max-Age=0"
    if secure:
        yield f"{empty}; SameSite=None; Secure; Partitioned"
    yield f"{empty}; SameSite=Lax" + ("; Secure" if secure else "")
