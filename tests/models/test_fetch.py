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


def test_other_content_is_refused() -> None:
    with pytest.raises(ValueError, match="IDX"):
        fetch.decode_idx(b"<html>not found</html>")
