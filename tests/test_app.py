"""The entry point: light to import, quick to start, warm only afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from models.measure.server import serving
from playground import serve
from tests.pretend import SPECS

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "transformers", "diffusers", "safetensors", "scipy", "matplotlib")


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


def test_importing_the_app_imports_nothing_heavy():
    code = f"import sys, app; print([m for m in {HEAVY} if m in sys.modules])"
    assert run_python(code) == "[]"


def test_the_models_package_knows_no_gradio():
    code = (
        "import sys, models.engine, models.catalog, models.worlds; print('gradio' in sys.modules)"
    )
    assert run_python(code) == "False"


def test_the_pure_parts_of_the_page_know_no_gradio():
    code = "import sys, playground.cards, playground.following; print('gradio' in sys.modules)"
    assert run_python(code) == "False"


def test_the_entry_point_is_short():
    assert len((ROOT / "app.py").read_text().splitlines()) < 40


def test_the_app_starts_and_serves_its_files_once_compressed():
    with serving("app.py", PLAYGROUND_WARM="0") as port:
        address = f"http://127.0.0.1:{port}"
        page = httpx.get(address).text
        assert "Generative Playground" in page
        path = re.search(r"/assets/[\w.-]+\.js", page)[0]
        for _ in range(2):
            answer = httpx.get(address + path, headers={"accept-encoding": "br"})
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
        assert httpx.get(address + "/assets/no-such-file.js").status_code == 404


def test_services_warm_the_shipped_models(services, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_WARM", "0")
    services.warm()
    assert services.pool.state("gan") == "not_loaded"
    monkeypatch.delenv("PLAYGROUND_WARM")
    services.warm()
    until = time.monotonic() + 20
    while any(services.pool.state(model) != "ready" for model in SPECS):
        assert time.monotonic() < until
        time.sleep(0.02)


# The asset cache


async def _app(scope, receive, send):
    scope["asked"].append(scope["path"])
    status = 404 if "missing" in scope["path"] else 200
    headers = [(b"content-type", b"text/javascript"), (b"content-length", b"3000")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * 2000, "more_body": True})
    await send({"type": "http.response.body", "body": b"x" * 1000})


def ask(app, path, encoding="br", asked=None, **headers):
    """One request to an ASGI app: status, headers, body."""
    import asyncio

    messages = []

    async def send(message):
        messages.append(message)

    given = {"accept-encoding": encoding, **headers}
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
        "asked": [] if asked is None else asked,
    }
    asyncio.run(app(scope, None, send))
    answered = {k.decode().lower(): v.decode() for k, v in messages[0]["headers"]}
    return messages[0]["status"], answered, b"".join(m.get("body", b"") for m in messages[1:])


def test_assets_are_fetched_and_compressed_once():
    import brotli

    app, asked = serve.AssetCache(_app), []
    for _ in range(3):
        status, headers, body = ask(app, "/assets/a.js", asked=asked)
        assert (status, headers["content-encoding"]) == (200, "br")
        assert headers["content-length"] == str(len(body))
        assert "immutable" in headers["cache-control"]
        assert brotli.decompress(body) == b"x" * 3000
    assert asked == ["/assets/a.js"]


def test_browsers_without_brotli_get_the_plain_file():
    app = serve.AssetCache(_app)
    ask(app, "/assets/a.js")
    _, headers, body = ask(app, "/assets/a.js", encoding="gzip")
    assert "content-encoding" not in headers
    assert body == b"x" * 3000


def test_failures_ranges_and_other_paths_are_not_kept():
    app, asked = serve.AssetCache(_app), []
    for _ in range(2):
        assert ask(app, "/assets/missing.js", asked=asked)[0] == 404
        ask(app, "/config", asked=asked)
        ask(app, "/static/a.mp4", asked=asked, range="bytes=0-1")
    assert len(asked) == 6


def test_the_first_page_is_noticed_when_it_has_gone_out():
    seen = threading.Event()
    app = serve.FirstPage(_app, seen)
    ask(app, "/config")
    assert not seen.is_set()
    ask(app, "/")
    assert seen.is_set()


def test_every_setting_is_in_the_readme_and_nothing_else():
    code = [ROOT / "app.py", *(ROOT / "models").rglob("*.py"), *(ROOT / "playground").rglob("*.py")]
    named = re.compile(r"PLAYGROUND_[A-Z_]*[A-Z]")
    used = {name for file in code for name in named.findall(file.read_text(encoding="utf-8"))}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = [line for line in readme.splitlines() if line.startswith("| `")]
    assert {name for line in table for name in named.findall(line.split("|")[1])} == used


def test_a_wrong_setting_ends_the_start_with_a_sentence():
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"PLAYGROUND_MODELS": '[{"id": "x"}]'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "PLAYGROUND_MODELS, entry 1 (x)" in done.stderr
    assert "Traceback" not in done.stderr
