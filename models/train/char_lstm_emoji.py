"""Train `char_lstm_emoji`: an LSTM that has read the names of emoji, and invents new ones."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models import catalog, datasets
from models.adapters.char_lstm import CharLstm
from models.networks.char_lstm import CharLSTM
from models.train import characters, emoji
from models.train.loop import Loop, autocast, parse_arguments
from models.train.results import ship
from models.train.snapshots import write_text

LIMITS = (
    "Knows 1,237 names and no other words. Many of the names it invents mean nothing, and now and "
    "then one of them exists."
)
END = "\n"
CONFIG: dict[str, Any] = {
    "vocabulary": len(datasets.EMOJI_ALPHABET),
    "embedding": 48,
    "hidden": 192,
    "layers": 1,
}
DATA = {"names of Noto emoji, nine in ten": emoji.DATA["Noto emoji, 1,374 pictures and names"]}
BATCH = 64
DROPOUT = 0.5
FORGOTTEN = 0.3  # share of the recurrent weights left out in a step
SHOWN = 8  # names in a snapshot
_IGNORED = -100


def encode(names: tuple[str, ...]) -> Tensor:
    """Names as rows of token ids (N, T), each between two ends, filled up with -100."""
    rows = [characters.encode(END + name + END, datasets.EMOJI_ALPHABET) for name in names]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=_IGNORED)


def invent(adapter: CharLstm) -> str:
    """Some names that the model makes up, one in each line."""
    return "\n".join(write_text(adapter, "", seed=seed).strip() for seed in range(SHOWN))


def main() -> None:
    args = parse_arguments("char_lstm_emoji", steps=3_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    spec = catalog.spec(args.model_id)
    model = CharLSTM(**CONFIG, dropout=DROPOUT).to(args.device)
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3, betas=(0.9, 0.99), weight_decay=0.05)
    loop = Loop(
        args,
        {"model": model},
        [optimizer],
        show=lambda networks: invent(
            CharLstm.around(spec, networks["model"], datasets.EMOJI_ALPHABET, END)
        ),
    )
    recurrent: Tensor = model.lstm.get_parameter("weight_hh_l0")
    names = encode(datasets.emoji_names("train")).to(args.device)
    for _ in loop:
        chosen = torch.randint(len(names), (BATCH,), generator=loop.generator())
        tokens = names[chosen]
        with characters.dropped_weights([recurrent], FORGOTTEN):
            with autocast(args.device):
                logits = model(tokens[:, :-1].clamp(min=0))[0]
            wanted = tokens[:, 1:].flatten()
            loop.backward(F.cross_entropy(logits.float().flatten(0, 1), wanted))
        loop.update()
    config = {**CONFIG, "alphabet": datasets.EMOJI_ALPHABET, "end": END}
    ship(loop, {"model": loop.averaged("model")}, config, DATA)


if __name__ == "__main__":
    main()
