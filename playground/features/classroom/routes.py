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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

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
from starlette.routing import Route

from models.engine import Busy
from playground.core.errors import explain
from playground.core.services import Services
from playground.features.classroom import (
    join_address,
    membership,
    preflight,
    sheets,
    student_acts,
    teacher_acts,
    token,
)
from playground.features.classroom import pages as classroom_pages
from playground.features.classroom.api import ClassroomApi, code_of
from playground.features.classroom.classroom import LESSON, Gone
from playground.features.classroom.token import Forbidden
from playground.server.json_body import json_body
from playground.server.request_filter import LargeRoute
from playground.server.site_address import site_of

PATH = "/class"
_DONE = {"done": True}
_NEVER_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_PICTURE = {"Cache-Control": "private, max-age=600", "X-Content-Type-Options": "nosniff"}

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


def routes(services: Services) -> list[Route]:
    """The routes of this package, for the app that Gradio makes."""
    answers = _Answers(ClassroomApi(services))
    return [
        Route("/join", answers.send_join_page, methods=["GET"]),
        Route("/join", _in_words(answers.join), methods=["POST"]),
        Route("/leave", _in_words(answers.leave), methods=["POST"]),
        Route(PATH, answers.open, methods=["POST"]),
        Route(f"{PATH}/{{code}}", answers.send_teachers_page, methods=["GET"]),
        Route(f"{PATH}/{{code}}/now", _in_words(_asked_on(answers.send_now)), methods=["GET"]),
        Route(f"{PATH}/{{code}}/all", _in_words(_asked_on(answers.send_all)), methods=["GET"]),
        Route(f"{PATH}/{{code}}/tally", _in_words(answers.send_tally), methods=["GET"]),
        Route(f"{PATH}/{{code}}/sheets.zip", _in_words(answers.send_sheets), methods=["GET"]),
        Route(f"{PATH}/{{code}}/qr.svg", answers.send_qr, methods=["GET"]),
        Route(f"{PATH}/{{code}}/picture/{{name}}", answers.send_picture, methods=["GET"]),
        LargeRoute(
            f"{PATH}/{{code}}/sheet",
            _in_words(answers.take_sheet),
            methods=["POST"],
            most_bytes=sheets.MOST_BYTES,
        ),
        Route(f"{PATH}/{{code}}/ready", _in_words(answers.check_ready), methods=["POST"]),
        Route(f"{PATH}/{{code}}/{{act}}", _in_words(answers.act), methods=["POST"]),
    ]


def _in_words(answer: Answer) -> Answer:
    """An answer that says in a sentence what was wrong with a request."""

    async def respond(request: Request) -> Response:
        try:
            return await answer(request)
        except Gone as gone:
            status = 410 if gone.closed else 404
            return _plain({"sentence": gone.sentence, "closed": gone.closed}, status)
        except Forbidden as error:
            return _plain({"sentence": str(error)}, 403)
        except Busy as error:
            return _plain({"sentence": str(error)}, 503)
        except ValueError as error:
            return _plain({"sentence": str(error)}, 422)
        except Exception as error:
            return _plain({"sentence": explain(error)}, 500)

    return respond


def _asked_on(answer: Answer) -> Answer:
    """An answer to a page that goes on asking: to it, the end of a class is news, and no fault."""

    async def respond(request: Request) -> Response:
        try:
            return await answer(request)
        except Gone as gone:
            return _plain({"sentence": gone.sentence, "closed": gone.closed})

    return respond


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers to requests."""

    api: ClassroomApi

    # Pages

    async def send_join_page(self, request: Request) -> Response:
        """The page of students."""
        code = token.tidy_code(request.query_params.get("code", ""))
        return HTMLResponse(classroom_pages.join(code), headers=_NEVER_KEPT)

    async def send_teachers_page(self, request: Request) -> Response:
        """The page of the teacher; it brings nothing of the class, which its script asks for."""
        code, given = code_of(request), request.query_params.get("token", "")
        try:
            if given:
                self.api.classes.teachers(code, given)
        except (Forbidden, Gone, ValueError) as error:
            said = error.sentence if isinstance(error, Gone) else str(error)
            status = 403 if isinstance(error, Forbidden) else 410
            return HTMLResponse(classroom_pages.sorry(said), status, headers=_NEVER_KEPT)
        where = await self.api.address(request)
        about = await self.api.on_thread(
            classroom_pages.choices, self.api.services, self.api.lessons
        )
        page = classroom_pages.teacher(code, where, about)
        return HTMLResponse(page, headers=_NEVER_KEPT)

    async def send_qr(self, request: Request) -> Response:
        """The address to join a class, for cameras."""
        where = await self.api.address(request)
        drawn = join_address.qr_svg(where.joining(code_of(request)))
        headers = {"Cache-Control": "no-store"}
        return Response(drawn, media_type="image/svg+xml", headers=headers)

    async def send_picture(self, request: Request) -> Response:
        """A picture, to whoever knows its name."""
        room = self.api.classes.find(code_of(request))
        content = room.pictures.get(request.path_params["name"]) if room else None
        if content is None:
            return _plain({"sentence": "This picture is not here any more."}, 404)
        return Response(content, media_type="image/png", headers=_PICTURE)

    # Opening, joining, leaving

    async def open(self, request: Request) -> Response:
        """A new class; sends its teacher to the link that holds the token."""
        origin = request.headers.get("origin", "")
        if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
            return HTMLResponse(classroom_pages.sorry(_ELSEWHERE), 403, headers=_NEVER_KEPT)
        try:
            room = self.api.classes.open()
        except ValueError as error:
            return HTMLResponse(classroom_pages.sorry(str(error)), 503, headers=_NEVER_KEPT)
        link = room.token.text(self.api.classes.secret)
        target = f"class/{room.token.code}?token={link}"
        return RedirectResponse(target, 303, headers=_NEVER_KEPT)

    async def join(self, request: Request) -> Response:
        """`{"code", "token"}`: into a class; the answer holds the token, and brings the cookie."""
        asked = _object(await json_body(request))
        code = token.tidy_code(asked.get("code"))
        if not code:
            raise ValueError("A code is four letters, such as BCDF.")
        before = asked.get("token", "")
        before = before if isinstance(before, str) else ""
        room, student = self.api.classes.join(code, before)
        answer = _plain({"code": code, "token": student, "now": room.for_student(student)})
        cookie = membership.set_cookie(f"{code}-{student}", _is_secure(request))
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
            if re.fullmatch(r"playground_[a-z_]+", name):
                answer.headers.append("Set-Cookie", _no_cookie(name, _is_secure(request)))
        return answer

    # What is asked for again and again

    async def send_now(self, request: Request) -> Response:
        """All that a student's page shows."""
        room, student = self.api.student(request)
        if request.query_params.get("v") == room.tag():
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        return _plain(room.for_student(student))

    async def send_all(self, request: Request) -> Response:
        """All that the teacher's page shows."""
        room = self.api.teachers(request)
        seen = room.for_teacher(self.api.classes.clock())
        tag = f"{seen['v']}-{seen['students']['here']}"
        if request.query_params.get("v") == tag:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        return _plain({**seen, "v": tag})

    async def send_tally(self, request: Request) -> Response:
        """How the class answered a question, to those who are in it."""
        room, _ = self.api.student(request)
        return _plain({"answers": room.answers(request.query_params.get("question", ""))})

    async def send_sheets(self, request: Request) -> Response:
        """All sheets as one file."""
        room = self.api.teachers(request)
        numbered = dict(enumerate(room.sheets.values(), start=1))
        content = await self.api.on_thread(sheets.pack, numbered)
        name = f'attachment; filename="class-{room.token.code}-sheets.zip"'
        headers = {**_NEVER_KEPT, "Content-Disposition": name}
        return Response(content, media_type="application/zip", headers=headers)

    # What is done

    async def act(self, request: Request) -> Response:
        """One of the acts of a student or of the teacher."""
        name = request.path_params["act"]
        if (by_student := student_acts.ACTS.get(name)) is not None:
            room, student = self.api.student(request)
            asked = _object(await json_body(request))
            await by_student(self.api, room, student, asked)
            return _plain(_DONE)
        if (by_teacher := teacher_acts.ACTS.get(name)) is None:
            return _plain({"sentence": "There is nothing at this address."}, 404)
        room = self.api.teachers(request)
        asked = _object(await json_body(request))
        await by_teacher(self.api, room, asked)
        return _plain(_DONE)

    async def take_sheet(self, request: Request) -> Response:
        """A sheet as the body of a request, in the place of the one before."""
        room, student = self.api.student(request)
        if request.headers.get("content-type", "").partition(";")[0] != "text/html":
            raise ValueError("A sheet is an HTML file.")
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > sheets.MOST_BYTES:
                raise ValueError(sheets.TOO_LONG)
        clean = await self.api.on_thread(sheets.harmless, content)
        self.api.classes.hand_in(room, student, clean)
        return _plain(_DONE)

    async def check_ready(self, request: Request) -> Response:
        """`{"lesson"}`: the check before a class, a line of JSON for each thing that it finds."""
        self.api.teachers(request)
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
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

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

    # Of use to several


_ELSEWHERE = "This was asked for from another site. Open a class from the playground’s own page."


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise ValueError("This request must be a JSON object.")
    return body


def _plain(content: Mapping[str, Any], status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, headers=_NEVER_KEPT)


def _is_secure(request: Request) -> bool:
    return site_of(request).startswith("https:")


def _no_cookie(name: str, secure: bool) -> str:
    kind = "SameSite=None; Secure; Partitioned" if secure else "SameSite=Lax"
    return f"{name}=; Path=/; Max-Age=0; {kind}"
