"""“Real or made?”: the critic, the questions, the routes, and fetching the digits from loopback."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import io
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models import catalog, datasets
from models.adapters.gan import Gan
from models.base import ImageStep, ModelSpec, Recipe
from models.engine import Engine
from models.pool import Pool
from models.recipe import from_dict, make_recipe
from playground.core import picture_files
from playground.features.play import real_or_made, replay_pack, same_paper
from playground.features.play.real_or_made import Fetching
from playground.server.route import served
from tests import tiny_models

SPEC = catalog.spec("gan")
LABELS = {"digit": 7, "ink": "red", "paper": "white"}


def encoded(pixels: np.ndarray) -> str:
    """A picture as an option holds it."""
    return base64.b64encode(picture_files.png_bytes(Image.fromarray(pixels))).decode()


def noise(seed: int, side: int = 32) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def critic_recipe(spec: ModelSpec, seed: int = 0, **options: Any) -> Recipe:
    return make_recipe(spec, task="critic", options={**LABELS, "count": 2, **options}, seed=seed)


def steps_of(adapter: Gan, *recipes: Recipe) -> list[ImageStep]:
    return adapter.advance([adapter.begin(recipe) for recipe in recipes])


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Gan:
    return Gan.load(tiny_models.gan(tmp_path_factory.mktemp("gan")), "cpu", "float32")


# Recipes


def test_recipes_of_drawings_are_as_before() -> None:
    recipe = make_recipe(SPEC, options=LABELS, seed=3)
    assert dict(recipe.options) == {**LABELS, "count": 4}
    with pytest.raises(ValueError, match="no option called picture"):
        make_recipe(SPEC, options={"picture": ""})


def test_a_picture_travels_in_a_recipe() -> None:
    recipe = critic_recipe(SPEC, picture=encoded(noise(0)))
    again = from_dict(json.loads(recipe.canonical()), {"gan": SPEC})
    assert again == recipe
    assert again.key != critic_recipe(SPEC).key


@pytest.mark.parametrize(
    "picture",
    [
        *("no base64!", "aGVsbG8=", encoded(noise(0, 33)), encoded(noise(0))[1:], 7, None),
        "A" * 100_000,
    ],
)
def test_what_is_no_small_picture_is_refused(picture: object) -> None:
    with pytest.raises(ValueError, match="PNG of 32 × 32 pixels"):
        critic_recipe(SPEC, picture=picture)


def test_a_torn_picture_is_refused_in_words(adapter: Gan) -> None:
    torn = base64.b64decode(encoded(noise(0)))[:60]
    recipe = critic_recipe(adapter.spec, picture=base64.b64encode(torn).decode())
    with pytest.raises(ValueError, match="cannot be read"):
        adapter.begin(recipe)


# The critic


def test_the_critic_judges_what_it_draws(adapter: Gan) -> None:
    (judged,) = steps_of(adapter, critic_recipe(adapter.spec))
    plain = make_recipe(adapter.spec, options={**LABELS, "count": 2})
    (drawn,) = steps_of(adapter, plain)
    assert judged.images == drawn.images
    assert drawn.scores == ()
    assert len(judged.scores) == 2
    given = [critic_recipe(adapter.spec, picture=encoded(np.asarray(i))) for i in drawn.images]
    assert [s.scores for s in steps_of(adapter, *given)] == [(x,) for x in judged.scores]


def test_the_critic_says_the_same_among_others(adapter: Gan) -> None:
    recipes = [
        critic_recipe(adapter.spec, seed, **({"picture": encoded(noise(seed))} if seed % 3 else {}))
        for seed in range(7)
    ]
    recipes.append(make_recipe(adapter.spec, options=LABELS))
    together = steps_of(adapter, *recipes)
    assert together == [step for r in recipes for step in steps_of(adapter, r)]
    assert len({step.scores for step in together}) == 8
    assert {step.batch for step in together} == {8}


def test_norms_are_those_of_the_weights(adapter: Gan) -> None:
    import torch

    critic = adapter.network[1]
    spoilt = critic.blocks[1].parametrizations.weight[0]._u
    before = critic.blocks[1].weight.clone()
    spoilt.mul_(0.2)
    assert not torch.allclose(critic.blocks[1].weight, before, rtol=0.1)
    critic.renew_norms()
    norm = torch.linalg.matrix_norm(critic.blocks[1].weight.detach().flatten(1), 2)
    assert float(norm) == pytest.approx(1, abs=1e-4)


def real_digits() -> tuple[np.ndarray, np.ndarray]:
    """The test digits; skips the test where they are not."""
    try:
        return datasets.mnist("test")
    except datasets.DataMissing as error:
        pytest.skip(str(error))


def test_the_shipped_critic_is_right_more_often_than_a_coin() -> None:
    real_digits()
    gan = Gan.load(SPEC, "cpu", "float32")
    asked = [q for seed in range(20) for q in real_or_made.questions(SPEC, seed)]
    steps = steps_of(gan, *(q.recipe for q in asked))
    right = [(s.scores[0] > 0) == (q.real is not None) for q, s in zip(asked, steps, strict=True)]
    assert len(right) == 200
    assert np.mean(right) > 0.65


# The same paper for all


def judged_pictures(games: int) -> tuple[list[datasets.Concept], list[np.ndarray], np.ndarray]:
    """What visitors are shown in so many games of the shipped GAN: concepts, pictures, real."""
    real_digits()
    pool = Pool({SPEC.id: SPEC})
    engine = Engine(pool)
    try:
        asked, steps = [], []
        for seed in range(games):
            game = real_or_made.questions(SPEC, seed)
            asked += real_or_made.on_same_paper(engine, SPEC, game)
            steps += real_or_made.carry_out(engine, [q.recipe for q in asked[-len(game) :]])
    finally:
        engine.close()
        pool.close()
    pictures = [np.asarray(q.real or s.images[0]) for q, s in zip(asked, steps, strict=True)]
    return [q.concept for q in asked], pictures, np.array([q.real is not None for q in asked])


def auc(values: list[float], real: np.ndarray) -> float:
    """How often a figure is larger for a real picture than for a made one; ties count half."""
    found = np.array(values)
    pairs = found[real][:, None] - found[~real][None]
    return float(((pairs > 0) + 0.5 * (pairs == 0)).mean())


def ink_off(picture: np.ndarray, concept: datasets.Concept) -> float:
    """How far a picture's pixel that is most like the ink is from it."""
    ink = np.array(datasets.PALETTE[concept.ink], float)
    return float(np.median(np.sort(np.linalg.norm(picture - ink, axis=-1).ravel())[:20]))


@pytest.mark.slow
def test_neither_paper_nor_ink_tells_real_from_made() -> None:
    concepts, pictures, real = judged_pictures(games=40)
    papers = [p[same_paper.background(p, c)] for c, p in zip(concepts, pictures, strict=True)]
    variance = [float(paper.astype(float).var(0).sum()) for paper in papers]
    plain = [
        real_or_made._painted(question.stroke, question.concept)
        for seed in range(2)
        for question in real_or_made.questions(SPEC, seed)
        if question.stroke is not None
    ]
    assert all(np.asarray(p)[0, 0].tolist() == np.asarray(p)[0, 9].tolist() for p in plain)
    # One standard error of 400 pictures is 0.029: three of them.
    assert abs(auc(variance, real) - 0.5) < 0.09
    off = [ink_off(p, c) for c, p in zip(concepts, pictures, strict=True)]
    assert abs(auc(off, real) - 0.5) < 0.09


def test_what_is_usual_is_what_nine_real_digits_in_ten_have() -> None:
    strokes, _ = real_digits()
    concept = datasets.Concept(0, "white", "black")
    found = [
        same_paper.softness(np.asarray(real_or_made._painted(stroke, concept)), concept)
        for stroke in strokes[::10]
    ]
    low, high = np.quantile(found, [0.05, 0.95])
    assert (low, high) == pytest.approx(same_paper.USUAL_SOFTNESS, abs=0.01)


def test_what_is_to_be_seen_is_told_of_strokes_alone() -> None:
    concept = datasets.Concept(1, "red", "white")
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 12:15] = 255
    stroke[4:24, 11] = stroke[4:24, 15] = 110

    def told(stroke: np.ndarray, real: bool) -> str:
        picture = np.asarray(real_or_made._painted(stroke, concept))
        return same_paper.told(picture, concept, real=real)

    assert told(stroke, True) == "Its strokes are such as most real ones have."
    assert told(stroke, False).endswith(": nothing measured here gives it away.")
    broken = stroke.copy()
    broken[12:15] = 0
    assert told(broken, False) == "What gives it away: its strokes fall into 2 pieces."
    hard = np.where(stroke == 110, 0, stroke).astype(np.uint8)
    assert "sharper than those of 95 in 100" in told(hard, False)
    soft = np.where(stroke == 255, 140, stroke).astype(np.uint8)
    assert told(soft, True).startswith("Unusual for a real one: its edges are softer")


def test_a_real_digit_takes_over_paper_and_ink(services: Any) -> None:
    concept = datasets.Concept(1, "red", "white")
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 12:15] = 255
    drawn = np.empty((32, 32, 3), np.uint8)
    drawn[:] = np.random.default_rng(0).integers(240, 256, (32, 32, 3))
    drawn[10:20, 10:14] = (200, 60, 50)
    found = same_paper.on_made_paper(stroke, concept, [drawn])
    bare = same_paper.background(drawn, concept) & same_paper.background(found, concept)
    assert (found[bare] == drawn[bare]).all()
    assert (found[6:26, 14:17] == (200, 60, 50)).all()


# Games


def test_the_pack_shows_every_machine_the_same() -> None:
    names = [name.split(" ", 1) for name in real_or_made.recorded()]
    seen = {model: {words for m, words in names if m == model} for model in real_or_made.MACHINES}
    assert len(names) == len(real_or_made.MACHINES) * real_or_made.ROUNDS
    assert len({frozenset(words) for words in seen.values()}) == 1
    assert replay_pack.file_of("real").stat().st_size < 92_160
    assert set(replay_pack.read("real")["runs"]) == set(real_or_made.recorded())


def tiny_digits(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    strokes = np.random.default_rng(1).integers(0, 256, (count, 28, 28), np.uint8)
    order = sorted(range(count), key=lambda i: strokes[i].tobytes())
    return strokes[order], (np.arange(count) % 10).astype(np.uint8)


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, np.ndarray]:
    """Forty digits that pass for the real ones."""
    strokes, labels = tiny_digits()
    digest = hashlib.sha256(strokes.tobytes() + labels.tobytes()).hexdigest()
    monkeypatch.setitem(datasets.MNIST_SHA256, "test", digest)
    return strokes, labels


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without data; the folder where it would be."""
    folder = tmp_path / "data"
    monkeypatch.setenv("PLAYGROUND_DATA", str(folder))
    datasets.mnist.cache_clear()
    real_or_made.real_digits.cache_clear()
    yield folder
    datasets.mnist.cache_clear()
    real_or_made.real_digits.cache_clear()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Any]:
    spec = tiny_models.gan(tmp_path / "gan")
    pool = Pool({spec.id: spec})
    engine = Engine(pool)
    yield SimpleNamespace(engine=engine, pool=pool, spec={spec.id: spec}.__getitem__)
    engine.close()
    pool.close()


def client(services: Any, fetching: Fetching | None = None) -> TestClient:
    return TestClient(Starlette(routes=served(real_or_made.routes(services, fetching))))


def test_without_digits_the_page_is_told(
    services: Any, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client(services)
    for query in ("", "?seed=1"):
        answer = page.get(f"/real{query}").json()
        assert answer == {"missing": True, "fetch": real_or_made.FETCH_BYTES}
    monkeypatch.setenv("PLAYGROUND_FETCH", "0")
    assert page.get("/real").json() == {"missing": True, "fetch": None}
    assert page.post("/real/fetch").status_code == 403
    assert not nowhere.exists()


def test_a_game_is_decided_by_its_seed(
    services: Any, nowhere: Path, expected: tuple[np.ndarray, np.ndarray]
) -> None:
    real_or_made.keep_digits(nowhere, *expected)
    page = client(services)
    assert page.get("/real").json()["missing"] is False
    first, again, other = (page.get(f"/real?seed={s}").json()["rounds"] for s in (5, 5, 6))
    assert first == again != other
    assert len(first) == real_or_made.ROUNDS
    reals = [r for seed in range(6) for r in page.get(f"/real?seed={seed}").json()["rounds"]]
    assert 15 < sum(r["real"] for r in reals) < 45


def test_made_pictures_say_so_and_real_ones_do_not(
    services: Any, nowhere: Path, expected: tuple[np.ndarray, np.ndarray]
) -> None:
    real_or_made.keep_digits(nowhere, *expected)
    spec = services.spec("gan")
    for shown in real_or_made.play(services.engine, spec, seed=2):
        content = base64.b64decode(shown["tile"].removeprefix("data:image/png;base64,"))
        picture = Image.open(io.BytesIO(content))
        assert picture.size == (32, 32)
        assert isinstance(shown["critic"], float)
        if shown["real"]:
            assert "recipe" not in picture.info
        else:
            recipe = from_dict(json.loads(picture.info["recipe"]), {"gan": spec})
            assert recipe.task == "generate"
            (run,) = (services.engine.submit(recipe),)
            (step,) = [s for s in services.engine.follow(run) if isinstance(s, ImageStep)]
            assert step.images[0].tobytes() == picture.convert("RGB").tobytes()


def test_a_seed_that_is_none_is_refused(
    services: Any, nowhere: Path, expected: tuple[np.ndarray, np.ndarray]
) -> None:
    real_or_made.keep_digits(nowhere, *expected)
    answer = client(services).get("/real?seed=often")
    assert answer.status_code == 422
    assert "whole number" in answer.json()["sentence"]


# Fetching


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return gzip.compress(b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes())


class _Home(http.server.SimpleHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server on loopback in place of the digits' home: its address and its folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    _Home.asked = []
    handler = partial(_Home, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()


def put(folder: Path, strokes: np.ndarray, labels: np.ndarray) -> None:
    for name, array in zip(real_or_made._FILES, (strokes, labels), strict=True):
        (folder / name).write_bytes(_idx(array))


def fetch_lines(page: TestClient) -> list[dict[str, Any]]:
    return [json.loads(line) for line in page.post("/real/fetch").text.splitlines()]


def test_digits_are_fetched_once_and_then_played_with(
    services: Any,
    nowhere: Path,
    home: tuple[str, Path],
    expected: tuple[np.ndarray, np.ndarray],
) -> None:
    address, folder = home
    put(folder, *expected)
    page = client(services, Fetching(address))
    *progress, last = fetch_lines(page)
    assert last == {"done": True}
    assert progress
    assert all(0 <= line["bytes"] <= line["of"] for line in progress)
    assert [file.name for file in nowhere.iterdir()] == [real_or_made.FILE]
    assert len(page.get("/real?seed=1").json()["rounds"]) == real_or_made.ROUNDS
    assert fetch_lines(page) == [{"done": True}]
    assert len(_Home.asked) == 2


def test_whoever_asks_meanwhile_joins_the_same_fetch(
    nowhere: Path, home: tuple[str, Path], expected: tuple[np.ndarray, np.ndarray]
) -> None:
    put(home[1], *expected)
    fetching = Fetching(home[0])

    async def follow() -> list[str]:
        return [line async for line in real_or_made.progress(fetching)]

    async def both() -> list[list[str]]:
        results: list[list[str]] = []

        async def one() -> None:
            results.append(await follow())

        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)
        return results

    assert {json.loads(lines[-1])["done"] for lines in anyio.run(both)} == {True}
    assert len(_Home.asked) == 2


def test_other_content_is_not_kept(services: Any, nowhere: Path, home: tuple[str, Path]) -> None:
    put(home[1], *tiny_digits())
    page = client(services, Fetching(home[0]))
    assert "not the digits" in fetch_lines(page)[-1]["fail"]
    (home[1] / real_or_made._FILES[0]).write_text("<html>log in first</html>")
    assert "not the digits" in fetch_lines(page)[-1]["fail"]
    assert not nowhere.exists()


def test_offline_is_said_in_words(services: Any, nowhere: Path) -> None:
    lines = fetch_lines(client(services, Fetching("http://127.0.0.1:9")))
    assert "may be offline" in lines[-1]["fail"]


def test_a_folder_that_cannot_be_written_is_said_in_words(
    services: Any,
    nowhere: Path,
    home: tuple[str, Path],
    expected: tuple[np.ndarray, np.ndarray],
) -> None:
    put(home[1], *expected)
    nowhere.write_text("a file where the folder should be")
    lines = fetch_lines(client(services, Fetching(home[0])))
    assert "cannot be written" in lines[-1]["fail"]
