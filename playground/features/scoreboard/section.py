"""The scoreboard's place on the page: filled when it is opened, measured here when asked to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import gradio as gr

from models.base import ModelSpec
from models.engine import Busy
from models.hub.sentences import HubError
from models.measure import board
from models.pool import LoadError
from playground.core.format import plural
from playground.core.identity import visitor_of
from playground.core.services import Services
from playground.features.scoreboard import table_model as scoreboard
from playground.features.scoreboard import view
from playground.features.scoreboard.table_model import Here, Row
from playground.gradio_app import picker, wiring
from playground.gradio_app.bind import bind
from playground.web import download_status, markup
from playground.web.assets import FEATURES, script

FOLDER = FEATURES / "scoreboard"
_ATTACH = "window.playground.modules.scoreboard.attach(element, watch);"
PLACE = "scoreboard"
MEASURE, STOP = "Measure here", "Stop"
ALL = "all"
SAVED = {"csv": scoreboard.as_csv, "json": scoreboard.as_json}
_MOST_NAMED = 500
_REDRAW_SECONDS = 0.2


@dataclass(eq=False, slots=True)
class Desk:
    """What the scoreboard keeps for everybody: figures of this machine are nobody's own."""

    services: Services
    here: dict[str, Here] = field(default_factory=dict)
    measuring: str = ""  # the visitor for whom something is being measured
    stopped: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rows(self) -> list[Row]:
        """Every model as it is now."""
        services = self.services
        specs = services.specs.values()
        return scoreboard.rows(specs, services.weights, services.pool.state, self.here)

    def take(self, visitor: str) -> bool:
        """Begin to measure, unless somebody does: two measurements would disturb each other."""
        with self._lock:
            if self.measuring:
                return False
            self.measuring = visitor
            self.stopped.discard(visitor)
            return True

    def leave(self) -> None:
        """End measuring."""
        self.stopped.discard(self.measuring)
        self.measuring = ""


class Opened(NamedTuple):
    """What fills the scoreboard, in output order."""

    table: str
    plots: str


class Measured(NamedTuple):
    """Everything that changes while models are measured, in output order."""

    table: str
    plots: str
    progress: str
    button: str
    announcement: str
    link: str


def open_board(desk: Desk) -> Opened:
    """Fill the scoreboard with what is known now."""
    made = desk.rows()
    return Opened(view.table(made), view.plots(made))


def measure_here(desk: Desk, model: str, request: gr.Request) -> Iterator[Measured]:
    """Measure one model, or every small one, on this machine through the engine."""
    chosen = chosen_specs(desk.services, model)
    visitor = visitor_of(request)
    if not desk.take(visitor):
        raise ValueError("Somebody is measuring just now; their figures will be yours too.")
    try:
        opened, done = open_board(desk), 0
        expected = _expected_seconds(desk, chosen)
        began = time.monotonic()
        for done, spec in enumerate(chosen):
            for words in _measure(desk, spec, visitor):
                left = _seconds_left(chosen, done, expected, time.monotonic() - began)
                bar = view.progress(spec.name, words, done, len(chosen), left)
                yield Measured(*opened, bar, STOP, "", "")
            opened = open_board(desk)
            if visitor in desk.stopped:
                break
        said = _said(desk, chosen, done, visitor)
        yield Measured(*opened, markup.hint(said), MEASURE, said, "")
    finally:
        desk.leave()


def stop_measuring(desk: Desk, button: str, request: gr.Request) -> None:
    """End what this page measures, if its button says Stop."""
    if button == STOP:
        desk.stopped.add(visitor_of(request))


def save_csv(desk: Desk, shown: str) -> str:
    """The rows that are shown, in their order, as comma-separated values."""
    return scoreboard.as_csv(named_rows(desk.rows(), shown))


def save_json(desk: Desk, shown: str) -> str:
    """The same as JSON."""
    return scoreboard.as_json(named_rows(desk.rows(), shown))


def named_rows(made: list[Row], shown: str) -> list[Row]:
    """The rows of these ids, parted by commas, in their order; unknown ones are left out."""
    by_id = {row.id: row for row in made}
    names = dict.fromkeys(str(shown).split(",")[:_MOST_NAMED])
    return [by_id[name] for name in names if name in by_id]


def chosen_specs(services: Services, model: str) -> list[ModelSpec]:
    """The models to be measured: every small one that is here, or one of any size.

    Raises:
        ValueError: when it is not here.
    """
    if model == ALL:
        makers = (s for s in services.specs.values() if not s.files and s.kind in {"text", "image"})
        return [spec for spec in makers if download_status.is_here(services, spec)]
    spec = services.spec(model)
    if not download_status.is_here(services, spec):
        raise ValueError(f"{spec.name} is not here yet; fetch it in its place first.")
    return [spec]


def _measure(desk: Desk, spec: ModelSpec, visitor: str) -> Iterator[str]:
    """Measure one model and keep what is found; yields how far it is, in words."""
    trial = board.Trial(desk.services.engine, spec, visitor)
    drawn, done = 0.0, -1
    try:
        yield "being loaded or waking up"
        with closing(trial.carry_out()) as moments:
            for _ in moments:
                if visitor in desk.stopped:
                    return
                if trial.done != done or time.monotonic() - drawn > _REDRAW_SECONDS:
                    drawn, done = time.monotonic(), trial.done
                    yield f"run {min(done + 1, board.RUNS)} of {board.RUNS}"
    except (ValueError, Busy, LoadError, HubError) as error:
        desk.here[spec.id] = Here(why=str(error))
        return
    finally:
        if trial.done:
            desk.here[spec.id] = Here(trial.metrics, shared=trial.shared)


def _expected_seconds(desk: Desk, chosen: list[ModelSpec]) -> dict[str, float]:
    """Roughly how long each takes, by its shipped figures; without those nothing is foretold."""
    by_id: Mapping[str, Row] = {row.id: row for row in desk.rows()}
    found = {}
    for spec in chosen:
        cells = by_id[spec.id].cells
        first, step = cells["first_seconds"].metric, cells["step_seconds"].metric
        if first and step:
            steps = next((int(c.default) for c in spec.controls if c.name == "steps"), 1)
            a_run = first.value + step.value * (board.LETTERS if spec.kind == "text" else steps)
            found[spec.id] = min(a_run * board.RUNS, board.BUDGET_SECONDS + a_run) + first.value
    return found


def _seconds_left(
    chosen: list[ModelSpec], done: int, expected: Mapping[str, float], spent: float
) -> float | None:
    """What is left, foretold by how those that are done compare with what was expected of them."""
    if len(expected) < len(chosen):
        return None
    before = sum(expected[spec.id] for spec in chosen[:done])
    whole = sum(expected.values())
    pace = spent / before if before and done > 1 else 1.0
    return max(0.0, pace * whole - spent)


def _said(desk: Desk, chosen: list[ModelSpec], done: int, visitor: str) -> str:
    """What came of it, in a sentence."""
    if visitor in desk.stopped:
        return f"Stopped. {plural(done, 'model')} measured here before that."
    failed = [s.name for s in chosen if desk.here.get(s.id, Here()).why]
    told = f"Measured {plural(len(chosen) - len(failed), 'model')} here."
    return told + (f" It did not work for {', '.join(failed)}." if failed else "")


# Layout


def build_scoreboard(services: Services) -> None:
    """Lay the scoreboard out and connect its handlers; call inside a `gr.Tab`."""
    desk = Desk(services)
    styles = (FOLDER / "scoreboard.css").read_text(encoding="utf-8")
    with gr.Accordion("Scoreboard: every model, every figure", open=False, elem_id=PLACE) as box:
        wiring.html(f"<style>{styles}</style>{view.introduction(services.specs.values())}")
        table = gr.HTML(
            "",
            elem_id=f"{PLACE}-table",
            apply_default_css=False,
            js_on_load=f"{script(FOLDER / 'scoreboard.js')}{_ATTACH}",
        )
        with gr.Row(elem_classes="board-acts"):
            model = picker.picker(
                _choices(services), ALL, "What to measure on this machine", f"{PLACE}-model"
            )
            button = gr.Button(MEASURE, elem_classes="ghost", elem_id=f"{PLACE}-measure")
            saves = {
                name: gr.Button(
                    f"Save {name.upper()}", elem_classes="ghost", elem_id=f"{PLACE}-{name}"
                )
                for name in SAVED
            }
        progress = wiring.html("", f"{PLACE}-progress")
        plots = wiring.html("", f"{PLACE}-plots")
        hidden = wiring.hidden(PLACE)
    filled = [table, plots]
    wiring.on_change("scoreboard_open", [box.expand], bind(open_board, desk), [], filled)
    wiring.on_press(
        "scoreboard_measure",
        [button.click],
        bind(measure_here, desk),
        [model],
        [*filled, progress, button, *hidden],
    )
    wiring.on_stop("scoreboard_stop", button, bind(stop_measuring, desk))
    for name, handler in (("csv", save_csv), ("json", save_json)):
        _connect_save(name, saves[name], bind(handler, desk))


def _connect_save(name: str, button: gr.Button, handler: Callable[..., Any]) -> None:
    """Have a file made of the rows that are shown, and let the browser save it."""
    shown, file = (
        gr.Textbox(visible="hidden", label=label, elem_id=f"{PLACE}-{name}-{label.lower()}")
        for label in ("Shown", "File")
    )
    button.click(
        handler,
        [shown],
        [file],
        js="() => [playground.modules.scoreboard.shownModels()]",
        queue=False,
        **wiring.quietly(f"scoreboard_{name}"),
    ).success(
        None,
        [file],
        None,
        js=f"(text) => {{ playground.modules.scoreboard.saveText('scoreboard.{name}', text); }}",
        **wiring.quietly(f"scoreboard_{name}_save"),
    )


def _named(spec: ModelSpec) -> str:
    """A model's name and what it has learnt from; those of the hub have no other's name."""
    return f"{spec.name} · {view.world_title(spec.world)}" if spec.world else spec.name


def _choices(services: Services) -> list[tuple[str, str]]:
    makers = [spec for spec in services.specs.values() if spec.kind in {"text", "image"}]
    each = [(_named(spec), spec.id) for spec in makers]
    return [("all small models", ALL), *each]
