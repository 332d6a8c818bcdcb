"""A run as plain data: what the browser is sent while it goes on, and what a replay is made of.

One form for both, so that the page shows a live run and a recorded one by the same code:

    {"start": {"recipe": …, "key": …, "link": …, "family": …, "name": …,
               "replayed": false, "recorded": false}}
    {"wait": {"mark": "◔", "words": "loading 2 of 5 s"}}
    {"letters": [[piece, probability, rank, milliseconds, [[candidate, probability], …]], …]}
    {"spread": {"index": 3, "texts": [candidate, …], "costs": [2302, …], "rest": 0.02,
                "vocabulary": 50257}}
    {"note": "The context was full: the last half of it was read anew."}
    {"frame": {"index": 0, "total": 20, "last": false, "label": …, "ms": 41.2, "tiles": [address]}}
    {"look": {"index": 0, "total": 1, "last": true, "label": …, "ms": 3.1, "tiles": {name: address},
              "figures": {name: number}, "arrays": {name: {"type", "shape", "data"}}}}
    {"fail": {"sentence": …, "again": true}}     with "readable": … for a prompt of other signs
    {"end": "finished"}          or "stopped"

Their shapes are declared below, and once more for the scripts in `web/kit/events.d.ts`; a test
compares the two. A wait without words says that it is over, before the first step has come of it.
Letters are without candidates where nobody asks for any. A spread is what the model thought of the
place of one token, which has come just before it: all that settings choose from. A cost is what a
candidate's probability under the model itself is below 1, in thousandths of a nat: it is the logit
less the log of the normaliser; `rest` is the probability of all that are not listed.

A frame of pictures too large to be shown pixel by pixel says `"photo": true`. One with pictures
that its model held back names them, `"held": [places]`, and its label is the model's sentence about
that. Before a run may come the arrival of its model, which itself ends with `fail` or `end` where
nothing else is asked for:

    {"arrive": {"words": "arriving, 12 %", "said": "1 MB of 8 MB", "done": 1000, "total": 8000}}
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypedDict

import numpy as np

from models import folding
from models.base import (
    Candidates,
    ImageStep,
    LookStep,
    ModelSpec,
    Recipe,
    RecipeDict,
    Step,
    TokenStep,
)
from models.engine import Waiting
from playground.core import picture_files
from playground.core.errors import explain
from playground.core.format import waiting_words
from playground.core.share_link import link_of

CANDIDATES = 8
"""Of the next letter's possibilities, so many are sent at most: enough for guessing games."""
MOST_AROUND = 128
"""Of a stretch of so many letters at most the spreads are sent."""
_PLACES = 4  # decimal places of a probability
_COST = 1000  # a nat in the unit of a cost

Letter: TypeAlias = (
    tuple[str, float, int, float] | tuple[str, float, int, float, list[tuple[str, float]]]
)
"""Piece, probability, rank, milliseconds, and where asked for other candidates."""
End: TypeAlias = Literal["finished", "stopped"]


class Start(TypedDict):
    """What is known of a run before its first step.

    Args:
        replayed: whether its steps were made before: for somebody else, or when it was recorded.
        recorded: whether it is shipped with the app.
    """

    recipe: RecipeDict
    key: str
    link: str
    family: str
    name: str
    replayed: bool
    recorded: bool


class Wait(TypedDict):
    """What a run is waiting for."""

    mark: str
    words: str


class Spread(TypedDict):
    """What a model thought of the place of one token: the likeliest candidates, and costs."""

    index: int
    texts: list[str]
    costs: list[int]
    rest: float
    vocabulary: int


class Remarks(TypedDict, total=False):
    """What is said of pictures where there is something to say.

    Args:
        held: places of those that the model held back.
        photo: whether they are too large to be shown pixel by pixel.
    """

    held: list[int]
    photo: bool


class Moment(TypedDict):
    """Which step of a run it is, and how long it took."""

    index: int
    total: int
    last: bool
    label: str
    ms: float


class Frame(Moment, Remarks):
    """One step of pictures."""

    tiles: list[str]


class PackedArray(TypedDict):
    """A numeric array: base64 of its bytes, little-endian, by rows."""

    type: str
    shape: list[int]
    data: str


class Look(Moment):
    """What a model shows of its inside, by name."""

    tiles: dict[str, str]
    figures: dict[str, float]
    arrays: dict[str, PackedArray]


class Arrive(TypedDict):
    """How far the download of a model is, in words and in bytes."""

    words: str
    said: str
    done: int
    total: int


class Readable(TypedDict, total=False):
    """What a model could read, where there is something in a prompt that it cannot."""

    readable: str


class Fail(Readable):
    """What went wrong, and whether another try may help."""

    sentence: str
    again: bool


class Event(TypedDict, total=False):
    """Exactly one of these is there."""

    start: Start
    wait: Wait
    letters: list[Letter]
    spread: Spread
    note: str
    arrive: Arrive
    frame: Frame
    look: Look
    fail: Fail
    end: End


@dataclass(slots=True)
class Recorder:
    """Follows one recipe as a card does, and turns what comes into events.

    Args:
        candidates: so many of the next letter's possibilities go with each letter.
        around: first letter of a text, from 0, and the one behind the last, whose spreads are sent.
        note: what is said of it from its start on.
    """

    spec: ModelSpec
    recipe: Recipe | None = None
    candidates: int = CANDIDATES
    around: tuple[int, int] | None = None
    note: str = ""
    finished: bool = False
    failed: bool = False
    _events: list[Event] = field(default_factory=list)
    _waits_for: str = ""
    _written: int = 0

    def start(self, replayed: bool) -> None:
        """The engine has taken the recipe."""
        assert self.recipe is not None
        self._events.append({"start": beginning(self.spec, self.recipe, replayed=replayed)})
        if self.note:
            self._events.append({"note": self.note})

    def take(self, event: Step | Waiting) -> None:
        """One more step, or what the run is waiting for."""
        if isinstance(event, Waiting):
            self._wait(*waiting_words(event))
            return
        self.finished = event.last
        self._waits_for = ""
        if isinstance(event, TokenStep):
            self._add_letter(event)
        elif isinstance(event, LookStep):
            self._events.append(look(event))
        else:
            self._events.append(frame(event, self.recipe))

    def fail(self, error: Exception) -> None:
        """What went wrong, and whether another try may help."""
        self.refuse(explain(error), again=not isinstance(error, ValueError))

    def refuse(self, sentence: str, *, again: bool) -> None:
        """Why nothing comes of it, in a sentence that there is already."""
        self.failed = True
        readable = {} if again else self._readable()  # where it failed, the signs are not why
        failure: Fail = {"sentence": sentence, "again": again, **readable}
        self._events.append({"fail": failure})

    def _readable(self) -> Readable:
        """The prompt without what this model cannot read, where there is anything of that."""
        if self.recipe is None or not self.spec.alphabet:
            return {}
        readable = folding.readable(self.recipe.prompt, self.spec.alphabet)
        return {} if readable == self.recipe.prompt else {"readable": readable}

    def arrive(self, words: str, said: str, done_bytes: int, total_bytes: int) -> None:
        """How far the download of the model is."""
        far: Arrive = {"words": words, "said": said, "done": done_bytes, "total": total_bytes}
        self._events.append({"arrive": far})

    def end(self) -> None:
        """No more steps will come."""
        self._events.append({"end": "finished" if self.finished else "stopped"})

    def drain(self) -> list[Event]:
        """The events since the last call; letters that came together are in one of them."""
        events, self._events = self._events, []
        return events

    def _wait(self, mark: str, words: str) -> None:
        if words != self._waits_for:
            self._events.append({"wait": {"mark": mark, "words": words}})
        self._waits_for = words

    def _add_letter(self, step: TokenStep) -> None:
        if not self._events or "letters" not in self._events[-1]:
            self._events.append({"letters": []})
        self._events[-1]["letters"].append(letter(step, self.candidates))
        begun, self._written = self._written, self._written + len(step.text)
        if step.text and self.around and begun < self.around[1] and self._written > self.around[0]:
            self._events.append({"spread": spread(step)})
        if step.note:
            self._events.append({"note": step.note})


def beginning(spec: ModelSpec, recipe: Recipe, *, replayed: bool, recorded: bool = False) -> Start:
    """What is known of a run before its first step."""
    return {
        "recipe": recipe.as_dict(),
        "key": recipe.key,
        "link": link_of([recipe]),
        "family": spec.family,
        "name": spec.name,
        "replayed": replayed,
        "recorded": recorded,
    }


def letter(step: TokenStep, candidates: int = CANDIDATES) -> Letter:
    """One token: its text, how likely and which favourite it was, how long it took, who else."""
    milliseconds = round(step.seconds * 1000, 2)
    # A probability is never rounded to 0: its surprise would be endless.
    row = (step.text, float(f"{step.probability:.4g}"), step.rank, milliseconds)
    if not candidates:
        return row
    return (*row, [(c.text, round(c.probability, _PLACES)) for c in step.top[:candidates]])


def spread(step: TokenStep) -> Spread:
    """What a model thought of the place of a token."""
    top = step.top
    listed = [c.probability for c in top]
    return {
        "index": step.index,
        "texts": [c.text for c in top],
        "costs": [round(-_COST * math.log(max(p, 1e-300))) for p in listed],
        "rest": float(f"{max(0.0, 1 - sum(listed)):.5g}"),
        "vocabulary": len(top.pieces) if isinstance(top, Candidates) else len(top),
    }


def frame(step: ImageStep, recipe: Recipe | None = None) -> Event:
    """One step of pictures; the last ones are exact files with their recipe inside."""
    shown: Frame = {
        **_moment(step),
        "tiles": [_tile(step, place, recipe) for place in range(len(step.images))],
        **_remarks(step),
    }
    return {"frame": shown}


def _remarks(step: ImageStep) -> Remarks:
    remarks: Remarks = {}
    if step.held_back:
        remarks["held"] = sorted(step.held_back)
    if any(image.width > picture_files.LARGEST_EXACT_PX for image in step.images):
        remarks["photo"] = True
    return remarks


def _moment(step: ImageStep | LookStep) -> Moment:
    """Which step it is, and how long it took."""
    return {
        "index": step.index,
        "total": step.total,
        "last": step.last,
        "label": step.label,
        "ms": round(step.seconds * 1000, 1),
    }


def _tile(step: ImageStep, place: int, recipe: Recipe | None) -> str:
    """The address of one picture: of the file itself once it is made, unless it was held back."""
    image = step.images[place]
    if not step.last or place in step.held_back:
        return picture_files.shown(image)
    file = picture_files.png_bytes(image, recipe, f"{place + 1} of {len(step.images)}")
    return picture_files.data_uri(file, "image/png")


def look(step: LookStep) -> Event:
    """What a model shows of its inside; arrays as base64 of their bytes, little-endian, by rows."""
    shown: Look = {
        **_moment(step),
        "tiles": {name: picture_files.shown(image) for name, image in step.images.items()},
        "figures": dict(step.figures),
        "arrays": {name: _packed(array) for name, array in step.arrays.items()},
    }
    return {"look": shown}


def _packed(array: np.ndarray) -> PackedArray:
    plain = array.astype(array.dtype.newbyteorder("<"))
    data = base64.b64encode(plain.tobytes()).decode()
    return {"type": plain.dtype.name, "shape": list(plain.shape), "data": data}


def fingerprint(steps: Sequence[Step]) -> str:
    """SHA-256 over what steps of texts and pictures show: tokens and ranks, or every pixel."""
    digest = hashlib.sha256()
    for step in steps:
        if isinstance(step, TokenStep):
            for number in (step.token_id, step.rank):  # a text that is given has the same tokens
                digest.update(number.to_bytes(4, "little"))
        elif isinstance(step, ImageStep):
            for image in step.images:
                digest.update(image.tobytes())
    return digest.hexdigest()
