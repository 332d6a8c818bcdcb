"""The childhoods: what trainings leave is read, and made into parts of the page."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from models import catalog, checkpoint
from models.adapters.gan import Gan
from models.adapters.vae import Vae
from models.base import ModelSpec
from models.measure.drawing import draw
from models.recipe import from_dict
from playground.core.format import duration
from playground.features.play import time_machine
from playground.features.play.snapshots import Learning, Snapshot, read_all
from playground.registry import FEATURES
from playground.web.pack import part_script
from tests.fake_catalogue import SPECS

GAN, LSTM = SPECS["gan"], SPECS["char_lstm"]
WATCHED = {model for model, spec in SPECS.items() if spec.kind != "measure"}
"""Of models that only measure, nobody looks at what they could do while they learned."""


@pytest.fixture
def own_weights(weights, tmp_path):
    """A folder with what trainings leave, of this test alone."""
    return shutil.copytree(weights, tmp_path / "weights")


def read(weights, spec: ModelSpec):
    """The learning of one model; None where it left none."""
    return next(iter(read_all(weights, [spec])), None)


def models_of(part):
    """The models of a part by id, in its order."""
    return {model["id"]: model for model in part["models"]}


def test_every_model_is_read_from_noise_to_finished(weights):
    learned = {one.spec.id: one for one in read_all(weights, SPECS.values())}
    assert set(learned) == WATCHED
    for one in learned.values():
        assert len(one.snapshots) == 12
        assert one.snapshots[0].step < one.snapshots[-1].step
        assert one.across == (8 if one.spec.kind == "image" else 0)
        assert bool(one.snapshots[0].text) == (one.spec.kind == "text")


def test_what_is_missing_is_left_out(own_weights, tmp_path):
    assert read_all(tmp_path / "nowhere", SPECS.values()) == []
    assert time_machine.book_and_digits(tmp_path / "nowhere") == {"models": []}
    (own_weights / "gan" / checkpoint.SNAPSHOTS_FILE).unlink()
    (own_weights / "vae" / checkpoint.SHEET_FILE).unlink()
    (own_weights / "char_lstm" / checkpoint.SNAPSHOTS_FILE).write_text("[]")
    left_out = WATCHED - {one.spec.id for one in read_all(own_weights, SPECS.values())}
    assert left_out == {"gan", "vae", "char_lstm"}
    part = models_of(time_machine.book_and_digits(own_weights))
    assert list(part) == ["gpt2_mini", "diffusion_mini"]


def test_models_that_only_measure_are_left_out(weights):
    assert read(weights, GAN)
    assert read(weights, replace(GAN, kind="measure", family="contrastive")) is None


def test_a_sheet_with_other_rows_is_left_out_and_logged(own_weights, caplog):
    sheet = own_weights / "gan" / checkpoint.SHEET_FILE
    with Image.open(sheet) as image:
        image.crop((0, 0, 256, 32 * 11)).save(sheet)
    assert read(own_weights, GAN) is None
    assert "352 pixels for 12 rows" in caplog.text


def test_each_world_is_a_part_with_its_families_in_one_order(weights):
    first = models_of(time_machine.book_and_digits(weights))
    assert list(first) == ["char_lstm", "gpt2_mini", "gan", "vae", "diffusion_mini"]
    others = models_of(time_machine.emoji(weights))
    assert list(others) == ["char_lstm_emoji", "gan_emoji", "vae_emoji", "diffusion_emoji"]
    assert {model["world"] for model in others.values()} == {"Emoji"}


def test_texts_and_sheets_travel_with_the_facts(weights):
    part = models_of(time_machine.book_and_digits(weights))
    left = json.loads((weights / "char_lstm" / checkpoint.SNAPSHOTS_FILE).read_text())
    moments = part["char_lstm"]["moments"]
    assert [moment["text"] for moment in moments] == [row["text"] for row in left]
    assert "sheet" not in part["char_lstm"]
    kind, _, content = part["gan"]["sheet"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == (weights / "gan" / checkpoint.SHEET_FILE).read_bytes()
    assert part["gan"]["across"] == 8
    asked = part["gan"]["asked"]
    assert [each["words"] for each in asked[:2]] == ["red 0 on orange", "yellow 1 on blue"]
    assert [each["recipe"]["seed"] for each in asked] == list(range(1, 9))
    others = models_of(time_machine.emoji(weights))
    assert [each["place"] for each in others["gan_emoji"]["asked"]] == list(range(8))
    assert others["diffusion_emoji"]["asked"][0]["words"] == "cow"


@pytest.mark.parametrize("model", ["gan", "vae"])
def test_the_finished_model_draws_the_last_row_by_its_recipes(model):
    folder = checkpoint.WEIGHTS / model
    part = models_of(time_machine.book_and_digits(checkpoint.WEIGHTS))[model]
    spec = replace(catalog.spec(model), revision=checkpoint.revision(folder))
    recipes = [from_dict(each["recipe"], {model: spec}) for each in part["asked"]]
    assert [recipe.key for recipe in recipes] == [each["key"] for each in part["asked"]]
    assert {recipe.weights for recipe in recipes} == {spec.revision}
    painter = {"gan": Gan, "vae": Vae}[model].load(spec, "cpu", "float32")
    drawn = np.concatenate([pictures[0] for pictures in draw(painter, recipes)], axis=1)
    with Image.open(folder / checkpoint.SHEET_FILE) as sheet:
        last = np.asarray(sheet.convert("RGB"))[-32:]
    apart = np.abs(drawn.astype(int) - last.astype(int)).mean()
    assert apart < 4  # a palette of 256 colours costs 1 to 2 of 255; other seeds are 50 apart


def test_a_part_is_a_script_that_needs_no_server(weights):
    script = part_script(FEATURES, "childhoods", weights)
    assert script.startswith('playground.unpack("childhoods", {')
    assert json.loads(script[len('playground.unpack("childhoods", ') : -3]) == (
        time_machine.book_and_digits(weights)
    )


def test_facts_have_units_and_few_digits():
    assert time_machine.facts(Snapshot(64, 19.2, 0.0625)) == "step 64 · 19 s · loss 0.0625"
    assert (
        time_machine.facts(Snapshot(2048, 731, -0.25)) == "step 2\u202f048 · 12 min · loss -0.250"
    )


def learning(spec, *losses):
    """A model with these losses, one a snapshot."""
    rows = (Snapshot(2**i, float(i), loss, "a") for i, loss in enumerate(losses))
    return Learning(spec, tuple(rows))


def test_the_share_of_the_fall_is_the_losses_own():
    assert time_machine.fallen(learning(LSTM, 4.0, 3.0, 2.5, 2.0)) == [0.0, 0.5, 0.75, 1.0]
    assert time_machine.fallen(learning(LSTM, 4.0, 5.0, 2.0)) == [0.0, -0.5, 1.0]


def test_a_loss_that_shows_nothing_is_left_out():
    assert time_machine.fallen(learning(GAN, 4.0, 3.0, 2.0)) == [None] * 3  # a contest
    assert time_machine.fallen(learning(LSTM, 2.0, 2.0)) == [None] * 2
    assert time_machine.fallen(learning(LSTM, 2.0)) == [None]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(119, "119 s"), (731, "12 min"), (9000, "2.5 h"), (0, "0 s")]
)
def test_long_times_are_in_minutes_and_hours(seconds, shown):
    assert duration(seconds) == shown


def test_what_is_shipped_has_a_childhood():
    """Of the folder of shipped weights itself, as the page and the static folder show it."""
    part = models_of(time_machine.book_and_digits(checkpoint.WEIGHTS))
    assert {"gpt2_mini", "gan", "vae", "diffusion_mini"} <= set(part)
    for model in part.values():
        shares = [moment["fallen"] for moment in model["moments"]]
        assert shares[-1] == (None if model["family"] == "gan" else 1.0)
        assert len(model["moments"]) >= 10
