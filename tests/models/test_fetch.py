"""Fetching the originals, from a server on loopback that speaks as their homes do."""

from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from models import fetch


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """A file server with tiny files in the originals' formats."""
    generator = np.random.default_rng(0)
    arrays = {
        "train_images": generator.integers(0, 256, (5, 28, 28), np.uint8),
        "train_labels": np.arange(5, dtype=np.uint8),
        "test_images": generator.integers(0, 256, (3, 28, 28), np.uint8),
        "test_labels": np.arange(3, dtype=np.uint8),
    }
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "input.txt").write_text("To be\n")
    for name, file in fetch._MNIST_FILES.items():
        (folder / file).write_bytes(gzip.compress(_idx(arrays[name])))
    handler = partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", arrays
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_fetch_writes_what_worlds_reads(
    home: tuple[str, dict[str, np.ndarray]], tmp_path: Path
) -> None:
    address, arrays = home
    fetch.fetch(tmp_path / "data", f"{address}/input.txt", address)
    assert (tmp_path / "data" / "tinyshakespeare.txt").read_text() == "To be\n"
    with np.load(tmp_path / "data" / "mnist.npz") as archive:
        for name, array in arrays.items():
            assert np.array_equal(archive[name], array)


def test_an_unreachable_home_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="refused"):
        fetch.fetch(tmp_path, "http://127.0.0.1:9/input.txt", "http://127.0.0.1:9")


def test_asking_for_help_fetches_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch, "download", lambda url: pytest.fail(f"{url} was asked for"))
    with pytest.raises(SystemExit) as ended:
        fetch.main(["--help"])
    assert ended.value.code == 0
    assert "PLAYGROUND_DATA" in capsys.readouterr().out


def test_without_a_network_the_command_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(url: str) -> bytes:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    monkeypatch.setattr(fetch, "download", refuse)
    with pytest.raises(SystemExit) as ended:
        fetch.main([])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("The data cannot be had: ")


def test_other_content_is_refused() -> None:
    with pytest.raises(ValueError, match="IDX"):
        fetch.decode_idx(b"<html>not found</html>")
