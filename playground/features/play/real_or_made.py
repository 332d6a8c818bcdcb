"""“Real or made?”: pictures that people painted and pictures that the GAN made, and its critic.

The real ones are MNIST's test digits, painted as those that the models learnt from. They are no
part of the playground: they are read where `models.datasets` finds them, or fetched from their
public home when a visitor asks for it (never with PLAYGROUND_FETCH=0).

    GET  /real           {"missing": true, "fetch": 1653419}     bytes; null if it is switched off
    GET  /real?seed=7    {"rounds": [{"tile", "real", "alt", "critic", "told"}, …]}, or as above
    POST /real/fetch     lines of {"bytes", "of"}, then {"done": true} or {"fail": sentence}
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import logging
import os
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from models import catalog, datasets, fetch
from models.base import ImageStep, ModelSpec, Recipe
from models.datasets import Concept
from models.engine import Engine
from models.recipe import check_seed, make_recipe
from playground.core import picture_files
from playground.core.errors import explain
from playground.core.services import Services
from playground.features.play import same_paper
from playground.server.live import UNBUFFERED
from playground.server.route import Answer, Callers, NotAllowed, Route

log = logging.getLogger(__name__)

PATH = "/real"
FETCH_PATH = f"{PATH}/fetch"
ROUNDS = 10
FORGER = "gan"
MACHINES = ("gan", "vae", "diffusion_mini")
CONCEPTS = (
    *(Concept(0, "purple", "white"), Concept(1, "black", "orange"), Concept(2, "white", "blue")),
    *(Concept(3, "red", "yellow"), Concept(4, "green", "black"), Concept(5, "yellow", "purple")),
    *(Concept(6, "blue", "white"), Concept(7, "orange", "black"), Concept(8, "black", "green")),
    Concept(9, "white", "red"),
)
"""What the recorded pictures show: every machine the same, so that what they show tells nothing."""

FETCH_BYTES = 1_653_419
"""Of the two files that are fetched; shown before anybody agrees to it."""
FILE = "mnist-test.npz"
_FILES = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
_MOST_BYTES = 4_000_000  # a file this long is none of them
_CHUNK_BYTES = 1 << 16
_LINE_SECONDS = 0.2
_THREADS = 64


def recorded() -> dict[str, dict[str, Any]]:
    """The recorded pictures of the pack, as requests by "<model> <what is to be seen>"."""
    return {
        f"{model} {concept.caption}": _request(catalog.spec(model), concept, 100 * m + c)
        for m, model in enumerate(MACHINES)
        for c, concept in enumerate(CONCEPTS)
    }


def _request(spec: ModelSpec, concept: Concept, seed: int) -> dict[str, Any]:
    reads = "prompt" in spec.can
    labels = {} if reads else {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
    prompt = concept.caption if reads else ""
    return {"model": spec.id, "prompt": prompt, "options": {"count": 1, **labels}, "seed": seed}


# Real digits


@cache
def real_digits() -> tuple[np.ndarray, np.ndarray]:
    """MNIST's test digits, as `datasets.mnist` gives them, from its file or the one fetched here.

    Raises:
        datasets.DataMissing: where there is neither.
    """
    try:
        return datasets.mnist("test")
    except datasets.DataMissing:
        if not (path := datasets.data_folder() / FILE).is_file():
            raise
    with np.load(path) as archive:
        return sorted_digits(archive["images"], archive["labels"])


def sorted_digits(strokes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In the order of their bytes; DataMissing if they are not those our figures are about."""
    order = sorted(range(len(strokes)), key=lambda i: strokes[i].tobytes())
    strokes, labels = strokes[order], labels[order]
    digest = hashlib.sha256(strokes.tobytes() + labels.tobytes()).hexdigest()
    if digest != datasets.MNIST_SHA256["test"]:
        raise datasets.DataMissing("These are not the digits that our figures are about.")
    return strokes, labels


def missing() -> bool:
    """Whether there are no real digits on this machine."""
    try:
        real_digits()
    except datasets.DataMissing:
        return True
    return False


def may_fetch() -> bool:
    """Whether visitors may ask for the digits to be fetched."""
    return os.environ.get("PLAYGROUND_FETCH", "1") != "0"


# A game


@dataclass(frozen=True, slots=True)
class Question:
    """One picture of a game: a real one, or one that the forger makes when it is judged."""

    concept: Concept
    real: Image.Image | None
    recipe: Recipe  # of what the critic says, and of the made picture
    stroke: np.ndarray | None = None  # (28, 28) of a real one


def questions(spec: ModelSpec, seed: int) -> list[Question]:
    """Ten pictures, of which each is real with the chance of a coin; all decided by the seed."""
    strokes, labels = real_digits()
    generator = np.random.default_rng(seed)
    return [_question(spec, strokes, labels, generator) for _ in range(ROUNDS)]


def _question(
    spec: ModelSpec, strokes: np.ndarray, labels: np.ndarray, generator: np.random.Generator
) -> Question:
    concept = datasets.concepts()[generator.integers(len(datasets.concepts()))]
    chosen = generator.choice(np.flatnonzero(labels == concept.digit))
    picture_seed, real = int(generator.integers(2**32)), generator.random() < 0.5
    stroke = strokes[chosen] if real else None
    painted = _painted(strokes[chosen], concept) if real else None
    recipe = _judged(spec, concept, picture_seed, painted)
    return Question(concept, painted, recipe, stroke)


def _judged(spec: ModelSpec, concept: Concept, seed: int, painted: Image.Image | None) -> Recipe:
    """What the critic is asked: of a picture, or of one that is drawn for it."""
    options = _request(spec, concept, 0)["options"]
    if painted is not None:
        options |= {"picture": base64.b64encode(picture_files.png_bytes(painted)).decode()}
    return make_recipe(spec, task="critic", options=options, seed=seed)


def on_same_paper(engine: Engine, spec: ModelSpec, asked: Sequence[Question]) -> list[Question]:
    """The same questions, each real digit on paper and in ink such as the forger's."""
    reals = [question for question in asked if question.stroke is not None]
    lending = [_lending(spec, question) for question in reals]
    lent = dict(zip(map(id, reals), carry_out(engine, lending), strict=True))
    return [_on_paper(spec, q, lent[id(q)]) if id(q) in lent else q for q in asked]


def _lending(spec: ModelSpec, question: Question) -> Recipe:
    """Pictures of the same colours, by a seed of their own."""
    options = _request(spec, question.concept, 0)["options"] | {"count": same_paper.DONORS}
    return make_recipe(spec, options=options, seed=question.recipe.seed)


def _on_paper(spec: ModelSpec, question: Question, lent: ImageStep) -> Question:
    concept, stroke = question.concept, question.stroke
    if stroke is None:
        return question
    drawn = [np.asarray(image) for image in lent.images]
    picture = Image.fromarray(same_paper.on_made_paper(stroke, concept, drawn))
    recipe = _judged(spec, concept, question.recipe.seed, picture)
    return Question(concept, picture, recipe, stroke)


def _painted(stroke: np.ndarray, concept: Concept) -> Image.Image:
    colours = (np.array([datasets.PALETTE[c]]) for c in (concept.ink, concept.paper))
    return Image.fromarray(datasets.paint(stroke[None], *colours)[0])


def play(engine: Engine, spec: ModelSpec, seed: int) -> list[dict[str, Any]]:
    """The rounds of one game, as the browser gets them.

    Raises:
        datasets.DataMissing: without real digits.
        ValueError, Busy: in words, when the GAN cannot be asked.
    """
    asked = on_same_paper(engine, spec, questions(spec, seed))
    steps = carry_out(engine, [question.recipe for question in asked])
    return [_round(spec, q, step) for q, step in zip(asked, steps, strict=True)]


def carry_out(engine: Engine, recipes: Sequence[Recipe]) -> list[ImageStep]:
    """The last steps of recipes that are carried out together."""
    visitor = secrets.token_hex(8)
    runs = []
    try:
        for recipe in recipes:
            runs.append(engine.submit(recipe, visitor))
        return [[s for s in engine.follow(r) if isinstance(s, ImageStep)][-1] for r in runs]
    finally:
        for run in runs:
            engine.stop(run)


def _round(spec: ModelSpec, question: Question, step: ImageStep) -> dict[str, Any]:
    made = None if question.real else _drawing(spec, question.recipe)
    picture, concept = question.real or step.images[0], question.concept
    content = picture_files.png_bytes(picture, made, "1 of 1")
    told = same_paper.told(np.asarray(picture), concept, real=question.real is not None)
    return {
        "tile": picture_files.data_uri(content, "image/png"),
        "real": question.real is not None,
        "alt": concept.caption,
        "critic": round(step.scores[0], 3) if step.scores else None,
        "told": told,
    }


def _drawing(spec: ModelSpec, judged: Recipe) -> Recipe:
    """The plain recipe of a picture that was drawn to be judged: the same labels and seed."""
    options = {name: value for name, value in judged.options if name != "picture"}
    return make_recipe(spec, options=options, seed=judged.seed)


# Fetching


class Fetching:
    """One fetch at a time, whoever asks for it; all who ask see how far it is."""

    def __init__(self, address: str = fetch.MNIST_URL) -> None:
        self.address = address
        self.bytes = 0
        self.failure = ""
        self.under_way = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin, unless it is under way or there is nothing to fetch."""
        with self._lock:
            if self.under_way or not missing():
                return
            self.bytes, self.failure, self.under_way = 0, "", True
            threading.Thread(target=self._fetch, name="fetch-digits", daemon=True).start()

    def _fetch(self) -> None:
        try:
            images, labels = (fetch.decode_idx(gzip.decompress(self._read(f))) for f in _FILES)
            sorted_digits(images, labels)  # before anything is kept
            keep_digits(datasets.data_folder(), images, labels)
        except Exception as error:
            log.warning("the digits could not be fetched: %s", error)
            self.failure = why_not(error)
        finally:
            self.under_way = False

    def _read(self, file: str) -> bytes:
        content = bytearray()
        with urllib.request.urlopen(f"{self.address}/{file}", timeout=30) as answer:
            while chunk := answer.read(_CHUNK_BYTES):
                content += chunk
                self.bytes += len(chunk)
                if len(content) > _MOST_BYTES:
                    raise ValueError("far too long")
        return bytes(content)


def keep_digits(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Write them where `real_digits` looks, all at once."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{secrets.token_hex(4)}-{FILE}"
    np.savez_compressed(unfinished, allow_pickle=False, images=images, labels=labels)
    unfinished.replace(folder / FILE)


def why_not(error: Exception) -> str:
    """What hindered a fetch, in a visitor's words."""
    if isinstance(error, (urllib.error.URLError, TimeoutError, ConnectionError)):
        return (
            "The home of the digits does not answer: this machine may be offline. "
            "“Which machine made it?” needs nothing from outside."
        )
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        return "The digits came, but cannot be kept: the folder for them cannot be written."
    return "What came are not the digits that were expected, so nothing was kept."


# Routes


def routes(services: Services, fetching: Fetching | None = None) -> list[Route]:
    """The routes of this game."""
    ending = fetch_endpoint(fetching or Fetching())
    return [
        Route(PATH, endpoint(services)),
        Route(FETCH_PATH, ending, "POST", callers=Callers("anybody, unless switched off", _check)),
    ]


def _check(request: Request) -> None:
    if not may_fetch():
        raise NotAllowed("Fetching is switched off here.")


def endpoint(services: Services) -> Answer:
    """Answers with the rounds of a seed; without one, whether the game can be played."""
    limiter: list[anyio.CapacityLimiter] = []  # belongs to the loop that first needs it

    async def answer(request: Request) -> Response:
        if not limiter:
            limiter.append(anyio.CapacityLimiter(_THREADS))
        seed = request.query_params.get("seed")
        status, content = await anyio.to_thread.run_sync(reply, services, seed, limiter=limiter[0])
        return JSONResponse(content, status)

    return answer


def reply(services: Services, seed: str | None) -> tuple[int, Mapping[str, Any]]:
    """Status and content of an answer."""
    if missing():
        return 200, {"missing": True, "fetch": FETCH_BYTES if may_fetch() else None}
    if seed is None:
        return 200, {"missing": False, "fetch": None}
    try:
        return 200, {"rounds": play(services.engine, services.spec(FORGER), check_seed(seed))}
    except ValueError as error:
        return 422, {"sentence": str(error)}
    except Exception as error:
        return 503, {"sentence": explain(error)}


def fetch_endpoint(fetching: Fetching) -> Answer:
    """Answers with the progress of a fetch, line by line, until it has ended."""

    async def answer(request: Request) -> Response:
        lines = progress(fetching)
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=UNBUFFERED)

    return answer


async def progress(fetching: Fetching) -> AsyncIterator[str]:
    """Start a fetch, or join the one under way, and say how far it is."""
    await anyio.to_thread.run_sync(fetching.start)
    while fetching.under_way:
        yield _line({"bytes": fetching.bytes, "of": FETCH_BYTES})
        await anyio.sleep(_LINE_SECONDS)
    yield _line({"fail": fetching.failure} if fetching.failure else {"done": True})


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
