"""The world of spoken digits: ten digits, six voices, and half a second of sound as a picture.

A recording becomes a 32×32 picture: 32 log-mel bands (80 to 3,800 Hz, the lowest at the bottom)
over 32 steps of 20 ms, so 0.64 s at 8 kHz. The way back guesses the phases (Griffin & Lim 1984).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from models import datasets

RATE_HZ = 8_000
FRAMES, BANDS = 32, 32
HOP, TRANSFORM = 160, 256
SAMPLES = FRAMES * HOP
"""Samples of a picture: 0.64 s."""
LOWEST_HZ, HIGHEST_HZ = 80.0, 3_800.0
VOICES = 6
VOICE_WORDS = ("one", "two", "three", "four", "five", "six")
SIZES = (10, VOICES)
TEST_TAKES = 5  # the first takes of every voice and digit, the set's own split

SPOKEN_DIGITS_SHA256 = "e89f51e36ea786f55c87f87563cda34c01569c69f2bfecd986976d0ead572ddc"
"""SHA-256 of samples, lengths, digits, voices and takes, one after another."""

_QUIETEST, _LOUDEST = -4.0, 3.2  # log10 of the power of a band that is black, and white
_MARGIN = (TRANSFORM - HOP) // 2
_ITERATIONS = 24
_MOMENTUM = 0.99


@dataclass(frozen=True, slots=True)
class SpokenDigit:
    """What is said, and in whose voice (0 to 5)."""

    digit: int
    voice: int

    @property
    def held_out(self) -> bool:
        """Whether this pair is never used in training."""
        return (self.digit + 3 * self.voice) % 7 == 0

    @property
    def caption(self) -> str:
        """The plain caption, such as "voice two says seven"."""
        return f"voice {VOICE_WORDS[self.voice]} says {datasets.DIGIT_WORDS[self.digit]}"


@cache
def spoken_digits() -> tuple[SpokenDigit, ...]:
    """All 60 concepts, by digit, then voice."""
    return tuple(SpokenDigit(*places) for places in product(*map(range, SIZES)))


@dataclass(frozen=True, slots=True, eq=False)
class Recordings:
    """Recordings as float32 samples in [-1, 1] at 8 kHz, and what they are, (N,) each."""

    sounds: tuple[np.ndarray, ...]
    digits: np.ndarray
    voices: np.ndarray
    takes: np.ndarray


@cache
def recordings() -> Recordings:
    """All 3,000 recordings of the Free Spoken Digit Dataset.

    Raises:
        DataMissing: when they are not on this machine, or are not the ones expected.
    """
    names = ("samples", "lengths", "digits", "voices", "takes")
    with np.load(datasets.path_of("spoken_digits.npz")) as archive:
        samples, lengths, digits, voices, takes = (archive[name] for name in names)
    content = b"".join(array.tobytes() for array in (samples, lengths, digits, voices, takes))
    digest = hashlib.sha256(content).hexdigest()
    datasets.expect(digest, SPOKEN_DIGITS_SHA256, "spoken_digits.npz")
    sounds = np.split(samples.astype(np.float32) / 32_768, np.cumsum(lengths)[:-1])
    return Recordings(tuple(sounds), digits, voices, takes)


def to_picture(sound: np.ndarray) -> np.ndarray:
    """The log-mel picture (32, 32) uint8 of a sound (N,), as loud as its loudest sample allows.

    What lasts longer than 0.64 s is cut, what is shorter is followed by silence.
    """
    sound = sound[:SAMPLES] / max(1e-4, float(np.abs(sound[:SAMPLES]).max()))
    whole = np.pad(sound, (_MARGIN, _MARGIN + SAMPLES - len(sound)))
    power = np.abs(_spectrum(whole[None])[0]) ** 2  # (T, 129)
    level = np.log10(power @ _mel_filters().T + 1e-10)  # (T, 32)
    unit = (level - _QUIETEST) / (_LOUDEST - _QUIETEST)
    picture: np.ndarray = np.rint(255 * unit.clip(0, 1)).astype(np.uint8).T[::-1]
    return picture


def to_sounds(pictures: np.ndarray) -> np.ndarray:
    """Sounds (B, 5120) float32 in [-1, 1] of pictures (B, 32, 32) uint8.

    Powers of the transform are the least-squares ones for the bands, phases are those that
    overlapping steps agree on (Griffin & Lim 1984), sped up after Perraudin et al. 2013.
    """
    unit = pictures[:, ::-1].transpose(0, 2, 1).astype(np.float32) / 255  # (B, T, 32)
    bands = 10 ** (_QUIETEST + unit * (_LOUDEST - _QUIETEST))
    bands = np.where(unit > 0, bands, 0)
    size = np.sqrt((bands @ _inverse_filters().T).clip(0)).astype(np.float32)  # (B, T, 129)
    sounds = _with_phases(size)[:, _MARGIN:-_MARGIN]
    peaks = np.abs(sounds).max(1, keepdims=True)
    loud: np.ndarray = (0.9 * sounds / np.maximum(peaks, 1e-6)).astype(np.float32)
    return loud


def _with_phases(size: np.ndarray) -> np.ndarray:
    """Sounds (B, N) whose transforms are about as large as `size` (B, T, 129)."""
    turns = np.random.default_rng(0).random(size.shape[1:])
    guess = size * np.exp(2j * np.pi * turns).astype(np.complex64)
    before = np.zeros_like(guess)
    for _ in range(_ITERATIONS):
        agreed = _spectrum(_overlapped(guess))
        ahead = agreed + _MOMENTUM * (agreed - before)
        before = agreed
        guess = size * ahead / np.maximum(np.abs(ahead), 1e-8)
    return _overlapped(guess)


def _spectrum(sounds: np.ndarray) -> np.ndarray:
    """Transforms (B, T, 129) of windowed steps of sounds (B, N)."""
    steps = np.lib.stride_tricks.sliding_window_view(sounds, TRANSFORM, axis=1)[:, ::HOP]
    spectrum: np.ndarray = np.fft.rfft(steps * _window(), axis=2).astype(np.complex64)
    return spectrum


def _overlapped(spectrum: np.ndarray) -> np.ndarray:
    """The sounds (B, N) whose transforms come nearest to these in the mean square."""
    window = _window()
    steps = np.fft.irfft(spectrum, TRANSFORM, axis=2) * window
    length = (spectrum.shape[1] - 1) * HOP + TRANSFORM
    sounds, weight = np.zeros((len(spectrum), length)), np.full(length, 1e-3)
    for i in range(spectrum.shape[1]):
        place = slice(i * HOP, i * HOP + TRANSFORM)
        sounds[:, place] += steps[:, i]
        weight[place] += window**2
    overlapped: np.ndarray = sounds / weight
    return overlapped


@cache
def _window() -> np.ndarray:
    """Hann's window, periodic."""
    angles = 2 * np.pi * np.arange(TRANSFORM) / TRANSFORM
    window: np.ndarray = (0.5 - 0.5 * np.cos(angles)).astype(np.float32)
    return window


@cache
def _mel_filters() -> np.ndarray:
    """Triangles (32, 129), evenly spread over mel(f) = 2595 log10(1 + f / 700)."""
    lowest, highest = (2595 * np.log10(1 + f / 700) for f in (LOWEST_HZ, HIGHEST_HZ))
    corners = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(TRANSFORM, 1 / RATE_HZ)
    rising = (frequencies - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - frequencies) / np.diff(corners)[1:, None]
    filters: np.ndarray = np.minimum(rising, falling).clip(0).astype(np.float32)
    return filters


@cache
def _inverse_filters() -> np.ndarray:
    """(129, 32): powers of the transform from those of the bands."""
    inverse: np.ndarray = np.linalg.pinv(_mel_filters()).clip(0).astype(np.float32)
    return inverse
