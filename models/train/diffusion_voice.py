"""Train `diffusion_voice`: noise that flows into a spoken digit.

On equal terms with `gan_voice` and `vae_voice`, see `models.train.families`.
"""

from __future__ import annotations

from models.train import families, voices
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LICENCE = voices.LICENCE
LIMITS = (
    "Knows ten digits, six voices and half a second. It takes twenty steps where the others take "
    "one."
)


def main() -> None:
    args = parse_arguments("diffusion_voice", UNLIMITED_STEPS, __doc__ or "", flops=voices.FLOPS)
    families.train_diffusion(args, voices.world(args))


if __name__ == "__main__":
    main()
