"""Train `char_lstm`: an LSTM that has read one book, letter by letter."""

from __future__ import annotations

import argparse

import torch

from models import catalog, worlds
from models.adapters.char_lstm import CharLstm
from models.networks.char_lstm import CharLSTM, Memory
from models.train import characters
from models.train.loop import Loop, autocast, parse_arguments
from models.train.results import ship
from models.train.snapshots import write_text

CONFIG = {"vocabulary": len(worlds.ALPHABET), "embedding": 128, "hidden": 512, "layers": 2}
LIMITS = (
    "Writes Shakespeare's manner without his matter: words are spelled right, sentences mean "
    "little. It knows 65 characters and one book, and loses the thread after a line or two."
)
BATCH, WINDOW = 32, 128
DROPOUT = 0.4
FORGOTTEN = 0.2  # share of the recurrent weights left out in a step


def train(args: argparse.Namespace, model: CharLSTM) -> Loop:
    """Next-character cross-entropy over streams of the text, memory carried from batch to batch."""
    spec = catalog.spec(args.model_id)
    optimizer = torch.optim.AdamW(model.parameters(), 2.5e-3, betas=(0.9, 0.99), weight_decay=0.01)
    loop = Loop(
        args,
        {"model": model},
        [optimizer],
        show=lambda networks: write_text(CharLstm.around(spec, networks["model"], worlds.ALPHABET)),
    )
    streams = characters.Streams(
        characters.encode(worlds.shakespeare()[0]), BATCH, WINDOW, args.seed
    )
    recurrent = [getattr(model.lstm, f"weight_hh_l{i}") for i in range(CONFIG["layers"])]
    memory: Memory | None = None  # lost when a run is resumed, for one window
    for step in loop:
        tokens, anew = streams.batch(step)
        tokens = tokens.to(args.device)
        with characters.dropped_weights(recurrent, FORGOTTEN):
            with autocast(args.device):
                logits, memory = model(tokens[:, :-1], None if anew else memory)
            loop.backward(characters.loss_of(logits, tokens))
        loop.update()
        memory = (memory[0].detach(), memory[1].detach())
    return loop


def main() -> None:
    args = parse_arguments("char_lstm", steps=20_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    model = CharLSTM(**CONFIG, dropout=DROPOUT).to(args.device)
    loop = train(args, model)
    config = {**CONFIG, "alphabet": worlds.ALPHABET}
    ship(loop, {"model": loop.averaged("model")}, config, characters.SHAKESPEARE)


if __name__ == "__main__":
    main()
