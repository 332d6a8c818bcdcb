"""The training loop: what resumes is what would have been."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from models import checkpoint
from models.train.loop import Loop, exponential_average, warm_cosine


def _args(work: Path, steps: int) -> argparse.Namespace:
    args = argparse.Namespace(
        model_id="tiny", steps=steps, minutes=None, seed=3, device="cpu", work=work, fresh=False
    )
    args.flops = None
    args.further, args.command = False, f"python -m models.train.tiny --steps {steps}"
    return args


def _network() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))


def _train(args: argparse.Namespace, until: int | None = None) -> tuple[Loop, nn.Module]:
    torch.manual_seed(args.seed)
    model = _network()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    loop = Loop(args, {"model": model}, [optimizer], average=0.9)
    for step in loop:
        batch = torch.randn(16, 4, generator=loop.generator())
        loss = (model(batch) - batch.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loop.report(loss)
        if until is not None and step + 1 >= until:
            loop.step += 1
            loop.averages["model"].update_parameters(model)
            loop._save()
            break
    return loop, model


def test_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    _, whole = _train(_args(tmp_path / "whole", 40))
    _train(_args(tmp_path / "broken", 40), until=17)
    loop, resumed = _train(_args(tmp_path / "broken", 40))
    assert loop.step == 40
    for ours, theirs in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_finished_run_trains_no_further(tmp_path: Path) -> None:
    _, first = _train(_args(tmp_path, 10))
    loop, second = _train(_args(tmp_path, 10))
    assert loop.step == 10
    assert all(map(torch.equal, first.parameters(), second.parameters()))


def test_a_run_goes_further_from_finished_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = _train(_args(tmp_path / "first", 20))
    shipped = tmp_path / "shipped"
    checkpoint.save(shipped, {"model": first.averaged("model")}, {})
    facts = first.facts({}) | {"seconds": 7.0}
    content = {"weights": checkpoint.revision(shipped), "training": facts}
    (shipped / checkpoint.METRICS_FILE).write_text(json.dumps(content))
    monkeypatch.setattr(checkpoint, "WEIGHTS", tmp_path)
    args = _args(tmp_path / "second", 30)
    args.further, args.model_id = True, "shipped"

    begun = Loop(args, {"model": _network()}, [])
    assert begun.step == 20
    assert begun.seconds == 7.0
    assert begun.curve == [(step, round(loss, 4)) for step, loss in first.curve]
    for ours, theirs in zip(
        begun.averaged("model").parameters(), first.averaged("model").parameters(), strict=True
    ):
        assert torch.equal(ours, theirs.bfloat16().float())
    loop, _ = _train(args)
    assert loop.step == 30
    origin = loop.facts({})["further_from"]
    assert origin == {"weights": content["weights"], "command": first.args.command}
    resumed, _ = _train(args)  # from its checkpoint, and it still knows where it came from
    assert resumed.facts({})["further_from"] == origin


def test_learning_happens(tmp_path: Path) -> None:
    loop, _ = _train(_args(tmp_path, 400))
    assert loop.curve[-1][1] < 0.7 * loop.curve[0][1]


def test_schedule_warms_up_and_comes_down() -> None:
    assert warm_cosine(0) < 0.01
    assert warm_cosine(0.02) == pytest.approx(1, abs=0.01)
    assert warm_cosine(1) == pytest.approx(0.02)


def test_averages_forget_the_random_start_and_copy_whole_numbers() -> None:
    update = exponential_average(0.999)
    mean, places = torch.full((3,), 100.0), torch.zeros(2, dtype=torch.long)
    for n in range(1, 301):
        update([mean, places], [torch.ones(3), torch.arange(2)], n)
    assert torch.allclose(mean, torch.ones(3), atol=1e-3)
    assert places.tolist() == [0, 1]
