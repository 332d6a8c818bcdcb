"""The first page: what it is made of, where a link leads, and the parts that are fetched later."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models import checkpoint
from models.recipe import encode_link, make_recipe
from playground.core import feature
from playground.core.share_link import place_of_query
from playground.features.play import first_page
from playground.registry import FEATURES
from playground.server.route import served
from playground.tools.static_site import write_static
from playground.web.pack import part_script
from tests.fake_catalogue import SPECS


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


def test_parts_of_the_pack_are_served_and_nothing_else():
    services = SimpleNamespace(weights=checkpoint.WEIGHTS, features=FEATURES)
    client = TestClient(Starlette(routes=served(first_page.routes(services))))
    answer = client.get("/shipped/pack/texts.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text == part_script(FEATURES, "texts", checkpoint.WEIGHTS)
    for path in ("/shipped/pack/none.js", "/shipped/pack/../front.js", "/other"):
        assert client.get(path).status_code == 404
