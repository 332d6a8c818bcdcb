"""A class: code, students, votes, the teacher’s pages."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature, Place

FEATURE = Feature(
    "classroom",
    Path(__file__).parent,
    place=Place("class", "Class", build="playground.features.classroom.place:build_classroom"),
    front="playground.features.classroom.front:front",
    routes=("playground.features.classroom.routes:routes",),
    middleware="playground.features.classroom.membership:Members",
    opens="playground.features.classroom.membership:open_classes",
    light_scripts=("student_bar.js",),
    clients="playground.features.classroom.membership:clients",
    admits="playground.features.classroom.membership:rule",
)
