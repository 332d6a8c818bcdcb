"""Our first page in Gradio's: in front of it, compressed for who can read it, at a link's place."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import brotli
import pytest

from models.recipe import encode_link, make_recipe
from playground.core.share_link import place_of_query
from playground.features.play import first_page
from playground.gradio_app.internals import switch
from playground.gradio_app.page_injection import PageInjection, inject
from playground.registry import FEATURES
from playground.web.site_info import TITLE
from tests.fake_catalogue import SPECS
from tests.gradio_app.internals.test_page import PAGE


@pytest.fixture(autouse=True)
def _tricks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(switch.NAME, raising=False)


def test_our_page_stands_in_front_and_gradios_scripts_wait() -> None:
    html = inject(PAGE, "<p>ours</p>")
    assert html.index("<p>ours</p>") < html.index("<gradio-app>")
    assert '<script type="module"' not in html
    assert html.index('data-script="./assets/index-x.js"') < html.index("<p>ours</p>")


def test_a_pasted_link_speaks_of_us() -> None:
    html = inject(PAGE, "")
    assert "@Gradio" not in html
    assert 'content="Gradio"' not in html
    assert f'<meta property="og:title" content="{TITLE}">' in html


def test_a_gradio_page_of_another_kind_still_works() -> None:
    html = inject(PAGE.replace(" crossorigin", ""), "<p>ours</p>")
    assert '<script type="module" src="./assets/index-x.js">' in html
    assert "gradio-parts" not in html
    assert "<p>ours</p>" in html


def test_switched_off_ours_stands_in_front_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.NAME, "1")
    html = inject(PAGE, "<p>ours</p>")
    assert html.index("<p>ours</p>") < html.index("<gradio-app>")
    assert '<script type="module" crossorigin src="./assets/index-x.js">' in html
    assert f"<title>{TITLE}</title>" in html


# As served


def ask(
    path: str, query: str = "", encoding: str = "br", method: str = "GET", status: int = 200
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer of Gradio's, as it reaches the browser."""
    messages: list[Any] = []

    async def gradio(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE.encode()})

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"accept-encoding", encoding.encode())],
    }
    place_of = partial(place_of_query, specs=SPECS, features=FEATURES)
    app = PageInjection(gradio, first_page.page(SPECS, FEATURES), place_of)
    asyncio.run(app(scope, None, send))  # type: ignore[arg-type]
    headers = {k.decode().lower(): v.decode() for k, v in messages[0]["headers"]}
    return messages[0]["status"], headers, b"".join(m.get("body", b"") for m in messages[1:])


def test_the_page_is_sent_compressed_to_who_can_read_that() -> None:
    _, headers, body = ask("/")
    assert headers["content-encoding"] == "br"
    assert int(headers["content-length"]) == len(body) < 110_000
    assert (headers["cache-control"], headers["vary"]) == ("no-cache", "Accept-Encoding")
    html = brotli.decompress(body).decode()
    _, plain, raw = ask("/", encoding="gzip")
    assert "content-encoding" not in plain
    assert raw.decode() == html
    assert html.count('id="front"') == 1


def test_the_place_of_a_link_is_open_from_the_start() -> None:
    link = encode_link([make_recipe(SPECS["vae"])])
    _, _, body = ask("/", query=f"recipe={link}", encoding="")
    assert 'data-place="images"' in body.decode()


@pytest.mark.parametrize(
    ("path", "options"), [("/other", {}), ("/", {"method": "HEAD"}), ("/", {"status": 404})]
)
def test_everything_else_is_passed_on_as_it_is(path: str, options: dict[str, Any]) -> None:
    status, headers, body = ask(path, **options)
    assert body.decode() == PAGE
    assert (status, headers["content-length"]) == (options.get("status", 200), "1")
