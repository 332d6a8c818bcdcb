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
from models.train.char_lstm_stories import HIDDEN
from models.train.gpt2_stories import LAYERS, WIDTH

PAIR = ("char_lstm_stories", "gpt2_stories")
ADAPTERS: dict[str, type[Any]] = {"char_lstm_stories": CharLstm, "gpt2_stories": Gpt2}


def test_both_have_as_many_weights() -> None:
    alphabet = datasets.STORIES_ALPHABET
    lstm = CharLSTM(**language.lstm_configuration(alphabet, HIDDEN))
    gpt2 = GPT2LMHeadModel(language.gpt2_configuration(alphabet, WIDTH, LAYERS, 0.0))
    ours, theirs = (sum(p.numel() for p in network.parameters()) for network in (lstm, gpt2))
    assert ours == pytest.approx(theirs, rel=0.05)
    assert min(ours, theirs) > 3_000_000


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("model_id", PAIR)
def test_two_steps_write_a_model_that_runs(
    model_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        datasets.stories()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    script = importlib.import_module(f"models.train.{model_id}")
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
    adapter = ADAPTERS[model_id].load(spec, "cpu", "float32")
    assert "".join(adapter.vocabulary.pieces) == datasets.STORIES_ALPHABET
    adapter.close()
