"""Train `char_lstm`: an LSTM that has read one book, letter by letter."""

from __future__ import annotations

import argparse

import torch
from torch import Tensor

from models import catalog, worlds
from models.adapters.char_lstm import CharLstm
from models.networks.char_lstm import CharLSTM
from models.train import characters
from models.train.loop import Loop, autocast, parse_arguments
from models.train.results import ship
from models.train.snapshots import write_text

CONFIG = {"vocabulary": len(worlds.ALPHABET), "embedding": 128, "hidden": 512, "layers": 2}
LIMITS = (
    "Writes Shakespeare's manner without his matter: words are spelled right, sentences mean "
    "little. It knows 65 characters and one book, and loses the thread after a line or two."
)
BATCH, WINDOW = 32, 256
DROPOUT = 0.3


def train(args: argparse.Namespace, model: CharLSTM, tokens: Tensor) -> Loop:
    """Next-character cross-entropy over random windows of a text."""
    spec = catalog.spec(args.model_id)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, betas=(0.9, 0.99), weight_decay=0.01)
    loop = Loop(
        args,
        {"model": model},
        [optimizer],
        show=lambda networks: write_text(CharLstm.around(spec, networks["model"], worlds.ALPHABET)),
    )
    for _ in loop:
        batch = characters.windows(tokens, BATCH, WINDOW, loop.generator()).to(args.device)
        with autocast(args.device):
            logits, _ = model(batch[:, :-1])
        loop.descend(characters.loss_of(logits, batch))
    return loop


def main() -> None:
    args = parse_arguments("char_lstm", steps=4_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    model = CharLSTM(**CONFIG, dropout=DROPOUT).to(args.device)
    tokens = characters.encode(worlds.shakespeare()[0])
    loop = train(args, model, tokens)
    config = {**CONFIG, "alphabet": worlds.ALPHABET}
    ship(loop, {"model": loop.averaged("model")}, config, characters.SHAKESPEARE)


if __name__ == "__main__":
    main()
