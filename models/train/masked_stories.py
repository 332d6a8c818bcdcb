"""Train `masked_stories`: a transformer that reads both ways, on the stories with letters hidden.

On equal terms with `char_lstm_stories` and `gpt2_stories`: the same text, weights within 5 %, the
same compute. Random shares of letters are hidden, from one to all (absorbing-state diffusion:
Austin et al. 2021, Sahoo et al. 2024), so that one net fills gaps, writes, and scores with an upper
bound.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from models.networks.masked import MaskedTransformer, even_shares
from models.train import characters, muon, readings
from models.train.loop import UNLIMITED_STEPS, Loop, autocast, parse_arguments, warm_stable_decay
from models.train.results import ship

LIMITS = (
    "Fills gaps of a few letters well and long ones badly: letters that are uncovered in one pass "
    "do not know of each other. It sees 256 letters and nothing beyond them."
)
CONFIG = {"context": 256, "width": 256, "layers": 4}
ROWS = 8
RATE, WEIGHT_DECAY = 3e-3, 0.1
SHOWN_PASSES = 64
SHOWN_LETTERS = 160


def write(network: MaskedTransformer, alphabet: str, prompt: str, seed: int) -> str:
    """How the network goes on from a prompt when it uncovers what follows."""
    generator = torch.Generator().manual_seed(seed)
    begun = characters.encode(prompt, alphabet)
    rest = torch.full((SHOWN_LETTERS,), network.hidden)
    *_, text = network.uncover(torch.cat([begun, rest]), SHOWN_PASSES, 0.8, generator)
    return "".join(alphabet[token] for token in text.tolist()).removeprefix(prompt)


def main() -> None:
    args = parse_arguments(
        "masked_stories", UNLIMITED_STEPS, __doc__ or "", flops=readings.STORIES_FLOPS
    )
    torch.manual_seed(args.seed)
    reading = readings.stories()
    model = MaskedTransformer(len(reading.alphabet), **CONFIG).to(args.device)

    def show(networks: Mapping[str, nn.Module]) -> str:
        network = networks["model"]
        assert isinstance(network, MaskedTransformer)
        return write(network, reading.alphabet, reading.prompt, args.seed)

    optimizers = muon.optimizers(model, RATE, WEIGHT_DECAY)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay, show=show)
    text = characters.encode(reading.text, reading.alphabet)
    for _ in loop:
        generator = loop.generator()
        tokens = characters.windows(text, ROWS, CONFIG["context"] - 1, generator).to(args.device)
        shares = even_shares(ROWS, generator).to(args.device)
        with autocast(args.device):
            loss = model.bound(tokens, shares, generator).mean()
        loop.descend(loss)
    config = {**CONFIG, "vocabulary": len(reading.alphabet), "alphabet": reading.alphabet}
    ship(loop, {"model": loop.averaged("model")}, config, reading.data)


if __name__ == "__main__":
    main()
