"""A VAE compresses, restores, and notices what is odd: how strange to it is what is no digit?"""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models import datasets
from models.base import LookStep, Recipe
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, fewest, percent
from models.experiments.drawing import draw_all, named, of_each, trained
from models.experiments.lab import Lab
from models.measure.metric import Z95, Metric, mean
from models.recipe import make_recipe

CLAIM = Claim(
    id="reconstruction",
    order=130,
    compares=True,
    sentence="A VAE compresses, restores, and notices what is odd.",
    article="A VAE squeezes data into a small code, rebuilds it, and flags anomalies by what it "
    "cannot rebuild.",
    source="Training makes the squared error and the length of the code small for what it has seen "
    "(Kingma & Welling 2014, eq. 10); what is badly explained by both can be called odd (An & Cho "
    "2015). That need not work: simple pictures of another kind can seem more usual than those "
    "from training (Nalisnick et al. 2019).",
    how="Digits and drawings that are none, in the same colours, are given to the VAE. How strange "
    "one is, is the squared error of what comes back plus the length of its code, in nats. The "
    "area under the ROC curve is how often a drawing is stranger than a digit, of all pairs; 0.5 "
    "is a coin. The others are smooth scribbles, capital letters of a typeface, and the very same "
    "digits with their quarters changed about. The claim holds where the area is above 0.8 for "
    "sure, more than half of the differences within a picture come back, and the code is less than "
    "a tenth of the picture.",
    flip="Give it drawings that are simpler than digits: a straight line is as usual to it as a "
    "digit, and a dot more usual than most.",
    title="How often a drawing is stranger to the VAE than a real digit.",
    axis="area under the ROC curve",
)
VAE, PAINTER = "vae", "gan"
MODELS = (VAE, PAINTER)
QUICK, RECORDED, SEED = 60, 900, 0
ENOUGH = 0.8  # of an area under the ROC curve (Hosmer & Lemeshow 2000, section 5.2.4)
RESTORED, SMALL = 0.5, 1 / 10
OTHERS = {"scribbles": "Scribbles", "letters": "Letters", "shuffled": "Shuffled digits"}
LETTERS = "AEFHKMNPRTVWXY"
"""Capital letters that look like no digit."""
_PX, _FINE = datasets.STROKE_PX, 4
_LABEL_BYTES = 2  # of a code: digit, ink and paper as the encoder reads them, see measure.codec


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Let the VAE look at digits and at other drawings."""
    size = max(size, 2 * len(OTHERS))
    looks, concepts = 2 * size, trained(size)
    digits = _real(concepts)
    notes: tuple[str, ...] = ()
    if digits is None:
        asked = {PAINTER: of_each(lab, PAINTER, concepts, SEED)}
        digits = (yield from draw_all(lab, asked, after=looks))[PAINTER]
        notes = ("The real digits are not on this machine: the digits are those of the GAN.",)
    before = size if notes else 0
    pictures = {"digits": digits, **other_drawings(digits, concepts)}
    found: dict[str, _Seen] = {}
    done = before
    for name, images in pictures.items():
        found[name] = yield from _look_at(lab, images, done, before + looks)
        done += len(images)
    yield Outcome(tuple(_numbers(found)), notes)


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether all three hold: it is noticed what is odd, the rest comes back, the code is small."""
    auc, restored = numbers["auc"], numbers["restored"]
    code, whole = numbers["code_bytes"].value, numbers["picture_bytes"].value
    n = fewest({"auc": auc, "restored": restored})
    said = f"A drawing is stranger than a digit {percent(auc.value)} of the time. Of what differs "
    said += f"within a digit’s picture {percent(restored.value)} comes back, from {code:.0f} bytes "
    said += f"instead of {whole:,.0f}.".replace(",", "\u202f")
    if auc.low > ENOUGH and restored.low > RESTORED and code < SMALL * whole:
        return Verdict("holds", said, n)
    if auc.high < ENOUGH or restored.high < RESTORED or code >= SMALL * whole:
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def area_under_roc(usual: np.ndarray, odd: np.ndarray) -> Metric:
    """How often one of `odd` (M,) is greater than one of `usual` (N,); ties count half.

    The interval is Newcombe's method 5 (2006, "Confidence intervals for an effect size measure
    based on the Mann-Whitney statistic. Part 2"): all areas that are within 1.96 standard errors
    of the one found, by the variance of Hanley & McNeil 1982 at that area. So it has a width where
    all pairs agree, too.
    """
    above = (odd[:, None] > usual).mean() + 0.5 * (odd[:, None] == usual).mean()
    area, sizes = float(above), (len(usual), len(odd))
    low = _edge(lambda a: area - a > Z95 * _deviation(a, *sizes), 0.0, area)
    high = _edge(lambda a: a - area <= Z95 * _deviation(a, *sizes), area, 1.0)
    return Metric(area, low, high, min(sizes))


def _deviation(area: float, usual: int, odd: int) -> float:
    """The standard error of an area, with half the sum of both sizes for each (method 5)."""
    more = (usual + odd) / 2 - 1
    spread = 1 + more * (1 - area) / (2 - area) + more * area / (1 + area)
    return float(np.sqrt(max(0.0, area * (1 - area)) * spread / (usual * odd)))


def _edge(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that holds from `low` on ceases to, by halving."""
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2


# Drawings


def other_drawings(
    digits: np.ndarray, concepts: Sequence[datasets.Concept]
) -> dict[str, np.ndarray]:
    """As many drawings that are no digits, a third of each kind, in the colours of the digits.

    Args:
        digits: pictures (N, 32, 32, 3) uint8, a third of which are shuffled.
        concepts: what they show.
    """
    random, kinds = np.random.default_rng(SEED), len(OTHERS)
    turns = range(len(concepts[1::kinds]))
    strokes = {
        "scribbles": [scribble(random) for _ in concepts[::kinds]],
        "letters": [letter(random, LETTERS[turn % len(LETTERS)]) for turn in turns],
    }
    painted = {
        name: _painted(np.stack(drawn), concepts[place::kinds])
        for place, (name, drawn) in enumerate(strokes.items())
    }
    shuffled = [in_quarters(image, random) for image in digits[2::kinds]]
    return {**painted, "shuffled": np.stack(shuffled)}


def scribble(random: np.random.Generator) -> np.ndarray:
    """One smooth line through five to eight points anywhere, (28, 28) uint8.

    Corners are cut off four times (Chaikin 1974).
    """
    points = random.uniform(4, _PX - 4, (int(random.integers(5, 9)), 2))
    for _ in range(4):
        pairs = points[:-1], points[1:]
        cut = np.stack([0.75 * pairs[0] + 0.25 * pairs[1], 0.25 * pairs[0] + 0.75 * pairs[1]], 1)
        points = cut.reshape(-1, 2)
    return _line(points)


def letter(random: np.random.Generator, which: str) -> np.ndarray:
    """One letter of Pillow's typeface, a little larger or smaller and out of the middle."""
    from PIL import Image, ImageDraw, ImageFont

    fine = _PX * _FINE
    image = Image.new("L", (fine, fine))
    font = ImageFont.load_default(size=float(random.uniform(19, 24) * _FINE))
    x, y = (float(v) for v in fine / 2 + random.uniform(-1, 1, 2) * _FINE)
    ImageDraw.Draw(image).text((x, y), which, fill=255, font=font, anchor="mm")
    return np.asarray(image.resize((_PX, _PX), Image.Resampling.BOX))


def in_quarters(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A picture (H, W, 3) with its quarters changed about, none where it was."""
    half = len(image) // 2
    corners = [(slice(0, half), slice(half, None))[k] for k in (0, 1)]
    places = list(itertools.product(corners, corners))
    order = np.arange(4)
    while (order == np.arange(4)).any():
        order = random.permutation(4)
    shuffled = np.empty_like(image)
    for place, source in zip(places, order, strict=True):
        shuffled[place] = image[places[source]]
    return shuffled


def _line(points: np.ndarray) -> np.ndarray:
    """A line through points (K, 2), as thick as those of the digits."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (_PX * _FINE,) * 2)
    path = [(float(x) * _FINE, float(y) * _FINE) for x, y in points]
    ImageDraw.Draw(image).line(path, fill=255, width=int(2.5 * _FINE), joint="curve")
    return np.asarray(image.resize((_PX, _PX), Image.Resampling.BOX))


def _painted(strokes: np.ndarray, concepts: Sequence[datasets.Concept]) -> np.ndarray:
    inks, papers = (
        np.array([datasets.PALETTE[colour] for colour in colours])
        for colours in ([c.ink for c in concepts], [c.paper for c in concepts])
    )
    return datasets.paint(strokes, inks, papers)


def _real(concepts: Sequence[datasets.Concept]) -> np.ndarray | None:
    """A real test digit of each concept; None where they are not at hand."""
    try:
        strokes, labels = datasets.mnist("test")
    except datasets.DataMissing:
        return None
    order = np.random.default_rng(SEED).permutation(len(strokes))
    of_digit = {d: itertools.cycle(order[labels[order] == d]) for d in range(10)}
    chosen = [next(of_digit[c.digit]) for c in concepts]
    return _painted(strokes[chosen], concepts)


# Looks


@dataclass(slots=True)
class _Seen:
    """What the VAE made of pictures, one figure a picture."""

    strangeness: list[float] = field(default_factory=list)
    rmse: list[float] = field(default_factory=list)
    restored: list[float] = field(default_factory=list)
    code: int = 0

    def add(self, image: np.ndarray, step: LookStep) -> None:
        """One more picture (H, W, 3) uint8."""
        self.strangeness.append(step.figures["strangeness"])
        self.rmse.append(step.figures["rmse"])
        spread = float(np.square(image / 255 - (image / 255).mean((0, 1))).mean())
        self.restored.append(1 - step.figures["rmse"] ** 2 / spread)
        self.code = len(step.arrays["code"])


def _look_at(
    lab: Lab, images: np.ndarray, before: float, total: float
) -> Generator[Progress, None, _Seen]:
    seen, doing = _Seen(), f"{lab.specs[VAE].name} looks"
    yield Progress(before, total, doing)
    for i, steps in enumerate(lab.steps(_recipes(lab, images))):
        last = steps[-1]
        assert isinstance(last, LookStep)
        seen.add(images[i], last)
        yield Progress(before + i + 1, total, doing)
    return seen


def _recipes(lab: Lab, images: np.ndarray) -> Iterator[Recipe]:
    for image in images:
        options = {"picture": _encoded(image)}
        yield make_recipe(lab.specs[VAE], task="look", options=options, seed=SEED)


def _encoded(image: np.ndarray) -> str:
    """A picture as an option of a recipe."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def _numbers(found: Mapping[str, _Seen]) -> Iterator[Number]:
    family, _ = named(VAE)
    strange = {name: np.array(seen.strangeness) for name, seen in found.items()}
    usual = strange["digits"]
    odd = np.concatenate([strange[name] for name in OTHERS])
    yield Number("auc", "All other drawings", area_under_roc(usual, odd), family)
    for name, label in OTHERS.items():
        yield Number(f"auc_{name}", label, area_under_roc(usual, strange[name]), family)
    restored = mean(np.array(found["digits"].restored)).of("share")
    label = "Digits: share of the differences within a picture that comes back"
    yield Number("restored", label, restored, family, shown=False)
    for name, label in (("digits", "Digits"), *OTHERS.items()):
        said = f"{label}: error of a pixel, root of the mean square, of 1"
        error = mean(np.array(found[name].rmse))
        yield Number(f"rmse_{name}", said, error, family, shown=False)
    code, n = found["digits"].code + _LABEL_BYTES, len(usual)
    for name, label, value in (
        ("code_bytes", "Code, a byte for each number and two for the label", code),
        ("picture_bytes", "Picture, a byte for each value", datasets.IMAGE_PX**2 * 3),
    ):
        yield Number(name, label, Metric(value, value, value, n, "count"), family, shown=False)
