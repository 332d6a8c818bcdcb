"""Charts: pure SVG with words for everybody, a table behind it, and inks that name families."""

from __future__ import annotations

import csv
import io
import itertools
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from playground.web import charts, tokens
from playground.web.charts import Axis, Line, Mark

MARKS = (
    Mark("Real digits", 0.9, 0.88, 0.92, 1000),
    Mark("GAN", 0.8, 0.7, 0.85, 160, "gan"),
    Mark("Nobody", None, missing="has no words"),
)
CURVES = (
    Line(
        "LSTM",
        "lstm",
        tuple(
            Mark("LSTM", 3 - i / 4, 2.5 - i / 4, 3.5 - i / 4, 60, "lstm", 2**i) for i in range(9)
        ),
    ),
    Line(
        "GPT",
        "transformer",
        tuple(Mark("GPT", 3 - i / 4.1, None, None, 60, "transformer", 2**i) for i in range(9)),
    ),
)


class Well(HTMLParser):
    """Notes what is opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def check_well_formed(html: str) -> None:
    """Every element is closed in its place."""
    reader = Well()
    reader.feed(html)
    assert reader.wrong == []
    assert reader.open == []


def rows_of_csv(html: str) -> list[list[str]]:
    """The rows of the CSV behind a chart."""
    found = re.search(r'href="data:text/csv;charset=utf-8,([^"]*)"', html)
    assert found
    return list(csv.reader(io.StringIO(unquote(found[1]))))


def test_bars_have_words_a_table_and_a_csv():
    html = charts.bars("How much is reached.", MARKS, Axis("coverage (%)", percent=True), "reach")
    check_well_formed(html)
    assert "GAN 80.0 % (70.0 % to 85.0 %)" in re.search('aria-label="([^"]*)"', html)[1]
    assert 'role="img"' in html
    assert "coverage (%) · N = 160 to 1\u202f000" in html
    assert 'download="reach.csv"' in html
    assert rows_of_csv(html) == [
        ["", "coverage (%)", "95 % from", "to", "N"],
        ["Real digits", "90", "88", "92", "1000"],
        ["GAN", "80", "70", "85", "160"],
        ["Nobody", "has no words", "", "", ""],
    ]


def test_a_bar_is_as_long_as_its_value_and_the_axis_begins_at_zero():
    html = charts.bars("x", [Mark("a", 1.0), Mark("b", 2.0)], Axis("y"))
    short, long = (float(width) for width in re.findall(r'width="([\d.]+)" height', html))
    assert long == pytest.approx(2 * short, abs=0.2)


def test_lines_are_drawn_with_the_dash_and_ink_of_their_family():
    across, up = Axis("characters", None, log=True), Axis("bits", None)
    html = charts.lines("Surprise.", CURVES, across, up, "memory")
    check_well_formed(html)
    assert 'data-ink="lstm"' in html
    assert 'data-ink="transformer"' in html
    assert html.count('stroke-dasharray="8 3"') == 1
    assert html.count('class="band"') == 1  # only where there are intervals
    assert [row[1] for row in rows_of_csv(html)[1:10]] == [str(2**i) for i in range(9)]


def test_steps_of_a_logarithm_are_equal():
    across = Axis("characters", None, log=True)
    html = charts.lines("x", CURVES[:1], across, Axis("bits", None))
    path = re.search(r'class="line" d="M([^"]*)"', html)[1]
    places = [float(point.split()[0]) for point in path.split("L")]
    steps = [b - a for a, b in itertools.pairwise(places)]
    assert max(steps) - min(steps) < 0.2


def test_labels_at_the_ends_of_lines_do_not_meet():
    close = [
        Line(name, "gan", (Mark(name, 1 + i / 1000, x=0.0), Mark(name, 1 + i / 1000, x=1.0)))
        for i, name in enumerate("abcd")
    ]
    html = charts.lines("x", close, Axis("x"), Axis("y"))
    check_well_formed(html)
    places = sorted(
        float(y) for y, name in re.findall(r'y="([\d.]+)" text-anchor="start">(\w)<', html)
    )
    assert len(places) == 4
    assert min(b - a for a, b in itertools.pairwise(places)) >= 12.9


def test_a_line_of_one_mark_is_a_dot_in_the_shape_of_its_family():
    dots = [Line("GAN", "gan", (Mark("GAN", 2.0, 1.0, 3.0, 9, "gan", 1.4),))]
    html = charts.lines("Energy.", dots, Axis("parameters (M)"), Axis("joules", log=True))
    check_well_formed(html)
    assert tokens.shape_parts("gan") in html
    assert 'class="whisker"' in html
    assert 'class="line"' not in html


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0, 1, [0, 0.5, 1]), (0, 8, [0, 2, 4, 6, 8]), (1.7, 4.2, [2, 3, 4]), (3, 3, [3])],
)
def test_ticks_are_round(low, high, wanted):
    assert charts.ticks(low, high) == wanted


def test_ticks_of_a_logarithm_are_powers():
    assert charts.log_ticks(1, 256, 9) == [2.0**i for i in range(9)]
    assert charts.log_ticks(0.01, 100) == [0.01, 0.1, 1, 10, 100]


def test_whatever_a_label_holds_is_text():
    mark = Mark("<script>alert(1)</script>", 1.0, family='gan"><script>')
    axis = Axis("<b>unit</b>")
    for html in (
        charts.bars("<i>title</i>", [mark], axis, '"><script>'),
        charts.lines("<i>", [Line(mark.label, mark.family, (mark,))], axis, axis),
        charts.table(["<b>"], [["<script>"]], "<i>"),
    ):
        assert "<script" not in html
        assert "<b>" not in html
        assert "<i>" not in html


def test_nothing_at_all_is_no_fault():
    check_well_formed(charts.bars("x", [], Axis("y")))
    check_well_formed(charts.lines("x", [], Axis("x"), Axis("y")))
    check_well_formed(charts.lines("x", [Line("a", "gan", ())], Axis("x"), Axis("y")))
