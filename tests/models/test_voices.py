"""Spoken digits: concepts, sounds as pictures and back, captions."""

from __future__ import annotations

import numpy as np
import pytest

from models import datasets
from models.train import voices as training
from models.train.conditions import UNSAID
from models.worlds import voices


def _tone(hertz: float, seconds: float = 0.5) -> np.ndarray:
    times = np.arange(int(seconds * voices.RATE_HZ)) / voices.RATE_HZ
    tone: np.ndarray = (0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)
    return tone


def test_one_pair_in_seven_is_held_out_and_no_digit_or_voice_is() -> None:
    concepts = voices.spoken_digits()
    held_out = [concept for concept in concepts if concept.held_out]
    assert len(concepts) == 60
    assert len(held_out) == 9
    trained = training.trained()
    assert [len(set(column)) for column in trained.T] == list(voices.SIZES)
    assert voices.SpokenDigit(7, 1).caption == "voice two says seven"


def test_a_higher_tone_is_a_line_higher_up() -> None:
    rows = [int(voices.to_picture(_tone(f)).mean(1).argmax()) for f in (200, 400, 1_000, 3_000)]
    assert rows == sorted(rows, reverse=True)
    assert len(set(rows)) == 4


def test_silence_after_a_sound_is_black_and_loudness_does_not_matter() -> None:
    picture = voices.to_picture(_tone(500, 0.3))
    assert picture.shape == (32, 32)
    assert picture[:, 17:].max() == 0
    assert np.array_equal(picture, voices.to_picture(_tone(500, 0.3) / 3))


def test_a_sound_longer_than_a_picture_is_cut() -> None:
    assert np.array_equal(voices.to_picture(_tone(500, 2)), voices.to_picture(_tone(500, 0.8)))


def test_a_tone_comes_back_at_its_pitch() -> None:
    (sound,) = voices.to_sounds(voices.to_picture(_tone(1_000))[None])
    assert sound.shape == (voices.SAMPLES,)
    assert np.abs(sound).max() == pytest.approx(0.9, abs=1e-3)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.fft.rfftfreq(len(sound), 1 / voices.RATE_HZ)[spectrum.argmax()] == pytest.approx(
        1_000, rel=0.06
    )


def test_sounds_do_not_depend_on_what_else_is_made() -> None:
    pictures = np.stack([voices.to_picture(_tone(f)) for f in (300, 900)])
    together = voices.to_sounds(pictures)
    assert np.allclose(together[1], voices.to_sounds(pictures[1:])[0], atol=1e-4)


def test_a_recording_survives_being_a_picture() -> None:
    try:
        recorded = voices.recordings()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    assert len(recorded.sounds) == len(recorded.digits) == 3_000
    assert (recorded.takes < voices.TEST_TAKES).sum() == 300
    pictures = np.stack([voices.to_picture(sound) for sound in recorded.sounds[:32]])
    again = np.stack([voices.to_picture(sound) for sound in voices.to_sounds(pictures)])
    apart = np.abs(pictures.astype(int) - again).mean()
    others = np.abs(pictures.astype(int) - np.roll(pictures, 1, axis=0)).mean()
    assert apart < 10
    assert apart < others / 2


def test_captions_say_what_they_are_said_to_say() -> None:
    random = np.random.default_rng(1)
    places = training.trained()[random.integers(len(training.trained()), size=1_000)]
    known = set(training.wording().words)
    for row, said in zip(places, training.captions(places, random, 0.1), strict=True):
        words = datasets.split_words(said.text)
        assert set(words) <= known
        digit = {datasets.DIGIT_WORDS[row[0]], str(row[0])}
        voice = {voices.VOICE_WORDS[row[1]], str(row[1] + 1)}
        assert said.places[0] == (row[0] if digit & set(words) and said.places[0] >= 0 else UNSAID)
        assert said.places[1] in (row[1], UNSAID)
        if said.places[0] == row[0]:
            assert digit & set(words)
        if said.places[1] == row[1]:
            assert voice & set(words)


def test_held_out_pairs_and_test_takes_are_not_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.array([(d, v, t) for d in range(10) for v in range(6) for t in (4, 5)])
    digits, speakers, takes = places.T
    sounds = tuple(_tone(100 + 10 * i, 0.2) for i in range(len(places)))
    few = voices.Recordings(sounds, digits, speakers, takes)
    monkeypatch.setattr(voices, "recordings", lambda: few)
    pictures, pairs = training.pictures(each=2)
    assert pictures.shape == (2 * 51, 32, 32, 1)
    assert not any(voices.SpokenDigit(*map(int, pair)).held_out for pair in pairs)
