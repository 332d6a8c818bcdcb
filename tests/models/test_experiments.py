"""Experiments: numbers through the engine, verdicts that the numbers decide, and joining them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models import checkpoint, datasets
from models.base import Candidates, TokenStep
from models.experiments import long_memory, memorisation, mode_collapse, results, sharp_or_blurry
from models.experiments.claim import (
    Claim,
    Number,
    Outcome,
    Progress,
    Verdict,
    above,
    difference_of_shares,
)
from models.experiments.drawing import trained
from models.experiments.lab import Lab, StoppedError
from models.experiments.running import Job, Laboratory, _left
from models.measure.metric import Metric, share
from models.recipe import make_recipe
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.slow

SMALL = {
    "sharp_or_blurry": 2,
    "mode_collapse": 20,
    "words_steer": 3,
    "memorisation": 3,
    "long_memory": 2,
    "one_token_at_a_time": 2,
    "composition": 3,
    "text_image_alignment": 8,
    "energy": 3,
    "latent_control": 2,
    "reconstruction": 3,
    "parallel_training": 2,
    "quantisation": 2,
    "bias": 24,
}


def exactly(value: float, n: int = 100, half: float = 0.01) -> Metric:
    """A made-up figure with a narrow interval."""
    return Metric(value, value - half, value + half, n)


# Verdicts. For each claim: figures that bear it out, figures that contradict it, and figures that
# leave it open, as changes of the first ones.


GIVEN: dict[str, tuple[dict[str, Metric], dict[str, Metric], dict[str, Metric]]] = {
    "reconstruction": (
        {
            "auc": exactly(0.9),
            "restored": exactly(0.9),
            "code_bytes": exactly(34),
            "picture_bytes": exactly(3072),
        },
        {"auc": exactly(0.5)},
        {"auc": exactly(0.8, half=0.1)},
    ),
    "sharp_or_blurry": (
        {"gan": exactly(2.0), "vae": exactly(1.0), "gan_less_vae": exactly(1.0)},
        {"gan": exactly(0.5), "gan_less_vae": exactly(-0.5)},
        {"gan_less_vae": exactly(0.0)},
    ),
    "mode_collapse": (
        {"gan": exactly(0.3), "vae": exactly(0.8), "diffusion_mini": exactly(0.9)},
        {"gan": exactly(0.95)},
        {"gan": exactly(0.6, half=0.3)},
    ),
    "words_steer": (
        {"guidance_0": share([False] * 50), "guidance_2": share([True] * 50)},
        {"guidance_2": share([False] * 50)},
        {"guidance_2": share([True] * 2), "guidance_0": share([False] * 2)},
    ),
    "memorisation": (
        {"diffusion_emoji": share([True] * 50), "diffusion_mini": share([False] * 50)},
        {"diffusion_emoji": share([False] * 50)},
        {"diffusion_emoji": share([True, False] * 2), "diffusion_mini": share([False] * 3)},
    ),
    "long_memory": (
        {
            "gpt2_mini_gains_more": exactly(0.3),
            "char_lstm_gain": exactly(0.0),
            "gpt2_mini_gain": exactly(0.3),
        },
        {"gpt2_mini_gains_more": exactly(-0.3)},
        {"gpt2_mini_gains_more": exactly(0.0)},
    ),
    "one_token_at_a_time": (
        {
            **{f"{m}_each": exactly(1.0) for m in ("char_lstm", "gpt2_mini")},
            **{f"{m}_each": exactly(0.01) for m in ("gan", "vae", "diffusion_mini")},
        },
        {"diffusion_mini_each": exactly(1.0)},
        {"diffusion_mini_each": exactly(0.1, half=0.05)},
    ),
    "composition": (
        {
            f"{m}_{part}": share([True] * 200 + [False])
            for m in ("gan", "vae", "diffusion_mini")
            for part in ("trained", "held_out")
        },
        {"vae_held_out": share([True] * 100 + [False] * 100)},
        {"vae_held_out": share([True] * 8)},
    ),
    "text_image_alignment": (
        {part: share([True] * 100) for part in ("digit", "ink", "paper")},
        {"ink": share([True] * 12 + [False] * 88)},
        {"ink": share([True, False])},
    ),
    "energy": (
        {
            **{m: exactly(1.0) for m in ("gan_emoji", "vae_emoji", "diffusion_mini")},
            **{m: exactly(2.0) for m in ("gan", "vae", "diffusion_emoji")},
        },
        {"gan": exactly(0.5)},
        {"gan": exactly(1.0)},
    ),
    "latent_control": (
        {
            **{"gan": exactly(2.0), "vae": exactly(1.5), "diffusion_mini": exactly(3.0)},
            **{"gan_more": exactly(0.5), "diffusion_mini_more": exactly(1.5)},
        },
        {"gan_more": exactly(-0.5)},
        {"gan_more": exactly(0.0)},
    ),
    "parallel_training": (
        {
            "char_lstm_learns_slope": exactly(-0.4),
            "gpt2_mini_learns_slope": exactly(-0.1),
            "gpt2_mini_loses_less": exactly(0.3),
        },
        {"gpt2_mini_loses_less": exactly(-0.3), "gpt2_mini_learns_slope": exactly(-0.7)},
        {"gpt2_mini_loses_less": exactly(0.0), "gpt2_mini_learns_slope": exactly(-0.4)},
    ),
    "quantisation": (
        {
            f"{model}_{name}": exactly(value, half=0.001)
            for model in ("char_lstm", "gpt2_mini")
            for name, value in {"memory": 0.2, "time": 0.7, "lost": 0.001, "bits": 2.0}.items()
        },
        {"char_lstm_lost": exactly(0.5)},
        {"char_lstm_lost": exactly(0.02, half=0.02)},
    ),
    "bias": (
        {"stereotype": exactly(0.8), "control": exactly(0.0)},
        {"stereotype": exactly(-0.4)},
        {"stereotype": exactly(0.8), "control": exactly(0.8)},
    ),
}


@pytest.mark.parametrize("claim", results.ids())
def test_the_numbers_decide_the_verdict(claim: str):
    borne_out, contrary, unclear = GIVEN[claim]
    verdict = results.experiment(claim).verdict
    assert verdict(borne_out).word == "holds"
    assert verdict({**borne_out, **contrary}).word == "does_not_hold"
    assert verdict({**borne_out, **unclear}).word == "cannot_tell"


def test_a_verdict_in_words():
    assert Verdict("holds", "", 9).words == "Holds here"
    assert Verdict("does_not_hold", "", 9).words == "Does not hold at this size"
    assert Verdict("cannot_tell", "", 1200).words == "Cannot tell from 1\u202f200 samples"


def test_a_difference_of_shares_is_newcombes():
    # Newcombe 1998, table II, contrast (a): 56/70 less 48/80, method 10.
    found = difference_of_shares(
        share([True] * 56 + [False] * 14), share([True] * 48 + [False] * 32)
    )
    assert found.value == pytest.approx(0.2)
    assert found.low == pytest.approx(0.0524, abs=1e-4)
    assert found.high == pytest.approx(0.3339, abs=1e-4)


def test_above_means_that_intervals_do_not_meet():
    assert above(exactly(0.5), exactly(0.4))
    assert not above(exactly(0.5), exactly(0.49))


# What is on the shelf


@pytest.mark.parametrize("claim", results.ids())
def test_every_experiment_says_what_it_is(claim: str):
    experiment = results.experiment(claim)
    about = experiment.CLAIM
    assert about.id == claim
    for words in (about.sentence, about.article, about.source, about.how, about.flip, about.title):
        assert words.endswith((".", ":", "?"))
    assert set(experiment.MODELS) <= set(SPECS)
    assert experiment.QUICK > 0


@pytest.mark.parametrize("claim", results.ids())
def test_a_result_is_shipped_and_its_verdict_can_be_computed(claim: str):
    found = results.shipped(claim)
    assert found is not None
    assert found.command.startswith("python -m models.")
    assert found.machine
    assert found.weights
    for number in found.outcome.numbers:
        m = number.metric
        assert m.low <= m.value <= m.high
        assert m.n > 0
    verdict = results.experiment(claim).verdict(found.outcome.named())
    assert verdict.because.endswith(".")


def test_five_claims_are_in_front():
    front = [claim for claim in results.ids() if results.experiment(claim).CLAIM.front]
    five = ["sharp_or_blurry", "mode_collapse", "words_steer", "memorisation", "long_memory"]
    assert front == five


def test_figures_of_the_metrics_files_are_read_and_not_copied(tmp_path: Path):
    for model in mode_collapse.MODELS:
        content = json.loads((checkpoint.folder(model) / "metrics.json").read_text())
        content["metrics"]["coverage"]["value"] = 0.123
        (tmp_path / model).mkdir()
        (tmp_path / model / "metrics.json").write_text(json.dumps(content))
    found = results.shipped("mode_collapse", weights=tmp_path)
    assert found is not None
    assert found.outcome.named()["gan"].value == 0.123
    assert results.shipped("mode_collapse", weights=tmp_path / "none") is None


def test_a_result_comes_back_as_it_was_recorded(tmp_path: Path):
    number = Number("a", "A", Metric(0.5, 0.25, 0.75, 4), "gan", 2.0, shown=False)
    kept = results.Shipped(
        Outcome((number,), ("A note.",)), "python -m x", "a machine", {"gan": "abc"}, 1.5, 4, 7
    )
    path = results.write("sharp_or_blurry", kept, tmp_path)
    assert results.read(json.loads(path.read_text())) == kept
    assert results.shipped("sharp_or_blurry", results=tmp_path) == kept


def test_a_claim_that_is_not_there_is_refused_in_words():
    with pytest.raises(ValueError, match="There is no claim called “os”"):
        results.experiment("os")


def test_importing_all_experiments_imports_nothing_heavy():
    heavy = ("torch", "transformers", "diffusers", "safetensors", "gradio")
    code = (
        "import sys; from models.experiments import results, running; "
        "[results.experiment(c) for c in results.ids()]; "
        "[results.shipped(c) for c in results.ids()]; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Every experiment, small, over pretended models and the real engine


@pytest.mark.parametrize("claim", results.ids())
def test_an_experiment_reaches_its_outcome_through_the_engine(
    claim: str, services: Any, monkeypatch: pytest.MonkeyPatch
):
    def missing(*_: object) -> Any:
        raise datasets.DataMissing("not here")

    for name in ("mnist", "shakespeare", "emoji"):
        monkeypatch.setattr(datasets, name, missing)
    experiment = results.experiment(claim)
    lab = Lab(services.engine, services.specs, "experiment")
    *steps, outcome = list(experiment.measure(lab, SMALL[claim]))
    assert isinstance(outcome, Outcome)
    done = [step.done / step.total for step in steps if isinstance(step, Progress)]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] <= 1 + 1e-9
    assert len(done) > 1
    assert experiment.verdict(outcome.named()).because
    shipped = results.shipped(claim)
    assert shipped is not None
    unread = {n for n in shipped.outcome.named() if n.endswith("_run")}  # needs the book itself
    assert set(outcome.named()) == set(shipped.outcome.named()) - unread


def test_with_the_data_at_hand_digits_and_texts_are_looked_for_too(
    services: Any, monkeypatch: pytest.MonkeyPatch
):
    strokes = np.random.default_rng(0).integers(0, 255, (50, 28, 28), dtype=np.uint8)
    monkeypatch.setattr(datasets, "mnist", lambda split: (strokes, np.zeros(50, np.uint8)))
    monkeypatch.setattr(datasets, "shakespeare", lambda: ("abc" * 1_000, "xyz" * 1_000))
    lab = Lab(services.engine, services.specs, "experiment")
    *steps, outcome = list(memorisation.measure(lab, 2))
    assert isinstance(outcome, Outcome)
    found = outcome.named()
    assert found["diffusion_mini"].n == 2
    assert found["real_run"].value == 0
    assert found["char_lstm_run"].n == 8
    done = [step.done / step.total for step in steps if isinstance(step, Progress)]
    assert done == sorted(done)
    assert done[-1] < 1


# Numbers against a second way of getting them


def test_gradient_energy_is_that_of_a_plain_loop():
    strokes = np.random.default_rng(0).random((3, 7, 5))
    for image, energy in zip(strokes, sharp_or_blurry.gradient_energy(strokes), strict=True):
        right = [(image[y, x + 1] - image[y, x]) ** 2 for y in range(7) for x in range(4)]
        down = [(image[y + 1, x] - image[y, x]) ** 2 for y in range(6) for x in range(5)]
        assert energy == pytest.approx(sum(right) / len(right) + sum(down) / len(down))


def test_a_blurred_stroke_has_less_gradient_energy():
    stroke = np.zeros((1, 28, 28))
    stroke[:, :, 10:14] = 1
    blurred = (stroke + np.roll(stroke, 1, 2) + np.roll(stroke, -1, 2)) / 3
    sharp, soft = (sharp_or_blurry.gradient_energy(s)[0] for s in (stroke, blurred))
    assert soft < 0.5 * sharp


def test_surprise_is_the_cross_entropy_of_torch_along_a_text():
    import torch
    import torch.nn.functional as F

    alphabet = datasets.ALPHABET
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20, len(alphabet), generator=generator) * 3
    text = "O, what a night it is"[:20]
    ours = [
        long_memory.surprise([_step(row, alphabet)], character)
        for row, character in zip(logits, text, strict=True)
    ]
    for row, character, bits in zip(logits, text, ours, strict=True):
        loss = F.cross_entropy(row[None], torch.tensor([alphabet.index(character)]))
        assert bits == pytest.approx(loss.item() / math.log(2), rel=1e-4)


def _step(logits: Any, alphabet: str) -> TokenStep:
    """A step that was drawn from these logits, with all candidates."""
    order = logits.argsort(descending=True)
    normaliser = float(logits.logsumexp(0))
    top = Candidates(order.numpy(), logits[order].numpy(), normaliser, alphabet)
    return TokenStep(0, True, int(order[0]), alphabet[int(order[0])], 0.5, 0.5, 1.0, 0, top)


def test_the_distribution_after_a_context_is_that_of_the_network_itself(tmp_path: Path):
    """One step behind a prompt, through pool and engine, says what the bare network says."""
    import torch
    import torch.nn.functional as F

    from models.adapters.char_lstm import CharLstm
    from models.engine import Engine
    from models.pool import Pool
    from tests import tiny_models

    spec = tiny_models.char_lstm(tmp_path)
    text, contexts = "What, no more? Then go.", (1, 2, 4, 8, 16)
    recipes = [make_recipe(spec, prompt=text[20 - c : 20], options={"length": 1}) for c in contexts]
    pool = Pool({spec.id: spec})
    engine = Engine(pool)
    try:
        made = list(Lab(engine, {spec.id: spec}, "experiment").steps(recipes))
    finally:
        engine.close()
        pool.close()
    adapter = CharLstm.load(spec, "cpu", "float32")
    wanted = torch.tensor([datasets.ALPHABET.index(text[20])])
    for context, steps in zip(contexts, made, strict=True):
        tokens = torch.tensor([adapter.encode(text[20 - context : 20])])
        loss = F.cross_entropy(adapter.logits_of(tokens)[:, -1].float(), wanted)
        bits = long_memory.surprise(steps, text[20])
        assert bits == pytest.approx(loss.item() / math.log(2), abs=0.05)  # bfloat16 in the pool


def test_the_nearest_two_are_those_of_brute_force():
    generator = np.random.default_rng(0)
    samples, real = generator.random((5, 8)), generator.random((37, 8))
    found = memorisation.nearest_two(samples, real, block=10)
    brute = np.sort(np.linalg.norm(samples[:, None] - real, axis=2), axis=1)[:, :2]
    assert found == pytest.approx(brute, abs=1e-6)


def test_a_copy_is_told_from_something_new():
    atlas = memorisation._atlas()
    units = atlas.components.astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    flat = atlas.mean + (atlas.places[::100].astype(np.float32) * atlas.unit) @ units
    tiles = flat.reshape(-1, 16, 16, 3).repeat(2, 1).repeat(2, 2)
    pictures = np.clip(tiles, 0, 255).astype(np.uint8)
    assert (memorisation.emoji_ratios(pictures) < memorisation.COPY).mean() > 0.7
    noise = np.random.default_rng(0).integers(0, 255, (20, 32, 32, 3), dtype=np.uint8)
    assert (memorisation.emoji_ratios(noise) < memorisation.COPY).mean() == 0


@pytest.mark.parametrize(
    ("text", "book", "wanted"),
    [("abc", "xxabcxx", 3), ("abcd", "ab cd bcd", 3), ("q", "abc", 0), ("", "abc", 0)],
)
def test_the_longest_run_of_copied_letters(text: str, book: str, wanted: int):
    assert memorisation.longest_run(text, book) == wanted


def test_concepts_from_training_have_all_digits_and_none_is_held_out():
    chosen = trained(160)
    assert not any(c.held_out for c in chosen)
    assert {c.digit for c in chosen} == set(range(10))
    assert len(set(chosen)) == 160


def test_the_text_of_the_project_can_be_read_by_all_models():
    text = long_memory.TEXT.read_text(encoding="utf-8")
    assert set(text) <= set(datasets.ALPHABET)
    assert len(text) > 5_000
    places = long_memory.places(len(text), 60)
    assert len(set(places)) == 60
    assert places[0] == 256
    assert places[-1] < len(text)


def test_without_shakespeare_the_projects_own_text_is_guessed_and_said_so(
    monkeypatch: pytest.MonkeyPatch,
):
    def missing() -> Any:
        raise datasets.DataMissing("not here")

    monkeypatch.setattr(datasets, "shakespeare", missing)
    text, note = long_memory.unread_text()
    assert text == long_memory.TEXT.read_text(encoding="utf-8")
    assert "written for this project" in note


def test_kept_features_are_those_of_real_digits():
    features = mode_collapse.load_features()
    for split in ("test", "train"):
        assert features[split].shape == (mode_collapse.KEPT, 128)
        assert (features[split] >= 0).all()
    assert np.abs(features["test"] - features["train"]).max() > 1


# The laboratory


class Slow:
    """An experiment that waits between its steps until it is told to go on."""

    CLAIM = Claim("slow", *["Words."] * 7)
    MODELS = ("gan",)
    QUICK, RECORDED, SEED = 4, 0, 0

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.begun = 0
        self.ended = threading.Event()

    def measure(self, lab: Lab, size: int) -> Iterator[Progress | Outcome]:
        """So many steps."""
        self.begun += 1
        try:
            for place in range(size):
                yield Progress(place, size, "it works")
                while not self.go.acquire(timeout=0.01):
                    lab.check()
            yield Outcome((Number("a", "A", exactly(float(size))),))
        finally:
            self.ended.set()

    def verdict(self, numbers: Mapping[str, Metric]) -> Verdict:
        """Always."""
        return Verdict("holds", "So it is.", 1)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    experiment = Slow()
    monkeypatch.setattr(results, "experiment", lambda claim: experiment)
    return experiment


@pytest.fixture
def laboratory(slow: Slow) -> Laboratory:
    return Laboratory(SimpleNamespace(), SPECS)  # type: ignore[arg-type]


def finish(slow: Slow) -> None:
    """Let the experiment run to its end."""
    for _ in range(10):
        slow.go.release()


def test_the_same_experiment_is_carried_out_once_for_all(laboratory: Laboratory, slow: Slow):
    first, second = (laboratory.join("slow", who) for who in ("a", "b"))
    assert first is second
    finish(slow)
    ends = [list(laboratory.follow(first, who))[-1] for who in ("a", "b")]
    assert [state.outcome is not None for state in ends] == [True, True]
    assert slow.begun == 1
    again = list(laboratory.follow(laboratory.join("slow", "c"), "c"))
    assert again[0].outcome == ends[0].outcome
    assert slow.begun == 1


def test_an_experiment_of_another_size_or_weights_is_another(laboratory: Laboratory):
    key = laboratory.key("slow")
    assert laboratory.key("slow", 5) != key
    newer = {**SPECS, "gan": replace(SPECS["gan"], revision="fa4e99999999")}
    other = Laboratory(SimpleNamespace(), newer)  # type: ignore[arg-type]
    assert other.key("slow") != key
    assert other.key("slow") == other.key("slow", 4)


def test_a_stop_of_one_leaves_the_others_theirs(laboratory: Laboratory, slow: Slow):
    job = laboratory.join("slow", "a")
    laboratory.join("slow", "b")
    laboratory.stop("slow", "a")
    assert list(laboratory.follow(job, "a"))[-1].stopped
    finish(slow)
    assert list(laboratory.follow(job, "b"))[-1].outcome is not None


def test_what_nobody_waits_for_ends_and_can_be_begun_anew(laboratory: Laboratory, slow: Slow):
    following = laboratory.follow(laboratory.join("slow", "a"), "a")
    next(following)
    following.close()  # as a closed tab does
    assert slow.ended.wait(5)
    slow.ended.clear()
    job = laboratory.join("slow", "a")
    finish(slow)
    assert list(laboratory.follow(job, "a"))[-1].outcome is not None
    assert slow.begun == 2


def test_a_failure_is_told_and_not_kept(laboratory: Laboratory, slow: Slow):
    def broken(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
        yield Progress(0, 1, "it works")
        raise RuntimeError("broken")

    slow.measure, whole = broken, slow.measure  # type: ignore[method-assign]
    state = list(laboratory.follow(laboratory.join("slow", "a"), "a"))[-1]
    assert isinstance(state.error, RuntimeError)
    slow.measure = whole  # type: ignore[method-assign]
    finish(slow)
    state = list(laboratory.follow(laboratory.join("slow", "a"), "a"))[-1]
    assert state.outcome is not None


def test_a_missing_model_is_named(slow: Slow):
    laboratory = Laboratory(SimpleNamespace(), {})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs gan"):
        laboratory.join("slow", "a")


def test_the_time_left_is_told_when_it_is_known():
    now = time.monotonic()
    job = Job("key", "slow", 4, begun=now - 12.0)
    job.progress = Progress(0, 100, "loading")
    assert _left(job) is None
    job.first, job.progress, job.seconds = (now - 10.0, 0.5), Progress(2, 100, "works"), 12.0
    assert _left(job) is None  # too early
    job.progress = Progress(50.5, 100, "works")
    assert _left(job) == pytest.approx(9.9, abs=0.3)  # 50 of them took 10 s; 49.5 are left


def test_a_lab_stops_its_runs_when_nobody_waits(services: Any):
    wanted = [True]
    lab = Lab(services.engine, services.specs, "experiment", lambda: wanted[0])
    recipes = [make_recipe(SPECS["diffusion_mini"], seed=i) for i in range(50)]
    drawn = lab.pictures(recipes)
    next(drawn)
    wanted[0] = False
    with pytest.raises(StoppedError):
        next(drawn)
    until = time.monotonic() + 5
    while services.engine.load().runs and time.monotonic() < until:
        time.sleep(0.02)
    assert services.engine.load().runs == 0
