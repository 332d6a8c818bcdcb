"""The frames of the time machine: when they are taken, what is kept, what a resumed run knows."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from models import checkpoint
from models.train import snapshots
from models.train.loop import Loop
from models.train.snapshots import Snapshot
from tests import tiny_models


def _snapshots(steps: list[int]) -> list[Snapshot]:
    return [
        Snapshot(step, step / 10, 1 / step, np.full((32, 64, 3), step % 256, np.uint8))
        for step in steps
    ]


def test_snapshots_are_due_after_powers_of_two() -> None:
    assert [step for step in range(70) if snapshots.due(step)] == [1, 2, 4, 8, 16, 32, 64]


@pytest.mark.parametrize(
    ("final", "kept"), [(1500, [512, 1024, 1500]), (1400, [512, 1400]), (1024, [512, 1024])]
)
def test_the_last_one_stands_apart_from_the_one_before(
    final: int, kept: list[int], tmp_path: Path
) -> None:
    taken = [512, 1024] if final != 1024 else [512]
    snapshots.save(tmp_path, _snapshots([*taken, final]))
    facts = json.loads((tmp_path / checkpoint.SNAPSHOTS_FILE).read_text())
    assert [f["step"] for f in facts] == kept
    sheet = np.asarray(Image.open(tmp_path / checkpoint.SHEET_FILE).convert("RGB"))
    assert sheet.shape == (32 * len(kept), 64, 3)
    assert [int(v) for v in sheet[::32, 0, 0]] == [step % 256 for step in kept]


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    taken = _snapshots([1, 2, 8])
    snapshots.save(tmp_path, taken)
    for ours, theirs in zip(snapshots.load(tmp_path), taken, strict=True):
        assert (ours.step, ours.seconds, ours.loss) == (theirs.step, theirs.seconds, theirs.loss)
        assert np.array_equal(ours.shown, theirs.shown)
    assert snapshots.load(tmp_path / "nothing") == []


def test_texts_are_kept_in_the_facts(tmp_path: Path) -> None:
    snapshots.save(tmp_path, [Snapshot(1, 0.1, 4.2, "xq"), Snapshot(9, 0.9, 2.0, "the")])
    facts = json.loads((tmp_path / checkpoint.SNAPSHOTS_FILE).read_text())
    assert [f["text"] for f in facts] == ["xq", "the"]
    assert not (tmp_path / checkpoint.SHEET_FILE).exists()


@pytest.mark.parametrize("pictures", [False, True])
def test_a_resumed_run_still_knows_what_was_made(pictures: bool, tmp_path: Path) -> None:
    def show(networks: object) -> str | np.ndarray:
        return np.full((32, 32, 3), 7, np.uint8) if pictures else "a line"

    def run(steps: int) -> Loop:
        args = argparse.Namespace(
            model_id="tiny", steps=steps, minutes=None, seed=3, device="cpu", work=tmp_path
        )
        args.flops = None
        args.fresh = args.further = False
        model = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        loop = Loop(args, {"model": model}, [optimizer], show=show)
        for _ in loop:
            loop.descend(model(torch.ones(1, 2)).square().sum())
        return loop

    assert [s.step for s in run(5).snapshots] == [1, 2, 4, 5]
    resumed = run(10).snapshots
    assert [s.step for s in resumed] == [1, 2, 4, 8, 10]  # 5 was the end, and no longer is
    assert all(np.array_equal(s.shown, show(None)) for s in resumed)


def test_what_is_shown_comes_from_fixed_seeds(tmp_path: Path) -> None:
    from models.adapters.char_lstm import CharLstm
    from models.adapters.gan import Gan

    writer = CharLstm.load(tiny_models.char_lstm(tmp_path / "lstm"), "cpu", "float32")
    text = snapshots.write_text(writer)
    assert len(text) == snapshots.CHARACTERS
    assert text == snapshots.write_text(writer) != snapshots.write_text(writer, seed=2)
    painter = Gan.load(tiny_models.gan(tmp_path / "gan"), "cpu", "float32")
    strip = snapshots.draw_row(painter)
    assert strip.shape == (32, 32 * len(snapshots.CONCEPTS), 3)
    assert np.array_equal(strip, snapshots.draw_row(painter))
