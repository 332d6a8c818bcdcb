"""The history: kept whole, for one visitor each, whatever happens to the process or the disk."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from models import catalog
from models.base import ImageStep
from models.families import FAMILIES
from models.recipe import make_recipe
from playground.core.identity import COOKIE
from playground.core.share_link import open_link
from playground.features.history import routes as history_routes
from playground.features.history import store as history_store
from playground.features.history.folder import data_folder
from playground.features.history.schema import MIGRATIONS, migrate
from playground.features.history.store import OFF, SETTING, History, HistoryError, Made
from playground.features.images import place as images_place
from playground.features.play import first_page
from playground.features.text import place as text_place
from playground.registry import FEATURES
from playground.server import live
from playground.server.route import served
from tests.carry_out import carry_out, stream
from tests.fake_adapters import alone, image_recipe, text_recipe

ROOT = Path(__file__).parents[3]
ME, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[History]:
    """An empty history."""
    found = History(tmp_path / "history.sqlite", patience_seconds=0.2)
    yield found
    found.close()


def run(seed: int = 0, words: str = "", **more: Any) -> Made:
    """A finished run."""
    return Made(text_recipe(seed, words), **more)


# What is kept


def test_a_run_comes_back_as_it_was(kept: History) -> None:
    recipe = text_recipe(7, "Romeo “é”\n")
    kept.add(ME, Made(recipe, "thou", (b"one", b"two"), 0.25))
    (entry,) = kept.page(ME)
    assert entry.recipe == recipe.as_dict()
    assert (entry.key, entry.text, entry.seconds) == (recipe.key, "thou", 0.25)
    assert (entry.pictures, entry.rating, entry.note, entry.times) == (2, 0, "", 1)
    assert [kept.picture(ME, entry.id, n) for n in (0, 1, 2, 3)] == [None, b"one", b"two", None]


def test_steps_become_a_text_or_exact_pictures() -> None:
    recipe = text_recipe(3, length=12)
    written = history_store.made(recipe, alone(recipe))
    assert len(written.text) == 12
    assert written.pictures == ()
    drawn_recipe = image_recipe(4, count=3)
    steps = alone(drawn_recipe)
    drawn = history_store.made(drawn_recipe, steps)
    assert drawn.text == ""
    last = steps[-1]
    assert isinstance(last, ImageStep)
    for file, image in zip(drawn.pictures, last.images, strict=True):
        again = Image.open(io.BytesIO(file))
        assert again.tobytes() == image.tobytes()
        assert json.loads(again.info["recipe"]) == drawn_recipe.as_dict()


def test_pictures_that_are_held_back_or_too_many_bytes_are_not_kept(monkeypatch) -> None:
    recipe = image_recipe(count=3)
    *_, last = alone(recipe)
    assert isinstance(last, ImageStep)
    assert len(history_store.made(recipe, [replace(last, held_back=(1,))]).pictures) == 2
    one = len(history_store.made(recipe, [last]).pictures[0])
    monkeypatch.setattr(history_store, "MOST_PICTURE_BYTES", int(one * 1.5))
    assert len(history_store.made(recipe, [last]).pictures) == 1


def test_only_what_was_to_be_made_is_kept(kept: History) -> None:
    recipe = text_recipe()
    steps = alone(recipe)
    kept.record(ME, replace(recipe, task="score"), steps)
    assert kept.count(ME) == 0
    kept.record(ME, recipe, steps)
    assert kept.count(ME) == 1
    assert kept.keeper("") is None


def test_the_same_recipe_once_more_moves_to_the_front_with_its_rating(kept: History) -> None:
    first = kept.add(ME, run(1))
    kept.rate(ME, first, 5)
    kept.add(ME, run(2))
    assert kept.add(ME, run(1)) == first
    newest, second = kept.page(ME)
    assert (newest.id, newest.times, newest.rating) == (first, 2, 5)
    assert second.times == 1


def test_pages_go_from_new_to_old_without_gap_or_repetition(kept: History) -> None:
    for seed in range(45):
        kept.add(ME, run(seed))
        kept.add(OTHER, run(seed))
    seen: list[int] = []
    before = None
    while page := kept.page(ME, before=before, most=10):
        seen += [entry.recipe["seed"] for entry in page]
        before = page[-1].created
    assert seen == list(reversed(range(45)))


@pytest.mark.parametrize(
    ("words", "seeds"),
    [
        ("romeo", [1]),
        ("ROMEO night", [1]),
        ("romeo day", []),
        ("écart", [2]),
        ("e\u0301cart", [2]),
        ("Ecart", [2]),
        ("ｅｃａｒｔ", [2]),
        ("１００", [3]),
        ("red ５", [5]),
        ("100%", [3]),
        ("0_0", []),
        ("red 5", [5]),
        ("fine thing", [3]),
        ("fake_text", [3, 2, 1]),
        ("'; DROP TABLE runs", []),
        ("  ", [5, 3, 2, 1]),
    ],
)
def test_words_are_sought_in_prompts_texts_notes_and_labels(
    kept: History, words: str, seeds: list[int]
) -> None:
    kept.add(ME, run(1, "Romeo:", text="by night"))
    kept.add(ME, run(2, "ÉCART"))
    number = kept.add(ME, run(3, "100% 000"))
    kept.annotate(ME, number, "A fine thing")
    drawn = image_recipe(5)
    options = {**dict(drawn.options), "digit": 5, "ink": "red"}
    kept.add(ME, Made(replace(drawn, options=tuple(sorted(options.items())))))
    kept.add(OTHER, run(9, "Romeo night red 5"))
    assert [entry.recipe["seed"] for entry in kept.page(ME, words=words)] == seeds


def test_of_too_many_the_oldest_without_rating_or_note_go(kept: History, monkeypatch) -> None:
    monkeypatch.setattr(history_store, "MOST_RUNS", 3)
    numbers = []
    for seed in range(5):
        numbers.append(kept.add(ME, run(seed, pictures=(b"png",))))
        if seed == 0:
            kept.rate(ME, numbers[0], 1)
    kept.add(OTHER, run(0))
    assert [entry.recipe["seed"] for entry in kept.page(ME)] == [4, 3, 0]
    assert kept.picture(ME, numbers[1], 1) is None
    assert kept.count(OTHER) == 1


def test_ratings_and_notes_have_limits(kept: History) -> None:
    number = kept.add(ME, run())
    for rating in (-1, 6):
        with pytest.raises(ValueError, match="from 0 to 5"):
            kept.rate(ME, number, rating)
    with pytest.raises(ValueError, match="at most 2,000"):
        kept.annotate(ME, number, "x" * 2001)
    assert kept.rate(ME, number, 5)
    assert kept.annotate(ME, number, "x" * 2000)


def test_what_is_deleted_is_not_in_the_files_any_more(kept: History) -> None:
    secret = "Nobody shall ever read this again."
    number = kept.add(ME, run(1, secret, text=secret, pictures=(secret.encode(),)))
    kept.annotate(ME, number, secret)
    kept.add(ME, run(2))
    files = list(kept.path.parent.iterdir())
    assert any(secret.encode() in file.read_bytes() for file in files)
    assert kept.delete(ME, number) == 1
    for file in kept.path.parent.iterdir():
        assert secret.encode() not in file.read_bytes()
    assert kept.count(ME) == 1


def test_nobody_reads_or_changes_what_is_anothers(kept: History) -> None:
    number = kept.add(ME, run(pictures=(b"png",)))
    assert kept.page(OTHER) == []
    assert kept.count(OTHER) == 0
    assert kept.picture(OTHER, number, 1) is None
    assert not kept.rate(OTHER, number, 3)
    assert not kept.annotate(OTHER, number, "mine")
    assert kept.delete(OTHER, number) == 0
    assert kept.delete(OTHER) == 0
    (entry,) = kept.page(ME)
    assert (entry.rating, entry.note) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="files of Windows have no such modes")
def test_nobody_else_on_the_machine_may_read_the_files(kept: History) -> None:
    kept.add(ME, run())
    for file in kept.path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0


# The file


def _tables(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    return db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_an_empty_file_and_every_older_one_come_to_the_same_form(tmp_path: Path) -> None:
    forms = []
    for version in range(len(MIGRATIONS) + 1):
        path = tmp_path / f"{version}.sqlite"
        with closing(sqlite3.connect(path)) as db:
            migrate(db, MIGRATIONS[:version])
        History(path).close()
        with closing(sqlite3.connect(path)) as db:
            forms.append(_tables(db))
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert forms == [forms[0]] * len(forms)
    assert forms[0]


OLDEST = """
CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, visitor TEXT NOT NULL,
  created INTEGER NOT NULL, key TEXT NOT NULL, task TEXT NOT NULL, model TEXT NOT NULL,
  recipe TEXT NOT NULL, text TEXT NOT NULL, seconds REAL NOT NULL);
CREATE TABLE pictures (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, png BLOB NOT NULL, PRIMARY KEY (run, number));
CREATE INDEX runs_by_time ON runs (visitor, created);
PRAGMA user_version = 1;
"""
"""A file of the first form, as it was written then."""


def test_what_an_older_file_holds_stays(tmp_path: Path) -> None:
    path, recipe = tmp_path / "old.sqlite", image_recipe(3)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(OLDEST)
        row = (ME, 5, recipe.key, "generate", recipe.model, recipe.canonical(), "", 0.5)
        db.execute("INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO pictures VALUES (1, 1, ?)", (b"png",))
        db.commit()
    with closing(History(path)) as kept:
        (entry,) = kept.page(ME)
        assert entry.recipe == recipe.as_dict()
        assert (entry.rating, entry.note, entry.times, entry.source) == (0, "", 1, "")
        assert kept.picture(ME, entry.id, 1) == b"png"
        assert kept.rate(ME, entry.id, 4)
        assert kept.add(ME, Made(recipe)) == entry.id


def test_a_newer_file_is_left_alone_and_said(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(HistoryError, match="newer version"):
        History(path)


def test_what_is_no_such_file_is_left_alone_and_said(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear diary, " * 500)
    with pytest.raises(HistoryError, match="cannot be read"):
        History(path)
    assert path.read_text() == "Dear diary, " * 500
    with pytest.raises(HistoryError, match="cannot be written"):
        History(tmp_path)
    with pytest.raises(HistoryError, match="cannot be written"):
        History(path / "below" / "history.sqlite")


def test_many_threads_write_and_read_at_once(kept: History) -> None:
    def work(visitor: str) -> None:
        for seed in range(15):
            number = kept.add(visitor, run(seed))
            kept.page(visitor)
            kept.rate(visitor, number, 3)

    patient = History(kept.path)
    kept._patience_seconds = patient._patience_seconds  # thirty others may be before one
    visitors = [f"{n:032x}" for n in range(8)]
    threads = [threading.Thread(target=work, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    patient.close()
    for visitor in visitors:
        assert [entry.rating for entry in kept.page(visitor)] == [3] * 15


# What can go wrong


def test_a_full_disk_is_a_sentence_and_runs_go_on(tmp_path: Path, caplog) -> None:
    small = History(tmp_path / "small.sqlite", most_bytes=150_000)
    recipe = text_recipe(999)

    def fill() -> None:
        for seed in range(100):
            small.add(ME, run(seed, text="x" * 20_000))

    with pytest.raises(HistoryError, match="full: runs go on"):
        fill()
    before = small.count(ME)
    assert 0 < before < 10
    big = replace(alone(recipe)[-1], text="y" * 60_000)
    small.record(ME, recipe, [big])
    small.record(ME, recipe, [big])
    assert "is full" in small.trouble
    assert caplog.text.count("a run was not kept") == 1
    assert small.count(ME) == before
    assert small.delete(ME) == before
    small.record(ME, recipe, [big])
    assert small.trouble == ""
    assert small.count(ME) == 1
    small.close()


def test_a_file_in_use_is_a_sentence(kept: History) -> None:
    with closing(sqlite3.connect(kept.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept.record(ME, text_recipe(), alone(text_recipe()))
        assert "in use by another program" in kept.trouble
        assert kept.page(ME) == []  # who reads does not wait
    kept.record(ME, text_recipe(), alone(text_recipe()))
    assert kept.trouble == ""


def test_a_fault_of_our_own_breaks_no_run_either(kept: History, monkeypatch, caplog) -> None:
    monkeypatch.setattr(history_store, "made", lambda *_: 1 // 0)
    kept.record(ME, text_recipe(), alone(text_recipe()))
    assert "a run was not kept" in caplog.text


KILLER = '''
"""Writers that are killed at a random moment, again and again; prints what became of their runs."""
import os, random, select, signal, sqlite3, sys, time
from contextlib import closing
from pathlib import Path
from playground.features.history.store import History, Made
from tests.fake_adapters import text_recipe

VISITOR, ROUNDS, NEW_FILE_EVERY = "c" * 32, 200, 8

def write_for_ever(path, seed, out):
    kept = History(path)
    while True:
        kept.add(VISITOR, Made(text_recipe(seed), "x" * 500, (b"p" * 3000,)))
        os.write(out, b"%d\\n" % seed)  # finished: from here on it must not be lost
        seed += 1

def killed(path, seed, wait, writers):
    """Acknowledged seeds of writers that all end at one moment."""
    sources = []
    for number in range(writers):
        source, out = os.pipe()
        child = os.fork()
        if not child:
            try:
                write_for_ever(path, seed + number * 100_000, out)
            finally:
                os._exit(1)
        os.close(out)
        sources.append((child, source))
    time.sleep(wait)
    for child, _ in sources:
        os.kill(child, signal.SIGKILL)
    said = b""
    for child, source in sources:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "a writer ended by itself"
        while part := os.read(source, 65536):
            said += part
        os.close(source)
    return [int(line) for line in said.split()]

random.seed(8)
folder = Path(sys.argv[1])
acknowledged, lost, damaged, writes = set(), 0, 0, 0
for number in range(ROUNDS):
    if number % NEW_FILE_EVERY == 0:  # so that some are killed while they make the file
        path, acknowledged = folder / f"{number}.sqlite", set()
    writers = 2 if number % 2 else 1
    seeds = killed(path, number * 1000, random.uniform(0.0, 0.08), writers)
    acknowledged.update(seeds)
    writes += len(seeds)
    with closing(History(path)) as kept:
        found, before = set(), None
        while page := kept.page(VISITOR, before=before, most=500):
            found.update(entry.recipe["seed"] for entry in page)
            before = page[-1].created
    lost += len(acknowledged - found)
    with closing(sqlite3.connect(path)) as db:
        damaged += db.execute("PRAGMA integrity_check").fetchone() != ("ok",)
print(writes, lost, damaged)
'''


@pytest.mark.slow
def test_killed_200_times_no_finished_run_is_lost_and_the_file_opens(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    writes, lost, damaged = map(int, done.stdout.split())
    assert writes > 200
    assert (lost, damaged) == (0, 0)


PATIENT = """
import sys
from pathlib import Path
from playground.features.history.store import History, Made
from tests.fake_adapters import text_recipe

path, visitor, first = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
kept = History(path)
for seed in range(first, first + 40):
    kept.add(visitor, Made(text_recipe(seed)))
    kept.page(visitor)
kept.close()
"""


def test_two_processes_share_a_file_that_both_of_them_make(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite"
    asked = [[sys.executable, "-c", PATIENT, str(path), ME, str(first)] for first in (0, 1000)]
    running = [subprocess.Popen(a, cwd=ROOT, stderr=subprocess.PIPE, text=True) for a in asked]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    with closing(History(path)) as kept:
        seeds = {entry.recipe["seed"] for entry in kept.page(ME, most=100)}
    assert seeds == {*range(40), *range(1000, 1040)}


# Where it lies


def test_it_is_off_by_one_switch_and_where_strangers_come(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    for off in (
        {SETTING: OFF},
        {SETTING: "OFF "},
        {"SPACE_ID": "somebody/space"},
        {"PLAYGROUND_HOST": "space"},
        {"SPACE_ID": "somebody/space", "PLAYGROUND_HOST": "class"},
    ):
        assert history_store.open_history({**home, **off}) is None
    assert list(tmp_path.iterdir()) == []


def test_it_lies_with_the_users_data_or_where_its_setting_says(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    named = {SETTING: str(tmp_path / "deep" / "er" / "mine.sqlite"), "SPACE_ID": "x"}
    places = [(home, tmp_path / "data" / history_store.FILE), (named, Path(named[SETTING]))]
    for environment, path in places:
        found = history_store.open_history(environment)
        assert found is not None
        assert found.path == path
        assert path.is_file()
        found.close()


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.local/share"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/d"}, "/d"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support"),
        ("win32", {"HOME": "/h", "LOCALAPPDATA": "/local"}, "/local"),
        ("win32", {"HOME": "/h"}, "/h/AppData/Local"),
    ],
)
def test_every_system_has_its_own_place(platform, environment, folder) -> None:
    assert data_folder(environment, platform) == Path(folder)


def test_without_a_place_there_is_none_but_a_wrong_setting_is_said(tmp_path: Path, caplog) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    assert history_store.open_history({"HOME": str(blocked)}) is None
    assert "no history is kept" in caplog.text
    with pytest.raises(ValueError, match=f"{SETTING} cannot be “{blocked}/x”"):
        history_store.open_history({SETTING: f"{blocked}/x"})


def test_the_app_ends_with_a_sentence_where_its_file_cannot_be(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {SETTING: str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{SETTING} cannot be" in done.stderr
    assert "Traceback" not in done.stderr


# On the way of every run


@pytest.fixture
def keeping(services, kept: History) -> Any:
    """Services that keep a history."""
    return replace(services, states=(kept,))


def asking(visitor: str = ME) -> Any:
    """A request as Gradio's handlers see it."""
    return SimpleNamespace(session_hash="page", query_params={}, cookies={COOKIE: visitor})


DRAWN = ("a red seven on a black background", 7, "red", "black", 2, 5, 2.0, 3)


def test_what_the_places_make_is_kept_for_whoever_asked(keeping, kept: History) -> None:
    written = ("O, ", "char_lstm", "gpt2_mini", 0.8, 3, 0, 1.0, 12)
    plan = text_place.write_text(keeping, *written)
    carry_out(keeping, plan, keeping.keeper(asking()))
    pages = kept.page(ME)
    assert {entry.recipe["model"] for entry in pages} == {"char_lstm", "gpt2_mini"}
    for entry in pages:
        assert len(entry.text) == 12
        assert entry.recipe["prompt"] == "O, "
        assert entry.seconds > 0
    assert plan["link"]
    pictures = images_place.draw_pictures(keeping, *DRAWN)
    carry_out(keeping, pictures, keeping.keeper(asking(OTHER)))
    drawn = kept.page(OTHER)
    assert {entry.recipe["model"] for entry in drawn} == {"gan", "vae", "diffusion_mini"}
    assert [entry.pictures for entry in drawn] == [2, 2, 2]
    assert kept.count(ME) == 2


def test_a_run_is_kept_before_its_page_hears_of_the_end(keeping, kept: History) -> None:
    finished = 0
    plan = images_place.draw_pictures(keeping, *DRAWN)
    for _, event in stream(keeping, plan, keep=keeping.keeper(asking())):
        finished += bool(event.get("frame", {}).get("last"))
        assert kept.count(ME) >= finished
    assert kept.count(ME) == finished == 3


def test_it_is_kept_whether_a_result_was_live_or_from_a_minute_ago(keeping, kept: History) -> None:
    plan = images_place.draw_pictures(keeping, *DRAWN)
    carry_out(keeping, plan, keeping.keeper(asking()))
    carry_out(keeping, plan, keeping.keeper(asking(OTHER)))  # the very same, from the cache
    assert {entry.source for entry in kept.page(ME)} == {"live"}
    assert {entry.source for entry in kept.page(OTHER)} == {"shared"}
    carry_out(keeping, plan, keeping.keeper(asking()))
    assert {(entry.source, entry.times) for entry in kept.page(ME)} == {("shared", 2)}
    listed = Browser(keeping).get()["runs"]
    assert [run["source"] for run in listed] == ["shared"] * 3


def test_what_is_stopped_fails_or_has_no_visitor_is_not_kept(keeping, kept: History) -> None:
    stopped = ("delay=0.05", "char_lstm", "gpt2_mini", 0.8, 3, 0, 1.0, 200)
    plan = text_place.write_text(keeping, *stopped)
    events = stream(keeping, plan, keep=keeping.keeper(asking()))
    next(events)
    events.close()
    failed = ("fail=2", "gpt2_mini", "gpt2_mini", 0.8, 3, 0, 1.0, 9)
    carry_out(keeping, text_place.write_text(keeping, *failed), keeping.keeper(asking()))
    fine = text_place.write_text(keeping, "O, ", "char_lstm", "gpt2_mini", 0.8, 3, 0, 1.0, 9)
    carry_out(keeping, fine, keeping.keeper(asking("nobody")))
    carry_out(keeping, fine, replace(keeping, states=()).keeper(asking()))
    assert kept.count(ME) == 0


# Over HTTP


class Browser:
    """One visitor's requests to our routes."""

    def __init__(self, services: Any, visitor: str = ME) -> None:
        routes = served([*history_routes.routes(services), *live.routes(services)])
        self.app = Starlette(routes=routes)
        self.cookies = {COOKIE: visitor} if visitor else {}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One answer, whole."""

        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://page", cookies=self.cookies
            ) as client:
                return await client.request(method, path, **more)

        return asyncio.run(answer())

    def get(self, path: str = "/history") -> Any:
        return self.ask("GET", path).json()

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.ask("POST", f"/history/{path}", json=body)


def test_live_runs_are_kept_when_the_page_says_so(keeping, kept: History) -> None:
    me = Browser(keeping)
    asked = {"model": "gan", "options": {"count": 1}}
    for seed, keep in enumerate((True, False, 1, None)):
        body = {"runs": [{**asked, "seed": seed}], "keep": keep}
        assert '"end": "finished"' in me.ask("POST", "/live", json=body).text
    assert [entry.recipe["seed"] for entry in kept.page(ME)] == [0]
    score = {"model": "char_lstm", "task": "score", "prompt": "O"}
    me.ask("POST", "/live", json={"runs": [score], "keep": True})
    assert kept.count(ME) == 1


def test_the_list_says_all_that_a_page_shows(keeping, kept: History) -> None:
    plan = images_place.draw_pictures(keeping, *DRAWN)
    carry_out(keeping, plan, keeping.keeper(asking()))
    found = Browser(keeping).get()
    assert (found["state"], found["trouble"], found["count"]) == ("on", "", 3)
    assert not found["more"]
    gan = next(run for run in found["runs"] if run["model"] == "gan")
    assert (gan["name"], gan["family"], gan["asked"]) == ("GAN", "gan", "red 7 on black")
    assert (gan["seed"], gan["pictures"], gan["rating"], gan["note"]) == (5, 2, 0, "")
    (recipe,), remark = open_link(gan["link"], keeping.specs)
    assert remark == ""
    assert recipe.as_dict() == next(e.recipe for e in kept.page(ME) if e.recipe["model"] == "gan")
    picture = Browser(keeping).ask("GET", f"/history/{gan['run']}/1.png")
    assert picture.headers["content-type"] == "image/png"
    assert "private" in picture.headers["cache-control"]
    assert Image.open(io.BytesIO(picture.content)).size == (32, 32)


def test_the_list_comes_in_pages_and_can_be_searched(keeping, kept: History) -> None:
    for seed in range(25):
        kept.add(ME, run(seed, f"prompt {seed}"))
    me = Browser(keeping)
    first = me.get()
    assert first["more"]
    assert len(first["runs"]) == 20
    second = me.get(f"/history?before={first['runs'][-1]['created']}")
    assert [r["seed"] for r in second["runs"]] == [4, 3, 2, 1, 0]
    assert not second["more"]
    assert [r["seed"] for r in me.get("/history?words=prompt+24")["runs"]] == [24]


def test_a_model_that_is_gone_leaves_its_runs_without_a_link(keeping, kept: History) -> None:
    kept.add(ME, run(1, "kept all the same"))  # of a model that is not among those on offer
    (found,) = Browser(keeping).get()["runs"]
    assert (found["link"], found["name"], found["family"]) == ("", "fake_text", "")
    assert found["asked"] == "kept all the same"


def test_the_lab_sheet_has_the_inks_of_the_page_and_nothing_to_fetch() -> None:
    folder = Path(history_routes.__file__).parent
    front = first_page.page(catalog.specs(), FEATURES)
    found = dict(re.findall(r'<template id="shape-(\w+)" data-light="(#\w{6})"', front))
    assert found == {name: family.ink.light for name, family in FAMILIES.items()}
    for file in (*folder.glob("*.js"), *folder.glob("*.css")):
        content = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://|innerHTML|@import|url\(", content), file.name


def test_only_what_a_form_can_show_has_a_link(keeping, kept: History) -> None:
    forms = {(each.kind, each.world) for feature in FEATURES for each in feature.restores}
    makers = [spec for spec in keeping.specs.values() if spec.kind != "measure"]
    for spec in makers:
        kept.add(ME, Made(make_recipe(spec)))
    runs = Browser(keeping).get()["runs"]
    linked = {each["model"] for each in runs if each["link"]}
    assert linked == {spec.id for spec in makers if (spec.kind, spec.world) in forms}
    assert {each["model"] for each in runs} - linked == {"char_lstm_emoji"}


def test_rating_noting_and_deleting(keeping, kept: History) -> None:
    me = Browser(keeping)
    one, two = kept.add(ME, run(1)), kept.add(ME, run(2))
    assert me.post("rate", run=one, rating=4).json() == {"done": True}
    assert me.post("note", run=one, note="<b>mine</b>").json() == {"done": True}
    (entry,) = [e for e in kept.page(ME) if e.id == one]
    assert (entry.rating, entry.note) == (4, "<b>mine</b>")
    assert me.post("delete", run=two).json() == {"done": True}
    assert me.post("delete", run=two).status_code == 404
    assert kept.count(ME) == 1
    assert me.post("delete", all=True).json() == {"done": True}
    assert me.post("delete", all=True).json() == {"done": True}
    assert kept.count(ME) == 0


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("rate", {"run": 1, "rating": 6}, "from 0 to 5"),
        ("rate", {"run": 1, "rating": True}, "whole number"),
        ("rate", {"run": "1", "rating": 1}, "whole number"),
        ("rate", {"rating": 1}, "whole number"),
        ("rate", {"run": 2**63, "rating": 1}, "whole number"),
        ("note", {"run": 1}, "must be text"),
        ("note", {"run": 1, "note": "x" * 2001}, "at most"),
        ("delete", {}, "whole number"),
        ("delete", {"all": "yes"}, "whole number"),
        ("delete", [], "object"),
    ],
)
def test_what_is_no_such_request_is_refused_in_words(keeping, path, body, words) -> None:
    answer = Browser(keeping).ask("POST", f"/history/{path}", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["sentence"]


def test_odd_addresses_are_refused_too(keeping) -> None:
    me = Browser(keeping)
    for query in ("before=x", "before=-1", "before=" + "9" * 30, "before=٣"):
        assert me.ask("GET", f"/history?{query}").status_code == 422
    assert me.ask("GET", f"/history/{'9' * 40}/1.png").status_code == 404
    assert me.ask("GET", "/history/1/1.png").status_code == 404
    plain = me.ask("POST", "/history/delete", content=b'{"all": true}')
    assert plain.status_code == 422  # a form of another site could send this


def test_anothers_rows_can_neither_be_read_nor_changed(keeping, kept: History) -> None:
    number = kept.add(ME, run(1, "my secret", pictures=(b"png",)))
    for other in (Browser(keeping, OTHER), Browser(keeping, ""), Browser(keeping, "x" * 32)):
        assert other.get("/history?words=secret")["runs"] == []
        assert other.ask("GET", f"/history/{number}/1.png").status_code == 404
        assert "secret" not in other.ask("GET", "/history/export").text
        assert other.post("rate", run=number, rating=1).status_code == 404
        assert other.post("note", run=number, note="x").status_code == 404
        assert other.post("delete", run=number).status_code == 404
        other.post("delete", all=True)
    (entry,) = kept.page(ME)
    assert (entry.rating, entry.note, kept.picture(ME, number, 1)) == (0, "", b"png")


def test_the_export_is_a_line_of_json_for_every_run(keeping, kept: History) -> None:
    for seed in range(23):
        number = kept.add(ME, run(seed, "é", text="a\nb", pictures=(b"png",), seconds=0.5))
    kept.rate(ME, number, 2)
    answer = Browser(keeping).ask("GET", "/history/export")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["recipe"]["seed"] for row in rows] == list(reversed(range(23)))
    assert (rows[0]["rating"], rows[0]["text"]) == (2, "a\nb")
    assert base64.b64decode(rows[0]["pictures"][0]) == b"png"
    assert rows[0]["recipe"] == text_recipe(22, "é").as_dict()
    assert 1.7e9 < rows[0]["created"] < 1e11


def test_where_it_is_off_and_for_nobody_the_page_is_told(services, keeping) -> None:
    off, nobody = Browser(services), Browser(keeping, "")
    assert (off.get()["state"], nobody.get()["state"]) == ("off", "nobody")
    assert "keeps no history" in off.get()["trouble"]
    assert off.post("delete", all=True).status_code == 404
    assert off.ask("GET", "/history/export").status_code == 404


def test_where_its_file_is_damaged_the_app_goes_on_and_says_so(
    services, tmp_path: Path, caplog
) -> None:
    path = tmp_path / "history.sqlite"
    path.write_bytes(b"rubbish " * 1000)
    found = history_store.open_history({SETTING: str(path)})
    assert f"no history is kept: {path}" in caplog.text
    told = Browser(replace(services, states=(found,)))
    assert told.get()["state"] == "off"
    assert told.get()["trouble"] == (
        "The history file cannot be read. Runs go on, but are not kept."
    )
    assert "cannot be read" in told.post("delete", all=True).json()["sentence"]
    assert path.read_bytes() == b"rubbish " * 1000


def test_on_a_full_disk_room_is_made_to_delete_or_it_is_said_what_would(
    keeping, kept: History, monkeypatch
) -> None:
    first, second = kept.add(ME, run(1)), kept.add(ME, run(2))
    writing, refusals = kept._writing, [1]

    @contextmanager
    def full() -> Iterator[Any]:
        with kept._told(), writing() as db:
            yield db
            if refusals and refusals.pop():
                raise sqlite3.OperationalError("database or disk is full")

    def full_log() -> None:
        with kept._told():
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(kept, "_writing", full)
    assert kept.delete(ME, first) == 1
    assert kept.count(ME) == 1
    refusals[:] = [1, 1]
    monkeypatch.setattr(kept, "_empty_log", full_log)
    answer = Browser(keeping).post("delete", run=second)
    assert answer.status_code == 503
    assert "must make room on the disk" in answer.json()["sentence"]
    assert kept.count(ME) == 1


def test_a_file_that_cannot_be_read_is_a_sentence(keeping, kept: History) -> None:
    me = Browser(keeping)
    kept.close()
    for file in kept.path.parent.iterdir():
        file.write_bytes(b"rubbish " * 1000)
    answer = me.ask("GET", "/history")
    assert answer.status_code == 503
    assert "cannot be read" in answer.json()["sentence"]
    assert me.post("rate", run=1, rating=1).status_code == 503
    assert me.ask("GET", "/history/export").status_code == 503
