"""Intervals, the rule for "all right", likeness of samples, and scoring every character once."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from models import datasets
from models.base import TokenStep
from models.catalog import SPECS
from models.datasets import Concept
from models.measure import judging, similarity
from models.measure.metric import JACKKNIFE_GROUPS, jackknife, mean, median, ratio, share
from models.measure.worlds import text
from models.measure.worlds.text import Window
from models.networks.judge import Judge as Network


def test_share_is_wilsons_interval() -> None:
    metric = share([True] * 8 + [False] * 2)
    assert (metric.value, metric.n) == (0.8, 10)
    assert metric.low == pytest.approx(0.4902, abs=1e-4)  # Newcombe 1998, method 3
    assert metric.high == pytest.approx(0.9433, abs=1e-4)


def test_share_of_certainty_still_has_an_interval() -> None:
    assert share([True] * 20).low < 0.9


def test_mean_over_blocks_is_wider_for_dependent_values() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=100), 50)
    assert mean(values, 50).value == pytest.approx(mean(values).value)
    assert mean(values, 50).high - mean(values, 50).low > 5 * (mean(values).high - mean(values).low)


def test_ratio_of_clusters_of_one_is_the_mean() -> None:
    values = np.random.default_rng(0).normal(size=100)
    assert astuple(ratio(values, np.ones(100))) == pytest.approx(astuple(mean(values)))


def test_ratio_takes_clusters_for_the_samples() -> None:
    of_clusters = np.random.default_rng(0).normal(size=100)
    metric = ratio(of_clusters * 50, np.full(100, 50))  # 50 units each, all the same
    wanted = mean(np.repeat(of_clusters, 50), 50)
    assert (metric.value, metric.low, metric.n) == pytest.approx((wanted.value, wanted.low, 5_000))


def test_jackknife_of_a_mean_is_students_interval() -> None:
    values = np.random.default_rng(0).normal(size=JACKKNIFE_GROUPS)
    left_out = [float(np.delete(values, i).mean()) for i in range(len(values))]
    metric = jackknife(float(values.mean()), left_out, len(values))
    half = 2.093024 * values.std(ddof=1) / math.sqrt(len(values))  # t of 19 degrees of freedom
    assert metric.high - metric.value == pytest.approx(half)
    assert metric.value - metric.low == pytest.approx(half)
    assert jackknife(0.0, left_out, 20, low=0.0).low == 0.0


@pytest.mark.parametrize(("count", "rank"), [(5, 1), (6, 1), (9, 2), (15, 4), (25, 8), (100, 40)])
def test_median_has_the_binomial_ranks(count: int, rank: int) -> None:
    """Ranks of 95 % as tabulated, for instance in Conover 1999 (for 5, the widest there is)."""
    values = np.random.default_rng(0).permutation(np.arange(1.0, count + 1))
    metric = median(values)
    assert (metric.low, metric.high) == (rank, count + 1 - rank)
    assert metric.value == (count + 1) / 2


def _by_hand(real: np.ndarray, drawn: np.ndarray, k: int) -> tuple[float, float]:
    """Coverage and density, word for word."""
    covered, inside = 0, 0
    for i, x in enumerate(real):
        others = sorted(math.dist(x, y) for j, y in enumerate(real) if j != i)
        within = [math.dist(x, y) < others[k - 1] for y in drawn]
        covered += any(within)
        inside += sum(within)
    return covered / len(real), inside / (k * len(drawn))


@pytest.mark.parametrize(("n", "m", "k"), [(60, 60, 5), (45, 73, 3), (100, 40, 1)])
def test_coverage_and_density_are_those_by_hand(n: int, m: int, k: int) -> None:
    generator = np.random.default_rng(n)
    real, drawn = generator.normal(size=(n, 3)), 0.7 * generator.normal(size=(m, 3)) + 0.3
    metrics = similarity.coverage_and_density(real, drawn, k)
    found = metrics["coverage"].value, metrics["density"].value
    assert found == pytest.approx(_by_hand(real, drawn, k))
    assert 0 < found[0] < 1

    groups = np.arange(n) % JACKKNIFE_GROUPS, np.arange(m) % JACKKNIFE_GROUPS
    left_out = [
        _by_hand(real[groups[0] != g], drawn[groups[1] != g], k) for g in range(JACKKNIFE_GROUPS)
    ]
    for metric, values in zip(metrics.values(), zip(*left_out, strict=True), strict=True):
        wanted = jackknife(metric.value, values, m, 0.0, math.inf)
        assert metric.low == pytest.approx(wanted.low)


def test_rows_in_several_blocks_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    real, drawn = generator.normal(size=(50, 2)), generator.normal(size=(50, 2))
    whole = similarity.coverage_and_density(real, drawn)
    monkeypatch.setattr(similarity, "_ROWS", 7)
    assert similarity.coverage_and_density(real, drawn) == whole


def test_the_same_samples_cover_everything_and_far_ones_nothing() -> None:
    real = np.random.default_rng(0).normal(size=(80, 4))
    assert similarity.coverage_and_density(real, real)["coverage"].value == 1
    far = similarity.coverage_and_density(real, real + 100)
    assert (far["coverage"].value, far["density"].value) == (0, 0)
    one_kind = similarity.coverage_and_density(real, real[:1].repeat(80, 0))
    assert one_kind["coverage"].value < 0.3


def test_frechet_is_the_formula() -> None:
    """|m1 - m2|² + Tr(S1 + S2 - 2 (S1 S2)^½), the root by way of symmetric matrices."""
    generator = np.random.default_rng(0)
    real = generator.normal(size=(1_000, 4)) @ generator.normal(size=(4, 4))
    drawn = generator.normal(size=(1_200, 4)) + 0.5
    first, second = np.cov(real.T), np.cov(drawn.T)
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(values) @ vectors.T
    mixed = np.sqrt(np.linalg.eigvalsh(root @ second @ root)).sum()
    shift = np.square(real.mean(0) - drawn.mean(0)).sum()
    wanted = shift + np.trace(first) + np.trace(second) - 2 * mixed
    metric = similarity.frechet(real, drawn)
    assert metric.value == pytest.approx(wanted, rel=1e-4)
    assert metric.low < wanted < metric.high


def test_frechet_of_a_shift_is_its_square() -> None:
    real = np.random.default_rng(0).normal(size=(1_000, 4))
    assert similarity.frechet(real, real + 2).value == pytest.approx(16, rel=1e-4)


def test_frechet_of_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="1,000"):
        similarity.frechet(np.zeros((2_000, 4)), np.zeros((999, 4)))


def _paint(concept: Concept, stroke: np.ndarray) -> np.ndarray:
    ink, paper = (np.array([datasets.PALETTE[c]]) for c in (concept.ink, concept.paper))
    return datasets.paint(stroke[None], ink, paper)


def test_colours_and_stroke_are_read_back_in_every_concept() -> None:
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 12:16] = 255
    stroke[4:6, 10:12] = 128
    for concept in datasets.concepts():
        seen = judging.read_colours(_paint(concept, stroke))
        assert datasets.COLOURS[seen.inks[0]] == concept.ink
        assert datasets.COLOURS[seen.papers[0]] == concept.paper
        assert np.abs(seen.strokes[0] - stroke / 255).max() < 0.02


def test_a_wrong_colour_or_an_empty_picture_is_not_right() -> None:
    judge = judging.Judge(SimpleNamespace(eval=lambda: lambda x: torch.eye(10)[[1] * len(x)]))  # type: ignore[arg-type]
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 12:16] = 255
    concept = Concept(1, "red", "black")
    assert judge.all_right(_paint(concept, stroke), concept).all()
    assert not judge.all_right(_paint(Concept(1, "blue", "black"), stroke), concept).any()
    assert not judge.all_right(_paint(Concept(1, "red", "white"), stroke), concept).any()
    assert not judge.all_right(_paint(concept, stroke), Concept(2, "red", "black")).any()


def test_features_are_those_before_the_last_layer() -> None:
    torch.manual_seed(0)
    network = Network(width=8, features=12)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (7, 32, 32, 3), np.uint8)
    judge = judging.Judge(network)
    features = judge.features(images, block=3)
    assert features.shape == (7, 12)
    read = network.head(torch.from_numpy(features)).argmax(1).tolist()
    assert read == judge.digits(judging.read_colours(images).strokes).tolist()


class _Bigram:
    """Knows exactly how likely each character is: p = (1 + previous token) / 100 for the next 0."""

    start = 1

    def __init__(self) -> None:
        self.longest = 0

    def encode(self, text: str) -> list[int]:
        return [int(c) if c != "\n" else self.start for c in text]

    def logits_of(self, tokens: torch.Tensor) -> torch.Tensor:
        self.longest = max(self.longest, tokens.shape[1])
        zero = (1 + tokens.float()) / 100
        return torch.stack([zero, 1 - zero], -1).log()


def _wanted_bits(tokens: list[int]) -> list[float]:
    """What `_Bigram` gives each of tokens[1:]."""
    zeros = [(1 + before) / 100 for before in tokens[:-1]]
    return [-math.log2(1 - z if t else z) for z, t in zip(zeros, tokens[1:], strict=True)]


@pytest.mark.parametrize("length", [1, 128, 129, 256, 257, 1000, 4321])
@pytest.mark.parametrize("window", [Window(256, 128), Window(256, 32), Window(100, 100)], ids=str)
def test_every_character_is_scored_once(length: int, window: Window) -> None:
    said = "".join(map(str, np.random.default_rng(length).integers(0, 2, length)))
    adapter = _Bigram()
    bits = text.bits_of_characters(adapter, said, window)
    wanted = _wanted_bits([adapter.start, *map(int, said)])
    assert bits == pytest.approx(np.array(wanted), rel=1e-4)
    assert adapter.longest <= window.length


def test_every_scored_character_has_what_is_promised_before_it() -> None:
    """A model that can tell how far it has read: its bits are the places within the window."""

    class Counter(_Bigram):
        def logits_of(self, tokens: torch.Tensor) -> torch.Tensor:
            place = torch.arange(1.0, tokens.shape[1] + 1).expand(tokens.shape)
            sure = 2.0**-place
            return torch.stack([sure, 1 - sure], -1).double().log()

    window = Window(20, 5)
    bits = text.bits_of_characters(Counter(), "0" * 101, window)
    assert bits[:15] == pytest.approx(np.arange(1, 16))
    assert bits[15:].min() > window.before


def test_names_are_scored_with_the_end_of_their_line() -> None:
    adapter = _Bigram()
    names = ("0", "0101", "11")
    rows = text.bits_of_names(adapter, names)
    for name, row in zip(names, rows, strict=True):
        tokens = [adapter.start, *map(int, name), adapter.start]
        assert row == pytest.approx(np.array(_wanted_bits(tokens)), rel=1e-4)


def test_the_window_follows_from_the_context(tmp_path: Path) -> None:
    spec = replace(_Namer.spec, source=str(tmp_path))
    config = tmp_path / "config.json"
    config.write_text('{"n_positions": 256}')
    assert text.window_of(spec) == Window(256, 64)
    config.write_text('{"hidden": 512}')
    assert text.window_of(spec) == text.ENDLESS


def test_the_worst_passage_is_where_the_surprise_is() -> None:
    bits = np.ones(500)
    bits[200:280] = 3
    said = "".join(chr(65 + i % 26) for i in range(500))
    exhibit = text.worst_passage(said, bits)
    assert exhibit.lines == (said[200:280],)
    assert "3.0 bits" in exhibit.title
    assert text.worst_passage("short", np.ones(5)).lines == ("short",)


class _Namer:
    """Writes a name letter by letter, chosen by the seed."""

    spec = next(spec for spec in SPECS if spec.id == "char_lstm")

    def __init__(self, *names: str) -> None:
        self.names = names
        self.ended = 0

    def begin(self, recipe: Any) -> list[str]:
        return list(self.names[recipe.seed % len(self.names)] + "\n and more")

    def advance(self, states: list[list[str]]) -> list[TokenStep]:
        return [
            TokenStep(0, len(state) == 1, 0, state.pop(0), 1.0, 1.0, 0.0, 0, ()) for state in states
        ]

    def end(self, state: list[str]) -> None:
        self.ended += 1


def test_lines_end_where_the_line_does() -> None:
    adapter = _Namer("cat", "a dog", "")
    assert text.write_lines(adapter, range(5)) == ["cat", "a dog", "", "cat", "a dog"]
    assert adapter.ended == 5


def test_only_names_that_no_emoji_has_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "emoji", lambda: (np.zeros(0), ("cat", "dog")))
    finding = text._names_invented(_Namer("cat", "cat with hat", "", "dogs"))
    assert finding.metrics["new_names"].value == 0.5
    assert finding.metrics["new_names"].n == text.NAMES_INVENTED
    assert finding.exhibits[0].lines[:4] == ("cat", "cat with hat", "", "dogs")


def test_starts_are_compared_pair_by_pair_by_the_clock_and_by_the_processor(monkeypatch):
    from models.measure.app import start

    taken = iter([(9, 9), (9, 9), (4, 2), (2, 4), (3, 1), (1, 1)])
    monkeypatch.setattr(start, "first_page", lambda *_: start.Start(*next(taken)))
    found = start.measure(2)
    assert found["start_ratio"].value == 2.5  # 4 to 2 and 3 to 1; the first pair warms up
    assert found["start_cpu_ratio"].value == 0.75
    assert found["hello_world_cpu_seconds"].value == 2.5
    assert {metric.n for metric in found.values()} == {2}


def test_where_the_system_tells_no_processor_time_starts_are_compared_by_the_clock(monkeypatch):
    from models.measure.app import start

    monkeypatch.setattr(start, "first_page", lambda *_: start.Start(2.0, float("nan")))
    assert [*start.measure(2)] == ["start_seconds", "hello_world_seconds", "start_ratio"]


def test_a_start_is_timed_to_the_first_page_with_bytecode_kept(monkeypatch):
    from models.measure.app import start

    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    page = (
        "import http.server, os, sys, time; assert not sys.dont_write_bytecode; "
        "x = [i for i in range(10**6)]; "
        "http.server.HTTPServer(('127.0.0.1', int(os.environ['GRADIO_SERVER_PORT'])), "
        "http.server.SimpleHTTPRequestHandler).serve_forever()"
    )
    found = start.first_page("-c", page)
    assert found.seconds > 0
    assert not Path("/proc").exists() or 0 < found.cpu_seconds < 60


def test_without_a_browser_the_first_sight_is_null_with_a_reason(monkeypatch, capsys):
    import json

    from models.measure import __main__
    from models.measure.app import first_sight

    def missing() -> None:
        raise RuntimeError("there is no Chromium on this machine")

    monkeypatch.setattr(first_sight, "chromium", missing)
    monkeypatch.setattr("sys.argv", ["measure", "sight", "--json"])
    __main__.main()
    figures = json.loads(capsys.readouterr().out)["app"]
    assert figures["phone_moving_seconds"] is None
    assert "no Chromium" in figures["reason"]
