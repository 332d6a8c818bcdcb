"""The GAN: the generator draws, its critic says how real a picture looks."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor, nn

from models import checkpoint
from models.adapters.labelled import BLOCK, LabelledAdapter, Sheet, blocks
from models.base import ImageStep, ModelSpec
from models.networks.decoder import Decoder
from models.networks.gan import Critic
from models.recipe import Recipe

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(slots=True)
class Judged(Sheet):
    """What the critic is asked about: the picture that was given, else what the GAN draws."""

    given: Image.Image | None


class Gan(LabelledAdapter):
    """Generator and critic.

    Task `critic` has the options of a drawing and `picture`. Its step holds the pictures with a
    score for each, from the critic that trained this generator: real is what lies above 0, the
    middle of its hinge loss (Lim & Ye 2017).
    """

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read both networks; they are small and always run in float32."""
        folder = checkpoint.folder(spec.source)
        config = checkpoint.read_config(folder)
        labelled = config.get("labelled", True)
        generator = Decoder(config["latent"], config["width"], config["style"], labelled)
        critic = Critic(config["critic_width"], labelled)
        checkpoint.load(folder, {"generator": generator, "critic": critic})
        critic.renew_norms()
        return cls.around(spec, generator.to(device), critic.to(device))

    @classmethod
    def around(cls, spec: ModelSpec, generator: nn.Module, critic: nn.Module) -> Self:
        """An adapter around networks that are in memory already."""
        assert isinstance(generator, Decoder)
        return cls(spec, nn.ModuleList([generator, critic]), generator)

    def begin(self, recipe: Recipe) -> Sheet:
        """Check the concept and read the picture, if there is one."""
        sheet = super().begin(recipe)
        if recipe.task != "critic":
            return sheet
        return Judged(sheet.z, sheet.labels, _read_picture(str(recipe.option("picture"))))

    @torch.inference_mode()
    def advance(self, states: Sequence[Sheet]) -> list[ImageStep]:
        """Draw what has to be drawn, and judge what has to be judged, each all at once."""
        given = [s.given if isinstance(s, Judged) else None for s in states]
        asked = [s for s, picture in zip(states, given, strict=True) if picture is None]
        drawn = iter(super().advance(asked) if asked else ())
        steps = [ImageStep(0, 1, True, (p,), "") if p else next(drawn) for p in given]
        judged = [i for i, state in enumerate(states) if isinstance(state, Judged)]
        if judged:
            scored = self._judge([steps[i] for i in judged], [states[i] for i in judged])
            for i, step in zip(judged, scored, strict=True):
                steps[i] = step
        return [replace(step, batch=len(states)) for step in steps]

    def _judge(self, steps: Sequence[ImageStep], states: Sequence[Sheet]) -> list[ImageStep]:
        """The same steps with a score for each picture, as it is shown: in whole 256ths."""
        started = time.perf_counter()
        counts = [len(step.images) for step in steps]
        images = _to_tensor([image for step in steps for image in step.images])
        labels = [s.labels[:1].expand(n, -1) for s, n in zip(states, counts, strict=True)]
        pairs = blocks(BLOCK, images, torch.cat(labels))
        scores = torch.cat([self._realness(*pair) for pair in pairs])[: len(images)].split(counts)
        seconds = time.perf_counter() - started
        return [
            replace(step, scores=tuple(own.tolist()), seconds=step.seconds + seconds)
            for step, own in zip(steps, scores, strict=True)
        ]

    def _realness(self, images: Tensor, labels: Tensor) -> Tensor:
        assert isinstance(self.network, nn.ModuleList)
        critic = self.network[1]
        device = next(critic.parameters()).device
        realness: Tensor = critic(images.to(device), labels.to(device))[0].float().cpu()
        return realness


def _to_tensor(images: Sequence[Image.Image]) -> Tensor:
    """RGB pictures -> (B, 3, H, W) in [-1, 1]."""
    pixels = np.stack([np.asarray(image, np.float32) for image in images])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous() / 127.5 - 1


def _read_picture(encoded: str) -> Image.Image | None:
    """The picture of an option; None for "". ValueError in words where it cannot be read."""
    if not encoded:
        return None
    try:
        with Image.open(io.BytesIO(base64.b64decode(encoded)), formats=("PNG",)) as picture:
            return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
        raise ValueError("This picture cannot be read; give another PNG.") from None
