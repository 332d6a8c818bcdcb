"""The scoreboard: rows from metrics.json, reasons for gaps, files, plots, and trials here."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from torch import nn

from models import catalog, checkpoint, hub_catalogue, worlds
from models.base import ModelSpec
from models.engine import Engine
from models.measure import __main__ as command_line
from models.measure import board, report
from models.measure.finding import Finding
from models.measure.metric import Metric
from models.pool import LoadError, Pool
from playground.core import prompt_rules
from playground.features.scoreboard import table_model as scoreboard
from playground.features.scoreboard import view
from playground.features.scoreboard.table_model import COLUMNS, Cell, Here, Row
from playground.web.scatter import WIDTH, Axis, Point, in_words, scatter
from tests.fake_adapters import FAKE_IMAGE, FAKE_TEXT
from tests.fake_catalogue import SPECS

FACTS: dict[str, Any] = {
    **{"command": "python -m models.train.gan", "data": {"made up": "abc"}, "seed": 1},
    **{"steps": 2, "seconds": 600, "hardware": "an abacus", "torch": "2.13.0"},
}
SPEED = {
    "load_seconds": Metric(0.5, 0.4, 0.6, 6),
    "step_seconds": Metric(0.012, 0.01, 0.02, 6),
    "picture_seconds": Metric(0.003, 0.002, 0.004, 6),
    "peak_bytes": Metric(3e8, 3e8, 3e8, 1),
}


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights with a GAN that was measured and a writer that was trained only."""
    monkeypatch.setattr(checkpoint, "WEIGHTS", tmp_path)
    monkeypatch.setattr(report, "README", tmp_path / "README.md")
    for name in ("gan", "char_lstm"):
        checkpoint.save(tmp_path / name, {"network": nn.Linear(2, 3)}, {})
        report.write(name, tmp_path / name, FACTS)
    metrics = {"coverage": Metric(0.8, 0.78, 0.82, 10_000), "psnr_db": Metric(20, 19, 21, 9)}
    report.add_findings("gan", tmp_path / "gan", [Finding(metrics)], "a command")
    return tmp_path


def made(weights: Path, here: Mapping[str, Here] | None = None, **states: str) -> dict[str, Row]:
    """The rows of everything on offer, by model."""
    specs = [*catalog.SPECS, *hub_catalogue.SPECS, *catalog.TWINS]
    found = scoreboard.rows(specs, weights, lambda m: states.get(m, "not_loaded"), here or {})  # type: ignore[arg-type,return-value]
    return {row.id: row for row in found}


# Rows


def test_every_model_has_a_row_and_every_cell_a_figure_or_a_reason(weights: Path) -> None:
    rows = made(weights)
    expected = [s.id for s in (*catalog.SPECS, *hub_catalogue.SPECS, *catalog.TWINS)]
    assert list(rows)[: len(expected)] == expected
    assert {"judge", "clip_mini"} <= set(rows)
    for row in rows.values():
        assert list(row.cells) == [column.key for column in COLUMNS]
        for key, cell in row.cells.items():
            assert bool(cell.metric or cell.here) != bool(cell.why), (row.id, key)


def test_figures_are_those_of_metrics_json(weights: Path) -> None:
    cells = made(weights)["gan"].cells
    assert cells["coverage"].metric == Metric(0.8, 0.78, 0.82, 10_000)
    assert cells["parameters"].metric == Metric(9, 9, 9, 1)
    assert cells["training_seconds"].metric == Metric(600, 600, 600, 1)
    content = report.read(weights / "gan")
    content["metrics"]["coverage"]["value"] = 0.1
    (weights / "gan" / report.METRICS).write_text(json.dumps(content))
    changed = made(weights)["gan"].cells["coverage"].metric
    assert changed is not None
    assert changed.value == 0.1


def test_the_shipped_models_have_their_own_figures() -> None:
    rows = made(checkpoint.WEIGHTS)
    for model, key in (
        ("char_lstm", "bits_per_character"),
        ("gan", "coverage"),
        ("vae", "frechet"),
    ):
        metric = rows[model].cells[key].metric
        assert metric is not None
        kept = report.read(checkpoint.folder(model))["metrics"][key]
        assert metric == Metric(**kept)
    judge = rows["judge"].cells
    assert judge["parameters"].metric is not None
    assert judge["coverage"].why == "judges, and makes nothing"


@pytest.mark.parametrize(
    ("model", "key", "why"),
    [
        ("char_lstm", "coverage", "draws no pictures"),
        ("char_lstm", "bits_per_character", "not measured yet"),
        ("char_lstm", "load_seconds", "not measured yet"),
        ("gan", "bits_per_character", "writes no text"),
        ("gpt2_mini", "parameters", "no metrics.json beside its weights"),
        ("gpt2", "training_seconds", "trained by others"),
        ("gpt2", "bits_per_character", "not measured: may have read the test text"),
        ("gpt2", "step_seconds", "not downloaded"),
        ("distilgpt2", "step_seconds", "not measured here yet"),
        ("stable_diffusion", "coverage", "draws other things"),
        ("judge", "step_seconds", "no weights here"),
    ],
)
def test_a_gap_says_why(weights: Path, model: str, key: str, why: str) -> None:
    rows = made(weights, gpt2="not_downloaded")
    assert rows[model].cells[key] == Cell(None, why, None)


def test_emoji_that_take_no_words_say_so(weights: Path) -> None:
    checkpoint.save(weights / "gan_emoji", {"network": nn.Linear(2, 3)}, {})
    report.write("gan_emoji", weights / "gan_emoji", FACTS)
    cells = made(weights)["gan_emoji"].cells
    assert cells["all_right"].why == "takes no words"
    assert cells["frechet"].why == "too few emoji for a distance"


def test_the_size_of_a_hub_model_is_that_of_its_files(weights: Path) -> None:
    spec = next(s for s in hub_catalogue.SPECS if s.id == "gpt2")
    cell = made(weights)["gpt2"].cells["stored_bytes"]
    assert cell.metric is not None
    assert cell.metric.value == sum(f.size_bytes for f in spec.files)


def test_what_was_measured_here_stands_beside(weights: Path) -> None:
    board.keep("gan", SPEED)
    here = {"gan": Here({"step_seconds": Metric(0.05, 0.04, 0.06, 6)}, shared=True)}
    row = made(weights, here)["gan"]
    assert row.cells["step_seconds"].metric == SPEED["step_seconds"]
    assert row.cells["step_seconds"].here == here["gan"].metrics["step_seconds"]
    assert "others were at work" in row.remark
    html = view.table([row])
    assert "12 ms" in html
    assert 'class="here">here <span class="whole">50 ms' in html
    assert '<span class="whole">12 ms</span>' in html


# What the command keeps


def test_the_board_goes_into_metrics_json_and_disturbs_nothing(weights: Path) -> None:
    before = report.read(weights / "gan")
    card = (weights / "gan" / "card.md").read_text()
    board.keep("gan", SPEED)
    after = report.read(weights / "gan")
    section = after.pop(board.SECTION)["gan"]
    assert after == before
    assert (weights / "gan" / "card.md").read_text() == card
    assert section["metrics"]["step_seconds"] == {"value": 0.012, "low": 0.01, "high": 0.02, "n": 6}
    assert section["command"] == "python -m models.measure board --model gan"
    assert section["stored_bytes"] == (weights / "gan" / checkpoint.WEIGHTS_FILE).stat().st_size
    assert section["hardware"]
    report.add_findings("gan", weights / "gan", [], "quality again")
    assert board.kept(report.read(weights / "gan"), "gan") == section


def test_speed_of_other_weights_is_not_told(weights: Path) -> None:
    board.keep("gan", SPEED)
    content = report.read(weights / "gan") | {"weights": "0" * 12}
    (weights / "gan" / report.METRICS).write_text(json.dumps(content))
    assert made(weights)["gan"].cells["step_seconds"].why == "not measured yet"
    with pytest.raises(ValueError, match="weights of gan"):
        board.keep("gan", SPEED)


def test_a_twin_has_figures_of_its_own_beside_its_weights(weights: Path) -> None:
    report.add_findings(
        *("char_lstm", weights / "char_lstm"),
        [Finding({"bits_per_character": Metric(2.0, 1.9, 2.1, 1_000)})],
        "a command",
    )
    twin = made(weights)["char_lstm_int8"].cells
    assert twin["bits_per_character"].why == "not measured yet"
    rounded = Metric(2.1, 2.0, 2.2, 1_000)
    board.keep("char_lstm_int8", {**SPEED, "bits_per_character": rounded})
    rows = made(weights)
    assert rows["char_lstm_int8"].cells["bits_per_character"].metric == rounded
    assert rows["char_lstm"].cells["bits_per_character"].metric == Metric(2.0, 1.9, 2.1, 1_000)
    assert rows["char_lstm"].cells["step_seconds"].why == "not measured yet"


def test_microseconds_survive_the_rounding() -> None:
    found = board.plain({"x": Metric(0.000123456, 0.0001, 0.0002, 6)})
    assert found["x"] == {"value": 0.0001235, "low": 0.0001, "high": 0.0002, "n": 6}


def test_the_command_measures_prints_and_keeps(
    weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def measure(model_id: str) -> dict[str, Metric]:
        asked.append(model_id)
        return SPEED

    monkeypatch.setattr(board, "measure", measure)
    monkeypatch.setattr(sys, "argv", ["measure", "board", "--all", "--json"])
    before = report.read(weights / "char_lstm")
    command_line.main()
    assert report.read(weights / "char_lstm") == before  # it has only measured
    capsys.readouterr()
    asked.clear()
    monkeypatch.setattr(sys, "argv", ["measure", "board", "--all", "--json", "--write"])
    command_line.main()
    assert asked == ["char_lstm", "gan", "char_lstm_int8"]
    captured = capsys.readouterr()
    assert json.loads(captured.out)["gan"]["peak_bytes"]["n"] == 1
    assert "step_seconds" in captured.err
    assert "char_lstm" in report.read(weights / "char_lstm")[board.SECTION]


def test_a_model_is_measured_in_a_process_of_its_own() -> None:
    found = board.measure("char_lstm_emoji")
    assert set(found) == {"load_seconds", "first_seconds", "step_seconds", "peak_bytes"}
    assert found["step_seconds"].n == board.RUNS
    assert 5e7 < found["peak_bytes"].value < 4e9
    assert 0 < found["step_seconds"].value < 1
    for metric in found.values():
        assert metric.low <= metric.value <= metric.high


def test_what_fails_there_is_said() -> None:
    with pytest.raises(RuntimeError, match="nobody"):
        board.measure("nobody")


# Trials


@pytest.fixture
def fake_engine() -> Any:
    """An engine over both fakes."""
    pool = Pool({spec.id: spec for spec in (FAKE_TEXT, FAKE_IMAGE)})
    engine = Engine(pool)
    yield engine
    engine.close()
    pool.close()


def test_a_trial_times_so_many_runs_after_one_to_warm_up(fake_engine: Engine) -> None:
    trial = board.Trial(fake_engine, FAKE_IMAGE, runs=3)
    for _ in trial.carry_out():
        pass
    metrics = trial.metrics
    assert set(metrics) == {"load_seconds", "first_seconds", "step_seconds", "picture_seconds"}
    assert metrics["load_seconds"].n == 1
    assert {metrics[name].n for name in set(metrics) - {"load_seconds"}} == {3}
    assert not trial.shared
    again = board.Trial(fake_engine, FAKE_IMAGE, runs=1)
    for _ in again.carry_out():
        pass
    assert "load_seconds" not in again.metrics  # it was in memory


def ask_for(monkeypatch: Any, world: str, prompt: str) -> None:
    """Let writers of a world be asked for something."""
    monkeypatch.setitem(worlds.WORLDS[world].uses, "text", worlds.Use(prompt))


def test_a_slow_model_is_stopped_early(fake_engine: Engine, monkeypatch: Any) -> None:
    spec = replace(FAKE_TEXT, can=frozenset({"prompt"}), world="shakespeare")
    ask_for(monkeypatch, "shakespeare", "delay=0.02")
    trial = board.Trial(fake_engine, spec, budget_seconds=0.1)
    for _ in trial.carry_out():
        pass
    assert trial.done == 1
    assert trial.metrics["step_seconds"].value >= 0.02
    assert fake_engine.load().runs == 0


def test_leaving_a_trial_ends_its_run(fake_engine: Engine, monkeypatch: Any) -> None:
    ask_for(monkeypatch, "", "delay=0.05")
    moments = board.Trial(fake_engine, FAKE_TEXT).carry_out()
    while not fake_engine.load().runs:
        next(moments)
    moments.close()
    assert fake_engine.load().runs == 0


def test_a_step_is_timed_without_the_first_one() -> None:
    heard = board._Heard(0.0, seconds=[9.0, 1.0, 3.0])
    assert heard.per_step == 2.0
    assert board._Heard(0.0, seconds=[9.0]).per_step == 9.0


@pytest.mark.parametrize(
    "spec", [*catalog.SPECS, *catalog.TWINS, *hub_catalogue.SPECS], ids=lambda s: str(s.id)
)
def test_every_model_can_be_asked(spec: ModelSpec) -> None:
    recipe = board.recipe_of(spec, 7)
    options = dict(recipe.options)
    if spec.kind == "text":
        assert options["length"] == board.LETTERS
    else:
        assert options["count"] == (1 if spec.files else board.PICTURES)
    if spec.files:  # and where children choose from a list, too
        assert recipe.prompt in (
            prompt_rules.TEXTS if spec.kind == "text" else prompt_rules.PICTURES
        )


# Files


def test_files_hold_every_figure_and_every_reason(weights: Path) -> None:
    here = {"gan": Here({"step_seconds": Metric(0.05, 0.04, 0.06, 6)})}
    board.keep("gan", SPEED)
    chosen = [made(weights, here)[m] for m in ("gan", "char_lstm")]
    lines = list(csv.DictReader(io.StringIO(scoreboard.as_csv(chosen))))
    objects = json.loads(scoreboard.as_json(chosen))
    assert len(lines) == len(objects) == 2 * len(COLUMNS) + 1
    assert [line["model"] for line in lines] == ["gan"] * (len(COLUMNS) + 1) + ["char_lstm"] * len(
        COLUMNS
    )
    steps = [o for o in objects if (o["model"], o["measure"]) == ("gan", "step_seconds")]
    assert [(o["source"], o["value"], o["n"]) for o in steps] == [
        ("shipped", 0.012, 6),
        ("here", 0.05, 6),
    ]
    (gap,) = [o for o in objects if (o["model"], o["measure"]) == ("char_lstm", "coverage")]
    assert (gap["value"], gap["why_empty"]) == (None, "draws no pictures")
    (line,) = [o for o in lines if (o["model"], o["measure"]) == ("char_lstm", "coverage")]
    assert (line["value"], line["why_empty"]) == ("", "draws no pictures")


# Markup


def test_the_table_can_be_read_aloud(weights: Path) -> None:
    html = view.table(list(made(weights).values()))
    table = ElementTree.fromstring(html[html.index("<table") : html.index("</table>") + 8])
    heads = table.findall("./thead/tr/th")
    assert len(heads) == len(COLUMNS) + 1
    assert all(th.get("aria-sort") == "none" and th.find("button") is not None for th in heads)
    for line in table.findall("./tbody/tr"):
        assert len(line) == len(heads)
        for td in line.findall("td"):
            assert "".join(td.itertext()).strip()
            if td.get("data-value"):
                assert math.isfinite(float(td.get("data-value", "")))


def test_words_of_others_are_text(weights: Path) -> None:
    spec = replace(SPECS["gan"], title="<b>x · <i>y", id='"><script>')
    (row, *_) = scoreboard.rows([spec], weights, lambda _: "not_loaded", {})
    html = view.table([row])
    assert "<script>" not in html
    assert "<b>x" not in html
    assert "<i>y" not in html


# Plots


ACROSS = Axis("time a picture", lambda v: f"{v:g} s")
UP = Axis("coverage, more is better", lambda v: f"{v:g}", most=1.0)


def point(name: str, x: float, y: float, family: str = "gan") -> Point:
    """A mark with narrow whiskers."""
    return Point(name, family, Metric(x, 0.9 * x, 1.1 * x, 6), Metric(y, y - 0.02, y + 0.02, 100))


def places(figure: str) -> dict[str, tuple[float, float]]:
    """Where every mark stands."""
    found = re.findall(r"translate\(([\d.-]+) ([\d.-]+)\).*?<text[^>]*>([^<]+)</text></g>", figure)
    return {name: (float(x), float(y)) for x, y, name in found}


def test_more_is_higher_and_ten_times_is_as_far_everywhere() -> None:
    points = [point("a", 0.02, 0.2), point("b", 0.2, 0.6), point("c", 2.0, 1.0)]
    at = places(scatter("Digits", ACROSS, UP, points))
    assert at["b"][0] - at["a"][0] == pytest.approx(at["c"][0] - at["b"][0], abs=0.2)
    assert at["a"][1] - at["b"][1] == pytest.approx(at["b"][1] - at["c"][1], abs=0.2)
    assert at["a"][1] > at["b"][1]


def test_a_plot_is_well_formed_and_told_in_words() -> None:
    points = [point("GAN & co", 0.02, 0.2), point("b", 0.02, 0.21)]
    figure = ElementTree.fromstring(scatter("Digits", ACROSS, UP, points))
    (svg,) = figure.findall("svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == in_words("Digits", ACROSS, UP, points)
    assert "GAN & co: 0.2 at 0.02 s" in svg.get("aria-label", "")
    words = [text.text for text in figure.iter("text")]
    assert {"0", "1", "0.01 s", "0.1 s", "time a picture"} <= set(words)


def spans(figure: str) -> list[tuple[float, float, float]]:
    """From where to where each name goes, and on which line; letters taken as 6.2 px wide."""
    tree = ElementTree.fromstring(figure)
    labels = [g.findall("text")[0] for g in tree.iter("g") if g.get("class") == "mark"]
    starts = [float(label.get("x", "")) for label in labels]
    ends = [x + 6.2 * len(label.text or "") for x, label in zip(starts, labels, strict=True)]
    return list(zip(starts, ends, [float(label.get("y", "")) for label in labels], strict=True))


def test_names_cover_neither_each_other_nor_marks_nor_leave_the_plot() -> None:
    close = [point(f"{name} of digits", 0.5 * f, 0.5) for name, f in (("GAN", 1), ("VAE", 1.15))]
    drawn = scatter("Digits", ACROSS, UP, [*close, point("far away", 8.9, 0.5)])
    labels = spans(drawn)
    for number, (start, end, line) in enumerate(labels):
        assert 0 <= start < end <= WIDTH
        for start_2, end_2, line_2 in labels[:number]:
            assert end <= start_2 or end_2 <= start or abs(line - line_2) >= 14
        for x, y in places(drawn).values():
            assert end <= x or x + 16 <= start or line - 11 >= y + 16 or line + 3 <= y


def test_without_figures_a_plot_says_so(weights: Path) -> None:
    assert "no figures yet" in scatter("Digits", ACROSS, UP, [])
    assert "<svg" not in view.plots(list(made(weights).values())[1:2])
    board.keep("gan", SPEED)
    html = view.plots(list(made(weights).values()))
    assert html.count("<svg") == 2  # the GAN against speed and against size
    assert html.count("no figures yet") == 4


# Handlers


@pytest.fixture
def desk(services: Any) -> Any:
    """The scoreboard of an app over pretended models."""
    from playground.features.scoreboard.section import Desk

    return Desk(services)


def test_measuring_here_shows_progress_and_both_figures(desk: Any, visitor: Any) -> None:
    from playground.features.scoreboard import section as tab

    views = list(tab.measure_here(desk, "char_lstm_emoji", visitor))
    assert {v.button for v in views[:-1]} == {"Stop"}
    assert any("model 1 of 1" in v.progress for v in views)
    assert any("run 3 of 6" in v.progress for v in views)
    last = views[-1]
    assert last.button == "Measure here"
    assert last.announcement == "Measured 1 model here."
    assert 'class="here"' in last.table
    assert desk.here["char_lstm_emoji"].metrics["step_seconds"].n == board.RUNS
    assert desk.measuring == ""


def test_stop_ends_measuring_and_keeps_what_is_done(desk: Any, visitor: Any) -> None:
    from playground.features.scoreboard import section as tab

    following = tab.measure_here(desk, tab.ALL, visitor)
    while "run 2" not in (view := next(following)).progress:
        assert view.button == "Stop"
    tab.stop_measuring(desk, "Stop", visitor)
    *_, last = list(following)
    assert last.announcement.startswith("Stopped.")
    assert list(desk.here) == ["char_lstm"]
    assert desk.services.engine.load().runs == 0


def test_only_one_measures_at_a_time(desk: Any, visitor: Any) -> None:
    from playground.features.scoreboard import section as tab

    first = tab.measure_here(desk, "gan", visitor)
    next(first)
    other = SimpleNamespace(session_hash="other", query_params={})
    with pytest.raises(ValueError, match="Somebody is measuring"):
        next(tab.measure_here(desk, "gan", other))
    first.close()  # its page was closed
    second = tab.measure_here(desk, "gan", other)
    assert next(second).button == "Stop"
    second.close()


def test_a_model_that_fails_says_so_in_its_row(
    desk: Any, visitor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playground.features.scoreboard import section as tab

    def fail(self: Any) -> Any:
        raise LoadError("There was not enough memory.")
        yield

    monkeypatch.setattr(board.Trial, "carry_out", fail)
    *_, last = list(tab.measure_here(desk, "gan", visitor))
    assert "It did not work for GAN." in last.announcement
    assert "There was not enough memory." in last.table


def test_what_is_not_here_is_not_measured(hub_services: Any, visitor: Any) -> None:
    from playground.features.scoreboard import section as tab

    desk = tab.Desk(hub_services)
    with pytest.raises(ValueError, match="fetch it"):
        next(tab.measure_here(desk, "gpt2", visitor))
    with pytest.raises(ValueError, match="no model called"):
        next(tab.measure_here(desk, "nobody", visitor))
    assert not any(s.files for s in tab.chosen_specs(hub_services, tab.ALL))
    assert "not downloaded" in tab.open_board(desk).table


def test_the_rest_is_foretold_by_shipped_figures(desk: Any) -> None:
    from playground.features.scoreboard import section as tab

    chosen = [SPECS["gan"], SPECS["vae"]]
    assert tab._seconds_left(chosen, 0, {}, 1.0) is None
    expected = {"gan": 4.0, "vae": 6.0}
    assert tab._seconds_left(chosen, 0, expected, 1.0) == 9.0
    three = [*chosen, SPECS["char_lstm"]]
    longer = {**expected, "char_lstm": 10.0}
    assert tab._seconds_left(three, 2, longer, 20.0) == 20.0  # all takes twice as long


def test_what_is_saved_are_the_rows_that_are_shown(desk: Any) -> None:
    from playground.features.scoreboard import section as tab

    text = tab.save_csv(desk, "vae,gan,<nobody>")
    models = [line["model"] for line in csv.DictReader(io.StringIO(text))]
    assert list(dict.fromkeys(models)) == ["vae", "gan"]
    assert json.loads(tab.save_json(desk, "")) == []
