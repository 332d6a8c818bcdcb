"""The entry point: light to import, quick to start, warm only afterwards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from models.measure.app.server import serving
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "transformers", "diffusers", "safetensors", "scipy", "matplotlib")
LATER = ("markdown_it", "segno")  # what lessons and classes need, but no first page


def run_python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def run_app(name: str, value: str) -> subprocess.CompletedProcess[str]:
    """The app started with one environment variable set, once it has ended."""
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_the_app_imports_nothing_heavy():
    code = f"import sys, app; print([m for m in {HEAVY + LATER} if sys.modules.get(m)])"
    assert run_python(code) == "[]"


def test_starting_the_app_reads_and_writes_no_stub_files():
    """Gradio parses and compares eighty of them, which is half of what importing it costs."""
    opened = run_python(
        "import sys; opened = []; sys.addaudithook(lambda name, about: opened.append(about[0])"
        " if name == 'open' and str(about[0]).endswith('.pyi') else None); "
        "import app; print(opened, 'gradio.components' in sys.modules)"
    )
    assert opened == "[] True"


def test_the_models_package_knows_no_gradio():
    code = (
        "import sys, models.engine, models.catalog, models.datasets; print('gradio' in sys.modules)"
    )
    assert run_python(code) == "False"


def test_the_pure_parts_of_the_page_know_no_gradio():
    pure = "playground.web.markup, playground.core.follow"
    code = f"import sys, {pure}; print('gradio' in sys.modules)"
    assert run_python(code) == "False"


def test_the_entry_point_is_short():
    assert len((ROOT / "app.py").read_text().splitlines()) < 40


def test_the_app_starts_and_serves_its_page_and_files_compressed():
    with serving("app.py", PLAYGROUND_WARM="0") as port:
        address = f"http://127.0.0.1:{port}"
        page = httpx.get(address).text
        assert "Generative Playground" in page
        path = re.search(r"/assets/[\w.-]+\.js", page)[0]
        for encoding in ("br", "gzip"):
            for _ in range(2):
                answer = httpx.get(address + path, headers={"accept-encoding": encoding})
                assert answer.status_code == 200
                assert "immutable" in answer.headers["cache-control"]
                assert answer.headers["content-encoding"] == encoding
        assert httpx.get(address + "/assets/no-such-file.js").status_code == 404
        again = httpx.get(address)
        assert again.text == page
        tag = {"if-none-match": again.headers["etag"]}
        assert httpx.get(address, headers=tag).status_code == 304
        linked = httpx.get(address, params={"recipe": "x", "__theme": "dark"}).text
        assert 'data-place="text"' in linked
        assert f"127.0.0.1:{port}" in page
        assert "elsewhere.example" in httpx.get(address, headers={"host": "elsewhere.example"}).text
        assert httpx.get(f"{address}/healthz").json()["ready"]
        opened = [open_page(address, page, session) for session in ("one", "two")]
        assert opened[0] == opened[1]


def open_page(address: str, page: str, session: str) -> object:
    """What the page is told when it has been opened."""
    _, _, rest = page.partition("window.gradio_config = ")
    config, _ = json.JSONDecoder().raw_decode(rest)
    (number,) = (d["id"] for d in config["dependencies"] if d["api_name"] == "page_open")
    asked = {"data": [], "event_data": None, "fn_index": number, "session_hash": session}
    return httpx.post(f"{address}/gradio_api/run/predict", json=asked).json()["data"]


def test_services_warm_the_shipped_models(services, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_WARM", "0")
    services.warm()
    assert services.pool.state("gan") == "not_loaded"
    monkeypatch.delenv("PLAYGROUND_WARM")
    services.warm()
    until = time.monotonic() + 20
    makers = {id_ for id_, spec in SPECS.items() if spec.kind != "measure"}
    while any(services.pool.state(model) != "ready" for model in makers):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert makers < SPECS.keys()
    assert {services.pool.state(model) for model in SPECS.keys() - makers} == {"not_loaded"}


def test_every_setting_is_in_the_readme_and_nothing_else():
    code = [ROOT / "app.py", *(ROOT / "models").rglob("*.py"), *(ROOT / "playground").rglob("*.py")]
    named = re.compile(r"PLAYGROUND_[A-Z_]*[A-Z]")
    used = {name for file in code for name in named.findall(file.read_text(encoding="utf-8"))}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = [line for line in readme.splitlines() if line.startswith("| `")]
    assert {name for line in table for name in named.findall(line.split("|")[1])} == used


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PLAYGROUND_MODELS", '[{"id": "x"}]', "PLAYGROUND_MODELS, entry 1 (x)"),
        ("PLAYGROUND_MAX_RUNS", "many", "PLAYGROUND_MAX_RUNS must be a whole number"),
        ("PLAYGROUND_LOG", "LOUD", "PLAYGROUND_LOG must be one of"),
        ("PLAYGROUND_LESSONS", "nowhere", "PLAYGROUND_LESSONS names a folder that is not there"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_a_sentence(name, value, sentence):
    done = run_app(name, value)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
