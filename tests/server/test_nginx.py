"""The app behind Debian's nginx, set up as README.md says."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from models.measure.app.server import serving
from models.recipe import encode_link, make_recipe
from playground.server.own_origin import ELSEWHERE
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.slow

README = Path(__file__).parents[2] / "README.md"
PUBLIC = "http://play.example"
RUN = {"model": "char_lstm", "prompt": "O", "options": {"length": 5}, "seed": 1}
CARD = encode_link([make_recipe(SPECS["char_lstm"], prompt="O", options={"length": 5}, seed=1)])
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {block}
    }}
}}
"""


def nginx() -> str:
    """Where nginx lies; without it a failure where everything must run, a skip at a desk."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None and os.environ.get("CI"):
        pytest.fail("nginx is not installed")
    if found is None:
        pytest.skip("nginx is not installed")
    return found


def block(app: int) -> str:
    """What README.md tells operators to write, with the app's port."""
    (found,) = re.findall(r"```nginx\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found.count("127.0.0.1:7860") == 1
    return str(found).replace("127.0.0.1:7860", f"127.0.0.1:{app}")


@contextmanager
def in_front(folder: Path, said: str) -> Iterator[int]:
    """The port of an nginx with a block of its configuration."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, block=said))
    command = [nginx(), "-e", "stderr", "-p", str(folder), "-c", str(file)]
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def app() -> Iterator[int]:
    """The port of the app, below the prefix that README.md names."""
    nginx()
    with serving("-m", "tests.browser.serve", GRADIO_ROOT_PATH="/play") as port:
        yield port


@pytest.fixture(params=["kept", "taken off"])
def client(request: pytest.FixtureRequest, app: int, tmp_path: Path) -> Iterator[httpx.Client]:
    """A visitor who knows the public name alone, of an nginx that does this with the prefix."""
    said = block(app)
    if request.param == "taken off":
        said = said.replace(f"127.0.0.1:{app};", f"127.0.0.1:{app}/;")
    with (
        in_front(tmp_path, said) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/play", trust_env=False) as client,
    ):
        client.headers["Host"] = PUBLIC.partition("//")[2]
        yield client


def test_the_page_and_its_previews_name_the_public_address(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert f'"root":"{PUBLIC}/play"' in page.text.replace(" ", "")
    preview = client.get(f"/p?recipe={CARD}").text
    assert f"{PUBLIC}/play/postcard.png?recipe=" in preview
    assert "127.0.0.1" not in preview
    assert f"{PUBLIC}/play" in client.get("/gradio_api/info").text
    assert client.get("/shipped/names.json").status_code == 200


def test_what_our_own_page_sends_passes_and_what_others_send_does_not(
    client: httpx.Client,
) -> None:
    own, stranger = {"Origin": PUBLIC}, {"Origin": "http://evil.example"}
    body = {"visitor": "v", "runs": [RUN]}
    told = client.post("/live", json=body, headers=own).text.splitlines()
    assert json.loads(told[-1])[1]["end"] == "finished"
    called = client.post("/gradio_api/call/models_list", json={"data": []}, headers=own)
    assert "event_id" in called.json()
    opened = client.post("/class", headers=own)
    teaching = client.get(f"/{opened.headers['location']}").text
    assert "play.example/play<wbr>/join" in teaching
    for path in ("/live", "/class"):
        for headers in (stranger, stranger | {"X-Forwarded-Host": "evil.example"}):
            refused = client.post(path, json=body, headers=headers)
            assert (refused.status_code, refused.json()["detail"]) == (403, ELSEWHERE)


def test_a_visitor_names_neither_our_address_nor_the_own(client: httpx.Client) -> None:
    said = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert "evil.example" not in client.get(f"/p?recipe={CARD}", headers=said).text
    assert "https://play" not in client.get(f"/p?recipe={CARD}", headers=said).text
