"""The place “Class”: open one, join one, and all lessons. Plain HTML: it needs no handler."""

from __future__ import annotations

from playground import lessons, parts
from playground.classroom import pages
from playground.services import Services

PLACE = "class"


def build_classroom(services: Services) -> None:
    """Lay the place out."""
    parts.html(pages.place(lessons.listing(lessons.library(services.specs))), f"{PLACE}-place")
