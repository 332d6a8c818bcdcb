"""Weights survive the way to disk and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from models import checkpoint


def _network(width: int = 4) -> nn.Module:
    return nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width))


def test_round_trip_keeps_bfloat16_values(tmp_path: Path) -> None:
    written, read = _network(), _network()
    checkpoint.save(tmp_path, {"a": written}, {"width": 4})
    checkpoint.load(tmp_path, {"a": read})
    for ours, theirs in zip(written.state_dict().values(), read.state_dict().values(), strict=True):
        assert torch.equal(ours.to(torch.bfloat16).to(ours.dtype), theirs)
    assert checkpoint.read_config(tmp_path) == {"width": 4}


def test_other_shapes_are_refused(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, {"a": _network(4)}, {})
    with pytest.raises(ValueError, match="do not fit"):
        checkpoint.load(tmp_path, {"a": _network(5)})


def test_missing_tensors_are_refused(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, {"a": nn.Linear(3, 4)}, {})
    with pytest.raises(ValueError, match="do not fit"):
        checkpoint.load(tmp_path, {"a": _network(4)})


def test_revision_changes_with_the_weights(tmp_path: Path) -> None:
    for name in "ab":
        checkpoint.save(tmp_path / name, {"m": _network()}, {})
    assert checkpoint.revision(tmp_path / "a") != checkpoint.revision(tmp_path / "b")
    assert len(checkpoint.revision(tmp_path / "a")) == checkpoint.REVISION_LENGTH
    assert checkpoint.revision(tmp_path / "nothing") == ""
