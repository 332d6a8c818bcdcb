"""Passing pictures: encoded once for all who look at them, and forgotten with them."""

from __future__ import annotations

import gc
from unittest.mock import patch

import pytest
from PIL import Image

from playground.core import picture_files


@pytest.mark.parametrize(("side", "kind"), [(32, "image/png"), (512, "image/jpeg")])
def test_a_passing_picture_is_encoded_once(side, kind):
    image = Image.new("RGB", (side, side), "red")
    first = picture_files.shown(image)
    assert first.startswith(f"data:{kind};base64,")
    with patch.object(picture_files, "_encoded", side_effect=AssertionError("encoded again")):
        assert picture_files.shown(image) == first


def test_pictures_are_told_apart_and_forgotten_with_their_holders():
    before = len(picture_files._addresses)
    images = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    assert len({picture_files.shown(image) for image in images}) == 2
    assert len(picture_files._addresses) == before + 2
    del images
    gc.collect()
    assert len(picture_files._addresses) <= before
