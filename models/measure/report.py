"""metrics.json and card.md: what a model is, how it came about and how well it does."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models import catalog, checkpoint
from models.measure.metric import Metric

README = Path(__file__).resolve().parents[2] / "README.md"
METRICS = "metrics.json"
_IN_README = frozenset({"bits_per_character", "all_right", "all_right_held_out"})
_CEILING = "all_right_painted"
_FIGURES_START, _FIGURES_END = "<!-- figures", "<!-- end -->"


def write(model_id: str, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write metrics.json and card.md after training, before anything is measured."""
    _write(
        model_id,
        folder,
        {
            "weights": checkpoint.revision(folder),
            "parameters": count_parameters(folder),
            "training": dict(facts),
            "metrics": {},
        },
    )


def add_metrics(model_id: str, folder: Path, metrics: Mapping[str, Metric]) -> None:
    """Put measured figures into metrics.json and the card."""
    content = read(folder)
    content["metrics"] = {name: metric.as_dict() for name, metric in metrics.items()}
    _write(model_id, folder, content)


def read(folder: Path) -> dict[str, Any]:
    """The metrics.json of a folder."""
    content: dict[str, Any] = json.loads((folder / METRICS).read_text())
    return content


def count_parameters(folder: Path) -> int:
    """Numbers in all safetensors files of a folder, read off their headers."""
    from safetensors import safe_open

    total = 0
    for path in folder.rglob("*.safetensors"):
        with safe_open(path, "np") as file:
            for name in file.keys():  # noqa: SIM118
                size = 1
                for side in file.get_slice(name).get_shape():
                    size *= side
                total += size
    return total


def figures_table() -> str:
    """The shipped models and their figures as Markdown, for the README."""
    rows = ["| model | what it is | parameters | measured | 95 % interval | N |", "|---" * 6 + "|"]
    ceiling: Mapping[str, float] = {}
    measured = [s for s in catalog.SPECS if (checkpoint.folder(s.source) / METRICS).exists()]
    for spec in measured:
        content = read(checkpoint.folder(spec.source))
        what, size = spec.title.partition(" · ")[2], f"{content['parameters'] / 1e6:.2f} M"
        metrics = content["metrics"]
        for name in sorted(_IN_README & set(metrics)):
            rows.append(f"| `{spec.id}` | {what} | {size} | {_plain(name, metrics[name])} |")
        ceiling = metrics.get(_CEILING, ceiling)
    if ceiling:
        rows.append(f"| – | really painted test digits | – | {_plain('all_right', ceiling)} |")
    return "\n".join(rows)


def update_readme(path: Path = README) -> None:
    """Put the figures of metrics.json between the README's two marks."""
    before, start, rest = path.read_text().partition(_FIGURES_START)
    remark, end, after = rest.partition(" -->\n")
    _, close, after = after.partition(_FIGURES_END)
    path.write_text(f"{before}{start}{remark}{end}{figures_table()}\n{close}{after}")


def _plain(name: str, metric: Mapping[str, float]) -> str:
    if name == "bits_per_character":
        value, low, high = (f"{metric[k]:.2f}" for k in ("value", "low", "high"))
        return f"{value} bits a character | {low} – {high} | {metric['n']:,}"
    value, low, high = (f"{100 * metric[k]:.1f}" for k in ("value", "low", "high"))
    return f"{value} % {name.replace('_', ' ')} | {low} – {high} | {metric['n']:,}"


def _write(model_id: str, folder: Path, content: Mapping[str, Any]) -> None:
    (folder / METRICS).write_text(json.dumps(content, indent=1) + "\n")
    (folder / "card.md").write_text(_card(model_id, content))


def _card(model_id: str, content: Mapping[str, Any]) -> str:
    training = content["training"]
    what = (importlib.import_module(f"models.train.{model_id}").__doc__ or "").strip()
    lines = [
        f"# {model_id}",
        "",
        what.replace(f"Train `{model_id}`: ", "", 1),
        "",
        "| | |",
        "|---|---|",
        f"| weights | `{content['weights']}`, {content['parameters']:,} parameters |",
        *(f"| data | {name}: `{digest}` |" for name, digest in training["data"].items()),
        f"| command | `{training['command']}` |",
        f"| seed | {training['seed']} |",
        f"| steps | {training['steps']:,} |",
        f"| time | {training['seconds'] / 60:.0f} minutes on {training['hardware']} |",
        f"| torch | {training['torch']} |",
        "| licence | MIT |",
        "",
        "| measured | value | 95 % interval | N |",
        "|---|---|---|---|",
        *(_row(name, metric) for name, metric in content["metrics"].items()),
        "",
        f"Measured with `python -m models.measure quality --model {model_id}`, as stored.",
        "",
    ]
    return "\n".join(lines)


def _row(name: str, metric: Mapping[str, float]) -> str:
    interval = f"{metric['low']:.4g} – {metric['high']:.4g}"
    return f"| {name} | {metric['value']:.4g} | {interval} | {metric['n']:,} |"
