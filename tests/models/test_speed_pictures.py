"""The measurement of how fast the originals draw, at sizes that take a moment."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import diffusers
import pytest
import torch

from models import device
from models.adapters.hub_diffusion import SHARP_EVERY
from models.measure.speed import pictures as speed_pictures
from models.measure.speed.pictures import SIZES, Size, Timings

TINY = Size(
    unet={
        "sample_size": 16,
        "block_out_channels": (16, 32),
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 16,
        "attention_head_dim": 4,
        "norm_num_groups": 8,
    },
    text={
        "vocab_size": 64,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 77,
        "eos_token_id": 1,
    },
    vision={
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "patch_size": 56,
        "image_size": 224,
    },
    vae={
        "block_out_channels": (8, 8),
        "down_block_types": ("DownEncoderBlock2D",) * 2,
        "up_block_types": ("UpDecoderBlock2D",) * 2,
        "norm_num_groups": 4,
        "latent_channels": 4,
    },
    tiny={
        "encoder_block_out_channels": (8, 8),
        "decoder_block_out_channels": (8, 8),
        "num_encoder_blocks": (1, 1),
        "num_decoder_blocks": (1, 1),
    },
)
TINY_TURBO = Size(TINY.unet, TINY.text, None, TINY.vae, TINY.tiny, turbo=True)


def test_a_guided_model_is_timed_step_by_step() -> None:
    timings = speed_pictures.time_full(TINY, 3)
    counts = [len(getattr(timings, name)) for name in ("adapter_step", "bare_step")]
    assert counts == [3, 3]
    assert (len(timings.sharp_preview), len(timings.full_decode), timings.picture) == (3, 1, ())
    for seconds in (timings.adapter_step, timings.bare_step, timings.sharp_preview):
        assert all(0 < s < 10 for s in seconds)
    assert 100e6 < timings.peak_bytes < 100e9  # this process holds torch at least


def test_a_turbo_model_is_timed_picture_by_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []
    build = speed_pictures.build

    def built(size: Size) -> Any:
        adapter = build(size)
        adapter.parts.unet.register_forward_hook(lambda _, args, __: passes.append(len(args[0])))
        return adapter

    monkeypatch.setattr(speed_pictures, "build", built)
    timings = speed_pictures.time_turbo(TINY_TURBO, 2)
    assert passes == [1, 1]  # one pass a picture, without guidance
    assert len(timings.picture) == 2
    assert timings.adapter_step == timings.full_decode == ()


def test_the_ratios() -> None:
    full = Timings(
        adapter_step=[10.1, 10.3, 10.4],
        bare_step=[10.0, 10.0, 10.0],
        sharp_preview=[0.7, 0.8, 0.9],
        full_decode=[20.0],
        peak_bytes=6_200_000_000,
    )
    turbo = Timings(picture=[6.0, 6.75, 7.5], peak_bytes=5_000_000_000)
    found = speed_pictures.metrics({"stable_diffusion": full, "sd_turbo": turbo})
    step = found["stable_diffusion"]["denoise_step_vs_bare"]
    assert SHARP_EVERY == 8
    assert (step.low, step.value, step.high) == pytest.approx((1.01, 1.03, 1.04))
    assert step.n == 3
    sharp = found["stable_diffusion"]["sharp_denoise_step_vs_bare"]
    assert (sharp.low, sharp.value, sharp.high) == pytest.approx((1.02, 1.04, 1.05))
    picture = found["sd_turbo"]["fast_picture_vs_default"]
    assert (picture.low, picture.value, picture.high) == pytest.approx((36, 40, 45))
    assert picture.n == 3
    peaks = [found[model_id]["peak_memory_gb"] for model_id in SIZES]
    assert [(peak.value, peak.n) for peak in peaks] == [(6.2, 1), (5.0, 1)]


def test_each_model_is_measured_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    timings = Timings([1.0], [1.0], [0.1], [2.0], [0.5], 9)
    commands: list[list[str]] = []
    code = 0

    def run(command: list[str], **options: Any) -> Any:
        commands.append(command)
        return SimpleNamespace(stdout=json.dumps(asdict(timings)), returncode=code)

    monkeypatch.setattr(subprocess, "run", run)
    found = speed_pictures.measure(rounds=1)
    assert list(found) == ["stable_diffusion", "sd_turbo"]
    module = [sys.executable, "-m", "models.measure.speed.pictures"]
    assert commands == [[*module, model_id, "1"] for model_id in SIZES]
    code = 1
    with pytest.raises(RuntimeError, match="stable_diffusion failed with exit code 1"):
        speed_pictures.measure(rounds=1)
    for rounds in (0, 25):
        with pytest.raises(ValueError, match="1 to 24 rounds"):
            speed_pictures.measure(rounds=rounds)


def test_random_weights_are_finite_and_of_the_size_that_training_begins_with() -> None:
    adapter = speed_pictures.build(TINY)
    wide = adapter.parts.unet.mid_block.resnets[0].conv1.weight.detach()
    assert float(wide.var() * wide[0].numel()) == pytest.approx(1, rel=0.1)
    assert adapter.parts.unet.conv_norm_out.weight.eq(1).all()
    assert adapter.parts.unet.conv_in.bias.eq(0).all()
    (positions,) = adapter.parts.text_encoder.buffers()
    assert positions.flatten().tolist() == list(range(77))
    for network in adapter.parts.networks():
        assert all(weight.isfinite().all() for weight in network.parameters())


@pytest.mark.parametrize(
    ("model_id", "unet", "text"),
    [
        # 860 M and 123 M parameters, as Rombach et al. 2022 and the repositories' files have it.
        ("stable_diffusion", 859_520_964, 123_060_480),
        ("sd_turbo", 865_910_724, 340_387_840),
    ],
)
def test_real_size(model_id: str, unet: int, text: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed_pictures, "fill", lambda network, placement: None)
    monkeypatch.setattr(device, "device_name", lambda: "cpu")
    parts = speed_pictures.build(SIZES[model_id]).parts
    assert sum(p.numel() for p in parts.unet.parameters()) == unet
    assert sum(p.numel() for p in parts.text_encoder.parameters()) == text
    # The two decoders by the table in TAESD's README (github.com/madebyollin/taesd).
    assert sum(p.numel() for p in parts.tiny.decoder.parameters()) == 1_222_531
    with torch.device("meta"):
        full = diffusers.AutoencoderKL(**SIZES[model_id].vae)
    assert sum(p.numel() for p in full.decoder.parameters()) == 49_490_179
