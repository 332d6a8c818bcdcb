"""Train `creature_words`: reads off a caption which creature, thing, colour and paper it names.

All picture families of its world are asked through it; it stays as it is while they learn. It
learns from captions of trained concepts alone, in varied wording.
"""

from __future__ import annotations

from models.train import conditions, creatures
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Knows the words of our captions and nothing else; a word that it does not know is left out. "
    "It reads what is said, not what is meant: “not a cat” is a cat."
)
FLOPS = 2e12


def main() -> None:
    args = parse_arguments("creature_words", UNLIMITED_STEPS, __doc__ or "", flops=FLOPS)
    conditions.train_reader(args, creatures.wording(), creatures.trained())


if __name__ == "__main__":
    main()
