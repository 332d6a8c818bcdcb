"""Thirty visitors press Write: when the first letter is there, when the last, and what it costs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import httpx

from models.measure.load import results
from models.measure.load.process import Usage
from models.measure.load.results import Result
from models.measure.load.sessions import Carried, Function, carry_out
from models.measure.metric import Metric

LETTERS = 200
SMALL = ("char_lstm", "gpt2_mini")


async def write_together(
    client: httpx.AsyncClient, write: Function, seeds: Sequence[int], letters: int = LETTERS
) -> list[Result]:
    """One visitor for each seed, all pressing Write at once."""
    return read_all(await press_together(client, write, seeds, letters), seeds, letters)


async def press_together(
    client: httpx.AsyncClient, write: Function, seeds: Sequence[int], letters: int = LETTERS
) -> list[Carried]:
    """The same, still to be read: who reads keeps everybody else in this process waiting."""
    asked = [write.data(text_seed=seed, text_length=letters) for seed in seeds]
    return await asyncio.gather(*[carry_out(client, write, data) for data in asked])


def read_all(
    answers: Sequence[Carried], seeds: Sequence[int], letters: int = LETTERS
) -> list[Result]:
    """What each visitor saw."""
    pairs = zip(answers, seeds, strict=True)
    return [read(answer, f"text {seed}", letters) for answer, seed in pairs]


async def write_once(
    client: httpx.AsyncClient, write: Function, seed: int, letters: int = LETTERS
) -> Result:
    """One visitor lets both models continue the text that the page begins."""
    (result,) = await write_together(client, write, [seed], letters)
    return result


def read(answer: Carried, request: str, letters: int) -> Result:
    """What a visitor saw of two models that write."""
    rows: list[list[tuple[str, float, int]]] = [[] for _ in SMALL]
    first: float | None = None
    for seconds, run, event in answer.events():
        if "letters" in event and first is None:
            first = seconds - answer.clicked
        # What a letter took is another time's.
        rows[run] += [(piece, share, rank) for piece, share, rank, _ in event.get("letters", ())]
    whole = not answer.sentence and all(len(run) == letters for run in rows)
    return Result(
        request,
        json.dumps(rows).encode() if whole else None,
        answer.sentence,
        float("nan") if first is None else first,
        answer.finished_seconds if whole else float("nan"),
    )


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
