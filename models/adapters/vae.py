"""The VAE: the decoder draws from a random code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from models import checkpoint
from models.adapters.labelled import LabelledAdapter
from models.base import ModelSpec
from models.networks.vae import Vae as Network

if TYPE_CHECKING:
    from typing_extensions import Self


class Vae(LabelledAdapter):
    """Encoder and decoder."""

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read the network; it is small and always runs in float32."""
        folder = checkpoint.folder(spec.source)
        network = Network(**checkpoint.read_config(folder))
        checkpoint.load(folder, {"model": network})
        return cls.around(spec, network.to(device))

    @classmethod
    def around(cls, spec: ModelSpec, network: nn.Module) -> Self:
        """An adapter around a network that is in memory already."""
        assert isinstance(network, Network)
        return cls(spec, network, network.decoder)
