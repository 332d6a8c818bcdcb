"""What the page states, held against what is counted, measured and trained here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from models import catalog, checkpoint, datasets
from models.base import ModelSpec
from models.experiments import energy, results
from models.families import FAMILIES
from models.measure.metric import Metric
from playground.core import feature
from playground.features.break_it import recipes as break_recipes
from playground.features.lessons import facts
from playground.registry import FEATURES
from playground.web.site_info import TAGLINE

ROOT = Path(__file__).parents[2]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ABSENT = ("HAMLET", "MACBETH", "OTHELLO", "Hamlet", "Macbeth", "Othello")


def sources() -> dict[Path, str]:
    """All files whose words a visitor may read."""
    folders = (ROOT / "playground", ROOT / "models")
    endings = {".py", ".js", ".md", ".html", ".json"}
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix in endings]
    return {path: path.read_text(encoding="utf-8") for path in [*found, ROOT / "README.md"]}


def trained(model: str) -> dict[str, float]:
    content = json.loads((checkpoint.WEIGHTS / model / "metrics.json").read_text(encoding="utf-8"))
    training: dict[str, float] = content["training"]
    return training


def test_the_plays_are_some_of_shakespeares_and_no_book():
    wrong = re.compile(r"(one|same|single) book|Shakespeare’s plays\.?[\"<]")
    for path, text in sources().items():
        for found in wrong.finditer(" ".join(text.split())):
            before = " ".join(text.split())[: found.start()]
            assert before.endswith("some of "), f"{path}: {found.group()}"
    assert round(datasets.TRAIN_CHARACTERS, -5) == 1_000_000  # “about a million letters”


def test_no_hamlet_is_among_the_plays():
    try:
        read, held_out = datasets.shakespeare()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    assert not any(name in read + held_out for name in ABSENT)
    speakers = ("CORIOLANUS", "KING RICHARD III", "ROMEO", "LEONTES", "PETRUCHIO")
    assert all(f"\n{name}:\n" in read for name in speakers)
    assert "\nPROSPERO:\n" not in read  # The Tempest is in the part that was kept for testing


def test_a_chip_that_a_claim_names_is_one_that_there_is():
    named = re.compile(r"“([^”]+)” at the (emoji|digits)")
    places = {"emoji": "emoji", "digits": "images"}
    found = [
        (claim, *match.groups())
        for claim in results.ids()
        for match in named.finditer(results.experiment(claim).CLAIM.flip)
    ]
    assert found
    for _, label, place in found:
        assert break_recipes.labelled(places[place], label)


def test_a_shorter_training_of_the_gan_is_the_part_that_is_said():
    flip = results.experiment("sharp_or_blurry").CLAIM.flip
    steps = int(re.search(r"--steps (\d+)", flip).group(1))  # type: ignore[union-attr]
    assert "a quarter of its steps" in flip
    assert steps / trained("gan")["steps"] == pytest.approx(1 / 4, abs=0.02)


def test_wherever_energy_is_shown_its_watts_are_said_to_be_assumed():
    claim = energy.CLAIM
    watts = f"{energy.WATTS:.0f} W"
    assert watts in claim.axis
    assert "assumed" in claim.axis
    assert watts in claim.title
    shown = facts.verdict("energy").because
    assert "joule" not in shown or "assumed" in shown
    for path in (ROOT / "playground" / "features" / "lessons" / "library").glob("*.md"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "joule" in line and "{{ energy." in line:
                assert "assumed" in line, path.name


def test_as_many_machines_look_at_a_drawing_as_its_title_says():
    drawer = next(d for d in feature.drawers(FEATURES, "images") if d.id == "drawing")
    looking: list[ModelSpec] = list(drawer.models(catalog.specs()))
    assert drawer.title.startswith(f"{NUMBERS[len(looking)].capitalize()} machines ")


def test_the_tagline_counts_the_kinds_that_write_and_draw():
    kinds = {spec.family for spec in catalog.SPECS if spec.kind in {"text", "image"}}
    assert kinds <= set(FAMILIES)
    assert TAGLINE.startswith(f"{NUMBERS[len(kinds)].capitalize()} kinds of ")


def test_lesson_zero_says_of_the_two_writers_what_their_figures_say():
    lstm, gpt = (metric(model) for model in ("char_lstm", "gpt2_mini"))
    text = (ROOT / "playground/features/lessons/library/zero.md").read_text(encoding="utf-8")
    assert "the two ranges overlap" in text
    assert lstm.low <= gpt.high
    assert gpt.low <= lstm.high
    assert "need not be a large one" not in text


def metric(model: str) -> Metric:
    kept = json.loads((checkpoint.WEIGHTS / model / "metrics.json").read_text(encoding="utf-8"))
    return Metric(**kept["metrics"]["bits_per_character"])
