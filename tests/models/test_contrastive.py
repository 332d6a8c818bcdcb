"""CLIP's training: which pictures and captions belong together, and what the loss makes of it."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from models import datasets
from models.train import captions
from models.train.captions import Captions
from models.train.clip_mini import belonging, contrastive_loss
from models.train.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def said() -> Captions:
    return Captions(train_tokenizer(captions.texts(), captions.TOKENS))


def test_a_caption_belongs_to_every_picture_it_is_true_of() -> None:
    labels = torch.tensor([[7, 0, 7], [7, 1, 7], [3, 0, 7]])
    spoken = torch.tensor([[7, 0, 7], [7, -1, -1], [-1, -1, -1]])
    assert belonging(labels, spoken).tolist() == [
        [True, True, True],
        [False, True, True],
        [False, False, True],
    ]


def test_without_ambiguity_the_loss_is_clips_own() -> None:
    logits = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    own = torch.arange(5)
    theirs = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    assert torch.allclose(contrastive_loss(logits, torch.eye(5, dtype=torch.bool)), theirs)


def test_what_belongs_twice_is_not_called_wrong() -> None:
    belong = torch.tensor([[True, True], [True, True]])
    assert contrastive_loss(torch.zeros(2, 2), belong) < contrastive_loss(
        torch.tensor([[9.0, 0.0], [0.0, 9.0]]), belong
    )


def test_drawn_captions_say_what_they_are_said_to_say(said: Captions) -> None:
    labels = torch.tensor([[7, 0, 7]] * 400)
    tokens, parts = said.draw(labels, torch.Generator().manual_seed(0), wordless=0.1)
    texts = said.tokenizer.batch_decode(tokens, skip_special_tokens=True)
    for text, (digit, ink, paper) in zip(texts, parts.tolist(), strict=True):
        words = datasets.split_words(text)
        assert (digit == 7) == bool({"seven", "7"} & set(words))
        assert (ink == 0) == ("red" in words)
        assert (paper == 7) == ("black" in words)
    wordless = sum(not text.strip() for text in texts)
    assert 15 <= wordless <= 75
    full = (parts >= 0).all(1).float().mean()
    assert 0.6 < full < 0.9


def test_the_plain_caption_is_the_most_frequent(said: Captions) -> None:
    labels = torch.tensor([[7, 0, 7]] * 300)
    tokens, _ = said.draw(labels, torch.Generator().manual_seed(1))
    plain = said.encode([datasets.Concept(7, "red", "black").caption])
    assert 0.3 < (tokens == plain).all(1).float().mean() < 0.5
