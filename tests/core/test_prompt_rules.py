"""Rooms where the real models take preset prompts alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import gradio as gr
import pytest

from models.base import HubFile
from models.datasets import Concept
from models.engine import Engine
from models.pool import Pool
from models.recipe import make_recipe
from playground import site
from playground.core import prompt_rules
from playground.core.services import Services
from playground.registry import FEATURES
from tests.fake_catalogue import SPECS

FILE = HubFile("model.safetensors", 1, "0" * 64)
REAL_TEXT = replace(SPECS["gpt2_mini"], id="gpt2", world="", files=(FILE,))
REAL_IMAGE = replace(SPECS["diffusion_mini"], id="sd_turbo", world="", files=(FILE,))
ALL = {**SPECS, "gpt2": REAL_TEXT, "sd_turbo": REAL_IMAGE}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv(prompt_rules.VARIABLE, "1")
    pool = Pool(ALL)
    engine = Engine(pool, admit=prompt_rules.admission(ALL))
    yield Services(engine, pool, ALL, features=FEATURES)
    engine.close()
    pool.close()


def test_all_prompts_are_welcome_unless_the_operator_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for value in ("", "0"):
        monkeypatch.setenv(prompt_rules.VARIABLE, value)
        assert prompt_rules.admission(ALL) is None
    monkeypatch.delenv(prompt_rules.VARIABLE)
    assert prompt_rules.admission(ALL) is None


@pytest.mark.parametrize(
    ("spec", "prompt"),
    [
        *((REAL_TEXT, prompt) for prompt in prompt_rules.TEXTS),
        *((REAL_IMAGE, prompt) for prompt in prompt_rules.PICTURES),
        (REAL_IMAGE, Concept(7, "red", "black").caption),
        (SPECS["gpt2_mini"], "anything at all"),
        (SPECS["diffusion_mini"], "anything at all"),
    ],
)
def test_presets_are_welcome_and_the_small_models_take_anything(services, spec, prompt) -> None:
    services.engine.stop(services.engine.submit(make_recipe(spec, prompt=prompt)))


@pytest.mark.parametrize(
    ("spec", "prompt"),
    [
        (REAL_TEXT, "anything at all"),
        (REAL_TEXT, prompt_rules.TEXTS[0] + " and then"),
        (REAL_TEXT, ""),
        (REAL_IMAGE, prompt_rules.TEXTS[0]),
        (REAL_IMAGE, "a red seven on a black background, and more"),
    ],
)
def test_real_models_refuse_everything_else_in_words(services, spec, prompt) -> None:
    with pytest.raises(ValueError, match="takes the prompts of the list alone"):
        services.engine.submit(make_recipe(spec, prompt=prompt))


def test_the_page_offers_the_list_only_in_such_rooms(
    services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lists() -> set[str]:
        blocks = site.build(services).blocks.values()
        html = (b for b in blocks if isinstance(b, gr.HTML) and "choices" in b.props)
        return {b.elem_id for b in html if "presets" in b.elem_id}

    assert lists() == {"text-presets", "originals-presets"}
    monkeypatch.delenv(prompt_rules.VARIABLE)
    assert lists() == set()
