"""The digits world and its captions."""

from __future__ import annotations

import numpy as np
import pytest

from models import datasets
from models.datasets import Concept


def test_there_are_560_concepts_and_one_in_eleven_is_held_out() -> None:
    concepts = datasets.concepts()
    assert len(set(concepts)) == 560
    assert sum(c.held_out for c in concepts) == pytest.approx(560 / 11, abs=3)


def test_every_digit_ink_and_paper_is_seen_in_training() -> None:
    trained = [c for c in datasets.concepts() if not c.held_out]
    assert {c.digit for c in trained} == set(range(10))
    assert {c.ink for c in trained} == {c.paper for c in trained} == set(datasets.COLOURS)


def test_held_out_follows_the_formula() -> None:
    assert Concept(0, "orange", "purple").held_out == ((0 + 3 * 1 + 5 * 5) % 11 == 0)
    assert Concept(7, "red", "green").held_out  # 7 + 0 + 15 = 22


@pytest.mark.parametrize(
    ("digit", "ink", "paper"), [(10, "red", "blue"), (3, "pink", "blue"), (3, "red", "red")]
)
def test_impossible_concepts_are_refused_in_words(digit: int, ink: str, paper: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        Concept(digit, ink, paper)


def test_captions_of_different_concepts_never_coincide() -> None:
    said = [caption for c in datasets.concepts() for caption in datasets.captions(c)]
    assert len(said) == len(set(said))
    assert datasets.concepts()[0].caption == "a red zero on a orange background"


def test_known_words_are_those_of_the_captions() -> None:
    words = datasets.known_words()
    assert {"red", "seven", "7", "background", "drawn"} <= words
    assert not {"cow", "umbrella", "on."} & words
    assert datasets.split_words("A Red “seven”, on  paper!") == ["a", "red", "seven", "on", "paper"]


def test_paint_mixes_ink_into_paper_by_the_stroke() -> None:
    stroke = np.zeros((1, 28, 28), np.uint8)
    stroke[0, 0, 0], stroke[0, 14, 14] = 255, 51  # 51 = one fifth
    picture = datasets.paint(stroke, np.array([[200, 0, 100]]), np.array([[0, 100, 100]]))
    assert picture.shape == (1, 32, 32, 3)
    assert picture.dtype == np.uint8
    assert picture[0, 0, 0].tolist() == [0, 100, 100]
    assert picture[0, 2, 2].tolist() == [200, 0, 100]
    assert picture[0, 16, 16].tolist() == [40, 80, 100]


def test_missing_data_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    datasets.shakespeare.cache_clear()
    with pytest.raises(datasets.DataMissing, match=r"models\.fetch"):
        datasets.shakespeare()


def test_the_originals_are_the_ones_our_figures_are_about() -> None:
    try:
        train, validation = datasets.shakespeare()
        strokes, digits = datasets.mnist("test")
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    assert (len(train), len(validation)) == (1_003_854, 111_540)
    assert set(train + validation) == set(datasets.ALPHABET)
    assert strokes.shape == (10_000, 28, 28)
    assert np.bincount(digits).min() > 800


def test_partial_captions_say_what_they_are_said_to_say() -> None:
    concept = Concept(7, "red", "black")
    for caption, (digit, ink, paper) in datasets.partial_captions(concept).items():
        words = set(datasets.split_words(caption))
        assert digit == bool({"seven", "7"} & words)
        assert ink == ("red" in words)
        assert paper == ("black" in words)
        assert not (digit and ink and paper)


def test_emoji_have_names_of_their_own_and_stand_on_white() -> None:
    try:
        images, names = datasets.emoji()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    assert images.shape == (len(names), 32, 32, 3) == (1374, 32, 32, 3)
    assert list(names) == sorted(set(names))
    assert set("".join(names)) | {"\n"} == set(datasets.EMOJI_ALPHABET)
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == 255).all(2).mean() > 0.9
    heart = images[names.index("blue heart")]
    assert heart[16, 16, 2] > heart[16, 16, 0]


def test_one_name_in_ten_is_kept_for_testing() -> None:
    try:
        train, test = datasets.emoji_names("train"), datasets.emoji_names("test")
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    assert (len(train), len(test)) == (1237, 137)
    assert not set(train) & set(test)


def test_the_stories_are_split_between_two_of_them() -> None:
    try:
        train, validation = datasets.stories()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    assert "".join(sorted(set(train + validation))) == datasets.STORIES_ALPHABET
    assert len(validation) + len(train) == 3_793_219
    assert validation.count("\n\n") == datasets.STORIES_FOR_VALIDATION
    assert validation.endswith("\n\n")
    assert not train.startswith("\n")


def test_the_tunes_are_split_between_two_of_them() -> None:
    try:
        train, validation = datasets.tunes()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    assert "".join(sorted(set(train + validation))) == datasets.TUNES_ALPHABET
    assert len(validation) + len(train) == 504_272
    assert validation.count("\n\n") == datasets.TUNES_FOR_VALIDATION
    assert train.count("\n\n") + 1 == 2_098 - datasets.TUNES_FOR_VALIDATION
