"""How fast the originals draw: models of real size with random weights, timed against each other.

Nothing is downloaded: speed does not depend on what weights say. Each model is measured in a
process of its own, whose peak memory is its own. Everything is a ratio of times taken in turn in
one run, so that it holds on other machines too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from string import ascii_lowercase
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from torch import Tensor

from models import console, device
from models.adapters.hub_diffusion import SHARP_EVERY, OriginalDiffusion
from models.adapters.pipeline_parts import Parts, solver, without_encoder
from models.adapters.safety import SafetyChecker
from models.base import ImageStep, ModelSpec, Recipe
from models.measure.metric import Metric, median
from models.measure.peak import peak_bytes
from models.options import COUNT, GUIDANCE, STEPS
from models.recipe import make_recipe

FULL_STEPS = 25  # of a guided picture, as it is compared with a turbo model's
FULL_GUIDANCE = 7.5
DEFAULT_ROUNDS = 3
_PROMPT = "a red kite over the sea"


@dataclass(frozen=True, slots=True)
class Size:
    """The shape of a model, as the configurations of its parts differ from their classes' own."""

    unet: Mapping[str, Any]
    text: Mapping[str, Any]
    vision: Mapping[str, Any] | None  # the safety checker's, where there is one
    vae: Mapping[str, Any]
    tiny: Mapping[str, Any]
    turbo: bool = False


_UNET = {"sample_size": 64}  # diffusers' defaults are Stable Diffusion's, but for the words
_VAE = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 512,
}
_TEXT = {"vocab_size": 49_408, "max_position_embeddings": 77, "eos_token_id": 1}
SIZES = {
    "stable_diffusion": Size(
        unet={**_UNET, "cross_attention_dim": 768, "attention_head_dim": 8},
        text={
            **_TEXT,
            "hidden_size": 768,
            "intermediate_size": 3_072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
        },
        vision={
            "hidden_size": 1_024,
            "intermediate_size": 4_096,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "patch_size": 14,
            "image_size": 224,
        },
        vae=_VAE,
        tiny={},
    ),
    "sd_turbo": Size(
        unet={
            **_UNET,
            "cross_attention_dim": 1_024,
            "attention_head_dim": (5, 10, 20, 20),
            "use_linear_projection": True,
        },
        text={
            **_TEXT,
            "hidden_size": 1_024,
            "intermediate_size": 4_096,
            "num_hidden_layers": 23,
            "num_attention_heads": 16,
            "hidden_act": "gelu",
        },
        vision=None,
        vae=_VAE,
        tiny={},
        turbo=True,
    ),
}
"""Of Stable Diffusion 1.5 (Rombach et al. 2022; text encoder and safety checker are the two halves
of CLIP ViT-L/14) and of SD-Turbo (Stable Diffusion 2.1's, text encoder OpenCLIP ViT-H/14 without
its last layer), by the config.json files of their repositories."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds measured in one process, and the most memory it held; what it did not do is ()."""

    adapter_step: Sequence[float] = ()  # a guided step of the adapter, linear preview included
    bare_step: Sequence[float] = ()  # the same step in a bare loop, taken in turn with it
    sharp_preview: Sequence[float] = ()  # a preview by the tiny decoder
    full_decode: Sequence[float] = ()
    picture: Sequence[float] = ()  # a whole picture of one step, words and tiny decoder included
    peak_bytes: int = 0


def measure(rounds: int = DEFAULT_ROUNDS) -> dict[str, dict[str, Metric]]:
    """Measure both models, one after the other, each in a process of its own.

    Args:
        rounds: how often everything is timed but the full decoder, which is timed once.

    Raises:
        ValueError: for more rounds than a picture has steps with a preview.
        RuntimeError: when a process fails; what it had to say is on standard error.
    """
    if not 1 <= rounds < FULL_STEPS:
        raise ValueError(f"There must be 1 to {FULL_STEPS - 1} rounds.")
    return metrics({model_id: _in_a_child(model_id, rounds) for model_id in SIZES})


def metrics(timings: Mapping[str, Timings]) -> dict[str, dict[str, Metric]]:
    """The ratios, by model.

    `denoise_step_vs_bare` is what a visitor gets: with the model's safety checker on, previews are
    linear maps. `sharp_denoise_step_vs_bare` adds an eighth of a preview by the tiny decoder to
    every step, as without a checker. `fast_picture_vs_default` estimates the default picture as
    25 times a bare guided step and one full decoding, without words: drawing it whole would take a
    quarter of an hour.
    """
    full, turbo = timings["stable_diffusion"], timings["sd_turbo"]
    return {
        "stable_diffusion": {
            "denoise_step_vs_bare": _step_ratio(full),
            "sharp_denoise_step_vs_bare": _step_ratio(full, sharp=True),
            "peak_memory_gb": _gigabytes(full),
        },
        "sd_turbo": {
            "fast_picture_vs_default": _picture_ratio(full, turbo),
            "peak_memory_gb": _gigabytes(turbo),
        },
    }


def _step_ratio(full: Timings, *, sharp: bool = False) -> Metric:
    preview = float(np.median(full.sharp_preview)) / SHARP_EVERY if sharp else 0.0
    return median((np.array(full.adapter_step) + preview) / np.array(full.bare_step))


def _picture_ratio(full: Timings, turbo: Timings) -> Metric:
    """Of medians; the interval is what their own intervals allow at worst."""
    step, decode, fast = (
        median(np.array(seconds)) for seconds in (full.bare_step, full.full_decode, turbo.picture)
    )
    return Metric(
        (FULL_STEPS * step.value + decode.value) / fast.value,
        (FULL_STEPS * step.low + decode.low) / fast.high,
        (FULL_STEPS * step.high + decode.high) / fast.low,
        min(step.n, fast.n),
    )


def _gigabytes(timings: Timings) -> Metric:
    value = timings.peak_bytes / 1e9
    return Metric(value, value, value, 1)


def _in_a_child(model_id: str, rounds: int) -> Timings:
    device.prepare_environment()  # which the child inherits
    command = [sys.executable, "-m", "models.measure.speed.pictures", model_id, str(rounds)]
    child = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if child.returncode:
        raise RuntimeError(f"Measuring {model_id} failed with exit code {child.returncode}.")
    return Timings(**json.loads(child.stdout))


# In the child.


def time_full(size: Size, rounds: int) -> Timings:
    """Guided steps of the adapter and of a bare loop in turn, then both decoders."""
    adapter = build(size)
    state = adapter.begin(_recipe(adapter.spec, FULL_STEPS, guidance=FULL_GUIDANCE))
    adapter.advance([state])  # the words
    own, bare = partial(_advance, adapter, state), _bare_loop(adapter)
    own_seconds, bare_seconds = [], []
    for number in range(rounds):
        if number % 2:
            bare_seconds.append(_seconds(bare))
        own_seconds.append(_seconds(own))
        if number % 2 == 0:
            bare_seconds.append(_seconds(bare))
    adapter.end(state)
    clean = _noise(adapter)
    sharp = [_seconds(partial(adapter.preview, clean, sharp=True)) for _ in range(rounds)]
    peak = _peak_bytes()  # before what only the comparison needs
    adapter.close()
    full = [_seconds(_full_decoder(size, clean))]
    return Timings(own_seconds, bare_seconds, sharp, full, peak_bytes=peak)


def time_turbo(size: Size, rounds: int) -> Timings:
    """Whole pictures of one step, from the prompt to the pixels."""
    adapter = build(size)
    draw = partial(_draw, adapter, _recipe(adapter.spec, 1))
    return Timings(picture=[_seconds(draw) for _ in range(rounds)], peak_bytes=_peak_bytes())


_TIMED = {"stable_diffusion": time_full, "sd_turbo": time_turbo}


def build(size: Size) -> OriginalDiffusion:
    """A model with random weights, with all that the adapter reads on a CPU."""

    text = transformers.CLIPTextConfig(**size.text)
    shapes = Parts(
        tokenizer=_tokenizer(),
        text_encoder=_shape(transformers.CLIPTextModel, text),
        unet=_shape(diffusers.UNet2DConditionModel, **size.unet),
        scheduler=solver(_scheduler(turbo=size.turbo)),
        tiny=without_encoder(_shape(diffusers.AutoencoderTiny, **size.tiny)),
        checker=None if size.vision is None else _checker(size.vision),
    )
    spec = _spec(size, sum(p.numel() for n in shapes.networks() for p in n.parameters()))
    placement = device.place(spec)
    for network in shapes.networks():
        fill(network, placement)
    return OriginalDiffusion(spec, shapes, placement.device)


def fill(network: torch.nn.Module, placement: device.Placement) -> None:
    """Give a network without memory some, and numbers of the size that training begins with.

    Norms are 1, offsets 0, all else normal with variance 1 / inputs, from one short row of numbers
    repeated: a billion of their own would take longer than what is measured.
    """
    network.to(getattr(torch, placement.dtype)).to_empty(device=placement.device).eval()
    row = torch.randn(1 << 20, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for name, weight in network.named_parameters():
            if weight.ndim < 2:
                weight.fill_(0.0 if name.endswith("bias") else 1.0)
                continue
            scale = weight[0].numel() ** -0.5
            for part in weight.view(-1).split(len(row)):
                part.copy_(row[: len(part)]).mul_(scale)
        for positions in network.buffers():  # of CLIP's tokens and patches, the only ones
            positions.copy_(torch.arange(positions.shape[-1]))


def _shape(kind: Any, *args: Any, **config: Any) -> Any:
    """A network without memory."""
    with torch.device("meta"):
        return kind(*args, **config)


def _checker(vision: Mapping[str, Any]) -> SafetyChecker:
    config = transformers.CLIPConfig(vision_config=dict(vision), projection_dim=768)
    return SafetyChecker(
        _shape(StableDiffusionSafetyChecker, config), transformers.CLIPImageProcessorPil()
    )


def _tokenizer() -> Any:
    """Of letters only: how long a prompt takes does not depend on what it says."""
    tokens = ["<|startoftext|>", "<|endoftext|>", *(letter + "</w>" for letter in ascii_lowercase)]
    return transformers.CLIPTokenizer(
        {token: i for i, token in enumerate(tokens)}, [], model_max_length=77
    )


def _scheduler(*, turbo: bool) -> dict[str, Any]:
    noise = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    if turbo:
        return {**noise, "_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"}
    return {**noise, "_class_name": "PNDMScheduler", "skip_prk_steps": True, "steps_offset": 1}


def _spec(size: Size, parameters: int) -> ModelSpec:
    return ModelSpec(
        id="random",
        title="Random weights",
        family="diffusion",
        kind="image",
        adapter="models.adapters.stable_diffusion:StableDiffusion",
        source="",
        revision="",
        licence="",
        paper="",
        parameters=parameters,
        memory_bytes=0,
        controls=(COUNT, STEPS) if size.turbo else (COUNT, STEPS, GUIDANCE),
    )


def _recipe(spec: ModelSpec, steps: int, **options: float) -> Recipe:
    return make_recipe(
        spec, prompt=_PROMPT, seed=1, options={"count": 1, "steps": steps, **options}
    )


def _bare_loop(adapter: OriginalDiffusion) -> Callable[[], None]:
    """The denoising loop of diffusers' own pipeline, one guided step a call, nothing shown."""
    unet, pattern = adapter.parts.unet, adapter.parts.scheduler
    scheduler = type(pattern).from_config(pattern.config)
    scheduler.set_timesteps(FULL_STEPS, device=unet.device)
    times = iter(scheduler.timesteps)
    x = _noise(adapter)
    context = torch.randn(2, adapter.longest, unet.config.cross_attention_dim).to(x)

    @torch.inference_mode()
    def step() -> None:
        nonlocal x
        t = next(times)
        rows = scheduler.scale_model_input(torch.cat([x, x]), t)
        wordless, worded = unet(rows, t, encoder_hidden_states=context).sample.chunk(2)
        guided = wordless + FULL_GUIDANCE * (worded - wordless)
        x = scheduler.step(guided, t, x).prev_sample

    return step


def _noise(adapter: OriginalDiffusion) -> Tensor:
    unet = adapter.parts.unet
    shape = (1, unet.config.in_channels, unet.config.sample_size, unet.config.sample_size)
    return torch.randn(shape, generator=torch.Generator().manual_seed(2)).to(
        unet.device, unet.dtype
    )


def _full_decoder(size: Size, clean: Tensor) -> Callable[[], object]:
    """The large autoencoder's decoding of one picture."""
    vae = without_encoder(_shape(diffusers.AutoencoderKL, **size.vae))
    fill(vae, device.Placement(clean.device.type, str(clean.dtype).removeprefix("torch.")))

    @torch.inference_mode()
    def decode() -> Tensor:
        return vae.decode(clean / vae.config.scaling_factor).sample.cpu()  # type: ignore[no-any-return]

    return decode


def _advance(adapter: OriginalDiffusion, state: Any) -> None:
    (step,) = adapter.advance([state])
    if not isinstance(step, ImageStep):
        raise RuntimeError(f"A step was expected, not {step!r}.")


def _draw(adapter: OriginalDiffusion, recipe: Recipe) -> None:
    """All there is of a recipe."""
    state = adapter.begin(recipe)
    step: object = None
    while not (isinstance(step, ImageStep) and step.last):
        (step,) = adapter.advance([state])
        if isinstance(step, Exception):
            raise step
    adapter.end(state)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()  # what it returns is on the CPU, or, in a loop, waited for by the next
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def _peak_bytes() -> int:
    """The most memory this process ever held, the device's where it is not the CPU's."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return peak_bytes()


def main() -> None:
    """Measure one model in this process; the timings go to standard output, as JSON."""
    console.write_anything()
    parser = argparse.ArgumentParser(prog="python -m models.measure.speed.pictures")
    parser.add_argument("model", choices=list(SIZES))
    parser.add_argument("rounds", type=int)
    args = parser.parse_args()
    device.configure_torch()
    timings = _TIMED[args.model](SIZES[args.model], args.rounds)
    print(json.dumps(asdict(timings)))


if __name__ == "__main__":
    main()
