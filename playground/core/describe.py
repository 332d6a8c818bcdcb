"""What recipes ask for, in words."""

from __future__ import annotations

from models.datasets import Concept


def concept_words(concept: Concept) -> str:
    """A concept as people say it in passing: red 7 on black."""
    return f"{concept.ink} {concept.digit} on {concept.paper}"
