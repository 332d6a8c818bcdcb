"""What the browser does with what a form asks for: it has it carried out, and takes the events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from playground.core.follow import Keep
from playground.server import live

Event = dict[str, Any]


def stream(
    services: Any, plan: Mapping[str, Any], visitor: str = "visitor", keep: Keep | None = None
) -> Iterator[tuple[str, Event]]:
    """Each event with the card that it is for, as they come; closing it is leaving the page."""
    runs = [run for run in plan["runs"] if "recipe" in run]
    for run in plan["runs"]:
        if "refused" in run:
            yield run["card"], {"fail": {"sentence": run["refused"], "again": False}}
    if not runs:
        return
    body = {"visitor": visitor, "candidates": 0, "runs": [run["recipe"] for run in runs]}
    lines = live._lines(services, live._read(services, body | _fetched(plan)), keep)
    try:
        for part in lines:
            for line in part.splitlines():
                number, event = json.loads(line)
                yield runs[number]["card"], event
    finally:
        lines.close()  # type: ignore[attr-defined]


def _fetched(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {"fetch": plan["fetch"]} if plan.get("fetch") else {}


def carry_out(
    services: Any, plan: Mapping[str, Any], keep: Keep | None = None
) -> dict[str, list[Event]]:
    """All events of every card, in order."""
    found: dict[str, list[Event]] = {run["card"]: [] for run in plan["runs"]}
    for card, event in stream(services, plan, keep=keep):
        found[card].append(event)
    return found


def of_kind(events: list[Event], kind: str) -> list[Any]:
    """What the events of one kind hold."""
    return [event[kind] for event in events if kind in event]


def text(events: list[Event]) -> str:
    """What a model has written."""
    return "".join(row[0] for rows in of_kind(events, "letters") for row in rows)


def arrival(services: Any, model: str, visitor: str = "visitor") -> Iterator[Event]:
    """The events of a model that is let arrive, and of nothing else."""
    asked = live._read(services, {"visitor": visitor, "fetch": model})
    lines = live._lines(services, asked, None)
    try:
        for part in lines:
            for line in part.splitlines():
                yield json.loads(line)[1]
    finally:
        lines.close()  # type: ignore[attr-defined]
