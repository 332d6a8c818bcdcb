"""Real digits on paper and in ink as the GAN makes them, so that neither tells real from made.

A real digit is painted in two exact colours; a made one has some noise on its paper and in its ink,
and whoever sees that the paper is one flat colour needs to look no further. So a real digit takes
over the paper of drawn pictures of the same colours, and at each place what their ink is off by at
the nearest place with ink. What is left to tell them is the strokes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models import datasets
from models.datasets import Concept

USUAL_SOFTNESS = (0.26, 0.54)
"""Between these lies the softness of nine real digits in ten."""
DONORS = 4
"""So many drawn pictures lend what one real digit needs: each covers paper with its strokes."""
_BARE = 0.25  # of the way from paper to ink: more of it is a stroke
_SOLID = 0.92  # what is only nearly ink would make the edges of the real digit soft
_AROUND = 2  # pixels around a stroke that are not bare paper either


def on_made_paper(stroke: np.ndarray, concept: Concept, drawn: Sequence[np.ndarray]) -> np.ndarray:
    """A real digit with the paper and the ink of drawn pictures.

    Args:
        stroke: (28, 28) uint8, 255 where the pen was.
        drawn: pictures (32, 32, 3) uint8 of the same ink and paper.

    Returns:
        (32, 32, 3) uint8.
    """
    margin = (datasets.IMAGE_PX - datasets.STROKE_PX) // 2
    alpha = np.pad(stroke, margin)[..., None].astype(np.float64) / 255
    inks = [_amount(picture, concept) for picture in drawn]
    paper = _paper(drawn, inks)
    ink = _ink(drawn[0], inks[0], concept)
    return np.rint(paper * (1 - alpha) + ink * alpha).clip(0, 255).astype(np.uint8)


def softness(picture: np.ndarray, concept: Concept) -> float:
    """The share of a stroke's pixels that are neither ink nor paper."""
    amount = _amount(picture, concept)
    half = ((amount > 0.2) & (amount < 0.8)).sum()
    return float(half / max(1, int((amount >= 0.2).sum())))


def pieces(picture: np.ndarray, concept: Concept) -> int:
    """How many pieces the strokes fall into, corners that touch being one."""
    left, count = _amount(picture, concept) > 0.5, 0
    while left.any():
        piece = np.zeros_like(left)
        piece[tuple(np.argwhere(left)[0])] = True
        while (grown := _grown(piece, 1, corners=True) & left).sum() > piece.sum():
            piece = grown
        left, count = left & ~piece, count + 1
    return count


def told(picture: np.ndarray, concept: Concept, *, real: bool) -> str:
    """What there is to see in the strokes, in a sentence: against nine real digits in ten."""
    found = []
    soft, (least, most) = softness(picture, concept), USUAL_SOFTNESS
    if not least <= soft <= most:
        word = "softer" if soft > most else "sharper"
        found.append(f"its edges are {word} than those of 95 in 100 real digits")
    if (count := pieces(picture, concept)) > 1:
        found.append(f"its strokes fall into {count} pieces")
    if not found:
        usual = "Its strokes are such as most real ones have"
        return f"{usual}." if real else f"{usual}: nothing measured here gives it away."
    start = "Unusual for a real one" if real else "What gives it away"
    return f"{start}: {' and '.join(found)}."


def background(picture: np.ndarray, concept: Concept) -> np.ndarray:
    """Where a picture is nothing but paper: (32, 32), True at some distance from all strokes."""
    return ~_grown(_amount(picture, concept) > _BARE, _AROUND)


def _amount(picture: np.ndarray, concept: Concept) -> np.ndarray:
    """How far each pixel lies on the way from paper to ink: (32, 32), 0 paper, 1 ink."""
    ink, paper = (np.array(datasets.PALETTE[c], float) for c in (concept.ink, concept.paper))
    way = ink - paper
    amount: np.ndarray = (picture - paper) @ way / (way @ way)
    return amount


def _paper(drawn: Sequence[np.ndarray], inks: Sequence[np.ndarray]) -> np.ndarray:
    """Bare paper (32, 32, 3): at each place that of the first picture that has no stroke there."""
    paper, found = np.zeros(drawn[0].shape), np.zeros(drawn[0].shape[:2], bool)
    for picture, ink in zip(drawn, inks, strict=True):
        new = ~found & ~_grown(ink > _BARE, _AROUND)
        paper[new] = picture[new]
        found |= new
    paper[~found] = np.median(paper[found], axis=0) if found.any() else np.mean(drawn, (0, 1, 2))
    return paper


def _ink(picture: np.ndarray, ink: np.ndarray, concept: Concept) -> np.ndarray:
    """Ink for every place (32, 32, 3): that of the nearest place where a stroke is solid."""
    solid = np.argwhere(ink > _SOLID)
    if not len(solid):
        return np.broadcast_to(np.array(datasets.PALETTE[concept.ink], float), picture.shape)
    places = np.argwhere(np.ones(ink.shape, bool))  # (1024, 2)
    away = np.square(places[:, None] - solid[None]).sum(-1)
    nearest = solid[away.argmin(1)]
    found: np.ndarray = picture[nearest[:, 0], nearest[:, 1]].reshape(picture.shape)
    return found.astype(np.float64)


def _grown(mask: np.ndarray, pixels: int, *, corners: bool = False) -> np.ndarray:
    """A mask with all that lies within so many steps of it, to the sides or over corners too."""
    for _ in range(pixels):
        wider = np.pad(mask, 1)
        upright = wider[:-2] | wider[1:-1] | wider[2:]  # (H, W + 2)
        level = wider[:, :-2] | wider[:, 1:-1] | wider[:, 2:]  # (H + 2, W)
        mask = upright[:, 1:-1] | level[1:-1]
        if corners:
            mask = mask | upright[:, :-2] | upright[:, 2:]
    return mask
