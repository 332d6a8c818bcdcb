"""The creatures world: its concepts, its words, and pictures that come out as defined."""

from __future__ import annotations

import numpy as np
import pytest

from models import datasets
from models.worlds import creatures
from models.worlds.creatures import CreatureConcept


def test_one_concept_in_eleven_is_held_out() -> None:
    concepts = creatures.concepts()
    assert len(set(concepts)) == 36 * 11 * 8 * 6 == 19_008
    assert sum(concept.held_out for concept in concepts) == 1_728
    assert not CreatureConcept(1, 0, 0, 0).held_out
    assert CreatureConcept(1, 1, 0, 1).held_out  # 1 + 3 + 7 = 11


def test_every_word_is_seen_in_training_and_held_out() -> None:
    for held_out in (False, True):
        some = [c.places for c in creatures.concepts() if c.held_out == held_out]
        assert [len(set(column)) for column in zip(*some, strict=True)] == list(creatures.SIZES)


@pytest.mark.parametrize(
    ("words", "caption"),
    [
        (("cat", "sunglasses", "purple", "yellow"), "a purple cat with sunglasses on yellow"),
        (("owl", "", "", "black"), "an owl on black"),
        (("unicorn", "a crown", "", "pink"), "a unicorn with a crown on pink"),
        (("egg", "a bow", "orange", "white"), "an orange egg with a bow on white"),
    ],
)
def test_captions_are_plain_english(words: tuple[str, ...], caption: str) -> None:
    places = (known.index(w) for known, w in zip(creatures.WORDS, words, strict=True))
    concept = CreatureConcept(*places)
    assert concept.words == words
    assert concept.caption == caption


def test_captions_of_different_concepts_never_coincide() -> None:
    assert len({concept.caption for concept in creatures.concepts()}) == 19_008


def test_a_tint_keeps_dark_lines_and_white() -> None:
    pixels = np.array([[[10, 10, 10, 255], [250, 250, 250, 255], [200, 150, 60, 128]]], np.uint8)
    tinted = creatures.tint(pixels, 0.6)
    assert tinted[0, 0].tolist() == [10, 10, 10, 255]
    assert tinted[0, 1].tolist() == [250, 250, 250, 255]
    red, green, blue, alpha = tinted[0, 2].tolist()
    assert blue > green > red
    assert alpha == 128


def test_pictures_are_those_of_the_test_set_pixel_for_pixel() -> None:
    path = datasets.data_folder() / "creatures_test.npz"
    try:
        creatures.bodies()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    with np.load(path) as archive:
        pictures, places = archive["pictures"], archive["concepts"]
    assert np.array_equal(creatures.random_concepts(len(places), 20261130), places)
    for i in range(0, len(places), 64):
        drawn = creatures.draw(CreatureConcept(*map(int, places[i])), 1_000_000 + i)
        assert np.array_equal(drawn, pictures[i])


def test_a_seed_moves_a_picture_and_repeats_it() -> None:
    try:
        creatures.bodies()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    concept = creatures.concepts()[5_000]
    first, again, other = (creatures.draw(concept, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 1
