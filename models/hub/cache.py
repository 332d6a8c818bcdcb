"""Which files from the hub are on this machine, where, and whether they are right.

Files lie where the ecosystem expects them (`HF_HOME`, `HF_HUB_CACHE`), in the layout of
https://huggingface.co/docs/huggingface_hub/guides/manage-cache: `blobs/` holds contents,
`snapshots/<commit>/` links to them under their names. So a cache filled by other means just works.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from models.base import HubFile, ModelSpec
from models.hub.entry import complaint, pinned
from models.hub.sentences import GO_ON, HubError, size_words

_BLOCK_BYTES = 1 << 20
_hashes: dict[tuple[int, int, int, int], str] = {}  # of files already read, by what they are


def folder(spec: ModelSpec, repository: str = "") -> Path:
    """The snapshot folder that holds a model's files of one repository; by default its own.

    Raises:
        ValueError: when the model has no files from there.
    """
    repository = repository or spec.source
    for file in pinned(spec):
        if file.repository == repository:
            return _snapshot(file)
    raise ValueError(f"{spec.id} has no files from {repository}.")


def is_downloaded(spec: ModelSpec) -> bool:
    """Whether all files are in the cache at the pinned commit with the right size; cheap."""
    return all(map(is_here, pinned(spec)))


def missing_bytes(spec: ModelSpec) -> int:
    """What a download would still have to bring."""
    return sum(_missing_bytes(file) for file in pinned(spec))


def verify(spec: ModelSpec, check: Callable[[], None] = lambda: None) -> None:
    """Compare size and SHA-256 of every file with the catalogue, once a process for each file.

    A wrong file is removed from the cache, so that the next download brings it anew.

    Args:
        check: called after every block; what it raises ends the work.

    Raises:
        HubError: when a file is missing or wrong.
    """
    if said := complaint(spec):
        raise HubError(said)
    for file in pinned(spec):
        link = link_of(file)
        if not link.exists():
            raise HubError(not_downloaded(spec))
        if link.stat().st_size != file.size_bytes or sha256_of(link, check) != file.sha256:
            remove(link)
            raise HubError(
                f"“{file.path}” of {spec.name} was not the file that its authors published: the "
                f"content is another. It was removed; download {spec.name} again. {GO_ON}."
            )


def not_downloaded(spec: ModelSpec) -> str:
    """The sentence for a model that is asked for before it is here."""
    return (
        f"{spec.name} is not downloaded yet. Download it first ({size_words(missing_bytes(spec))})."
    )


def cache_folder() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser()


def repository_folder(file: HubFile) -> Path:
    return cache_folder() / "--".join(["models", *file.repository.split("/")])


def _snapshot(file: HubFile) -> Path:
    return repository_folder(file) / "snapshots" / file.revision


def link_of(file: HubFile) -> Path:
    return _snapshot(file) / file.path


def blob_of(file: HubFile, name: str) -> Path:
    return repository_folder(file) / "blobs" / name


def partial_of(file: HubFile) -> Path:
    return blob_of(file, f"{file.sha256}.incomplete")


def size_of(path: Path) -> int:
    """Bytes of a file; -1 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def is_here(file: HubFile) -> bool:
    return bool(file.revision) and size_of(link_of(file)) == file.size_bytes


def _missing_bytes(file: HubFile) -> int:
    if is_here(file) or size_of(blob_of(file, file.sha256)) == file.size_bytes:
        return 0
    arrived = size_of(partial_of(file))
    return file.size_bytes - (arrived if 0 <= arrived <= file.size_bytes else 0)


def sha256_of(path: Path, check: Callable[[], None]) -> str:
    """The SHA-256 of a file; a file that was read before and has not changed is not read again."""
    about = path.stat()
    key = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
    if key not in _hashes:
        digest, block = hashlib.sha256(), memoryview(bytearray(_BLOCK_BYTES))
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                digest.update(block[:count])
                check()
        _hashes[key] = digest.hexdigest()
    return _hashes[key]


def remove(link: Path) -> None:
    """Take a file out of the cache: its name and, as far as it lies in the cache, its content."""
    cache = cache_folder().resolve()
    content = link.resolve()
    with suppress(OSError):
        link.unlink()
        if cache in content.parents:
            content.unlink(missing_ok=True)
