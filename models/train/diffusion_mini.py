"""Train `diffusion_mini`: a genuine Stable Diffusion in miniature, on the digits world.

Two stages, as in Rombach et al. 2022: an autoencoder that turns 32×32 pictures into 8×8×4 latents,
then a U-Net that cleans noisy latents while it reads a caption, together with its text encoder.
The result is a diffusers folder that `StableDiffusionPipeline.from_pretrained` opens.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from models import checkpoint, worlds
from models.measure import report
from models.train import muon
from models.train.loop import Loop, autocast, parse_arguments
from models.train.pictures import DATA, draw_batch
from models.train.tokenizer import train_tokenizer

BATCH = 64
AUTOENCODER_BATCH = 16
TOKENS = 32
WORDLESS = 0.1  # share of pictures shown with an empty caption, for classifier-free guidance
AUTOENCODER_SHARE = 0.15  # of the steps and of the minutes


def build_autoencoder() -> AutoencoderKL:
    """32×32×3 pictures <-> 8×8×4 latents."""
    return AutoencoderKL(
        sample_size=worlds.IMAGE_PX,
        latent_channels=4,
        block_out_channels=(16, 48, 96),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=8,
        mid_block_add_attention=False,
    )


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Two layers of width 128."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=512,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def build_unet(words: int = 128) -> UNet2DConditionModel:
    """Two resolutions, words attended to at the finer one and in the middle."""
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(96, 128),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=words,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def build_scheduler() -> DDIMScheduler:
    """Stable Diffusion's noise, ending in pure noise.

    Without zero terminal SNR the last step still leaks the mean of the picture, and a plain white
    or black background can never be drawn (Lin et al. 2024).
    """
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
    )


def train_autoencoder(args: argparse.Namespace, model: AutoencoderKL) -> Loop:
    """Mean squared error, with a whisper of KL to keep latents near zero."""
    optimizers = muon.optimizers(model, lr=5e-3, weight_decay=0.01)
    loop = Loop(args, {"vae": model}, optimizers, stage="autoencoder")
    for _ in loop:
        images = draw_batch(AUTOENCODER_BATCH, loop.generator())[0].to(args.device)
        with autocast(args.device):
            posterior = model.encode(images).latent_dist
            drawn = model.decode(posterior.sample()).sample
        loss = F.mse_loss(drawn.float(), images) + 2.5e-6 * posterior.kl().mean()
        loop.descend(loss)
    return loop


@torch.no_grad()
def scale_latents(args: argparse.Namespace, autoencoder: AutoencoderKL) -> None:
    """Set the scaling factor with which latents have unit variance."""
    images = draw_batch(512, torch.Generator().manual_seed(args.seed))[0].to(args.device)
    latents = autoencoder.encode(images).latent_dist.mean
    autoencoder.register_to_config(scaling_factor=round(1 / float(latents.std()), 4))


class Captions:
    """Token ids of every way to say every concept, ready for random draws."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        self.tokenizer = tokenizer
        self.full = {c: self._encode(worlds.captions(c)) for c in worlds.concepts()}
        self.partial = {c: self._encode(worlds.partial_captions(c)) for c in worlds.concepts()}
        self.empty = self._encode([""])[0]

    def draw(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """(B, T) token ids: the plain caption two times in five, else any other wording."""
        chances = torch.rand(len(labels), 2, generator=generator)
        return torch.stack(
            [
                self._draw_one(row.tolist(), *c.tolist())
                for row, c in zip(labels, chances, strict=True)
            ]
        )

    def _draw_one(self, label: Sequence[int], which: float, place: float) -> Tensor:
        digit, ink, paper = label
        concept = worlds.Concept(digit, worlds.COLOURS[ink], worlds.COLOURS[paper])
        if which < WORDLESS:
            return self.empty
        if which < WORDLESS + 0.4:
            return self.full[concept][0]
        said = self.full[concept] if which < 0.88 else self.partial[concept]
        return said[int(place * len(said))]

    def _encode(self, texts: Sequence[str]) -> Tensor:
        encoded = self.tokenizer(
            list(texts), padding="max_length", max_length=TOKENS, truncation=True
        )
        return torch.tensor(encoded["input_ids"])


def train_unet(
    args: argparse.Namespace,
    autoencoder: AutoencoderKL,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    tokenizer: CLIPTokenizer,
) -> Loop:
    """Minimise the error of the predicted velocity (Salimans & Ho 2022) at random noise levels."""
    scheduler = build_scheduler()
    scheduler.alphas_cumprod = scheduler.alphas_cumprod.to(args.device)
    captions = Captions(tokenizer)
    networks = {"unet": unet, "text_encoder": text_encoder}
    optimizers = muon.optimizers(nn.ModuleDict(networks), lr=2e-3, weight_decay=0.01)
    loop = Loop(args, networks, optimizers, stage="unet")
    scale = autoencoder.config.scaling_factor
    for _ in loop:
        generator = loop.generator()
        images, labels = draw_batch(BATCH, generator)
        words = captions.draw(labels, generator).to(args.device)
        with torch.no_grad(), autocast(args.device):
            latents = autoencoder.encode(images.to(args.device)).latent_dist.mean.float() * scale
        noise = torch.randn_like(latents)
        levels = torch.randint(len(scheduler.betas), (BATCH,), device=args.device)
        noisy = scheduler.add_noise(latents, noise, levels)
        # At 64 positions the plain attention kernel is several times faster backwards.
        with autocast(args.device), sdpa_kernel(SDPBackend.MATH):
            states = text_encoder(words).last_hidden_state
            predicted = unet(noisy, levels, states).sample
        loss = F.mse_loss(predicted.float(), scheduler.get_velocity(latents, noise, levels))
        loop.descend(loss)
    return loop


def stage(args: argparse.Namespace, share: float) -> argparse.Namespace:
    """The arguments of one stage: its share of steps and minutes."""
    minutes = args.minutes and args.minutes * share
    return argparse.Namespace(
        **{**vars(args), "steps": round(args.steps * share), "minutes": minutes}
    )


def save(
    out: Path,
    autoencoder: nn.Module,
    text_encoder: nn.Module,
    unet: nn.Module,
    tokenizer: CLIPTokenizer,
) -> None:
    """Write the pipeline folder: bfloat16, but for the text encoder.

    transformers opens a checkpoint in the precision it is stored in, diffusers in float32; with
    words in float32 the pipeline opens without a word about precision.
    """
    StableDiffusionPipeline(
        vae=autoencoder.to(torch.bfloat16),
        text_encoder=text_encoder.float(),
        tokenizer=tokenizer,
        unet=unet.to(torch.bfloat16),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(out, max_shard_size="9MB")


def main() -> None:
    args = parse_arguments("diffusion_mini", steps=12_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    tokenizer = train_tokenizer(
        [
            text
            for c in worlds.concepts()
            for text in (*worlds.captions(c), *worlds.partial_captions(c))
        ],
        TOKENS,
    )
    layout = {"device": args.device, "memory_format": torch.channels_last}
    autoencoder = build_autoencoder().to(**layout)
    first = train_autoencoder(stage(args, AUTOENCODER_SHARE), autoencoder)
    autoencoder = first.averaged("vae")
    scale_latents(args, autoencoder)
    unet, text_encoder = build_unet().to(**layout), build_text_encoder(tokenizer).to(args.device)
    second = train_unet(
        stage(args, 1 - AUTOENCODER_SHARE), autoencoder, text_encoder, unet, tokenizer
    )
    out = args.out or checkpoint.folder(args.model_id)
    save(out, autoencoder, second.averaged("text_encoder"), second.averaged("unet"), tokenizer)
    facts = second.facts(DATA)
    facts["seconds"] += round(first.seconds)
    facts["autoencoder_steps"] = first.step
    facts["command"] = f"python -m models.train.diffusion_mini --steps {args.steps}" + (
        f" --minutes {args.minutes:g}" if args.minutes else ""
    )
    report.write(args.model_id, out, facts)


if __name__ == "__main__":
    main()
