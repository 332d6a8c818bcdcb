"""Stable Diffusion, as a diffusers pipeline folder, one denoising step at a time.

The pipeline's own `__call__` runs to the end and is not safe to share between visitors. Here every
run owns its scheduler and its noise, and the U-Net is called for all runs together; the originals
from the hub, too large for that, draw in `hub_diffusion.py`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import diffusers
import torch
import transformers
from diffusers import StableDiffusionPipeline
from PIL import Image
from torch import Tensor

from models import checkpoint
from models.adapters import interpolation
from models.adapters.class_conditional import blocks, latents
from models.adapters.hub_diffusion import OriginalDiffusion
from models.adapters.pictures import given_picture, to_images, to_tensor
from models.adapters.plain_words import plain_words
from models.base import ImageStep, LookStep, ModelSpec, Recipe
from models.networks import rows
from models.networks.trials import Trial

if TYPE_CHECKING:
    from typing_extensions import Self

BLOCK = 8
"""Rows in a forward pass where sizes do not agree: always the same number, so that a picture is the
same to the last bit whoever else is drawing."""
SIZES = (32, 16, BLOCK, 4)
"""Rows in a forward pass of the U-Net where they do agree, as measured with torch 2.13 on an AVX2
CPU: many rows at once take two thirds of their time in eights. Tried out when a model is loaded."""
DECODED = 4
"""Pictures in a pass of the decoder, where more at once save nothing."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where a denoising step leads."""

    latents: Tensor  # (N, C, H, W)
    clean: Tensor  # (N, C, H, W), what is predicted at the end of the way
    steps: int = 0


@dataclass(slots=True)
class Denoising:
    """The pictures of one recipe on their way out of the noise."""

    latents: Tensor  # (N, C, H, W)
    words: Tensor  # (N, T, D), the encoded prompt of each
    guidance: float
    guided_from: float  # part of the way
    scheduler: Any  # this run's own, it counts steps
    note: str
    index: int = 0
    looked_at: bool = False  # task "look": show the noise beside what it is taken for
    shown: int = 0  # steps of a look so far; its first shows the noise before anything is done

    def take(self, move: Move) -> None:
        """Be where a step has led."""
        self.latents = move.latents
        self.index += move.steps

    @property
    def waits(self) -> bool:
        """Whether its noise is still to be shown as it was drawn."""
        return self.looked_at and not self.shown

    @property
    def pull(self) -> float:
        """How hard the words pull now.

        While the noise is strong, guidance drives pictures of one kind into one place; left to
        itself there, a model leaves out less (Kynkäänniemi et al. 2024).
        """
        begun = self.index >= self.guided_from * len(self.scheduler.timesteps)
        return self.guidance if begun else min(self.guidance, 1.0)


class StableDiffusion:
    """Text encoder, U-Net and autoencoder of a pipeline folder."""

    def __init__(self, spec: ModelSpec, pipeline: Any, device: str) -> None:
        self.spec = spec
        self.device = device
        self.tokenizer = plain_words(pipeline.tokenizer)
        self.text_encoder = pipeline.text_encoder.to(device).eval()
        self.unet = pipeline.unet.to(device, memory_format=torch.channels_last).eval()
        self.vae = pipeline.vae.to(device, memory_format=torch.channels_last).eval()
        self.scheduler = pipeline.scheduler
        self.wordless = self._encode("")
        self.sizes = self._agreeing_sizes()

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self | OriginalDiffusion:
        """Open the pipeline folder in the precision asked for."""
        if spec.files:
            return OriginalDiffusion.load(spec, device, dtype)
        diffusers.utils.logging.disable_progress_bar()
        transformers.utils.logging.disable_progress_bar()
        pipeline = StableDiffusionPipeline.from_pretrained(
            checkpoint.folder(spec.source),
            dtype=getattr(torch, dtype),
            local_files_only=True,
            low_cpu_mem_usage=False,  # would need accelerate
        )
        return cls(spec, pipeline, device)

    def begin(self, recipe: Recipe) -> Denoising:
        """Encode the prompt and draw the noise."""
        if recipe.task == "look":
            return self._begin_look(recipe)
        if recipe.task == "walk":
            return self._begin_walk(recipe)
        if recipe.task == "redraw":
            return self._begin_redraw(recipe)
        return self._start(recipe)

    def _start(self, recipe: Recipe) -> Denoising:
        """Everything that pictures out of nothing but noise begin with."""
        scheduler = type(self.scheduler).from_config(self.scheduler.config)
        scheduler.set_timesteps(recipe.integer("steps"), device=self.device)
        size = self.unet.config.sample_size
        noise = latents(
            recipe.seed, recipe.integer("count"), (self.unet.config.in_channels, size, size)
        )
        return Denoising(
            latents=(noise * scheduler.init_noise_sigma).to(self.device),
            words=self._encode(recipe.prompt).expand(len(noise), -1, -1),
            guidance=recipe.number("guidance"),
            guided_from=float(dict(recipe.options).get("guidance_from", 0.0)),
            scheduler=scheduler,
            note=self._note(recipe.prompt),
        )

    def _begin_look(self, recipe: Recipe) -> Denoising:
        """The first picture alone, to be looked at while it comes out of the noise."""
        state = self._start(recipe)
        return replace(state, latents=state.latents[:1], words=state.words[:1], looked_at=True)

    def _begin_walk(self, recipe: Recipe) -> Denoising:
        """All pictures on the way from one seed and prompt to another, in one run."""
        state, frames = self._start(recipe), recipe.integer("frames")
        shape, prompt = state.latents.shape[1:], str(recipe.option("to_prompt"))
        first, last = (latents(s, 1, shape)[0] for s in (recipe.seed, recipe.integer("to_seed")))
        noise = interpolation.path(first, last, frames) * state.scheduler.init_noise_sigma
        said = " × ".join(map(str, shape)) + " numbers a seed"
        notes = (state.note, self._note(prompt), said)
        return replace(
            state,
            latents=noise.to(self.device),
            words=interpolation.blend(state.words[0], self._encode(prompt), frames),
            note=" · ".join(dict.fromkeys(filter(None, notes))),
        )

    @torch.inference_mode()
    def _begin_redraw(self, recipe: Recipe) -> Denoising:
        """A picture under some noise, from which the rest of the way is gone (Meng et al. 2022).

        SDEdit, algorithm 1: with strength s the picture is noised to where s of the steps are left.
        Nobody asks for anything where the prompt is empty, so nothing pulls.
        """
        picture = given_picture(str(recipe.option("picture")))
        state = self._start(recipe)
        scheduler, steps = state.scheduler, len(state.scheduler.timesteps)
        left = min(steps, max(1, round(recipe.number("strength") * steps)))
        noise = state.latents / scheduler.init_noise_sigma
        scheduler.timesteps = scheduler.timesteps[steps - left :]
        clean = self._to_latents(picture).expand(len(noise), -1, -1, -1)
        passed = state.guided_from * steps - (steps - left)
        return replace(
            state,
            latents=scheduler.add_noise(clean, noise, scheduler.timesteps[:1]),
            guidance=state.guidance if recipe.prompt.strip() else 1.0,
            guided_from=max(0.0, passed) / left,
        )

    def _to_latents(self, picture: Image.Image) -> Tensor:
        """The mean of what the autoencoder makes of a picture (1, C, H, W), in float32."""
        pixels = to_tensor([picture]).to(self.device, self.vae.dtype)
        mean = self.vae.encode(pixels).latent_dist.mean.float()
        scaled: Tensor = mean * self.vae.config.scaling_factor
        return scaled

    @torch.inference_mode()
    def advance(self, states: Sequence[Denoising]) -> list[ImageStep | LookStep]:
        """Take one denoising step for every run, in shared forward passes of one fixed shape."""
        started = time.perf_counter()
        denoised = iter(self._denoised([s for s in states if not s.waits]))
        moves = [Move(s.latents, s.latents) if s.waits else next(denoised) for s in states]
        shown = [_to_show(state, move) for state, move in zip(states, moves, strict=True)]
        drawn = self._decode(torch.cat(shown)).split([len(latents) for latents in shown])
        pictures = [to_images(part) for part in drawn]
        seconds = time.perf_counter() - started
        steps: list[ImageStep | LookStep] = []
        for state, move, images in zip(states, moves, pictures, strict=True):
            state.take(move)  # only now: where something above raises, nobody has moved
            make = _look_step if state.looked_at else _step
            steps.append(make(state, images, seconds, len(states)))
        return steps

    def end(self, state: Denoising) -> None:
        """Nothing to free: a run holds no slot."""

    def nbytes(self) -> int:
        """Bytes of the weights."""
        networks = (self.text_encoder, self.unet, self.vae)
        return sum(p.nbytes for network in networks for p in network.parameters())

    def close(self) -> None:
        """Let go of the weights."""
        del self.text_encoder, self.unet, self.vae

    @torch.inference_mode()
    def _encode(self, prompt: str) -> Tensor:
        tokens = self.tokenizer(
            prompt,
            padding="max_length",
            max_length=self.tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        states = self.text_encoder(tokens.input_ids.to(self.device)).last_hidden_state
        words: Tensor = states[0].to(self.unet.dtype)
        return words

    def _note(self, prompt: str) -> str:
        limit = self.tokenizer.model_max_length - 2  # start and end are tokens too
        tokens = len(self.tokenizer(prompt).input_ids) - 2
        return f"only the first {limit} of {tokens} word pieces count" if tokens > limit else ""

    def _denoised(self, states: Sequence[Denoising]) -> list[Move]:
        """Where one denoising step takes each of `states`."""
        if not states:
            return []
        predictions = self._predict(states).split([len(s.latents) for s in states])
        return [_denoise(s, p) for s, p in zip(states, predictions, strict=True)]

    def _predict(self, states: Sequence[Denoising]) -> Tensor:
        """The network's prediction (sum of N, C, H, W), words weighed by guidance.

        Classifier-free guidance: wordless + guidance * (worded - wordless)
        (Ho & Salimans 2022, eq. 6 with w = guidance - 1).
        """
        latents = torch.cat([s.latents for s in states])  # (M, C, H, W)
        times = torch.cat([s.scheduler.timesteps[s.index].expand(len(s.latents)) for s in states])
        words = torch.cat([s.words for s in states])
        pulls = torch.cat([torch.full((len(s.latents),), s.pull) for s in states])  # (M)
        pulled = torch.nonzero(pulls != 1)[:, 0].to(self.device)
        context = torch.cat([words, self.wordless.expand(len(pulled), -1, -1)])
        noisy = torch.cat([latents, latents[pulled]]).to(self.unet.dtype)
        predicted = self._run_unet(noisy, torch.cat([times, times[pulled]]), context)
        guided, wordless = predicted[: len(latents)], predicted[len(latents) :]
        weights = pulls.to(self.device)[pulled, None, None, None]
        guided[pulled] = wordless + weights * (guided[pulled] - wordless)
        return guided

    def _run_unet(self, noisy: Tensor, times: Tensor, context: Tensor) -> Tensor:
        """The network's answer for every row (R, C, H, W) in float32, in passes of a few sizes."""
        passes = pass_sizes(len(noisy), self.sizes)
        (inputs,) = blocks(sum(passes), noisy, times, context)
        parts = zip(*(part.split(passes) for part in inputs), strict=True)
        return torch.cat([self.unet(*part).sample.float() for part in parts])[: len(noisy)]

    def _agreeing_sizes(self) -> tuple[int, ...]:
        """`SIZES` if a row comes out the same in passes of all of them, else `BLOCK` alone."""
        config, generator = self.unet.config, torch.Generator().manual_seed(0)
        shape = (config.in_channels, config.sample_size, config.sample_size)
        noise = torch.randn(SIZES[0], *shape, generator=generator).to(self.device, self.unet.dtype)
        times = torch.arange(len(noise), device=self.device)
        context = self.wordless.expand(len(noise), -1, -1)

        def compute(places: Tensor) -> Tensor:
            denoised: Tensor = self.unet(noise[places], times[places], context[places]).sample
            return denoised

        trial = Trial(
            what="U-Net",
            shape=(*shape, *config.block_out_channels),
            dtype=str(self.unet.dtype).removeprefix("torch."),
            device=torch.device(self.device).type,
            rows=rows.TRIED_IN_LARGE,
        )
        others = SIZES[1:]
        return SIZES if set(rows.tried(trial, compute, others)) == set(others) else (BLOCK,)

    def _decode(self, clean: Tensor) -> Tensor:
        scaled = (clean / self.vae.config.scaling_factor).to(self.vae.dtype)
        decoded = [self.vae.decode(block).sample.float() for (block,) in blocks(DECODED, scaled)]
        images: Tensor = torch.cat(decoded)[: len(clean)].cpu()
        return images


def pass_sizes(rows: int, sizes: Sequence[int]) -> list[int]:
    """How many rows each forward pass takes, from `sizes` (largest first), for at least `rows`."""
    passes: list[int] = []
    for size in sizes:
        count, rows = divmod(rows, size)
        passes += [size] * count
    return passes + [sizes[-1]] * (rows > 0)


def _denoise(state: Denoising, prediction: Tensor) -> Move:
    """One step of a run's scheduler; DDIM's keeps nothing between steps (Song et al. 2021)."""
    time_step = state.scheduler.timesteps[state.index]
    stepped = state.scheduler.step(prediction, time_step, state.latents)
    finished = state.index + 1 == len(state.scheduler.timesteps)
    clean = stepped.prev_sample if finished else stepped.pred_original_sample
    return Move(stepped.prev_sample, clean, steps=1)


def _to_show(state: Denoising, move: Move) -> Tensor:
    """What is decoded of a run: what it predicts; of a look the noise that is left as well."""
    if not state.looked_at:
        return move.clean
    return torch.cat([move.latents, move.clean]) if move.steps else move.latents


def _step(
    state: Denoising, images: tuple[Image.Image, ...], seconds: float, batch: int
) -> ImageStep:
    total = len(state.scheduler.timesteps)
    label = f"step {state.index} of {total}"
    return ImageStep(
        index=state.index - 1,
        total=total,
        last=state.index == total,
        images=images,
        label=f"{label} · {state.note}" if state.note else label,
        seconds=seconds,
        batch=batch,
    )


def _look_step(
    state: Denoising, images: tuple[Image.Image, ...], seconds: float, batch: int
) -> LookStep:
    """The noise as it is now; behind it, once there was a step, what it is taken for."""
    steps = len(state.scheduler.timesteps)
    left, timestep = noise_left(state.scheduler, state.index)
    step = LookStep(
        index=state.shown,
        total=steps + 1,
        last=state.shown == steps,
        label=f"step {state.shown} of {steps}",
        images=dict(zip(("noisy", "clean"), images, strict=False)),
        figures={"noise": left, "timestep": float(timestep)},
        seconds=seconds,
        batch=batch,
    )
    state.shown += 1
    return step


def noise_left(scheduler: Any, steps: int) -> tuple[float, int]:
    """How much noise a picture has after so many steps, and at which of its time steps it is.

    A picture at time t is sqrt(a) clean + sqrt(1 - a) noise, with a the product of all 1 - beta up
    to t (Ho et al. 2020, eq. 4): the share is sqrt(1 - a), from 1 to 0. Time steps count as there,
    from T for nothing but noise to 0 for none. DDIM goes down in equal strides, which need not
    meet the times the network is told where the number of steps does not divide T.
    """
    times, config = scheduler.timesteps, scheduler.config
    if not steps:
        time_step = int(times[0])
    else:
        time_step = int(times[steps - 1]) - config.num_train_timesteps // len(times)
    kept = scheduler.alphas_cumprod[time_step] if time_step >= 0 else scheduler.final_alpha_cumprod
    return max(0.0, 1.0 - float(kept)) ** 0.5, max(0, time_step + 1)
