"""One address for previews, classes and the API, whoever has asked first; over sockets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from models.measure.app.server import serving
from models.recipe import encode_link, make_recipe
from playground.server.site_address import ADDRESS
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.slow

CARD = encode_link([make_recipe(SPECS["char_lstm"], prompt="O", options={"length": 5}, seed=1)])
DESCRIPTIONS = ("/gradio_api/info", "/gradio_api/info/", "/gradio_api/info?serialize=False")


@pytest.fixture(scope="module", params=["", "https://play.example/here"], ids=["unnamed", "named"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[httpx.Client, str]]:
    """The app, and the address that its operator has named."""
    named = str(request.param)
    with (
        serving("-m", "tests.browser.serve", **{ADDRESS: named}) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client,
    ):
        yield client, named


def addresses(text: str) -> set[str]:
    """Whole addresses in a text, up to their hosts, and what may follow for this app's path."""
    return set(re.findall(r"https?://[\w.:-]+(?:/here)?(?=[/\"'\\ ?])", text))


def asking(client: httpx.Client, path: str, headers: dict[str, str]) -> set[str]:
    found = addresses(client.get(path, headers=headers).raise_for_status().text)
    return found - {"http://www.w3.org", "https://huggingface.co", "https://www.gradio.app"}


def test_all_that_names_us_names_the_same_address(served: tuple[httpx.Client, str]) -> None:
    client, named = served
    host = str(client.base_url).rstrip("/")
    askers = {
        "https://first.example": {
            "X-Forwarded-Host": "first.example, between",
            "X-Forwarded-Proto": "https, http",
        },
        "http://other.example:81": {"Host": "other.example:81"},
        host: {},
    }
    for address, headers in askers.items():
        own = {named or address}
        for path in DESCRIPTIONS:
            assert asking(client, path, headers) == own, (path, headers)
        assert asking(client, f"/p?recipe={CARD}", headers) == own


def test_a_class_is_told_that_address(served: tuple[httpx.Client, str]) -> None:
    client, named = served
    behind = {"X-Forwarded-Host": "first.example", "X-Forwarded-Proto": "https"}
    opened = client.post("/class", headers=behind)
    page = client.get(f"/{opened.headers['location']}", headers=behind).text
    told = "play.example/here" if named else "first.example"
    assert f"{told}<wbr>/join" in page


def test_the_page_works_by_the_address_that_its_visitor_has(
    served: tuple[httpx.Client, str],
) -> None:
    """Its scripts ask there: by another address it would be a page of another site."""
    client, _ = served
    host = str(client.base_url).rstrip("/")
    behind = {"X-Forwarded-Host": "first.example", "X-Forwarded-Proto": "https"}
    for root, headers in (("https://first.example", behind), (host, {})):
        assert f'"root":"{root}"' in client.get("/", headers=headers).text.replace(" ", "")
        assert client.get("/config", headers=headers).json()["root"] == root
