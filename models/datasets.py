"""The data our models learn from, digits, emoji and Shakespeare: where it is, how it is split.

The data is not part of the repository. It is looked for in the folder named by `PLAYGROUND_DATA`,
then in the user's cache, where `python -m models.fetch` puts it. Every array is checked
against a hash of its *decoded* content, since the same data is packed in many ways.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PALETTE = {
    "red": (220, 40, 40),
    "orange": (245, 140, 30),
    "yellow": (250, 215, 50),
    "green": (50, 160, 70),
    "blue": (50, 90, 220),
    "purple": (140, 60, 180),
    "white": (250, 250, 250),
    "black": (15, 15, 15),
}
COLOURS = tuple(PALETTE)
IMAGE_PX = 32
STROKE_PX = 28
_MARGIN_PX = (IMAGE_PX - STROKE_PX) // 2

ALPHABET = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""The 65 characters of tiny Shakespeare, in code point order: token id = place in this string."""

STORIES_ALPHABET = "\n !\"$',-.0123456789:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""The 74 characters of the stories, in code point order."""

TUNES_ALPHABET = "\n '(,/1234689:=ABCDEFG^_abcdefgijmnorz|"
"""The signs of the tunes, in code point order."""

SHAKESPEARE_CHARACTERS = 1_115_394
TRAIN_CHARACTERS = 1_003_854  # the first 90 %, nanoGPT's split

# SHA-256 of decoded content. Images are hashed in the order of their own bytes, labels behind
# each image, because every packaging of MNIST shuffles differently.
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
MNIST_SHA256 = {
    "train": "0fd0eef00291f722389bc6369a64bffd67d7e1475f74cfb843db52708b0d926a",
    "test": "3169e7a4b69186b60bbea08baed7ef628dbf42d0f86936a75d143d3e1375e958",
}
STORIES_SHA256 = "8f5ff9602f610008ef76d0e4f9606573a5f74c2a4256c4a60b684006ef3d45ed"
STORIES_FOR_VALIDATION = 231  # the first ones
TUNES_SHA256 = "ece27f4deddeb8222bf1c3089227e484491033ef6c5fd5ad98fefe463b521ef9"
TUNES_FOR_VALIDATION = 210  # the first ones
EMOJI_SHA256 = "31d6cd1f5d6cbaae03f02b3535d9e4a3f90d8530050f0a8bd527b218884dcdc4"
EMOJI_ALPHABET = "\n -0123456789abcdefghijklmnopqrstuvwxyz"
_NAME_FOR_TEST = 10  # every tenth name is kept for testing


class DataMissing(RuntimeError):
    """The original data is not on this machine; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Concept:
    """What a picture of the digits world shows: which digit, in which ink, on which paper."""

    digit: int
    ink: str
    paper: str

    def __post_init__(self) -> None:
        if self.digit not in range(10):
            raise ValueError("The digit must be a whole number from 0 to 9.")
        for colour in (self.ink, self.paper):
            if colour not in PALETTE:
                raise ValueError(f"“{colour}” is not among the colours: {', '.join(COLOURS)}.")
        if self.ink == self.paper:
            raise ValueError(
                f"A {self.ink} digit on {self.paper} paper cannot be seen: "
                "choose two different colours."
            )

    @property
    def caption(self) -> str:
        """The plain caption, in the words the diffusion model was trained with."""
        return f"a {self.ink} {DIGIT_WORDS[self.digit]} on a {self.paper} background"

    @property
    def held_out(self) -> bool:
        """Whether this combination was never shown to any model in training."""
        ink, paper = COLOURS.index(self.ink), COLOURS.index(self.paper)
        return (self.digit + 3 * ink + 5 * paper) % 11 == 0


@cache
def concepts() -> tuple[Concept, ...]:
    """All 560 concepts, by digit, then ink, then paper."""
    return tuple(
        Concept(digit, ink, paper)
        for digit, ink, paper in itertools.product(range(10), COLOURS, COLOURS)
        if ink != paper
    )


def captions(concept: Concept) -> tuple[str, ...]:
    """Every way of saying a concept that is used in training, the plain caption first."""
    ink, paper = concept.ink, concept.paper
    word, numeral = DIGIT_WORDS[concept.digit], str(concept.digit)
    said: list[str] = [concept.caption]
    for name in (word, numeral):
        for noun in (name, f"digit {name}", f"number {name}"):
            said += [
                f"a {ink} {noun} on a {paper} background",
                f"a {ink} {noun} on {paper}",
                f"{ink} {noun} on {paper} paper",
                f"{ink} {noun}, {paper} background",
                f"the {noun} in {ink} on {paper}",
                f"a {noun} drawn in {ink} on {paper} paper",
                f"on a {paper} background, a {ink} {noun}",
                f"{paper} paper with a {ink} {noun}",
            ]
    return tuple(dict.fromkeys(said))


Parts: TypeAlias = tuple[bool, bool, bool]
"""Does a caption say the digit, the ink, the paper?"""


def partial_captions(concept: Concept) -> dict[str, Parts]:
    """Ways of saying only part of a concept, each with what it says."""
    ink, paper = concept.ink, concept.paper
    said: dict[str, Parts] = {}
    for name in (DIGIT_WORDS[concept.digit], str(concept.digit)):
        for noun in (name, f"digit {name}", f"number {name}"):
            said |= dict.fromkeys((f"a {ink} {noun}", f"the {noun} in {ink}"), (True, True, False))
            said |= dict.fromkeys(
                (f"a {noun} on a {paper} background", f"{noun} on {paper} paper"),
                (True, False, True),
            )
            said |= dict.fromkeys((f"a {noun}", noun), (True, False, False))
    inks = (f"{ink} ink", f"something in {ink}", f"a {ink} digit")
    papers = (f"{paper} paper", f"something on {paper} paper", f"a digit on a {paper} background")
    said |= dict.fromkeys(inks, (False, True, False))
    said |= dict.fromkeys(papers, (False, False, True))
    return said


@cache
def known_words() -> frozenset[str]:
    """Every word that occurs in a training caption of the digits world."""
    said = itertools.chain.from_iterable(
        (*captions(concept), *partial_captions(concept)) for concept in concepts()
    )
    return frozenset(word for caption in said for word in split_words(caption))


def split_words(text: str) -> list[str]:
    """The words of a prompt in lower case, punctuation left off."""
    return [w for w in (raw.strip(".,;:!?\"'()“”‘’").lower() for raw in text.split()) if w]


def paint(strokes: np.ndarray, inks: np.ndarray, papers: np.ndarray) -> np.ndarray:
    """Colour handwritten digits: pixel = paper * (1 - a) + ink * a.

    Args:
        strokes: (B, 28, 28) uint8, 255 where the pen was.
        inks, papers: (B, 3) RGB, 0-255.

    Returns:
        (B, 32, 32, 3) uint8.
    """
    padding = ((0, 0), (_MARGIN_PX, _MARGIN_PX), (_MARGIN_PX, _MARGIN_PX))
    alpha = np.pad(strokes, padding)[..., None].astype(np.float32) / 255  # (B, 32, 32, 1)
    inks, papers = (np.asarray(c, np.float32)[:, None, None, :] for c in (inks, papers))
    return np.rint(papers * (1 - alpha) + inks * alpha).astype(np.uint8)


def palette_array() -> np.ndarray:
    """The palette as (8, 3) uint8, in the order of `COLOURS`."""
    return np.array([PALETTE[c] for c in COLOURS], np.uint8)


def data_folder() -> Path:
    """Where the originals are looked for: `PLAYGROUND_DATA`, else the user's cache."""
    named = os.environ.get("PLAYGROUND_DATA")
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "generative-playground" / "data"


@cache
def shakespeare() -> tuple[str, str]:
    """Training and validation text, nanoGPT's split (1,003,854 and 111,540 characters).

    Raises:
        DataMissing: when the text is not on this machine, or is not the one expected.
    """
    content = path_of("tinyshakespeare.txt").read_bytes()
    expect(hashlib.sha256(content).hexdigest(), SHAKESPEARE_SHA256, "tinyshakespeare.txt")
    text = content.decode()
    return text[:TRAIN_CHARACTERS], text[TRAIN_CHARACTERS:]


@cache
def stories() -> tuple[str, str]:
    """Training and validation text of the stories, an empty line between two of them.

    Raises:
        DataMissing: when the text is not on this machine, or is not the one expected.
    """
    return _pieces("stories.txt", STORIES_SHA256, STORIES_FOR_VALIDATION)


@cache
def tunes() -> tuple[str, str]:
    """Training and validation text of the tunes, an empty line between two of them.

    Raises:
        DataMissing: when the text is not on this machine, or is not the one expected.
    """
    return _pieces("tunes.txt", TUNES_SHA256, TUNES_FOR_VALIDATION)


def _pieces(name: str, digest: str, validation: int) -> tuple[str, str]:
    """A text of pieces with an empty line between them: all but the first ones, and the first."""
    content = path_of(name).read_bytes()
    expect(hashlib.sha256(content).hexdigest(), digest, name)
    pieces = content.decode().split("\n\n")
    return "\n\n".join(pieces[validation:]), "\n\n".join(pieces[:validation]) + "\n\n"


@cache
def mnist(split: str) -> tuple[np.ndarray, np.ndarray]:
    """MNIST's "train" (60,000) or "test" (10,000) part, sorted by the bytes of the images.

    Returns:
        strokes (N, 28, 28) uint8 and labels (N,) uint8.

    Raises:
        DataMissing: when the images are not on this machine, or are not the ones expected.
    """
    with np.load(path_of("mnist.npz")) as archive:
        strokes, labels = archive[f"{split}_images"], archive[f"{split}_labels"]
    order = sorted(range(len(strokes)), key=lambda i: strokes[i].tobytes())
    strokes, labels = strokes[order], labels[order].astype(np.uint8)
    digest = hashlib.sha256(strokes.tobytes() + labels.tobytes()).hexdigest()
    expect(digest, MNIST_SHA256[split], f"mnist.npz ({split})")
    return strokes, labels


@cache
def emoji_originals() -> tuple[np.ndarray, tuple[str, ...]]:
    """All 1,374 emoji, sorted by name: (1374, 64, 64, 4) uint8, and names.

    Raises:
        DataMissing: when the pictures are not on this machine, or are not the ones expected.
    """
    with np.load(path_of("noto_emoji.npz")) as archive:
        rgba, names = archive["rgba"], archive["names"]
    order = np.argsort(names)
    rgba, names = rgba[order], tuple(str(name) for name in names[order])
    digest = hashlib.sha256(rgba.tobytes() + "\n".join(names).encode()).hexdigest()
    expect(digest, EMOJI_SHA256, "noto_emoji.npz")
    return rgba, names


@cache
def emoji() -> tuple[np.ndarray, tuple[str, ...]]:
    """All 1,374 emoji of the world, on white, sorted by name.

    Returns:
        images (1374, 32, 32, 3) uint8, each pixel the mean of 2×2 of the original, and names.

    Raises:
        DataMissing: when the pictures are not on this machine, or are not the ones expected.
    """
    rgba, names = emoji_originals()
    alpha = rgba[..., 3:].astype(np.float32) / 255
    on_white = rgba[..., :3] * alpha + 255 * (1 - alpha)  # (N, 64, 64, 3)
    halved = on_white.reshape(len(rgba), IMAGE_PX, 2, IMAGE_PX, 2, 3).mean((2, 4))
    return np.rint(halved).astype(np.uint8), names


def emoji_names(split: str) -> tuple[str, ...]:
    """The names of the "train" part, nine in ten, or of the "test" part, every tenth."""
    names = emoji()[1]
    tenth = names[_NAME_FOR_TEST - 1 :: _NAME_FOR_TEST]
    return tenth if split == "test" else tuple(n for n in names if n not in set(tenth))


def path_of(name: str) -> Path:
    """A file of the original data; `DataMissing` when it is not on this machine."""
    path = data_folder() / name
    if not path.is_file():
        raise DataMissing(
            f"{name} is not in {path.parent}. Set PLAYGROUND_DATA to a folder that has it, "
            "or run: python -m models.fetch"
        )
    return path


def expect(found: str, wanted: str, name: str) -> None:
    """`DataMissing` unless a hash is the one that our figures are about."""
    if found != wanted:
        raise DataMissing(f"{name} is not the data our figures are about (SHA-256 {found[:12]}…).")


def painted_concepts(
    strokes: np.ndarray, labels: np.ndarray, each: int, seed: int
) -> Iterator[tuple[Concept, np.ndarray]]:
    """Real digits painted in every concept: (concept, (each, 32, 32, 3) uint8)."""
    generator = np.random.default_rng(seed)
    for concept in concepts():
        chosen = generator.choice(np.flatnonzero(labels == concept.digit), each, replace=False)
        inks = np.tile(PALETTE[concept.ink], (each, 1))
        papers = np.tile(PALETTE[concept.paper], (each, 1))
        yield concept, paint(strokes[chosen], inks, papers)
