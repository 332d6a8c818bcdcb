"""Train `clip_mini`: puts pictures and captions into one space, near what belongs to them.

Two encoders, one of pictures and one of words, are shown pairs and learn which belong together
(Radford et al. 2021). Its half for words is the text encoder of `diffusion_mini`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from models.datasets import IMAGE_PX
from models.train import captions, muon
from models.train.captions import TOKENS, Captions
from models.train.loop import Loop, autocast, parse_arguments
from models.train.pictures import DATA, draw_batch
from models.train.results import ship
from models.train.tokenizer import train_tokenizer

LIMITS = (
    "Knows ten digits, eight colours and the words of our captions, nothing else. Words it has "
    "never read are spelled out of letters and mean nothing to it."
)
BATCH = 128
PATCH_PX = 8
PAIRS = 8  # of ink and paper in a batch: with few of them, colours alone do not tell captions apart
SHARPEST = 4.6052  # the logit scale is kept at 100 or below, as in the paper


def configuration(tokenizer: CLIPTokenizer) -> CLIPConfig:
    """Transformers of width 128: two layers for words, four for 16 patches of a picture."""
    shared = {
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_attention_heads": 4,
        "projection_dim": 64,
        "hidden_act": "gelu_pytorch_tanh",
    }
    words = {
        "vocab_size": len(tokenizer),
        "num_hidden_layers": 2,
        "max_position_embeddings": TOKENS,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    pictures = {"num_hidden_layers": 4, "image_size": IMAGE_PX, "patch_size": PATCH_PX}
    return CLIPConfig(
        text_config=shared | words, vision_config=shared | pictures, projection_dim=64
    )


def belonging(labels: Tensor, said: Tensor) -> Tensor:
    """(B, B) bool: does caption j say nothing that is untrue of picture i?

    In so small a world a caption is often true of several pictures of a batch. CLIP's own loss
    would call all but one of them wrong.

    Args:
        labels: (B, 3) digit, ink and paper of the pictures.
        said: (B, 3) the same of the captions, -1 where a caption does not say.
    """
    true = (said[None] == labels[:, None]) | (said[None] == -1)
    return true.all(2)


def contrastive_loss(logits: Tensor, belong: Tensor) -> Tensor:
    """CLIP's symmetric cross-entropy, shared out evenly over all that belongs together.

    Args:
        logits: (B, B) similarity of picture i and caption j, scaled.
        belong: (B, B) bool.
    """
    wanted = belong.float()
    to_captions = F.cross_entropy(logits, wanted / wanted.sum(1, keepdim=True))
    to_pictures = F.cross_entropy(logits.T, wanted.T / wanted.T.sum(1, keepdim=True))
    return (to_captions + to_pictures) / 2


def main() -> None:
    args = parse_arguments("clip_mini", steps=6_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    tokenizer = train_tokenizer(captions.texts(), TOKENS)
    model = CLIPModel(configuration(tokenizer)).to(args.device)
    said = Captions(tokenizer)
    loop = Loop(args, {"model": model}, muon.optimizers(model, lr=2e-3, weight_decay=0.05))
    for _ in loop:
        generator = loop.generator()
        images, labels = draw_batch(BATCH, generator, PAIRS)
        tokens, parts = said.draw(labels, generator)
        # With so few positions the plain attention kernel is several times faster backwards.
        with autocast(args.device), sdpa_kernel(SDPBackend.MATH):
            out = model(input_ids=tokens.to(args.device), pixel_values=images.to(args.device))
        belong = belonging(labels, parts).to(args.device)
        loop.descend(contrastive_loss(out.logits_per_image.float(), belong))
        model.logit_scale.data.clamp_(max=SHARPEST)
    out = ship(loop, {"model": loop.averaged("model")}, {}, DATA)
    tokenizer.save_pretrained(out)


if __name__ == "__main__":
    main()
