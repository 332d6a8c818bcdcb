"""The place “Class”: open one, join one, and all lessons. Plain HTML: it needs no handler."""

from __future__ import annotations

from playground.core.services import Services
from playground.features.classroom import pages as classroom_pages
from playground.features.classroom.state.classes import Classes
from playground.features.lessons import lesson as lessons
from playground.gradio_app import wiring

PLACE = "class"


def build_classroom(services: Services) -> None:
    """Lay the place out."""
    classes = services.state(Classes)
    opening = classes is not None and bool(classes.opening_code)
    listed = lessons.listing(lessons.library_of(services))
    wiring.html(classroom_pages.place(listed, opening=opening), f"{PLACE}-place")
