"""The colours keep their promises: enough contrast everywhere, families apart for every eye."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from models.datasets import PALETTE
from models.families import FAMILIES
from playground.web import tokens

SCHEMES = ("light", "dark")

# Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", table 1, severity 1.0; applied to linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
SMALLEST_DISTANCE = {"light": 14.4, "dark": 13.1}


def rgb(colour: str) -> np.ndarray:
    """#RRGGBB as floats in [0, 1]."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def linear(srgb: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1's transfer function undone."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """WCAG 2.2's contrast ratio."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(weights @ linear(c)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: np.ndarray, vision: str) -> np.ndarray:
    """CIELAB (D65) of a colour as an eye sees it."""
    seen = np.clip(VISIONS[vision] @ linear(colour), 0, 1)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    ratio = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """The CIEDE2000 distance of two CIELAB colours (Sharma, Wu & Dalal 2005, equations 2 to 22)."""
    chroma = (math.hypot(*one[1:]) + math.hypot(*other[1:])) / 2
    g = 0.5 * (1 - math.sqrt(chroma**7 / (chroma**7 + 25**7)))
    (l1, c1, h1), (l2, c2, h2) = (_lch(colour, g) for colour in (one, other))
    dh = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    delta_hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(dh / 2))
    light, c = (l1 + l2) / 2, (c1 + c2) / 2
    hue = _mean_hue(h1, h2) if c1 * c2 else h1 + h2
    t = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    s_l = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    turn = 60 * math.exp(-(((hue - 275) / 25) ** 2))
    r_t = -2 * math.sqrt(c**7 / (c**7 + 25**7)) * math.sin(math.radians(turn))
    terms = ((l2 - l1) / s_l, (c2 - c1) / s_c, delta_hue / s_h)
    return math.sqrt(sum(x * x for x in terms) + r_t * terms[1] * terms[2])


def _lch(colour: np.ndarray, g: float) -> tuple[float, float, float]:
    a, b = (1 + g) * colour[1], colour[2]
    return float(colour[0]), math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _mean_hue(h1: float, h2: float) -> float:
    mean = (h1 + h2) / 2
    return mean if abs(h1 - h2) <= 180 else mean + (180 if mean < 180 else -180)


def token(colour: tokens.Colour, scheme: str) -> np.ndarray:
    """A token's colour in one scheme."""
    return rgb(getattr(colour, scheme))


def tinted(colour: np.ndarray, ground: np.ndarray, share: float) -> np.ndarray:
    """A tint of a colour on a ground."""
    return share * colour + (1 - share) * ground


def test_ciede2000_agrees_with_published_pairs():
    # Sharma, Wu & Dalal 2005, table 1, pairs 1, 7 and 25.
    pairs = [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for one, other, distance in pairs:
        assert ciede2000(np.array(one), np.array(other)) == pytest.approx(distance, abs=1e-4)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("family", FAMILIES)
def test_family_inks_can_be_read_on_page_card_and_own_tint(family, scheme):
    ink = token(FAMILIES[family].ink, scheme)
    page, card = (token(tokens.SURFACES[name], scheme) for name in ("page", "card"))
    for ground in (page, card, tinted(ink, card, 0.12)):
        assert contrast(ink, ground) >= 4.885


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("name", "least"), [("ink", 14.9), ("muted", 6.2), ("line", 3.1), ("focus", 14.9)]
)
def test_surfaces_contrast(name, least, scheme):
    colour = token(tokens.SURFACES[name], scheme)
    for ground in ("page", "card"):
        assert contrast(colour, token(tokens.SURFACES[ground], scheme)) >= least - 0.05


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", tokens.STATUS)
def test_status_colours_contrast(name, scheme):
    colour = token(tokens.STATUS[name], scheme)
    for ground in ("page", "card"):
        assert contrast(colour, token(tokens.SURFACES[ground], scheme)) >= 6.05


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_selected_letter_stays_readable(family, scheme):
    ink, card = (token(tokens.SURFACES[name], scheme) for name in ("ink", "card"))
    ground = tinted(token(FAMILIES[family].ink, scheme), card, 0.20)
    assert contrast(ink, ground) >= 8.9


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("vision", VISIONS)
def test_families_are_told_apart_by_every_eye(vision, scheme):
    labs = [lab(token(f.ink, scheme), vision) for f in FAMILIES.values()]
    smallest = min(ciede2000(a, b) for a, b in itertools.combinations(labs, 2))
    assert smallest >= SMALLEST_DISTANCE[scheme] - 0.1


def test_every_family_has_a_shape_of_its_own():
    shapes = [tokens.shape_parts(family) for family in FAMILIES]
    assert len(set(shapes)) == len(shapes)
    assert all("currentColor" in tokens.shape_svg(name) for name in FAMILIES)


def test_the_stylesheet_defines_every_token_in_both_schemes():
    sheet = tokens.stylesheet(PALETTE)
    for name in (*tokens.SURFACES, *tokens.STATUS, *FAMILIES):
        assert sheet.count(f"--{name}:") >= 2


def test_nothing_in_the_head_comes_from_another_host():
    head = tokens.head(PALETTE)
    for forbidden in ("//fonts", "@import", "src=", "url(http", '<link rel="stylesheet'):
        assert forbidden not in head
