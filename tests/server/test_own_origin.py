"""What pages of other sites are refused, by the real app over sockets; programs are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.measure.app.server import serving
from models.recipe import encode_link, make_recipe
from playground.core.identity import COOKIE
from playground.server.own_origin import ELSEWHERE
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.slow

VISITOR = "a" * 32
RUN = {"model": "char_lstm", "prompt": "O", "options": {"length": 5}, "seed": 1}
CARD = encode_link([make_recipe(SPECS["char_lstm"], prompt="O", options={"length": 5}, seed=1)])
ELSEWHERES = (
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
"""How browsers say that a page of another site asks; a page on another port is one, too."""
CALLS = (
    ("/live", {"visitor": "v", "runs": [RUN], "keep": True}),
    ("/class", {}),
    ("/join", {"code": "BCDF"}),
    ("/leave", {"code": "BCDF"}),
    ("/history/delete", {"all": True}),
    ("/gradio_api/run/predict", {"data": [], "fn_index": 0, "session_hash": "one"}),
    ("/gradio_api/queue/join", {"data": [], "fn_index": 0, "session_hash": "one"}),
    ("/gradio_api/call/models_list", {"data": []}),
)
PRIVATE = (
    *("/history", "/history/export", "/history/1/1.png", "/class/BCDF/now", "/class/BCDF/all"),
    *("/class/BCDF/picture/x", f"/postcard.png?recipe={CARD}"),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Of the app over pretended models, with a history in which there is one run of a visitor."""
    file = str(tmp_path_factory.mktemp("history") / "history.sqlite")
    with (
        serving("-m", "tests.browser.serve", PLAYGROUND_HISTORY=file) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client,
    ):
        client.headers["Cookie"] = f"{COOKIE}={VISITOR}"
        client.post("/live", json={"visitor": "v", "runs": [RUN], "keep": True})
        yield client


def own(client: httpx.Client) -> dict[str, str]:
    """As a page of the app itself asks."""
    return {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}


def count(client: httpx.Client) -> int:
    return int(client.get("/history").json()["count"])


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 403
    assert answer.json() == {"detail": ELSEWHERE, "sentence": ELSEWHERE}
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("headers", ELSEWHERES, ids=str)
def test_a_page_of_another_site_changes_nothing(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    for path, body in CALLS:
        for kind in ("application/json", "text/plain"):
            sent = {**headers, "Content-Type": kind}
            assert_refused(client.post(path, content=json.dumps(body), headers=sent))
    assert count(client) == 1


@pytest.mark.parametrize("headers", ELSEWHERES, ids=str)
@pytest.mark.parametrize("path", PRIVATE)
def test_it_reads_nothing_that_is_one_visitors_or_costs_much(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    assert_refused(client.get(path, headers=headers))
    assert client.head(path, headers=headers).status_code == 403
    framed = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert_refused(client.get(path, headers=headers | framed))
    followed = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = client.get(path, headers=headers | followed)
    assert ELSEWHERE not in answer.text
    assert answer.status_code != 403 or "/class/" in path


@pytest.mark.parametrize("port", ["8080", "7861"])
def test_a_page_at_another_port_of_this_machine_is_no_page_of_ours(
    client: httpx.Client, port: str
) -> None:
    """Gradio lets every page on loopback read, with cookies."""
    stranger = {"Origin": f"http://127.0.0.1:{port}"}
    for path in ("/", "/config", "/healthz", "/gradio_api/info", "/theme.css", "/lessons"):
        answer = client.get(path, headers=stranger)
        assert answer.status_code == 200, path
        assert not [name for name in answer.headers if name.startswith("access-control-")], path
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-any"}
    for path in ("/live", "/history/delete", "/gradio_api/queue/join", "/"):
        assert_refused(client.options(path, headers=stranger | asked))


def test_our_own_pages_and_programs_pass(client: httpx.Client) -> None:
    for headers in ({}, own(client), {"Sec-Fetch-Site": "none"}):
        for path in ("/history", f"/postcard.png?recipe={CARD}"):
            assert client.get(path, headers=headers).status_code == 200
        told = client.post("/live", json={"visitor": "v", "runs": [RUN]}, headers=headers)
        assert json.loads(told.text.splitlines()[-1])[1]["end"] == "finished"
        assert client.post("/class", headers=headers).status_code == 303
        called = client.post("/gradio_api/call/models_list", json={"data": []}, headers=headers)
        assert "event_id" in called.json()


def test_behind_a_proxy_that_hides_both_names_a_browsers_word_is_enough(
    client: httpx.Client,
) -> None:
    told: dict[str, Any] = {"Origin": "https://play.example"}
    assert_refused(client.post("/class", headers=told))
    told["Sec-Fetch-Site"] = "same-origin"
    assert client.post("/class", headers=told).status_code == 303


def test_what_a_page_may_ask_for_does_not_depend_on_how_its_path_is_written(
    client: httpx.Client, tmp_path: Path
) -> None:
    stranger = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/history/%65xport", "/%68istory", "/class/bcdf/now"):
        assert_refused(client.get(path, headers=stranger))
