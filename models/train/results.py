"""The end of a training script: weights, configuration, snapshots, metrics and card in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn
from transformers import PreTrainedModel

from models.train import snapshots
from models.train.loop import Loop


def ship(
    loop: Loop, modules: Mapping[str, nn.Module], config: Mapping[str, Any], data: Mapping[str, str]
) -> Path:
    """Write what a training run made; a transformers model in transformers' own form.

    Returns:
        the folder, `--out` or where the shipped weights lie.
    """
    from models import checkpoint

    out: Path = loop.args.out or checkpoint.folder(loop.args.model_id)
    (module,) = modules.values() if len(modules) == 1 else (None,)
    if isinstance(module, PreTrainedModel):
        import torch

        module.to(torch.bfloat16).save_pretrained(out)
    else:
        checkpoint.save(out, modules, config)
    account(loop, out, loop.facts(data))
    return out


def account(loop: Loop, out: Path, facts: Mapping[str, Any]) -> None:
    """Write how the weights in a folder came about: snapshots, metrics and card."""
    from models.measure import report

    if loop.snapshots:
        snapshots.save(out, loop.snapshots)
    report.write(loop.args.model_id, out, facts)
