"""Train `gpt2_mini`: GPT-2's own design (transformers' GPT2LMHeadModel), 1/38 the size.

Muon (Jordan et al. 2024) steps the weight matrices of the blocks, AdamW everything else; at this
size that reaches a given loss in well under the time AdamW takes alone.
"""

from __future__ import annotations

import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

from models import catalog, datasets
from models.adapters.gpt2 import Gpt2
from models.adapters.text import Characters
from models.networks.gpt2 import Gpt2Decoder
from models.train import characters
from models.train.loop import Loop, autocast, parse_arguments
from models.train.muon import Muon
from models.train.results import ship
from models.train.snapshots import write_text

LIMITS = (
    "Writes Shakespeare's manner without his matter: words are spelled right, sentences mean "
    "little. It knows 65 characters and a few plays, and looks back over 256 characters only."
)
CONTEXT = 256
BATCH = 8
DROPOUT = 0.15


def configuration() -> GPT2Config:
    """Four blocks of width 256: 3.2 M parameters.

    No dropout in attention: it would rule out the fused kernel. `gelu_pytorch_tanh` is the same
    function as GPT-2's `gelu_new`, in one kernel instead of seven.
    """
    return GPT2Config(
        vocab_size=len(datasets.ALPHABET),
        n_positions=CONTEXT,
        n_embd=256,
        n_layer=4,
        n_head=4,
        activation_function="gelu_pytorch_tanh",
        embd_pdrop=DROPOUT,
        resid_pdrop=DROPOUT,
        attn_pdrop=0.0,
        bos_token_id=0,
        eos_token_id=None,
    )


def write(network: nn.Module) -> str:
    """What the model writes now, by the same path as in the app."""
    assert isinstance(network, GPT2LMHeadModel)
    decoder = Gpt2Decoder(network.state_dict(), network.config.to_dict(), "cpu", "float32")
    return write_text(Gpt2(catalog.spec("gpt2_mini"), decoder, Characters(datasets.ALPHABET)))


def main() -> None:
    args = parse_arguments("gpt2_mini", steps=12_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    model = GPT2LMHeadModel(configuration()).to(args.device).train()
    # transformers keeps these matrices in layers of its own, which muon.optimizers does not know.
    matrices = [p for p in model.transformer.h.parameters() if p.ndim == 2]
    others = [p for n, p in model.named_parameters() if not (".h." in n and p.ndim == 2)]
    optimizers = [
        Muon(matrices, 2e-3, weight_decay=0.1),
        torch.optim.AdamW(others, 2e-3, betas=(0.9, 0.99), weight_decay=0.0),
    ]
    text = characters.encode(datasets.shakespeare()[0])
    loop = Loop(
        args,
        {"model": model},
        optimizers,
        average=0.998,
        show=lambda networks: write(networks["model"]),
    )
    for _ in loop:
        tokens = characters.windows(text, BATCH, CONTEXT, loop.generator()).to(args.device)
        with autocast(args.device):
            logits = model(input_ids=tokens[:, :-1], use_cache=False).logits
        loop.descend(characters.loss_of(logits, tokens))
    ship(loop, {"model": loop.averaged("model")}, {}, characters.SHAKESPEARE)


if __name__ == "__main__":
    main()
