"""Shipped weights on disk, `weights/<model id>/`: safetensors, JSON and a card. Never pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

WEIGHTS = Path(__file__).parent / "weights"
WEIGHTS_FILE = "model.safetensors"
SNAPSHOTS_FILE, SHEET_FILE = "snapshots.json", "snapshots.png"  # what was made while learning
METRICS_FILE = "metrics.json"  # how weights came about, and what they reach
NAMES_FILE = "names.json"  # of all emoji, so that names can be suggested without the data
REVISION_LENGTH = 12


def folder(model_id: str) -> Path:
    """Where the shipped weights of a model lie."""
    return WEIGHTS / model_id


@cache
def revision(path: Path) -> str:
    """First 12 hex digits of the SHA-256 over all safetensors files below a folder.

    Returns "" for a folder without weights. Cached: shipped weights do not change under a
    running process.
    """
    files = sorted(path.rglob("*.safetensors"))
    if not files:
        return ""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:REVISION_LENGTH]


def save(path: Path, modules: Mapping[str, nn.Module], config: Mapping[str, Any]) -> None:
    """Write networks as one bfloat16 file, tensors named "<module>.<parameter>", and a config."""
    import torch
    from safetensors.torch import save_file

    path.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"{name}.{key}": value.detach().cpu().to(torch.bfloat16).contiguous()
        for name, module in modules.items()
        for key, value in module.state_dict().items()
        if value.is_floating_point()
    }
    save_file(tensors, path / WEIGHTS_FILE, metadata={"format": "pt"})
    (path / "config.json").write_text(json.dumps(dict(config), indent=1) + "\n")


def load(path: Path, modules: Mapping[str, nn.Module]) -> None:
    """Fill networks from what `save` wrote; every floating-point tensor must be there.

    Raises:
        ValueError: when names or shapes do not fit the networks.
    """
    from safetensors.torch import load_file

    tensors = load_file(path / WEIGHTS_FILE)
    for name, module in modules.items():
        own = {
            k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")
        }
        _fill(module, own, where=f"{path.name}/{name}")


def read_config(path: Path) -> dict[str, Any]:
    """The config.json beside the weights."""
    config: dict[str, Any] = json.loads((path / "config.json").read_text())
    return config


def _fill(module: nn.Module, tensors: Mapping[str, Tensor], where: str) -> None:
    state = module.state_dict()
    wanted = {k for k, v in state.items() if v.is_floating_point()}
    if wanted != set(tensors):
        raise ValueError(f"Weights of {where} do not fit: {sorted(wanted ^ set(tensors))[:4]}")
    for key, value in tensors.items():
        if state[key].shape != value.shape:
            raise ValueError(f"Weights of {where} do not fit: shape of {key}")
        state[key].copy_(value)
