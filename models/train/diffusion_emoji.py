"""Train `diffusion_emoji`: the same Stable Diffusion in miniature, on 1,374 emoji and their names.

The world is small on purpose: every name belongs to one picture. Its text encoder knows these
names alone and is trained together with the U-Net.
"""

from __future__ import annotations

import json

import torch
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from models import checkpoint, datasets
from models.train import latent_diffusion as latent
from models.train.emoji import DATA, draw_batch, pictures
from models.train.loop import parse_arguments
from models.train.snapshots import draw_row
from models.train.tokenizer import train_tokenizer

LIMITS = (
    "It has learnt one picture for each name by heart, and draws it whatever the seed. What no "
    "emoji shows comes as a blend of what it remembers: a blue cow is a blue shape on legs, a cat "
    "with umbrella a cat without, a robot cat a smear."
)
TOKENS = 32
VOCABULARY = 1_500
AUTOENCODER_WIDTHS = (16, 48, 96)
UNET_WIDTHS = (96, 128)


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Two layers of width 128."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            hidden_act="gelu_pytorch_tanh",
            max_position_embeddings=TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def main() -> None:
    args = parse_arguments("diffusion_emoji", steps=16_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    images, names = pictures(), datasets.emoji()[1]
    tokenizer = train_tokenizer(names, TOKENS, VOCABULARY)
    words = build_text_encoder(tokenizer).to(args.device)

    autoencoder, began = latent.train_autoencoder(args, AUTOENCODER_WIDTHS, draw_batch)
    unet = latent.build_unet(UNET_WIDTHS, words.config.hidden_size)
    unet.to(args.device, memory_format=torch.channels_last)
    pipeline = latent.parts_of(autoencoder, words, unet, tokenizer)
    latents = latent.encode(autoencoder, images.to(args.device)).cpu()
    latents = latents * autoencoder.config.scaling_factor
    padded = {"padding": "max_length", "max_length": TOKENS, "truncation": True}
    said = torch.tensor(tokenizer([*names, ""], **padded)["input_ids"])  # the last is wordless

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        chosen = torch.randint(len(names), (latent.BATCH,), generator=generator)
        silent = torch.rand(latent.BATCH, generator=generator) < latent.WORDLESS
        return latents[chosen], said[torch.where(silent, len(names), chosen)]

    networks = {"unet": unet, "text_encoder": words}
    loop = latent.train_unet(args, networks, pipeline, draw, draw_row)
    out = latent.ship(began, loop, pipeline, DATA)
    (out / checkpoint.NAMES_FILE).write_text(json.dumps(names, indent=0) + "\n")


if __name__ == "__main__":
    main()
