"""What two models write together for a third: drawn from their mean, and told with it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models import checkpoint, datasets
from models.networks.char_lstm import CharLSTM
from models.networks.gpt2 import Gpt2Decoder
from models.train import char_lstm
from models.train.teaching import GptTeacher, Lessons, LstmTeacher, write_together
from tests import tiny_models

V, T = len(datasets.ALPHABET), 12


@pytest.fixture
def lstm() -> CharLSTM:
    """A small LSTM with random weights."""
    torch.manual_seed(1)
    return CharLSTM(V, 8, 16, 2).eval().requires_grad_(False)


@pytest.fixture
def decoder(tmp_path: Path) -> Gpt2Decoder:
    """A small GPT-2 with random weights."""
    from safetensors.torch import load_file

    folder = Path(tiny_models.gpt2_mini(tmp_path / "gpt").source)
    weights = load_file(folder / checkpoint.WEIGHTS_FILE)
    return Gpt2Decoder(weights, checkpoint.read_config(folder), "cpu", "float32")


def test_what_teachers_say_is_the_mean_of_their_own_probabilities(lstm, decoder):
    teachers = [LstmTeacher(lstm), GptTeacher(decoder)]
    openings = torch.randint(V, (3, 4), generator=torch.Generator().manual_seed(2))
    lessons = write_together(teachers, openings, T, torch.Generator().manual_seed(3))
    assert lessons.tokens.shape == (3, T + 1)
    assert lessons.chances.shape == (3, T, V)
    tokens = lessons.tokens.long()
    assert torch.equal(tokens[:, :4], openings)

    read = tokens[:, :-1]
    by_lstm = lstm(read)[0].softmax(-1)
    cache = decoder.cache(3, T)
    positions = torch.arange(T).expand(3, -1)
    by_gpt = decoder.logits(decoder.read(read, positions, cache, T)).softmax(-1)
    assert torch.allclose(lessons.chances.float(), (by_lstm + by_gpt) / 2, atol=1e-3)


def test_the_same_seed_writes_the_same(lstm):
    openings = torch.zeros(2, 1, dtype=torch.long)

    def written(seed: int) -> Lessons:
        return write_together([LstmTeacher(lstm)], openings, T, torch.Generator().manual_seed(seed))

    assert torch.equal(written(1).tokens, written(1).tokens)
    assert not torch.equal(written(1).tokens, written(2).tokens)


def test_lessons_are_kept_on_disk(lstm, tmp_path):
    openings = torch.zeros(2, 1, dtype=torch.long)
    lessons = write_together([LstmTeacher(lstm)], openings, T, torch.Generator().manual_seed(1))
    lessons.save(tmp_path / "new" / "lessons.safetensors")
    again = Lessons.load(tmp_path / "new" / "lessons.safetensors")
    assert torch.equal(lessons.tokens, again.tokens)
    assert torch.equal(lessons.chances, again.chances)


def test_half_of_a_batch_is_the_book_and_half_lessons():
    book = torch.randint(V, (2_000,), generator=torch.Generator().manual_seed(1))
    width = char_lstm.WINDOW + 1
    told = torch.full((5, width), 7, dtype=torch.uint8)
    lessons = Lessons(told, torch.full((5, width - 1, V), 1 / V, dtype=torch.float16))
    generator = torch.Generator().manual_seed(2)
    read, wanted = char_lstm.draw_batch(book, lessons, generator)
    half = char_lstm.BATCH // 2
    assert read.shape == (char_lstm.BATCH, char_lstm.WINDOW)
    assert wanted.shape == (*read.shape, V)
    assert torch.equal(wanted[:half, :-1].argmax(-1), read[:half, 1:])
    assert wanted[:half].max() == 1
    assert (read[half:] == 7).all()
    assert torch.allclose(wanted.sum(-1), torch.ones(read.shape), atol=1e-2)
    alone, only = char_lstm.draw_batch(book, None, generator)
    assert alone.shape == read.shape
    assert (only.max(-1).values == 1).all()
