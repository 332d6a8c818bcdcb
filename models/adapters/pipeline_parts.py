"""The parts of a diffusers pipeline from the hub, of which only those that will be used are read.

A pipeline's own `from_pretrained` reads everything, the encoder of the autoencoder included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

from models.adapters import safety
from models.adapters.plain_words import plain_words
from models.base import HubFile, ModelSpec
from models.hub import cache as hub_cache

_SOLVERS = {
    "PNDMScheduler": diffusers.DPMSolverMultistepScheduler,
    "DDIMScheduler": diffusers.DPMSolverMultistepScheduler,
    "DPMSolverMultistepScheduler": diffusers.DPMSolverMultistepScheduler,
    "EulerDiscreteScheduler": diffusers.EulerDiscreteScheduler,
}
"""By the scheduler a pipeline names, the one that is used. Where it is PNDM or DDIM, the same noise
levels are walked by DPM-Solver++ of second order (Lu et al. 2022): as good in 20 to 25 steps as
those in 50, and PNDM calls the U-Net once more than it has steps. A turbo model keeps its own: it
was distilled for those few noise levels."""

_TINY_FILE = "diffusion_pytorch_model"  # TAESD is a whole repository: its file lies at the top


@dataclass(slots=True)
class Parts:
    """Networks, tokenizer and scheduler; a decoder that is not used is None, one of the two is."""

    tokenizer: Any
    text_encoder: Any
    unet: Any
    scheduler: Any  # a pattern: every picture has its own, made from its config
    tiny: Any = None  # AutoencoderTiny without its encoder
    vae: Any = None  # AutoencoderKL without its encoder
    checker: safety.SafetyChecker | None = None

    def networks(self) -> tuple[torch.nn.Module, ...]:
        """All that holds weights."""
        checker = None if self.checker is None else self.checker.network
        held = (self.text_encoder, self.unet, self.tiny, self.vae, checker)
        return tuple(network for network in held if network is not None)

    def release(self) -> None:
        """Let go of everything."""
        for field in fields(self):
            setattr(self, field.name, None)


def read(spec: ModelSpec, device: str, dtype: str) -> Parts:
    """Read what a hub model needs on this device.

    On a CPU the tiny decoder finishes pictures: the full one takes as long as two to four steps of
    the U-Net. On a GPU the full one does, and the tiny one only makes the sharp previews; where a
    safety checker looks at the finished picture there are none, so that nothing is shown sharply
    before it was checked.
    """
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    shelf = _Shelf(spec, device, getattr(torch, dtype))
    checker = shelf.checker() if safety.is_on() and shelf.has("safety_checker") else None
    full = device != "cpu" or not shelf.has_tiny()
    sharp_previews = shelf.has_tiny() and checker is None
    return Parts(
        tokenizer=plain_words(
            transformers.CLIPTokenizer.from_pretrained(
                shelf.place("tokenizer"), local_files_only=True
            )
        ),
        text_encoder=shelf.network(transformers.CLIPTextModel, "text_encoder"),
        unet=shelf.diffusers_network(diffusers.UNet2DConditionModel, "unet"),
        scheduler=solver(_config(shelf.place("scheduler") / "scheduler_config.json")),
        tiny=shelf.tiny() if sharp_previews or not full else None,
        vae=shelf.vae() if full else None,
        checker=checker,
    )


def solver(config: Mapping[str, Any]) -> Any:
    """A scheduler for the noise levels that a pipeline's `scheduler_config.json` describes.

    Raises:
        ValueError: when it names one that is not known to work here.
    """
    name = str(config.get("_class_name"))
    if name not in _SOLVERS:
        raise ValueError(f"This model needs a scheduler that is not supported: {name}.")
    return _SOLVERS[name].from_config(config)


def _config(file: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return config


def without_encoder(autoencoder: Any) -> Any:
    """An autoencoder that can only decode: the other half is a third of its weights."""
    autoencoder.encoder = None
    if getattr(autoencoder, "quant_conv", None) is not None:
        autoencoder.quant_conv = None
    return autoencoder


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The files of a spec, as folders of the local cache; nothing else that lies there is read."""

    spec: ModelSpec
    device: str
    dtype: torch.dtype

    def has(self, part: str) -> bool:
        return bool(self._files(part))

    def place(self, part: str) -> Path:
        """The folder of one part."""
        files = self._files(part)
        if not files:
            raise FileNotFoundError(f"{self.spec.id} lists no files of its {part}")
        return self._folder(files[0]) / part

    def network(self, kind: Any, part: str) -> Any:
        """A network of transformers."""
        loaded = kind.from_pretrained(self.place(part), **self._how(self._files(part)))
        return self._complete(*loaded)

    def diffusers_network(self, kind: Any, part: str) -> Any:
        """A network of diffusers."""
        return self._diffusers_network(kind, self.place(part), self._files(part))

    def vae(self) -> Any:
        """The full decoder."""
        return without_encoder(self.diffusers_network(diffusers.AutoencoderKL, "vae"))

    def has_tiny(self) -> bool:
        return bool(self._tiny_files())

    def tiny(self) -> Any:
        """The tiny decoder, a repository of its own."""
        files = self._tiny_files()
        folder = self._folder(files[0])
        return without_encoder(self._diffusers_network(diffusers.AutoencoderTiny, folder, files))

    def checker(self) -> safety.SafetyChecker:
        """The model's own safety checker."""
        processor = transformers.CLIPImageProcessorPil.from_pretrained(
            self.place("feature_extractor"), local_files_only=True
        )
        network = self.network(StableDiffusionSafetyChecker, "safety_checker")
        return safety.SafetyChecker(network, processor)

    def _diffusers_network(self, kind: Any, folder: Path, files: tuple[HubFile, ...]) -> Any:
        # Saving memory is diffusers' default and would need accelerate.
        loaded = kind.from_pretrained(folder, low_cpu_mem_usage=False, **self._how(files))
        return self._complete(*loaded)

    def _complete(self, network: Any, info: Mapping[str, Any]) -> Any:
        """A network on its device; what its file lacks, both libraries fill up with random numbers.

        Raises:
            ValueError: when anything is lacking; a safety checker would let everything pass.
        """
        if info["missing_keys"]:
            lacking = f"{type(network).__name__} lacks {len(info['missing_keys'])} tensors"
            raise ValueError(f"The files of {self.spec.id} do not fit: its {lacking}.")
        return network.to(self.device).eval()

    def _how(self, files: tuple[HubFile, ...]) -> dict[str, Any]:
        half = any(".fp16." in file.path for file in files)
        return {
            "dtype": self.dtype,
            "variant": "fp16" if half else None,
            "use_safetensors": True,
            "local_files_only": True,
            "output_loading_info": True,
        }

    def _files(self, part: str) -> tuple[HubFile, ...]:
        return tuple(file for file in self.spec.files if file.path.startswith(f"{part}/"))

    def _tiny_files(self) -> tuple[HubFile, ...]:
        return tuple(
            file
            for file in self.spec.files
            if file.path.startswith(_TINY_FILE) and file.path.endswith(".safetensors")
        )

    def _folder(self, file: HubFile) -> Path:
        return Path(hub_cache.folder(self.spec, file.repository))
