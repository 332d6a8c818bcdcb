"""Fetch the original data from its public homes: `python -m models.fetch`.

What arrives is checked by `models.datasets` against hashes of its decoded content before anything
uses it; a file that is not the one expected is removed again.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models import console, datasets

logger = logging.getLogger(__name__)

SHAKESPEARE_URL = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
)
MNIST_URL = "https://storage.googleapis.com/cvdf-datasets/mnist"
_MNIST_FILES = {
    "train_images": "train-images-idx3-ubyte.gz",
    "train_labels": "train-labels-idx1-ubyte.gz",
    "test_images": "t10k-images-idx3-ubyte.gz",
    "test_labels": "t10k-labels-idx1-ubyte.gz",
}
_CHUNK_BYTES = 1 << 16


def fetch(folder: Path, shakespeare_url: str = SHAKESPEARE_URL, mnist_url: str = MNIST_URL) -> None:
    """Put tinyshakespeare.txt and mnist.npz into `folder`, where `models.datasets` finds them.

    Raises:
        OSError: when a home cannot be reached; what was complete before stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tinyshakespeare.txt").write_bytes(download(shakespeare_url))
    arrays = {
        name: decode_idx(gzip.decompress(download(f"{mnist_url}/{file}")))
        for name, file in _MNIST_FILES.items()
    }
    np.savez_compressed(folder / "mnist.npz", allow_pickle=False, **arrays)


def download(url: str) -> bytes:
    """The content of an address, with a progress bar."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        size = int(answer.headers.get("Content-Length") or 0)
        content = bytearray()
        with tqdm(total=size, unit="B", unit_scale=True, desc=url.rsplit("/", 1)[-1]) as bar:
            while chunk := answer.read(_CHUNK_BYTES):
                content += chunk
                bar.update(len(chunk))
    return bytes(content)


def decode_idx(content: bytes) -> np.ndarray:
    """An array of unsigned bytes in MNIST's IDX format.

    Two zero bytes, 8 for "unsigned byte", the number of dimensions, then each dimension as four
    bytes, most significant first (LeCun, Cortes & Burges, "The MNIST database").

    Raises:
        ValueError: when it is not such an array.
    """
    if content[:3] != b"\0\0\x08" or len(content) < 4:
        raise ValueError("not an IDX file of unsigned bytes")
    dimensions = content[3]
    header = 4 + 4 * dimensions
    shape = np.frombuffer(content[4:header], ">u4").astype(int)
    return np.frombuffer(content[header:], np.uint8).reshape(shape)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch, then check; a sentence where a home cannot be reached."""
    console.write_anything()
    folder = datasets.data_folder()
    parser = argparse.ArgumentParser(
        prog="python -m models.fetch",
        description=__doc__,
        epilog=f"They come into {folder}; PLAYGROUND_DATA names another folder.",
    )
    parser.parse_args(arguments)
    try:
        _fetch_and_check(folder)
    except OSError as error:
        parser.exit(1, f"The data cannot be had: {error}.\n")


def _fetch_and_check(folder: Path) -> None:
    fetch(folder)
    datasets.shakespeare()
    datasets.mnist("train")
    datasets.mnist("test")
    logger.info("the data is in %s", folder)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
