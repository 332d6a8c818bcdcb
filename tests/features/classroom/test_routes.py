"""Classes over HTTP: who may do what, what is refused, what a restart and a closing leave."""

from __future__ import annotations

import asyncio
import base64
import contextvars
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.testclient import TestClient

from models.base import HubFile, Recipe
from models.engine import Engine
from models.hub.downloads import Downloads
from models.pool import Pool
from models.recipe import encode_link, make_recipe
from playground import wiring
from playground.core.services import Services
from playground.features.classroom import (
    guesses,
    membership,
    prefetch,
    preflight,
    sheets,
    student_acts,
    teacher_acts,
)
from playground.features.classroom import routes as classroom_routes
from playground.features.classroom.membership import Members
from playground.features.classroom.state import classroom
from playground.features.classroom.state.classes import Classes
from playground.features.classroom.state.token import Secret, passing_secret
from playground.features.lessons.lesson import library_of
from playground.features.postcards import routes as postcard_routes
from playground.gradio_app.bind import bind
from playground.registry import FEATURES
from playground.server import live
from playground.server.forwarded import Forwarded, Proxies
from playground.server.json_body import TOO_LONG
from playground.server.own_origin import OwnOrigin
from playground.server.request_filter import RequestFilter, rules_of
from playground.server.route import is_private, served
from tests.fake_catalogue import SPECS

HOST = "http://10.0.0.5:7860"
SECRET = Secret(b"s" * 32, kept=True)
LABELS = {"digit": 7, "ink": "red", "paper": "black"}
NASTY = "<script>alert(1)</script>"
HUB = replace(SPECS["gpt2_mini"], id="hub_model", files=(HubFile("x", 9, "0" * 64),))
"""As the page knows a model of the hub; it computes as the pretended one does."""


def recipe(model: str, prompt: str = "", seed: int = 7, **options: Any) -> Recipe:
    return make_recipe(SPECS[model], prompt=prompt, options=options, seed=seed)


def link(*recipes: Recipe) -> str:
    return encode_link(recipes)


TEXTS = link(recipe("char_lstm", "O, ", length=20), recipe("gpt2_mini", "O, ", length=20))
DIGITS = link(recipe("gan", **LABELS), recipe("vae", **LABELS))


@dataclass
class Room:
    """A class as its teacher has it, and a browser for it."""

    client: TestClient
    code: str
    token: str
    students: list[str] = field(default_factory=list)

    def ask(self, act: str, content: Any = None, token: str | None = None) -> httpx.Response:
        headers = {"X-Classroom": self.token if token is None else token}
        address = f"/class/{self.code}/{act}"
        if content is None:
            return self.client.get(address, headers=headers)
        return self.client.post(address, headers=headers, json=content)

    def joined(self) -> str:
        """One more student, on a device of their own."""
        self.client.cookies.clear()
        answer = self.client.post("/join", json={"code": self.code})
        self.client.cookies.clear()
        assert answer.status_code == 200, answer.text
        self.students.append(answer.json()["token"])
        return self.students[-1]

    def now(self, student: str) -> dict[str, Any]:
        answer = self.ask("now", token=student)
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    def all(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.ask("all").json()
        return seen


@contextmanager
def visiting(services: Services) -> Iterator[TestClient]:
    """A browser at a server with classes, live runs and postcards, and what stands before them."""
    own = served(
        [
            *classroom_routes.routes(services),
            *live.routes(services),
            *postcard_routes.routes(services),
        ]
    )
    rules = partial(rules_of, own)
    before = [
        Middleware(Forwarded, proxies=Proxies()),
        Middleware(OwnOrigin, private=partial(is_private, own)),
        Middleware(RequestFilter, rules=rules),
        Middleware(Members),
    ]
    app = Starlette(routes=list(own), middleware=before)
    peer = ("127.0.0.1", 50_000)  # as a proxy on the same machine connects
    with TestClient(app, base_url=HOST, follow_redirects=False, client=peer) as client:
        yield client


def opened(client: TestClient) -> Room:
    answer = client.post("/class")
    assert answer.status_code == 303
    found = re.fullmatch(r"class/([A-Z]{4})\?token=(.+)", answer.headers["location"])
    assert found
    return Room(client, found[1], found[2])


@pytest.fixture
def here(services: Services) -> Services:
    return replace(services, states=(Classes(SECRET),))


@pytest.fixture
def client(here: Services) -> Iterator[TestClient]:
    with visiting(here) as client:
        yield client


@pytest.fixture
def room(client: TestClient) -> Room:
    return opened(client)


# Pages


def test_the_pages_are_there_and_fetch_nothing_from_elsewhere(room: Room) -> None:
    joining = room.client.get(f"/join?code={room.code.lower()}")
    teaching = room.client.get(f"/class/{room.code}?token={room.token}")
    for page in (joining, teaching):
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        for found in re.findall(r"https?://[^\"'\s<)]+", page.text):
            assert found in {"http://www.w3.org/2000/svg", "https://huggingface.co"}
    assert f'value="{room.code}"' in joining.text
    assert "10.0.0.5:7860<wbr>/join" in teaching.text
    assert room.token not in teaching.text
    svg = room.client.get(f"/class/{room.code}/qr.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in svg.text


def test_what_is_typed_into_an_address_is_no_markup(client: TestClient) -> None:
    assert NASTY not in client.get(f"/join?code={NASTY}").text
    assert NASTY not in client.get(f"/class/{NASTY}?token={NASTY}").text
    assert client.get("/class/BCDF?token=x").status_code == 403


def test_a_class_is_opened_from_our_own_page_alone(client: TestClient, here: Services) -> None:
    for origin in ("https://evil.example", "null"):
        assert client.post("/class", headers={"Origin": origin}).status_code == 403
    assert client.post("/class", headers={"Origin": HOST}).status_code == 303
    assert len(here.state(Classes)) == 1
    for _ in range(classroom.MOST_CLASSES - 1):
        client.post("/class")
    answer = client.post("/class")
    assert answer.status_code == 503
    assert "Come back" in answer.text


def test_behind_a_proxy_a_class_has_the_visitors_address(client: TestClient) -> None:
    behind = {
        "Origin": "https://play.example",
        "X-Forwarded-Host": "play.example:443, inner:8080",
        "X-Forwarded-Proto": "https",
    }
    answer = client.post("/class", headers=behind)
    assert answer.status_code == 303
    page = client.get(f"/{answer.headers['location']}", headers=behind).text
    assert "play.example<wbr>/join" in page
    assert "10.0.0.5" not in page
    stranger = behind | {"Origin": "https://evil.example"}
    assert client.post("/class", headers=stranger).status_code == 403
    last = behind | {"X-Forwarded-Host": "evil.example, play.example"}
    assert client.post("/class", headers=last).status_code == 403


def test_links_of_a_page_without_an_address_lead_to_the_operators_prefix(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_ROOT_PATH", "https://example.org/play")
    assert 'href="/play/join"' in client.get("/class/BCDF?token=x").text


@pytest.mark.parametrize("before", ['prefs={"a":"b","c":[1,2]}', "bad name=1", 'a="b', "=;;"])
def test_a_cookie_of_another_app_opens_no_lock(before: str) -> None:
    """Python's own reader of cookies stops at the first that is not as it should be."""
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(membership.cookie_here())

    header = f"{before}; playground_class=BCDF-x; other=1".encode()
    scope = {"type": "http", "headers": [(b"cookie", header)]}
    asyncio.run(Members(inner)(scope, None, None))  # type: ignore[arg-type]
    assert seen == ["BCDF-x"]


# Tokens


def test_joining_gives_a_token_and_a_cookie_that_scripts_do_not_see(room: Room) -> None:
    answer = room.client.post("/join", json={"code": f" {room.code.lower()} "})
    token = answer.json()["token"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"playground_class={room.code}-{token}; ")
    assert "HttpOnly" in cookie
    again = room.client.post("/join", json={"code": room.code, "token": token})
    assert again.json()["token"] == token
    assert room.all()["students"]["in"] == 1


@pytest.mark.parametrize("code", ["", "BCD", "ABCD", "BCDFG", None, 7, [], {}])
def test_what_is_no_code(client: TestClient, code: Any) -> None:
    assert client.post("/join", json={"code": code}).status_code == 422


def test_a_code_of_no_class(room: Room) -> None:
    wrong = "BBBB" if room.code != "BBBB" else "CCCC"
    answer = room.client.post("/join", json={"code": wrong})
    assert (answer.status_code, answer.json()["sentence"]) == (404, classroom.NO_CLASS)


BY_TEACHERS = [
    *(("push", {}), ("vote", {"links": [TEXTS]}), ("vote_open", {"open": True}), ("vote_away", {})),
    *(("hands", {"hands": [1, 2]}), ("judge", {"entry": "x", "approved": True})),
    *(
        ("unlock", {"unlocked": True}),
        ("lock", {"locked": True}),
        ("clear_sheets", {}),
        ("close", {}),
        ("ready", {}),
    ),
    *(("put_out", {"number": 1}), ("all", None), ("sheets.zip", None)),
]
BY_STUDENTS = [
    *(("now", None), ("tally?question=q", None), ("step", {"lesson": "zero", "step": 1, "of": 2})),
    *(("guess", {"question": "q", "answer": "a"}), ("ballot", {"vote": "v", "side": 0})),
    *(("hang", {"link": TEXTS}), ("sheet", {})),
]


def test_every_act_is_named_here() -> None:
    acts = {act.partition("?")[0] for act, _ in (*BY_TEACHERS, *BY_STUDENTS)}
    assert {*teacher_acts.ACTS, *student_acts.ACTS} <= acts


@pytest.mark.parametrize(("act", "content"), BY_TEACHERS)
def test_nobody_but_its_teacher_decides(room: Room, act: str, content: Any) -> None:
    other = opened(room.client)
    for token in ("", "x", other.token, room.joined(), room.token[:-1]):
        assert room.ask(act, content, token).status_code == 403, token
    assert room.all()["students"]["in"] == 1


@pytest.mark.parametrize(("act", "content"), BY_STUDENTS)
def test_nobody_but_its_students_takes_part(room: Room, act: str, content: Any) -> None:
    other = opened(room.client)
    for token in ("", "x", other.joined(), other.token, room.token):
        assert room.ask(act, content, token).status_code == 403, token
    assert room.all()["students"]["in"] == 0


def test_pages_of_other_sites_can_send_nothing(room: Room) -> None:
    headers = {"X-Classroom": room.token, "Content-Type": "text/plain"}
    answer = room.client.post(f"/class/{room.code}/close", headers=headers, content=b"{}")
    assert answer.status_code == 422
    assert room.client.post(f"/class/{room.code}/close", json={}).status_code == 403


@pytest.mark.parametrize("content", [[], "x", 7, None])
def test_what_is_sent_must_be_an_object(room: Room, content: Any) -> None:
    for act in ("push", "vote", "hands", "judge", "unlock"):
        headers = {"X-Classroom": room.token, "Content-Type": "application/json"}
        address = f"/class/{room.code}/{act}"
        sent = json.dumps(content).encode()
        assert room.client.post(address, headers=headers, content=sent).status_code == 422


# What a class does


def test_a_page_that_has_seen_all_hears_nothing_new(room: Room) -> None:
    student = room.joined()
    seen = room.now(student)
    assert room.ask(f"now?v={seen['v']}", token=student).status_code == 204
    room.ask("step", {"lesson": "zero", "step": 1, "of": 4}, student)
    assert room.ask(f"now?v={seen['v']}", token=student).status_code == 204
    room.ask("push", {"claim": "mode_collapse"})
    assert room.ask(f"now?v={seen['v']}", token=student).status_code == 200
    news = room.all()
    assert room.ask(f"all?v={news['v']}").status_code == 204
    room.joined()
    assert room.ask(f"all?v={news['v']}").status_code == 200


def test_what_is_pushed_is_of_this_site(room: Room) -> None:
    student = room.joined()
    address = f"https://elsewhere.example/?recipe={DIGITS}"
    assert room.ask("push", {"link": address}).status_code == 200
    push = room.now(student)["push"]
    assert push["kind"] == "recipe"
    assert push["address"] == f"?recipe={DIGITS}"
    assert push["title"] == "Red 7 on black, drawn by GAN and VAE"
    room.ask("push", {"claim": "mode_collapse"})
    assert room.now(student)["push"]["address"] == "#claims/mode_collapse"
    room.ask("push", {"lesson": "zero", "step": 2})
    assert room.now(student)["push"]["address"] == "lesson/zero?step=2"
    assert room.now(student)["push"]["number"] == 3
    room.ask("push", {})
    assert room.now(student)["push"] is None
    for wrong in (
        {"link": ""},
        {"link": "x"},
        {"link": 7},
        {"link": "y" * 9000},
        {"claim": "nothing"},
        {"claim": ["mode_collapse"]},
        {"lesson": "../../etc"},
        {"lesson": "nothing"},
        {"lesson": "zero", "step": 0},
        {"lesson": "zero", "step": "1"},
    ):
        answer = room.ask("push", wrong)
        assert answer.status_code == 422, wrong
        assert answer.json()["sentence"]


def test_a_vote_from_its_beginning_to_its_end(room: Room) -> None:
    students = [room.joined() for _ in range(3)]
    assert room.ask("vote", {"links": [DIGITS], "question": f"Sharper? {NASTY}"}).status_code == 200
    vote = room.now(students[0])["vote"]
    assert vote["question"] == f"Sharper? {NASTY}"
    assert [len(side["pictures"]) for side in vote["sides"]] == [4, 4]
    assert "GAN" not in json.dumps(vote)
    name = vote["sides"][0]["pictures"][0]
    picture = room.client.get(f"/class/{room.code}/picture/{name}")
    with Image.open(io.BytesIO(picture.content)) as image:
        assert (image.format, image.size, image.info) == ("PNG", (32, 32), {})
    for student, side in zip(students, (0, 1, 1), strict=True):
        assert room.ask("ballot", {"vote": vote["id"], "side": side}, student).status_code == 200
    assert room.now(students[1])["vote"]["mine"] == 1
    assert room.ask("hands", {"hands": [0, 6]}).status_code == 200
    tally = room.all()["vote"]["tally"]
    assert tally["counts"] == [1, 8]
    assert tally["sentence"].startswith("8 of 9 chose B: 89 % (95 % interval 57–98 %).")
    room.ask("vote_open", {"open": False})
    closed = room.now(students[0])["vote"]
    assert {side["title"].partition(":")[0] for side in closed["sides"]} == {"GAN", "VAE"}
    assert closed["tally"] == room.all()["vote"]["tally"]
    answer = room.ask("ballot", {"vote": vote["id"], "side": 0}, students[0])
    assert (answer.status_code, answer.json()["sentence"]) == (422, "This vote is closed.")
    room.ask("vote", {"links": [TEXTS]})
    assert room.client.get(f"/class/{room.code}/picture/{name}").status_code == 404
    answer = room.ask("ballot", {"vote": vote["id"], "side": 0}, students[0])
    assert answer.status_code == 422
    texts = [side["text"] for side in room.now(students[0])["vote"]["sides"]]
    assert all(text.startswith("O, ") and len(text) == 23 for text in texts)
    room.ask("vote_away", {})
    assert room.now(students[0])["vote"] is None


def test_a_vote_needs_two_results(room: Room) -> None:
    one = link(recipe("gan", **LABELS))
    for links in ([], [one], "x", [one, one, one], [one, "x"], None):
        assert room.ask("vote", {"links": links}).status_code == 422, links
    assert room.ask("vote", {"links": [one, TEXTS]}).status_code == 200
    for act, content in (("vote_open", {}), ("hands", {}), ("judge", {}), ("unlock", {})):
        assert room.ask(act, content).status_code == 422


def test_the_wall_shows_results_made_here_and_drawings_made_anew(room: Room) -> None:
    student = room.joined()
    assert room.ask("hang", {"link": DIGITS}, student).status_code == 200
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), "red").save(buffer, "PNG")
    drawing = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    assert room.ask("hang", {"drawing": drawing, "caption": NASTY}, student).status_code == 200
    assert room.now(student)["wall"] == []
    waiting = room.all()["wall"]
    assert [entry["kind"] for entry in waiting] == ["result", "drawing"]
    assert not any(entry["approved"] for entry in waiting)
    for entry in waiting:
        room.ask("judge", {"entry": entry["id"], "approved": True})
    result, drawn = room.now(student)["wall"]
    assert result["title"] == "GAN: red 7 on black"
    assert drawn["title"] == NASTY
    content = room.client.get(f"/class/{room.code}/picture/{drawn['pictures'][0]}").content
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (256, 256)
    for wrong in ({}, {"link": "x"}, {"drawing": "x"}, {"drawing": drawing, "caption": "x" * 141}):
        assert room.ask("hang", wrong, student).status_code == 422
    held = len(room.all()["wall"])
    for _ in range(classroom.MOST_OF_STUDENT):
        last = room.ask("hang", {"drawing": drawing}, student)
    assert last.status_code == 422
    assert len(room.all()["wall"]) == classroom.MOST_OF_STUDENT > held


def test_sheets_up_to_a_megabyte_are_handed_in_and_come_as_one_file(room: Room) -> None:
    students = [room.joined() for _ in range(2)]
    address = f"/class/{room.code}/sheet"
    whole = b"<p>" + b"x" * (sheets.MOST_BYTES - 3)
    for student, sheet in zip(students, (b"<p>mine" + NASTY.encode(), whole), strict=True):
        headers = {"X-Classroom": student, "Content-Type": "text/html"}
        assert room.client.post(address, headers=headers, content=sheet).status_code == 200
    seen = room.all()
    assert seen["sheets"] == 2
    answer = room.ask("sheets.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["sheet-01.html", "sheet-02.html"]
        assert b"default-src 'none'" in archive.read("sheet-01.html")
    headers = {"X-Classroom": students[0], "Content-Type": "text/html"}
    too_long = b"<p>" + b"x" * sheets.MOST_BYTES
    assert room.client.post(address, headers=headers, content=too_long).status_code in {413, 422}
    headers["Content-Type"] = "application/zip"
    assert room.client.post(address, headers=headers, content=b"<p>").status_code == 422
    longer = room.client.post(f"/class/{room.code}/hang", content=b"x" * 300_000)
    assert longer.status_code == 403  # who sends it is asked before it is read
    longer = room.ask("hang", {"picture": "x" * 300_000}, students[0])
    assert (longer.status_code, longer.json()["sentence"]) == (422, TOO_LONG)
    room.ask("clear_sheets", {})
    assert room.all()["sheets"] == 0


def test_guesses_and_their_tally_stay_in_the_class(room: Room, here: Services) -> None:
    steps = library_of(here).get("zero").steps
    number, options = next(
        (number, step.question.options)
        for number, step in enumerate(steps, start=1)
        if step.question and step.question.options
    )
    question, words = f"zero.{number}", options[0].words
    students = [room.joined() for _ in range(2)]
    for student in students:
        room.ask("guess", {"question": question, "answer": words}, student)
        rude = room.ask("guess", {"question": question, "answer": "something rude"}, student)
        assert (rude.status_code, rude.json()["sentence"]) == (422, guesses.NO_ANSWER)
        assert room.ask("guess", {"question": "zero.99", "answer": "x"}, student).status_code == 422
        longer = room.ask("step", {"lesson": "zero", "step": len(steps) + 1, "of": 60}, student)
        assert longer.status_code == 422
        assert room.ask("step", {"lesson": "rude", "step": 1, "of": 2}, student).status_code == 422
        assert room.ask("step", {"lesson": "zero", "step": 1, "of": 2}, student).status_code == 200
    answers = room.ask(f"tally?question={question}", token=students[0]).json()
    assert answers == {"answers": {words: 2}}
    assert list(room.all()["steps"]) == ["zero"]
    assert len(room.all()["steps"]["zero"]) == len(steps)
    assert opened(room.client).all()["students"]["in"] == 0


def test_a_step_runs_the_next_ones_presets(room: Room, here: Services) -> None:
    student = room.joined()
    library = library_of(here)
    found = [
        (lesson, step)
        for lesson in ("zero", "two_ways_to_write")
        for step in range(2, 9)
        if prefetch.presets(library, lesson, step)
    ]
    assert found, "no lesson has a preset after its first step"
    lesson, step = found[0]
    wanted = prefetch.presets(library, lesson, step)
    answer = room.ask("step", {"lesson": lesson, "step": step - 1, "of": 20}, student)
    assert answer.status_code == 200
    until = time.monotonic() + 30
    left = [r for r in wanted if r.model in SPECS]
    while left and time.monotonic() < until:
        time.sleep(0.2)
        left = [r for r in left if not replayed(here.engine, r)]
    assert not left


def replayed(engine: Engine, asked: Recipe) -> bool:
    run = engine.submit(asked, "test")
    engine.stop(run)
    return run.replayed


# Ends and restarts


def test_a_restart_is_survived_with_the_teachers_link(services: Services) -> None:
    with visiting(replace(services, states=(Classes(SECRET),))) as client:
        room = opened(client)
        student = room.joined()
    with visiting(replace(services, states=(Classes(SECRET),))) as client:
        room.client = client
        lost = room.ask("now", token=student)
        assert lost.json() == {"sentence": classroom.AWAY, "closed": False}
        assert room.ask("ballot", {}, student).status_code == 404
        assert room.all()["students"]["in"] == 0
        assert room.now(student)["code"] == room.code
        assert room.all()["students"]["in"] == 1
    with visiting(replace(services, states=(Classes(passing_secret()),))) as client:
        room.client = client
        assert room.ask("all").status_code == 403
        assert client.get(f"/class/{room.code}?token={room.token}").status_code == 403


def test_a_closed_class_leaves_nothing(room: Room, here: Services) -> None:
    student = room.joined()
    room.ask("vote", {"links": [DIGITS]})
    name = room.now(student)["vote"]["sides"][0]["pictures"][0]
    assert room.ask("close", {}).status_code == 200
    assert len(here.state(Classes)) == 0
    assert room.client.get(f"/class/{room.code}/picture/{name}").status_code == 404
    assert room.ask("all").json() == {"sentence": classroom.CLOSED, "closed": True}
    gone = room.ask("push", {})
    assert (gone.status_code, gone.json()["closed"]) == (410, True)
    page = room.client.get(f"/class/{room.code}?token={room.token}")
    assert page.status_code == 410
    assert classroom.CLOSED in page.text
    assert room.ask("now", token=student).json()["closed"]
    assert room.ask("ballot", {}, student).status_code == 410


def test_leaving_takes_every_cookie_of_ours_away(room: Room) -> None:
    student = room.joined()
    room.client.cookies.set("playground_visitor", "0" * 32)
    room.client.cookies.set("other", "stays")
    answer = room.client.post("/leave", json={"code": room.code, "token": student})
    taken = answer.headers.get_list("set-cookie")
    assert all("Max-Age=0" in cookie for cookie in taken)
    names = {cookie.partition("=")[0] for cookie in taken}
    assert names == {"playground_class", "playground_visitor"}
    assert room.all()["students"]["in"] == 0
    safe = {"Cookie": "__Host-playground_visitor=x", "X-Forwarded-Proto": "https"}
    again = room.client.post("/leave", json={"code": room.code}, headers=safe)
    visitors = [c for c in again.headers.get_list("set-cookie") if c.startswith("__Host-")]
    assert len(visitors) == 2  # one of a frame, and one of a window
    assert all("Path=/; Max-Age=0" in cookie and "Secure" in cookie for cookie in visitors)


# Shipped models alone


OPENING = "QWRTZPSD"


@pytest.fixture(params=[""])
def strict(weights: Path, request: pytest.FixtureRequest) -> Iterator[Services]:
    """Services whose engine asks the classes, with one model more that is of the hub."""
    specs = {**SPECS, HUB.id: HUB}
    found = Classes(SECRET, opening_code=request.param)
    pool = Pool({**SPECS, HUB.id: replace(HUB, files=())})
    refuses = wiring.refusal(FEATURES, (found,))
    engine = Engine(pool, admit=wiring.admission(specs, refuses))
    states = (found,)
    yield Services(engine, pool, specs, weights=weights, features=FEATURES, states=states)
    engine.close()
    pool.close()


def asked_live(client: TestClient, model: str) -> str:
    """What a live run of a model says at its end."""
    run = {"model": model, "prompt": "O", "options": {"length": 5}, "seed": 1}
    body = client.post("/live", json={"visitor": "v", "runs": [run]}).text
    events = [json.loads(line)[1] for line in body.splitlines()]
    fails = [event["fail"]["sentence"] for event in events if "fail" in event]
    return fails[0] if fails else str(events[-1]["end"])


def test_in_a_class_shipped_models_alone_run_until_the_teacher_unlocks(strict: Services) -> None:
    with visiting(strict) as client:
        assert asked_live(client, HUB.id) == "finished"
        room = opened(client)
        client.post("/join", json={"code": room.code})  # the browser keeps the cookie
        assert asked_live(client, "gpt2_mini") == "finished"
        assert asked_live(client, HUB.id).startswith("In this class only the models that come with")
        hub_link = encode_link([make_recipe(HUB, prompt="O", options={"length": 5})])
        assert client.get(f"/postcard.png?recipe={hub_link}").status_code == 422
        student = room.joined()  # takes the cookie away, as a frame on another site may
        hung = room.ask("hang", {"link": hub_link}, student)
        assert (hung.status_code, hung.json()["sentence"][:13]) == (422, "In this class")
        client.post("/join", json={"code": room.code, "token": student})
        room.ask("unlock", {"unlocked": True})
        assert asked_live(client, HUB.id) == "finished"
        room.ask("unlock", {"unlocked": False})
        assert asked_live(client, HUB.id).startswith("In this class")
        client.cookies.clear()
        assert asked_live(client, HUB.id) == "finished"


@pytest.mark.parametrize("strict", [OPENING], indirect=True)
def test_on_a_host_for_a_class_other_models_are_for_its_teacher_and_unlocked_classes(
    strict: Services,
) -> None:
    def opening(typed: str) -> Any:
        return client.post("/class", data={"opening": typed})

    with visiting(strict) as client:
        for wrong in ("", "x", OPENING[:-1]):
            assert opening(wrong).status_code == 403, wrong
        assert not strict.state(Classes)
        found = re.fullmatch(
            r"class/([A-Z]{4})\?token=(.+)", opening(f" {OPENING.lower()} ").headers["location"]
        )
        assert found
        room = Room(client, found[1], found[2])
        student = room.joined()
        wrong_cookies = ("", "x", f"{room.code}-{'0' * 32}.{'0' * 32}", f"{room.code}-{student}")
        for cookie in wrong_cookies:
            client.cookies.clear()
            client.cookies.set("playground_class", cookie)
            assert asked_live(client, HUB.id).startswith("In this class only"), cookie
            assert asked_live(client, "gpt2_mini") == "finished"
        room.ask("unlock", {"unlocked": True})
        assert asked_live(client, HUB.id) == "finished"  # the last of these cookies
        room.ask("unlock", {"unlocked": False})
        client.cookies.clear()
        assert client.get(f"/class/{room.code}?token={room.token}").status_code == 200
        assert asked_live(client, HUB.id) == "finished"  # the teacher's page brought a cookie
        client.cookies.clear()
        assert client.get(f"/class/{room.code}?token=x").status_code == 403
        assert asked_live(client, HUB.id).startswith("In this class only")


def test_the_code_for_opening_stands_in_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLAYGROUND_SECRET", "x" * 32)
    monkeypatch.setenv("PLAYGROUND_HOST", "class")
    classes = membership.open_classes()
    assert len(classes.opening_code) == membership.OPENING_LETTERS
    assert capsys.readouterr().out == f"{membership.OPENING.format(classes.opening_code)}\n"
    monkeypatch.setenv("PLAYGROUND_HOST", "laptop")
    assert membership.open_classes().opening_code == ""
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("by_steps", [False, True])
def test_it_holds_for_calls_of_gradios_functions(strict: Services, by_steps: bool) -> None:
    room = strict.state(Classes).open()
    _, student = strict.state(Classes).join(room.token.code)
    asked = make_recipe(HUB, prompt="O", options={"length": 5})

    def submit(services: Services, request: gr.Request) -> str:
        services.engine.stop(services.engine.submit(asked, "v"))
        return ""

    def submit_later(services: Services, request: gr.Request) -> Iterator[str]:
        yield "begun"
        yield submit(services, request)

    def call(cookie: str) -> None:
        scope = {"type": "http", "headers": [(b"cookie", cookie.encode())]}
        request = gr.Request(request=Request(scope))
        try:
            if not by_steps:
                said.append(bind(submit, strict)(request))
                return
            steps = bind(submit_later, strict)(request)
            for _ in range(2):  # each on a thread and in a context of its own, as Gradio does it
                shown = contextvars.Context().run(next, steps)
            said.append(shown)
        except gr.Error as error:
            said.append(error.message)

    said: list[str] = []
    for cookie in (f"playground_class={room.token.code}-{student}", "playground_class=x", ""):
        thread = threading.Thread(target=call, args=[cookie])
        thread.start()
        thread.join()
    assert said[0].startswith("In this class only")
    assert said[1:] == ["", ""]
    assert membership.cookie_here() == ""


def test_students_of_a_class_fetch_nothing() -> None:
    downloads = Downloads(welcome=lambda spec: "Not in this class.")
    try:
        assert downloads.start(HUB, "v").error == "Not in this class."
    finally:
        downloads.close()


# The check


def test_the_check_comes_line_by_line(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    check = preflight.check
    monkeypatch.setattr(preflight, "check", lambda *a, **k: check(*a, **k, seconds=1.0))
    headers = {"X-Classroom": room.token}
    address = f"/class/{room.code}/ready"
    with room.client.stream("POST", address, headers=headers, json={"lesson": ""}) as answer:
        lines = [json.loads(line) for line in answer.iter_lines()]
    lights = [line["light"]["about"] for line in lines if "light" in line]
    assert lights == ["Address", "Link", "Models", "Thirty at once", "Free memory"]
    assert lines[-1]["sentence"].startswith(("Green: ", "Amber: ", "Red: "))
    assert room.ask("ready", {"lesson": "../x"}).status_code == 422
    with room.client.stream("POST", address, headers=headers, json={}) as answer:
        assert answer.status_code == 200
