"""What every training script shares: arguments, schedule, averaging, resumable checkpoints.

A script builds its networks and optimisers, and walks over a `Loop`:

    loop = Loop(args, {"model": model}, [optimizer])
    for step in loop:
        loss = ...
        loop.report(loss=loss)

Randomness of step n comes from seed and n alone, so a run that was stopped and resumed draws the
same batches as one that was not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from models import checkpoint, console
from models.device import computes_bfloat16
from models.train import flops as operations
from models.train import snapshots
from models.train.snapshots import Shown, Snapshot, due

UNLIMITED_STEPS = 10**9
"""For scripts whose schedule ends with a budget in operations."""
_CHECKPOINT_SECONDS = 60


def parse_arguments(
    model_id: str,
    steps: int,
    description: str,
    own: Mapping[str, str] | None = None,
    flops: float | None = None,
) -> argparse.Namespace:
    """The command line that all scripts share.

    Args:
        steps: after how many the schedule ends, unless said.
        flops: after how many floating-point operations it ends, unless said (None: no such limit).
        own: names of whole numbers that this script takes besides, 0 unless said, and their help.
    """
    console.write_anything()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(
        prog=f"python -m models.train.{model_id}", description=description
    )
    parser.add_argument("--steps", type=int, default=steps, help="optimiser steps (%(default)s)")
    parser.add_argument("--minutes", type=float, help="end the schedule after this long at most")
    parser.add_argument(
        "--flops",
        type=float,
        default=flops,
        help="end the schedule after so many floating-point operations at most (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--work", type=Path, default=cache / "generative-playground" / "train")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier, unfinished run")
    parser.add_argument(
        "--further",
        action="store_true",
        help="begin with the shipped weights; their steps and minutes count as done",
    )
    parser.add_argument(
        "--out", type=Path, help="folder for the weights (default: the shipped one)"
    )
    for name, meant in (own or {}).items():
        parser.add_argument(f"--{name}", type=int, default=0, help=f"{meant} (%(default)s)")
    args = parser.parse_args()
    args.model_id = model_id
    limit = f" --steps {args.steps}" if args.steps != steps or not flops else ""
    limit += f" --minutes {args.minutes:g}" if args.minutes else ""
    limit += f" --flops {args.flops:g}" if args.flops else ""
    more = " --further" if args.further else ""
    more += "".join(f" --{name} {value}" for name in own or {} if (value := getattr(args, name)))
    args.command = f"{parser.prog}{limit} --seed {args.seed}{more}"
    return args


class Loop:
    """Steps of one training run, with a warm-up-and-cosine schedule and a checkpoint a minute.

    Args:
        args: from `parse_arguments`.
        modules: networks to train, by name.
        optimizers: their learning rates at the start are the peaks of the schedule.
        average: decay of the exponential moving average of the weights (0 = none).
        schedule: progress in [0, 1] -> factor on every learning rate.
        stage: name of this part of a script that trains in several.
        show: averaged networks by name -> what they make now, for the snapshots.
        fill: reads shipped weights into the networks, for `--further`.
    """

    def __init__(
        self,
        args: argparse.Namespace,
        modules: Mapping[str, nn.Module],
        optimizers: Sequence[torch.optim.Optimizer],
        average: float = 0.999,
        schedule: Callable[[float], float] | None = None,
        stage: str = "",
        show: Callable[[Mapping[str, nn.Module]], Shown] | None = None,
        fill: Callable[[Path, Mapping[str, nn.Module]], None] = checkpoint.load,
    ) -> None:
        self.args = args
        self.modules = dict(modules)
        self.optimizers = list(optimizers)
        self.schedule = schedule or warm_cosine
        self.averages = {
            name: AveragedModel(
                module, multi_avg_fn=exponential_average(average), use_buffers=True
            ).requires_grad_(False)
            for name, module in self.modules.items()
            if average
        }
        self.step = 0
        self.seconds = 0.0
        self.core_seconds = 0.0  # of processor time, all threads together
        self.flops = 0
        self.progress = 0.0
        self.curve: list[tuple[int, float]] = []  # (step, mean loss since the point before)
        self.show = show
        self.snapshots: list[Snapshot] = []
        self._flops_of_step = 0  # not counted yet
        self._recent: list[float] = []
        self._last_losses: deque[float] = deque(maxlen=20)
        self._peaks = [[g["lr"] for g in o.param_groups] for o in self.optimizers]
        self._path = args.work / f"{args.model_id}{stage and '-' + stage}.safetensors"
        if args.fresh:
            self._path.unlink(missing_ok=True)
        self._origin: dict[str, Any] = {}  # of the weights that a run begins with
        if self._path.exists():
            self._resume()
        elif args.further:
            self._begin_with(checkpoint.folder(args.model_id), fill)

    def __iter__(self) -> Iterator[int]:
        bar = tqdm(initial=self.step, total=self.args.steps, file=sys.stderr, mininterval=5)
        saved = started = time.monotonic()
        started_core = time.process_time()
        before, before_core = self.seconds, self.core_seconds
        while True:
            self.seconds = before + time.monotonic() - started
            self.core_seconds = before_core + time.process_time() - started_core
            self.progress = self._progress()
            if self.progress >= 1:
                break
            self._set_rates()
            torch.manual_seed(self.args.seed * 1_000_003 + self.step)
            with self._counting():
                yield self.step
            for name, averaged in self.averages.items():
                averaged.update_parameters(self.modules[name])
            self.step += 1
            self.flops += self._flops_of_step
            if due(self.step):
                self._photograph()
            bar.update()
            if self.curve and self.step % 50 == 0:
                bar.set_postfix(loss=f"{self.curve[-1][1]:.4f}", refresh=False)
            if time.monotonic() - saved > _CHECKPOINT_SECONDS:
                self._save()
                saved = time.monotonic()
        if not self.snapshots or self.snapshots[-1].step != self.step:
            self._photograph()
        self._save()
        bar.close()

    def descend(self, loss: torch.Tensor, clip: float = 1.0) -> None:
        """One step of every optimiser down the gradient of `loss`."""
        self.backward(loss)
        self.update(clip)

    def backward(self, loss: torch.Tensor) -> None:
        """Fresh gradients of `loss`, which is remembered for the curve."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.report(loss)

    def update(self, clip: float = 1.0) -> None:
        """One step of every optimiser, the norm of the gradients clipped."""
        weights = [p for module in self.modules.values() for p in module.parameters()]
        nn.utils.clip_grad_norm_(weights, clip)
        for optimizer in self.optimizers:
            optimizer.step()

    def report(self, loss: torch.Tensor) -> None:
        """Remember the loss of this step for the curve."""
        self._recent.append(float(loss.detach()))
        self._last_losses.append(self._recent[-1])
        if len(self._recent) >= max(1, self._expected_steps() // 200):
            self.curve.append((self.step, sum(self._recent) / len(self._recent)))
            self._recent.clear()

    def generator(self) -> torch.Generator:
        """A CPU generator for this step's batch, the same after a resume."""
        return torch.Generator().manual_seed(self.args.seed * 7_919 + self.step)

    def averaged(self, name: str) -> nn.Module:
        """The averaged weights of a network (the network itself where nothing is averaged)."""
        chosen = self.averages[name].module if name in self.averages else self.modules[name]
        module: nn.Module = chosen.eval()
        return module

    def facts(self, data: Mapping[str, str]) -> dict[str, Any]:
        """How the weights came about, for metrics.json and the card."""
        device = torch.device(self.args.device)
        hardware = f"{os.cpu_count()} CPU cores ({platform.machine()})"
        if device.type == "cuda":
            hardware = torch.cuda.get_device_name(device)
        return {
            "command": self.args.command,
            "data": dict(data),
            "seed": self.args.seed,
            "steps": self.step,
            "seconds": round(self.seconds),
            "core_seconds": round(self.core_seconds),
            "training_flops": self.flops,
            "hardware": hardware,
            "torch": torch.__version__.split("+")[0],
            "loss_curve": [[s, round(v, 4)] for s, v in self.curve],
        } | self._origin

    def _photograph(self) -> None:
        if self.show is not None and self._last_losses:
            shown = self.show({name: self.averaged(name) for name in self.modules})
            loss = sum(self._last_losses) / len(self._last_losses)
            self.snapshots.append(Snapshot(self.step, self.seconds, loss, shown))

    def _progress(self) -> float:
        by_time = self.seconds / (60 * self.args.minutes) if self.args.minutes else 0.0
        by_flops = self.flops / self.args.flops if self.args.flops else 0.0
        by_steps: float = self.step / self.args.steps
        return max(by_steps, by_time, by_flops)

    def _expected_steps(self) -> int:
        """How many steps this run takes at most, as far as steps and operations tell."""
        if not self.args.flops or not self._flops_of_step:
            return int(self.args.steps)
        return int(min(self.args.steps, math.ceil(self.args.flops / self._flops_of_step)))

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Count the operations of a step, if none was counted before: all steps take as many."""
        if self._flops_of_step:
            yield
            return
        with operations.counter() as counted:
            yield
        self._flops_of_step = counted.get_total_flops()

    def _set_rates(self) -> None:
        factor = self.schedule(self.progress)
        for optimizer, peaks in zip(self.optimizers, self._peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    def _save(self) -> None:
        tensors: dict[str, torch.Tensor] = {}
        for name, module in {**self.modules, **_prefixed(self.averages)}.items():
            tensors |= {f"module/{name}/{k}": v for k, v in module.state_dict().items()}
        for i, optimizer in enumerate(self.optimizers):
            for j, slots in optimizer.state_dict()["state"].items():
                tensors |= {
                    f"optimizer/{i}/{j}/{k}": torch.as_tensor(v)
                    for k, v in slots.items()
                    if v is not None
                }
        facts: dict[str, Any] = {"step": self.step, "seconds": self.seconds, "curve": self.curve}
        facts |= {"core_seconds": self.core_seconds, "flops": self.flops}
        facts["flops_of_step"] = self._flops_of_step
        facts["origin"] = self._origin
        facts["snapshots"] = [
            (s.step, s.seconds, s.loss, s.shown if isinstance(s.shown, str) else None)
            for s in self.snapshots
        ]
        tensors |= {
            f"snapshot/{s.step}": torch.from_numpy(s.shown)
            for s in self.snapshots
            if isinstance(s.shown, np.ndarray)
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".part")
        owned = {k: v.detach().cpu().clone().contiguous() for k, v in tensors.items()}
        save_file(owned, unfinished, metadata={"facts": json.dumps(facts)})
        unfinished.replace(self._path)

    def _resume(self) -> None:
        with safe_open(self._path, "pt") as file:
            facts = json.loads(file.metadata()["facts"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        for name, module in {**self.modules, **_prefixed(self.averages)}.items():
            start = f"module/{name}/"
            own = {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
            module.load_state_dict(own)
        for i, optimizer in enumerate(self.optimizers):
            state = optimizer.state_dict()
            for key, value in tensors.items():
                kind, *rest = key.split("/")
                if kind == "optimizer" and int(rest[0]) == i:
                    state["state"].setdefault(int(rest[1]), {})[rest[2]] = value
            optimizer.load_state_dict(state)
        self.step, self.seconds = facts["step"], facts["seconds"]
        self.core_seconds, self.flops = facts["core_seconds"], facts["flops"]
        self._flops_of_step = facts["flops_of_step"]
        self.curve = [tuple(point) for point in facts["curve"]]
        self._origin = facts.get("origin", {})
        for step, seconds, loss, text in facts.get("snapshots", ()):
            if not due(step):  # the end of a run that now goes on
                continue
            shown = tensors[f"snapshot/{step}"].numpy() if text is None else text
            self.snapshots.append(Snapshot(step, seconds, loss, shown))
        tqdm.write(f"resumed at step {self.step} from {self._path}", file=sys.stderr)

    def _begin_with(
        self, folder: Path, fill: Callable[[Path, Mapping[str, nn.Module]], None]
    ) -> None:
        """Start from finished weights instead of random ones, and from what they took."""
        fill(folder, self.modules)
        before = json.loads((folder / checkpoint.METRICS_FILE).read_text())
        training = before["training"]
        self.step, self.seconds = training["steps"], float(training["seconds"])
        self.core_seconds = float(training.get("core_seconds", 0))
        self.flops = training.get("training_flops", 0)
        self.curve = [(step, loss) for step, loss in training["loss_curve"]]
        self.snapshots = [s for s in snapshots.load(folder) if due(s.step)]
        self._origin = {
            "further_from": {"weights": before["weights"], "command": training["command"]}
        }
        for name, averaged in self.averages.items():
            averaged.module.load_state_dict(self.modules[name].state_dict())
            averaged.n_averaged.fill_(self.step)


def warm_cosine(progress: float, warm: float = 0.02, floor: float = 0.02) -> float:
    """Linear warm-up over the first part, then half a cosine down to `floor`."""
    if progress < warm:
        return (progress + 1e-4) / (warm + 1e-4)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm)))


def warm_stable_decay(progress: float, warm: float = 0.02, decay: float = 0.5) -> float:
    """Linear warm-up, then the peak, then in the last part in a straight line down to 0.

    Where the decay begins may be decided late (Hägele et al. 2024): until then a run can be given
    a larger or a smaller budget.
    """
    if progress < warm:
        return (progress + 1e-4) / (warm + 1e-4)
    return min(1.0, (1 - progress) / decay)


def exponential_average(decay: float) -> Callable[[Any, Any, Any], None]:
    """An update rule for `AveragedModel` that forgets the random start.

    The decay grows as (1 + n) / (10 + n) up to `decay`; with a constant 0.999, a third of the
    first weights would still be left after a thousand steps.
    """

    @torch.no_grad()
    def update(averaged: Any, current: Any, n: Any) -> None:
        weight = 1 - min(decay, (1 + int(n)) / (10 + int(n)))
        for mean, new in zip(averaged, current, strict=True):
            # Buffers of whole numbers, such as positions, have no mean.
            mean.lerp_(new, weight) if mean.is_floating_point() else mean.copy_(new)

    return update


def autocast(device: str) -> torch.autocast:
    """bfloat16 for the forward pass where the hardware has it: about twice as fast there.

    Elsewhere it is emulated, slower than float32, and LSTMs cannot be computed at all.
    """
    kind = torch.device(device).type
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=computes_bfloat16(kind))


def _prefixed(averages: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    return {f"average-{name}": module for name, module in averages.items()}
