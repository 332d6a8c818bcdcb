"""Train `vae_creatures`: squeezes a picture into 64 numbers, and paints from them and words.

On equal terms with `gan_creatures` and `diffusion_creatures`, see `models.train.families`.
"""

from __future__ import annotations

from models.train import creatures, families
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Paints softly: where its code leaves a doubt it paints the mean of what might be there, and "
    "small things such as glasses smear first."
)


def main() -> None:
    args = parse_arguments("vae_creatures", UNLIMITED_STEPS, __doc__ or "", flops=creatures.FLOPS)
    families.train_vae(args, creatures.world(args))


if __name__ == "__main__":
    main()
