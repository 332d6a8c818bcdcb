"""The claims page: what a card shows, and its handlers over the real pool and engine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models import catalog
from models.experiments import one_token_at_a_time, results
from models.experiments.claim import Number, Outcome, Progress
from models.experiments.running import Laboratory, State
from models.measure.metric import Metric
from playground.features.claims import card as claim_card
from playground.features.claims import place as tab
from tests.fake_catalogue import SPECS
from tests.models.test_experiments import GIVEN
from tests.web.test_charts import check_well_formed

HALF = Progress(5, 10, "GAN draws")


def made_up(claim: str, *changes: dict[str, Metric]) -> results.Shipped:
    """A result with the figures that a test of verdicts gives, all on the chart."""
    figures = dict(GIVEN[claim][0])
    for change in changes:
        figures |= change
    numbers = tuple(Number(name, name, metric) for name, metric in figures.items())
    return results.Shipped(Outcome(numbers), "python -m x", "a machine", {"gan": "abc"}, 90.0, 4, 7)


@pytest.mark.parametrize("claim", results.ids())
def test_a_card_has_verdict_chart_table_and_command(claim: str):
    found = results.shipped(claim)
    assert found is not None
    html = claim_card.card(claim, found, catalog.specs())
    check_well_formed(html)
    about = results.experiment(claim).CLAIM
    verdict = results.experiment(claim).verdict(found.outcome.named())
    assert about.sentence in html
    assert f"<b>{verdict.words}.</b>" in html
    assert 'role="img" aria-label="' in html
    assert html.count("<table>") == 2  # the chart's, and all figures
    assert found.command in html
    assert "To see it flip." in html
    for m in (number.metric for number in found.outcome.numbers if number.shown):
        assert f"<td>{m.n}</td>" in html


@pytest.mark.parametrize("claim", results.ids())
def test_a_share_is_told_in_percent_on_the_chart_and_in_the_details(claim: str):
    found = results.shipped(claim)
    assert found is not None
    about = results.experiment(claim).CLAIM
    shown = [n.metric.unit == "share" for n in found.outcome.numbers if n.shown]
    assert shown == [about.percent] * len(shown)
    cells = re.findall(r"<tr>(.*?)</tr>", claim_card.details(claim, found))[1:]
    for number, row in zip(found.outcome.numbers, cells, strict=True):
        assert row.count(" %</td>") == (3 if number.metric.unit == "share" else 0), row


@pytest.mark.parametrize("claim", results.ids())
def test_a_contrary_result_turns_the_card(claim: str):
    kept, turned = made_up(claim), made_up(claim, GIVEN[claim][1])
    assert 'data-word="holds"' in claim_card.card(claim, kept, {})
    html = claim_card.card(claim, turned, {})
    assert 'data-word="does_not_hold"' in html
    assert "Does not hold at this size" in claim_card.label(claim, turned)


def test_where_article_and_figures_differ_all_three_are_said():
    about = results.experiment("mode_collapse").CLAIM
    agrees = claim_card.card("mode_collapse", made_up("mode_collapse"), {})
    differs = claim_card.card(
        "mode_collapse", made_up("mode_collapse", GIVEN["mode_collapse"][1]), {}
    )
    assert 'class="sayings"' not in agrees
    said = re.search('<dl class="sayings">(.*?)</dl>', differs)
    assert said
    for words in ("The article says", about.article, "The source says", "We measured"):
        assert words in said[1]


def test_figures_of_other_weights_say_so():
    found = made_up("sharp_or_blurry")
    here = {"gan": replace(SPECS["gan"], revision="abc")}
    newer = {"gan": replace(SPECS["gan"], revision="def")}
    assert claim_card.OTHER_WEIGHTS not in claim_card.card("sharp_or_blurry", found, here)
    assert claim_card.OTHER_WEIGHTS in claim_card.card("sharp_or_blurry", found, newer)


def test_without_a_shipped_result_the_card_says_so():
    html = claim_card.card("sharp_or_blurry", None, {})
    check_well_formed(html)
    assert claim_card.UNREAD in html
    assert "python -m models.experiments sharp_or_blurry" in html


def test_progress_tells_what_is_done_and_how_long_it_takes():
    waking = claim_card.here("energy", State(seconds=1.0))
    assert "waking up" in waking
    early = claim_card.here("energy", State(HALF, seconds=1.0))
    assert "GAN draws" in early
    assert "left" not in early
    later = claim_card.here("energy", State(HALF, seconds=9.0, left_seconds=9.2))
    assert "GAN draws, about 9 s left" in later
    assert 'value="0.500"' in later


def test_ends_are_told_in_words():
    outcome = made_up("sharp_or_blurry").outcome
    html = claim_card.here("sharp_or_blurry", State(outcome=outcome, seconds=31.0))
    check_well_formed(html)
    assert "Measured here, in 31 s" in html
    assert "Holds here" in claim_card.announcement("sharp_or_blurry", State(outcome=outcome))
    assert "stopped" in claim_card.here("energy", State(stopped=True))
    assert claim_card.announcement("energy", State(stopped=True)) == "Stopped."
    broken = State(error=ValueError("Nothing is <here>."))
    assert "Nothing is &lt;here&gt;." in claim_card.here("energy", broken)


def test_lines_are_put_together_by_their_label():
    numbers = [Number(f"a{x}", "A", Metric(1, 0, 2, 3), "gan", x) for x in (4.0, 1.0, 2.0)]
    (line,) = claim_card._lines(numbers)
    assert [mark.x for mark in line.marks] == [1.0, 2.0, 4.0]


# Handlers


@pytest.fixture
def bench(services: Any, monkeypatch: pytest.MonkeyPatch) -> tab.Bench:
    monkeypatch.setattr(one_token_at_a_time, "QUICK", 2)
    return tab.Bench(Laboratory(services.engine, services.specs), "one_token_at_a_time")


def test_an_experiment_is_run_from_the_page(bench: tab.Bench, visitor: Any):
    views = list(tab.run_claim(bench, visitor))
    assert all(isinstance(view, tab.ClaimView) for view in views)
    assert {view.button for view in views[:-1]} == {tab.STOP}
    assert views[-1].button == tab.RUN
    assert "Holds here" in views[-1].here
    assert views[-1].announcement.startswith("Measured. Holds here")
    assert views[0].announcement == ""
    again = list(tab.run_claim(bench, visitor))
    assert len(again) == 1  # it is there at once
    assert again[0].here == views[-1].here


def test_stop_ends_it_for_who_pressed(bench: tab.Bench, visitor: Any):
    running = tab.run_claim(bench, visitor)
    assert next(running).button == tab.STOP
    tab.stop_claim(bench, tab.RUN, visitor)  # no effect: the button says something else
    tab.stop_claim(bench, tab.STOP, SimpleNamespace(session_hash="another"))
    assert next(running).button == tab.STOP
    tab.stop_claim(bench, tab.STOP, visitor)
    *_, last = running
    assert "stopped" in last.here
    assert last.button == tab.RUN


def test_what_cannot_be_run_is_told_in_words(services: Any, visitor: Any):
    bench = tab.Bench(Laboratory(services.engine, {}), "energy")
    with pytest.raises(ValueError, match="not offered here"):
        list(tab.run_claim(bench, visitor))


def test_the_page_has_every_claim(services: Any):
    from playground import site

    demo = site.build(services)
    config = demo.get_config_file()
    ids = {c["props"].get("elem_id") for c in config["components"]}
    for claim in results.ids():
        assert {f"claims-card-{claim}", f"claims-run-{claim}", f"claims-here-{claim}"} <= ids
    opened = [i for i in ids if i and i.startswith("claims-open-")]
    assert len(opened) == len(results.ids()) - 5


def test_no_result_holds_a_verdict_written_by_hand():
    files = sorted(Path(results.RESULTS).glob("*.json"))
    assert len(files) >= 10
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "Holds here" not in text
        assert "Does not hold" not in text
        assert '"verdict"' not in text
