"""Train `diffusion_mini`: a genuine Stable Diffusion in miniature, on the digits world.

Its words are read by the text encoder of `clip_mini`, which is trained before and stays as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer

from models import checkpoint
from models.measure import terms
from models.train import latent_diffusion as latent
from models.train.captions import Captions
from models.train.loop import parse_arguments
from models.train.pictures import DATA, draw_batch
from models.train.snapshots import draw_row

LIMITS = (
    "Words it has never read are spelled out of letters and mean nothing to it. Asked for what "
    "cannot be, such as red on red, it draws something else without a word."
)
AUTOENCODER_WIDTHS = (16, 32, 64)
UNET_WIDTHS = (64, 96)


def main() -> None:
    args = parse_arguments("diffusion_mini", steps=12_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    contrastive = checkpoint.folder("clip_mini")
    tokenizer = CLIPTokenizer.from_pretrained(contrastive)
    clip = CLIPModel.from_pretrained(contrastive, dtype=torch.float32)
    words = clip.text_model.to(args.device).requires_grad_(False)
    autoencoder, began = latent.train_autoencoder(
        args, AUTOENCODER_WIDTHS, lambda size, generator: draw_batch(size, generator)[0]
    )
    unet = latent.build_unet(UNET_WIDTHS, words.config.hidden_size)
    unet.to(args.device, memory_format=torch.channels_last)
    pipeline = latent.parts_of(autoencoder, words, unet, tokenizer)
    captions = Captions(tokenizer)

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        images, labels = draw_batch(latent.BATCH, generator)
        said, _ = captions.draw(labels, generator, latent.WORDLESS)
        latents = latent.encode(autoencoder, images.to(args.device))
        return latents * autoencoder.config.scaling_factor, said

    loop = latent.train_unet(args, {"unet": unet}, pipeline, draw, draw_row)
    reader = {terms.encoder_of("clip_mini"): checkpoint.revision(contrastive)}
    latent.ship(began, loop, pipeline, DATA | reader)


if __name__ == "__main__":
    main()
