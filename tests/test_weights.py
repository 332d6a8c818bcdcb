"""What is shipped under models/weights/: form, size, provenance, and that it does what it says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models import catalog, checkpoint, worlds
from models.measure import quality, report
from models.measure.judging import Judge

MAX_FILE_BYTES, MAX_FOLDER_BYTES = 10_000_000, 52_000_000
FOLDERS = sorted(p for p in checkpoint.WEIGHTS.iterdir() if p.is_dir())
IMAGE_MODELS = [s.id for s in catalog.of_kind("image")]
TEXT_MODELS = [s.id for s in catalog.of_kind("text")]


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def test_every_model_offered_is_here() -> None:
    assert {s.source for s in catalog.SPECS} | {"judge"} == {f.name for f in FOLDERS}


def test_files_are_small_and_never_pickled() -> None:
    files = _files(checkpoint.WEIGHTS)
    assert {p.suffix for p in files} <= {".safetensors", ".json", ".md"}
    assert max(p.stat().st_size for p in files) < MAX_FILE_BYTES
    assert sum(p.stat().st_size for p in files) < MAX_FOLDER_BYTES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_figures_belong_to_these_weights(folder: Path) -> None:
    content = report.read(folder)
    assert content["weights"] == checkpoint.revision(folder)
    assert content["parameters"] == report.count_parameters(folder)
    assert content["metrics"], "not measured yet"
    assert content["training"]["command"] in (folder / "card.md").read_text()


@pytest.mark.parametrize("spec", catalog.SPECS, ids=lambda s: s.id)
def test_the_catalogue_counts_parameters_right(spec: catalog.ModelSpec) -> None:
    assert spec.parameters == report.read(checkpoint.folder(spec.source))["parameters"]


def test_the_text_models_differ_in_architecture_alone() -> None:
    lstm, gpt = (catalog.spec(m).parameters for m in ("char_lstm", "gpt2_mini"))
    assert gpt <= 4_500_000
    assert abs(gpt - lstm) <= 0.1 * lstm


def test_the_pipeline_opens_with_nothing_but_its_folder_and_draws() -> None:
    from diffusers import StableDiffusionPipeline

    folder = checkpoint.folder("diffusion_mini")
    pipeline = StableDiffusionPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    assert len(pipeline.tokenizer) <= 2_000
    assert sum(p.numel() for p in pipeline.text_encoder.parameters()) <= 1_000_000
    concept = worlds.Concept(7, "red", "black")
    drawn = pipeline(
        concept.caption, num_inference_steps=20, guidance_scale=2.0, num_images_per_prompt=8
    ).images
    pictures = np.stack([np.asarray(image) for image in drawn])
    assert pictures.shape == (8, 32, 32, 3)
    assert Judge.load().all_right(pictures, concept).sum() >= 5


@pytest.mark.parametrize("model_id", IMAGE_MODELS)
def test_pictures_show_what_was_asked_for(model_id: str) -> None:
    """A quick check on every 20th concept; the full figures are in metrics.json."""
    from models.pool import Pool

    spec = catalog.spec(model_id)
    concepts = worlds.concepts()[::20]
    recipes = [quality.concept_recipe(spec, c, seed) for seed, c in enumerate(concepts)]
    pool = Pool()
    drawn = list(quality.draw(pool.lease(model_id).result().adapter, recipes))
    pool.close()
    judge = Judge.load()
    right = np.concatenate([judge.all_right(d, c) for d, c in zip(drawn, concepts, strict=True)])
    claimed = report.read(checkpoint.folder(model_id))["metrics"]["all_right"]["value"]
    assert right.mean() > claimed - 0.15


@pytest.mark.parametrize("model_id", TEXT_MODELS)
def test_text_models_score_what_they_claim(model_id: str) -> None:
    from models.pool import Pool

    try:
        text = worlds.shakespeare()[1]
    except worlds.DataMissing as missing:
        pytest.skip(str(missing))
    pool = Pool()
    bits = quality.bits_of_characters(pool.lease(model_id).result().adapter, text)
    pool.close()
    claimed = report.read(checkpoint.folder(model_id))["metrics"]["bits_per_character"]["value"]
    assert bits.mean() == pytest.approx(claimed, abs=0.005)


def test_the_readme_says_what_was_measured() -> None:
    assert report.figures_table() in report.README.read_text()


def test_metrics_are_plain_json() -> None:
    for folder in FOLDERS:
        for metric in json.loads((folder / "metrics.json").read_text())["metrics"].values():
            assert metric["low"] <= metric["value"] <= metric["high"]
            assert metric["n"] > 0
