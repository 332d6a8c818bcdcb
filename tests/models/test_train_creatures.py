"""Training on the creatures world: captions, what is understood of them, equal terms, two steps."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import checkpoint, creatures, datasets
from models.creatures import SIZES, CreatureConcept
from models.measure import report
from models.networks.caption_reader import CaptionReader, numbered, tokens_of
from models.networks.conditional import ConditionalVae, Critic, FlowNet, Painter
from models.networks.creature_judge import CreatureJudge
from models.train import creatures as training
from models.train.creature_judge import distort
from models.train.diffusion_creatures import flow_loss

CONDITION = sum(SIZES) + len(SIZES)
FAMILIES = ("gan_creatures", "vae_creatures", "diffusion_creatures")


def _weights(*networks: nn.Module) -> int:
    return sum(p.numel() for network in networks for p in network.parameters())


def test_all_three_families_have_as_many_weights() -> None:
    sizes = (
        _weights(Painter(CONDITION), Critic(CONDITION, sum(SIZES))),
        _weights(ConditionalVae(CONDITION, sum(SIZES))),
        _weights(FlowNet(CONDITION)),
    )
    assert max(sizes) < 1.1 * min(sizes)
    assert min(sizes) > 3_000_000


def test_captions_say_what_they_are_said_to_say() -> None:
    random = np.random.default_rng(1)
    places = creatures.random_concepts(2_000, 5)
    said = training.captions(places, random, wordless=0.1)
    known = set(training.known_words())
    for row, caption in zip(places, said, strict=True):
        words = datasets.split_words(caption.text)
        assert set(words) <= known, caption
        assert len(words) <= CaptionReader(1, SIZES).longest
        concept = CreatureConcept(*map(int, row))
        for place, own in zip(caption.places, concept.places, strict=True):
            assert place in (own, training.UNSAID)
        if caption.places[3] != training.UNSAID:
            assert concept.words[3] in words
    wordless = sum(not caption.text for caption in said)
    assert 140 < wordless < 260
    assert 0.3 < np.mean([s.text == _plain(r) for r, s in zip(places, said, strict=True)]) < 0.5
    for part in (0, 3):
        assert any(s.text and s.places[part] == training.UNSAID for s in said)


def _plain(row: np.ndarray) -> str:
    return CreatureConcept(*map(int, row)).caption


def test_parts_that_are_not_said_are_a_class_of_their_own() -> None:
    said = [training.Said("", (-1, -1, -1, -1)), training.Said("a cat on white", (1, 0, 0, 0))]
    assert training.targets(said).tolist() == [list(SIZES), [1, 0, 0, 0]]


def test_words_that_are_not_known_are_left_out() -> None:
    known = numbered(["cat", "purple"])
    assert tokens_of(["A purple, flying CAT!"], known, 4).tolist() == [[2, 1, 0, 0]]


def test_what_was_understood_is_a_chance_for_every_word_of_every_part() -> None:
    torch.manual_seed(1)
    reader = CaptionReader(5, SIZES).eval()
    tokens = torch.tensor([[1, 2, 3, 0], [0, 0, 0, 0]])
    understood = reader.understood(tokens)
    assert understood.shape == (2, CONDITION)
    sums = [part.sum(1) for part in understood.split([n + 1 for n in SIZES], dim=1)]
    assert torch.allclose(torch.stack(sums), torch.ones(4, 2))
    longer = torch.cat([tokens, torch.zeros(2, 3, dtype=torch.long)], dim=1)
    assert torch.allclose(reader.understood(longer), understood, atol=1e-6)


def test_parts_that_a_caption_does_not_say_cost_nothing() -> None:
    logits = torch.randn(3, sum(SIZES), generator=torch.Generator().manual_seed(2))
    places = torch.tensor([[1, 2, 3, 4], [1, -1, -1, -1], [-1, -1, -1, -1]])
    first = training.parts_loss(logits[:1], places[:1])
    second = training.parts_loss(logits[1:2], places[1:2])
    assert float(training.parts_loss(logits[2:], places[2:])) == 0
    whole = training.parts_loss(logits, places)
    assert float(whole) == pytest.approx(float(first + second) / 3, rel=1e-5)


def test_a_distorted_picture_is_the_same_a_little_elsewhere() -> None:
    images = torch.zeros(4, 3, 32, 32)
    images[..., 16, 16] = 1
    moved = distort(images, torch.Generator().manual_seed(1))
    assert moved.shape == images.shape
    for picture in moved:
        y, x = divmod(int(picture.sum(0).argmax()), 32)
        assert abs(y - 16) <= 2
        assert abs(x - 16) <= 2


def test_a_flow_network_that_knows_the_way_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    goal = torch.full((2, 3, 32, 32), 0.25)

    def forward(_: FlowNet, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        return (goal - x) / (1 - time)[:, None, None, None]

    monkeypatch.setattr(FlowNet, "forward", forward)
    network = FlowNet(CONDITION)
    noise = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    condition = torch.zeros(2, CONDITION)
    seen = list(network.paint(noise, condition, condition[:1], steps=5))
    assert len(seen) == 5
    for picture in seen:
        assert torch.allclose(picture, goal, atol=1e-5)


def test_the_flow_loss_is_none_for_the_true_velocity(monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.full((2, 3, 32, 32), 0.25)

    def forward(_: FlowNet, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        return (images - x) / (1 - time)[:, None, None, None]

    monkeypatch.setattr(FlowNet, "forward", forward)
    generator = torch.Generator().manual_seed(4)
    loss = flow_loss(FlowNet(CONDITION), images, torch.zeros(2, CONDITION), generator)
    assert float(loss) < 1e-6


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work folder with few pictures, and a folder of weights with an untrained reader."""
    try:
        creatures.bodies()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    few = tuple(creatures.trained_concepts())[::1_000]
    whole = training.bank
    monkeypatch.setattr(training, "bank", lambda work: whole(work, 1, few))
    monkeypatch.setattr(checkpoint, "WEIGHTS", tmp_path / "weights")
    words = training.known_words()
    config = {"words": list(words), "parts": list(SIZES)}
    reader = CaptionReader(len(words), SIZES)
    checkpoint.save(checkpoint.folder("creature_words"), {"model": reader}, config)
    return tmp_path


def test_training_pictures_are_kept_and_never_of_held_out_concepts(few: Path) -> None:
    bank = training.bank(few)
    again = training.bank(few)
    assert np.array_equal(bank.pictures, again.pictures)
    images, places = bank.batch(64, torch.Generator().manual_seed(1))
    assert images.shape == (64, 3, 32, 32)
    assert not any(CreatureConcept(*map(int, row)).held_out for row in places)


@pytest.mark.parametrize("model_id", ["creature_words", "creature_judge", *FAMILIES])
def test_two_steps_write_weights_that_can_be_read(
    model_id: str, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = importlib.import_module(f"models.train.{model_id}")
    monkeypatch.setattr(script, "BATCH", 4)
    out = few / "out"
    monkeypatch.setattr(
        sys, "argv", [model_id, "--steps", "2", "--work", str(few), "--out", str(out)]
    )
    script.main()
    content = report.read(out)
    assert content["training"]["steps"] == 2
    assert content["training"]["training_flops"] > 1e6
    assert (out / "card.md").read_text().startswith(f"# {model_id}\n")
    checkpoint.load(out, _networks(model_id))


def _networks(model_id: str) -> dict[str, nn.Module]:
    if model_id == "creature_words":
        return {"model": CaptionReader(len(training.known_words()), SIZES)}
    if model_id == "creature_judge":
        return {"model": CreatureJudge(SIZES)}
    if model_id == "gan_creatures":
        return {"painter": Painter(CONDITION), "critic": Critic(CONDITION, sum(SIZES))}
    if model_id == "vae_creatures":
        return {"model": ConditionalVae(CONDITION, sum(SIZES))}
    return {"model": FlowNet(CONDITION)}
