"""The measurement of speed: right arithmetic, at a tiny size; and the peak of memory."""

from __future__ import annotations

import numpy as np
import pytest
from transformers import GPT2Config, GPT2LMHeadModel

from models.measure import peak
from models.measure.speed import text as speed_text

TINY = GPT2Config(vocab_size=4_000, n_positions=128, n_embd=16, n_layer=1, n_head=2)


@pytest.fixture
def model() -> GPT2LMHeadModel:
    return GPT2LMHeadModel(TINY).eval()


def test_ratios_are_taken_round_by_round_and_larger_is_faster() -> None:
    taken = {
        "default": np.array([8.0, 16.0, 8.0]),
        "bf16": np.array([4.0, 8.0, 4.0]),
        "one": np.array([2.0, 4.0, 2.0]),
        "sixteen": np.array([0.25, 0.5, 0.25]),
        "int8": np.array([1.0, 2.0, 1.0]),
        "int8_sixteen": np.array([0.125, 0.25, 0.125]),
        "peer": np.array([0.5, 1.0, 0.5]),
    }
    ratios = speed_text._ratios(taken)
    assert {name: metric.value for name, metric in ratios.items()} == {
        "one_stream_vs_generate_default": 4.0,
        "one_stream_vs_generate_bf16": 2.0,
        "sixteen_streams_vs_one_default": 32.0,
        "int8_stream_vs_generate_default": 8.0,
        "int8_sixteen_streams_vs_one_default": 64.0,
        "generate_default_seconds_per_token": 8.0,
        speed_text.PEER_METRIC: 2.0,
        f"int8_{speed_text.PEER_METRIC}": 4.0,
    }
    del taken["peer"]
    assert speed_text.PEER_METRIC not in speed_text._ratios(taken)


def test_every_contestant_writes_with_the_same_weights(model: GPT2LMHeadModel) -> None:
    writer = speed_text.adapter(speed_text.catalog.spec("gpt2"), model, "cpu", "float32")
    assert speed_text.write_seconds(writer, 1) > 0
    assert speed_text.write_seconds(writer, speed_text.STREAMS) > 0
    assert not writer._taken  # every stream was ended
    assert speed_text.generate_seconds(model) > 0


def test_a_missing_peer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed_text.importlib.util, "find_spec", lambda name: None)
    assert speed_text.without_peer() == "ctranslate2 is not installed"


def test_the_peak_is_that_of_the_work_alone() -> None:
    ballast = bytearray(300_000_000)
    assert peak.peak_bytes() > len(ballast)
    with pytest.raises(RuntimeError, match="failed"):
        peak.peak_memory_gb("models.base", "nothing")
    small = peak.peak_memory_gb("gc", "collect")
    assert 0 < small < 0.2  # and not the ballast of who asks
