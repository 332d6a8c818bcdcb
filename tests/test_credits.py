"""Whose pictures models learned from stands beside them and all that they make, where due."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from models import catalog, checkpoint
from models.base import ModelSpec
from models.measure import quality
from models.recipe import make_recipe
from models.worlds import NOTO
from playground.core import picture_files
from playground.features.play.scenes import emoji as scene
from playground.web import i18n
from playground.web.card_facts import facts

SHIPPED = [spec for spec in catalog.SPECS if quality.is_shipped(spec.source)]
OF_NOTO = {"gan_emoji", "vae_emoji", "diffusion_emoji"}


def test_these_learned_from_noto_emoji() -> None:
    painters = {spec.id for spec in SHIPPED if (spec.world, spec.kind) == ("emoji", "image")}
    assert {spec.id for spec in SHIPPED if catalog.credit(spec.id) == NOTO} == painters == OF_NOTO
    assert "© Google, Apache License 2.0" in NOTO
    assert catalog.credit("no_such_model") == ""


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda spec: spec.id)
def test_it_stands_on_the_card_beside_weights_and_in_the_details_of_the_pages(
    spec: ModelSpec,
) -> None:
    card = (checkpoint.folder(spec.source) / "card.md").read_text(encoding="utf-8")
    assert (f"\n| credit | {NOTO} |\n" in card) is (spec.id in OF_NOTO)
    assert (facts(spec)["details"].get("Credit") == NOTO) is (spec.id in OF_NOTO)


@pytest.mark.parametrize("model", ["diffusion_emoji", "gan"])
def test_a_picture_carries_it(model: str) -> None:
    recipe = make_recipe(catalog.spec(model))
    content = picture_files.png_bytes(Image.new("RGB", (4, 4)), recipe, "1 of 1")
    with Image.open(io.BytesIO(content)) as read:
        assert read.text.get("Copyright") == (NOTO if model in OF_NOTO else None)


def test_it_stands_beside_the_emoji_of_the_first_page_and_in_every_language() -> None:
    script = scene.ENTRY.script.read_text(encoding="utf-8")
    assert f'const CREDIT = "{NOTO}";' in script
    assert "this.nearest, this.share, credit" in script
    assert {NOTO, "Credit"} <= i18n.phrases()
