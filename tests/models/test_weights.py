"""What is shipped under models/weights/: form, size, provenance, and that it does what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import catalog, checkpoint, datasets
from models.measure import drawing, quality, report
from models.measure.judging import Judge
from models.measure.worlds import codec, emoji, pictures, text, zero_shot
from models.pool import Pool
from models.recipe import make_recipe

pytestmark = pytest.mark.slow

MAX_FILE_BYTES, MAX_FOLDER_BYTES = 10_000_000, 52_000_000
FOLDERS = sorted(p for p in checkpoint.WEIGHTS.iterdir() if quality.is_shipped(p.name))
SHIPPED = [s for s in catalog.SPECS if quality.is_shipped(s.source)]
DIGIT_PAINTERS = [s.id for s in SHIPPED if s.world == "digits"]
PIPELINES = [s.id for s in SHIPPED if s.family == "diffusion"]
WRITERS = [s.id for s in SHIPPED if s.world == "shakespeare"]
AT_LEAST = {
    "gan": {"all_right_trained": 0.97, "coverage": 0.80, "density": 0.80},
    "vae": {"all_right_trained": 0.95, "psnr_db": 22.0},
    "diffusion_mini": {"all_right_trained": 0.98, "all_right_held_out": 0.92, "coverage": 0.90},
    "clip_mini": {"zero_shot_digit": 0.97, "zero_shot_ink": 0.98, "zero_shot_paper": 0.98},
    "diffusion_emoji": {"emoji_named_right": 0.60},
    "judge": {"digit_accuracy": 0.99},
}
AT_MOST = {
    "gpt2_mini": {"bits_per_character": 2.09},
    "char_lstm": {"bits_per_character": 2.00},
    "char_lstm_emoji": {"bits_per_character": 2.70},
    "vae": {"code_bytes": 64},
    "diffusion_mini": {"seconds_per_16": 3.0},
}
NOT_REACHED = {
    ("char_lstm", "bits_per_character"),
    ("diffusion_mini", "coverage"),
    ("diffusion_mini", "seconds_per_16"),  # 4.0 on a CPU with AVX2 alone; 2.1 on one with AMX
}
"""Bars that the shipped weights miss; who gets over one takes it off this list."""
QUICK = text.Window(256, 128)  # half the overlap of the figures


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def _figures(model_id: str) -> dict[str, Any]:
    metrics: dict[str, Any] = report.read(checkpoint.folder(model_id))["metrics"]
    return {name: metric["value"] for name, metric in metrics.items()}


def _bars() -> list[Any]:
    promised = {
        (model_id, name)
        for bars in (AT_LEAST, AT_MOST)
        for model_id, names in bars.items()
        for name in names
    }
    missed = pytest.mark.xfail(reason="not reached yet", strict=True)
    return [
        pytest.param(*bar, marks=missed if bar in NOT_REACHED else ())
        for bar in sorted(promised)
        if quality.is_shipped(bar[0])
    ]


def _skip_without_data(*data: Any) -> None:
    try:
        for ask, *arguments in data:
            ask(*arguments)
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))


def test_every_model_offered_is_here() -> None:
    assert set(quality.model_ids()) == {p.name for p in checkpoint.WEIGHTS.iterdir()}


def test_files_are_small_and_never_pickled() -> None:
    files = _files(checkpoint.WEIGHTS)
    assert {p.suffix for p in files} <= {".safetensors", ".json", ".md", ".png", ".svg"}
    assert max(p.stat().st_size for p in files) < MAX_FILE_BYTES
    assert sum(p.stat().st_size for p in files) < MAX_FOLDER_BYTES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_figures_belong_to_these_weights(folder: Path) -> None:
    content = report.read(folder)
    assert content["weights"] == checkpoint.revision(folder)
    assert content["parameters"] == report.count_parameters(folder)
    assert content["metrics"], "not measured yet"
    assert content["measured"]["command"] == quality.command(folder.name)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_the_card_says_what_was_measured(folder: Path) -> None:
    content, card = report.read(folder), (folder / "card.md").read_text()
    assert content["training"]["command"] in card
    assert content["weights"] in card
    assert all(f"| {name} |" in card for name in content["metrics"])
    pictures_shown = {part.partition(")")[0] for part in card.split("](")[1:]}
    assert pictures_shown >= {"loss.svg", *(e["file"] for e in content["exhibits"] if e["file"])}
    assert all((folder / name).is_file() for name in pictures_shown)


@pytest.mark.parametrize(("model_id", "name"), _bars())
def test_figures_are_as_good_as_promised(model_id: str, name: str) -> None:
    value = _figures(model_id)[name]
    assert value >= AT_LEAST.get(model_id, {}).get(name, -np.inf)
    assert value <= AT_MOST.get(model_id, {}).get(name, np.inf)


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda s: s.id)
def test_the_catalogue_counts_parameters_right(spec: catalog.ModelSpec) -> None:
    assert spec.parameters == report.read(checkpoint.folder(spec.source))["parameters"]


def test_the_text_models_differ_in_architecture_alone() -> None:
    lstm, gpt = (catalog.spec(m).parameters for m in ("char_lstm", "gpt2_mini"))
    assert gpt <= 4_500_000
    assert abs(gpt - lstm) <= 0.1 * lstm


@pytest.mark.parametrize("model_id", PIPELINES)
def test_the_pipeline_opens_with_nothing_but_its_folder_and_draws(model_id: str) -> None:
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(checkpoint.folder(model_id))
    pipeline.set_progress_bar_config(disable=True)
    assert len(pipeline.tokenizer) <= 2_000
    assert sum(p.numel() for p in pipeline.text_encoder.parameters()) <= 1_000_000
    concept = datasets.Concept(7, "red", "black")
    prompt = concept.caption if model_id == "diffusion_mini" else "red heart"
    drawn = pipeline(
        prompt, num_inference_steps=20, guidance_scale=2.0, num_images_per_prompt=8
    ).images
    images = np.stack([np.asarray(image) for image in drawn])
    assert images.shape == (8, 32, 32, 3)
    if model_id == "diffusion_mini":
        assert Judge.load().all_right(images, concept).sum() >= 5


@pytest.mark.parametrize("model_id", DIGIT_PAINTERS)
def test_pictures_show_what_was_asked_for(model_id: str) -> None:
    """A quick check on every 20th concept; the full figures are in metrics.json."""
    spec = catalog.spec(model_id)
    concepts = datasets.concepts()[::40]
    recipes = [drawing.concept_recipe(spec, c, seed, 4) for seed, c in enumerate(concepts)]
    pool = Pool()
    drawn = list(drawing.draw(pool.lease(model_id).result().adapter, recipes))
    pool.close()
    judge = Judge.load()
    right = np.concatenate([judge.all_right(d, c) for d, c in zip(drawn, concepts, strict=True)])
    assert right.mean() > _figures(model_id)["all_right"] - 0.15


@pytest.mark.parametrize("model_id", [m for m in PIPELINES if m == "diffusion_emoji"])
def test_emoji_are_drawn_from_their_names(model_id: str) -> None:
    """A quick check on every 90th name."""
    _skip_without_data((datasets.emoji,))
    images, names = datasets.emoji()
    spec, chosen = catalog.spec(model_id), range(0, len(names), 90)
    recipes = [make_recipe(spec, prompt=names[i], options={"count": 1}, seed=i) for i in chosen]
    pool = Pool()
    drawn = np.concatenate(list(drawing.draw(pool.lease(model_id).result().adapter, recipes)))
    pool.close()
    right = emoji.nearest(images, drawn) == np.array(chosen)
    assert right.mean() > _figures(model_id)["emoji_named_right"] - 0.2


@pytest.mark.parametrize("model_id", WRITERS)
def test_text_models_score_what_they_claim(model_id: str) -> None:
    _skip_without_data((datasets.shakespeare,))
    pool = Pool()
    adapter = pool.lease(model_id).result().adapter
    bits = text.bits_of_characters(adapter, datasets.shakespeare()[1], QUICK)
    pool.close()
    assert bits.mean() == pytest.approx(_figures(model_id)["bits_per_character"], abs=0.02)


@pytest.mark.parametrize("model_id", [s.id for s in SHIPPED if s.id == "char_lstm_emoji"])
def test_names_score_what_is_claimed(model_id: str) -> None:
    _skip_without_data((datasets.emoji,))
    pool = Pool()
    rows = text.bits_of_names(pool.lease(model_id).result().adapter, datasets.emoji_names("test"))
    pool.close()
    claimed = _figures(model_id)["bits_per_character"]
    assert np.concatenate(rows).mean() == pytest.approx(claimed, abs=0.005)


@pytest.mark.parametrize("model_id", [s.id for s in SHIPPED if s.id == "vae"])
def test_codes_restore_pictures_as_well_as_claimed(model_id: str) -> None:
    _skip_without_data((datasets.mnist, "test"))
    strokes, digits = (a[::20] for a in datasets.mnist("test"))
    images = pictures.painted(strokes, pictures.concepts_for(digits))
    pool = Pool()
    network = pool.lease(model_id).result().adapter.network  # type: ignore[attr-defined]
    restored = codec.decode(network, codec.encode(network, images))
    pool.close()
    assert codec.psnr(images, restored).value == pytest.approx(_figures(model_id)["psnr_db"], abs=1)


@pytest.mark.parametrize("folder", [f for f in FOLDERS if f.name == "clip_mini"], ids=str)
def test_captions_are_told_apart_as_well_as_claimed(folder: Path) -> None:
    _skip_without_data((datasets.mnist, "test"))
    strokes, digits = (a[::20] for a in datasets.mnist("test"))
    concepts = zero_shot.any_concepts(digits)
    seen = zero_shot.Clip.load(folder).read(pictures.painted(strokes, concepts))
    right = seen["digit"] == digits
    assert right.mean() > _figures(folder.name)["zero_shot_digit"] - 0.05


def test_the_readme_says_what_was_measured() -> None:
    assert report.figures_table() in report.README.read_text()


def test_metrics_are_plain_json() -> None:
    for folder in FOLDERS:
        for metric in json.loads((folder / "metrics.json").read_text())["metrics"].values():
            assert metric["low"] <= metric["value"] <= metric["high"]
            assert metric["n"] > 0
