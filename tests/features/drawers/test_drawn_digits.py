"""Plain digits that somebody draws as strokes are read, however large they are and wherever."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from models import catalog, datasets
from models.adapters.clip import Clip
from models.adapters.vae import Vae
from models.measure.judging import Judge

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[3] / "playground/features/drawers/drawing/digit_picture.js"
SIDE, LINE, BOX = 256, 20, 160  # of the pad in pixels of strokes, as in `sketch_pad.js`
PLACES = ((60, 20, 30), (90, 150, 20), (120, 100, 110), (200, 30, 25))
"""How high a digit is drawn, and where its left upper corner is, in pixels of strokes."""
INK, PAPER = datasets.PALETTE["red"], datasets.PALETTE["black"]

Stroke = list[tuple[float, float]]


def arc(x: float, y: float, wide: float, high: float, begin: float, end: float) -> Stroke:
    """A part of an ellipse, in degrees clockwise from the right."""
    angles = np.radians(np.linspace(begin, end, 24))
    return [(x + wide * math.cos(a), y + high * math.sin(a)) for a in angles]


DIGITS: list[list[Stroke]] = [
    [arc(0.3, 0.5, 0.3, 0.5, -90, 270)],
    [[(0.0, 0.0), (0.0, 1.0)]],
    [[*arc(0.3, 0.28, 0.28, 0.28, -170, 40), (0.0, 1.0), (0.62, 1.0)]],
    [[*arc(0.25, 0.25, 0.3, 0.25, -150, 90), *arc(0.25, 0.74, 0.33, 0.26, -90, 140)]],
    [[(0.4, 0.0), (0.0, 0.62), (0.62, 0.62)], [(0.45, 0.35), (0.45, 1.0)]],
    [[(0.55, 0.0), (0.08, 0.0), (0.04, 0.45), *arc(0.25, 0.7, 0.32, 0.3, -110, 130)]],
    [[(0.42, 0.0), *arc(0.34, 0.7, 0.34, 0.5, -160, -185), *arc(0.3, 0.72, 0.3, 0.28, 170, -190)]],
    [[(0.0, 0.0), (0.62, 0.0), (0.22, 1.0)]],
    [[*arc(0.3, 0.25, 0.25, 0.25, 90, -270), *arc(0.3, 0.75, 0.3, 0.25, -90, 270)]],
    [[*arc(0.3, 0.28, 0.28, 0.28, 0, -360), (0.56, 0.3), (0.5, 1.0)]],
]
"""Of each digit its strokes, in a box of height 1."""


@pytest.fixture(scope="module")
def seen() -> np.ndarray:
    """All digits in all places as the page shows them to the machines, (P, 10, 32, 32, 3)."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on this machine")
    drawn = [[_put(strokes, *place) for strokes in DIGITS] for place in PLACES]
    code = (
        f'import {{ asDigit }} from "{SCRIPT.as_uri()}"; import {{ readFileSync }} from "node:fs";'
        "const drawn = JSON.parse(readFileSync(0, 'utf8'));"
        f"const placed = drawn.map((row) => row.map((d) => asDigit(d, {LINE}, {BOX}, {SIDE})));"
        "console.log(JSON.stringify(placed));"
    )
    command = [node, "--experimental-default-type=module", "--input-type=module", "-e", code]
    done = subprocess.run(
        command, input=json.dumps(drawn), capture_output=True, text=True, check=True
    )
    return np.stack([[painted(d) for d in row] for row in json.loads(done.stdout)])


def _put(strokes: list[Stroke], high: int, left: int, top: int) -> list[Stroke]:
    """Strokes in whole pixels of the pad, as a finger gives them."""
    return [[(round(left + high * x), round(top + high * y)) for x, y in s] for s in strokes]


def painted(strokes: list[Stroke]) -> np.ndarray:
    """Lines with round ends, eight times as fine and then scaled down, (32, 32, 3) uint8."""
    fine = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(fine)
    for points in strokes:
        pen.line([tuple(p) for p in points], 255, LINE, "curve")
        for x, y in points:
            pen.ellipse([x - LINE / 2, y - LINE / 2, x + LINE / 2, y + LINE / 2], 255)
    small = np.asarray(fine.resize((32, 32), Image.Resampling.BOX), np.float64)[..., None] / 255
    return np.rint(small * INK + (1 - small) * PAPER).astype(np.uint8)


def read_by_judge(pictures: np.ndarray) -> list[int]:
    return [concept.digit for concept in Judge.load().read(pictures)]


def read_by_vae(pictures: np.ndarray) -> list[str]:
    """What the card of the VAE says of each."""
    vae = Vae.load(catalog.spec("vae"), "cpu", "float32")
    return [glimpse.reading for glimpse in vae.glimpse(tensors(pictures))]


def read_by_clip(pictures: np.ndarray) -> list[str]:
    """The caption that stands first on the card of CLIP."""
    clip = Clip.load(catalog.spec("clip_mini"), "cpu", "float32")
    captions = [concept.caption for concept in datasets.concepts()]
    return [captions[row.argmax()] for row in clip.probabilities(tensors(pictures))]


def tensors(pictures: np.ndarray) -> torch.Tensor:
    """(B, 3, 32, 32) in [-1, 1]."""
    return torch.tensor(pictures.astype(np.float32) / 255 * 2 - 1).permute(0, 3, 1, 2)


def right(said: list[str]) -> list[bool]:
    """Which of ten readings in words name the digit that was drawn."""
    return [datasets.DIGIT_WORDS[digit] in words.split() for digit, words in enumerate(said)]


def test_the_judge_reads_plain_digits_however_large_and_wherever(seen: np.ndarray) -> None:
    """Forty of forty when this was written."""
    read = np.array([read_by_judge(row) for row in seen])
    assert (read == np.arange(10)).sum() >= 38
    assert (read[:, 7] == 7).all()


@pytest.mark.parametrize(("reader", "least"), [(read_by_vae, 37), (read_by_clip, 37)])
def test_the_machines_of_the_drawer_read_them_too(
    seen: np.ndarray, reader: Callable[[np.ndarray], list[str]], least: int
) -> None:
    read = [reader(row) for row in seen]
    assert sum(sum(right(row)) for row in read) >= least
    assert all("seven" in row[7] for row in read)


def test_as_they_were_drawn_they_are_not_read() -> None:
    """The placing does it: half of them and more are read as something else without."""
    drawn = [[painted(_put(strokes, *place)) for strokes in DIGITS] for place in PLACES]
    read = np.array([read_by_judge(np.stack(row)) for row in drawn])
    assert (read == np.arange(10)).sum() <= 30
