"""Two language models on equal terms: what they read, how large they are, what they write."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import GPT2LMHeadModel

from models import checkpoint, datasets
from models.adapters.char_lstm import CharLstm
from models.adapters.gpt2 import Gpt2
from models.measure import report
from models.networks.char_lstm import CharLSTM
from models.train import language

pytestmark = pytest.mark.slow

ALPHABETS = {"stories": datasets.STORIES_ALPHABET, "tunes": datasets.TUNES_ALPHABET}
FEWEST = {"stories": 3_000_000, "tunes": 2_000_000}
MOST = {"stories": 4_500_000, "tunes": 2_500_000}
ADAPTERS: dict[str, type[Any]] = {"char_lstm": CharLstm, "gpt2": Gpt2}


def _script(model_id: str) -> Any:
    return importlib.import_module(f"models.train.{model_id}")


@pytest.mark.parametrize("world", ALPHABETS)
def test_both_have_as_many_weights(world: str) -> None:
    alphabet = ALPHABETS[world]
    lstm_script, gpt2_script = _script(f"char_lstm_{world}"), _script(f"gpt2_{world}")
    lstm = CharLSTM(**language.lstm_configuration(alphabet, lstm_script.HIDDEN))
    shape = gpt2_script.WIDTH, gpt2_script.LAYERS
    gpt2 = GPT2LMHeadModel(language.gpt2_configuration(alphabet, *shape, 0.0))
    ours, theirs = (sum(p.numel() for p in network.parameters()) for network in (lstm, gpt2))
    assert ours == pytest.approx(theirs, rel=0.05)
    assert min(ours, theirs) > FEWEST[world]
    assert max(ours, theirs) < MOST[world]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("world", ALPHABETS)
@pytest.mark.parametrize("architecture", ADAPTERS)
def test_two_steps_write_a_model_that_runs(
    architecture: str, world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        datasets.stories()
        datasets.tunes()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    model_id = f"{architecture}_{world}"
    script = _script(model_id)
    monkeypatch.setattr(script, "SETTINGS", replace(script.SETTINGS, rows=1))
    out = tmp_path / "out"
    arguments = ["--steps", "2", "--work", str(tmp_path), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [model_id, *arguments])
    script.main()

    content = report.read(out)
    assert content["weights"] == checkpoint.revision(out)
    assert content["training"]["training_flops"] > 6 * content["parameters"] * 256
    assert (out / "card.md").read_text().startswith(f"# {model_id}\n")
    frames = json.loads((out / "snapshots.json").read_text())
    assert [frame["step"] for frame in frames] == [1, 2]
    spec = replace(language.spec_of(model_id, "gpt2_mini"), source=str(out))
    adapter = ADAPTERS[architecture].load(spec, "cpu", "float32")
    assert "".join(adapter.vocabulary.pieces) == ALPHABETS[world]
    adapter.close()
