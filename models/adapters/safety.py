"""The safety checker that comes with some models, which looks at every finished picture."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image

_BLANK = (217, 220, 225)  # a quiet grey that is seen on light paper and on dark
_LIBRARY_LOG = "diffusers.pipelines.stable_diffusion.safety_checker"


def is_on() -> bool:
    """Whether the operator wants pictures checked; only `PLAYGROUND_SAFETY=0` says no."""
    return os.environ.get("PLAYGROUND_SAFETY", "") != "0"


def blank(size: tuple[int, int]) -> Image.Image:
    """What stands in the place of a picture that is held back."""
    return Image.new("RGB", size, _BLANK)


def explain(held_back: Sequence[int], count: int) -> str:
    """Which pictures (from 0) were held back, in words; "" when none was."""
    if not held_back:
        return ""
    *before, final = (str(i + 1) for i in held_back)
    if count == 1:
        subject = "the picture was"
    elif before:
        subject = f"pictures {', '.join(before)} and {final} of {count} were"
    else:
        subject = f"picture {final} of {count} was"
    return f"{subject} held back by the model's safety checker; another seed may do"


class SafetyChecker:
    """A CLIP image encoder that compares a picture with concepts it must not show.

    Args:
        network: diffusers' `StableDiffusionSafetyChecker`.
        processor: transformers' `CLIPImageProcessorPil`, which makes the network's input.
    """

    def __init__(self, network: Any, processor: Any) -> None:
        # It announces black pictures; here the step says in words what was held back.
        logging.getLogger(_LIBRARY_LOG).setLevel(logging.ERROR)
        self.network = network.eval()
        self.processor = processor

    @torch.inference_mode()
    def objects_to(self, picture: Image.Image) -> bool:
        """Whether a picture must be held back."""
        pixels = self.processor(images=picture, return_tensors="pt").pixel_values
        weights = next(self.network.parameters())
        # The network blackens the second argument in place; only its verdict is of use.
        _, verdicts = self.network(pixels.to(weights.device, weights.dtype), [torch.zeros(1)])
        return bool(verdicts[0])
