"""Equal terms: what differs between the models of a comparison is what the page says differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from models import catalog, checkpoint
from models.base import ModelSpec
from models.measure import terms
from models.measure.terms import Difference, Terms
from playground.web import equal_terms

A = Terms("a", frozenset({"hash"}), {}, 3_000_000, 600.0, 1e14)
B = replace(A, model="b")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (B, set()),
        (replace(B, parameters=2_851_000), set()),
        (replace(B, parameters=2_849_000), {"weights"}),
        (replace(B, data=frozenset({"hash", "more"})), {"data"}),
        (replace(B, texts={"a": 12}), {"teachers"}),
        (replace(B, seconds=6000.0), set()),  # operations are counted: minutes do not matter
        (replace(B, flops=0.9e14), {"training"}),
        (replace(B, flops=None), set()),
        (replace(B, flops=None, seconds=500.0), {"training"}),
    ],
)
def test_texts_may_differ_by_a_twentieth(other: Terms, expected: set[Difference]) -> None:
    assert terms.differences("text", [A, other]) == expected


def test_pictures_may_differ_by_a_tenth() -> None:
    assert terms.differences("image", [A, replace(B, flops=0.91e14)]) == set()
    assert terms.differences("image", [A, replace(B, parameters=2_690_000)]) == {"weights"}


def test_a_model_and_itself_are_equal_however_it_came_about() -> None:
    assert terms.differences("text", [replace(A, texts={"b": 1})] * 2) == set()


def groups() -> Iterator[tuple[ModelSpec, ...]]:
    """The shipped models that stand beside each other."""
    ours = [spec for spec in catalog.specs().values() if not spec.files and spec.kind != "measure"]
    for place in dict.fromkeys((spec.world, spec.kind) for spec in ours):
        group = {spec.source: spec for spec in ours if (spec.world, spec.kind) == place}
        if len(group) > 1:
            yield tuple(group.values())


@pytest.mark.parametrize("group", groups(), ids=lambda group: f"{group[0].world} {group[0].kind}")
def test_the_page_says_of_every_comparison_what_its_cards_say(group: tuple[ModelSpec, ...]) -> None:
    files = [checkpoint.folder(spec.source) / checkpoint.METRICS_FILE for spec in group]
    read = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    said = equal_terms.sentences(group)
    allowed = 0.05 if group[0].kind == "text" else 0.10
    sizes = [one["parameters"] for one in read]
    times = [one["training"].get("training_flops") or one["training"]["seconds"] for one in read]
    assert ("Weights: " in said) == (min(sizes) < (1 - allowed) * max(sizes))
    assert ("Training on " in said) == (min(times) < (1 - allowed) * max(times))
    taught = [any(" texts by " in name for name in one["training"]["data"]) for one in read]
    assert said.count(" texts that models had written") == sum(taught)
    named = [f"{spec.name} " in said.replace(equal_terms.NO_BREAK, " ") for spec in group]
    assert all(named) == bool("Weights: " in said or "Training on " in said)


def test_nothing_is_said_of_twins_and_of_models_that_came_about_elsewhere() -> None:
    specs = catalog.specs()
    assert equal_terms.sentences([specs["char_lstm"], specs["char_lstm_int8"]]) == ""
    assert equal_terms.note([specs["gan"], specs["stable_diffusion"]]) == ""


def test_a_line_is_said_of_every_world_once() -> None:
    lines = equal_terms.by_world(catalog.specs().values()).split("</p>")[:-1]
    heads = [line.removeprefix('<p class="says"><b>').partition("</b>")[0] for line in lines]
    assert len(heads) == len(set(heads)) == sum(bool(equal_terms.sentences(g)) for g in groups())
