"""Postcards: a picture of any result with its figures and a QR code, and a page that previews it.

`/postcard.png?recipe=…` is the picture. `/p?recipe=…` tells whoever previews links what the result
is, and sends people on to the app.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from html import escape
from urllib.parse import quote, urlsplit

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from models.base import ImageStep, Recipe, TokenStep
from models.engine import Busy
from models.pool import LoadError
from playground.core.collect import Late, Result, collect
from playground.core.describe import described, heading_of, subject, title_of
from playground.core.errors import explain
from playground.core.format import plural, significant
from playground.core.services import Services
from playground.core.share_link import PARAMETER, link_of, open_link
from playground.core.surprise import FAVOURITES, surprise_bits, surprise_level
from playground.features.postcards import picture as postcard_picture
from playground.features.postcards.picture import Face, Letter, Row
from playground.server.route import Route
from playground.server.site_address import site_of
from playground.web.site_info import TAGLINE, TITLE, preview_tags

PATH, PAGE_PATH = "/postcard.png", "/p"
MOST_RECIPES = 4
PATIENCE_SECONDS = 20.0
RETRY_SECONDS = 10
PICTURE_SECONDS = 24 * 3600
"""How long a browser may keep a postcard."""
CACHE_BYTES = 8_000_000

_VISITOR = "postcard"  # all postcards together are one visitor, who has one visitor's share
_PLACE = "postcard"
MOST_AT_ONCE = 4  # of different postcards that are being made, for all visitors together
LATE_SECONDS = 60.0
"""How long nobody begins again what took too long."""
_MOST_LATE = 1000


def routes(services: Services) -> list[Route]:
    """The routes of this module."""
    service = PostcardService(services)
    return [
        Route(PATH, service.send_picture, cache_seconds=PICTURE_SECONDS, costly=True),
        Route(PAGE_PATH, service.send_page, cache_seconds=0),
    ]


class PostcardService:
    """Makes postcards and keeps the last ones."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.kept = _Kept(CACHE_BYTES)
        self.draw_lock = threading.Lock()  # all computing: two at once would only be slower
        self.limiter: anyio.CapacityLimiter | None = None  # belongs to the loop that first needs it
        self.making: dict[tuple[str, ...], asyncio.Task[bytes]] = {}
        self.late: dict[tuple[str, ...], float] = {}  # until when it is not begun again

    async def send_picture(self, request: Request) -> Response:
        """The picture of what the recipes in the address make, or a sentence why there is none."""
        recipes, remark = open_link(request.query_params.get(PARAMETER, ""), self.services.specs)
        if not recipes:
            return _sorry(remark or "This address holds no recipe.", 422)
        address = address_of(request, recipes)
        key = (site_of(request), *(recipe.key for recipe in recipes))
        content = self.kept.get(key)
        if content is None:
            try:
                content = await self._made(key, recipes, address)
            except Exception as error:
                return _refused(error)
        return _sent(request, content)

    async def send_page(self, request: Request) -> Response:
        """Link-preview tags about the result, and the way to the app."""
        link = request.query_params.get(PARAMETER, "")
        recipes, remark = open_link(link, self.services.specs)
        results = [(self.services.spec(recipe.model), recipe) for recipe in recipes]
        title = title_of(results) if results else TITLE
        words = " ".join(filter(None, (described(results), remark))) if results else TAGLINE
        picture = f"{site_of(request)}{PATH[1:]}?{_query(_link(request, recipes))}"
        tags = preview_tags(
            title,
            words,
            picture if results else "",
            address=address_of(request, recipes) if results else site_of(request),
            size=(postcard_picture.WIDTH_PX, postcard_picture.HEIGHT_PX),
        )
        return HTMLResponse(_page(title, words if results else remark or words, tags, link))

    async def _made(self, key: tuple[str, ...], recipes: Sequence[Recipe], address: str) -> bytes:
        """A postcard, made once however many ask for it; who stops waiting leaves others theirs."""
        if time.monotonic() < self.late.get(key, 0.0):
            raise Busy(_LATE)
        task = self.making.get(key)
        if task is None:
            if len(self.making) >= MOST_AT_ONCE:
                raise Busy(_CROWD)
            task = self.making[key] = asyncio.ensure_future(self._draw(recipes, address))
            task.add_done_callback(partial(self._done, key))
        return await asyncio.shield(task)

    def _done(self, key: tuple[str, ...], task: asyncio.Task[bytes]) -> None:
        del self.making[key]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TookTooLong):
            if len(self.late) >= _MOST_LATE:
                self.late.clear()
            self.late[key] = time.monotonic() + LATE_SECONDS
        elif error is None and not task.cancelled():
            self.kept.put(key, task.result())

    async def _draw(self, recipes: Sequence[Recipe], address: str) -> bytes:
        if self.limiter is None:
            self.limiter = anyio.CapacityLimiter(MOST_AT_ONCE)
        if self.limiter.available_tokens < 1:
            raise Busy(_CROWD)
        return await anyio.to_thread.run_sync(self._drawn, recipes, address, limiter=self.limiter)

    def _drawn(self, recipes: Sequence[Recipe], address: str) -> bytes:
        results = carry_out(self.services, recipes[:MOST_RECIPES])
        with self.draw_lock:
            picture = postcard_picture.draw(face_of(results, len(recipes), address))
            buffer = io.BytesIO()
            picture.save(buffer, "PNG", optimize=True)
        return buffer.getvalue()


# Carrying out


_CROWD = f"Many people want a postcard just now. Try again in {RETRY_SECONDS} seconds."
_LATE = f"This takes longer than a postcard may. Try again in {RETRY_SECONDS} seconds."


class TookTooLong(Busy):
    """A postcard that cannot be made in the time that it may take."""


def carry_out(services: Services, recipes: Sequence[Recipe]) -> list[Result]:
    """Let the engine do what the recipes say; blocks for at most `PATIENCE_SECONDS`.

    Raises:
        Busy: when it is not done by then, or not even begun.
        Exception: whatever else went wrong first.
    """
    if any(recipe.task != "generate" for recipe in recipes):
        raise ValueError("A postcard shows what models write or draw, and this link asks for more.")
    try:
        return collect(services, recipes, _VISITOR, _PLACE, seconds=PATIENCE_SECONDS)
    except Late:
        raise TookTooLong(_LATE) from None
    except Busy:
        raise Busy(_CROWD) from None


# The face


def face_of(results: Sequence[Result], asked: int, address: str) -> Face:
    """What a postcard of these results shows.

    Args:
        asked: how many recipes the address holds; those beyond the results are only counted.
    """
    made = [(result.spec, result.recipe) for result in results if result.recipe]
    title, by = heading_of(made)
    more = f" This page holds {asked - len(results)} more." if asked > len(results) else ""
    written = any(result.spec.kind == "text" for result in results)
    return Face(
        title=title,
        by=by,
        rows=tuple(_row(result, title) for result in results),
        aside=(_BARS if written else _SMALL) + more,
        site=TITLE,
        host=urlsplit(address).netloc,
        address=address,
    )


_SMALL = "Drawn by small neural networks. Scan to see them at work, and to ask for something else."
_BARS = "The longer a bar, the more its letter surprised the model. Scan to see it being written."


def _row(result: Result, title: str) -> Row:
    recipe, last = result.recipe, result.steps[-1]
    assert recipe is not None
    if isinstance(last, ImageStep):
        said = subject(result.spec, recipe)
        other = said if said.lower() != title.lower() else ""
        notes = (other or ("" if said else "takes no words"), _picture_note(recipe))
        return Row(result.spec.family, _said(notes), pictures=last.images)
    tokens = [step for step in result.steps if isinstance(step, TokenStep)]
    letters = tuple(_letter(step) for step in tokens if step.text)
    return Row(
        result.spec.family, _text_notes(recipe, tokens), prompt=recipe.prompt, letters=letters
    )


def _letter(step: TokenStep) -> Letter:
    level = surprise_level(surprise_bits(step.probability))
    return Letter(step.text, level, step.rank >= FAVOURITES)


def _text_notes(recipe: Recipe, tokens: Sequence[TokenStep]) -> tuple[str, ...]:
    letters = sum(len(step.text) for step in tokens)
    bits = sum(surprise_bits(step.probability) for step in tokens)
    each = f"{significant(bits / letters)} bits a letter" if letters else ""
    drawn = f"temperature {recipe.number('temperature'):g} · seed {recipe.seed}"
    return _said((each, drawn))


def _picture_note(recipe: Recipe) -> str:
    options = dict(recipe.options)
    steps = f" · {plural(int(options['steps']), 'step')}" if "steps" in options else ""
    return f"seed {recipe.seed}{steps}"


def _said(notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(filter(None, notes))


# Answers


def address_of(request: Request, recipes: Sequence[Recipe]) -> str:
    """The address that previews these recipes, which came with a request, and leads to the app."""
    return f"{site_of(request)}{PAGE_PATH[1:]}?{_query(_link(request, recipes))}"


def _link(request: Request, recipes: Sequence[Recipe]) -> str:
    """The link of these recipes as we write it: the same card for every way of writing it."""
    return link_of(recipes) or request.query_params.get(PARAMETER, "")


def _query(link: str) -> str:
    return f"{PARAMETER}={quote(link, safe='')}"


def _page(title: str, words: str, tags: str, link: str) -> str:
    """A page that only sends on; always to our own first page, whatever the link says."""
    target = escape(f"./?{_query(link)}" if link else "./")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{tags}"
        f'<meta http-equiv="refresh" content="0; url={target}">'
        "<style>body{margin:24px;font:16px/24px system-ui,sans-serif;color-scheme:light dark}"
        "</style></head>"
        f"<body><p>{escape(title)}</p><p>{escape(words)}</p>"
        f'<p><a href="{target}">Open the playground</a></p></body></html>\n'
    )


def _sorry(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"sentence": sentence}, status_code=status, headers=headers)


def _refused(error: Exception) -> Response:
    if isinstance(error, (Busy, LoadError)):
        return _sorry(str(error), 503, {"Retry-After": str(RETRY_SECONDS)})
    return _sorry(explain(error), 422 if isinstance(error, ValueError) else 500)


def _sent(request: Request, content: bytes) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="image/png", headers=headers)


class _Kept:
    """The last postcards, as many as fit."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._files: OrderedDict[tuple[str, ...], bytes] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> bytes | None:
        """A postcard that is still there."""
        if key in self._files:
            self._files.move_to_end(key)
        return self._files.get(key)

    def put(self, key: tuple[str, ...], content: bytes) -> None:
        """Keep one, at the cost of those that nobody has asked for the longest."""
        self._files[key] = content
        while sum(map(len, self._files.values())) > self.most_bytes:
            self._files.popitem(last=False)
