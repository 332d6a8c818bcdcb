"""From the command line to metrics.json, cards and the README, with findings made up."""

from __future__ import annotations

import importlib.machinery
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from torch import nn

from models import checkpoint, datasets
from models.measure import __main__ as command_line
from models.measure import curve, quality, report
from models.measure.finding import Exhibit, Finding
from models.measure.metric import Metric

FACTS = {
    "command": "python -m models.train.gan --steps 2",
    "data": {"made up": "abc"},
    "seed": 1,
    "steps": 2,
    "seconds": 60,
    "hardware": "an abacus",
    "torch": "2.13.0",
    "loss_curve": [[0, 3.0], [10, 2.5], [20, 2.25]],
}
README = "before\n<!-- figures: a remark -->\nold\n<!-- end -->\nafter\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a GAN, said to be trained but not measured, in a place of its own."""
    monkeypatch.setattr(checkpoint, "WEIGHTS", tmp_path)
    monkeypatch.setattr(report, "README", tmp_path / "README.md")
    report.README.write_text(README)
    checkpoint.save(tmp_path / "gan", {"generator": nn.Linear(2, 3)}, {})
    report.write("gan", tmp_path / "gan", FACTS)
    return tmp_path / "gan"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None]]:
    """Which models are measured and with how many pictures; what is found is made up."""
    asked = []

    def measure(model_id: str, pictures: int | None) -> Iterator[Finding]:
        asked.append((model_id, pictures))
        yield Finding(
            {
                "all_right_trained": Metric(0.97, 0.96, 0.98, 2_036),
                "all_right_painted": Metric(0.99, 0.98, 1.0, 2_240),
            },
            {"test images": "3169e7"},
            "By labels.",
            (Exhibit("1 of 3 failures", ("a 1, read as 7",), "failures.png", _pictures()),),
            12.34,
        )
        yield Finding({"coverage": Metric(0.66, 0.65, 0.67, 10_000)}, {"others": "86c4e6"})

    monkeypatch.setattr(quality, "measure", measure)
    return asked


def _pictures() -> np.ndarray:
    return np.zeros((1, 32, 32, 3), np.uint8)


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["measure", *arguments])
    command_line.main()


def test_a_measurement_is_printed_and_written(
    folder: Path,
    measured: list[tuple[str, int | None]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _run(monkeypatch, "quality", "--model", "gan", "--model", "judge", "--write")
    assert measured == [("gan", None)]
    head, first, second, third, *provenance = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "metric", "value", "95", "%", "interval", "N", "seconds"]
    assert first.split() == [
        *("gan", "all_right_trained", "0.9700", "0.9600", "–", "0.9800", "2,036", "12.3"),
    ]
    assert len(second.split()) == 7  # measured together: the time is said once
    assert third.split()[:3] == ["gan", "coverage", "0.6600"]
    command = "python -m models.measure quality --model gan"
    revision = checkpoint.revision(folder)
    assert provenance[:3] == [
        f"gan: weights {revision}, {command}",
        "test images 3169e7",
        "others 86c4e6",
    ]
    assert provenance[3].startswith("judge: skipped, there are no weights in ")

    content = report.read(folder)
    assert content["metrics"]["coverage"] == {
        "value": 0.66,
        "low": 0.65,
        "high": 0.67,
        "n": 10_000,
    }
    assert content["weights"] == revision
    assert content["training"] == FACTS
    assert content["measured"]["command"] == command
    assert content["measured"]["data"] == {"test images": "3169e7", "others": "86c4e6"}
    assert content["measured"]["notes"] == [
        {"of": ["all_right_trained", "all_right_painted"], "note": "By labels."}
    ]
    assert (folder / "failures.png").is_file()
    assert report.README.read_text() == (
        f"before\n<!-- figures: a remark -->\n{report.figures_table()}\n<!-- end -->\nafter\n"
    )


def test_json_is_one_object_on_stdout_and_the_table_elsewhere(
    folder: Path,
    measured: list[tuple[str, int | None]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _run(monkeypatch, "quality", "--all", "--json", "--pictures", "1000", "--write")
    assert measured == [("gan", 1_000)]
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"gan": report.read(folder)["metrics"]}
    assert captured.err.startswith("model ")
    assert "--pictures 1000" in report.read(folder)["measured"]["command"]


def test_what_only_measures_changes_no_file(
    folder: Path,
    measured: list[tuple[str, int | None]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def contents() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in folder.parent.rglob("*") if p.is_file()}

    before = contents()
    _run(monkeypatch, "quality", "--all", "--json")
    assert json.loads(capsys.readouterr().out)["gan"]["coverage"]["n"] == 10_000
    assert contents() == before
    _run(monkeypatch, "quality", "--all", "--write")
    assert contents() != before


@pytest.mark.parametrize("pictures", ["999", "10001", "many"])
def test_too_few_pictures_are_refused(
    pictures: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        _run(monkeypatch, "quality", "--model", "gan", "--pictures", pictures)
    assert refusal.value.code == 2
    assert "--pictures" in capsys.readouterr().err


def test_missing_data_is_said_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(model_id: str, pictures: int | None) -> Iterator[Finding]:
        raise datasets.DataMissing("mnist.npz is not here.")
        yield

    monkeypatch.setattr(quality, "measure", measure)
    with pytest.raises(SystemExit, match=r"mnist\.npz is not here"):
        _run(monkeypatch, "quality", "--model", "gan")
    assert report.read(folder)["metrics"] == {}


def test_figures_of_other_weights_are_refused(folder: Path) -> None:
    content = report.read(folder) | {"weights": "0" * 12}
    (folder / report.METRICS).write_text(json.dumps(content))
    with pytest.raises(ValueError, match="weights of gan"):
        report.add_findings("gan", folder, [], "command")


def test_pictures_of_an_earlier_measurement_do_not_stay(folder: Path) -> None:
    failures = Finding({}, exhibits=(Exhibit("bad", ("x",), "failures.png", _pictures()),))
    report.add_findings("gan", folder, [failures], "command")
    assert (folder / "failures.png").is_file()
    report.add_findings("gan", folder, [Finding({})], "command")
    assert not (folder / "failures.png").exists()


def test_the_card_tells_it_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = types.ModuleType("models.train.gan", "Train `gan`: a forger.")
    script.__spec__ = importlib.machinery.ModuleSpec("models.train.gan", None)
    script.LIMITS = "It cannot count."  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "models.train.gan", script)
    monkeypatch.setattr(sys.modules["models.train"], "gan", script, raising=False)
    exhibits = (
        Exhibit("2 failures", ("a 1, read as 7", "a 3, read as 8"), "failures.png", _pictures()),
        Exhibit("The worst passage", ("line one\nline two",)),
    )
    finding = Finding({"coverage": Metric(0.5, 0.4, 0.6, 1_000)}, {"x": "y"}, "How.", exhibits)
    report.add_findings("gan", folder, [finding], "the command")
    card = (folder / "card.md").read_text()
    assert card.startswith("# gan\n\na forger.\n")
    parts = [
        FACTS["command"],
        "![The training loss over the steps](loss.svg)",
        "## What it is bad at\n\nIt cannot count.",
        "| coverage | 0.5 | 0.4 – 0.6 | 1,000 |",
        "Measured with `the command`, as stored, on ",
        "- `coverage`: How.",
        "- x: `y`",
        "## 2 failures\n\n![2 failures](failures.png)\n\n1. a 1, read as 7\n2. a 3, read as 8",
        "## The worst passage\n\n```text\nline one\nline two\n```",
    ]
    places = [card.index(str(part)) for part in parts]
    assert places == sorted(places)


def test_a_card_leaves_out_what_is_not_known(folder: Path) -> None:
    facts = {k: v for k, v in FACTS.items() if k != "loss_curve"}
    (folder / "loss.svg").unlink()
    report.write("no_such_script", folder, facts)
    card = (folder / "card.md").read_text()
    assert "bad at" not in card
    assert "Measured" not in card
    assert "loss.svg" not in card
    assert not (folder / "loss.svg").exists()


def test_a_card_tells_of_both_stages(folder: Path) -> None:
    report.write("gan", folder, FACTS | {"autoencoder_steps": 1_369})
    assert "| steps | 2, after 1,369 of the autoencoder |" in (folder / "card.md").read_text()


def test_the_readme_shows_figures_in_their_units(folder: Path) -> None:
    metrics = {
        "all_right_trained": Metric(0.9712, 0.96, 0.98, 2_036, "share"),
        "psnr_db": Metric(28.3465, 28.2831, 28.4098, 10_000),
        "seconds_per_16": Metric(2.5, 2.4, 2.6, 9),
        "frechet": Metric(1.0, 0.9, 1.1, 10_000),
        "coverage_real": Metric(0.95, 0.94, 0.96, 10_000, "share"),
    }
    report.add_findings("gan", folder, [Finding(metrics)], "command")
    table = report.figures_table()
    assert "| all right, trained | 97.1 % | 96.0 – 98.0 | 2,036 |" in table
    assert "| PSNR from its code | 28.3 dB | 28.3 – 28.4 | 10,000 |" in table
    assert "| 16 pictures | 2.50 s | 2.40 – 2.60 | 9 |" in table
    assert "frechet" not in table
    assert table.splitlines()[-1].startswith("| – | real digits | | | coverage | 95.0 % |")
    head, _, first, *_ = table.splitlines()
    assert [head.split(" | ")[3], first.split(" | ")[3]] == ["trained", "1 min"]
    assert {line.count("|") for line in table.splitlines()} == {9}


def test_a_curve_has_every_point_between_its_axes() -> None:
    points = [(0, 3.0), (500, 1.5), (1_000, 2.0)]
    drawn = ElementTree.fromstring(curve.draw(points))
    space = "{http://www.w3.org/2000/svg}"
    (line,) = drawn.iter(f"{space}polyline")
    places = [tuple(map(float, p.split(","))) for p in str(line.get("points")).split()]
    xs, ys = zip(*places, strict=True)
    assert xs[0] < xs[1] < xs[2]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.2)
    assert ys[0] == min(ys)
    assert ys[1] == max(ys)
    assert ys[2] - ys[0] == pytest.approx(2 * (ys[1] - ys[2]), abs=0.2)
    words = [text.text for text in drawn.iter(f"{space}text")]
    assert {"steps", "loss", "0", "1,000", "1.5", "3"} <= set(words)


def test_a_curve_over_decades_is_logarithmic() -> None:
    drawn = curve.draw([(0, 1_000.0), (1, 10.0), (2, 100.0)])
    assert "loss (log)" in drawn
    ys = [float(p.split(",")[1]) for p in drawn.split('points="')[1].split('"')[0].split()]
    assert ys[2] == pytest.approx((ys[0] + ys[1]) / 2, abs=0.1)
    assert ">200<" in drawn


@pytest.mark.parametrize("points", [[(5, 2.0)], [(1, 2.0), (2, 2.0)], [(1, -3.0), (2, 4.0)]])
def test_odd_curves_are_drawn_too(points: list[tuple[float, float]]) -> None:
    ElementTree.fromstring(curve.draw(points))


def test_every_model_can_be_asked_for() -> None:
    ids = quality.model_ids()
    assert len(set(ids)) == len(ids)
    assert {"gan", "clip_mini", "judge"} <= set(ids)
