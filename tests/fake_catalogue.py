"""The whole catalogue with pretended models: quick, deterministic, and pleasant to look at.

They go through the real pool and the real engine under the real ids, so that the page behaves as
with trained weights. Faults are ordered in the prompt, as in `fake_adapters.py`.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models import checkpoint
from models.base import Candidates, ImageStep, LookStep, ModelSpec, Recipe, TokenStep
from models.catalog import JUDGES
from models.catalog import SPECS as CATALOGUE
from models.datasets import ALPHABET, DIGIT_WORDS, EMOJI_ALPHABET, PALETTE, concepts, split_words
from models.hub_catalogue import SPECS as ORIGINALS
from playground.web import emoji_names
from tests.fake_adapters import Fake, FakeState
from tests.hub_server import REPOSITORY, Hub

TEXT = """that I were a glove upon that hand,
That I might touch that cheek! She speaks:
O, speak again, bright angel! for thou art
As glorious to this night, being o'er my head
As is a winged messenger of heaven
Unto the white-upturned wondering eyes
Of mortals that fall back to gaze on him.

JULIET:
What's in a name? that which we call a rose
By any other name would smell as sweet;
"""
NAMES = ("cow", "blue heart", "face with tears of joy", "cat with tears of joy", "red rose")
"""Of emoji that exist, as a folder of weights would name them."""
INVENTED = ("owl heart", "cow", "blue moon face")
LETTER_SECONDS = 0.006
STEP_SECONDS = 0.03
_SIZE_PX = 32


class PretendText(Fake):
    """Goes on after anything in one well-known scene, each letter a little surprising."""

    length_option = "length"

    def begin(self, recipe: Recipe) -> FakeState:
        """Take a little time for each letter."""
        state = super().begin(recipe)
        state.faults.setdefault("delay", LETTER_SECONDS)
        if recipe.task == "score":
            unknown = sorted(set(recipe.prompt) - set(ALPHABET))
            if unknown:
                raise ValueError(f"This model cannot read: {', '.join(unknown)}.")
            state.total = len(recipe.prompt)
        return state

    def make_step(self, state: FakeState) -> TokenStep:
        """The next letter of the scene, from a place that the seed decides; or as it is given."""
        letter = TEXT[(state.recipe.seed * 37 + state.index) % len(TEXT)]
        if state.recipe.task == "score":
            letter = state.recipe.prompt[state.index]
        rng = random.Random(f"{state.recipe.key} {state.index}")
        logits = np.array([rng.gauss(0, 1) for _ in ALPHABET])
        logits[ALPHABET.index(letter)] = rng.gauss(5, 2.5)
        order = np.argsort(-logits)
        log_normaliser = float(np.log(np.exp(logits).sum()))
        p = np.exp(logits - log_normaliser)
        token_id = ALPHABET.index(letter)
        return TokenStep(
            index=state.index,
            last=state.index == state.total - 1,
            token_id=token_id,
            text=letter,
            probability=float(p[token_id]),
            drawn_probability=float(p[token_id]),
            entropy_bits=float(-(p * np.log2(p)).sum()),
            rank=int(np.flatnonzero(order == token_id)[0]),
            top=Candidates(order, logits[order], log_normaliser, ALPHABET),
            seconds=LETTER_SECONDS,
        )


class PretendReader(PretendText):
    """Reads only the 65 characters of its book."""

    def begin(self, recipe: Recipe) -> FakeState:
        """Name what it cannot read."""
        unknown = sorted(set(recipe.prompt) - set(ALPHABET) - set("=0123456789"))
        if unknown:
            names = ", ".join(f"“{character}”" for character in unknown)
            raise ValueError(f"This model has never seen {names}: its book has 65 characters.")
        return super().begin(recipe)


class PretendNamer(PretendText):
    """Writes one of three names, and ends with the new line behind it."""

    def begin(self, recipe: Recipe) -> FakeState:
        """As many steps as the name has letters, and one for its end."""
        state = super().begin(recipe)
        state.total = min(state.total, len(self._name(recipe)) + 1)
        return state

    def make_step(self, state: FakeState) -> TokenStep:
        """The next letter of the name; nothing where it ends."""
        letter = (self._name(state.recipe) + "\n")[state.index]
        step = super().make_step(state)
        token_id = EMOJI_ALPHABET.index(letter)
        return replace(step, token_id=token_id, text=letter.strip("\n"))

    def _name(self, recipe: Recipe) -> str:
        return INVENTED[recipe.seed % len(INVENTED)]


class PretendPainter(Fake):
    """Draws the digit of its labels at once."""

    length_option = "count"

    def begin(self, recipe: Recipe) -> FakeState:
        """One step, whatever the number of pictures."""
        state = super().begin(recipe)
        state.total = int(dict(recipe.options).get("steps", 1))
        state.faults.setdefault("delay", STEP_SECONDS)
        return state

    def make_step(self, state: FakeState) -> ImageStep:
        """Clearer with every step."""
        done = (state.index + 1) / state.total
        pictures = tuple(
            self.picture(state.recipe, done, [state.recipe.seed, number])
            for number in range(_pictures(state.recipe))
        )
        label = f"step {state.index + 1} of {state.total}"
        last = state.index == state.total - 1
        return ImageStep(state.index, state.total, last, pictures, label, seconds=STEP_SECONDS)

    def picture(self, recipe: Recipe, done: float, seed: list[int]) -> Image.Image:
        """One picture, so far done."""
        return _digit(*self.asked(recipe), done, seed)

    def asked(self, recipe: Recipe) -> tuple[int, str, str]:
        """Digit, ink and paper, from the labels."""
        return recipe.integer("digit"), str(recipe.option("ink")), str(recipe.option("paper"))


def _pictures(recipe: Recipe) -> int:
    """How many pictures a recipe is about."""
    if recipe.task == "walk":
        return recipe.integer("frames")
    return 1 if recipe.task == "plane" else recipe.integer("count")


class PretendDiffusion(PretendPainter):
    """Draws what it can make out in the words, step by step."""

    def asked(self, recipe: Recipe) -> tuple[int, str, str]:
        """Digit, ink and paper, from the words."""
        words = split_words(recipe.prompt)
        digits = [DIGIT_WORDS.index(word) for word in words if word in DIGIT_WORDS]
        colours = [word for word in words if word in PALETTE]
        ink, paper, *_ = itertools.chain(colours, ("white", "black"))
        return (digits or [0])[0], ink, paper


class PretendPhoto(PretendDiffusion):
    """Draws as large as the originals do; a prompt about a ghost is held back."""

    def make_step(self, state: FakeState) -> ImageStep:
        """As the safety checker of an original would say it."""
        step = super().make_step(state)
        if step.last and "ghost" in state.recipe.prompt:
            blank = tuple(Image.new("RGB", image.size, "grey") for image in step.images)
            return replace(step, images=blank, label="picture 1 was held back", held_back=(0,))
        return step

    def picture(self, recipe: Recipe, done: float, seed: list[int]) -> Image.Image:
        """One picture, so far done."""
        return super().picture(recipe, done, seed).resize((512, 512), Image.Resampling.BICUBIC)


class PretendSeer(PretendPainter):
    """Draws, and finds a picture the stranger the brighter it is."""

    def make_step(self, state: FakeState) -> Any:
        """A look at the picture that is given, else a drawing."""
        recipe = state.recipe
        if recipe.task != "look":
            return super().make_step(state)
        seen = _given(recipe)
        bright = float(np.asarray(seen, np.float32).mean()) / 255
        figures = {"strangeness": 100 * bright, "rmse": bright / 10, "error_white": 0.25}
        figures |= {"realness": 0.5 - bright, "percentile": bright, "percentile_n": 1000.0}
        code = np.zeros(32, np.float32)
        code.flags.writeable = False
        return LookStep(
            0,
            1,
            True,
            "a red seven on black",
            images={"kept": seen, "error": Image.new("RGB", seen.size)},
            figures=figures,
            arrays={"code": code},
        )


def _given(recipe: Recipe) -> Image.Image:
    """The picture that a recipe is about."""
    content = base64.b64decode(str(recipe.option("picture")))
    if not content:
        raise ValueError("There is no picture to look at: draw one, or choose a file.")
    return Image.open(io.BytesIO(content)).convert("RGB")


class PretendJudge(Fake):
    """Sees the same in every picture."""

    length_option = "picture"

    def begin(self, recipe: Recipe) -> FakeState:
        """Read the picture."""
        _given(recipe)
        return FakeState(recipe, {}, 1)

    def advance(self, states: Sequence[FakeState]) -> list[Any]:
        """One look each."""
        return [self.make_step(state) for state in states]

    def make_step(self, state: FakeState) -> Any:
        """Five captions, one of them for sure."""
        shares = (0.9, 0.05, 0.03, 0.01, 0.002)
        figures = {c.caption: p for c, p in zip(concepts(), shares, strict=False)}
        return LookStep(0, 1, True, figures=figures)

    def end(self, state: FakeState) -> None:
        """Nothing to free."""


class PretendEmoji(PretendPainter):
    """Draws a face whose looks the model, its words, if it is given any, and the seed decide."""

    def picture(self, recipe: Recipe, done: float, seed: list[int]) -> Image.Image:
        """One picture, so far done."""
        return _face(recipe.model + recipe.prompt, done, seed)


def _face(words: str, done: float, seed: list[int]) -> Image.Image:
    looks, rng = random.Random(f"{words} {seed}"), np.random.default_rng(seed)
    face = Image.new("RGB", (_SIZE_PX, _SIZE_PX), "white")
    pen = ImageDraw.Draw(face)
    pen.ellipse((2, 2, 29, 29), fill=looks.choice(list(PALETTE.values())[:6]))
    for x in (10, 21):
        pen.ellipse((x - 2, 10, x + 2, 10 + looks.randint(2, 6)), fill=PALETTE["black"])
    pen.arc((9, 12, 22, 24), *looks.choice(((10, 170), (190, 350))), fill=PALETTE["black"], width=2)
    noise = rng.normal(0, 90 * (1 - done) + 1, (_SIZE_PX, _SIZE_PX, 3))
    pixels = np.asarray(face, np.float32) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGB")


def _digit(digit: int, ink: str, paper: str, done: float, seed: list[int]) -> Image.Image:
    rng = np.random.default_rng(seed)
    stroke = Image.new("L", (_SIZE_PX, _SIZE_PX))
    place = tuple(8 + rng.integers(-3, 4, 2))
    font = ImageFont.load_default(size=24 + int(rng.integers(-3, 4)))
    ImageDraw.Draw(stroke).text((place[0], place[1] - 8), str(digit), fill=255, font=font)
    alpha = np.asarray(stroke, np.float32)[..., None] / 255 * done
    colours = (np.array(PALETTE[name], np.float32) for name in (ink, paper))
    inked, plain = colours
    noise = rng.normal(0, 90 * (1 - done) + 4, (_SIZE_PX, _SIZE_PX, 3))
    pixels = plain * (1 - alpha) + inked * alpha + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGB")


_ADAPTERS = {
    ("lstm", "shakespeare"): "tests.fake_catalogue:PretendReader",
    ("lstm", "emoji"): "tests.fake_catalogue:PretendNamer",
    ("transformer", "shakespeare"): "tests.fake_catalogue:PretendText",
    ("gan", "digits"): "tests.fake_catalogue:PretendSeer",
    ("gan", "emoji"): "tests.fake_catalogue:PretendEmoji",
    ("vae", "digits"): "tests.fake_catalogue:PretendSeer",
    ("vae", "emoji"): "tests.fake_catalogue:PretendEmoji",
    ("diffusion", "digits"): "tests.fake_catalogue:PretendDiffusion",
    ("contrastive", "digits"): "tests.fake_catalogue:PretendJudge",
    ("diffusion", "emoji"): "tests.fake_catalogue:PretendEmoji",
}

SPECS: Mapping[str, ModelSpec] = {
    spec.id: replace(
        spec,
        adapter=_ADAPTERS[spec.family, spec.world],
        revision=f"fa4e{number:08d}",
        parameters=spec.parameters or 2_000_000,
    )
    for number, spec in enumerate((*CATALOGUE, *JUDGES))
    if (spec.family, spec.world) in _ADAPTERS
}


_HUB_ADAPTERS = {
    "gpt2": "PretendText",
    "sd_turbo": "PretendPhoto",
    "stable_diffusion": "PretendPhoto",
}


def of_hub(hub: Hub, size_bytes: int = 300_000) -> Mapping[str, ModelSpec]:
    """Models with a file of random bytes each, which a small hub on loopback has."""
    return {
        spec.id: replace(
            spec,
            adapter=f"tests.fake_catalogue:{_HUB_ADAPTERS[spec.id]}",
            source=REPOSITORY,
            revision=hub.commit,
            memory_bytes=size_bytes,
            files=(
                hub.add(f"{spec.id}.safetensors", random.Random(spec.id).randbytes(size_bytes)),
            ),
        )
        for spec in ORIGINALS
        if spec.id in _HUB_ADAPTERS
    }


def leave_snapshots(weights: Path, moments: int = 12) -> None:
    """Put into a folder what trainings leave: names of emoji, and snapshots of every model."""
    for spec in SPECS.values():
        folder = weights / spec.source
        folder.mkdir(parents=True, exist_ok=True)
        facts = [_fact(spec, moment, moments) for moment in range(moments)]
        (folder / checkpoint.SNAPSHOTS_FILE).write_text(json.dumps(facts))
        if spec.kind == "image":
            rows = [_row(spec, (moment + 1) / moments) for moment in range(moments)]
            sheet = Image.fromarray(np.concatenate(rows))
            sheet.save(folder / checkpoint.SHEET_FILE)
    (weights / emoji_names.FILE).write_text(json.dumps(NAMES))


def _fact(spec: ModelSpec, moment: int, moments: int) -> dict[str, object]:
    fact: dict[str, object] = {"step": 2**moment, "seconds": 0.3 * 2**moment, "loss": 4 / 2**moment}
    if spec.kind == "text":
        rng, source = random.Random(spec.id), "\n".join(NAMES) if spec.world == "emoji" else TEXT
        learnt = moment / (moments - 1)
        fact["text"] = "".join(c if rng.random() < learnt else rng.choice(ALPHABET) for c in source)
    return fact


def _row(spec: ModelSpec, done: float) -> np.ndarray:
    """Eight pictures side by side (32, 256, 3)."""
    shown = (
        _face(spec.id, done, [i]) if spec.world == "emoji" else _digit(i, "red", "black", done, [i])
        for i in range(8)
    )
    return np.concatenate([np.asarray(picture) for picture in shown], axis=1)
