"""Lessons: format, blocks, pages, library."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature

FEATURE = Feature(
    "lessons",
    Path(__file__).parent,
    routes=(
        "playground.features.lessons.pages:routes",
        "playground.features.lessons.own_lesson:routes",
    ),
    opens="playground.features.lessons.lesson:check_folder",
)
