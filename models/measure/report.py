"""metrics.json, the only source of every figure, and what is made of it: cards and the README."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from models import catalog, checkpoint, device
from models.measure import cards
from models.measure.finding import Finding

README = Path(__file__).resolve().parents[2] / "README.md"
METRICS = checkpoint.METRICS_FILE
UNLISTED = {
    "clip_mini": "puts pictures and captions into one space",
    "judge": "reads the digit off a picture",
}
"""Shipped models that are in no picker, and what they are."""

_IN_README = {
    "bits_per_character": "bits per character",
    "new_names": "invented names that are new",
    "all_right_trained": "all right, trained",
    "all_right_held_out": "all right, held out",
    "emoji_named_right": "nearest to the emoji named",
    "coverage": "coverage",
    "psnr_db": "PSNR from its code",
    "seconds_per_16": "16 pictures",
    "zero_shot_digit": "digit by caption",
    "digit_accuracy": "digits read",
}
_CEILINGS = {
    "all_right_painted": "all right",
    "coverage_real": "coverage",
}
_UNITS = {"psnr_db": " dB", "seconds_per_16": " s"}
_PLACES = {"bits_per_character": 3, "psnr_db": 1}
_FIGURES_START, _FIGURES_END = "<!-- figures", "<!-- end -->"


def write(model_id: str, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write metrics.json and card.md after training, before anything is measured."""
    content = {
        "weights": checkpoint.revision(folder),
        "parameters": count_parameters(folder),
        "training": dict(facts),
        "metrics": {},
    }
    _write(model_id, folder, content)


def add_findings(
    model_id: str, folder: Path, findings: Sequence[Finding], command: str
) -> dict[str, Any]:
    """Put what was measured into metrics.json, and write the card and its pictures anew.

    Returns:
        what metrics.json holds now.

    Raises:
        ValueError: when the weights are not those that metrics.json is about.
    """
    content = with_findings(model_id, folder, findings, command)
    _remove_pictures(folder, read(folder))
    for finding in findings:
        for exhibit in finding.exhibits:
            exhibit.save(folder)
    _write(model_id, folder, content)
    return content


def with_findings(
    model_id: str, folder: Path, findings: Sequence[Finding], command: str
) -> dict[str, Any]:
    """What `add_findings` would write as metrics.json; writes nothing.

    Raises:
        ValueError: when the weights are not those that metrics.json is about.
    """
    content = read(folder)
    if content["weights"] != checkpoint.revision(folder):
        raise ValueError(f"The weights of {model_id} are not those its {METRICS} is about.")
    content["metrics"] = {
        name: metric.as_dict() for f in findings for name, metric in f.metrics.items()
    }
    content["measured"] = {
        "command": command,
        "hardware": hardware(),
        "data": {name: digest for f in findings for name, digest in f.data.items()},
        "notes": [{"of": list(f.metrics), "note": f.note} for f in findings if f.note],
        "seconds": [{"of": list(f.metrics), "seconds": round(f.seconds, 1)} for f in findings],
    }
    content["exhibits"] = [exhibit.as_dict() for f in findings for exhibit in f.exhibits]
    return content


def read(folder: Path) -> dict[str, Any]:
    """The metrics.json of a folder."""
    content: dict[str, Any] = json.loads((folder / METRICS).read_text(encoding="utf-8"))
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
    """The shipped models and their main figures as Markdown, for the README."""
    rows = ["| model | what it is | parameters | trained | measured | value | 95 % interval | N |"]
    rows.append("|---" * 8 + "|")
    offered = {spec.source: spec.title.partition(" · ")[2] for spec in catalog.SPECS}
    worlds = {spec.source: spec.world for spec in catalog.SPECS}
    ceilings: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for model_id, what in {**offered, **UNLISTED}.items():
        folder = checkpoint.folder(model_id)
        if (folder / METRICS).exists():
            content = read(folder)
            rows += _rows(model_id, what, content)
            real = {name: m for name, m in content["metrics"].items() if name in _CEILINGS}
            if real:
                ceilings[worlds[model_id]] = real
    for world, reached in ceilings.items():
        start = f"– | real {world} | |"
        for name in (name for name in _CEILINGS if name in reached):
            rows.append(f"| {start} | {_CEILINGS[name]} | {_plain(name, reached[name])} |")
            start = "| | |"
    return "\n".join(rows)


def update_readme(path: Path) -> None:
    """Put the figures of metrics.json between the README's two marks."""
    before, start, rest = path.read_text(encoding="utf-8").partition(_FIGURES_START)
    remark, end, after = rest.partition(" -->\n")
    _, close, after = after.partition(_FIGURES_END)
    whole = f"{before}{start}{remark}{end}{figures_table()}\n{close}{after}"
    path.write_text(whole, encoding="utf-8")


def _rows(model_id: str, what: str, content: Mapping[str, Any]) -> Iterator[str]:
    metrics = content["metrics"]
    minutes = content["training"]["seconds"] / 60
    start = f"`{model_id}` | {what} | {content['parameters'] / 1e6:.2f} M | {minutes:.0f} min"
    for name, said in _IN_README.items():
        if name in metrics:
            yield f"| {start} | {said} | {_plain(name, metrics[name])} |"
            start = "| | |"


def _plain(name: str, metric: Mapping[str, Any]) -> str:
    factor, unit, places = 1, _UNITS.get(name, ""), _PLACES.get(name, 2)
    if metric.get("unit") == "share":
        factor, unit, places = 100, " %", 1
    value, low, high = (f"{factor * metric[k]:.{places}f}" for k in ("value", "low", "high"))
    return f"{value}{unit} | {low} – {high} | {metric['n']:,}"


def hardware() -> str:
    """What this machine computes on, in words."""
    name = device.device_name()
    return f"{os.cpu_count()} CPU cores ({platform.machine()})" if name == "cpu" else name


def _remove_pictures(folder: Path, content: Mapping[str, Any]) -> None:
    """Remove the pictures of an earlier measurement."""
    for exhibit in content.get("exhibits", ()):
        if exhibit["file"]:
            (folder / exhibit["file"]).unlink(missing_ok=True)


def _write(model_id: str, folder: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / METRICS).write_text(text, encoding="utf-8")
    cards.write(model_id, folder, content)
