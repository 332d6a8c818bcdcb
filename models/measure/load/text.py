"""Thirty visitors press Write: when the first letter is there, when the last, and what it costs."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from html import unescape
from typing import Any

import httpx

from models.measure.load import results
from models.measure.load.process import Usage
from models.measure.load.results import Result
from models.measure.load.sessions import Answer, Function, press
from models.measure.metric import Metric

LETTERS = 200
SMALL = ("char_lstm", "gpt2_mini")
_STAGES, _FIGURES = (1, 5), (2, 6)  # places in the outputs of Write, left and right
_TAG = re.compile(r"<[^>]*>")
_TIME = re.compile(r"[\d.,\u2009]+ (?:µs|ms|s|min|h) a letter")
_FAILURE = re.compile(r'<p class="failure"[^>]*>(.*?)</p>', re.DOTALL)


async def write_together(
    client: httpx.AsyncClient, write: Function, seeds: Sequence[int], letters: int = LETTERS
) -> list[Result]:
    """One visitor for each seed, all pressing Write at once."""
    return read_all(await press_together(client, write, seeds, letters), write, seeds, letters)


async def press_together(
    client: httpx.AsyncClient, write: Function, seeds: Sequence[int], letters: int = LETTERS
) -> list[Answer]:
    """The same, still to be read: who reads keeps everybody else in this process waiting."""
    asked = [write.data(text_seed=seed, text_length=letters) for seed in seeds]
    return await asyncio.gather(*[press(client, write, data) for data in asked])


def read_all(
    answers: Sequence[Answer], write: Function, seeds: Sequence[int], letters: int = LETTERS
) -> list[Result]:
    """What each visitor saw."""
    prompt = str(dict(write.fields)["text-prompt"])
    pairs = zip(answers, seeds, strict=True)
    return [read(answer, f"text {seed}", prompt, letters) for answer, seed in pairs]


async def write_once(
    client: httpx.AsyncClient, write: Function, seed: int, letters: int = LETTERS
) -> Result:
    """One visitor lets both models continue the text that the page begins."""
    (result,) = await write_together(client, write, [seed], letters)
    return result


def read(answer: Answer, request: str, prompt: str, letters: int) -> Result:
    """What a visitor saw of two models that write."""
    final = answer.final
    first = next((s for s, shown in answer.frames() if any(_begun(shown, prompt))), None)
    sentence = answer.sentence or _failures(final)
    whole = final is not None and not sentence
    if final is not None and whole:
        whole = all(len(written(final[i], prompt)) == letters for i in _STAGES)
    return Result(
        request,
        _shown(final) if final is not None and whole else None,
        sentence,
        float("nan") if first is None else first - answer.clicked,
        answer.finished_seconds if whole else float("nan"),
    )


def written(stage: str, prompt: str) -> str:
    """The letters of a model behind the prompt that its card begins with."""
    return unescape(_TAG.sub("", stage))[len(prompt) :]


def _begun(shown: Sequence[Any], prompt: str) -> list[bool]:
    stages = [shown[i] for i in _STAGES]
    return ['class="prompt"' in s and bool(written(s, prompt).strip("…\n")) for s in stages]


def _failures(final: Sequence[Any] | None) -> str:
    return " ".join(_FAILURE.findall("".join(final[i] for i in _STAGES))) if final else ""


def _shown(final: Sequence[Any]) -> bytes:
    """Letters with their bars, and the figures but for the times."""
    figures = [_TIME.sub("", final[i]) for i in _FIGURES]
    return json.dumps([*(final[i] for i in _STAGES), *figures]).encode()


def metrics(taken: Sequence[Result], spent: Sequence[tuple[Usage, Usage]]) -> dict[str, Metric]:
    """How long it took 95 % of the clients, and what streaming costs besides the models.

    Args:
        taken: of all rounds.
        spent: the app before and after each round.
    """
    return {
        "first_character_p95_seconds": results.seconds(taken, "first_seconds", 0.95),
        "finished_p95_seconds": results.seconds(taken, "finished_seconds", 0.95),
        "app_cpu_per_client_second": _cost(taken, spent),
    }


def _cost(taken: Sequence[Result], spent: Sequence[tuple[Usage, Usage]]) -> Metric:
    """Seconds of processor outside the engine, for each client and second from click to end."""
    each = len(taken) // len(spent)
    rounds = [taken[i : i + each] for i in range(0, len(taken), each)]
    costs = [
        (after.app_seconds - before.app_seconds)
        / sum(r.finished_seconds for r in round_ if r.shown is not None)
        for (before, after), round_ in zip(spent, rounds, strict=True)
    ]
    return Metric(sum(costs) / len(costs), min(costs), max(costs), len(taken))
