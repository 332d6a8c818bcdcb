"""Training on pictures: captions, what is understood of them, equal terms, two steps."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import checkpoint, datasets
from models.measure import report
from models.networks.caption_reader import CaptionReader, numbered, tokens_of
from models.networks.conditional import ConditionalVae, Critic, FlowNet, Painter
from models.networks.parts_judge import PartsJudge
from models.train import conditions, families, judging
from models.train import creatures as training
from models.train import voices as voice_training
from models.train.conditions import UNSAID, Said, parts_loss, targets
from models.train.creature_judge import distort
from models.train.families import flow_loss
from models.worlds import creatures, voices
from models.worlds.creatures import SIZES, CreatureConcept

pytestmark = pytest.mark.slow

WORLDS = {"creatures": (SIZES, 3), "voice": (voices.SIZES, 1)}
CONDITION = sum(SIZES) + len(SIZES)
FAMILIES = ("gan", "vae", "diffusion")


def _weights(*networks: nn.Module) -> int:
    return sum(p.numel() for network in networks for p in network.parameters())


@pytest.mark.parametrize("world", WORLDS)
def test_all_three_families_have_as_many_weights(world: str) -> None:
    parts, channels = WORLDS[world]
    condition, shown = sum(parts) + len(parts), sum(parts)
    sizes = (
        _weights(Painter(condition, channels), Critic(condition, shown, channels)),
        _weights(ConditionalVae(condition, shown, channels)),
        _weights(FlowNet(condition, channels)),
    )
    assert max(sizes) < 1.1 * min(sizes)
    assert min(sizes) > 3_000_000


def test_captions_say_what_they_are_said_to_say() -> None:
    random = np.random.default_rng(1)
    places = creatures.random_concepts(2_000, 5)
    said = training.captions(places, random, wordless=0.1)
    known, longest = set(training.wording().words), CaptionReader(1, SIZES).longest
    for row, caption in zip(places, said, strict=True):
        words = datasets.split_words(caption.text)
        assert set(words) <= known, caption
        assert len(words) <= longest
        concept = CreatureConcept(*map(int, row))
        for place, own in zip(caption.places, concept.places, strict=True):
            assert place in (own, UNSAID)
        if caption.places[3] != UNSAID:
            assert concept.words[3] in words
    wordless = sum(not caption.text for caption in said)
    assert 140 < wordless < 260
    assert 0.3 < np.mean([s.text == _plain(r) for r, s in zip(places, said, strict=True)]) < 0.5
    for part in (0, 3):
        assert any(s.text and s.places[part] == UNSAID for s in said)


def _plain(row: np.ndarray) -> str:
    return CreatureConcept(*map(int, row)).caption


def test_parts_that_are_not_said_are_a_class_of_their_own() -> None:
    said = [Said("", (-1, -1, -1, -1)), Said("a cat on white", (1, 0, 0, 0))]
    assert targets(said, SIZES).tolist() == [list(SIZES), [1, 0, 0, 0]]


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
    first = parts_loss(logits[:1], places[:1], SIZES)
    second = parts_loss(logits[1:2], places[1:2], SIZES)
    assert float(parts_loss(logits[2:], places[2:], SIZES)) == 0
    whole = parts_loss(logits, places, SIZES)
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
    """A work folder with few pictures, and a folder of weights with untrained readers."""
    try:
        creatures.bodies()
        recorded = voices.recordings()
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    few = tuple(creatures.trained_concepts())[::1_000]
    whole = training.pictures
    told = (array[::47] for array in (recorded.digits, recorded.voices, recorded.takes))
    heard = voices.Recordings(recorded.sounds[::47], *told)
    monkeypatch.setattr(training, "pictures", lambda work: whole(work, 1, few))
    monkeypatch.setattr(voices, "recordings", lambda: heard)
    monkeypatch.setattr(checkpoint, "WEIGHTS", tmp_path / "weights")
    for name, own in (("creature_words", training), ("voice_words", voice_training)):
        wording = own.wording()
        config = {"words": list(wording.words), "parts": list(wording.sizes)}
        reader = CaptionReader(len(wording.words), wording.sizes)
        checkpoint.save(checkpoint.folder(name), {"model": reader}, config)
    monkeypatch.setattr(families, "BATCH", 4)
    monkeypatch.setattr(families, "SHOWN_STEPS", 2)
    monkeypatch.setattr(conditions, "READING_BATCH", 4)
    monkeypatch.setattr(judging, "BATCH", 4)
    return tmp_path


def test_training_pictures_are_kept_and_never_of_held_out_concepts(few: Path) -> None:
    pictures, places = training.pictures(few)
    again, _ = training.pictures(few)
    assert np.array_equal(pictures, again)
    assert pictures.shape == (len(places), 32, 32, 3)
    assert not any(CreatureConcept(*map(int, row)).held_out for row in places)


def test_a_reader_of_other_words_is_refused(few: Path) -> None:
    folder = checkpoint.folder("creature_words")
    with pytest.raises(ValueError, match="creature_words"):
        conditions.Conditions.load(folder, voice_training.wording(), "cpu")


NAMES = ("creature_words", "voice_words", "creature_judge", "ear")


@pytest.mark.parametrize("model_id", [*NAMES, *(f"{f}_{w}" for f in FAMILIES for w in WORLDS)])
def test_two_steps_write_weights_that_can_be_read(
    model_id: str, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = few / "out"
    arguments = ["--steps", "2", "--work", str(few), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [model_id, *arguments])
    importlib.import_module(f"models.train.{model_id}").main()
    content = report.read(out)
    assert content["training"]["steps"] == 2
    assert content["training"]["training_flops"] > 1e6
    card = (out / "card.md").read_text()
    assert card.startswith(f"# {model_id}\n")
    assert "floating-point operations by count" in card
    # What was trained on the recordings carries their licence.
    heard = model_id == "ear" or model_id.endswith("_voice")
    assert f"| licence | {'CC BY-SA 4.0' if heard else 'MIT'} |" in card
    checkpoint.load(out, _networks(model_id))


def _networks(model_id: str) -> dict[str, nn.Module]:
    family, _, world = model_id.partition("_")
    if model_id in NAMES:
        world = "creatures" if model_id.startswith("creature") else "voice"
    parts, channels = WORLDS[world]
    condition, shown = sum(parts) + len(parts), sum(parts)
    if model_id.endswith("_words"):
        own = training if world == "creatures" else voice_training
        return {"model": CaptionReader(len(own.wording().words), parts)}
    if model_id in ("creature_judge", "ear"):
        return {"model": PartsJudge(parts, channels)}
    if family == "gan":
        critic = Critic(condition, shown, channels)
        return {"painter": Painter(condition, channels), "critic": critic}
    if family == "vae":
        return {"model": ConditionalVae(condition, shown, channels)}
    return {"model": FlowNet(condition, channels)}
