"""The GAN: the generator draws, its critic says how real a picture looks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor, nn

from models import checkpoint
from models.adapters import reference
from models.adapters.class_conditional import BLOCK, LabelledAdapter, Sheet, blocks
from models.adapters.input_picture import Looked, apart
from models.adapters.pictures import read_picture, to_tensor
from models.base import ImageStep, LookStep, ModelSpec, Recipe, Step
from models.networks.decoder import Decoder
from models.networks.gan import Critic

if TYPE_CHECKING:
    from typing_extensions import Self


UNSAID = -1
"""The label of a picture of which nothing is said."""


@dataclass(slots=True)
class Judged(Sheet):
    """What the critic is asked about: the picture that was given, else what the GAN draws."""

    given: Image.Image | None


class Gan(LabelledAdapter):
    """Generator and critic.

    Task `critic` has the options of a drawing and `picture`. Its step holds the pictures with a
    score for each, from the critic that trained this generator: real is what lies above 0, the
    middle of its hinge loss (Lim & Ye 2017).

    Task `look` has a `picture` and nothing that says what it shows, as the critic met one in ten
    pictures. Its step holds the score (`realness`) and the share of real test digits that have a
    lower one (`percentile`), where it is known for these weights.
    """

    real: reference.Reference | None = None

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
        adapter = cls.around(spec, generator.to(device), critic.to(device))
        adapter.real = reference.read(folder)
        return adapter

    @classmethod
    def around(cls, spec: ModelSpec, generator: nn.Module, critic: nn.Module) -> Self:
        """An adapter around networks that are in memory already."""
        assert isinstance(generator, Decoder)
        return cls(spec, nn.ModuleList([generator, critic]), generator)

    def begin(self, recipe: Recipe) -> Sheet | Looked:  # type: ignore[override]
        """Check the concept and read the picture, if there is one."""
        if recipe.task == "look":
            return Looked.of(recipe)
        sheet = super().begin(recipe)
        if recipe.task != "critic":
            return sheet
        return Judged(sheet.z, sheet.labels, read_picture(str(recipe.option("picture"))))

    @torch.inference_mode()
    def advance(self, states: Sequence[Sheet | Looked]) -> list[Step]:  # type: ignore[override]
        """Look at what is to be looked at; draw and judge all else."""
        return apart(states, self._look, self._draw_and_judge)

    def _look(self, states: Sequence[Looked]) -> list[LookStep]:
        started = time.perf_counter()
        images = to_tensor([state.picture for state in states])
        realness = self.realness(images).tolist()
        seconds, batch = time.perf_counter() - started, len(states)
        return [
            LookStep(
                index=0,
                total=1,
                last=True,
                figures={"realness": score, **reference.among(self.real, score)},
                seconds=seconds,
                batch=batch,
            )
            for score in realness
        ]

    def realness(self, images: Tensor) -> Tensor:
        """The score (B,) of pictures (B, 3, H, W) in [-1, 1] of which nothing is said."""
        labels = torch.full((len(images), 3), UNSAID)
        pairs = blocks(BLOCK, images, labels)
        return torch.cat([self._realness(*pair) for pair in pairs])[: len(images)]

    def _draw_and_judge(self, states: Sequence[Sheet]) -> list[ImageStep]:
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
        images = to_tensor([image for step in steps for image in step.images])
        labels = [s.labels[:1].expand(n, -1) for s, n in zip(states, counts, strict=True)]
        pairs = blocks(BLOCK, images, torch.cat(labels))
        scores = torch.cat([self._realness(*pair) for pair in pairs])[: len(images)].split(counts)
        seconds = time.perf_counter() - started
        return [
            replace(step, scores=tuple(own.tolist()), seconds=step.seconds + seconds)
            for step, own in zip(steps, scores, strict=True)
        ]

    @torch.inference_mode()
    def _realness(self, images: Tensor, labels: Tensor) -> Tensor:
        assert isinstance(self.network, nn.ModuleList)
        critic = self.network[1]
        device = next(critic.parameters()).device
        realness: Tensor = critic(images.to(device), labels.to(device))[0].float().cpu()
        return realness
