"""The nearest real emoji: how often derived numbers name the right one, and what is answered."""

from __future__ import annotations

import asyncio
import io
import zlib

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from models import checkpoint, datasets
from models.measure import nearest as derived
from playground.core import picture_files
from playground.features.play import invented_emoji, nearest_emoji, replay_pack
from playground.server.route import served
from playground.web.emoji_names import emoji_names

pytestmark = pytest.mark.slow


def noise(count, seed=0):
    """Pictures like no other."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3), np.uint8)


# The derived numbers


def test_features_are_means_of_four_pixels():
    image = noise(1)
    (features,) = derived.features(image)
    assert features.reshape(16, 16, 3)[3, 5] == pytest.approx(image[0, 6:8, 10:12].mean((0, 1)))


def test_an_atlas_survives_its_file(tmp_path):
    images = noise(40)
    atlas = derived.derive(images, tuple(f"name {i}" for i in range(40)), components=30)
    derived.save(atlas, tmp_path / "atlas.safetensors")
    again = derived.load(tmp_path / "atlas.safetensors")
    assert again.names == atlas.names
    assert again.unit == atlas.unit
    assert (again.nearest(images) == np.arange(40)).all()
    shifted = np.clip(images.astype(int) + 9, 0, 255).astype(np.uint8)
    assert (again.nearest(shifted) == np.arange(40)).all()


def test_what_is_shipped_is_small_and_has_every_name():
    assert nearest_emoji.FILE.stat().st_size < 250_000
    atlas = derived.load(nearest_emoji.FILE)
    assert atlas.names == emoji_names(checkpoint.WEIGHTS)
    assert all(nearest_emoji.character_of(name) for name in atlas.names)


def really_nearest(images, drawn):
    """Squared distances (M, N) between drawn and real pictures, as 16×16 pixels."""
    real, made = (derived.features(a).astype(np.float64) for a in (images, drawn))
    return (made**2).sum(1)[:, None] - 2 * made @ real.T + (real**2).sum(1)


def recorded_pictures():
    """What diffusion drew for the recorded inventions, and at the end of its training."""
    frames = [
        event["frame"]
        for run in replay_pack.read("emoji")["runs"].values()
        for event in run["events"]
        if event.get("frame", {}).get("last")
    ]
    tiles = [
        nearest_emoji.decoded(address, "WEBP") for frame in frames for address in frame["tiles"]
    ]
    with Image.open(checkpoint.WEIGHTS / "diffusion_emoji" / checkpoint.SHEET_FILE) as sheet:
        rows = np.asarray(sheet.convert("RGB")).reshape(-1, 32, 8, 32, 3)
    return np.concatenate(
        [np.stack([np.asarray(tile) for tile in tiles]), *rows[-2:].swapaxes(1, 2)]
    )


@pytest.fixture
def real():
    """The pictures themselves, where this machine has them."""
    try:
        return datasets.emoji()[0]
    except datasets.DataMissing as error:
        pytest.skip(str(error))


def test_each_real_emoji_is_nearest_to_itself(real):
    found = derived.load(nearest_emoji.FILE).nearest(real)
    assert (found == np.arange(len(real))).mean() >= 0.99


def test_drawn_ones_are_told_apart_as_with_the_pictures_themselves(real):
    drawn = recorded_pictures()
    assert len(drawn) == 40
    away = really_nearest(real, drawn)
    found = derived.load(nearest_emoji.FILE).nearest(drawn)
    assert (found == away.argmin(1)).mean() >= 0.85
    # Where another is named, it is as good as equally near.
    chosen = np.take_along_axis(away, found[:, None], 1)[:, 0]
    assert (np.sqrt(chosen) <= 1.03 * np.sqrt(away.min(1))).all()


def test_what_is_shipped_was_derived_from_the_pictures(real):
    atlas, shipped = (
        derived.derive(real, emoji_names(checkpoint.WEIGHTS)),
        derived.load(nearest_emoji.FILE),
    )
    assert atlas.mean == pytest.approx(shipped.mean, abs=1e-3)
    assert atlas.unit == pytest.approx(shipped.unit, rel=1e-3)
    # The last components are nearly as long as the ones left out, and may turn.
    assert np.abs(atlas.places[:, :20]).mean() == pytest.approx(
        np.abs(shipped.places[:, :20]).mean(), rel=0.01
    )


# Names and characters


@pytest.mark.parametrize(
    ("name", "character"), [("cow", "🐄\ufe0f"), ("umbrella", "☂\ufe0f"), ("owl heart", "")]
)
def test_a_name_has_the_character_of_unicode(name, character):
    assert nearest_emoji.character_of(name) == character


# The recorded inventions


def test_the_recorded_pictures_are_of_the_recorded_names():
    runs = replay_pack.read("emoji")["runs"]
    assert set(runs) == set(invented_emoji.requests())
    for number in range(len(runs) // 2):
        letters = runs[f"name-{number}"]["events"][0]["letters"]
        name = " ".join("".join(letter[0] for letter in letters).split())
        assert name == runs[f"drawing-{number}"]["start"]["recipe"]["prompt"]


def test_recorded_inventions_know_their_neighbours_and_whether_they_exist():
    part = nearest_emoji.inventions(checkpoint.WEIGHTS)
    assert part["runs"] == replay_pack.read("emoji")["runs"]
    names = emoji_names(checkpoint.WEIGHTS)
    assert set(part["found"]) == {name for name in part["runs"] if name.startswith("drawing")}
    for found in part["found"].values():
        assert found["nearest"]["name"] in names
        assert found["nearest"]["character"]
        assert found["exists"] == (found["name"] in names)


# The answer over HTTP


def png(size=(32, 32), mode="RGB", kind="PNG", alter=None):
    """A picture as an address, if need be with one byte of its header altered."""
    buffer = io.BytesIO()
    Image.new(mode, size, "yellow" if mode == "RGB" else None).save(buffer, kind)
    content = bytearray(buffer.getvalue())
    if alter:
        content[alter[0]] = alter[1]
        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return picture_files.data_uri(bytes(content), "image/png")


def ask(**asked):
    """The answer to one request."""

    async def one():
        app = Starlette(routes=served(nearest_emoji.routes()))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return await client.post(nearest_emoji.PATH, **asked)

    return asyncio.run(one())


def test_a_tile_is_answered_with_name_and_character():
    answer = ask(json={"tile": png()})
    assert answer.status_code == 200
    assert answer.json()["name"] == "large yellow square"
    assert answer.json()["character"] == "🟨\ufe0f"
    assert ask(json={"tile": png(mode="L")}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"content": b"no json"}, "no picture"),
        ({"content": b"[" * 30_000}, "no picture"),
        ({"json": []}, "no picture"),
        ({"json": {"tile": 7}}, "no picture"),
        ({"content": b"x" * 100_000}, "too long"),
        ({"json": {"tile": "https://elsewhere/picture.png"}}, "small PNG"),
        ({"json": {"tile": png() + "A" * 21_000}}, "small PNG"),
        ({"json": {"tile": "data:image/png;base64,%%%"}}, "base64"),
        ({"json": {"tile": "data:image/png;base64,aGVsbG8="}}, "cannot be read"),
        ({"json": {"tile": png(kind="BMP")}}, "cannot be read"),
        ({"json": {"tile": png()[:-40]}}, "cannot be read"),
        ({"json": {"tile": png(alter=(17, 255))}}, "cannot be read"),  # billions of pixels wide
        ({"json": {"tile": png((64, 64))}}, "32 by 32"),
        ({"json": {"tile": png((9000, 9000), "1")}}, "32 by 32"),
    ],
)
def test_anything_else_is_refused_in_words(asked, said):
    answer = ask(**asked)
    assert answer.status_code == 422
    assert said in answer.json()["sentence"]
