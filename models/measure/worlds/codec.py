"""The VAE as a codec: pictures kept in a few bytes, against the smallest JPEG and WebP.

A code is the mean of z, one byte for each number, and two bytes for what the encoder believes the
picture shows: digit, ink and paper.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchmetrics.functional.image import peak_signal_noise_ratio
from tqdm import tqdm

from models import datasets
from models.measure.finding import Finding
from models.measure.metric import Metric, mean
from models.measure.worlds.pictures import TEST, concepts_for, painted
from models.networks.decoder import COLOURS, split_label_logits

_RANGE = 4.0  # standard deviations of the prior that a byte spans on either side
_LEVELS = 127
_BLOCK = 250
_FILES: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 1, "subsampling": "4:2:0", "optimize": True},
    "webp": {"quality": 0, "method": 6},
}
_HOW = {
    "jpeg": "Pillow writes it with quality 1, 4:2:0 and optimised tables",
    "webp": "Pillow writes it with quality 0 and method 6",
}
_WEBP_HEADER_BYTES = 30  # RIFF 12, chunk 8, VP8 frame 10 (RFC 9649; RFC 6386, section 9.1)


def measure(adapter: Any) -> Iterator[Finding]:
    """PSNR of test pictures restored from their codes, and of the smallest ordinary files."""
    strokes, digits = datasets.mnist("test")
    images = painted(strokes, concepts_for(digits))
    network = adapter.network
    codes = encode(network, images)
    yield Finding(
        {"psnr_db": psnr(images, decode(network, codes)), "code_bytes": _constant(codes)},
        TEST,
        f"Test images restored from {codes.shape[1] - 2} numbers of a byte each, −{_RANGE:g} to "
        f"{_RANGE:g} in equal steps, and two bytes for digit, ink and paper as the encoder reads "
        "them. The decoder's weights are not counted.",
    )
    for name in _FILES:
        yield _ordinary(name, images)


@torch.inference_mode()
def encode(network: Any, images: np.ndarray) -> np.ndarray:
    """Codes (N, Z + 2) uint8 of pictures (N, 32, 32, 3) uint8."""
    codes = []
    for block in np.split(images, range(_BLOCK, len(images), _BLOCK)):
        pixels = torch.from_numpy(block).permute(0, 3, 1, 2).float() / 127.5 - 1
        means, _, logits = network.encoder(pixels)
        codes.append(np.concatenate([_quantised(means), _packed(logits)], axis=1))
    return np.concatenate(codes)


@torch.inference_mode()
def decode(network: Any, codes: np.ndarray) -> np.ndarray:
    """Pictures (N, 32, 32, 3) uint8 from codes (N, Z + 2) uint8."""
    images = []
    for block in np.split(codes, range(_BLOCK, len(codes), _BLOCK)):
        z = torch.from_numpy(block[:, :-2].view(np.int8).astype(np.float32)) * (_RANGE / _LEVELS)
        drawn = network.decoder(z, _unpacked(block[:, -2:]))
        pixels = ((drawn.clamp(-1, 1) + 1) * 127.5).round().byte()
        images.append(pixels.permute(0, 2, 3, 1).numpy())
    return np.concatenate(images)


def psnr(images: np.ndarray, restored: np.ndarray) -> Metric:
    """Peak signal-to-noise ratio in dB, 10 log10(255² / mean squared error), mean over pictures."""
    made, wanted = (torch.from_numpy(a).float() for a in (restored, images))
    values = peak_signal_noise_ratio(
        made, wanted, data_range=255.0, reduction="none", dim=(1, 2, 3)
    )
    return mean(values.double().numpy())


def as_file(image: np.ndarray, name: str) -> bytes:
    """A picture (H, W, 3) uint8 as the smallest file of its kind, "jpeg" or "webp"."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, name, **_FILES[name])
    return file.getvalue()


def header_bytes(file: bytes, name: str) -> int:
    """How much of a file says nothing of the picture itself: its tables and headers."""
    if name == "webp":
        return _WEBP_HEADER_BYTES
    scan = file.index(b"\xff\xda")  # behind this marker stand its length and itself, then the data
    return scan + 2 + int.from_bytes(file[scan + 2 : scan + 4], "big")


def _ordinary(name: str, images: np.ndarray) -> Finding:
    files = [as_file(image, name) for image in tqdm(images, desc=name, mininterval=1)]
    restored = np.stack([np.asarray(Image.open(io.BytesIO(f)).convert("RGB")) for f in files])
    sizes = np.array([len(f) for f in files], float)
    headers = np.mean([header_bytes(f, name) for f in files])
    return Finding(
        {f"{name}_bytes": mean(sizes), f"{name}_psnr_db": psnr(images, restored)},
        note=f"As {_HOW[name]}; {headers:.0f} bytes of a file are headers and tables.",
    )


def _quantised(means: torch.Tensor) -> np.ndarray:
    steps = (means.clamp(-_RANGE, _RANGE) * (_LEVELS / _RANGE)).round()
    return steps.to(torch.int8).numpy().view(np.uint8)


def _packed(logits: torch.Tensor) -> np.ndarray:
    """The likeliest digit, ink and paper as one number below 640, (N, 2) uint8."""
    digit, ink, paper = (part.argmax(1) for part in split_label_logits(logits))
    numbers = (digit * COLOURS + ink) * COLOURS + paper
    return numbers.numpy().astype("<u2")[:, None].view(np.uint8)


def _unpacked(pairs: np.ndarray) -> torch.Tensor:
    numbers = torch.from_numpy(np.ascontiguousarray(pairs).view("<u2")[:, 0].astype(np.int64))
    digit_and_ink, paper = numbers // COLOURS, numbers % COLOURS
    return torch.stack([digit_and_ink // COLOURS, digit_and_ink % COLOURS, paper], 1)


def _constant(codes: np.ndarray) -> Metric:
    length = float(codes.shape[1])
    return Metric(length, length, length, len(codes))
