"""Measurements of models and app, with intervals: `python -m models.measure quality --model ID`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

from models import checkpoint, device
from models.measure.finding import Finding
from models.measure.metric import Metric

FEWEST_PICTURES = 1_000


def main() -> None:
    """Read the command line and run one measurement."""
    device.prepare_environment()
    parser = argparse.ArgumentParser(prog="python -m models.measure", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_quality(commands.add_parser("quality", help="how well the shipped models do"))
    start = commands.add_parser("start", help="seconds from start to first page, against Gradio's")
    start.add_argument("--runs", type=int, default=5)
    sight = commands.add_parser("sight", help="seconds until a phone sees the first page move")
    sight.add_argument("--runs", type=int, default=5)
    speed = commands.add_parser("speed", help="the originals, against the libraries' own loops")
    speed.add_argument("--rounds", type=int, default=5)
    speed.add_argument("--only", choices=["text", "pictures"], help="leave out the others")
    _add_board(commands.add_parser("board", help="speed and memory of each, for the scoreboard"))
    memory = commands.add_parser("memory", help="the most that the app holds, everything used")
    memory.add_argument("--claims", action="store_true", help="each experiment, too: minutes")
    looks = commands.add_parser("reference", help="how looks at real digits come out")
    _add_write(looks, "the quantiles, beside the weights")
    _add_load(commands.add_parser("load", help="a class at once, in the engine and in the app"))
    _add_attack(commands.add_parser("attack", help="a class beside somebody with a script"))
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", help="one JSON object on stdout")
    args = parser.parse_args()
    measurements = {"quality": _quality, "start": _start, "sight": _sight, "speed": _speed}
    measurements |= {"load": _load, "board": _board, "reference": _reference, "memory": _memory}
    measurements |= {"attack": _attack}
    results = measurements[args.command](args)
    if args.json:
        print(json.dumps(results))


def _add_write(parser: argparse.ArgumentParser, what: str) -> None:
    """What only measures leaves all files as they were."""
    parser.add_argument("--write", action="store_true", help=f"write {what}")


def _add_load(parser: argparse.ArgumentParser) -> None:
    parts = ["engine", "text", "images", "pages", "crowd", "soak"]
    parser.add_argument("--clients", type=_from_to(1, 200), default=30, metavar="N")
    parser.add_argument("--rounds", type=_from_to(1, 25), default=5, metavar="N")
    parser.add_argument("--minutes", type=_from_to(1, 60), default=10, help="of the soak")
    parser.add_argument("--only", choices=parts, help="without it: all but the crowd and the soak")


def _add_attack(parser: argparse.ArgumentParser) -> None:
    from models.measure.attack.attacks import ATTACKS
    from models.measure.attack.students import KINDS

    parser.description = "Prints a table. Everything goes to loopback, and ends by itself."
    parser.add_argument("--clients", type=_from_to(1, 60), default=30, metavar="N")
    parser.add_argument("--only", choices=ATTACKS, action="append", help="of the attacks")
    parser.add_argument("--seats", choices=KINDS, help="one class, or one address each")


def _from_to(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"must lie between {low} and {high}")
        return int(text)

    return number


def _add_quality(parser: argparse.ArgumentParser) -> None:
    from models.measure import quality

    parser.description = "Prints a table."
    _add_write(parser, "metrics.json and card.md beside the weights, and the README's figures")
    chosen = parser.add_mutually_exclusive_group(required=True)
    models = list(quality.model_ids())
    chosen.add_argument("--model", choices=models, action="append", dest="models")
    chosen.add_argument("--all", action="store_const", const=models, dest="models")
    parser.add_argument(
        "--pictures",
        type=_pictures,
        metavar="N",
        help="how many pictures of digits are compared with as many real ones (default: 10,000)",
    )


def _add_board(parser: argparse.ArgumentParser) -> None:
    from models.measure import board

    parser.description = "Prints a table."
    _add_write(parser, "it into metrics.json beside the weights")
    chosen = parser.add_mutually_exclusive_group(required=True)
    models = list(board.model_ids())
    chosen.add_argument("--model", choices=models, action="append", dest="models")
    chosen.add_argument("--all", action="store_const", const=models, dest="models")


def _pictures(text: str) -> int:
    count = int(text)
    if not FEWEST_PICTURES <= count <= 10_000:
        raise argparse.ArgumentTypeError(f"must lie between {FEWEST_PICTURES:,} and 10,000")
    return count


def _quality(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure import quality, report

    table = Table(sys.stderr if args.json else sys.stdout)
    results, provenance = {}, []
    for model_id in args.models:
        folder = checkpoint.folder(model_id)
        if not quality.is_shipped(model_id):
            provenance.append(f"{model_id}: skipped, there are no weights in {folder}")
            continue
        findings = []
        for finding in _measured(model_id, args.pictures):
            table.add(model_id, finding.metrics, finding.seconds)
            findings.append(finding)
        command = quality.command(model_id, args.pictures)
        if args.write:
            content = report.add_findings(model_id, folder, findings, command)
            report.update_readme(report.README)
        else:
            content = report.with_findings(model_id, folder, findings, command)
        results[model_id] = content["metrics"]
        provenance += _provenance(model_id, content)
    table.close(provenance)
    return results


def _measured(model_id: str, pictures: int | None) -> Iterator[Finding]:
    """As `quality.measure`, but ends the program in words when there is no data."""
    from models.datasets import DataMissing
    from models.measure import quality

    try:
        yield from quality.measure(model_id, pictures)
    except DataMissing as missing:
        sys.exit(str(missing))


def _provenance(model_id: str, content: Mapping[str, object]) -> list[str]:
    measured = content["measured"]
    assert isinstance(measured, dict)
    data = (f"{name} {digest}" for name, digest in measured["data"].items())
    return [f"{model_id}: weights {content['weights']}, {measured['command']}", *data]


def _start(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure.app import start

    metrics = start.measure(args.runs)
    table = Table(sys.stderr if args.json else sys.stdout)
    table.add("app", metrics, None)
    return {"app": {name: metric.as_dict() for name, metric in metrics.items()}}


def _sight(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure.app import first_sight

    try:
        metrics = first_sight.measure(args.runs)
    except RuntimeError as missing:
        print(missing, file=sys.stderr)
        return {"app": {"phone_moving_seconds": None, "reason": str(missing)}}
    Table(sys.stderr if args.json else sys.stdout).add("app", metrics, None)
    return {"app": {name: metric.as_dict() for name, metric in metrics.items()}}


def _speed(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure.speed import pictures as speed_pictures
    from models.measure.speed import text as speed_text

    table = Table(sys.stderr if args.json else sys.stdout)
    results: dict[str, dict[str, object]] = {}
    for name, measurement in (("text", speed_text), ("pictures", speed_pictures)):
        if args.only not in {None, name}:
            continue
        for model_id, metrics in measurement.measure(args.rounds).items():
            table.add(model_id, metrics, None)
            results[model_id] = {metric: m.as_dict() for metric, m in metrics.items()}
    if speed_text.MODEL in results and (reason := speed_text.without_peer()):
        results[speed_text.MODEL] |= {speed_text.PEER_METRIC: None, "reason": reason}
        table.close([f"{speed_text.PEER_METRIC}: not measured, {reason}"])
    return results


def _board(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure import board

    table = Table(sys.stderr if args.json else sys.stdout)
    results = {}
    for model_id in args.models:
        metrics = board.measure(model_id)
        table.add(model_id, metrics, None)
        if args.write:
            board.keep(model_id, metrics)
        results[model_id] = board.plain(metrics)
    table.close([f"{name}: {note}" for name, note in board.NOTES.items()])
    return results


def _reference(args: argparse.Namespace) -> Mapping[str, object]:
    from models.datasets import DataMissing
    from models.measure import reference

    table = Table(sys.stderr if args.json else sys.stdout)
    results = {}
    try:
        for model_id, metrics in reference.measure(write=args.write):
            table.add(model_id, metrics, None)
            results[model_id] = {name: metric.as_dict() for name, metric in metrics.items()}
    except DataMissing as missing:
        sys.exit(str(missing))
    return results


def _memory(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure.app import memory

    metrics = memory.measure(claims=args.claims)
    Table(sys.stderr if args.json else sys.stdout).add("app", metrics, None)
    return {"app": {name: metric.as_dict() for name, metric in metrics.items()}}


def _attack(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure.attack import measure
    from models.measure.attack.students import KINDS

    report = measure.Report(sys.stderr if args.json else sys.stdout)
    kinds = (args.seats,) if args.seats else KINDS
    metrics = measure.measure(args.clients, args.only or (), kinds, report.add)
    return {"app": {name: metric.as_dict() for name, metric in metrics.items()}}


def _load(args: argparse.Namespace) -> Mapping[str, object]:
    from models.measure.load import measure

    table = Table(sys.stderr if args.json else sys.stdout)
    found = measure.Found()
    for model, metrics in measure.measure(
        args.only, args.clients, args.rounds, args.minutes, found
    ):
        table.add(model, metrics, None)
    table.close(found.remarks)
    return found.as_dict()


class Table:
    """One table, printed row by row as figures come in."""

    _FORM = "{:16} {:34} {:>10} {:>23} {:>8} {:>8}"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = False

    def add(self, name: str, metrics: Mapping[str, Metric], seconds: float | None) -> None:
        """Add what was measured together; the time stands in the first of its rows."""
        if not self._begun:
            self._print("model", "metric", "value", "95 % interval", "N", "seconds")
            self._begun = True
        took = "" if seconds is None else f"{seconds:.1f}"
        for metric_name, m in metrics.items():
            interval = f"{m.low:.4f} – {m.high:.4f}"
            self._print(name, metric_name, f"{m.value:.4f}", interval, f"{m.n:,}", took)
            took = ""

    def close(self, remarks: list[str]) -> None:
        """End with what the figures are about."""
        for remark in remarks:
            print(remark, file=self._stream)

    def _print(self, *cells: str) -> None:
        print(self._FORM.format(*cells), file=self._stream, flush=True)


if __name__ == "__main__":
    main()
