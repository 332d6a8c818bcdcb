"""Who goes next."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from models.engine.scheduling import (
    activate,
    began,
    gave_back,
    gives_way,
    go_on,
    line,
    next_in_line,
    next_model,
    standing,
)


@dataclass(frozen=True)
class Someone:
    """Somebody in line."""

    visitors: tuple[str, ...]
    arrival: int
    clients: tuple[str, ...] = ("",)
    calls: int = 0


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
    visitors: list[str], held: dict[str, int]
) -> None:
    waiting = queue(*visitors)
    order = line(waiting, held)
    assert sorted(order, key=lambda w: w.arrival) == waiting
    served = Counter(held)
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
    held: Counter[str] = Counter()
    while (someone := next_in_line(waiting, held, slots - held.total(), {})) is not None:
        held.update(someone.visitors)
        waiting.remove(someone)
    assert held["a"] == (slots + 1) // 2
    if slots > 1:
        newcomer = Someone(("b",), 99)
        assert next_in_line([*waiting, newcomer], held, slots - held.total(), {}) is newcomer


def test_nobody_gets_a_slot_that_is_not_there() -> None:
    assert next_in_line(queue("a"), {}, 0, {}) is None
    assert next_in_line([], {}, 5, {}) is None
    assert next_in_line(queue("a"), {"a": 2}, 2, {}) is None


def test_who_may_hold_no_more_slots_does_not_keep_others_from_theirs() -> None:
    waiting = queue("a", "b")
    assert next_in_line(waiting, {"a": 2}, 2, {"b": 5}) is waiting[1]


def test_a_round_is_remembered_after_its_slot_is_free() -> None:
    rounds = began({}, {"a"})
    assert rounds == {"a": 1}
    waiting = queue("a", "b")
    assert next_in_line(waiting, {}, 1, rounds) is waiting[1]
    assert names(line(waiting, standing(rounds, {}))) == "b a"


def test_when_everybody_has_had_a_round_it_counts_no_longer() -> None:
    rounds = began(began({}, {"a"}), {"b"})
    assert began(rounds, {"a"}) == {"a": 1}  # a had a second one: there was nobody at the first
    assert gave_back(began(rounds, {"a"}), {"a"}) == {}


def test_slots_still_held_count_even_if_their_round_is_long_gone() -> None:
    assert standing({"a": 1, "b": 2}, {"a": 3, "c": 1}) == {"a": 3, "b": 2, "c": 1}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 4)),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 4)),
)
def test_who_goes_next_is_the_first_in_line_who_may_hold_one_more(
    pairs: list[tuple[str, str]], held: dict[str, int], rounds: dict[str, int]
) -> None:
    waiting = [Someone(tuple(set(pair)), arrival) for arrival, pair in enumerate(pairs)]
    for free in range(6):
        order = [w for w in waiting if min(held.get(v, 0) for v in w.visitors) < free]
        first: list[Someone | None] = [*line(order, standing(rounds, held))[:1]]
        assert [next_in_line(waiting, held, free, rounds)] == (first or [None])


ARRIVALS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("abcd"), st.integers(1, 12), st.integers(1, 9)),
    min_size=1,
    max_size=8,
)


@given(ARRIVALS, st.integers(1, 8))
def test_ten_runs_of_one_visitor_never_delay_the_first_of_another(
    arrivals: list[tuple[int, str, int, int]], slots: int
) -> None:
    """Between somebody's arrival and the first slot, everybody else is served once at most.

    Each arrival is a moment, a visitor, a number of runs, and how long each of them takes.
    """
    numbers = itertools.count()
    waiting: list[Someone] = []
    ends: list[tuple[int, str]] = []  # of those with a slot
    rounds: dict[str, int] = {}
    firsts: dict[str, Counter[str]] = {}  # who waits for a first one: others served since then
    seconds: dict[int, int] = {}
    for now in range(500):
        ends = [(end, visitor) for end, visitor in ends if end > now]
        for _, visitor, count, each in (a for a in arrivals if a[0] == now):
            held = {v for _, v in ends} | {w.visitors[0] for w in waiting}
            if visitor not in held and not rounds.get(visitor):
                firsts[visitor] = Counter()
            for _ in range(count):
                waiting.append(Someone((visitor,), next(numbers)))
                seconds[waiting[-1].arrival] = each
        while True:
            held = Counter(visitor for _, visitor in ends)
            chosen = next_in_line(waiting, held, slots - len(ends), rounds)
            if chosen is None:
                break
            waiting.remove(chosen)
            (visitor,) = chosen.visitors
            rounds = began(rounds, chosen.visitors)
            ends.append((now + seconds[chosen.arrival], visitor))
            firsts.pop(visitor, None)
            for others in firsts.values():
                others[visitor] += 1
                assert others[visitor] == 1
    assert not waiting


def of(client: str, visitor: str, arrival: int, calls: int = 0) -> Someone:
    return Someone((visitor,), arrival, (client,), calls)


def test_clients_take_turns_and_the_visitors_of_each_among_themselves() -> None:
    waiting = [of("x", "abcdef"[i], i) for i in range(4)]
    waiting += [of("y", "u", 4), of("y", "u", 5), of("y", "v", 6)]
    assert names(line(waiting, {})) == "a u b v c u d"
    assert names(line(waiting, {"a": 1}, {"y": 2})) == "b c d u v a u"
    assert next_in_line(waiting, {}, 3, {}, {"x": 1}) is waiting[4]
    assert next_in_line(waiting, {}, 3, {}, {}) is waiting[0]


def test_who_is_behind_one_address_gets_all_that_is_free() -> None:
    waiting = [of("room", str(i), i) for i in range(30)]
    held: Counter[str] = Counter()
    taken = 0
    while (one := next_in_line(waiting, held, 30 - taken, {}, {"room": taken})) is not None:
        waiting.remove(one)
        held.update(one.visitors)
        taken += 1
    assert taken == 30


def test_what_has_begun_goes_on_by_clients_and_then_by_who_had_least() -> None:
    begun = [of("room", str(i), i, calls=1000 + i) for i in range(6)]
    begun += [of("room", "new", 6, calls=3), of("home", "x", 7, calls=5000)]
    assert go_on(begun, 8) == begun
    assert go_on(begun, 3) == [begun[0], begun[6], begun[7]]
    assert go_on(begun, 2) == [begun[6], begun[7]]


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 300)), min_size=1, max_size=40))
def test_no_client_goes_on_twice_before_another_once(pairs: list[tuple[str, int]]) -> None:
    begun = [of(client, str(i), i, calls) for i, (client, calls) in enumerate(pairs)]
    for most in range(1, len(begun) + 1):
        chosen = go_on(begun, most)
        assert len(chosen) == most
        counts = Counter(one.clients[0] for one in chosen)
        whole = Counter(client for client, _ in pairs)
        for a, b in itertools.permutations(whole, 2):
            assert counts[a] >= min(whole[a], counts[b] - 1)


def test_the_newest_of_who_has_most_gives_way() -> None:
    works = [of("x", "a", 0), of("x", "a", 1), of("x", "b", 2), of("y", "c", 3)]
    assert gives_way(works, "new", "z") is works[1]
    assert gives_way(works, "new", "y") is works[1]
    assert gives_way(works, "a", "x") is None
    assert gives_way(works, "b", "x") is None  # would have as many as the other
    assert gives_way(works, "new", "x") is works[1]
    assert gives_way(works[2:], "new", "z") is None
    assert gives_way([], "new", "z") is None
