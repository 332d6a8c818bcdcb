"""The app with Gradio left as it is: all is there, and works as it does with the tricks."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from models.measure.app.server import running
from models.measure.load.sessions import functions
from playground.gradio_app.internals.switch import NAME
from playground.server.request_filter import CLOSED, NO_ADDRESS
from tests.fake_catalogue import NAMES
from tests.server import test_shutdown

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of the app over pretended models, as a process of its own."""
    with running("-m", "tests.browser.serve", settings={NAME: "1"}) as server:
        yield f"http://127.0.0.1:{server.port}"


def test_our_page_stands_in_front_of_gradios_which_is_whole(address: str) -> None:
    page = httpx.get(f"{address}/").text
    assert page.index('id="front"') < page.index("<gradio-app")
    assert '<script type="module" crossorigin src="./assets/' in page
    assert 'id="gradio-parts"' not in page  # only the script that would look for it


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_files_are_served(address: str, encoding: str) -> None:
    page = httpx.get(f"{address}/").text
    path = page.partition('crossorigin src="./')[2].partition('"')[0]
    names = httpx.get(f"{address}/shipped/names.json", headers={"accept-encoding": encoding})
    assert names.json() == list(NAMES)
    for name in (path, "shipped/pack/texts.js", "theme.css"):
        answer = httpx.get(f"{address}/{name}", headers={"accept-encoding": encoding})
        assert answer.status_code == 200
        assert len(answer.text) > 100


def test_health_the_filter_and_the_check_of_addresses_stand_before_it(address: str) -> None:
    assert httpx.get(f"{address}/healthz").json()["ready"]
    refused = httpx.post(f"{address}/gradio_api/upload")
    assert (refused.status_code, refused.json()["detail"]) == (404, CLOSED)
    odd = httpx.get(f"{address}/", headers={"x-forwarded-host": "<b>"})
    assert (odd.status_code, odd.json()["detail"]) == (400, NO_ADDRESS)


@pytest.mark.parametrize("host", ["play.example", "127.0.0.1:1"])
@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:8080", "null"])
def test_no_answer_is_for_pages_of_other_sites_to_read(
    address: str, host: str, origin: str
) -> None:
    headers = {"host": host, "origin": origin}
    for path in ("/", "/config", "/healthz", "/gradio_api/info", "/lessons", "/history", "/no"):
        answer = httpx.get(f"{address}{path}", headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control-")], path
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "x-any"}
    for path in ("/live", "/history/delete", "/gradio_api/queue/join"):
        asked = httpx.options(f"{address}{path}", headers=headers | wanted)
        assert not [name for name in asked.headers if name.startswith("access-control-")], path
        assert httpx.post(f"{address}{path}", headers=headers, json={}).status_code == 403


def test_the_opened_page_is_told_what_is_there(address: str) -> None:
    number = functions(httpx.get(f"{address}/config").json())["page_open"].number
    asked = {"data": [], "event_data": None, "fn_index": number, "session_hash": "one"}
    answer = httpx.post(f"{address}/gradio_api/run/predict", json=asked)
    assert len(answer.json()["data"]) > 30


def test_programs_and_the_first_page_run_models(address: str, tmp_path: Path) -> None:
    run = {"model": "char_lstm", "prompt": "O", "options": {"length": 5}, "seed": 1}
    said = httpx.post(f"{address}/live", json={"visitor": "v", "runs": [run]}, timeout=60)
    assert json.loads(said.text.splitlines()[-1])[1]["end"] == "finished"
    client = Client(address, download_files=tmp_path, verbose=False, analytics_enabled=False)
    text, steps, _ = client.predict("char_lstm", "O", 1, 20, api_name="/text_generate")
    assert (len(text), len(steps)) == (20, 20)
    files, _ = client.predict("gan", api_name="/image_generate")
    assert all(Path(file).read_bytes().startswith(b"\x89PNG") for file in files)
    client.close()


def test_it_ends_within_five_seconds_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "1")
    with test_shutdown.app() as (process, port):
        readers = test_shutdown.two_streams(port)
        seconds, _ = test_shutdown.end(process, signal.SIGTERM)
        assert seconds < 5
        for reader in readers:
            reader.join(5)
            assert "being shut down" in "\n".join(reader.lines[-4:])
