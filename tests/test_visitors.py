"""Who goes next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.visitors import activate, estimate_seconds, line, next_in_line, next_model


@dataclass(frozen=True)
class Someone:
    """Somebody in line."""

    visitors: tuple[str, ...]
    arrival: int


def queue(*names: str) -> list[Someone]:
    """Visitors in order of arrival; "ab" are two who wait for the same thing."""
    return [Someone(tuple(name), arrival) for arrival, name in enumerate(names)]


def names(waiting: list[Someone]) -> str:
    return " ".join("".join(someone.visitors) for someone in waiting)


def test_the_model_with_least_compute_goes_next() -> None:
    used = {"slow": 3.0, "fast": 1.0, "idle": 0.0}
    assert next_model(used, ["slow", "fast"]) == "fast"
    assert next_model({"a": 1.0, "b": 1.0}, ["b", "a"]) == "b"


def test_a_newly_active_model_starts_from_the_current_minimum() -> None:
    used = activate({"a": 10.0, "b": 12.0, "new": 3.0}, "new", ["a", "b"])
    assert used == {"a": 10.0, "b": 12.0, "new": 10.0}
    assert activate(used, "never", ["b"])["never"] == 12.0


def test_a_model_keeps_its_debts_while_others_are_active() -> None:
    assert activate({"a": 10.0, "b": 12.0}, "b", ["a"])["b"] == 12.0


def test_old_debts_are_forgotten_when_nobody_is_active() -> None:
    assert activate({"a": 100.0, "b": 2.0}, "b", []) == {"b": 0.0}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.001, 2.0)), min_size=30))
def test_active_models_never_drift_apart_by_more_than_one_step(
    costs: list[tuple[str, float]],
) -> None:
    used = {"a": 0.0, "b": 0.0, "c": 0.0}
    steps = {model: [c for m, c in costs if m == model] or [0.1] for model in used}
    for turn in range(60):
        model = next_model(used, list(used))
        used[model] += steps[model][turn % len(steps[model])]
    assert max(used.values()) - min(used.values()) <= 2.0


def test_the_line_is_round_robin_between_visitors() -> None:
    assert names(line(queue("a", "a", "a", "b", "b", "c"), {})) == "a b c a b a"


def test_slots_held_already_count_as_rounds() -> None:
    assert names(line(queue("a", "a", "b", "b"), {"a": 1})) == "b a b a"


def test_shared_work_comes_when_the_first_of_its_visitors_would_get_it() -> None:
    assert names(line(queue("a", "a", "a", "ab", "c"), {})) == "a ab c a a"


@given(
    st.lists(st.sampled_from("abcd"), max_size=30),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 5)),
)
def test_the_line_is_a_fair_order_of_those_who_wait(
    visitors: list[str], seated: dict[str, int]
) -> None:
    waiting = queue(*visitors)
    order = line(waiting, seated)
    assert sorted(order, key=lambda w: w.arrival) == waiting
    served = Counter(seated)
    for place, someone in enumerate(order):
        still_waiting = {waiter.visitors[0] for waiter in order[place:]}
        assert served[someone.visitors[0]] == min(served[v] for v in still_waiting)
        served[someone.visitors[0]] += 1
    for visitor in "abcd":
        own = [w.arrival for w in order if w.visitors == (visitor,)]
        assert own == sorted(own)


@given(st.integers(1, 40), st.integers(0, 10))
def test_a_single_visitor_leaves_room_for_newcomers(slots: int, newcomers: int) -> None:
    waiting = queue(*"a" * 50)
    seated: Counter[str] = Counter()
    while (someone := next_in_line(waiting, seated, slots - seated.total())) is not None:
        seated.update(someone.visitors)
        waiting.remove(someone)
    assert seated["a"] == (slots + 1) // 2
    if slots > 1:
        newcomer = Someone(("b",), 99)
        assert next_in_line([*waiting, newcomer], seated, slots - seated.total()) is newcomer


def test_nobody_gets_a_slot_that_is_not_there() -> None:
    assert next_in_line(queue("a"), {}, 0) is None
    assert next_in_line([], {}, 5) is None
    assert next_in_line(queue("a"), {"a": 2}, 2) is None


def test_the_estimate_grows_with_the_line_and_shrinks_with_the_slots() -> None:
    assert estimate_seconds(1, 1, None) is None
    assert estimate_seconds(3, 1, 4.0) == pytest.approx(12.0)
    assert estimate_seconds(3, 2, 4.0) == pytest.approx(6.0)
    assert estimate_seconds(1, 0, 4.0) == pytest.approx(4.0)
