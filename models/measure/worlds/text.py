"""Text models: bits per character on text they never saw, and the names they invent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from models import checkpoint, datasets
from models.base import ModelSpec, TokenStep
from models.measure.drawing import groups
from models.measure.finding import Exhibit, Finding
from models.measure.metric import mean, ratio, share
from models.recipe import make_recipe

NAMES_INVENTED = 200
PASSAGE_CHARACTERS = 80
_TEMPERATURE = 0.8
_LONGEST_NAME = 80
_DEPENDENT_CHARACTERS = 1_000
_SHAKESPEARE = {"tiny Shakespeare, last 10 %": datasets.SHAKESPEARE_SHA256}
_EMOJI = {"names of the emoji, every tenth": datasets.EMOJI_SHA256}


@dataclass(frozen=True, slots=True)
class Window:
    """How many characters are read in one go, and how many of them, at the end, are scored."""

    length: int
    scored: int

    @property
    def before(self) -> int:
        """How many characters stand before every scored one, where they exist."""
        return self.length - self.scored


ENDLESS = Window(1_024, 512)  # for models whose memory has no fixed length


def window_of(spec: ModelSpec) -> Window:
    """A model's whole context, of which the last quarter is scored."""
    context = checkpoint.read_config(checkpoint.folder(spec.source)).get("n_positions")
    return Window(context, context // 4) if context else ENDLESS


def measure_shakespeare(adapter: Any) -> Iterator[Finding]:
    """Bits per character over the whole validation split."""
    text, window = datasets.shakespeare()[1], window_of(adapter.spec)
    bits = bits_of_characters(adapter, text, window)
    yield Finding(
        {"bits_per_character": mean(bits, _DEPENDENT_CHARACTERS)},
        _SHAKESPEARE,
        f"Every character of the validation split once, at least {window.before} characters "
        "before it where they exist.",
        (worst_passage(text, bits),),
    )


def measure_names(adapter: Any) -> Iterator[Finding]:
    """Bits per character of names kept for testing, and how many invented names are new."""
    yield _names_scored(adapter)
    yield _names_invented(adapter)


def bits_of_characters(adapter: Any, text: str, window: Window) -> np.ndarray:
    """Surprise of each character of `text`, (N,) bits.

    The text is cut into overlapping windows. Of each only the end is scored (of the first
    everything), so every character is scored once, with `window.before` characters before it
    where they exist.
    """
    tokens = torch.tensor([adapter.start, *adapter.encode(text)])
    starts = range(0, max(1, len(text) - window.before), window.scored)
    windows = [tokens[i : i + window.length + 1] for i in starts]
    *whole, final = windows
    bar = tqdm(list(groups(whole, 16)), desc="text", mininterval=1)
    bits = [_bits(adapter, torch.stack(list(group))) for group in bar]
    bits.append(_bits(adapter, final[None]))
    first = bits[0][0, : window.before]
    return np.concatenate([first, *(b[:, window.before :].ravel() for b in bits)])


def bits_of_names(adapter: Any, names: Sequence[str]) -> list[np.ndarray]:
    """Surprise of each character of each name and of the line's end behind it, in bits."""
    coded = [[adapter.start, *adapter.encode(name + "\n")] for name in names]
    longest = max(map(len, coded))
    padded = torch.tensor([tokens + [0] * (longest - len(tokens)) for tokens in coded])
    rows = _bits(adapter, padded)
    return [row[: len(tokens) - 1] for row, tokens in zip(rows, coded, strict=True)]


def worst_passage(text: str, bits: np.ndarray) -> Exhibit:
    """The characters in a row that surprised a model most."""
    length = min(PASSAGE_CHARACTERS, len(text))
    sums = np.convolve(bits, np.ones(length), "valid")
    place = int(sums.argmax())
    title = f"The {length} characters in a row that surprised it most"
    return Exhibit(
        f"{title}: {sums[place] / length:.1f} bits each", (text[place : place + length],)
    )


def write_lines(adapter: Any, seeds: Sequence[int]) -> list[str]:
    """What the model writes from nothing up to the first end of a line, one text for each seed."""
    options = {"temperature": _TEMPERATURE, "length": _LONGEST_NAME}
    states = [
        adapter.begin(make_recipe(adapter.spec, options=options, seed=seed)) for seed in seeds
    ]
    lines = ["" for _ in seeds]
    writing = list(range(len(seeds)))
    while writing:
        steps = adapter.advance([states[i] for i in writing])
        for i, step in zip(list(writing), steps, strict=True):
            assert isinstance(step, TokenStep)
            lines[i] += step.text
            if step.last or "\n" in step.text:
                writing.remove(i)
                adapter.end(states[i])
    return [line.partition("\n")[0] for line in lines]


def _bits(adapter: Any, tokens: torch.Tensor) -> np.ndarray:
    """Bits (B, T) of tokens[:, 1:], given tokens (B, T + 1)."""
    log_probabilities = adapter.logits_of(tokens[:, :-1]).float().cpu().log_softmax(-1)
    drawn = log_probabilities.gather(-1, tokens[:, 1:, None])[..., 0]
    bits: np.ndarray = (-drawn / np.log(2)).numpy()
    return bits


def _names_scored(adapter: Any) -> Finding:
    names = datasets.emoji_names("test")
    bits = bits_of_names(adapter, names)
    sums, lengths = (np.array([f(row) for row in bits]) for f in (np.sum, len))
    worst = np.argsort(-sums / lengths, kind="stable")[:10]
    return Finding(
        {"bits_per_character": ratio(sums, lengths)},
        _EMOJI,
        f"{len(names)} names that it never read, each from its beginning, the end of the line "
        "counted as a character.",
        (
            Exhibit(
                "The unseen names that surprised it most, with bits per character",
                tuple(f"{names[i]}  {sums[i] / lengths[i]:.1f}" for i in worst),
            ),
        ),
    )


def _names_invented(adapter: Any) -> Finding:
    real = set(datasets.emoji()[1])
    invented = write_lines(adapter, range(NAMES_INVENTED))
    return Finding(
        {"new_names": share(bool(name) and name not in real for name in invented)},
        {"names of all emoji": datasets.EMOJI_SHA256},
        f"Names invented at temperature {_TEMPERATURE} from seeds 0 to {NAMES_INVENTED - 1}.",
        (Exhibit("The first names it invented, as they came", tuple(invented[:20])),),
    )
