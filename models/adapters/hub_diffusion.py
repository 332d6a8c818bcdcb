"""The original Stable Diffusion, and models distilled from it, one picture after another.

Large networks round differently in another batch, so here no forward pass is ever shared: each
picture has its own, for itself with and without words. A run is a Python generator that pauses
after every piece of work, so that nobody waits long for somebody else's step.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from models import device as machine
from models.adapters import pipeline_parts, safety
from models.adapters.class_conditional import latents
from models.adapters.pictures import to_images
from models.adapters.pipeline_parts import Parts
from models.base import ImageStep, ModelSpec, Recipe
from models.networks.latent_colours import colours

if TYPE_CHECKING:
    from typing_extensions import Self

SHARP_EVERY = 8
"""The tiny decoder makes at most one picture in so many steps, the finished one included."""
SHARP_PX = 256  # its previews are cut down to this, to be cheap to send
TURN_SECONDS = 1.0
"""After so long a call of `advance` begins no further piece: whoever was not reached goes first in
the next. A piece is one picture's step, tens of seconds on a slow CPU."""


@dataclass(eq=False, slots=True)
class Drawing:
    """A run: the pieces of work it still has, and the seconds since its last step."""

    pieces: Iterator[ImageStep | None]
    served: int  # when it had its last turn, counted in pieces
    seconds: float = 0.0


@dataclass(slots=True)
class _Picture:
    """One picture on its way out of the noise."""

    latent: Tensor  # (1, Z, H, W), float32
    scheduler: Any  # its own, it counts steps and remembers predictions
    clean: Tensor  # (1, Z, H, W), what the latest step predicts


@dataclass(frozen=True, slots=True)
class _Words:
    """An encoded prompt, and how hard it pulls."""

    context: Tensor  # (2, T, D) wordless and worded; (1, T, D) when only one of them counts
    guidance: float


class OriginalDiffusion:
    """Text encoder, U-Net and decoders from the hub.

    Args:
        parts: the networks, on their device already.
    """

    def __init__(self, spec: ModelSpec, parts: Parts, device: str) -> None:
        self.spec = spec
        self.parts = parts
        self.device = device
        self.longest = int(parts.text_encoder.config.max_position_embeddings)
        self._served = 0

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read the model's files from the local cache; what is stored in half precision too."""
        return cls(spec, pipeline_parts.read(spec, device, dtype), device)

    def begin(self, recipe: Recipe) -> Drawing:
        """Set up a run; all its work is done in `advance`."""
        return Drawing(self._draw(recipe), self._served)

    @torch.inference_mode()
    def advance(self, states: Sequence[Drawing]) -> list[ImageStep | None | Exception]:
        """Work on every run in turn, longest unserved first, for about `TURN_SECONDS`."""
        started = time.perf_counter()
        results: dict[int, ImageStep | None | Exception] = {}
        for state in sorted(states, key=lambda s: s.served):
            results[id(state)] = self._work(state)
            if time.perf_counter() - started > TURN_SECONDS:
                break
        return [results.get(id(state)) for state in states]

    def end(self, state: Drawing) -> None:
        """Forget the noise and the words of a run."""
        state.pieces = iter(())

    def nbytes(self) -> int:
        """Bytes of the weights."""
        return sum(
            tensor.nbytes
            for network in self.parts.networks()
            for tensor in (*network.parameters(), *network.buffers())
        )

    def close(self) -> None:
        """Let go of the weights."""
        self.parts.release()

    @torch.inference_mode()
    def preview(self, clean: Tensor, *, sharp: bool) -> Image.Image:
        """A small picture of predicted clean latents (1, Z, H, W).

        A linear map of a hundredth of a second; sharp ones by the tiny decoder.
        """
        if not sharp:
            return to_images(colours(clean))[0]
        image = to_images(self._decode(self.parts.tiny, clean))[0]
        size = min(SHARP_PX, image.width)
        return image.resize((size, size), Image.Resampling.BICUBIC)

    @torch.inference_mode()
    def finish(self, clean: Tensor) -> Image.Image:
        """The finished picture of clean latents (1, Z, H, W)."""
        parts = self.parts
        if parts.vae is None:
            return to_images(self._decode(parts.tiny, clean))[0]
        return to_images(self._decode(parts.vae, clean / parts.vae.config.scaling_factor))[0]

    def _work(self, state: Drawing) -> ImageStep | None | Exception:
        """One piece of a run; whatever fails is that run's own end."""
        self._served += 1
        state.served = self._served
        started = time.perf_counter()
        try:
            step = next(state.pieces)
        except Exception as error:
            return _failure(error)
        state.seconds += time.perf_counter() - started
        if step is None:
            return None
        seconds, state.seconds = state.seconds, 0.0
        return replace(step, seconds=seconds)

    def _draw(self, recipe: Recipe) -> Iterator[ImageStep | None]:
        """All steps of a run; None wherever it may pause without one."""
        words, total = self._encode(recipe), recipe.integer("steps")
        note = self._note(recipe.prompt)
        yield None
        pictures = self._noise(recipe)
        for index in range(total):
            images = []
            for number, picture in enumerate(pictures):
                if number:
                    yield None
                self._denoise(picture, index, words)
                if index < total - 1:
                    sharp = self._is_sharp(index, total)
                    images.append(self.preview(picture.clean, sharp=sharp))
            if images:
                yield _step(index, total, tuple(images), note)
        yield None
        yield from self._finished(pictures, total, note)

    def _finished(
        self, pictures: Sequence[_Picture], total: int, note: str
    ) -> Iterator[ImageStep | None]:
        """The last step, one piece a picture."""
        images, held_back = [], []
        for number, picture in enumerate(pictures):
            if number:
                yield None
            image = self.finish(picture.clean)
            if self.parts.checker is not None and self.parts.checker.objects_to(image):
                held_back.append(number)
                image = safety.blank(image.size)
            images.append(image)
        said = " · ".join(filter(None, [note, safety.explain(held_back, len(images))]))
        step = _step(total - 1, total, tuple(images), said)
        yield replace(step, held_back=tuple(held_back))

    def _is_sharp(self, index: int, total: int) -> bool:
        """Whether a preview is the tiny decoder's: every eighth, counted from the last step."""
        if self.parts.tiny is None or self.parts.checker is not None:
            return False
        return (total - 1 - index) % SHARP_EVERY == 0

    def _noise(self, recipe: Recipe) -> list[_Picture]:
        config, pattern = self.parts.unet.config, self.parts.scheduler
        shape = (config.in_channels, config.sample_size, config.sample_size)
        pictures = []
        for noise in latents(recipe.seed, recipe.integer("count"), shape).split(1):
            scheduler = type(pattern).from_config(pattern.config)
            scheduler.set_timesteps(recipe.integer("steps"), device=self.device)
            latent = (noise * scheduler.init_noise_sigma).to(self.device)
            pictures.append(_Picture(latent, scheduler, latent))
        return pictures

    def _denoise(self, picture: _Picture, index: int, words: _Words) -> None:
        """One step of one picture, one forward pass of the U-Net.

        Classifier-free guidance: wordless + guidance * (worded - wordless)
        (Ho & Salimans 2022, eq. 6 with w = guidance - 1).
        """
        scheduler, unet = picture.scheduler, self.parts.unet
        time_step = scheduler.timesteps[index]
        scaled = scheduler.scale_model_input(picture.latent, time_step).to(unet.dtype)
        rows = scaled.expand(len(words.context), -1, -1, -1)
        predicted = unet(rows, time_step, encoder_hidden_states=words.context).sample.float()
        if len(predicted) == 2:
            wordless, worded = predicted.chunk(2)
            predicted = wordless + words.guidance * (worded - wordless)
        stepped = scheduler.step(predicted, time_step, picture.latent)
        picture.latent = stepped.prev_sample
        finished = index == len(scheduler.timesteps) - 1
        picture.clean = picture.latent if finished else _predicted_clean(scheduler, stepped)

    def _decode(self, autoencoder: Any, scaled: Tensor) -> Tensor:
        """(1, Z, H, W) -> (1, 3, H, W) in [-1, 1], on the CPU."""
        image: Tensor = autoencoder.decode(scaled.to(autoencoder.dtype)).sample
        return image.float().cpu()

    def _encode(self, recipe: Recipe) -> _Words:
        """The prompt, and nothing beside it where that counts for nothing.

        At guidance 1 the words count alone, as always in a model without that choice; at 0 none do.
        """
        guidance = float(dict(recipe.options).get("guidance", 1.0))
        prompts = {1.0: [recipe.prompt], 0.0: [""]}.get(guidance, ["", recipe.prompt])
        return _Words(torch.cat([self._context(prompt) for prompt in prompts]), guidance)

    def _context(self, prompt: str) -> Tensor:
        """(1, T, D), for one prompt alone, so that it comes out the same in any company."""
        tokens = self.parts.tokenizer(
            prompt,
            padding="max_length",
            max_length=self.longest,
            truncation=True,
            return_tensors="pt",
        )
        context: Tensor = self.parts.text_encoder(tokens.input_ids.to(self.device))[0]
        return context.to(self.parts.unet.dtype)

    def _note(self, prompt: str) -> str:
        limit = self.longest - 2  # start and end are tokens too
        tokens = len(self.parts.tokenizer.tokenize(prompt))
        return f"only the first {limit} of {tokens} word pieces count" if tokens > limit else ""


def _predicted_clean(scheduler: Any, stepped: Any) -> Tensor:
    """The clean latents that a step predicts; DPM-Solver++ keeps them instead of returning them."""
    predicted = getattr(stepped, "pred_original_sample", None)
    clean: Tensor = scheduler.model_outputs[-1] if predicted is None else predicted
    return clean


def _step(index: int, total: int, images: tuple[Image.Image, ...], note: str) -> ImageStep:
    label = f"step {index + 1} of {total}"
    return ImageStep(
        index=index,
        total=total,
        last=index == total - 1,
        images=images,
        label=f"{label} · {note}" if note else label,
    )


def _failure(error: Exception) -> Exception:
    """What a run failed with, with its memory given back."""
    traceback.clear_frames(error.__traceback__)  # they hold tensors
    if machine.is_out_of_memory(error):
        machine.release_memory()
    return error
