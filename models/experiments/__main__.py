"""Carry experiments out by hand: `python -m models.experiments [--record] [--size N] [ID …]`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence

from models import device
from models.device import prepare_environment

prepare_environment()  # before anything imports what reads it

from models import catalog  # noqa: E402
from models.experiments import mode_collapse, results  # noqa: E402
from models.experiments.claim import Outcome, Progress  # noqa: E402
from models.experiments.lab import Lab  # noqa: E402


def main() -> None:
    """Read the command line; carry out what is asked for, one after another."""
    parser = argparse.ArgumentParser(prog="python -m models.experiments", description=__doc__)
    parser.add_argument("claims", nargs="*", metavar="ID", help=f"of {', '.join(results.ids())}")
    parser.add_argument("--record", action="store_true", help="keep the results as shipped ones")
    parser.add_argument("--size", type=int, help="how large a sample; else as for a visitor")
    parser.add_argument("--features", action="store_true", help="derive those of real digits")
    args = parser.parse_args()
    device.configure_torch()
    if args.features:
        mode_collapse.save_features()
        return
    unknown = [claim for claim in args.claims if claim not in results.ids()]
    if unknown:
        parser.error(f"there is no claim called {', '.join(unknown)}")
    for claim in args.claims or results.ids():
        _carry_out(claim, args.record, args.size)


def _carry_out(claim: str, record: bool, size: int | None) -> None:
    experiment = results.experiment(claim)
    if record and not experiment.RECORDED:
        sys.stdout.write(f"{claim}: its figures are in the models' metrics.json\n")
        return
    size = size or (experiment.RECORDED if record else experiment.QUICK)
    started = time.perf_counter()
    outcome = _measure(claim, size)
    seconds = time.perf_counter() - started
    for number in outcome.numbers:
        m = number.metric
        line = f"{number.name:28} {m.value:9.4f} ({m.low:.4f} to {m.high:.4f})  N = {m.n}"
        sys.stdout.write(line + "\n")
    verdict = experiment.verdict(outcome.named())
    sys.stdout.write(f"{claim}: {verdict.words}. {verdict.because} {seconds:.0f} s\n")
    if record:
        weights = {model: catalog.spec(model).revision for model in experiment.MODELS}
        command = results.command(claim, record=True)
        found = results.Shipped(
            outcome, command, machine(), weights, seconds, size, experiment.SEED
        )
        results.write(claim, found)


def _measure(claim: str, size: int) -> Outcome:
    from models.engine import Engine
    from models.pool import Pool

    specs = catalog.specs()
    pool = Pool(specs)
    engine = Engine(pool)
    try:
        steps = results.experiment(claim).measure(Lab(engine, specs, "experiment"), size)
        return _last(list(map(_tell, steps)))
    finally:
        engine.close()
        pool.close()


def _tell(step: Progress | Outcome) -> Progress | Outcome:
    if isinstance(step, Progress):
        sys.stderr.write(f"\r{step.done / step.total:5.0%} {step.doing:40}")
        sys.stderr.flush()
    else:
        sys.stderr.write("\n")
    return step


def _last(steps: Sequence[Progress | Outcome]) -> Outcome:
    last = steps[-1]
    assert isinstance(last, Outcome)
    return last


def machine() -> str:
    """What it ran on, in words."""
    name = device.device_name()
    return f"{os.cpu_count()} CPU cores ({platform.machine()})" if name == "cpu" else name


if __name__ == "__main__":
    main()
