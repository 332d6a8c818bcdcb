"""The creatures world for training: pictures of concepts that are not held out, and captions."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models import checkpoint, datasets
from models.train.conditions import UNSAID, Conditions, Said, Wording
from models.train.families import PictureWorld
from models.worlds import creatures
from models.worlds.creatures import SIZES, WORDS, CreatureConcept, with_article

DATA = {"Noto emoji, that the pictures are put together from": datasets.EMOJI_SHA256}
FLOPS = 1.2e14
"""What each of the three picture families may spend: about an hour of one core."""
EACH = 2
"""How many seeds every trained concept is drawn with; mirrored, each gives one picture more."""
READER = "creature_words"
SHOWN = tuple(concept.caption for concept in creatures.concepts()[::2_501])
"""Eight captions for snapshots."""
ALSO_CALLED = {
    "dog": ("puppy",),
    "cat": ("kitten", "kitty"),
    "rabbit": ("bunny",),
    "monkey": ("ape",),
    "horse": ("pony",),
    "chick": ("chicken",),
    "space invader": ("invader",),
    "pumpkin": ("jack-o-lantern",),
    "doughnut": ("donut",),
    "smiley": ("emoticon",),
    "cookie": ("biscuit",),
    "sunglasses": ("dark glasses", "shades"),
    "glasses": ("spectacles",),
    "a top hat": ("a tall hat",),
    "a bow": ("a ribbon",),
    "a cap": ("a baseball cap",),
    "a flower": ("a blossom",),
    "purple": ("violet",),
}
_NOBODY = ("something", "a creature", "an animal")
_OPENINGS = ("", "", "", "a picture of ", "draw ", "please paint ", "show me ")
_WORN = (" with {}", " with {} on", " wearing {}", " that wears {}", " in {}")
_BEHIND = (" on {}", " on a {} background", " on {} paper", ", {} background", ", {} paper")
_BEFORE = ("on {}: ", "{} background, ", "on {} paper, ")
_PAPERLESS, _NAMELESS = 0.08, 0.04  # shares of captions that leave out the paper, the creature
_PLAIN = 0.4


def captions(places: np.ndarray, random: np.random.Generator, wordless: float = 0.0) -> list[Said]:
    """A caption for each concept (B, 4), in varied wording.

    Args:
        wordless: share of empty captions, which say nothing of any part.
    """
    return [_caption(CreatureConcept(*map(int, row)), random, wordless) for row in places]


def _caption(concept: CreatureConcept, random: np.random.Generator, wordless: float) -> Said:
    kind, part = random.random(2)
    if kind < wordless:
        return Said("", (UNSAID,) * 4)
    if part < _PLAIN:
        return Said(concept.caption, concept.places)
    named, with_paper = part < 1 - _NAMELESS, not _PLAIN <= part < _PLAIN + _PAPERLESS
    said = (named, True, True, with_paper)
    places = tuple(p if s else UNSAID for p, s in zip(concept.places, said, strict=True))
    creature, thing, colour, paper = (_called(word, random) for word in concept.words)
    subject = _subject(creature if named else "", colour, random)
    worn = _pick(_WORN, random).format(thing) if thing else ""
    return Said(_joined(subject + worn, paper if with_paper else "", random), places)


def _called(word: str, random: np.random.Generator) -> str:
    """A word or another one for the same."""
    return _pick((word, word, *ALSO_CALLED.get(word, ())), random)


def _subject(creature: str, colour: str, random: np.random.Generator) -> str:
    """The creature in its colour, or something in it."""
    if not creature:
        return f"{_pick(_NOBODY, random)}{f' in {colour}' if colour else ''}"
    if not colour:
        return _pick((with_article(creature), creature, f"the {creature}"), random)
    ways = (
        with_article(f"{colour} {creature}"),
        f"{colour} {creature}",
        f"the {colour} {creature}",
    )
    return _pick((*ways, f"{with_article(creature)} in {colour}"), random)


def _joined(subject: str, paper: str, random: np.random.Generator) -> str:
    opening = _pick(_OPENINGS, random)
    if not paper:
        return opening + subject
    if random.random() < 0.8:
        return opening + subject + _pick(_BEHIND, random).format(paper)
    return _pick(_BEFORE, random).format(paper) + subject


def _pick(ways: Sequence[str], random: np.random.Generator) -> str:
    return ways[int(random.integers(len(ways)))]


@cache
def wording() -> Wording:
    """How creatures are put into words."""
    named = (word for part in WORDS for word in part)
    others = (word for words in ALSO_CALLED.values() for word in words)
    pieces = (*_NOBODY, *_OPENINGS, *_WORN, *_BEHIND, *_BEFORE, "a an the in")
    texts = (*named, *others, *(text.replace("{}", "") for text in pieces))
    words = sorted({word for text in texts for word in datasets.split_words(text)})
    return Wording(SIZES, tuple(words), captions)


def trained() -> np.ndarray:
    """All concepts that are not held out, (N, 4)."""
    return np.array([concept.places for concept in creatures.trained_concepts()])


def pictures(
    work: Path, each: int = EACH, concepts: Sequence[CreatureConcept] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 32, 32, 3) uint8 of all trained concepts, and the concepts (N, 4).

    They are kept in `work`, since drawing them takes minutes.

    Raises:
        DataMissing: when the emoji are not on this machine, or are not the ones expected.
    """
    chosen = tuple(creatures.trained_concepts()) if concepts is None else tuple(concepts)
    path = work / f"creatures-{len(chosen)}-{each}.npz"
    if not path.exists():
        drawn = np.stack(list(tqdm(_drawn(chosen, each), desc="creatures", mininterval=5)))
        places = np.array([c.places for c in chosen for _ in range(each)], np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, pictures=drawn, places=places)
    with np.load(path) as archive:
        return archive["pictures"], archive["places"]


def world(args: argparse.Namespace) -> PictureWorld:
    """What the three families learn from."""
    conditions = Conditions.load(checkpoint.folder(READER), wording(), args.device)
    drawn, places = pictures(args.work)
    # The world's own seeds mirror every other picture.
    return PictureWorld(drawn, places, True, conditions, SHOWN, DATA, READER)


def _drawn(concepts: Sequence[CreatureConcept], each: int) -> Iterator[np.ndarray]:
    """Every concept under seeds below a million, from where on they belong to the test pictures."""
    seed = 0
    for concept in concepts:
        for _ in range(each):
            yield creatures.draw(concept, seed)
            seed += 1
