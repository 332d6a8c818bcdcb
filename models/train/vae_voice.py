"""Train `vae_voice`: squeezes speech into 64 numbers, and speaks from them and words.

On equal terms with `gan_voice` and `diffusion_voice`, see `models.train.families`.
"""

from __future__ import annotations

from models.train import families, voices
from models.train.loop import UNLIMITED_STEPS, parse_arguments

LICENCE = voices.LICENCE
LIMITS = (
    "Speaks as from behind a curtain: what makes a consonant sharp is the first to be averaged."
)


def main() -> None:
    args = parse_arguments("vae_voice", UNLIMITED_STEPS, __doc__ or "", flops=voices.FLOPS)
    families.train_vae(args, voices.world(args))


if __name__ == "__main__":
    main()
