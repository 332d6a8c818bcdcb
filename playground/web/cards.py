"""What one card of the page shows at this moment: it is fed steps and asked for its HTML."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PIL.Image import Image

from models.base import ImageStep, ModelSpec, Recipe, Step, TokenStep
from models.engine import Waiting
from playground.core import picture_files
from playground.core.errors import explain
from playground.core.format import duration, plural, waiting_words
from playground.web import markup

LIVE = ("live", "●", "live")
REPLAYED = ("replayed", "↻", "replayed, recorded run")
EMPTY_COUNT = 4


@dataclass(slots=True)
class ImageCard:
    """One image model's pictures, from the first guess to the exact files.

    Args:
        subject: what the pictures are of, for who cannot see them.
        brief: a line above the pictures on what the model was asked; "" for none.
        button: the id of the button to press again after a failure.
        instead: a piece of HTML that stands in place of the pictures; "" for none.
        frames: how many empty frames wait for pictures before anybody has asked for any.
    """

    spec: ModelSpec
    subject: str = ""
    brief: str = ""
    button: str = "images-draw"
    instead: str = ""
    frames: int = EMPTY_COUNT
    recipe: Recipe | None = None
    state: str = markup.NO_STATE
    running: bool = False
    finished: bool = False
    _replayed: bool = False
    _tiles: Sequence[str] = ()
    _label: str = ""
    _note: str = ""
    _seconds: float = 0.0
    _save: str = ""

    def start(self, replayed: bool) -> None:
        """Begin with empty frames."""
        self.running, self._replayed = True, replayed
        self.state = self._source()

    def take(self, event: Step | Waiting) -> None:
        """Show the pictures of this step, or what the run waits for."""
        if isinstance(event, Waiting):
            self.state = _waiting(event) or self._source()
        elif isinstance(event, ImageStep):
            self._show(event)

    def fail(self, error: Exception) -> None:
        """Say in place of the pictures what went wrong."""
        self.running = False
        self.state = markup.state("failed", "✕", "did not work")
        self.instead = _failure(error, press=self.button)

    def end(self) -> None:
        """Say whether the pictures are finished or were stopped."""
        if self.running and not self.finished:
            self.state = markup.state("stopped", "■", f"stopped at {self._label or 'the start'}")
        self.running = False

    @property
    def count(self) -> int:
        """How many pictures there are or will be."""
        return self.recipe.integer("count") if self.recipe else self.frames

    @property
    def html(self) -> str:
        """The whole card."""
        heading = markup.family_heading(self.spec, self.state)
        pieces = self._tiles or [markup.empty_tiles(self.count)]
        stage = self.instead or markup.tiles(pieces, self.count)
        stage = markup.brief(self.brief) + stage
        return markup.family_card(self.spec, heading, stage, self._figures(), self._save)

    @property
    def announcement(self) -> str:
        """What a screen reader says once, at the end."""
        if not self.finished:
            return ""
        return f"{self.spec.name} finished, {plural(self.count, 'picture')}."

    def _source(self) -> str:
        kind, mark, words = REPLAYED if self._replayed else LIVE
        said = f"{words} · {self._label}" if self._label else words
        return markup.state(kind, mark, said, busy=not self.finished)

    def _show(self, step: ImageStep) -> None:
        self._seconds += step.seconds
        self.finished = step.last
        self._label = "" if step.last or step.total == 1 else step.label
        self._note = step.label if step.held_back else ""
        self.state = self._source()
        files = self._files(step) if step.last else {}
        self._save = self._save_link(files.values()) if files else ""  # here, as redraws are many
        self._tiles = [
            self._tile(image, *files.get(place, ("", b"")))
            for place, image in enumerate(step.images)
        ]

    def _files(self, step: ImageStep) -> dict[int, tuple[str, bytes]]:
        """Name and content of every picture, by its place; of none that was held back."""
        assert self.recipe is not None
        return {
            place: (
                picture_files.file_name(self.recipe, place + 1),
                picture_files.png_bytes(image, self.recipe, f"{place + 1} of {len(step.images)}"),
            )
            for place, image in enumerate(step.images)
            if place not in step.held_back
        }

    def _tile(self, image: Image, name: str, content: bytes) -> str:
        alt = ", ".join(filter(None, (self.subject, self.spec.name, self._label)))
        source = (
            picture_files.data_uri(content, "image/png") if content else picture_files.shown(image)
        )
        return markup.tile(source, alt, name, photo=image.width > picture_files.LARGEST_EXACT_PX)

    def _figures(self) -> str:
        if self.recipe is None or not self._tiles:
            return markup.figures()
        each = duration(self._seconds / len(self._tiles))
        return markup.figures(f"{each} a picture", f"seed {self.recipe.seed}", note=self._note)

    def _save_link(self, files: Collection[tuple[str, bytes]]) -> str:
        assert self.recipe is not None
        packed = picture_files.data_uri(picture_files.archive(dict(files)), "application/zip")
        name = f"{self.recipe.model}-seed-{self.recipe.seed}-{self.recipe.key[:8]}.zip"
        return markup.save_link(packed, name, f"Save {plural(len(files), 'PNG')}")


@dataclass(slots=True)
class NameCard:
    """An invented name in the making; instead of a card it has a line, "" while all goes well.

    Args:
        button: the id of the button to press again after a failure.
    """

    spec: ModelSpec
    button: str
    recipe: Recipe | None = None
    html: str = ""
    finished: bool = False
    _text: str = ""

    def start(self, replayed: bool) -> None:
        """Nothing to show before the name is whole."""

    def take(self, event: Step | Waiting) -> None:
        """Add one token's letters, or show what the run waits for."""
        if isinstance(event, Waiting):
            self.html = markup.remark(words) if (words := _waiting(event)) else self.html
        elif isinstance(event, TokenStep):
            self._text += event.text
            self.finished = event.last

    def fail(self, error: Exception) -> None:
        """Say what went wrong."""
        self.html = _failure(error, press=self.button)

    def end(self) -> None:
        """Say so when nothing came of it."""
        if not self.name:
            self.fail(ValueError("No name came of it. Press again."))

    @property
    def name(self) -> str:
        """The finished name on one line; "" before."""
        return " ".join(self._text.split()) if self.finished else ""


def _waiting(event: Waiting) -> str:
    """The state of a card whose run waits; "" for a mere heartbeat."""
    mark, words = waiting_words(event)
    return markup.state("waiting", mark, words, busy=True) if words else ""


def _failure(error: Exception, press: str) -> str:
    """What a visitor asked wrongly will fail again as it is; all else is worth another try."""
    return markup.failure(explain(error), "" if isinstance(error, ValueError) else press)


def announcement(cards: Sequence[ImageCard]) -> str:
    """What a screen reader says once, when every card has ended."""
    return " ".join(card.announcement for card in cards if card.announcement)
