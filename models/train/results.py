"""The end of a training script: weights, config.json, metrics.json and card.md in one folder."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn
from transformers import PreTrainedModel


def ship(
    args: argparse.Namespace,
    modules: Mapping[str, nn.Module],
    config: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> None:
    """Write what a training run made; a transformers model in transformers' own form."""
    from models import checkpoint

    out: Path = args.out or checkpoint.folder(args.model_id)
    (module,) = modules.values() if len(modules) == 1 else (None,)
    if isinstance(module, PreTrainedModel):
        import torch

        module.to(torch.bfloat16).save_pretrained(out)
    else:
        checkpoint.save(out, modules, config)
    from models.measure import report

    report.write(args.model_id, out, facts)
