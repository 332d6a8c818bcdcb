"""Every training script, for two steps: what it writes is what the adapters read."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from models import catalog, checkpoint, datasets
from models.measure import report
from models.pool import Pool
from models.recipe import make_recipe
from models.train import snapshots

pytestmark = pytest.mark.slow


@pytest.fixture
def two_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let snapshots show two pictures for their eight, which took half of the computing here."""
    monkeypatch.setattr(snapshots, "NAMES", snapshots.NAMES[:2])
    monkeypatch.setattr(snapshots, "CONCEPTS", snapshots.CONCEPTS[:2])


@pytest.mark.usefixtures("two_pictures")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("model_id", [*(s.id for s in catalog.SPECS), "judge", "clip_mini"])
def test_two_steps_write_a_model_that_runs(
    model_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        datasets.shakespeare()
        datasets.mnist("train")
        datasets.emoji()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    out = tmp_path / "out"
    steps = 6 if model_id.startswith("diffusion") else 2  # two stages share them
    arguments = ["--steps", str(steps), "--work", str(tmp_path), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [model_id, *arguments])
    importlib.import_module(f"models.train.{model_id}").main()

    content = report.read(out)
    assert content["weights"] == checkpoint.revision(out)
    assert content["training"]["steps"] <= steps
    assert (out / "card.md").read_text().startswith(f"# {model_id}\n")
    if model_id in ("judge", "clip_mini"):
        return
    frames = json.loads((out / "snapshots.json").read_text())
    assert [frame["step"] for frame in frames][:2] == [1, 2]
    spec = replace(catalog.spec(model_id), source=str(out))
    assert content["parameters"] == spec.parameters
    pool = Pool({model_id: spec})
    adapter = pool.lease(model_id).result().adapter
    state = adapter.begin(make_recipe(spec, seed=1))
    assert adapter.advance([state])[0] is not None
    adapter.end(state)
    pool.close()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("model_id", ["diffusion_mini", "diffusion_emoji"])
def test_a_pipeline_goes_further_from_its_shipped_weights(
    model_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        datasets.mnist("train")
        datasets.emoji()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    shipped = checkpoint.folder(model_id)
    before = report.read(shipped)["training"]
    steps, out = before["steps"] + 1, tmp_path / "out"
    arguments = ["--further", "--steps", str(steps), "--work", str(tmp_path), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [model_id, *arguments])
    importlib.import_module(f"models.train.{model_id}").main()

    training = report.read(out)["training"]
    assert training["steps"] == steps
    assert training["autoencoder_steps"] == before["autoencoder_steps"]
    assert training["seconds"] >= before["seconds"]
    assert training["further_from"]["weights"] == checkpoint.revision(shipped)
    # The autoencoder stays, and one step moves the rest a little.
    files = ("vae", "unet")
    ours, theirs = (
        [load_file(f / n / "diffusion_pytorch_model.safetensors") for n in files]
        for f in (out, shipped)
    )
    assert all(torch.equal(ours[0][k], theirs[0][k]) for k in theirs[0])
    moved = [float((ours[1][k] - theirs[1][k]).abs().max()) for k in theirs[1]]
    assert 0 < max(moved) < 0.05
