"""Train `diffusion_creatures`: noise that flows into the picture of a caption.

On equal terms with `gan_creatures` and `vae_creatures`, see `models.train.families`.
"""

from __future__ import annotations

from models.train import creatures, families
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LIMITS = (
    "Knows the words of our captions and no others. It takes twenty steps where the others take "
    "one, and now and then mends a body and a hat from two creatures."
)


def main() -> None:
    args = parse_arguments(
        "diffusion_creatures", UNLIMITED_STEPS, __doc__ or "", flops=creatures.FLOPS
    )
    families.train_diffusion(args, creatures.world(args))


if __name__ == "__main__":
    main()
