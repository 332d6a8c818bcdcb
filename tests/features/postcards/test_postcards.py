"""Postcards over pretended models: the picture, the page that previews it, and all refusals."""

from __future__ import annotations

import asyncio
import contextlib
import html
import io
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.base import Recipe
from models.engine import Busy, Engine
from models.families import FAMILIES
from models.recipe import make_recipe
from playground.core.services import Services
from playground.core.share_link import link_of
from playground.features.postcards import picture
from playground.features.postcards import routes as postcard_routes
from playground.features.postcards.picture import Face, Letter, Row
from playground.server.route import served
from playground.web.site_info import TITLE, preview_tags
from tests.fake_catalogue import SPECS

HOST = "https://play.example"
LABELS = {"digit": 7, "ink": "red", "paper": "black"}
CAPTION = "a red seven on a black background"
NASTY = """<script>alert("1")</script> ' onload="x" """


def recipe(model: str, prompt: str = "", seed: int = 7, **options: Any) -> Recipe:
    """A recipe for one of the pretended models."""
    return make_recipe(SPECS[model], prompt=prompt, options=options, seed=seed)


DIGITS = (
    recipe("gan", **LABELS),
    recipe("vae", **LABELS),
    recipe("diffusion_mini", CAPTION, steps=3),
)
TEXTS = (recipe("char_lstm", "O, ", length=30), recipe("gpt2_mini", "O, ", length=30))


@contextmanager
def visiting(services: Services) -> Iterator[TestClient]:
    """A browser at a server that has nothing but the postcards."""
    app = Starlette(routes=served(postcard_routes.routes(services)))
    with TestClient(app, base_url=HOST) as client:
        yield client


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A browser at a server over pretended models."""
    with visiting(services) as browser:
        yield browser


def ask(
    client: TestClient, *recipes: Recipe, path: str = postcard_routes.PATH, **headers: str
) -> Any:
    """The answer to the link of some recipes."""
    return client.get(path, params={"recipe": link_of(recipes)}, headers=headers)


def opened(answer: Any) -> Image.Image:
    """The picture in an answer."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def tags_of(page: str) -> dict[str, str]:
    """Name -> content of every tag for previews, as a browser reads them."""
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page)
    return {name: html.unescape(content) for name, content in found}


# The picture


@pytest.mark.parametrize("recipes", [DIGITS, TEXTS, DIGITS[:1], (TEXTS[0], DIGITS[2])])
def test_a_postcard_is_a_function_of_its_recipes_alone(services: Services, recipes: Any):
    made = []
    for _ in range(2):
        with visiting(services) as client:
            made.append(ask(client, *recipes).content)
    assert made[0] == made[1]
    assert Image.open(io.BytesIO(made[0])).size == (1200, 630)


def test_the_pictures_are_shown_exactly(services: Services, client: TestClient):
    card = opened(ask(client, *DIGITS[:1]))
    run = services.engine.submit(DIGITS[0], "somebody")
    *_, last = services.engine.follow(run)
    tile = last.images[0].convert("RGB").resize((192, 192), Image.Resampling.NEAREST)
    middle = tile.crop((16, 16, 176, 176)).tobytes()
    places = ((x, y) for x in range(250, 360) for y in range(100, 180))
    assert any(card.crop((x + 16, y + 16, x + 176, y + 176)).tobytes() == middle for x, y in places)


@pytest.mark.parametrize("recipes", [DIGITS, TEXTS, DIGITS[:1]])
def test_the_code_leads_to_the_page_of_the_same_recipes(client: TestClient, recipes: Any):
    card = opened(ask(client, *recipes))
    address = f"{HOST}/p?recipe={link_of(recipes)}"
    matrix = segno.make(address, micro=False, error="m", boost_error=False).matrix
    right, bottom = picture.WIDTH_PX - picture.MARGIN_PX, picture.BOTTOM_PX
    modules = len(matrix) + 2 * picture.QUIET_MODULES
    scale = next(s for s in (4, 3, 2) if s * modules <= 300)
    left, top = right - scale * modules, bottom - scale * modules
    for y in range(modules):
        for x in range(modules):
            row, column = y - picture.QUIET_MODULES, x - picture.QUIET_MODULES
            inside = 0 <= row < len(matrix) and 0 <= column < len(matrix)
            dark = inside and bool(matrix[row][column])
            pixel = card.getpixel((left + scale * x + scale // 2, top + scale * y + scale // 2))
            assert pixel == ((0x14, 0x17, 0x1C) if dark else (255, 255, 255))


def test_an_address_too_long_for_a_camera_has_no_code(client: TestClient):
    words = " ".join(f"{i * 7919 % 100_003:x}" for i in range(400))
    long = recipe("gpt2_mini", words, length=5)
    assert len(link_of([long])) > 1500
    assert opened(ask(client, long)).size == (1200, 630)
    assert picture.qr_code("x" * 1500) is None
    assert picture.qr_code("x" * 3000) is None  # more than any code can hold
    assert picture.qr_code("x" * 300) is not None


@pytest.mark.parametrize(
    "prompt",
    ["", "🙂👩‍👩‍👧", "中文 и так далее", "x" * 3000, "a\n\n\n\nb\n", "\u200f\u0301\t", NASTY],
)
def test_any_prompt_can_be_drawn(client: TestClient, prompt: str):
    opened(ask(client, recipe("gpt2_mini", prompt, length=3)))
    opened(ask(client, recipe("diffusion_emoji", prompt, steps=1, count=16)))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("红心", "U+7EA2 U+5FC3"),
        ("🦊", "fox face"),
        ("A 🦊, and 👩\u200d🚀", "A fox face , and woman rocket"),
        ("Romeo “é” 你好世界和平", "Romeo “é” U+4F60 U+597D U+4E16 U+754C…"),
        ("e\u0301 \u200b\x00 ok", "é ok"),
        ("Да и Ω", "Да и Ω"),
    ],
)
def test_what_no_font_has_is_called_by_name_or_code(title: str, shown: str):
    assert picture.legible(title) == shown
    bare, written = (picture.draw(face(title=t)) for t in ("", title))
    assert count(bare, picture._INK) < count(written, picture._INK)


def face(*rows: Row, **changes: str) -> Face:
    """A postcard of some rows."""
    plain = Face("Title", "by", rows, "Aside.", "Site", "host", "https://host/p?recipe=x")
    return replace(plain, **changes)  # type: ignore[arg-type]


def count(card: Image.Image, colour: str) -> int:
    """How many pixels have a colour exactly."""
    wanted = tuple(bytes.fromhex(colour[1:]))
    return sum(number for number, found in card.getcolors(1 << 20) or [] if found == wanted)


def test_the_more_surprising_a_letter_the_longer_its_bar():
    ink = FAMILIES["lstm"].ink.light
    drawn = [
        count(picture.draw(face(Row("lstm", letters=(Letter("e", level),) * 5))), ink)
        for level in range(5)
    ]
    assert drawn == sorted(set(drawn))
    rare = picture.draw(face(Row("lstm", letters=(Letter("e", 0, rare=True),) * 5)))
    assert count(rare, ink) > drawn[0]


def test_what_does_not_fit_is_left_out_with_an_ellipsis():
    lines = picture._lines([Letter("one two three\nfour")], 9)
    assert ["".join(x.text for x in line) for line in lines] == ["one two ", "three", "four"]
    assert [len(line) for line in picture._lines([Letter("\n\na\n\nb\n")], 9)] == [1, 0, 1]
    size, shown = picture._setting([Letter("abcde " * 200)], 500, 120)
    assert len(shown) == 120 // (2 * size)
    assert shown[-1][-1].text == "…"
    assert picture._cut("word " * 50, picture._font("plain", 20), 100).endswith("…")


@pytest.mark.parametrize(
    ("pictures", "height"), [(1, 440), (4, 134), (8, 134), (16, 96), (16, 440)]
)
def test_pictures_fill_the_room_and_never_leave_it(pictures: int, height: int):
    gap = picture._gap_between(pictures)
    scale, across = picture._arrangement(pictures, 544, height, gap)
    lines = -(-pictures // across)
    assert across * (32 * scale + gap) - gap <= 544
    assert lines * (32 * scale + gap) - gap <= height
    assert scale > 1 or height < 100


def test_every_family_has_a_shape_like_that_of_the_page():
    masks = {family: picture.shape_mask(family, 32) for family in FAMILIES}
    assert len({mask.tobytes() for mask in masks.values()}) == len(FAMILIES)
    assert masks["transformer"].getpixel((16, 16)) == 255
    assert masks["transformer"].getpixel((2, 2)) == 0
    assert masks["gan"].getpixel((16, 18)) == 0  # open
    assert masks["lstm"].getpixel((16, 16)) == 0


def test_without_gradios_fonts_pillows_own_will_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(picture, "find_spec", lambda name: None)
    picture._font.cache_clear()
    try:
        row = Row("gan", ("seed 1",), letters=(Letter("Mild é…", 2),))
        assert picture.draw(face(row)).size == (1200, 630)
        assert picture._font("bold", 20).getname()[0] == "Aileron"
    finally:
        picture._font.cache_clear()


# Keeping, and refusing


def test_a_postcard_is_made_once_and_kept_by_browsers(
    services: Services, client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    first = ask(client, *DIGITS)
    assert first.headers["cache-control"] == "public, max-age=86400"
    monkeypatch.setattr(postcard_routes, "carry_out", lambda *_: pytest.fail("made again"))
    assert ask(client, *DIGITS).content == first.content
    again = ask(client, *DIGITS, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask(client, *DIGITS, **{"if-none-match": '"other"'}).status_code == 200


def test_only_so_many_bytes_are_kept():
    kept = postcard_routes._Kept(10)
    for name in "abc":
        kept.put((name,), name.encode() * 4)
        kept.get(("a",))
    assert [kept.get((name,)) is not None for name in "abc"] == [True, False, True]
    kept.put(("large",), b"x" * 11)
    assert kept.get(("large",)) is None


@pytest.mark.parametrize("link", ["", "nonsense.00000000", "x" * 9000])
def test_a_damaged_link_is_refused_in_words(client: TestClient, link: str):
    answer = client.get(postcard_routes.PATH, params={"recipe": link})
    assert answer.status_code == 422
    assert answer.json()["sentence"].endswith(".")
    assert answer.headers["cache-control"] == "no-store"


def test_what_a_model_refuses_is_refused_in_its_words(client: TestClient):
    answer = ask(client, recipe("char_lstm", "é"))
    assert answer.status_code == 422
    assert "has never seen “é”" in answer.json()["sentence"]


def test_what_goes_wrong_is_not_told_in_detail(client: TestClient):
    answer = ask(client, recipe("gpt2_mini", "fail=1"))
    assert answer.status_code == 500
    assert "reference" in answer.json()["sentence"]
    assert "ordered" not in answer.text


def test_a_busy_engine_answers_with_a_time_to_come_back(services: Services):
    engine = Engine(services.pool, max_waiting=0)
    try:
        with visiting(replace(services, engine=engine)) as client:
            answer = ask(client, *TEXTS)
    finally:
        engine.close()
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert answer.json()["sentence"] == postcard_routes._CROWD


def test_what_takes_too_long_is_given_up(
    services: Services, client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postcard_routes, "PATIENCE_SECONDS", 0.3)
    answer = ask(client, recipe("gpt2_mini", "delay=0.1", length=200))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert answer.json()["sentence"] == postcard_routes._LATE
    assert not services.followers.of("postcard", "postcard")


def test_what_took_too_long_is_not_begun_again(
    services: Services, client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postcard_routes, "PATIENCE_SECONDS", 0.2)
    slow = recipe("gpt2_mini", "delay=0.1", length=200)
    assert ask(client, slow).status_code == 503
    monkeypatch.setattr(postcard_routes, "carry_out", lambda *_: pytest.fail("begun again"))
    again = ask(client, slow)
    assert (again.status_code, again.headers["retry-after"]) == (503, "10")
    assert again.json()["sentence"] == postcard_routes._LATE


def test_the_same_link_is_one_postcard_however_many_ask(services: Services):
    office = postcard_routes.PostcardService(services)
    begun: list[int] = []

    async def draw(recipes: Any, address: str) -> bytes:
        begun.append(1)
        await asyncio.sleep(0.05)
        return b"drawn"

    office._draw = draw  # type: ignore[method-assign]

    async def ask_together() -> list[bytes]:
        asked = [office._made(("a",), DIGITS, "") for _ in range(20)]
        with contextlib.suppress(asyncio.TimeoutError):  # who goes away spoils nothing
            await asyncio.wait_for(office._made(("a",), DIGITS, ""), 0.01)
        return list(await asyncio.gather(*asked))

    assert asyncio.run(ask_together()) == [b"drawn"] * 20
    assert len(begun) == 1
    assert office.kept.get(("a",)) == b"drawn"
    assert not office.making


def test_only_so_many_are_made_at_once(services: Services, monkeypatch: pytest.MonkeyPatch):
    office, going, most = postcard_routes.PostcardService(services), [0], [0]
    lock = threading.Lock()

    def carry_out(*_: Any) -> Any:
        with lock:
            going[0] += 1
            most[0] = max(most[0], going[0])
        time.sleep(0.1)
        with lock:
            going[0] -= 1
        raise postcard_routes.TookTooLong("Too long.")

    monkeypatch.setattr(postcard_routes, "carry_out", carry_out)

    async def ask_together() -> list[Any]:
        asked = [office._made((str(n),), DIGITS, "") for n in range(20)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    refused = asyncio.run(ask_together())
    assert all(isinstance(error, Busy) for error in refused)
    assert most[0] == postcard_routes.MOST_AT_ONCE
    assert sum(not isinstance(e, postcard_routes.TookTooLong) for e in refused) == 16


def test_a_crowd_is_refused_before_it_takes_a_thread(services: Services):
    office = postcard_routes.PostcardService(services)

    async def crowded() -> None:
        import anyio

        office.limiter = anyio.CapacityLimiter(1)
        async with office.limiter:
            with pytest.raises(Busy):
                await office._draw(DIGITS, "")

    import anyio

    anyio.run(crowded)


def test_a_postcard_holds_four_results_and_counts_the_others(
    services: Services, monkeypatch: pytest.MonkeyPatch
):
    asked: list[Recipe] = []
    faces: list[Face] = []
    submit, draw = services.engine.submit, picture.draw
    monkeypatch.setattr(
        services.engine, "submit", lambda r, visitor: (asked.append(r), submit(r, visitor))[1]
    )
    monkeypatch.setattr(picture, "draw", lambda face: (faces.append(face), draw(face))[1])
    many = [recipe("gan", seed=seed, **LABELS) for seed in range(6)]
    with visiting(services) as client:
        opened(ask(client, *many))
    assert asked == many[:4]
    assert len(faces[0].rows) == 4
    assert "holds 2 more" in faces[0].aside


# What is said


@pytest.mark.parametrize(
    ("recipes", "title"),
    [
        (DIGITS, "Red 7 on black, drawn by GAN, VAE and Diffusion"),
        (DIGITS[:1], "Red 7 on black, drawn by GAN"),
        ((DIGITS[0], recipe("diffusion_mini", "ruby 7")), "Ruby 7, drawn by GAN and Diffusion"),
        ((recipe("gan", digit=1), recipe("gan", digit=2)), None),
        (TEXTS, "LSTM and GPT go on: O, …"),
        (TEXTS[1:], "GPT goes on: O, …"),
        ((recipe("gpt2_mini", ""),), "A new text, written by GPT"),
        ((recipe("char_lstm_emoji", ""),), "A new name, written by LSTM"),
        ((recipe("gan_emoji", seed=3),), "Whatever seed 3 gives, drawn by GAN"),
        (
            (recipe("gan_emoji"), recipe("diffusion_emoji", "owl heart")),
            "Owl heart, drawn by GAN and Diffusion",
        ),
    ],
)
def test_the_preview_says_what_the_result_is(client: TestClient, recipes: Any, title: str | None):
    page = ask(client, *recipes, path="/p").text
    tags = tags_of(page)
    expected = title or "Red 1 on black and 1 more, drawn by GAN"
    assert tags["og:title"] == tags["twitter:title"] == expected
    assert f"Seed {recipes[0].seed}." in tags["og:description"]
    assert "million weights" in tags["og:description"]


def test_the_preview_shows_the_picture_of_the_result(client: TestClient):
    link = link_of(DIGITS)
    tags = tags_of(ask(client, *DIGITS, path="/p").text)
    assert tags["og:url"] == f"{HOST}/p?recipe={link}"
    assert tags["og:image"] == tags["twitter:image"] == f"{HOST}/postcard.png?recipe={link}"
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")
    assert tags["twitter:card"] == "summary_large_image"
    assert opened(client.get(tags["og:image"])).size == (1200, 630)


def test_behind_the_proxy_of_a_space_addresses_are_those_of_the_space(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SPACE_HOST", "me-play.hf.space")
    tags = tags_of(ask(client, *DIGITS, path="/p").text)
    assert tags["og:image"].startswith("https://me-play.hf.space/postcard.png?")
    assert tags["og:url"].startswith("https://me-play.hf.space/p?")


def test_whatever_a_visitor_wrote_is_text_on_the_page(client: TestClient):
    page = ask(client, recipe("diffusion_emoji", NASTY), path="/p").text
    assert "<script" not in page
    assert 'onload="' not in page
    assert 'alert("1")' in tags_of(page)["og:title"]


def test_the_page_sends_on_to_the_app_with_the_same_recipes(client: TestClient):
    page = ask(client, *DIGITS, path="/p").text
    (target,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert html.unescape(target) == f"./?recipe={link_of(DIGITS)}"
    assert f'<a href="{target}">' in page


@pytest.mark.parametrize(
    "link", ["//evil.example/", "https://evil.example", '"><script>', "javascript:x", "a&b=c#d"]
)
def test_a_damaged_link_leads_to_our_own_page_alone(client: TestClient, link: str):
    page = client.get("/p", params={"recipe": link}).text
    tags = tags_of(page)
    assert tags["og:title"] == TITLE
    assert tags["og:url"] == f"{HOST}/"
    assert "og:image" not in tags
    assert "damaged" in page
    targets = re.findall(r'(?:url=|href=")([^"]+)"', page)
    assert len(targets) == 2
    for target in targets:
        address = urlsplit(html.unescape(target))
        assert (address.scheme, address.netloc, address.path) == ("", "", "./")
        assert parse_qs(address.query) == {"recipe": [link]}


def test_without_a_link_the_page_leads_to_the_first_page(client: TestClient):
    page = client.get("/p").text
    assert '<a href="./">' in page
    assert tags_of(page)["og:title"] == TITLE


def test_a_link_made_with_other_weights_says_so(client: TestClient):
    other = replace(DIGITS[0], weights="0" * 12)
    description = tags_of(ask(client, other, path="/p").text)["og:description"]
    assert "other weights of GAN" in description


def test_tags_without_a_picture_promise_none():
    tags = tags_of(preview_tags('A "title"', "words", size=(1, 2)))
    assert tags["og:title"] == 'A "title"'
    assert tags["twitter:card"] == "summary"
    assert not [name for name in tags if "image" in name or "url" in name]


def test_no_font_is_ours():
    root = Path(picture.__file__).parents[3]
    ours = [file for folder in ("playground", "models") for file in (root / folder).rglob("*")]
    assert not [f for f in ours if f.suffix in {".ttf", ".otf", ".woff", ".woff2"}]
