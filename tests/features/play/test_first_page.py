"""The front door: what the browser is sent first, with Gradio's page behind it."""

from __future__ import annotations

import asyncio
import json
import re

import brotli
import pytest

from models.recipe import encode_link, make_recipe
from playground.core import feature
from playground.core.share_link import place_of_query
from playground.features.play import first_page
from playground.registry import FEATURES
from playground.tools.static_site import write_static
from playground.web.site_info import TITLE
from tests.fake_catalogue import SPECS

GRADIO = (
    '<html><head><meta property="og:title" content="Gradio" />'
    '<meta name="twitter:creator" content="@Gradio" />'
    '<script type="module" crossorigin src="./assets/index-x.js"></script>'
    '<link rel="stylesheet" crossorigin href="./assets/index-y.css"></head>'
    '<body style="margin: 0"><gradio-app></gradio-app></body></html>'
)


def test_our_page_stands_in_front_and_gradios_scripts_wait():
    html = first_page.enter(GRADIO, "<p>ours</p>")
    assert html.index("<p>ours</p>") < html.index("<gradio-app>")
    assert '<script type="module"' not in html
    assert 'data-script="./assets/index-x.js" data-style="./assets/index-y.css"' in html


def test_a_pasted_link_speaks_of_us():
    html = first_page.enter(GRADIO, "")
    assert "@Gradio" not in html
    assert 'content="Gradio"' not in html
    assert f'<meta property="og:title" content="{TITLE}">' in html


def test_a_gradio_page_of_another_kind_still_works():
    other = GRADIO.replace(" crossorigin", "")
    html = first_page.enter(other, "<p>ours</p>")
    assert '<script type="module" src="./assets/index-x.js">' in html
    assert "gradio-parts" not in html
    assert "<p>ours</p>" in html


def test_what_is_pinned_is_what_gradio_sends():
    from pathlib import Path

    import gradio

    page = Path(gradio.__file__).parent / "templates" / "frontend" / "index.html"
    assert "gradio-parts" in first_page.enter(page.read_text(), "")


def test_every_script_is_there_and_no_address_of_another_host():
    html = first_page.page(SPECS, FEATURES)
    assert "$modules.first_page??=" in html
    assert 'id="scene-clock"' in html
    for found in re.findall(r"https?://[^\"'\s<)]+", html):
        assert found in {"http://www.w3.org/2000/svg", "https://huggingface.co"}


def test_data_cannot_end_the_element_that_holds_it():
    assert "</script" not in first_page._data("x", {"a": "</script><script>alert(1)"})[:-9]


def test_the_static_page_needs_no_server(tmp_path):
    write_static(tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert "data-live" not in html.partition("<style>")[0] + html.partition('id="front"')[2][:100]
    assert 'data-parts="pack/"' in html
    for part in feature.parts(FEATURES):
        script = (tmp_path / "pack" / f"{part}.js").read_text()
        assert script.startswith(f'playground.unpack("{part}", ')
        json.loads(script[len(f'playground.unpack("{part}", ') : -3])


@pytest.mark.parametrize(("model", "place"), [("gan", "images"), ("gpt2_mini", "text")])
def test_a_link_leads_to_the_place_of_its_recipe(model, place):
    link = encode_link([make_recipe(SPECS[model])])
    assert place_of_query(f"recipe={link}", SPECS, FEATURES) == place
    assert (
        place_of_query(f"recipe={link[:-1]}x", SPECS, FEATURES) == "text"
    )  # where it is explained
    assert place_of_query("", SPECS, FEATURES) == ""


# As served


def _ask(path, query="", encoding="br", app=None):
    messages = []

    async def gradio(scope, receive, send):
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": GRADIO.encode()})

    async def send(message):
        messages.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"accept-encoding", encoding.encode())],
    }
    asyncio.run((app or _door(gradio))(scope, None, send))
    headers = {k.decode().lower(): v.decode() for k, v in messages[0]["headers"]}
    return headers, b"".join(m.get("body", b"") for m in messages[1:])


def _door(app, weights=None):
    from models import checkpoint

    return first_page.FrontDoor(app, SPECS, weights or checkpoint.WEIGHTS, FEATURES)


def test_the_page_is_sent_compressed_to_who_can_read_that():
    headers, body = _ask("/")
    assert headers["content-encoding"] == "br"
    assert int(headers["content-length"]) == len(body) < 110_000
    assert b"ours" not in body
    html = brotli.decompress(body).decode()
    plain, raw = _ask("/", encoding="gzip")
    assert "content-encoding" not in plain
    assert raw.decode() == html
    assert html.count('id="front"') == 1


def test_the_place_of_a_link_is_open_from_the_start():
    link = encode_link([make_recipe(SPECS["vae"])])
    _, body = _ask("/", query=f"recipe={link}", encoding="")
    assert 'data-place="images"' in body.decode()


def test_parts_of_the_pack_are_served_and_nothing_else():
    headers, body = _ask("/shipped/pack/texts.js")
    assert headers["content-type"].startswith("text/javascript")
    assert body.decode() == first_page.part_script(FEATURES, "texts", None)
    for path in ("/shipped/pack/none.js", "/shipped/pack/../front.js", "/other"):
        _, body = _ask(path)
        assert body.decode() == GRADIO
