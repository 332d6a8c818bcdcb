"""Passing pictures: encoded once for all who look at them, and forgotten with them."""

from __future__ import annotations

import gc
from unittest.mock import patch

import pytest
from PIL import Image

from playground import pictures


@pytest.mark.parametrize(("side", "kind"), [(32, "image/png"), (512, "image/jpeg")])
def test_a_passing_picture_is_encoded_once(side, kind):
    image = Image.new("RGB", (side, side), "red")
    first = pictures.shown(image)
    assert first.startswith(f"data:{kind};base64,")
    with patch.object(pictures, "_encoded", side_effect=AssertionError("encoded again")):
        assert pictures.shown(image) == first


def test_pictures_are_told_apart_and_forgotten_with_their_holders():
    before = len(pictures._addresses)
    images = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    assert len({pictures.shown(image) for image in images}) == 2
    assert len(pictures._addresses) == before + 2
    del images
    gc.collect()
    assert len(pictures._addresses) <= before
