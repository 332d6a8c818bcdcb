"""Models that the operator adds: `PLAYGROUND_MODELS`, the path of a JSON file, or the JSON itself.

It is a list of entries. An entry of two fields names the commit of a model that `hub_catalogue.py`
could not confirm; `files` may be added where they differ at that commit:

    {"id": "sd_small", "revision": "<40 hex digits>"}

Any other entry is a whole model of an architecture that is known here, from any repository:

    {"id": "my_gpt", "title": "Mine · what it has read", "adapter": "models.adapters.gpt2:Gpt2",
     "source": "owner/name", "revision": "<40 hex digits>", "licence": "MIT",
     "parameters": 124439808,
     "files": [{"path": "model.safetensors", "size_bytes": 548105171, "sha256": "<64 hex digits>"},
               {"path": "config.json", ...}, {"path": "vocab.json", ...},
               {"path": "merges.txt", ...}]}

`paper` and `memory_bytes` may be added, and `"turbo": true` for a pipeline that was distilled to
draw in one to four steps without guidance. A file of another repository has its own `repository`
and `revision`. Nothing but safetensors, JSON and text is ever fetched, and no code.

Whatever is wrong raises a ValueError that names the entry and the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models import hub_catalogue
from models.base import HubFile, ModelSpec
from models.options import WRITING

VARIABLE = "PLAYGROUND_MODELS"

_ID = (re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*"), "snake_case, such as my_gpt")
_REPOSITORY = (re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII), "a repository, owner/name")
_COMMIT = (re.compile(r"[0-9a-f]{40}"), "a commit of 40 hex digits")
_SHA256 = (re.compile(r"[0-9a-f]{64}"), "a SHA-256 of 64 hex digits")
_PATH = (
    re.compile(r"([\w-][\w.-]*/)*[\w-][\w.-]*\.(safetensors|json|txt)", re.ASCII),
    "a plain path that ends in .safetensors, .json or .txt",
)
_WORDS = (re.compile(r"[^\n\r]{1,200}"), "one line of 1 to 200 characters")

_NAMING = frozenset({"id", "revision", "files"})
_WHOLE = _NAMING | {
    "title", "adapter", "source", "licence", "paper", "parameters", "memory_bytes", "turbo"
}  # fmt: skip
_FILE = frozenset({"path", "size_bytes", "sha256", "repository", "revision"})

_NEEDED = {
    hub_catalogue.TEXT_ADAPTER: ("model.safetensors", "config.json", "vocab.json", "merges.txt"),
    hub_catalogue.IMAGE_ADAPTER: (
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "text_encoder/config.json",
        "text_encoder/*.safetensors",
        "unet/config.json",
        "unet/*.safetensors",
    ),
}
"""By adapter, what a model cannot be without."""


@dataclass(frozen=True, slots=True)
class _Fields:
    """A JSON object whose complaints say which entry and which field they are about."""

    values: Mapping[str, object]
    place: str  # "entry 2 (my_gpt)"

    @classmethod
    def of(cls, value: object, place: str, known: Collection[str]) -> _Fields:
        if not isinstance(value, dict):
            raise ValueError(f"{VARIABLE}, {place}: must be an object.")
        fields = cls(value, place)
        for name in value:
            if name not in known:
                raise fields.wrong(name, f"is not known here; known are {', '.join(sorted(known))}")
        return fields

    def wrong(self, field: str, complaint: str) -> ValueError:
        """What is raised about one field."""
        return ValueError(f"{VARIABLE}, {self.place}, field “{field}”: {complaint}.")

    def text(
        self, field: str, kind: tuple[re.Pattern[str], str], default: str | None = None
    ) -> str:
        """A string that matches a whole pattern."""
        value = self.values.get(field, default)
        pattern, words = kind
        if value is not None and value == default:
            return str(value)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.wrong(field, f"must be {words}")
        return value

    def number(self, field: str, default: int | None = None) -> int:
        """A whole number above 0."""
        value = self.values.get(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.wrong(field, "must be a whole number above 0")
        return value

    def flag(self, field: str) -> bool:
        """True or false; false when it is left out."""
        value = self.values.get(field, False)
        if not isinstance(value, bool):
            raise self.wrong(field, "must be true or false")
        return value


def read(
    setting: str, offered: Mapping[str, ModelSpec], shipped: Collection[str] = ()
) -> dict[str, ModelSpec]:
    """The models of a setting by id: `offered` ones with their commit, and whole new ones.

    Args:
        setting: the value of `PLAYGROUND_MODELS`; "" for none.
        offered: the hub's models of the catalogue; those without a commit may be given one.
        shipped: ids that are taken besides.

    Raises:
        ValueError: naming the entry and the field that is wrong.
    """
    entries = _entries(setting)
    added: dict[str, ModelSpec] = {}
    for number, entry in enumerate(entries, start=1):
        model = _model(entry, f"entry {number}", offered, {*shipped, *added})
        added[model.id] = model
    return added


def _entries(setting: str) -> Iterable[object]:
    """The list in a file or in the setting itself."""
    text = setting.strip()
    if not text:
        return ()
    try:
        if not text.startswith(("[", "{")):
            text = Path(text).expanduser().read_text(encoding="utf-8")
        entries = json.loads(text)
    except OSError as error:
        raise ValueError(f"{VARIABLE}: the file cannot be read ({error}).") from None
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: this is not JSON ({error}).") from None
    if not isinstance(entries, list):
        raise ValueError(f"{VARIABLE}: must be a list of entries.")
    return entries


def _model(
    entry: object, place: str, offered: Mapping[str, ModelSpec], taken: Collection[str]
) -> ModelSpec:
    fields = _Fields.of(entry, place, _WHOLE)
    model_id = fields.text("id", _ID)
    place = f"{place} ({model_id})"
    fields = replace(fields, place=place)
    if model_id in taken:
        raise fields.wrong("id", "is the id of a shipped model or of an entry before")
    if model_id in offered:
        return _named(_Fields.of(entry, place, _NAMING), offered[model_id])
    return _whole(fields, model_id)


def _named(fields: _Fields, model: ModelSpec) -> ModelSpec:
    """A model of the catalogue at the operator's commit."""
    if model.revision:
        raise fields.wrong("revision", f"the catalogue knows it already, {model.revision}")
    revision = fields.text("revision", _COMMIT)
    files = _files(fields, model.adapter) if "files" in fields.values else model.files
    return replace(model, revision=revision, files=files)


def _whole(fields: _Fields, model_id: str) -> ModelSpec:
    """A new model of a known architecture."""
    adapter = fields.values.get("adapter")
    if not isinstance(adapter, str) or adapter not in _NEEDED:
        raise fields.wrong("adapter", f"must be one of {', '.join(_NEEDED)}")
    draws, turbo = adapter == hub_catalogue.IMAGE_ADAPTER, fields.flag("turbo")
    if turbo and not draws:
        raise fields.wrong("turbo", "is for models that draw")
    parameters = fields.number("parameters")
    drawing = hub_catalogue.TURBO_DRAWING if turbo else hub_catalogue.DRAWING
    return ModelSpec(
        id=model_id,
        title=fields.text("title", _WORDS),
        family="diffusion" if draws else "transformer",
        kind="image" if draws else "text",
        adapter=adapter,
        source=fields.text("source", _REPOSITORY),
        revision=fields.text("revision", _COMMIT),
        licence=fields.text("licence", _WORDS),
        paper=fields.text("paper", _WORDS, default=""),
        parameters=parameters,
        memory_bytes=fields.number("memory_bytes", hub_catalogue.picture_bytes(parameters)),
        can=frozenset({"prompt"} if draws else {"prompt", "score"}),
        controls=drawing if draws else WRITING,
        files=_files(fields, adapter),
    )


def _files(fields: _Fields, adapter: str) -> tuple[HubFile, ...]:
    """The files of an entry; complete, as far as names can tell."""
    rows = fields.values.get("files")
    if not isinstance(rows, list) or not rows:
        raise fields.wrong("files", "must be a list of files")
    files = tuple(
        _file(_Fields.of(row, f"{fields.place}, file {number}", _FILE))
        for number, row in enumerate(rows, start=1)
    )
    paths = [(file.repository, file.path) for file in files]
    if twice := {path for repository, path in paths if paths.count((repository, path)) > 1}:
        raise fields.wrong("files", f"holds twice {', '.join(sorted(twice))}")
    for needed in _NEEDED[adapter]:
        if not any(_is(file.path, needed) for file in files):
            raise fields.wrong("files", f"lacks {needed}")
    return files


def _is(path: str, needed: str) -> bool:
    """Whether a path is the needed one, or lies in its folder with its suffix."""
    folder, star, suffix = needed.partition("*")
    return path.startswith(folder) and path.endswith(suffix) if star else path == needed


def _file(fields: _Fields) -> HubFile:
    repository = fields.text("repository", _REPOSITORY, default="")
    revision = fields.text("revision", _COMMIT, default="")
    if bool(repository) != bool(revision):
        raise fields.wrong(
            "revision" if repository else "repository",
            "must be given too: a file of another repository has both",
        )
    return HubFile(
        path=fields.text("path", _PATH),
        size_bytes=fields.number("size_bytes"),
        sha256=fields.text("sha256", _SHA256),
        repository=repository,
        revision=revision,
    )
