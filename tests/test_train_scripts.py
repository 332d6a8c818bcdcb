"""Every training script, for two steps: what it writes is what the adapters read."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models import catalog, checkpoint, worlds
from models.measure import report
from models.pool import Pool
from models.recipe import make_recipe


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("model_id", [*(s.id for s in catalog.SPECS), "judge", "clip_mini"])
def test_two_steps_write_a_model_that_runs(
    model_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        worlds.shakespeare()
        worlds.mnist("train")
        worlds.emoji()
    except worlds.DataMissing as missing:
        pytest.skip(str(missing))
    out = tmp_path / "out"
    steps = 10 if model_id.startswith("diffusion") else 2  # two stages share them
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
