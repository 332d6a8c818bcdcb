"""“Ready for class?”: models are warmed, thirty pretended visitors press, lights say how it went.

Every light is a word with its colour's name: green, amber or red. What is measured is the engine
of the running app, with whatever else it has to do at the moment.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from models import device
from models.base import Recipe
from models.datasets import Concept
from models.engine import Busy, Waiting
from models.recipe import make_recipe
from models.worlds import use_of
from playground.core import limits
from playground.core.services import Services
from playground.features.classroom.join_address import Address
from playground.features.classroom.prefetch import presets
from playground.features.lessons.lesson import MOST_STEPS, Library

VISITORS, SECONDS = 30, 20.0
PAUSE_SECONDS = 2.0  # between a result and the next press of the same visitor
WARM_SECONDS = 120.0
MOST_RECIPES = 12
GREEN_SECONDS, AMBER_SECONDS = 4.0, 12.0
"""Nine in ten see something move within this time after they press."""
GREEN_BYTES, AMBER_BYTES = 2_000_000_000, 1_000_000_000
_TELL_SECONDS = 0.5
_GO_HOME_SECONDS = 2.0

Colour = Literal["green", "amber", "red"]
ORDER: tuple[Colour, ...] = ("green", "amber", "red")


@dataclass(frozen=True, slots=True)
class Light:
    """One answer of the check: what it is about, its colour as a word, and a sentence."""

    about: str
    colour: Colour
    sentence: str

    def line(self) -> dict[str, Any]:
        """As it is sent to the page."""
        return {"about": self.about, "colour": self.colour, "sentence": self.sentence}


@dataclass(slots=True)
class Presses:
    """What thirty visitors met with; added to by all of them."""

    first_seconds: list[float] = field(default_factory=list)  # until something moved, or so far
    whole_seconds: list[float] = field(default_factory=list)  # until all was there
    refused: int = 0
    failed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def pressed(self) -> int:
        """How often anybody pressed."""
        return len(self.first_seconds) + self.refused + self.failed


def check(
    services: Services,
    library: Library,
    lesson: str,
    address: Address,
    *,
    kept: bool = True,
    seconds: float = SECONDS,
) -> Iterator[dict[str, Any]]:
    """The whole check, line by line: `{"doing", "share"}`, `{"light"}`, at the end `{"end"}`.

    Blocks: for threads. Closing the generator sends the visitors home.

    Args:
        lesson: whose presets are pressed; "" or an unknown one: what everybody presses first.
        kept: whether the next start of the app will know the teacher's link.
    """
    lights = [about_address(address), about_link(kept)]
    yield from ({"light": light.line()} for light in lights)
    recipes = to_press(services, library, lesson)
    yield from _warm(services, recipes, lights)
    presses = Presses()
    yield from _crowd(services, recipes, presses, seconds)
    for light in (about_presses(presses), about_memory()):
        lights.append(light)
        yield {"light": light.line()}
    worst = max((light.colour for light in lights), key=ORDER.index)
    yield {"end": worst, "sentence": _VERDICTS[worst]}


_VERDICTS: dict[Colour, str] = {
    "green": "Green: ready for class.",
    "amber": "Amber: it will do. Read the amber lines first.",
    "red": "Red: not ready yet. Read the red lines first.",
}


def to_press(services: Services, library: Library, lesson: str) -> list[Recipe]:
    """A lesson's presets, or else what the first buttons of Text and Images ask for."""
    steps = range(1, MOST_STEPS + 1) if lesson else ()
    found = [recipe for step in steps for recipe in presets(library, lesson, step)]
    here = {"ready", "loading", "not_loaded"}
    chosen = [r for r in found if services.pool.state(r.model) in here][:MOST_RECIPES]
    return chosen or usual(services)


def usual(services: Services) -> list[Recipe]:
    """One recipe for every shipped model of the two worlds that everybody begins with."""
    concept = Concept(7, "red", "black")
    recipes = []
    for spec in services.specs.values():
        if spec.files or spec.kind == "measure" or not use_of(spec.world, spec.kind).in_class:
            continue
        reads = "prompt" in spec.can
        labels = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
        own = {control.name for control in spec.controls}
        options = {name: value for name, value in labels.items() if name in own}
        said = "ROMEO:\n" if spec.kind == "text" else concept.caption if reads else ""
        recipes.append(make_recipe(spec, prompt=said, options=options))
    return recipes


# The parts of the check


def about_address(address: Address) -> Light:
    """Whether others reach the app, and what they type."""
    if address.reachable:
        sentence = f"Students type {address.typed}. {address.sentence}"
        return Light("Address", "green", sentence)
    return Light("Address", "red", address.sentence)


def about_link(kept: bool) -> Light:
    """Whether the teacher's link is good for more than this run of the app."""
    return Light("Link", "green" if kept else "amber", _KEPT if kept else _NOT_KEPT)


_KEPT = "If the app has to be started again, your link opens this class under the same code."
_NOT_KEPT = (
    "If the app has to be started again, your link is lost: whoever runs it should set "
    "PLAYGROUND_SECRET to a long random text."
)


def _warm(
    services: Services, recipes: Sequence[Recipe], lights: list[Light]
) -> Iterator[dict[str, Any]]:
    """Read the models of some recipes, and say when they are there."""
    models = list(dict.fromkeys(recipe.model for recipe in recipes))
    services.pool.warm(models)
    begun = time.monotonic()
    while left := [m for m in models if services.pool.state(m) != "ready"]:
        if time.monotonic() - begun > WARM_SECONDS:
            break
        ready = len(models) - len(left)
        yield {"doing": f"Loading models: {ready} of {len(models)}", "share": ready / len(models)}
        time.sleep(_TELL_SECONDS)
    names = ", ".join(services.spec(model).name for model in left)
    late = f"These models did not load in two minutes: {names}. Others go on without them."
    fine = f"All {len(models)} models are loaded."
    lights.append(Light("Models", "red" if left else "green", late if left else fine))
    yield {"light": lights[-1].line()}


def _crowd(
    services: Services, recipes: Sequence[Recipe], presses: Presses, seconds: float
) -> Iterator[dict[str, Any]]:
    """Let thirty visitors press for some time, and tell how it goes."""
    begun, home = time.monotonic(), threading.Event()
    threads = []
    for number in range(VISITORS):
        first = number % len(recipes)
        turned = [*recipes[first:], *recipes[:first]]
        given = (services, f"ready-{number}", turned, presses, home)
        name = f"ready-{number}"
        threads.append(threading.Thread(target=_visit, args=given, name=name, daemon=True))
    for thread in threads:
        thread.start()
    try:
        while (spent := time.monotonic() - begun) < seconds:
            words = f"Thirty visitors press: {spent:.0f} of {seconds:.0f} s"
            yield {"doing": words, "share": spent / seconds}
            time.sleep(min(_TELL_SECONDS, seconds - spent))
    finally:
        home.set()
        for thread in threads:
            thread.join(_GO_HOME_SECONDS)


def _visit(
    services: Services,
    visitor: str,
    recipes: Sequence[Recipe],
    presses: Presses,
    home: threading.Event,
) -> None:
    """One visitor: press, look, wait a moment, press the next; each time with a seed of its own."""
    for recipe in itertools.cycle(recipes):
        if home.is_set():
            return
        asked = replace(recipe, seed=secrets.randbelow(2**32))
        try:
            _press(services, visitor, asked, presses, home)
        except Busy:
            with presses.lock:
                presses.refused += 1
        except Exception:
            with presses.lock:
                presses.failed += 1
        home.wait(PAUSE_SECONDS)


def _press(
    services: Services, visitor: str, recipe: Recipe, presses: Presses, home: threading.Event
) -> None:
    begun, first, whole = time.monotonic(), None, False
    run = services.engine.submit(recipe, visitor)
    with closing(services.engine.follow(run)) as events:  # type: ignore[type-var]
        for event in events:
            if not isinstance(event, Waiting):
                first = time.monotonic() - begun if first is None else first
                whole = event.last
            if home.is_set():
                break
    spent = time.monotonic() - begun
    with presses.lock:
        presses.first_seconds.append(spent if first is None else first)
        if whole:
            presses.whole_seconds.append(spent)


def about_presses(presses: Presses) -> Light:
    """How long thirty who press in the same moments wait."""
    if presses.failed:
        count = presses.failed
        return Light("Thirty at once", "red", _FAILED.format(count=count, of=presses.pressed))
    if presses.refused:
        words = _REFUSED.format(count=presses.refused, of=presses.pressed, host=limits.HOST)
        return Light("Thirty at once", "red", words)
    if not presses.first_seconds:
        return Light("Thirty at once", "red", "Nothing came back within the time of the check.")
    first = _nine_in_ten(presses.first_seconds)
    colour: Colour = (
        "green" if first <= GREEN_SECONDS else "amber" if first <= AMBER_SECONDS else "red"
    )
    whole = _nine_in_ten(presses.whole_seconds) if presses.whole_seconds else None
    words = _PRESSED.format(
        pressed=presses.pressed,
        first=_seconds(first),
        finished=len(presses.whole_seconds),
        whole="–" if whole is None else _seconds(whole),
    )
    return Light("Thirty at once", colour, f"{words} {_ADVICE[colour]}")


_PRESSED = (
    "Thirty visitors pressed {pressed} times, no two for the same. Nine in ten saw something move "
    "after {first} s; {finished} were finished by the end, nine in ten of these within {whole} s."
)
_ADVICE: dict[Colour, str] = {
    "green": "Everybody sees soon that something happens.",
    "amber": "Let the class press in two halves, or look at one result together.",
    "red": "Close other programs, or let a few press and all look at the wall.",
}
_REFUSED = (
    "{count} of {of} presses were turned away, because too many were under way. Start the app with "
    "{host}=class."
)
_FAILED = "{count} of {of} presses ended with an error. Start the app anew, and check once more."


def about_memory() -> Light:
    """How much memory this machine has left."""
    free = device.available_memory_bytes("cpu")
    colour: Colour = "green" if free >= GREEN_BYTES else "amber" if free >= AMBER_BYTES else "red"
    words = _MEMORY[colour].format(free=f"{free / 1e9:.1f}")
    return Light("Free memory", colour, words)


_MEMORY: dict[Colour, str] = {
    "green": "{free} GB of memory are free.",
    "amber": "{free} GB of memory are free, which is not much. Close other programs.",
    "red": "Only {free} GB of memory are free. Close other programs before the class comes.",
}


def _nine_in_ten(seconds: Sequence[float]) -> float:
    """What nine in ten of some times do not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, (9 * len(ordered)) // 10)]


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"
