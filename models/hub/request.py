"""One file that somebody wants, and how it is told what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from models.base import HubFile

Phase: TypeAlias = Literal["waiting", "downloading", "checking"]


class Stopped(Exception):
    """Nobody wants the download any more."""


@dataclass(frozen=True, slots=True)
class FileRequest:
    """One file that is to arrive, and who is told."""

    name: str  # the model's, for sentences
    file: HubFile
    advance: Callable[[int], None]  # so many bytes arrived, fewer than 0: were given up; may raise
    enter: Callable[[Phase], None]

    def check(self) -> None:
        """Raise if nobody wants the file any more."""
        self.advance(0)
