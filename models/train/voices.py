"""The world of spoken digits for training: recordings of pairs not held out, and captions."""

from __future__ import annotations

import argparse
from functools import cache

import numpy as np

from models import checkpoint, datasets
from models.train.conditions import UNSAID, Conditions, Said, Wording
from models.train.families import PictureWorld
from models.worlds import voices
from models.worlds.voices import SIZES, SpokenDigit

DATA = {
    "Free Spoken Digit Dataset (Jakobovski and contributors, CC BY-SA 4.0), takes 5 to 49": (
        voices.SPOKEN_DIGITS_SHA256
    )
}
LICENCE = "CC BY-SA 4.0"
"""Of the recordings, and so of all weights that were trained on them."""
FLOPS = 6e13
"""What each of the three families may spend: about half an hour of one core."""
READER = "voice_words"
EACH = 4
"""How often every recording is used, begun at a time of its own."""
LATEST_SECONDS = 0.06
SHOWN = tuple(concept.caption for concept in voices.spoken_digits()[::8])
_BOTH = (
    "voice {voice} says {digit}",
    "{digit} in voice {voice}",
    "voice {voice}: {digit}",
    "say {digit} like voice {voice}",
    "the digit {digit}, said by voice {voice}",
    "speaker {voice} says {digit}",
    "let voice {voice} say the number {digit}",
)
_DIGIT_ALONE = ("{digit}", "say {digit}", "the digit {digit}", "somebody says {digit}")
_VOICE_ALONE = ("voice {voice}", "voice {voice} says something", "speaker {voice}")
_PLAIN, _VOICELESS, _WORDLESS_VOICE = 0.4, 0.08, 0.04  # shares of kinds of captions


def captions(places: np.ndarray, random: np.random.Generator, wordless: float = 0.0) -> list[Said]:
    """A caption for each concept (B, 2), in varied wording.

    Args:
        wordless: share of empty captions, which say nothing.
    """
    return [_caption(SpokenDigit(*map(int, row)), random, wordless) for row in places]


def _caption(concept: SpokenDigit, random: np.random.Generator, wordless: float) -> Said:
    empty, kind = random.random(2)
    if empty < wordless:
        return Said("", (UNSAID, UNSAID))
    if kind < _PLAIN:
        return Said(concept.caption, (concept.digit, concept.voice))
    if kind < _PLAIN + _VOICELESS:
        return Said(_filled(_DIGIT_ALONE, concept, random), (concept.digit, UNSAID))
    if kind < _PLAIN + _VOICELESS + _WORDLESS_VOICE:
        return Said(_filled(_VOICE_ALONE, concept, random), (UNSAID, concept.voice))
    return Said(_filled(_BOTH, concept, random), (concept.digit, concept.voice))


def _filled(ways: tuple[str, ...], concept: SpokenDigit, random: np.random.Generator) -> str:
    """One of the ways, numbers as words or as numerals."""
    digit = (datasets.DIGIT_WORDS[concept.digit], str(concept.digit))
    voice = (voices.VOICE_WORDS[concept.voice], str(concept.voice + 1))
    way, how_digit, how_voice = (int(random.integers(n)) for n in (len(ways), 2, 2))
    return ways[way].format(digit=digit[how_digit], voice=voice[how_voice])


@cache
def wording() -> Wording:
    """How spoken digits are put into words."""
    blank = {"digit": "", "voice": ""}
    texts = [way.format(**blank) for way in (*_BOTH, *_DIGIT_ALONE, *_VOICE_ALONE)]
    numbers = [*datasets.DIGIT_WORDS, *voices.VOICE_WORDS, *map(str, range(10))]
    words = sorted({word for text in (*texts, *numbers) for word in datasets.split_words(text)})
    return Wording(SIZES, tuple(words), captions)


def trained() -> np.ndarray:
    """All pairs of digit and voice that are not held out, (N, 2)."""
    pairs = (c for c in voices.spoken_digits() if not c.held_out)
    return np.array([(concept.digit, concept.voice) for concept in pairs])


def pictures(each: int = EACH, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 32, 32, 1) uint8 of all recordings for training, and their pairs (N, 2).

    Raises:
        DataMissing: when the recordings are not on this machine, or are not the ones expected.
    """
    recorded, random = voices.recordings(), np.random.default_rng(seed)
    held_out = (recorded.digits.astype(int) + 3 * recorded.voices) % 7 == 0
    chosen = np.flatnonzero((recorded.takes >= voices.TEST_TAKES) & ~held_out)
    latest = int(LATEST_SECONDS * voices.RATE_HZ)
    made = []
    for i in np.repeat(chosen, each):
        room = min(latest, max(0, voices.SAMPLES - len(recorded.sounds[i])))
        silence = np.zeros(int(random.integers(room + 1)), np.float32)
        made.append(voices.to_picture(np.concatenate([silence, recorded.sounds[i]])))
    pairs = np.stack([recorded.digits, recorded.voices], axis=1)[np.repeat(chosen, each)]
    return np.stack(made)[..., None], pairs


def world(args: argparse.Namespace) -> PictureWorld:
    """What the three families learn from."""
    conditions = Conditions.load(checkpoint.folder(READER), wording(), args.device)
    made, pairs = pictures()
    return PictureWorld(made, pairs, False, conditions, SHOWN, DATA, READER)
