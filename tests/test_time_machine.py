"""The time machine: what trainings leave is read, shown at its first moment, and served."""

from __future__ import annotations

import html
import json
import re
import shutil
import threading
from dataclasses import replace

import httpx
import pytest
from PIL import Image

from models import checkpoint
from models.base import ModelSpec
from playground import render, serve, snapshots
from playground.names import FILE, emoji_names, words_of
from playground.snapshots import Snapshot, read_all
from tests.pretend import NAMES, SPECS

GAN, LSTM = SPECS["gan"], SPECS["char_lstm"]


@pytest.fixture
def own_weights(weights, tmp_path):
    """A folder with what trainings leave, of this test alone."""
    return shutil.copytree(weights, tmp_path / "weights")


def read(weights, spec: ModelSpec):
    """The learning of one model; None where it left none."""
    return next(iter(read_all(weights, [spec])), None)


def attribute(card: str, name: str) -> list[str]:
    """What one attribute of a card holds."""
    return json.loads(html.unescape(re.search(f'data-{name}="([^"]*)"', card)[1]))


def test_every_model_is_read_from_noise_to_finished(weights):
    learned = {one.spec.id: one for one in read_all(weights, SPECS.values())}
    assert set(learned) == set(SPECS)
    for one in learned.values():
        assert len(one.snapshots) == 12
        assert one.snapshots[0].step < one.snapshots[-1].step
        assert one.across == (8 if one.spec.kind == "image" else 0)
        assert bool(one.snapshots[0].text) == (one.spec.kind == "text")


def test_what_is_missing_is_left_out(own_weights, tmp_path):
    assert read_all(tmp_path / "nowhere", SPECS.values()) == []
    (own_weights / "gan" / checkpoint.SNAPSHOTS_FILE).unlink()
    (own_weights / "vae" / checkpoint.SHEET_FILE).unlink()
    (own_weights / "char_lstm" / checkpoint.SNAPSHOTS_FILE).write_text("[]")
    left_out = set(SPECS) - {one.spec.id for one in read_all(own_weights, SPECS.values())}
    assert left_out == {"gan", "vae", "char_lstm"}


def test_models_that_only_measure_are_left_out(weights):
    assert read(weights, GAN)
    assert read(weights, replace(GAN, kind="measure", family="contrastive")) is None


def test_a_sheet_with_other_rows_is_left_out_and_logged(own_weights, caplog):
    sheet = own_weights / "gan" / checkpoint.SHEET_FILE
    with Image.open(sheet) as image:
        image.crop((0, 0, 256, 32 * 11)).save(sheet)
    assert read(own_weights, GAN) is None
    assert "352 pixels for 12 rows" in caplog.text


def test_a_card_shows_its_first_moment_and_holds_all(weights):
    card = render.learner(read(weights, LSTM), "")
    facts, texts = attribute(card, "facts"), attribute(card, "texts")
    assert (len(facts), len(texts)) == (12, 12)
    assert f"<pre>{html.escape(texts[0])}</pre>" in card
    assert f'<p class="figures">{facts[0]}</p>' in card
    assert facts[6] == "step 64 · 19 s · loss 0.0625"


def test_pictures_are_rows_of_one_sheet(weights):
    card = render.learner(read(weights, GAN), serve.sheet_address(GAN))
    assert "--across:8;--rows:12;" in card
    assert f"background-image:url('shipped/gan.png?v={GAN.revision}')" in card
    assert attribute(card, "texts") == []


def test_what_a_model_wrote_is_text_never_markup():
    wild = Snapshot(1, 0.0, -0.25, "</pre><script>\"'&")
    card = render.learner(snapshots.Learning(LSTM, (wild,)), "")
    assert "<script>" not in card
    assert attribute(card, "texts") == [wild.text]
    assert "step 1 · 0 s · loss -0.250" in card


@pytest.mark.parametrize(
    ("seconds", "shown"), [(119, "119 s"), (731, "12 min"), (9000, "2.5 h"), (0, "0 s")]
)
def test_long_times_are_in_minutes_and_hours(seconds, shown):
    assert render.duration(seconds) == shown


def test_the_slider_has_one_place_for_each_moment():
    page = render.machine(["<section></section>"], 12)
    assert 'min="0" max="11" step="1" value="0"' in page
    assert 'aria-valuetext="snapshot 1 of 12"' in page


# The names


def test_names_are_read_and_cut_into_words(weights, tmp_path):
    assert emoji_names(weights) == NAMES
    assert {"tears", "joy", "cow"} <= words_of(NAMES)
    assert emoji_names(tmp_path) == ()


# Serving


async def _app(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"the app's own"})


def client(weights) -> httpx.AsyncClient:
    """A client of what stands in front of the app."""
    app = _app
    for layer in reversed(serve.middleware(threading.Event(), weights)):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")


def ask(weights, *paths, method="GET", **headers):
    """Answers of what stands in front of the app."""
    import asyncio

    async def all_of_them():
        async with client(weights) as asking:
            return [await asking.request(method, path, headers=headers) for path in paths]

    return asyncio.run(all_of_them())


def test_sheets_and_names_are_served_and_may_be_kept(weights):
    sheet, names = ask(weights, f"/{serve.sheet_address(GAN)}", "/shipped/names.json")
    assert sheet.headers["content-type"] == "image/png"
    assert sheet.content == (weights / "gan" / checkpoint.SHEET_FILE).read_bytes()
    assert names.json() == list(NAMES)
    for answer in (sheet, names):
        assert answer.headers["cache-control"] == "public, max-age=3600"
    (head,) = ask(weights, "/shipped/gan.png", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")


def test_nothing_else_beside_the_weights_is_served(own_weights):
    (own_weights / "gan" / "model.safetensors").write_bytes(b"secret")
    paths = [
        "/shipped/gan/model.safetensors",
        "/shipped/model.safetensors",
        "/shipped/../gan/model.safetensors",
        "/shipped/%2e%2e/gan/model.safetensors",
        "/shipped/char_lstm.png",
        "/shipped/",
    ]
    for answer in ask(own_weights, *paths):
        assert answer.content == b"the app's own"
    (own_weights / FILE).unlink()
    (missing,) = ask(own_weights, "/shipped/names.json")
    assert missing.status_code == 404
    (posted,) = ask(own_weights, "/shipped/gan.png", method="POST")
    assert posted.content == b"the app's own"
