"""What a claim's card shows, as HTML strings. Pure: no gradio, everything escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from models.base import ModelSpec
from models.experiments import results
from models.experiments.claim import Claim, Number, Outcome, Verdict
from models.experiments.corrections import CORRECTIONS
from models.experiments.results import Shipped
from models.experiments.running import State
from models.measure.metric import Unit
from playground.core.errors import explain
from playground.core.format import duration, roughly
from playground.web import charts, equal_terms, markup

MARKS = {"holds": "●", "does_not_hold": "○", "cannot_tell": "◐"}
UNREAD = "No result is shipped for this one: run it here."
OTHER_WEIGHTS = "These figures are of other weights than those that are here now."


def card(claim: str, found: Shipped | None, specs: Mapping[str, ModelSpec]) -> str:
    """One claim: its sentence, the verdict, the chart, and all about it.

    Args:
        found: the result that is shipped.
        specs: the models that are here, for what has changed since it was recorded.
    """
    about = results.experiment(claim).CLAIM
    if found is None:
        shown = markup.says(UNREAD)
        said = ""
    else:
        shown = judged(claim, found.outcome)
        said = _sayings(about, judge(claim, found.outcome))
    stale = markup.says(OTHER_WEIGHTS) if found and is_stale(found, specs) else ""
    compared = [specs[m] for m in found.weights if m in specs] if found and about.compares else []
    return (
        f'<article class="claim-card" id="claim-{escape(claim)}">'
        f"<h3>{escape(about.sentence)}</h3>{shown}{equal_terms.by_world(compared)}{stale}{said}"
        f'<p class="says"><b>To see it flip.</b> {escape(about.flip)}</p>'
        f"{details(claim, found)}</article>"
    )


def judged(claim: str, outcome: Outcome) -> str:
    """The verdict in words, and the chart it goes back to."""
    notes = "".join(markup.says(note) for note in outcome.notes)
    return f"{_verdict(judge(claim, outcome))}{chart(claim, outcome)}{notes}"


def judge(claim: str, outcome: Outcome) -> Verdict:
    """What the numbers say of the claim."""
    return results.experiment(claim).verdict(outcome.named())


def label(claim: str, found: Shipped | None) -> str:
    """One claim in a line of a list, with its verdict."""
    sentence = results.experiment(claim).CLAIM.sentence
    return f"{sentence} {judge(claim, found.outcome).words}." if found else sentence


def corrections() -> str:
    """Figures of the articles that are wrong, beside what their sources say."""
    cards = "".join(
        f'<section id="corrected-{escape(one.id)}"><h3>{escape(one.about)}</h3>'
        f"{_three(one.article, one.source, one.measured)}</section>"
        for one in CORRECTIONS
    )
    return f'<article class="claim-card">{cards}</article>'


def here(claim: str, state: State) -> str:
    """What an experiment that was started from the page has come to."""
    if state.error is not None:
        return markup.failure(explain(state.error))
    if state.outcome is not None:
        took = duration(state.seconds)
        heading = markup.says(f"Measured here, in {took}, with a sample made small to be quick:")
        return f'<div class="claim-here">{heading}{judged(claim, state.outcome)}</div>'
    if state.stopped:
        return markup.says("■ stopped")
    return _progress(state)


def announcement(claim: str, state: State) -> str:
    """What a screen reader hears when an experiment has ended."""
    if state.outcome is not None:
        verdict = judge(claim, state.outcome)
        return f"Measured. {verdict.words}. {verdict.because}"
    return "" if state.error is not None else "Stopped."


def chart(claim: str, outcome: Outcome) -> str:
    """The figures of a claim as bars, or as lines."""
    about = results.experiment(claim).CLAIM
    numbers = [number for number in outcome.numbers if number.shown]
    low = 0.0 if about.from_zero and not about.log else None
    axis = charts.Axis(about.axis, low=low, percent=about.percent, log=about.log)
    if about.shape == "bars":
        return charts.bars(about.title, [_mark(n) for n in numbers], axis, claim)
    across = charts.Axis(about.across, low=None if about.log_across else 0.0, log=about.log_across)
    return charts.lines(about.title, _lines(numbers), across, axis, claim)


def details(claim: str, found: Shipped | None) -> str:
    """A drawer with how it is measured, every figure, and the command that repeats it."""
    about = results.experiment(claim).CLAIM
    facts = {
        "Measured": about.how,
        "The article": about.article,
        "The source": about.source,
        "Repeat it": found.command if found else results.command(claim),
    }
    if found:
        facts |= _provenance(found)
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    figures = _figures(found.outcome.numbers, about) if found else ""
    return (
        '<details class="details"><summary>How it was measured</summary>'
        f"<dl>{rows}</dl>{figures}</details>"
    )


def is_stale(found: Shipped, specs: Mapping[str, ModelSpec]) -> bool:
    """Whether a model here has other weights than those that a result is about."""
    return any(m in specs and specs[m].revision != w for m, w in found.weights.items())


def _verdict(verdict: Verdict) -> str:
    mark = f'<i aria-hidden="true">{MARKS[verdict.word]}</i>'
    return (
        f'<p class="verdict" data-word="{verdict.word}">{mark} <b>{escape(verdict.words)}.</b> '
        f"{escape(verdict.because)}</p>"
    )


def _sayings(about: Claim, verdict: Verdict) -> str:
    """What the article, the source and the figures say, where they do not all say the same."""
    if verdict.word == "holds":
        return ""
    measured = f"{verdict.words}. {verdict.because}"
    return _three(about.article, about.source, measured)


def _three(article: str, source: str, measured: str) -> str:
    """What the article, the source and our own figures say, one below another."""
    said = {"The article says": article, "The source says": source, "We measured": measured}
    rows = "".join(f"<dt>{name}</dt><dd>{escape(words)}</dd>" for name, words in said.items())
    return f'<dl class="sayings">{rows}</dl>'


def _progress(state: State) -> str:
    """How far it is, and how long it will take as far as that is known."""
    progress = state.progress
    if progress is None or not progress.total:
        return markup.hint("◔ the models are waking up")
    left = state.left_seconds
    time = f", {roughly(left)} left" if left is not None else ""
    words = f"◔ {progress.doing}{time}"
    return (
        f'<p class="hint">{escape(words)}</p><progress aria-label="Progress of the experiment" '
        f'max="1" value="{progress.done / progress.total:.3f}"></progress>'
    )


def _mark(number: Number) -> charts.Mark:
    m = number.metric
    return charts.Mark(number.label, m.value, m.low, m.high, m.n, number.family, number.x)


def _lines(numbers: Sequence[Number]) -> list[charts.Line]:
    """Numbers of one label in one line, from left to right."""
    by_label: dict[str, list[Number]] = {}
    for number in numbers:
        by_label.setdefault(number.label, []).append(number)
    return [
        charts.Line(name, own[0].family, tuple(_mark(n) for n in sorted(own, key=lambda n: n.x)))
        for name, own in by_label.items()
    ]


def _provenance(found: Shipped) -> dict[str, str]:
    weights = ", ".join(f"{model} {revision}" for model, revision in found.weights.items())
    facts = {"Machine": found.machine, "Weights": weights}
    if found.size:
        facts |= {"Took": duration(found.seconds), "Seed": str(found.seed)}
    return facts


def _exactly(value: float, unit: Unit) -> str:
    """To four digits; a share in percent, so that no 1 of it looks like a count."""
    return f"{100 * value:.4g} %" if unit == "share" else f"{value:.4g}"


def _figures(numbers: Sequence[Number], about: Claim) -> str:
    """Every figure with its interval and N, those that are not on the chart too."""
    head = ("Figure", "value", "95 % from", "to", "N")
    rows = []
    for number in numbers:
        m = number.metric
        name = number.label + (f", {number.x:g} {about.across}" if number.x else "")
        values = (_exactly(v, m.unit) for v in (m.value, m.low, m.high))
        rows.append((name, *values, f"{m.n}"))
    return charts.table(head, rows)
