"""Train `gan_voice`: a forger of spoken digits, against a critic that reads them.

On equal terms with `vae_voice` and `diffusion_voice`, see `models.train.families`.
"""

from __future__ import annotations

from models.train import families, voices
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LICENCE = voices.LICENCE
LIMITS = (
    "Speaks clearly, and repeats itself: of one digit in one voice it knows few ways to say it."
)


def main() -> None:
    args = parse_arguments("gan_voice", UNLIMITED_STEPS, __doc__ or "", flops=voices.FLOPS)
    families.train_gan(args, voices.world(args))


if __name__ == "__main__":
    main()
