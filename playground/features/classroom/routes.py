"""The addresses of classes: two light pages, what students send, and what a teacher decides.

    GET  /join                         the page of students
    POST /class                        opens a class, and leads to the teacher's link
    GET  /class/<code>?token=…         the teacher's page
    GET  /class/<code>/qr.svg          the address of /join with the code, for cameras
    GET  /class/<code>/picture/<name>  a picture of a vote or of the wall
    GET  /class/<code>/now?v=…         all a student's page shows; 204 while that is what it has
    GET  /class/<code>/all?v=…         the same for the teacher's
                                       both: {"sentence", "closed"} where the class is not here
    POST /join, /leave, /class/<code>/<act>   see `_BY_STUDENTS` and `_BY_TEACHERS`

Everything but the pages and the pictures must bring a token in the header `X-Classroom`, which
pages of other sites cannot send. A student's token says nothing but that its class has let it in.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

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

from models.base import Recipe
from models.engine import Busy
from models.experiments import results as claim_results
from playground.core.describe import title_of
from playground.core.errors import explain
from playground.core.services import Services
from playground.core.share_link import PARAMETER, link_of, open_link
from playground.features.classroom import (
    join_address,
    membership,
    prefetch,
    preflight,
    results,
    sheets,
    token,
)
from playground.features.classroom import pages as classroom_pages
from playground.features.classroom.classroom import (
    CAPTION_CHARACTERS,
    LESSON,
    MOST_STEPS,
    Classes,
    Classroom,
    Entry,
    Gone,
    checked,
)
from playground.features.classroom.token import Forbidden
from playground.features.classroom.votes import Side
from playground.features.lessons.lesson import Lesson, LessonError, Library, library_of
from playground.server.json_body import json_body
from playground.server.request_filter import LargeRoute
from playground.server.site_address import site_of

PATH = "/class"
HEADER = "x-classroom"
MOST_LINK_CHARACTERS = 8_000
_THREADS = 16
_NEVER_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_PICTURE = {"Cache-Control": "private, max-age=600", "X-Content-Type-Options": "nosniff"}

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


def routes(services: Services) -> list[Route]:
    """The routes of this package, for the app that Gradio makes."""
    desk = _Desk(services)
    return [
        Route("/join", desk.send_join_page, methods=["GET"]),
        Route("/join", _in_words(desk.join), methods=["POST"]),
        Route("/leave", _in_words(desk.leave), methods=["POST"]),
        Route(PATH, desk.open, methods=["POST"]),
        Route(f"{PATH}/{{code}}", desk.send_teachers_page, methods=["GET"]),
        Route(f"{PATH}/{{code}}/now", _in_words(_asked_on(desk.send_now)), methods=["GET"]),
        Route(f"{PATH}/{{code}}/all", _in_words(_asked_on(desk.send_all)), methods=["GET"]),
        Route(f"{PATH}/{{code}}/tally", _in_words(desk.send_tally), methods=["GET"]),
        Route(f"{PATH}/{{code}}/sheets.zip", _in_words(desk.send_sheets), methods=["GET"]),
        Route(f"{PATH}/{{code}}/qr.svg", desk.send_qr, methods=["GET"]),
        Route(f"{PATH}/{{code}}/picture/{{name}}", desk.send_picture, methods=["GET"]),
        LargeRoute(
            f"{PATH}/{{code}}/sheet",
            _in_words(desk.take_sheet),
            methods=["POST"],
            most_bytes=sheets.MOST_BYTES,
        ),
        Route(f"{PATH}/{{code}}/ready", _in_words(desk.check_ready), methods=["POST"]),
        Route(f"{PATH}/{{code}}/{{act}}", _in_words(desk.act), methods=["POST"]),
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


@dataclass(slots=True)
class _Desk:
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

    # Pages

    async def send_join_page(self, request: Request) -> Response:
        """The page of students."""
        code = token.tidy_code(request.query_params.get("code", ""))
        return HTMLResponse(classroom_pages.join(code), headers=_NEVER_KEPT)

    async def send_teachers_page(self, request: Request) -> Response:
        """The page of the teacher; it brings nothing of the class, which its script asks for."""
        code, given = _code(request), request.query_params.get("token", "")
        try:
            if given:
                self.classes.teachers(code, given)
        except (Forbidden, Gone, ValueError) as error:
            said = error.sentence if isinstance(error, Gone) else str(error)
            status = 403 if isinstance(error, Forbidden) else 410
            return HTMLResponse(classroom_pages.sorry(said), status, headers=_NEVER_KEPT)
        where = await self._address(request)
        about = await anyio.to_thread.run_sync(self._about, limiter=self._limiter())
        page = classroom_pages.teacher(code, where, about)
        return HTMLResponse(page, headers=_NEVER_KEPT)

    def _about(self) -> dict[str, Any]:
        """What a teacher may choose from."""
        lessons = [found for found in self.lessons.all() if isinstance(found, Lesson)]
        claims = [
            (claim, claim_results.experiment(claim).CLAIM.sentence) for claim in claim_results.IDS
        ]
        return {
            "pairs": classroom_pages.pairs(self.services),
            "claims": [{"id": claim, "title": sentence} for claim, sentence in claims],
            "lessons": [
                {"id": found.id, "title": found.title, "steps": [s.title for s in found.steps]}
                for found in lessons
            ],
        }

    async def send_qr(self, request: Request) -> Response:
        """The address to join a class, for cameras."""
        where = await self._address(request)
        drawn = join_address.qr_svg(where.joining(_code(request)))
        headers = {"Cache-Control": "no-store"}
        return Response(drawn, media_type="image/svg+xml", headers=headers)

    async def send_picture(self, request: Request) -> Response:
        """A picture, to whoever knows its name."""
        room = self.classes.find(_code(request))
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
            room = self.classes.open()
        except ValueError as error:
            return HTMLResponse(classroom_pages.sorry(str(error)), 503, headers=_NEVER_KEPT)
        link = room.token.text(self.classes.secret)
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
        room, student = self.classes.join(code, before)
        answer = _plain({"code": code, "token": student, "now": room.for_student(student)})
        cookie = membership.set_cookie(f"{code}-{student}", _is_secure(request))
        answer.headers.append("Set-Cookie", cookie)
        return answer

    async def leave(self, request: Request) -> Response:
        """`{"code", "token"}`: out of a class; takes every cookie of ours away."""
        asked = _object(await json_body(request))
        room = self.classes.find(token.tidy_code(asked.get("code")))
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
        room, student = self._student(request)
        if request.query_params.get("v") == room.tag():
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        return _plain(room.for_student(student))

    async def send_all(self, request: Request) -> Response:
        """All that the teacher's page shows."""
        room = self._teachers(request)
        seen = room.for_teacher(self.classes.clock())
        tag = f"{seen['v']}-{seen['students']['here']}"
        if request.query_params.get("v") == tag:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        return _plain({**seen, "v": tag})

    async def send_tally(self, request: Request) -> Response:
        """How the class answered a question, to those who are in it."""
        room, _ = self._student(request)
        return _plain({"answers": room.answers(request.query_params.get("question", ""))})

    async def send_sheets(self, request: Request) -> Response:
        """All sheets as one file."""
        room = self._teachers(request)
        numbered = dict(enumerate(room.sheets.values(), start=1))
        content = await anyio.to_thread.run_sync(sheets.pack, numbered, limiter=self._limiter())
        name = f'attachment; filename="class-{room.token.code}-sheets.zip"'
        headers = {**_NEVER_KEPT, "Content-Disposition": name}
        return Response(content, media_type="application/zip", headers=headers)

    # What is done

    async def act(self, request: Request) -> Response:
        """One of the acts below, of a student or of the teacher."""
        name = request.path_params["act"]
        if (by_student := _BY_STUDENTS.get(name)) is not None:
            room, student = self._student(request)
            asked = _object(await json_body(request))
            return _plain(await by_student(self, room, student, asked) or {"done": True})
        if (by_teacher := _BY_TEACHERS.get(name)) is None:
            return _plain({"sentence": "There is nothing at this address."}, 404)
        room = self._teachers(request)
        asked = _object(await json_body(request))
        return _plain(await by_teacher(self, room, asked) or {"done": True})

    async def step(self, room: Classroom, student: str, asked: Mapping[str, Any]) -> None:
        """`{"lesson", "step", "of"}`: how far a student is."""
        if not room.reach(student, asked.get("lesson"), asked.get("step"), asked.get("of")):
            return
        lesson, step = room.students[student].lesson, room.students[student].step
        args = (self.lessons, lesson, step + 1)
        found = await anyio.to_thread.run_sync(prefetch.presets, *args, limiter=self._limiter())
        self.ahead.want(found)

    async def guess(self, room: Classroom, student: str, asked: Mapping[str, Any]) -> None:
        """`{"question", "answer"}`: what a student believes."""
        room.guess(student, asked.get("question"), asked.get("answer"))

    async def ballot(self, room: Classroom, student: str, asked: Mapping[str, Any]) -> None:
        """`{"vote", "side"}`: 0 for A, 1 for B."""
        room.the_vote(asked.get("vote")).cast(student, asked.get("side"))
        room.news += 1

    async def hang(self, room: Classroom, student: str, asked: Mapping[str, Any]) -> None:
        """`{"link"}` of a result, or `{"drawing", "caption"}`: for the wall."""
        caption = checked(asked.get("caption"), CAPTION_CHARACTERS)
        if "drawing" in asked:
            content = results.drawing(asked["drawing"])
            name = room.keep(content)
            entry = Entry(token.random_name(), "drawing", caption, student, pictures=(name,))
        else:
            entry = await self._result(room, student, asked.get("link"), caption)
        try:
            room.hang(entry)
        except ValueError:
            room.forget(*entry.pictures)
            raise

    async def _result(self, room: Classroom, student: str, link: object, caption: str) -> Entry:
        """What a student's link makes; one at a time for each of them."""
        if student in self.busy_students:
            raise Busy("Your last result is still being made. Wait until it is there.")
        recipes = _recipes(link, self.services)[:1]
        spec = self.services.spec(recipes[0].model)
        if spec.files and not room.unlocked:  # some browsers send no cookie from within a frame
            raise ValueError(membership.locked(spec))
        self.busy_students.add(student)
        try:
            (shown,) = await self._carry_out(recipes, f"class-{student[:8]}")
        finally:
            self.busy_students.discard(student)
        names = tuple(room.keep(picture) for picture in shown.pictures)
        title = caption or f"{shown.maker}: {shown.title}"
        return Entry(token.random_name(), "result", title, student, shown.text, names, shown.link)

    async def push(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{"link"}`, `{"claim"}`, `{"lesson", "step"}`, or `{}` to show nothing any more."""
        if "link" in asked:
            recipes = _recipes(asked["link"], self.services)
            title = title_of([(self.services.spec(r.model), r) for r in recipes])
            room.show("recipe", title, f"?{PARAMETER}={link_of(recipes)}")
            self.ahead.want(recipes)
        elif "claim" in asked:
            if asked["claim"] not in claim_results.IDS:
                raise ValueError("There is no such claim here.")
            sentence = claim_results.experiment(str(asked["claim"])).CLAIM.sentence
            room.show("claim", sentence, f"#claims/{asked['claim']}")
        elif "lesson" in asked:
            self._push_lesson(room, asked["lesson"], asked.get("step", 1))
        else:
            room.push = None
            room.change()

    def _push_lesson(self, room: Classroom, lesson: object, step: object) -> None:
        whole = isinstance(step, int) and not isinstance(step, bool) and 1 <= step <= MOST_STEPS
        if not isinstance(lesson, str) or not LESSON.fullmatch(lesson) or not whole:
            raise ValueError("There is no such step of a lesson here.")
        try:
            found = self.lessons.get(lesson)
        except (KeyError, LessonError, OSError):
            raise ValueError("There is no such lesson here.") from None
        title = f"{found.title} · step {step}"
        room.show("lesson", title, f"lesson/{found.id}?step={step}")
        self.ahead.want(prefetch.presets(self.lessons, lesson, int(str(step))))

    async def vote(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{"links": [one or two], "question"}`: a vote between their first two recipes."""
        links = asked.get("links")
        if not isinstance(links, list) or not 1 <= len(links) <= 2:
            raise ValueError("A vote is between two results: give two links, or one with two.")
        recipes = [recipe for link in links for recipe in _recipes(link, self.services)]
        if len(links) == 2:
            recipes = [_recipes(link, self.services)[0] for link in links]
        if len(recipes) < 2:
            raise ValueError("This link holds one result, and a vote is between two.")
        visitor = f"class-{room.token.code}"
        shown = await self._carry_out(recipes[:2], visitor)
        first, second = (_side(room, each) for each in shown)
        room.put_to_vote(asked.get("question"), (first, second))

    async def vote_open(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{"open": true or false}`: close the vote, or let it go on."""
        if not isinstance(asked.get("open"), bool):
            raise ValueError("A vote is open or closed.")
        room.the_vote().open = asked["open"]
        room.change()

    async def vote_away(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{}`: take the vote off everybody's page."""
        vote, room.vote = room.the_vote(), None
        room.forget(*vote.sides[0].pictures, *vote.sides[1].pictures)
        room.change()

    async def hands(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{"hands": [A, B]}`: those that went up in the room."""
        hands = asked.get("hands")
        room.the_vote().count_hands(hands if isinstance(hands, list) else [])
        room.news += 1
        if not room.the_vote().open:
            room.change()

    async def judge(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{"entry", "approved"}`: let something show on the wall, or take it off."""
        if not isinstance(asked.get("approved"), bool):
            raise ValueError("Something shows on the wall, or it does not.")
        room.judge(asked.get("entry"), asked["approved"])

    async def unlock(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{"unlocked": true or false}`: let students run more than the shipped models."""
        if not isinstance(asked.get("unlocked"), bool):
            raise ValueError("Models are unlocked, or they are not.")
        room.unlocked = asked["unlocked"]
        room.change()

    async def clear_sheets(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{}`: forget the sheets that were handed in."""
        room.sheets.clear()
        room.news += 1

    async def close(self, room: Classroom, asked: Mapping[str, Any]) -> None:
        """`{}`: end the class; everything in it is gone."""
        self.classes.end(room)

    async def take_sheet(self, request: Request) -> Response:
        """A sheet as the body of a request, in the place of the one before."""
        room, student = self._student(request)
        if request.headers.get("content-type", "").partition(";")[0] != "text/html":
            raise ValueError("A sheet is an HTML file.")
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > sheets.MOST_BYTES:
                raise ValueError(sheets.TOO_LONG)
        clean = await anyio.to_thread.run_sync(sheets.harmless, content, limiter=self._limiter())
        self.classes.hand_in(room, student, clean)
        return _plain({"done": True})

    async def check_ready(self, request: Request) -> Response:
        """`{"lesson"}`: the check before a class, a line of JSON for each thing that it finds."""
        self._teachers(request)
        asked = _object(await json_body(request))
        lesson = asked.get("lesson", "")
        if not isinstance(lesson, str) or (lesson and not LESSON.fullmatch(lesson)):
            raise ValueError("There is no such lesson here.")
        if self.checking:
            raise Busy("A check is under way. Wait half a minute.")
        self.checking = True
        try:
            where = await self._address(request, anew=True)
        except BaseException:
            self.checking = False
            raise
        kept = self.classes.secret.kept
        found = preflight.check(self.services, self.lessons, lesson, where, kept=kept)
        lines = self._lines(found)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

    async def _lines(self, found: Iterator[dict[str, Any]]) -> AsyncIterator[bytes]:
        try:
            while True:
                line = await anyio.to_thread.run_sync(next, found, None, limiter=self._limiter())
                if line is None:
                    return
                yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
        finally:
            self.checking = False
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(found.close)  # type: ignore[attr-defined]

    # Of use to several

    def _student(self, request: Request) -> tuple[Classroom, str]:
        student = request.headers.get(HEADER, "")
        return self.classes.students(_code(request), student), student

    def _teachers(self, request: Request) -> Classroom:
        return self.classes.teachers(_code(request), request.headers.get(HEADER, ""))

    async def _carry_out(self, recipes: list[Recipe], visitor: str) -> list[results.Shown]:
        args = (self.services, recipes, visitor)
        return await anyio.to_thread.run_sync(results.carry_out, *args, limiter=self._limiter())

    async def _address(self, request: Request, *, anew: bool = False) -> join_address.Address:
        """Where others find the app; looked up once for each address it is known by."""
        base = str(request.base_url)
        if anew or base not in self.addresses:
            if len(self.addresses) > 100:
                self.addresses.clear()
            found = await anyio.to_thread.run_sync(join_address.find, base, limiter=self._limiter())
            self.addresses[base] = found
        return self.addresses[base]

    def _limiter(self) -> anyio.CapacityLimiter:
        if self.limiter is None:
            self.limiter = anyio.CapacityLimiter(_THREADS)
        return self.limiter


_ByStudent: TypeAlias = Callable[
    [_Desk, Classroom, str, Mapping[str, Any]], Awaitable[dict[str, Any] | None]
]
_ByTeacher: TypeAlias = Callable[
    [_Desk, Classroom, Mapping[str, Any]], Awaitable[dict[str, Any] | None]
]

_BY_STUDENTS: Mapping[str, _ByStudent] = {
    "step": _Desk.step,
    "guess": _Desk.guess,
    "ballot": _Desk.ballot,
    "hang": _Desk.hang,
}
_BY_TEACHERS: Mapping[str, _ByTeacher] = {
    "push": _Desk.push,
    "vote": _Desk.vote,
    "vote_open": _Desk.vote_open,
    "vote_away": _Desk.vote_away,
    "hands": _Desk.hands,
    "judge": _Desk.judge,
    "unlock": _Desk.unlock,
    "clear_sheets": _Desk.clear_sheets,
    "close": _Desk.close,
}

_ELSEWHERE = "This was asked for from another site. Open a class from the playground’s own page."


def _recipes(link: object, services: Services) -> list[Recipe]:
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


def _side(room: Classroom, shown: results.Shown) -> Side:
    names = tuple(room.keep(picture) for picture in shown.pictures)
    return Side(f"{shown.maker}: {shown.title}", shown.text, names, shown.link)


def _code(request: Request) -> str:
    return token.tidy_code(request.path_params["code"])


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
