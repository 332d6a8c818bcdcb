"""Train `char_lstm`: an LSTM that has read a few plays, letter by letter.

Half of what it reads is the book itself; the other half two models of the first generation have
made up (`--lessons`): an LSTM like this one and `gpt2_mini`, which guess better together than
either does alone.
"""

from __future__ import annotations

import argparse

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from models import catalog, checkpoint, datasets
from models.adapters.char_lstm import CharLstm
from models.measure import terms
from models.networks.char_lstm import CharLSTM
from models.networks.gpt2 import Gpt2Decoder
from models.train import characters
from models.train.loop import Loop, autocast, parse_arguments
from models.train.results import ship
from models.train.snapshots import write_text
from models.train.teaching import GptTeacher, Lessons, LstmTeacher, Teacher, write_together

CONFIG = {"vocabulary": len(datasets.ALPHABET), "embedding": 128, "hidden": 512, "layers": 2}
LIMITS = (
    "Writes Shakespeare's manner without his matter: words are spelled right, sentences mean "
    "little. It knows 65 characters and a few plays, and loses the thread after a line or two."
)
BATCH, WINDOW = 32, 256
DROPOUT = 0.3  # of a first generation, which has nothing but the book
DROPOUT_TAUGHT = 0.2  # lessons keep from learning by heart, too
OPENING = 32  # characters of the book that every lesson begins with
TEACHERS = ("char_lstm", "gpt2_mini")


def teachers() -> list[Teacher]:
    """The shipped models, each by itself."""
    lstm_folder, gpt_folder = map(checkpoint.folder, TEACHERS)
    lstm = CharLSTM(**CONFIG).eval().requires_grad_(False)
    checkpoint.load(lstm_folder, {"model": lstm})
    weights = load_file(gpt_folder / checkpoint.WEIGHTS_FILE)
    config = checkpoint.read_config(gpt_folder)
    return [LstmTeacher(lstm), GptTeacher(Gpt2Decoder(weights, config, "cpu", "float32"))]


def lessons_for(args: argparse.Namespace, tokens: Tensor) -> Lessons:
    """`--lessons` texts; those that an earlier, unfinished run had written, if there are any."""
    path = args.work / f"{args.model_id}-lessons.safetensors"
    if args.fresh or not path.exists():
        generator = torch.Generator().manual_seed(args.seed)
        openings = characters.windows(tokens, args.lessons, OPENING - 1, generator)
        write_together(teachers(), openings, WINDOW, generator).save(path)
    return Lessons.load(path)


def draw_batch(
    tokens: Tensor, lessons: Lessons | None, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Texts (B, T), and what is to be expected after every character (B, T, V).

    After a character of the book that is the next one, without doubt; after one of a lesson what
    the teachers expected.
    """
    rows = BATCH if lessons is None else BATCH // 2
    read = characters.windows(tokens, rows, WINDOW, generator)
    wanted = F.one_hot(read[:, 1:], CONFIG["vocabulary"]).float()
    if lessons is None:
        return read[:, :-1], wanted
    chosen = torch.randint(len(lessons.tokens), (BATCH - rows,), generator=generator)
    told, chances = lessons.tokens[chosen].long(), lessons.chances[chosen].float()
    return torch.cat([read, told])[:, :-1], torch.cat([wanted, chances])


def main() -> None:
    args = parse_arguments(
        "char_lstm",
        steps=4_000,
        description=__doc__ or "",
        own={"lessons": "how many texts of 256 characters the two shipped models write for it"},
    )
    torch.manual_seed(args.seed)
    tokens = characters.encode(datasets.shakespeare()[0])
    lessons = lessons_for(args, tokens) if args.lessons else None
    model = CharLSTM(**CONFIG, dropout=DROPOUT_TAUGHT if lessons else DROPOUT).to(args.device)
    spec = catalog.spec(args.model_id)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, betas=(0.9, 0.99), weight_decay=0.01)
    loop = Loop(
        args,
        {"model": model},
        [optimizer],
        show=lambda networks: write_text(
            CharLstm.around(spec, networks["model"], datasets.ALPHABET)
        ),
    )
    for _ in loop:
        read, wanted = (t.to(args.device) for t in draw_batch(tokens, lessons, loop.generator()))
        with autocast(args.device):
            logits, _ = model(read)
        loop.descend(F.cross_entropy(logits.float().flatten(0, 1), wanted.flatten(0, 1)))
    config = {**CONFIG, "alphabet": datasets.ALPHABET}
    data = dict(characters.SHAKESPEARE)
    if lessons:
        data |= {
            terms.texts_by(args.lessons, name): checkpoint.revision(checkpoint.folder(name))
            for name in TEACHERS
        }
    ship(loop, {"model": loop.averaged("model")}, config, data)


if __name__ == "__main__":
    main()
