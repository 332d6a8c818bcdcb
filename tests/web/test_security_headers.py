"""What every answer tells browsers to be careful about, by the real app over sockets."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

import httpx
import pytest

from models.measure.app.server import serving
from playground.core.limits import SPACE
from playground.web import assets
from playground.web.security_headers import POLICY, page_policy

pytestmark = pytest.mark.slow

READ_BY_ALL = ("/lessons", "/lesson/zero", "/lesson/zero/teacher", "/lesson/own", "/p")
OF_CLASSES = ("/join", "/class/BCDF", "/class/BCDF?token=x")
PRIVATE = ("/history", "/history/export", "/class/BCDF/now", "/postcard.png?recipe=x")
OTHERS = (
    "/config",
    "/theme.css",
    "/healthz",
    "/shipped/names.json",
    "/nothing",
    "/gradio_api/info",
)


@pytest.fixture(scope="module", params=[False, True], ids=["elsewhere", "space"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[httpx.Client, bool]]:
    """The app, at home and as on a Space."""
    settings = {SPACE: "somebody/playground"} if request.param else {}
    with (
        serving("-m", "tests.browser.serve", **settings) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client,
    ):
        yield client, request.param


def policy(answer: httpx.Response) -> dict[str, str]:
    """What an answer's policy says of each kind of thing."""
    said = answer.headers[POLICY].split("; ")
    return {kind: allowed for kind, _, allowed in (each.partition(" ") for each in said)}


def test_every_answer_has_a_type_that_holds_and_tells_no_address_elsewhere(
    served: tuple[httpx.Client, bool],
) -> None:
    client, _ = served
    for path in ("/", *READ_BY_ALL, *OF_CLASSES, *PRIVATE, *OTHERS):
        answer = client.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        holds_token = path.startswith(("/join", "/class/BCDF"))
        expected = "no-referrer" if holds_token else "strict-origin-when-cross-origin"
        assert answer.headers["referrer-policy"] == expected, path
    refused = client.post("/live", headers={"Origin": "https://evil.example"})
    assert refused.headers["x-content-type-options"] == "nosniff"


def test_our_pages_run_their_own_scripts_alone(served: tuple[httpx.Client, bool]) -> None:
    client, _ = served
    for path in (*READ_BY_ALL, *OF_CLASSES):
        answer = client.get(path)
        allowed = policy(answer)
        assert allowed["default-src"] == allowed["object-src"] == "'none'"
        assert allowed["base-uri"] == allowed["form-action"] == allowed["connect-src"] == "'self'"
        assert "unsafe" not in allowed["script-src"]
        inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
        assert inline or path == "/p"
        for text in inline:
            digest = hashlib.sha256(text.encode()).digest()
            assert f"'sha256-{base64.b64encode(digest).decode()}'" in allowed["script-src"]


def test_what_is_one_persons_stands_in_no_frame(served: tuple[httpx.Client, bool]) -> None:
    client, on_space = served
    for path in (*PRIVATE, *OF_CLASSES):
        assert policy(client.get(path))["frame-ancestors"] == "'none'", path
    opened = client.post("/class")
    teachers = client.get(opened.headers["location"])
    assert teachers.status_code == 200
    assert policy(teachers)["frame-ancestors"] == "'none'"
    for path in ("/", *READ_BY_ALL):
        ancestors = policy(client.get(path)).get("frame-ancestors")
        held = "'self' https://huggingface.co https://*.hf.space"
        assert ancestors == (held if on_space else None)


def test_gradios_page_may_do_what_it_does_and_no_more(served: tuple[httpx.Client, bool]) -> None:
    client, _ = served
    allowed = policy(client.get("/"))
    assert "'unsafe-inline'" in allowed["script-src"]
    assert "https:" not in allowed["script-src"]
    assert (allowed["object-src"], allowed["base-uri"]) == ("'none'", "'self'")
    assert allowed["form-action"] == "'self'"


def test_cookies_over_https_are_sent_over_nothing_else(served: tuple[httpx.Client, bool]) -> None:
    client, _ = served
    behind = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "play.example"}
    opened = client.post("/class", headers=behind)
    code = opened.headers["location"].partition("/")[2].partition("?")[0]
    for headers, secure in ((behind, True), ({}, False)):
        cookie = client.post("/join", json={"code": code}, headers=headers).headers["set-cookie"]
        assert ("Secure" in cookie) is secure


def test_a_script_that_was_not_put_there_by_us_is_not_let_run() -> None:
    ours, strange = assets.inline("playground.made();"), "<script>playground.strange();</script>"
    said = page_policy(f"<body>{ours}{strange}</body>".encode(), unframed=True)
    (allowed,) = re.findall(r"script-src ([^;]*)", said)
    assert len(re.findall("sha256", allowed)) == 1
    held = assets.waiting("playground.later();", 'data-scene="x"')
    assert "sha256" in page_policy(held.encode(), unframed=False)
    with pytest.raises(ValueError, match="would end the element"):
        assets.waiting("</script>", "")
