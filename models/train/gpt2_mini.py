"""Train `gpt2_mini`: GPT-2's own design (transformers' GPT2LMHeadModel), 1/38 the size, one book.

Muon (Jordan et al. 2024) steps the weight matrices of the blocks, AdamW everything else; at this
size that reaches a given loss in well under the time AdamW takes alone.
"""

from __future__ import annotations

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from models import worlds
from models.train import characters
from models.train.loop import parse_arguments
from models.train.results import ship

CONTEXT = 256


def configuration() -> GPT2Config:
    """Four blocks of width 256: 3.2 M parameters.

    No dropout in attention: it would rule out the fused kernel. `gelu_pytorch_tanh` is the same
    function as GPT-2's `gelu_new`, in one kernel instead of seven.
    """
    return GPT2Config(
        vocab_size=len(worlds.ALPHABET),
        n_positions=CONTEXT,
        n_embd=256,
        n_layer=4,
        n_head=4,
        activation_function="gelu_pytorch_tanh",
        embd_pdrop=0.05,
        resid_pdrop=0.05,
        attn_pdrop=0.0,
        bos_token_id=0,
        eos_token_id=None,
    )


def window(progress: float) -> tuple[int, int]:
    """(B, T) of a batch: 2,048 characters in windows of the whole context."""
    return 8, CONTEXT


def main() -> None:
    args = parse_arguments("gpt2_mini", steps=10_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    model = GPT2LMHeadModel(configuration()).to(args.device)
    matrices = [p for p in model.transformer.h.parameters() if p.ndim == 2]
    others = [p for n, p in model.named_parameters() if not (".h." in n and p.ndim == 2)]
    optimizers = [
        torch.optim.Muon(matrices, 2e-3, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, 2e-3, betas=(0.9, 0.99), weight_decay=0.0),
    ]
    loop = characters.train(
        args,
        model,
        logits=lambda tokens: model(input_ids=tokens, use_cache=False).logits,
        optimizers=optimizers,
        window=window,
        average=0.998,
    )
    ship(args, {"model": loop.averaged("model")}, {}, loop.facts(characters.DATA))


if __name__ == "__main__":
    main()
