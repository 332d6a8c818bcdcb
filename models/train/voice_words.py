"""Train `voice_words`: reads off a caption which digit is to be said, and in whose voice.

All picture families of its world are asked through it; it stays as it is while they learn. It
learns from captions of trained concepts alone, in varied wording.
"""

from __future__ import annotations

from models.train import conditions, voices
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Knows the words of our captions and nothing else; a word that it does not know is left out."
)
FLOPS = 2e12


def main() -> None:
    args = parse_arguments("voice_words", UNLIMITED_STEPS, __doc__ or "", flops=FLOPS)
    conditions.train_reader(args, voices.wording(), voices.trained())


if __name__ == "__main__":
    main()
