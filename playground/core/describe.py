"""What recipes ask for, in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

from models.base import ModelSpec, Recipe
from models.datasets import Concept, concepts
from models.families import FAMILIES

_TITLE_CHARACTERS = 60
_GOES_ON = " on"

Asked: TypeAlias = Sequence[tuple[ModelSpec, Recipe]]
"""Recipes with their models, at least one."""


def concept_words(concept: Concept) -> str:
    """A concept as people say it in passing: red 7 on black."""
    return f"{concept.ink} {concept.digit} on {concept.paper}"


def title_of(results: Asked) -> str:
    """What a link shows, in one line: "Red 7 on black, drawn by GAN, VAE and Diffusion"."""
    what, by = heading_of(results)
    goes_on = by.endswith(_GOES_ON)
    return f"{by}: {what}" if goes_on else f"{what}, {by}"


def described(results: Asked) -> str:
    """From which seed, and how small the models are."""
    seeds = list(dict.fromkeys(str(recipe.seed) for _, recipe in results))
    models = dict.fromkeys(_sized(spec) for spec, _ in results)
    seed = f"Seed {seeds[0]}" if len(seeds) == 1 else f"Seeds {_listed(seeds)}"
    return f"{seed}. {_listed(list(models))}. Open it to see it being made, and to change it."


def _sized(spec: ModelSpec) -> str:
    if not spec.parameters:
        return _word(spec)
    return f"{_word(spec)} with {spec.parameters / 1e6:.1f} million weights"


def heading_of(results: Asked) -> tuple[str, str]:
    """What it is of, and who made it; pictures go before text."""
    drawn = [(spec, recipe) for spec, recipe in results if spec.kind == "image"]
    words = list(dict.fromkeys(_word(spec) for spec, _ in drawn or results))
    if drawn:
        return _drawn_subject(drawn), f"drawn by {_listed(words)}"
    spec, recipe = results[0]
    prompt = " ".join(recipe.prompt.split())
    if not prompt:
        return (
            f"A new {'name' if spec.world == 'emoji' else 'text'}",
            f"written by {_listed(words)}",
        )
    verb = "goes" if len(words) == 1 else "go"
    return f"{_shortened(prompt).rstrip(' …')} …", f"{_listed(words)} {verb}{_GOES_ON}"


def _drawn_subject(results: Asked) -> str:
    """What was asked for; in the words of those who read words, if there are any."""
    readers = [(s, r) for s, r in results if "prompt" in s.can and r.prompt.strip()]
    subjects = list(dict.fromkeys(subject(s, r) for s, r in readers or results))
    first = subjects[0] or f"whatever seed {results[0][1].seed} gives"
    others = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
    return f"{first[0].upper()}{first[1:]}{others}"


def subject(spec: ModelSpec, recipe: Recipe) -> str:
    """What one recipe for pictures asks for, as people say it; "" when it asks for nothing."""
    options = dict(recipe.options)
    if {"digit", "ink", "paper"} <= options.keys():
        return f"{options['ink']} {options['digit']} on {options['paper']}"
    said = " ".join(recipe.prompt.split())
    if "prompt" not in spec.can or not said:
        return ""
    concept = _captioned().get(said) if spec.world == "digits" else None
    return concept_words(concept) if concept else _shortened(said)


@cache
def _captioned() -> dict[str, Concept]:
    return {concept.caption: concept for concept in concepts()}


def _word(spec: ModelSpec) -> str:
    return FAMILIES[spec.family].word if spec.family in FAMILIES else spec.name


def _listed(words: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _shortened(text: str) -> str:
    """The first words of a text."""
    if len(text) <= _TITLE_CHARACTERS:
        return text
    return f"{text[:_TITLE_CHARACTERS].rsplit(' ', 1)[0].rstrip(' ,.:;')} …"
