"""The GAN: the generator draws; its critic is kept beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from models import checkpoint
from models.adapters.labelled import LabelledAdapter
from models.base import ModelSpec
from models.networks.decoder import LabelledDecoder
from models.networks.gan import Critic

if TYPE_CHECKING:
    from typing_extensions import Self


class Gan(LabelledAdapter):
    """Generator and critic."""

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read both networks; they are small and always run in float32."""
        folder = checkpoint.folder(spec.source)
        config = checkpoint.read_config(folder)
        generator = LabelledDecoder(config["latent"], config["width"], config["style"])
        critic = Critic(config["critic_width"])
        checkpoint.load(folder, {"generator": generator, "critic": critic})
        return cls(spec, nn.ModuleList([generator, critic]).to(device), generator)
