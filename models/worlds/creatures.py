"""The creatures world: a creature in a colour, with something on it, on a paper.

19,008 concepts, one in eleven held out. A picture is put together from emoji of Noto: the body is
tinted and placed, a thing is put on it, and a seed shifts, turns, mirrors and lights the whole a
little. Words, placements and the order in which the seed's random numbers are used are part of the
definition: they decide which pictures belong to the world.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from PIL import Image

from models import datasets

BODIES: Mapping[str, str] = {
    "dog": "dog face",
    "cat": "cat face",
    "mouse": "mouse face",
    "hamster": "hamster face",
    "rabbit": "rabbit face",
    "fox": "fox face",
    "bear": "bear face",
    "panda": "panda face",
    "koala": "koala",
    "tiger": "tiger face",
    "lion": "lion face",
    "cow": "cow face",
    "pig": "pig face",
    "frog": "frog face",
    "monkey": "monkey face",
    "wolf": "wolf face",
    "horse": "horse face",
    "unicorn": "unicorn face",
    "penguin": "penguin",
    "owl": "owl",
    "chick": "front-facing baby chick",
    "octopus": "octopus",
    "robot": "robot face",
    "space invader": "alien monster",
    "alien": "extraterrestrial alien",
    "ghost": "ghost",
    "skull": "skull",
    "pumpkin": "jack-o-lantern",
    "clown": "clown face",
    "snowman": "snowman without snow",
    "moon": "full moon with face",
    "cookie": "cookie",
    "doughnut": "doughnut",
    "mushroom": "mushroom",
    "egg": "egg",
    "smiley": "slightly smiling face",
}
"""Every creature and the name of the emoji that is its body."""

HUES: Mapping[str, float | None] = {
    "": None,
    "red": 0.0,
    "orange": 0.07,
    "yellow": 0.14,
    "green": 0.33,
    "blue": 0.60,
    "purple": 0.77,
    "pink": 0.92,
}
"""Colours and their hue in turns; "" leaves a creature its own colours."""

PAPERS: Mapping[str, tuple[int, int, int]] = {
    "white": (250, 250, 250),
    "black": (20, 20, 24),
    "yellow": (250, 222, 90),
    "blue": (120, 170, 240),
    "green": (140, 205, 140),
    "pink": (248, 180, 205),
}


@dataclass(frozen=True, slots=True)
class Placement:
    """An emoji put on a creature: width and height of its middle as shares of the body's."""

    emoji: str
    width: float
    middle: float


THINGS: Mapping[str, Placement | None] = {
    "": None,
    "sunglasses": Placement("dark sunglasses", 0.60, 0.43),
    "glasses": Placement("eyeglasses", 0.60, 0.43),
    "goggles": Placement("goggles", 0.62, 0.42),
    "a top hat": Placement("top hat", 0.46, 0.00),
    "a crown": Placement("crown", 0.46, 0.02),
    "a bow": Placement("ribbon", 0.40, 0.06),
    "a cap": Placement("billed cap", 0.50, 0.08),
    "a graduation cap": Placement("graduation cap", 0.56, 0.06),
    "a flower": Placement("hibiscus", 0.34, 0.08),
    "a helmet": Placement("military helmet", 0.60, 0.08),
}
WORDS = (tuple(BODIES), tuple(THINGS), tuple(HUES), tuple(PAPERS))
"""What a creature, thing, colour and paper may be called; their numbers are places in these."""
SIZES = tuple(map(len, WORDS))
PARTS = ("creature", "thing", "colour", "paper")

_STAGE_PX, _BODY_PX = 128, 96
_SUNK_PX = 8  # a body stands so far under the middle: hats need room
_OPAQUE = 50  # alpha above which a pixel belongs to an emoji's outline


@dataclass(frozen=True, slots=True)
class CreatureConcept:
    """What a picture of the creatures world shows, as places in `WORDS`."""

    creature: int
    thing: int
    colour: int
    paper: int

    @property
    def places(self) -> tuple[int, int, int, int]:
        """The four numbers, in the order of `PARTS`."""
        return self.creature, self.thing, self.colour, self.paper

    @property
    def words(self) -> tuple[str, str, str, str]:
        """The four words; "" for no thing, and for a creature in its own colours."""
        creature, thing, colour, paper = (
            words[place] for words, place in zip(WORDS, self.places, strict=True)
        )
        return creature, thing, colour, paper

    @property
    def held_out(self) -> bool:
        """Whether this combination is never shown to any model in training."""
        return (self.creature + 3 * self.thing + 5 * self.colour + 7 * self.paper) % 11 == 0

    @property
    def caption(self) -> str:
        """The plain caption, such as "a purple cat with sunglasses on yellow"."""
        creature, thing, colour, paper = self.words
        worn = f" with {thing}" if thing else ""
        return f"{with_article(f'{colour} {creature}'.strip())}{worn} on {paper}"


@cache
def concepts() -> tuple[CreatureConcept, ...]:
    """All 19,008 concepts, by creature, then thing, colour and paper."""
    return tuple(CreatureConcept(*places) for places in product(*map(range, SIZES)))


def with_article(noun: str) -> str:
    """A noun with "a" or "an" before it, as far as this world needs: "a unicorn", "an owl"."""
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


@cache
def bodies() -> Mapping[str, np.ndarray]:
    """The emoji that pictures are put together from: name -> (64, 64, 4) uint8.

    Raises:
        DataMissing: when the emoji are not on this machine, or are not the ones expected.
    """
    rgba, names = datasets.emoji_originals()
    wanted = {*BODIES.values(), *(thing.emoji for thing in THINGS.values() if thing)}
    return {name: picture for name, picture in zip(names, rgba, strict=True) if name in wanted}


def draw(concept: CreatureConcept, seed: int) -> np.ndarray:
    """The picture of a concept under a seed, (32, 32, 3) uint8.

    Raises:
        DataMissing: when the emoji are not on this machine, or are not the ones expected.
    """
    random = np.random.default_rng(seed)
    creature, thing, colour, paper = concept.words
    stage, body = _place_body(_tinted_body(creature, HUES[colour], random))
    placement = THINGS[thing]
    if placement is not None:
        _put_on(stage, body, placement)
    scale, moved = _move(stage, random)
    return _light(_lay_on(moved, PAPERS[paper], scale), random)


def random_concepts(count: int, seed: int) -> np.ndarray:
    """Concepts at random, (count, 4): creature, thing, colour, paper."""
    random = np.random.default_rng(seed)
    return np.stack([random.integers(size, size=count) for size in SIZES], axis=1)


def tint(rgba: np.ndarray, hue: float) -> np.ndarray:
    """Give the middle tones of an emoji one hue; dark lines and whites stay.

    Args:
        rgba: (H, W, 4) uint8.
        hue: in turns.

    Returns:
        (H, W, 4) uint8.
    """
    unit = rgba.astype(np.float32) / 255
    colours = unit[..., :3]
    brightest, darkest = colours.max(2), colours.min(2)
    light = (0.35 * brightest + 0.65 * colours.mean(2))[..., None]
    pure = np.array(colorsys.hsv_to_rgb(hue % 1, 0.78, 1.0))
    shaded = pure * light * 1.55
    faded = pure + (1 - pure) * ((light - 0.5) / 0.5) * 0.55
    tinted = np.clip(np.where(light < 0.5, shaded, faded), 0, 1)
    white = (brightest > 0.93) & (brightest - darkest < 0.08)
    stays = (brightest < 0.32) | white
    tinted = np.where(stays[..., None], colours, tinted)
    return (np.concatenate([tinted, unit[..., 3:]], axis=2) * 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a body stands on the stage, in pixels."""

    top: int
    width: int
    height: int


def _tinted_body(creature: str, hue: float | None, random: np.random.Generator) -> Image.Image:
    rgba = bodies()[BODIES[creature]]
    if hue is not None:
        rgba = tint(rgba, hue + random.uniform(-0.02, 0.02))
    body = _outline(rgba)
    largest = max(body.size)
    size = (round(_BODY_PX * body.width / largest), round(_BODY_PX * body.height / largest))
    return body.resize(size, Image.Resampling.LANCZOS)


def _place_body(body: Image.Image) -> tuple[Image.Image, _Box]:
    stage = Image.new("RGBA", (_STAGE_PX, _STAGE_PX), (0, 0, 0, 0))
    top = (_STAGE_PX - body.height) // 2 + _SUNK_PX
    stage.alpha_composite(body, ((_STAGE_PX - body.width) // 2, top))
    return stage, _Box(top, body.width, body.height)


def _put_on(stage: Image.Image, body: _Box, placement: Placement) -> None:
    thing = _outline(bodies()[placement.emoji])
    width = max(8, round(placement.width * body.width))
    height = max(4, round(thing.height * width / thing.width))
    thing = thing.resize((width, height), Image.Resampling.LANCZOS)
    left = _STAGE_PX // 2 - width // 2
    top = round(body.top + placement.middle * body.height - height / 2)
    stage.alpha_composite(thing, (max(0, left), max(0, min(top, _STAGE_PX - height))))


def _move(stage: Image.Image, random: np.random.Generator) -> tuple[float, Image.Image]:
    """Mirror, turn and shift the stage; returns the scale that it is to be shown at, too."""
    if random.random() < 0.5:
        stage = stage.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    scale, degrees = random.uniform(0.90, 1.08), random.uniform(-10, 10)
    shift = random.uniform(-6, 6), random.uniform(-6, 6)
    return scale, stage.rotate(degrees, Image.Resampling.BICUBIC, translate=shift)  # type: ignore[arg-type]


def _lay_on(stage: Image.Image, paper: tuple[int, int, int], scale: float) -> np.ndarray:
    """The stage at a scale on a paper, (32, 32, 3) float32 from 0 to 255."""
    side = round(_STAGE_PX * scale)
    stage = stage.resize((side, side), Image.Resampling.LANCZOS)
    sheet = Image.new("RGBA", (_STAGE_PX, _STAGE_PX), (*paper, 255))
    margin = (_STAGE_PX - side) // 2
    sheet.paste(stage, (margin, margin), stage)
    size = (datasets.IMAGE_PX, datasets.IMAGE_PX)
    small = sheet.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    return np.asarray(small, dtype=np.float32)


def _light(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    lit: np.ndarray = np.clip(picture * random.uniform(0.95, 1.05), 0, 255).astype(np.uint8)
    return lit


def _outline(rgba: np.ndarray) -> Image.Image:
    """An emoji cut to what is not transparent."""
    rows, columns = np.nonzero(rgba[..., 3] > _OPAQUE)
    left, top = int(columns.min()), int(rows.min())
    right, bottom = int(columns.max()) + 1, int(rows.max()) + 1
    return Image.fromarray(rgba).crop((left, top, right, bottom))


def trained_concepts() -> Iterator[CreatureConcept]:
    """All concepts that are not held out."""
    return (concept for concept in concepts() if not concept.held_out)
