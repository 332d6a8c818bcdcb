"""Train `char_lstm`: an LSTM that has read one book, letter by letter."""

from __future__ import annotations

import torch

from models import worlds
from models.networks.char_lstm import CharLSTM
from models.train import characters
from models.train.loop import parse_arguments
from models.train.results import ship

CONFIG = {"vocabulary": len(worlds.ALPHABET), "embedding": 128, "hidden": 512, "layers": 2}


def main() -> None:
    args = parse_arguments("char_lstm", steps=4_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    model = CharLSTM(**CONFIG, dropout=0.3).to(args.device)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, betas=(0.9, 0.99), weight_decay=0.01)
    loop = characters.train(
        args,
        model,
        logits=lambda tokens: model(tokens)[0],
        optimizers=[optimizer],
        window=lambda progress: (32, 256),
    )
    ship(
        args,
        {"model": loop.averaged("model")},
        {**CONFIG, "alphabet": worlds.ALPHABET},
        loop.facts(characters.DATA),
    )


if __name__ == "__main__":
    main()
