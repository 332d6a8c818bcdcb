"""What the scoreboard looks like: filters, table and plots, as HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from models.base import ModelSpec
from models.families import FAMILIES
from models.measure.board import NOTES, RUNS
from models.measure.metric import Metric
from models.worlds import WORLDS
from playground.core.format import THIN_SPACE, in_unit, plural, roughly, significant
from playground.features.scoreboard.table_model import COLUMNS, KINDS, Cell, Column, Row
from playground.web import equal_terms, markup
from playground.web.scatter import Axis, Point, scatter
from playground.web.tokens import shape_svg


def table(made: Sequence[Row]) -> str:
    """Filters, then the table in a box of its own that scrolls sideways."""
    head = "".join(_heading(column) for column in COLUMNS)
    body = "".join(_row(row) for row in made)
    return (
        f"{_filters(made)}"
        '<div class="board-box" tabindex="0" role="region" aria-label="Scoreboard">'
        '<table class="board"><caption>Every model on this machine. Small print: 95 % interval and '
        f"N, how many samples; of fewer than {RUNS} the range.</caption>"
        f"<thead><tr>{_button('name', 'Model', '')}{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>{_sources(made)}"
    )


def _sources(made: Sequence[Row]) -> str:
    """A drawer with the commands and machines behind the shipped figures."""
    known = [row for row in made if row.measured]
    models = "".join(
        f"<div><dt>{escape(r.id)}</dt><dd>{escape(r.measured)}</dd></div>" for r in known
    )
    words = {column.key: column.heading for column in COLUMNS}
    notes = "".join(
        f"<div><dt>{escape(words[key])}</dt><dd>{escape(note)}</dd></div>"
        for key, note in NOTES.items()
    )
    return (
        '<details class="details board-sources"><summary>How these were measured</summary>'
        f"<dl>{notes}{models}</dl></details>"
    )


def _filters(made: Sequence[Row]) -> str:
    choices = {
        "kind": ("What it does", {r.kind: KINDS.get(r.kind, r.kind) for r in made}),
        "world": ("What it learnt from", {r.world: world_title(r.world) for r in made}),
        "family": ("Family", {r.family: family_word(r.family) for r in made}),
    }
    fields = "".join(_select(name, label, words) for name, (label, words) in choices.items())
    count = plural(len(made), "model")
    return f'<div class="board-filters">{fields}<p role="status">{count}</p></div>'


def _select(name: str, label: str, words: Mapping[str, str]) -> str:
    options = "".join(
        f'<option value="{escape(v)}.">{escape(w)}</option>' for v, w in words.items()
    )
    return (
        f'<label>{escape(label)}<select data-filter="{name}"><option value="">all</option>'
        f"{options}</select></label>"
    )


def family_word(family: str) -> str:
    """A family in a word, judges included."""
    others = {"contrastive": "CLIP", "classifier": "classifier"}
    return FAMILIES[family].word if family in FAMILIES else others.get(family, family)


def _heading(column: Column) -> str:
    better = {"less": "less is better", "more": "more is better", "": ""}[column.better]
    return _button(column.key, column.heading, "; ".join(filter(None, (column.help, better))))


def _button(key: str, heading: str, title: str) -> str:
    return (
        f'<th scope="col" aria-sort="none" data-key="{key}"><button type="button" '
        f'title="{escape(title)}">{escape(heading)}<i aria-hidden="true"></i></button></th>'
    )


def _row(row: Row) -> str:
    """A row; a filter's value ends in a dot, so that the world of the web is not "all"."""
    cells = "".join(_td(column, row.cells[column.key]) for column in COLUMNS)
    shape = shape_svg(row.family) if row.family in FAMILIES else ""
    said = " · ".join(filter(None, (world_title(row.world), row.remark)))
    return (
        f'<tr data-model="{escape(row.id)}" data-kind="{escape(row.kind)}." '
        f'data-world="{escape(row.world)}." data-family-of="{escape(row.family)}.">'
        f'<th scope="row" data-key="name" data-value="{escape(row.name)}" '
        f'title="{escape(row.about)}">'
        f'<span data-family="{escape(row.family)}">{shape}</span>{escape(row.name)}'
        f"<small>{escape(said)}</small></th>{cells}</tr>"
    )


def _td(column: Column, cell: Cell) -> str:
    figure = cell.metric or cell.here
    if figure is None:
        return f'<td data-key="{column.key}" class="none">{escape(cell.why)}</td>'
    shipped = _said(column, cell.metric) if cell.metric else ""
    here = f'<span class="here">here {_said(column, cell.here)}</span>' if cell.here else ""
    return f'<td data-key="{column.key}" data-value="{figure.value!r}">{shipped}{here}</td>'


def _said(column: Column, metric: Metric) -> str:
    return f"{_whole(column.say(metric.value))}{_small_print(column, metric)}"


def _small_print(column: Column, metric: Metric) -> str:
    if not column.sampled:
        return ""
    if metric.n == 1:
        return "<small>measured once</small>"
    low, high = column.say(metric.low), column.say(metric.high)
    between = f"{low}–{high}" if metric.n >= RUNS else f"from {low} to {high}"
    number = "N\u00a0" + f"{metric.n:,}".replace(",", THIN_SPACE)
    return f"<small>{_whole(between)} · {_whole(number)}</small>"


def _whole(words: str) -> str:
    """A figure and its unit, which stay on one line."""
    return f'<span class="whole">{escape(words)}</span>'


# Plots


@dataclass(frozen=True, slots=True)
class _Panel:
    """Models that have learnt from the same data, so that their figures can be compared."""

    title: str
    kind: str
    world: str
    quality: str
    up: Axis
    speed: str
    speed_words: str


def _capital(title: str) -> str:
    """A title at the beginning of a line, the rest of it as it is."""
    return title[:1].upper() + title[1:]


def world_title(world: str) -> str:
    """What a model has learnt from, in a word or two."""
    return WORLDS[world].title if world in WORLDS else world


_COVERAGE = Axis(
    "coverage of the real ones, more is better", lambda share: in_unit(share, "share"), most=1.0
)
_AXES = {
    "bits_per_character": Axis("bits a letter, less is better", significant),
    "coverage": _COVERAGE,
}


def _axis(headline: str) -> Axis:
    """The axis of a headline metric, as its column has it where nothing else is said."""
    column = next(c for c in COLUMNS if c.key == headline)
    words = {"less": ", less is better", "more": ", more is better"}.get(column.better, "")
    return _AXES.get(headline) or Axis(f"{column.heading}{words}", column.say)


_SPEEDS = {
    "text": ("step_seconds", "time a letter"),
    "image": ("picture_seconds", "time a picture"),
}
_PANELS = tuple(
    _Panel(_capital(world.title), kind, name, use.headline, _axis(use.headline), *_SPEEDS[kind])
    for name, world in WORLDS.items()
    for kind, use in world.uses.items()
    if use.headline
)


def plots(made: Sequence[Row]) -> str:
    """Quality against speed and against size, a panel for each world."""
    return "".join(
        f'<section class="board-plots"><h3>{heading}</h3><div>'
        f"{''.join(_plot(panel, made, by_speed) for panel in _PANELS)}</div></section>"
        for heading, by_speed in (("Quality against speed", True), ("Quality against size", False))
    )


def _plot(panel: _Panel, made: Sequence[Row], by_speed: bool) -> str:
    key = panel.speed if by_speed else "stored_bytes"
    words = panel.speed_words if by_speed else "size of the files"
    column = next(c for c in COLUMNS if c.key == key)
    points = [
        Point(row.name, row.family, x, y)
        for row in made
        if (row.kind, row.world) == (panel.kind, panel.world)
        and (x := row.cells[key].metric or row.cells[key].here)
        and (y := row.cells[panel.quality].metric)
    ]
    say = _decade_bytes if column.unit == "bytes" else column.say
    return scatter(panel.title, Axis(f"{words}, powers of ten", say), panel.up, points)


def _decade_bytes(value: float) -> str:
    return f"{value / 1e6:g} MB" if value < 1e9 else f"{value / 1e9:g} GB"


# Words around it


def introduction(specs: Iterable[ModelSpec]) -> str:
    """What the scoreboard is, what it does not say, and which comparisons are not on equal terms.

    Args:
        specs: the models that stand on it.
    """
    said = markup.says(
        "Shipped figures stand first; press Measure here for those of this machine. Speed depends "
        "on the machine, quality does not. Compare within one world only: a letter of Shakespeare "
        "is no letter of an emoji’s name."
    )
    return said + equal_terms.by_world(specs)


def progress(name: str, words: str, done: int, total: int, seconds_left: float | None) -> str:
    """How far measuring is, as a bar and in words."""
    left = "" if seconds_left is None else f", {roughly(seconds_left)} left"
    said = f"Measuring {name}: {words}; model {done + 1} of {total}{left}."
    return (
        f'<p class="hint" id="scoreboard-said">{escape(said)}</p>'
        f'<progress aria-labelledby="scoreboard-said" max="{total}" value="{done}"></progress>'
    )
