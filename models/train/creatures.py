"""The creatures world for training: pictures of concepts that are not held out, and captions.

Three families learn it on equal terms: the same pictures, the same captions read by the same frozen
`creature_words`, weights within 10 %, and the same compute, counted in operations (`FLOPS`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from models import checkpoint, creatures, datasets
from models.creatures import SIZES, WORDS, CreatureConcept, with_article
from models.networks.caption_reader import CaptionReader, numbered, tokens_of
from models.networks.conditional import Painter
from models.train.pictures import to_tensor

DATA = {"Noto emoji, that the pictures are put together from": datasets.EMOJI_SHA256}
FLOPS = 1.2e14
"""What each of the three picture families may spend: about an hour of one core."""
EACH = 2
"""How many seeds every trained concept is drawn with; mirrored, each gives one picture more."""
UNSAID = -1
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


@dataclass(frozen=True, slots=True)
class Said:
    """A caption and the places of the words that it says, `UNSAID` for parts that it leaves out."""

    text: str
    places: tuple[int, int, int, int]


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
    return Said(_joined(subject + worn, paper if with_paper else "", random), places)  # type: ignore[arg-type]


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
def known_words() -> tuple[str, ...]:
    """Every word that a caption can have, in alphabetical order."""
    named = (word for part in WORDS for word in part)
    others = (word for words in ALSO_CALLED.values() for word in words)
    wording = (*_NOBODY, *_OPENINGS, *_WORN, *_BEHIND, *_BEFORE, "a an the in")
    texts = (*named, *others, *(text.replace("{}", "") for text in wording))
    return tuple(sorted({word for text in texts for word in datasets.split_words(text)}))


def targets(said: Sequence[Said]) -> Tensor:
    """Which class of each part a caption says, (B, 4); the last class is "not said"."""
    places = torch.tensor([s.places for s in said])
    return torch.where(places == UNSAID, torch.tensor(SIZES), places)


class Conditions:
    """Captions of concepts as the shipped `creature_words` understands them."""

    def __init__(self, reader: CaptionReader, words: Sequence[str], device: str = "cpu") -> None:
        self.reader = reader.eval().requires_grad_(False).to(device)
        self._known = numbered(words)
        self._device = device

    @classmethod
    def load(cls, folder: Path, device: str) -> Conditions:
        """Read the folder that `models.train.creature_words` writes."""
        config = checkpoint.read_config(folder)
        reader = CaptionReader(len(config["words"]), config["parts"])
        checkpoint.load(folder, {"model": reader})
        return cls(reader, config["words"], device)

    @property
    def size(self) -> int:
        """How many numbers a condition has."""
        return sum(SIZES) + len(SIZES)

    def of(self, texts: Sequence[str]) -> Tensor:
        """What captions say, (B, size)."""
        tokens = tokens_of(texts, self._known, self.reader.longest)
        return self.reader.understood(tokens.to(self._device))

    def draw(
        self, places: np.ndarray, seed: tuple[int, int], wordless: float
    ) -> tuple[Tensor, Tensor]:
        """A caption for each concept (B, 4) in varied wording.

        Args:
            seed: of the training run, and its step.
            wordless: share of captions that say nothing.

        Returns:
            conditions (B, size) and the places that the captions say, (B, 4), `UNSAID` for others.
        """
        said = captions(places, np.random.default_rng(seed), wordless)
        stated = torch.tensor([s.places for s in said], device=self._device)
        return self.of([s.text for s in said]), stated


def parts_loss(logits: Tensor, places: Tensor) -> Tensor:
    """Cross-entropy of the four parts read off pictures (B, 61), summed: nats a picture.

    Parts whose place (B, 4) is `UNSAID` do not count.
    """
    losses = [
        F.cross_entropy(read.float(), place, ignore_index=UNSAID, reduction="sum")
        for read, place in zip(logits.split(SIZES, dim=1), places.unbind(1), strict=True)
    ]
    return torch.stack(losses).sum() / len(logits)


def layout(device: str) -> dict[str, Any]:
    """Where and how the weights of convolutions lie: channels last, which CPUs compute faster."""
    return {"device": device, "memory_format": torch.channels_last}


SHOWN_CAPTIONS = tuple(concept.caption for concept in creatures.concepts()[::2_501])
"""Eight captions for snapshots."""


def painted(painter: Painter, conditions: Conditions, seed: int) -> np.ndarray:
    """One picture of each of `SHOWN_CAPTIONS`, side by side."""
    asked = conditions.of(SHOWN_CAPTIONS)
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(len(asked), painter.latent, generator=generator).to(asked.device)
    with torch.no_grad():
        return sheet(painter(z, asked))


def shown_data() -> dict[str, str]:
    """What a picture family learned from, with the weights that read its captions."""
    return DATA | {"creature_words": checkpoint.revision(checkpoint.folder("creature_words"))}


def sheet(images: Tensor) -> np.ndarray:
    """Pictures (B, 3, 32, 32) in [-1, 1] side by side, (32, B * 32, 3) uint8."""
    bytes_ = ((images.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return np.concatenate(list(bytes_.permute(0, 2, 3, 1).cpu().numpy()), axis=1)


@dataclass(frozen=True, slots=True)
class Bank:
    """Training pictures (N, 32, 32, 3) uint8 and their concepts (N, 4)."""

    pictures: np.ndarray
    places: np.ndarray

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, np.ndarray]:
        """Pictures (B, 3, 32, 32) in [-1, 1], half of them mirrored, and their concepts (B, 4).

        The world's own seeds mirror every other picture, so a mirrored one belongs to it, too.
        """
        chosen = torch.randint(len(self.pictures), (size,), generator=generator).numpy()
        images = to_tensor(self.pictures[chosen])
        mirrored = torch.rand(size, 1, 1, 1, generator=generator) < 0.5
        return torch.where(mirrored, images.flip(3), images), self.places[chosen]


def bank(work: Path, each: int = EACH, concepts: Sequence[CreatureConcept] | None = None) -> Bank:
    """Pictures of all trained concepts, kept in `work` since drawing them takes minutes.

    Raises:
        DataMissing: when the emoji are not on this machine, or are not the ones expected.
    """
    chosen = tuple(creatures.trained_concepts()) if concepts is None else tuple(concepts)
    path = work / f"creatures-{len(chosen)}-{each}.npz"
    if not path.exists():
        pictures = np.stack(list(tqdm(_drawn(chosen, each), desc="creatures", mininterval=5)))
        places = np.array([c.places for c in chosen for _ in range(each)], np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, pictures=pictures, places=places)
    with np.load(path) as archive:
        return Bank(archive["pictures"], archive["places"])


def _drawn(concepts: Sequence[CreatureConcept], each: int) -> Iterator[np.ndarray]:
    """Every concept under seeds below a million, from where on they belong to the test pictures."""
    seed = 0
    for concept in concepts:
        for _ in range(each):
            yield creatures.draw(concept, seed)
            seed += 1
