"""Measurements of models and app, with intervals: `python -m models.measure quality --model ID`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping

from models import checkpoint, device
from models.measure.metric import Metric

MODELS = ("char_lstm", "gpt2_mini", "gan", "vae", "diffusion_mini", "judge")


def main() -> None:
    """Read the command line and run one measurement."""
    parser = argparse.ArgumentParser(prog="python -m models.measure", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    quality = commands.add_parser("quality", help="how well the shipped models do on unseen data")
    chosen = quality.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--model", choices=MODELS, action="append", dest="models")
    chosen.add_argument("--all", action="store_const", const=list(MODELS), dest="models")
    quality.add_argument("--write", action="store_true", help="keep the figures beside the weights")
    start = commands.add_parser("start", help="seconds from start to first page, against Gradio's")
    start.add_argument("--runs", type=int, default=5)
    for command in (quality, start):
        command.add_argument("--json", action="store_true", help="one JSON object on stdout")
    args = parser.parse_args()
    device.prepare_environment()
    results = _quality(args) if args.command == "quality" else _start(args)
    if args.json:
        print(json.dumps(results))


def _quality(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure import quality, report

    results = {}
    for model_id in args.models:
        began = time.monotonic()
        metrics = quality.measure(model_id)
        _print_table(model_id, metrics, time.monotonic() - began)
        if args.write:
            report.add_metrics(model_id, checkpoint.folder(model_id), metrics)
            report.update_readme()
        results[model_id] = {name: metric.as_dict() for name, metric in metrics.items()}
    return results


def _start(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure import start

    metrics = start.measure(args.runs)
    _print_table("app", metrics, None)
    return {"app": {name: metric.as_dict() for name, metric in metrics.items()}}


def _print_table(name: str, metrics: Mapping[str, Metric], seconds: float | None) -> None:
    took = "" if seconds is None else f" ({seconds:.0f} s)"
    print(f"{name}{took}", file=sys.stderr)
    for metric_name, m in metrics.items():
        line = f"  {metric_name:22} {m.value:8.4f}  ({m.low:.4f} – {m.high:.4f})  N = {m.n:,}"
        print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
