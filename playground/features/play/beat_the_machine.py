"""The lines of "Beat the machine", and what the models are asked for to play along.

The game itself is `beat.js`; all it needs is the recorded part `beat` of the pack: both models'
`score` of every line, that is their favourites before each letter.
"""

from __future__ import annotations

from typing import Any

MODELS = ("char_lstm", "gpt2_mini")
GUESSED = 15
"""So many letters at the end of each line are guessed; those before them are given."""
OPENING = "STEWARD:\nHear me, sir.\n"
"""Stands before every line, so that person and models know what kind of text this is."""
LINES = (
    "The lantern burns, yet no man keeps it lit.",
    "This bargain limps that danced at noon.",
    "My cousin sold his horse to buy a saddle.",
    "Who taught the miller's goose to read?",
    "Pour me no wine, my troubles can swim.",
    "Nay, shall a kettle counsel kings?",
    "They buried winter, and up it rose.",
    "Good sexton, dig; the hour is soft as clay.",
)
"""Written for this game in the manner of old plays. Only the first letter, which is given, is a
capital one, so that a guess need not say which case it means."""


def requests() -> dict[str, dict[str, Any]]:
    """What the pack records: every line as each model reads it, under `<model>-<number>`."""
    return {
        f"{model}-{number}": {"task": "score", "model": model, "prompt": OPENING + line}
        for model in MODELS
        for number, line in enumerate(LINES)
    }
