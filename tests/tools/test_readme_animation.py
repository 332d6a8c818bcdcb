"""The README's moving picture is the pack's: its last frame shows the recorded pictures."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from playground.features.play import replay_pack
from playground.tools import readme_animation


def test_the_last_frame_shows_what_was_recorded(tmp_path):
    frames, stays = readme_animation.draw("30")
    assert len(frames) == len(stays) > 3
    assert stays[-1] > max(stays[:-1])
    runs = replay_pack.read("clock")["runs"]
    for y, model in enumerate(replay_pack.CLOCK_MODELS):
        for x, digit in enumerate("30"):
            (source,) = runs[f"{model}-{digit}"]["events"][-1]["frame"]["tiles"]
            exact = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
            left, top = readme_animation._corner(x, y)
            shown = frames[-1].crop((left, top, left + 96, top + 96)).resize((32, 32), 0)
            assert np.array_equal(np.asarray(shown), np.asarray(exact.convert("RGB")))


def test_it_is_written_as_an_animation(tmp_path):
    readme_animation.save(tmp_path / "clock.webp")
    with Image.open(tmp_path / "clock.webp") as picture:
        assert picture.n_frames > 3
    assert (tmp_path / "clock.webp").stat().st_size < 200_000
