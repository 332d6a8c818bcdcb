"""The history's room: the unseen go first, an address has its share, and a disk may be full."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from playground.features.history import room
from playground.features.history.faults import FULL
from playground.features.history.routes import keeper_of
from playground.features.history.store import History, HistoryError, Made
from tests.fake_adapters import alone, text_recipe

NAMES = [f"{n:032x}" for n in range(1, 6)]
FIRST, SECOND, THIRD, *_ = NAMES
BIG = "x" * 20_000


def add(kept: History, visitor: str, seed: int = 0, text: str = BIG) -> None:
    """One run of a visitor's."""
    kept.add(visitor, Made(text_recipe(seed), text))


def add_many(kept: History, visitor: str, seeds: range) -> None:
    """A run of each seed."""
    for seed in seeds:
        add(kept, visitor, seed)


def last_seen(kept: History, visitor: str, ago_seconds: float) -> None:
    """Let a visitor have been there so long ago."""
    with kept._writing() as db:
        room.seen(db, visitor, time.time() - ago_seconds)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[History]:
    with closing(History(tmp_path / "h.sqlite", most_bytes=400_000)) as history:
        yield history


def test_who_was_not_there_for_half_a_year_is_forgotten(kept: History) -> None:
    for visitor in (FIRST, SECOND):
        add(kept, visitor)
    last_seen(kept, FIRST, room.UNSEEN_SECONDS + 10)
    last_seen(kept, SECOND, room.UNSEEN_SECONDS - 1_000)
    with closing(History(kept.path)) as again:
        assert [again.count(name) for name in (FIRST, SECOND)] == [0, 1]


def test_it_is_looked_for_them_while_the_app_runs(kept: History) -> None:
    add(kept, FIRST)
    last_seen(kept, FIRST, room.UNSEEN_SECONDS + 10)
    add(kept, SECOND)
    assert kept.count(FIRST) == 1
    kept._swept -= 2 * room.SEEN_SECONDS
    add(kept, SECOND, 1)
    assert kept.count(FIRST) == 0


def test_who_reads_is_seen(kept: History) -> None:
    add(kept, FIRST)
    last_seen(kept, FIRST, room.UNSEEN_SECONDS - 1_000)
    kept.page(FIRST)
    with kept._reading() as db:
        assert time.time() - (room.was_seen(db, FIRST) or 0) < 60
        assert room.was_seen(db, SECOND) is None
    kept.page(SECOND)  # of whom nothing is kept, and nothing is written down
    with kept._reading() as db:
        assert room.was_seen(db, SECOND) is None


def test_in_a_full_file_the_longest_unseen_go_first(kept: History) -> None:
    for number, visitor in enumerate((FIRST, SECOND, THIRD)):
        add(kept, visitor, 1)
        add(kept, visitor, 2)
        last_seen(kept, visitor, 1_000 - number)
    seed = 10
    while kept.count(FIRST):
        add(kept, NAMES[4], seed)
        seed += 1
        assert seed < 60
    assert [kept.count(name) for name in (SECOND, THIRD)] == [2, 2]
    assert kept.count(NAMES[4]) == seed - 10


def test_alone_in_a_full_file_nobody_loses_anything(kept: History) -> None:
    with pytest.raises(HistoryError, match=FULL[:20]):
        add_many(kept, FIRST, range(100))
    assert kept.count(FIRST) >= 10


def test_who_deletes_everything_leaves_no_trace(kept: History) -> None:
    add(kept, FIRST)
    kept.delete(FIRST)
    with kept._reading() as db:
        assert room.was_seen(db, FIRST) is None


# Shares


def test_an_address_has_its_share_of_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_BYTES_OF_HOUR", 10_000)
    now = [0.0]
    shares = room.Shares(lambda: now[0])
    assert [shares.take("a", 2_000) for _ in range(3)] == [True, True, False]
    assert shares.trouble("a") == room.OVER_SHARE
    assert (shares.take("b", 2_000), shares.trouble("b")) == (True, "")
    assert all(shares.take("", 9_000) for _ in range(10))
    now[0] += room.HOUR_SECONDS
    assert (shares.trouble("a"), shares.take("a", 2_000)) == ("", True)


def test_ids_without_end_fill_no_file(kept: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_BYTES_OF_HOUR", 10_000)
    recipe, names = text_recipe(7), [f"{n:032x}" for n in range(20)]
    services: Any = SimpleNamespace(state=lambda kind: kept)
    for name in names:
        cookies = {"playground_visitor": name}
        request = SimpleNamespace(cookies=cookies, client=SimpleNamespace(host="198.51.100.7"))
        keep = keeper_of(services, request)
        assert keep is not None
        keep(recipe, alone(recipe))
    assert 0 < sum(map(kept.count, names)) < 6
    assert kept.shares.trouble("198.51.100.7")
    assert kept.trouble == ""  # to all others


# A disk that is full


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if sys.platform != "linux" or not mounted:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave no byte of a disk."""
    with (folder / "other").open("ab", buffering=0) as file:
        for size in (100_000, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_on_a_full_disk_it_is_said_and_what_is_there_can_be_deleted(disk: Path) -> None:
    with closing(History(disk / "h.sqlite")) as kept:
        assert kept._reserve.path.stat().st_size == room.RESERVE_BYTES
        for seed in range(20):
            add(kept, FIRST, seed)
        fill(disk)
        with pytest.raises(HistoryError, match=FULL[:20]):
            add_many(kept, FIRST, range(20, 200))
        before = kept.count(FIRST)
        assert before >= 20
        assert kept.delete(FIRST, kept.page(FIRST)[0].id) == 1
        assert kept.delete(FIRST) == before - 1
        add(kept, FIRST, 1_000)
        assert kept.count(FIRST) == 1


def test_on_a_full_disk_the_longest_unseen_make_room(disk: Path) -> None:
    with closing(History(disk / "h.sqlite")) as kept:
        for seed in range(20):
            add(kept, FIRST, seed)
        fill(disk)
        for seed in range(10):
            add(kept, SECOND, seed)
        assert (kept.count(FIRST), kept.count(SECOND)) == (0, 10)


def test_without_room_there_is_no_reserve_and_no_part_of_one(disk: Path) -> None:
    fill(disk)
    reserve = room.Reserve(disk / "h.sqlite")
    reserve.keep()
    assert not reserve.path.exists()
    (disk / "other").unlink()
    reserve.keep()
    reserve.keep()
    assert reserve.path.stat().st_size == room.RESERVE_BYTES
    reserve.give()
    reserve.give()
    assert not reserve.path.exists()
