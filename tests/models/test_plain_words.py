"""A typed <|endoftext|> is words to every model that reads captions, and ends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from models import checkpoint
from models.adapters.clip import Embeddings
from models.adapters.plain_words import plain_words
from models.adapters.stable_diffusion import StableDiffusion
from models.hub import cache as hub_cache
from tests import tiny_models

MARKS = ("<|endoftext|>", "<|startoftext|>")


def assert_words(tokenizer: Any, mark: str) -> None:
    """No token between the first and the last begins or ends a text, or stands for none."""
    first, *inside, last = tokenizer(f"a cow {mark} on the moon").input_ids
    special = {first, last, *tokenizer.all_special_ids}
    assert not special & set(inside)
    assert len(tokenizer.tokenize(f"a cow {mark} on the moon")) == len(inside)
    padded = tokenizer(f"{mark} cow", padding="max_length", max_length=30, truncation=True)
    assert padded.input_ids[0] == first
    assert set(padded.input_ids[-3:]) <= special


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("part", ["diffusion_mini/tokenizer", "diffusion_emoji/tokenizer"])
def test_to_the_shipped_tokenizers(part: str, mark: str) -> None:
    from transformers import CLIPTokenizer

    folder = checkpoint.folder(part.partition("/")[0]) / "tokenizer"
    tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    captions = ["a red seven on a black background", "blue heart", "", "a COW!"]
    before = tokenizer(captions, padding=True).input_ids
    assert_words(plain_words(tokenizer), mark)
    assert tokenizer(captions, padding=True).input_ids == before


@pytest.mark.parametrize("mark", MARKS)
def test_to_clip(mark: str) -> None:
    embeddings = Embeddings.load(checkpoint.folder("clip_mini"))
    assert_words(embeddings._tokenizer, mark)
    with_mark, without, behind = embeddings.of_words(
        [f"a red {mark} seven", "a red", "a red seven"]
    )
    assert not torch.allclose(with_mark, without, atol=1e-3)
    assert not torch.allclose(with_mark, behind, atol=1e-3)


@pytest.mark.parametrize("mark", MARKS)
def test_to_diffusion(tmp_path: Path, mark: str) -> None:
    spec = tiny_models.diffusion_mini(tmp_path)
    assert_words(StableDiffusion.load(spec, "cpu", "float32").tokenizer, mark)


@pytest.mark.parametrize("mark", MARKS)
def test_to_the_models_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(hub_cache, "folder", tiny_models.hub_folder)
    spec = tiny_models.stable_diffusion(tmp_path)
    assert_words(StableDiffusion.load(spec, "cpu", "float32").parts.tokenizer, mark)  # type: ignore[union-attr]
