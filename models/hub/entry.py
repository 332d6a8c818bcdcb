"""The files of an entry in the catalogue: pinned to commits, and of a kind that is fetched."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from models.base import HubFile, ModelSpec
from models.hub.sentences import GO_ON

_SUFFIXES = frozenset({".safetensors", ".json", ".txt"})  # nothing that could hold code
COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")


def pinned(spec: ModelSpec) -> tuple[HubFile, ...]:
    """The files of a model, each with its repository and commit filled in."""
    return tuple(
        replace(
            file,
            repository=file.repository or spec.source,
            revision=file.revision
            or (spec.revision if file.repository in {"", spec.source} else ""),
        )
        for file in spec.files
    )


def complaint(spec: ModelSpec) -> str:
    """What is wrong with a model's entry in the catalogue; "" if nothing."""
    for file in pinned(spec):
        if not COMMIT.fullmatch(file.revision):
            return (
                f"The exact version of {spec.name} could not be confirmed, so it is offered only "
                f"when whoever runs this playground names the commit. {GO_ON}."
            )
        if not (_is_plain(file.path) and PurePosixPath(file.path).suffix in _SUFFIXES):
            return f"“{file.path}” of {spec.name} is not a kind of file that is ever downloaded."
        if not (_REPOSITORY.fullmatch(file.repository) and _SHA256.fullmatch(file.sha256)):
            return f"The catalogue's entry for “{file.path}” of {spec.name} is not complete."
    return ""


def _is_plain(path: str) -> bool:
    """Whether a path stays inside its folder on every kind of machine."""
    parts = path.split("/")
    return not (set(path) & set('\\:*?"<>|\0')) and not any(
        part in {"", ".", ".."} for part in parts
    )
