"""What is measured of pictures: shown to painters that are good, or bad in a way we know."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from models import datasets
from models.base import ImageStep
from models.catalog import SPECS
from models.datasets import Concept
from models.measure import judging
from models.measure.finding import Exhibit, sheet, spread
from models.measure.worlds import codec, emoji, pictures, zero_shot
from models.networks.decoder import COLOURS, DIGITS

_SPECS = {spec.id: spec for spec in SPECS}


class _Painter:
    """Draws whatever a function makes of a recipe, (H, W, 3) uint8."""

    def __init__(self, model_id: str, paint: Callable[[Any], np.ndarray]) -> None:
        self.spec = _SPECS[model_id]
        self._paint = paint

    def begin(self, recipe: Any) -> Any:
        return recipe

    def advance(self, states: Sequence[Any]) -> list[ImageStep]:
        return [
            ImageStep(0, 1, True, (Image.fromarray(self._paint(r)),) * r.integer("count"), "")
            for r in states
        ]

    def end(self, state: Any) -> None: ...


class _Reader(judging.Judge):
    """Reads the digits that `_bar` draws."""

    def __init__(self) -> None: ...

    def digits(self, strokes: np.ndarray, block: int = 500) -> np.ndarray:
        return np.rint(strokes[:, :, 14].sum(1) / 2).astype(int) - 1

    def features(self, images: np.ndarray, block: int = 500) -> np.ndarray:
        return emoji.features(images)


def _bar(concept: Concept) -> np.ndarray:
    """A digit as a bar of so many rows, in the colours of a concept."""
    stroke = np.zeros((1, 28, 28), np.uint8)
    stroke[0, : 2 * (concept.digit + 1), 4:24] = 255
    return pictures.painted(stroke, [concept])[0]


def _labelled(recipe: Any) -> Concept:
    return Concept(recipe.integer("digit"), recipe.option("ink"), recipe.option("paper"))


def _meant() -> dict[str, tuple[Concept, int]]:
    """What a prompt asks for, and in which phrasing."""
    return {
        pictures.phrase(concept, phrasing): (concept, i)
        for concept in datasets.concepts()
        for i, phrasing in enumerate(pictures.PHRASINGS)
    }


def _values(finding: Any) -> dict[str, float]:
    return {name: metric.value for name, metric in finding.metrics.items()}


def test_a_good_painter_is_all_right() -> None:
    finding = pictures.all_right(_Painter("gan", lambda r: _bar(_labelled(r))), _Reader())
    assert set(_values(finding).values()) == {1.0}
    assert finding.metrics["all_right"].n == 4 * 560
    held_out = sum(concept.held_out for concept in datasets.concepts())
    assert finding.metrics["all_right_held_out"].n == 4 * held_out
    assert not finding.exhibits


def test_whoever_fails_on_unseen_concepts_is_found_out() -> None:
    def paint(recipe: Any) -> np.ndarray:
        asked = _labelled(recipe)
        return _bar(Concept(asked.digit, asked.paper, asked.ink) if asked.held_out else asked)

    finding = pictures.all_right(_Painter("gan", paint), _Reader())
    assert _values(finding)["all_right_held_out"] == 0
    assert _values(finding)["all_right_trained"] == 1
    (failures,) = finding.exhibits
    assert failures.pictures is not None
    assert len(failures.pictures) == len(failures.lines) == 16
    asked = next(concept for concept in datasets.concepts() if concept.held_out)
    assert failures.lines[0] == (
        f"asked for “{pictures.say(asked)}”, read as {asked.paper} {asked.digit} on {asked.ink}"
    )


def test_whoever_does_not_understand_a_phrasing_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meant, chosen = _meant(), datasets.concepts()[::7]
    monkeypatch.setattr(datasets, "concepts", lambda: chosen)

    def paint(recipe: Any) -> np.ndarray:
        concept, phrasing = meant[recipe.prompt]
        wrong = Concept((concept.digit + 1) % 10, concept.ink, concept.paper)
        return _bar(wrong if phrasing == 2 else concept)

    finding = pictures.all_right(_Painter("diffusion_mini", paint), _Reader())
    by_phrasing = [_values(finding)[f"all_right_phrasing_{i}"] for i in range(1, 6)]
    assert by_phrasing == [1, 1, 0, 1, 1]
    assert sum(finding.metrics[f"all_right_phrasing_{i}"].n for i in range(1, 6)) == 4 * 80
    assert "the digit" in finding.exhibits[0].lines[0]


def test_phrasings_are_those_of_training_and_all_different() -> None:
    assert len(pictures.PHRASINGS) >= 5
    for concept in datasets.concepts():
        said = {pictures.phrase(concept, phrasing) for phrasing in pictures.PHRASINGS}
        assert len(said) == len(pictures.PHRASINGS)
        assert said <= set(datasets.captions(concept))


def test_concepts_for_digits_are_trained_ones_in_turn() -> None:
    digits = np.repeat([7, 3], 51)
    concepts = pictures.concepts_for(digits)
    assert [concept.digit for concept in concepts] == digits.tolist()
    assert not any(concept.held_out for concept in concepts)
    assert len(set(concepts[:50])) == 50  # 56 pairs of colours, less those held out


def test_likeness_draws_the_digits_of_the_real_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    digits = generator.integers(0, 10, 1_000)
    strokes = generator.integers(0, 256, (1_000, 28, 28)).astype(np.uint8)
    monkeypatch.setattr(datasets, "mnist", lambda split: (strokes, digits))
    monkeypatch.setattr(pictures.similarity, "frechet", lambda real, drawn: None)
    seen = []

    def paint(recipe: Any) -> np.ndarray:
        seen.append(_labelled(recipe).digit)
        return np.zeros((32, 32, 3), np.uint8)

    finding = pictures.likeness(_Painter("gan", paint), _Reader(), 200)
    order = np.random.default_rng(0).permutation(1_000)[:200]
    assert seen == digits[order].tolist()
    assert finding.metrics["coverage"].value < 0.05
    assert finding.metrics["coverage"].n == 200


def test_pace_is_that_of_sixteen_pictures() -> None:
    asked = []

    def paint(recipe: Any) -> np.ndarray:
        asked.append(recipe.integer("count"))
        return np.zeros((32, 32, 3), np.uint8)

    metric = pictures.pace(_Painter("gan", paint)).metrics["seconds_per_16"]
    assert set(asked) == {16}
    assert metric.n == len(asked) - 1
    assert 0 < metric.low <= metric.value <= metric.high < 1


class _Coder:
    """An encoder whose numbers and labels are written in the first pixels of a picture."""

    def encoder(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        first = (pixels[:, :, 0] + 1) * 127.5  # (B, 3, 32), 0-255
        digit, ink, paper = first[:, 0, :3].round().long().unbind(1)
        logits = torch.zeros(len(pixels), DIGITS + 2 * COLOURS)
        for offset, label in ((0, digit), (DIGITS, ink), (DIGITS + COLOURS, paper)):
            logits[torch.arange(len(pixels)), offset + label] = 1
        means = (first[:, 1] - 100) / 20
        return means, torch.zeros_like(means), logits

    def decoder(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        image = torch.zeros(len(z), 3, 32, 32)
        image[:, 0, 0, :3] = labels / 127.5 - 1
        image[:, 1, 0] = (z * 20 + 100) / 127.5 - 1
        return image


def test_a_code_keeps_the_label_and_the_numbers_to_half_a_step() -> None:
    concepts = datasets.concepts()
    images = np.random.default_rng(0).integers(20, 181, (len(concepts), 32, 32, 3)).astype(np.uint8)
    labels = [(c.digit, *map(datasets.COLOURS.index, (c.ink, c.paper))) for c in concepts]
    images[:, 0, :3, 0] = labels
    codes = codec.encode(_Coder(), images)
    assert codes.shape == (len(images), 32 + 2)
    assert codes.dtype == np.uint8
    restored = codec.decode(_Coder(), codes)
    assert (restored[:, 0, :3, 0] == labels).all()
    step = 20 * 4 / 127
    away = restored[:, 0, :, 1].astype(float) - images[:, 0, :, 1]
    assert np.abs(away).max() <= step / 2 + 0.5  # half a step, and the rounding to grey values


def test_numbers_out_of_range_are_cut() -> None:
    images = np.full((1, 32, 32, 3), 0, np.uint8)
    images[0, 0, :, 1] = 255  # 7.75 standard deviations
    restored = codec.decode(_Coder(), codec.encode(_Coder(), images))
    assert set(restored[0, 0, :, 1]) == {180}  # 4 standard deviations


def test_psnr_of_one_grey_value_is_known() -> None:
    images = np.full((10, 8, 8, 3), 100, np.uint8)
    assert codec.psnr(images, images + np.uint8(1)).value == pytest.approx(48.1308, abs=1e-3)


@pytest.mark.parametrize("name", ["jpeg", "webp"])
def test_ordinary_files_are_as_small_as_they_get(name: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    file = codec.as_file(image, name)
    assert Image.open(io.BytesIO(file)).format == name.upper()
    usual = io.BytesIO()
    Image.fromarray(image).save(usual, name)
    plain = codec.as_file(np.full_like(image, 90), name)
    assert len(plain) < len(file) < len(usual.getvalue())
    assert 20 < codec.header_bytes(plain, name) < len(plain)


class _Sighted(zero_shot.Clip):
    """Sees the colours of a picture and the words of a text; takes every 3 for an 8."""

    def __init__(self) -> None: ...

    def _of_pictures(self, images: np.ndarray) -> torch.Tensor:
        rows = torch.zeros(len(images), DIGITS + 2 * COLOURS)
        for row, seen in zip(rows, _Reader().read(images), strict=True):
            row[8 if seen.digit == 3 else seen.digit] = 1
            row[DIGITS + datasets.COLOURS.index(seen.ink)] = 1
            row[DIGITS + COLOURS + datasets.COLOURS.index(seen.paper)] = 1
        return rows

    def _of_words(self, texts: Sequence[str]) -> torch.Tensor:
        rows = torch.zeros(len(texts), DIGITS + 2 * COLOURS)
        for row, said in zip(rows, texts, strict=True):
            for word in said.split():
                if word in datasets.DIGIT_WORDS:
                    row[datasets.DIGIT_WORDS.index(word)] = 1
                elif word in datasets.COLOURS:
                    offset = DIGITS + (COLOURS if "paper" in said else 0)
                    row[offset + datasets.COLOURS.index(word)] = 1
        return rows


def test_zero_shot_counts_what_is_read_right(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    digits = np.arange(200) % 10
    strokes = np.zeros((200, 28, 28), np.uint8)
    for stroke, digit in zip(strokes, digits, strict=True):
        stroke[: 2 * (digit + 1), 4:24] = 255
    monkeypatch.setattr(datasets, "mnist", lambda split: (strokes, digits))
    monkeypatch.setattr(zero_shot.Clip, "load", lambda folder: _Sighted())
    (finding,) = zero_shot.measure(tmp_path)
    assert _values(finding) == {
        "zero_shot_digit": 0.9,
        "zero_shot_ink": 1.0,
        "zero_shot_paper": 1.0,
    }
    assert finding.metrics["zero_shot_digit"].n == 200
    assert len(finding.exhibits[0].lines) == 16
    asked, read = zip(
        *(line.split(", read as ") for line in finding.exhibits[0].lines), strict=True
    )
    assert tuple(a.replace(" 3 ", " 8 ") for a in asked) == read


def test_wordings_are_those_of_training_and_say_one_part_alone() -> None:
    for concept in datasets.concepts()[::31]:
        named = {
            "digit": datasets.DIGIT_WORDS[concept.digit],
            "ink": concept.ink,
            "paper": concept.paper,
        }
        for place, (part, wordings) in enumerate(zero_shot.WORDINGS.items()):
            for wording in wordings:
                says = datasets.partial_captions(concept)[wording.format(named[part])]
                assert says == tuple(i == place for i in range(3))


def test_any_concepts_are_of_all_kinds() -> None:
    digits = np.arange(5_000) % 10
    concepts = zero_shot.any_concepts(digits)
    assert [concept.digit for concept in concepts] == digits.tolist()
    assert len(set(concepts)) > 550


def test_a_clip_folder_opens_and_reads(tmp_path: Path) -> None:
    """With random weights; what matters is that transformers returns what is taken from it."""
    from transformers import CLIPModel

    from models.train.clip_mini import TOKENS, configuration
    from models.train.tokenizer import train_tokenizer

    torch.manual_seed(0)
    tokenizer = train_tokenizer([concept.caption for concept in datasets.concepts()], TOKENS)
    CLIPModel(configuration(tokenizer)).to(torch.bfloat16).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    clip = zero_shot.Clip.load(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    seen = clip.read(images)
    assert {part: places.shape for part, places in seen.items()} == dict.fromkeys(seen, (5,))
    assert set(seen) == {"digit", "ink", "paper"}
    assert clip._of_pictures(images).norm(dim=1).numpy() == pytest.approx(np.ones(5), abs=1e-5)


@pytest.fixture
def small_world(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, tuple[str, ...]]:
    """An emoji world of 60 pictures."""
    images = np.random.default_rng(0).integers(0, 256, (60, 32, 32, 3), np.uint8)
    world = images, tuple(f"emoji {i}" for i in range(60))
    monkeypatch.setattr(datasets, "emoji", lambda: world)
    return world


def test_emoji_features_are_means_of_four_pixels() -> None:
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[0, 4, 6, 2] = 200
    features = emoji.features(image).reshape(16, 16, 3)
    assert features[2, 3, 2] == 50
    assert features.sum() == 50


def test_emoji_drawn_from_their_names_are_counted(
    small_world: tuple[np.ndarray, tuple[str, ...]],
) -> None:
    images, names = small_world

    def paint(recipe: Any) -> np.ndarray:
        place = names.index(recipe.prompt) if recipe.prompt in names else 0
        assert recipe.prompt in emoji.UNSEEN or recipe.seed in (place, *range(16))
        return images[0] if place % 4 == 3 else images[place] ^ np.uint8(1)

    findings = list(emoji.measure(_Painter("diffusion_emoji", paint)))
    values = {name: value for f in findings for name, value in _values(f).items()}
    assert values["emoji_named_right"] == 0.75
    assert 0.75 <= values["coverage"] <= 1
    assert {"coverage_real", "density_real", "seconds_per_16"} <= set(values)
    exhibits = {e.file: e for f in findings for e in f.exhibits}
    assert exhibits["failures.png"].lines[0] == "asked for “emoji 3”, nearest to “emoji 0”"
    assert len(exhibits["failures.png"].lines) == 15
    assert exhibits["unseen.png"].pictures is not None
    assert len(exhibits["unseen.png"].pictures) == 8 * len(emoji.UNSEEN)


def test_models_without_words_are_not_asked_for_names(
    small_world: tuple[np.ndarray, tuple[str, ...]],
) -> None:
    images, _ = small_world
    findings = list(emoji.measure(_Painter("gan_emoji", lambda r: images[r.seed % 60])))
    values = {name: value for f in findings for name, value in _values(f).items()}
    assert set(values) == {
        "coverage",
        "density",
        "coverage_real",
        "density_real",
        "seconds_per_16",
    }
    assert values["coverage"] == 1
    assert not any(f.exhibits for f in findings)

    collapsed = list(emoji.measure(_Painter("gan_emoji", lambda r: images[0])))
    assert collapsed[0].metrics["coverage"].value < 0.5


def test_a_sheet_has_rows_of_so_many() -> None:
    images = np.zeros((5, 32, 32, 3), np.uint8)
    images[4] = 255
    made = sheet(images, 3)
    assert made.size == (3 * 64 + 2 * 2, 2 * 64 + 2)
    assert made.getpixel((100, 100)) == (255, 255, 255, 255)
    assert made.getpixel((190, 100)) == (0, 0, 0, 0)
    assert sheet(images[:2], 8).size == (2 * 64 + 2, 64)


def test_an_exhibit_without_pictures_writes_nothing(tmp_path: Path) -> None:
    Exhibit("words", ("a", "b")).save(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("count", "most"), [(3, 16), (16, 16), (67, 16), (1_000, 16)])
def test_spread_chooses_evenly(count: int, most: int) -> None:
    places = spread(count, most)
    assert len(places) == len(set(places)) == min(count, most)
    assert places[0] == 0
    gaps = np.diff([*places, count])
    assert gaps.max() - gaps.min() <= 1
