"""A recipe: everything that determines a result, as plain data with one canonical form."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence

from models import folding
from models.base import VERSION, ModelSpec, Recipe, canonical_json, is_utf8

SEED_LIMIT = 2**32
MAX_PROMPT_CHARACTERS = 10_000
MAX_LINK_BYTES = 6 * 1024
_MAX_UNPACKED_BYTES = 64 * 1024
_DIGEST_LENGTH = 8
_MAX_SHOWN_CHARACTERS = 60
_BEHIND = re.compile(r"(?<=^[0-9a-f]{8})[^0-9A-Za-z].*", re.DOTALL)
"""What follows the digest of a link, where it begins with something else than a letter or digit."""


class NotOffered(ValueError):
    """A recipe is whole, but names a model that is not offered here."""


def make_recipe(
    spec: ModelSpec,
    *,
    task: str = "generate",
    prompt: str = "",
    options: Mapping[str, object] | None = None,
    seed: object = 0,
    weights: str | None = None,
) -> Recipe:
    """Check a request against its model and fill in what it leaves out.

    A prompt stands there in the characters that the model reads, see `folding`: so what is the same
    for people is one recipe, with one result.

    Raises:
        ValueError: with a sentence that says what to change.
    """
    given = dict(options or {})
    controls = (*spec.controls, *spec.inputs.get(task, ()))
    checked = {c.name: c.check(given.pop(c.name, c.default)) for c in controls}
    said = {c.name for c in controls if not (c.unsaid and checked[c.name] == c.default)}
    if given:
        raise ValueError(f"{spec.name} has no option called {', '.join(sorted(given))}.")
    if task == "generate" and spec.kind == "measure":
        raise ValueError(f"{spec.name} looks at pictures and makes none.")
    if task != "generate" and task not in spec.can:
        raise ValueError(f"{spec.name} cannot do “{task}”.")
    if not isinstance(prompt, str) or not is_utf8(prompt):
        raise ValueError("The prompt must be text.")
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise ValueError(f"The prompt is longer than {MAX_PROMPT_CHARACTERS} characters.")
    return Recipe(
        task=task,
        model=spec.id,
        weights=spec.revision if weights is None else weights,
        prompt=folding.fold(prompt, spec.alphabet),
        options=tuple(sorted((name, checked[name]) for name in said)),
        seed=check_seed(seed),
    )


def check_seed(seed: object) -> int:
    """A whole number from 0 to 2³² - 1; ValueError in words otherwise."""
    try:
        number = folding.number(seed)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (0 <= number < SEED_LIMIT and number == int(number)):
        raise ValueError(f"The seed must be a whole number from 0 to {SEED_LIMIT - 1}.")
    return int(number)


def from_dict(data: object, specs: Mapping[str, ModelSpec]) -> Recipe:
    """Read one recipe back.

    Raises:
        NotOffered: when it names a model that this host does not have.
        ValueError: when it is damaged.
    """
    if not isinstance(data, dict) or data.get("v") != VERSION:
        raise ValueError("This recipe is not of a kind this version can read.")
    spec = specs.get(str(data.get("model")))
    if spec is None:
        name = str(data.get("model"))[:_MAX_SHOWN_CHARACTERS]
        raise NotOffered(f"This recipe names a model that is not offered here: {name}.")
    options = data.get("options")
    if not isinstance(options, dict):
        raise ValueError("This recipe has no options.")
    return make_recipe(
        spec,
        task=str(data.get("task", "generate")),
        prompt=data.get("prompt", ""),
        options=options,
        seed=data.get("seed", 0),
        weights=_check_weights(data.get("weights")),
    )


def _check_weights(weights: object) -> str:
    if not isinstance(weights, str) or len(weights) > 64 or not weights.isascii():
        raise ValueError("This recipe does not say which weights it was made with.")
    return weights


def encode_link(recipes: Sequence[Recipe]) -> str:
    """The value of `?recipe=`: base64url(zlib(JSON)) + "." + 8 hex digits of its SHA-256.

    Raises:
        ValueError: when the result would be longer than 6 KB.
    """
    packed = zlib.compress(canonical_json([r.as_dict() for r in recipes]).encode(), 9)
    body = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    link = f"{body}.{_digest(body)}"
    if len(link) > MAX_LINK_BYTES:
        raise ValueError("This page is too long for a link; shorten the prompt.")
    return link


def decode_link(link: str, specs: Mapping[str, ModelSpec]) -> tuple[Recipe, ...]:
    """Read back what `encode_link` wrote; ValueError when it is damaged or too long.

    What a sentence or a chat has put behind it, such as a full stop or a bracket, is no part of it.
    """
    body, _, behind = link.partition(".")
    digest = _BEHIND.sub("", behind)
    if len(body) + len(digest) >= MAX_LINK_BYTES or digest != _digest(body):
        raise ValueError("This link is damaged: part of it is missing or was changed.")
    try:
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        inflater = zlib.decompressobj()
        text = inflater.decompress(packed, _MAX_UNPACKED_BYTES)
        if inflater.unconsumed_tail:
            raise ValueError("too long")
        rows = json.loads(text)
        canonical_json(rows).encode()  # what cannot be written again is nothing of ours
    except (ValueError, RecursionError, zlib.error):
        raise ValueError("This link cannot be read.") from None
    if not isinstance(rows, list) or not rows:
        raise ValueError("This link holds no recipe.")
    return tuple(from_dict(row, specs) for row in rows)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_DIGEST_LENGTH]
