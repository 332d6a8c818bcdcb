"""Train `ear`: hears which digit is said, and in whose voice, in the picture of a sound."""

from __future__ import annotations

import torch
from torch import Tensor

from models.train import judging, voices
from models.train.loop import UNLIMITED_STEPS, parse_arguments
from models.worlds.voices import SIZES

LICENCE = voices.LICENCE
LIMITS = (
    "Knows ten digits and six voices: of any other sound it says which of them it is most like."
)
FLOPS = 6e12
_LATEST_FRAMES = 2


def distort(images: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures (B, 1, 32, 32) a little later, louder or softer, in a little noise."""
    rows = len(images)
    late = torch.randint(_LATEST_FRAMES + 1, (rows,), generator=generator).tolist()
    moved = torch.stack([_later(p, frames) for p, frames in zip(images, late, strict=True)])
    level = 0.1 * torch.rand(rows, 1, 1, 1, generator=generator)
    louder = 0.1 * torch.randn(rows, 1, 1, 1, generator=generator)
    noise = level * torch.randn(images.shape, generator=generator)
    return (moved + noise + louder).clamp(-1, 1)


def _later(picture: Tensor, frames: int) -> Tensor:
    """A picture (1, 32, 32) begun so many frames later; what is cut off at the end is lost."""
    silence = torch.full_like(picture[..., :frames], -1)
    return torch.cat([silence, picture[..., : picture.shape[-1] - frames]], dim=-1)


def main() -> None:
    args = parse_arguments("ear", UNLIMITED_STEPS, __doc__ or "", flops=FLOPS)
    made, pairs = voices.pictures()
    judging.train(args, judging.Lesson(made, pairs, SIZES, distort, voices.DATA))


if __name__ == "__main__":
    main()
