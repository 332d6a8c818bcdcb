"""Images: one request, several families."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature, Place, Restore

FEATURE = Feature(
    "images",
    Path(__file__).parent,
    place=Place(
        "images",
        "Images",
        build="playground.features.images.place:build",
        restore="playground.features.images.place:restore",
    ),
    restores=(
        Restore("image", "digits", "images", "images-draw"),
        Restore("image", "emoji", "images", "emoji-draw"),
        Restore("image", "", "images", "originals-draw"),
    ),
)
