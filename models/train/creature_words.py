"""Train `creature_words`: reads off a caption which creature, thing, colour and paper it names.

All three picture families of the creatures world are asked through it; it stays as it is while they
learn. It learns from captions of trained concepts alone, in varied wording.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from models.creatures import SIZES, trained_concepts
from models.networks.caption_reader import CaptionReader, numbered, tokens_of
from models.train import creatures, muon
from models.train.loop import UNLIMITED_STEPS, Loop, parse_arguments, warm_stable_decay
from models.train.results import ship

LIMITS = (
    "Knows the words of our captions and nothing else; a word that it does not know is left out. "
    "It reads what is said, not what is meant: “not a cat” is a cat."
)
BATCH = 128
WORDLESS = 0.02
FLOPS = 2e12


def main() -> None:
    args = parse_arguments("creature_words", UNLIMITED_STEPS, __doc__ or "", flops=FLOPS)
    torch.manual_seed(args.seed)
    words = creatures.known_words()
    known = numbered(words)
    model = CaptionReader(len(words), SIZES).to(args.device)
    trained = np.array([c.places for c in trained_concepts()])
    optimizers = muon.optimizers(model, lr=3e-3, weight_decay=0.01)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay)
    for _ in loop:
        random = np.random.default_rng((args.seed, loop.step))
        places = trained[random.integers(len(trained), size=BATCH)]
        said = creatures.captions(places, random, WORDLESS)
        tokens = tokens_of([s.text for s in said], known, model.longest).to(args.device)
        wanted = creatures.targets(said).to(args.device)
        pairs = zip(model(tokens), wanted.unbind(1), strict=True)
        loop.descend(torch.stack([F.cross_entropy(read, part) for read, part in pairs]).sum())
    config = {"words": list(words), "parts": list(SIZES)}
    ship(loop, {"model": loop.averaged("model")}, config, {})


if __name__ == "__main__":
    main()
