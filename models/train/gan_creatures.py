"""Train `gan_creatures`: a forger that goes by the words, against a critic that reads them.

On equal terms with `vae_creatures` and `diffusion_creatures`, see `models.train.families`.
"""

from __future__ import annotations

from models.train import creatures, families
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Paints sharply, and repeats itself: of one caption it knows few postures. Now and then an "
    "outline is ragged where no real one is."
)


def main() -> None:
    args = parse_arguments("gan_creatures", UNLIMITED_STEPS, __doc__ or "", flops=creatures.FLOPS)
    families.train_gan(args, creatures.world(args))


if __name__ == "__main__":
    main()
