"""The GAN: the generator draws; its critic is kept beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from models import checkpoint
from models.adapters.labelled import LabelledAdapter
from models.base import ModelSpec
from models.networks.decoder import Decoder
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
        labelled = config.get("labelled", True)
        generator = Decoder(config["latent"], config["width"], config["style"], labelled)
        critic = Critic(config["critic_width"], labelled)
        checkpoint.load(folder, {"generator": generator, "critic": critic})
        return cls.around(spec, generator.to(device), critic.to(device))

    @classmethod
    def around(cls, spec: ModelSpec, generator: nn.Module, critic: nn.Module) -> Self:
        """An adapter around networks that are in memory already."""
        assert isinstance(generator, Decoder)
        return cls(spec, nn.ModuleList([generator, critic]), generator)
