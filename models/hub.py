"""Models from the public hub: what of them is here, what arrives, and whether it is right.

Files lie where the ecosystem expects them (`HF_HOME`, `HF_HUB_CACHE`), in the layout of
https://huggingface.co/docs/huggingface_hub/guides/manage-cache: `blobs/` holds contents,
`snapshots/<commit>/` links to them under their names. So a cache filled by other means just works.

huggingface_hub says where files are, who may have them and how to speak with the hub; the bytes are
received here, because its own `hf_hub_download` (2.4) begins every call from nothing, retries a
dead network for half a minute, and cannot be stopped. A file gets its name only after its size and
SHA-256 were found right; until then it is `<sha256>.incomplete`, and goes on where it was left.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import math
import os
import re
import shutil
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias, TypeVar

from models import device
from models.base import HubFile, ModelSpec

logger = logging.getLogger(__name__)

Phase: TypeAlias = Literal["waiting", "downloading", "checking"]
T = TypeVar("T")

HEARTBEAT_SECONDS = 0.2  # with a margin below the promised quarter of a second
_SUFFIXES = frozenset({".safetensors", ".json", ".txt"})  # nothing that could hold code
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 4.0  # for name look-up, connections to several addresses and the answer together
_STALL_SECONDS = 20.0  # without a byte
_RESUMES = 5  # of one file, each after a connection that brought something before it broke
_BREATH_SECONDS = 0.5  # before the next attempt
_RESERVE_BYTES = 100_000_000  # of the disk, left to everybody else
_BLOCK_BYTES = 1 << 20
_WINDOW_SECONDS = 5.0  # over which the shown rate is averaged
_SAMPLE_SECONDS = 0.1
_MEASURABLE_BYTES = 1_000_000  # fewer say more about the way to the hub than about its width
_GO_ON = "The shipped models go on"
_NO_ANSWER = f"The hub did not answer. {_GO_ON}; try again when the network is back."
_SHUT_DOWN = "The playground is being shut down; try again in a minute."

_hashes: dict[tuple[int, int, int, int], str] = {}  # of files already read, by what they are


class HubError(RuntimeError):
    """A model from the hub cannot be had; the message says to the visitor why and what to do."""


class _Stopped(Exception):
    """Nobody wants the download any more."""


class _BrokenError(Exception):
    """The connection ended early; what has arrived is kept."""


# What is here


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
    return all(map(_lies, pinned(spec)))


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
    if complaint := _complaint(spec):
        raise HubError(complaint)
    for file in pinned(spec):
        link = _link(file)
        if not link.exists():
            raise HubError(not_downloaded(spec))
        if link.stat().st_size != file.size_bytes or _sha256(link, check) != file.sha256:
            _remove(link)
            raise HubError(
                f"“{file.path}” of {spec.name} was not the file that its authors published: the "
                f"content is another. It was removed; download {spec.name} again. {_GO_ON}."
            )


def not_downloaded(spec: ModelSpec) -> str:
    """The sentence for a model that is asked for before it is here."""
    return (
        f"{spec.name} is not downloaded yet. Download it first ({size_words(missing_bytes(spec))})."
    )


def _cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser()


def _repository_folder(file: HubFile) -> Path:
    return _cache() / "--".join(["models", *file.repository.split("/")])


def _snapshot(file: HubFile) -> Path:
    return _repository_folder(file) / "snapshots" / file.revision


def _link(file: HubFile) -> Path:
    return _snapshot(file) / file.path


def _blob(file: HubFile, name: str) -> Path:
    return _repository_folder(file) / "blobs" / name


def _partial(file: HubFile) -> Path:
    return _blob(file, f"{file.sha256}.incomplete")


def _size(path: Path) -> int:
    """Bytes of a file; -1 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _lies(file: HubFile) -> bool:
    return bool(file.revision) and _size(_link(file)) == file.size_bytes


def _missing_bytes(file: HubFile) -> int:
    if _lies(file) or _size(_blob(file, file.sha256)) == file.size_bytes:
        return 0
    arrived = _size(_partial(file))
    return file.size_bytes - (arrived if 0 <= arrived <= file.size_bytes else 0)


def _sha256(path: Path, check: Callable[[], None]) -> str:
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


def _remove(link: Path) -> None:
    """Take a file out of the cache: its name and, as far as it lies in the cache, its content."""
    cache = _cache().resolve()
    content = link.resolve()
    with suppress(OSError):
        link.unlink()
        if cache in content.parents:
            content.unlink(missing_ok=True)


# What speaks against a download


def refusal(spec: ModelSpec, budget_bytes: int | None = None) -> str:
    """Why a model cannot be downloaded or would be of no use here, as a sentence; "" if nothing.

    Asks no server. It asks the device for its memory, which imports torch: for handlers and
    threads, not for building the page.

    Args:
        budget_bytes: what all models together may hold; by default a part of what is free now.
    """
    if not spec.files:
        return ""
    missing = missing_bytes(spec)
    return (
        _complaint(spec)
        or (not is_downloaded(spec) and _switched_off(spec))
        or _too_little_memory(spec, budget_bytes)
        or (missing and _too_little_disk(spec, missing))
        or ""
    )


def memory_refusal(spec: ModelSpec, needed_bytes: int, budget_bytes: int) -> str:
    """The sentence for a model that needs more memory than there is; "" if it fits."""
    if needed_bytes <= budget_bytes:
        return ""
    needed, there = size_words(needed_bytes), size_words(budget_bytes, down=True)
    return f"{spec.name} needs {needed} of memory; this machine has {there} for models."


def size_words(size_bytes: float, *, down: bool = False) -> str:
    """A size as people say it, rounded up for what is needed and down for what there is."""
    unit, name = (1e8, "GB") if size_bytes >= 1e8 else (1e6, "MB")
    if down and 0 < size_bytes < 1e6:  # a slow line's speed
        unit, name = 1e3, "kB"
    count = (math.floor if down else math.ceil)(size_bytes / unit)
    return f"{count / 10:.1f} {name}" if name == "GB" else f"{count} {name}"


def _complaint(spec: ModelSpec) -> str:
    """What is wrong with a model's entry in the catalogue; "" if nothing."""
    for file in pinned(spec):
        if not _COMMIT.fullmatch(file.revision):
            return (
                f"The exact version of {spec.name} could not be confirmed, so it is offered only "
                f"when whoever runs this playground names the commit. {_GO_ON}."
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


def _switched_off(spec: ModelSpec) -> str:
    from huggingface_hub import constants

    if os.environ.get("PLAYGROUND_DOWNLOADS", "1") == "0":
        return (
            f"Whoever runs this playground has switched downloads off, and {spec.name} is not "
            f"here yet. {_GO_ON}."
        )
    if constants.HF_HUB_OFFLINE:
        return f"This playground is set to work offline, and {spec.name} is not here yet. {_GO_ON}."
    return ""


def _too_little_memory(spec: ModelSpec, budget_bytes: int | None) -> str:
    placement = device.place(spec)
    if budget_bytes is None:
        budget_bytes = device.memory_budget_bytes(placement.device)
    said = memory_refusal(spec, device.memory_needed_bytes(spec, placement), budget_bytes)
    return said and f"{said} A smaller model may fit."


def _too_little_disk(spec: ModelSpec, missing: int) -> str:
    place = _cache()
    while not place.exists() and place != place.parent:
        place = place.parent
    free = max(0, shutil.disk_usage(place).free - _RESERVE_BYTES)
    if missing <= free:
        return ""
    return (
        f"{spec.name} needs {size_words(missing)} of disk; there are {size_words(free, down=True)} "
        f"to spare where the hub's files are kept. {_GO_ON}."
    )


# How one file arrives


@dataclass(frozen=True, slots=True)
class _Wish:
    """One file that is to arrive, and who is told."""

    name: str  # the model's, for sentences
    file: HubFile
    advance: Callable[[int], None]  # so many bytes arrived, fewer than 0: were given up; may raise
    enter: Callable[[Phase], None]

    def check(self) -> None:
        """Raise if nobody wants the file any more."""
        self.advance(0)


def _fetch(wish: _Wish) -> None:
    """Bring one file into the cache.

    Raises:
        HubError: in a sentence; `_Stopped`: when nobody wants it. What has arrived is kept.
    """
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]  # documented, not declared

    file = wish.file
    if _lies(file):
        return
    if _link(file).is_symlink() or _link(file).exists():
        _remove(_link(file))  # of another size, or a link to nothing
    lock = _cache() / ".locks" / _repository_folder(file).name / f"{file.sha256}.lock"
    try:
        for path in (lock, _partial(file), _link(file)):
            path.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock, timeout=1.0):
            _fetch_alone(wish)
        return
    except TimeoutError:  # filelock's own is one
        failure = HubError(
            f"Another program is downloading {wish.name} already; try again when it is done."
        )
    except OSError as error:
        failure = _trouble(error, wish, asking=False)
    raise failure


def _fetch_alone(wish: _Wish) -> None:
    file, partial = wish.file, _partial(wish.file)
    blob = _blob(file, file.sha256)
    if _size(blob) == file.size_bytes:  # another version of the model has the same file
        wish.enter("checking")
        if _sha256(blob, wish.check) == file.sha256:
            _name(blob, _link(file))
            return
        blob.unlink()
        wish.advance(-file.size_bytes)
    etag = _ask(wish)
    if _COMMIT.fullmatch(etag):  # small files are named by git's hash, large ones by their SHA-256
        blob = _blob(file, etag)
    _receive(wish)
    wish.enter("checking")
    if _sha256(partial, wish.check) != file.sha256:
        partial.unlink()
        raise HubError(
            f"What arrived as “{file.path}” of {wish.name} is not the file that its authors "
            f"published. It was thrown away; try again, and tell whoever runs this playground if "
            f"it happens twice. {_GO_ON}."
        )
    os.replace(partial, blob)
    _name(blob, _link(file))


def _name(blob: Path, link: Path) -> None:
    """Put a content under its name, by a link where the system has links."""
    from huggingface_hub import constants

    link.unlink(missing_ok=True)
    if not constants.HF_HUB_DISABLE_SYMLINKS:
        with suppress(OSError, NotImplementedError):
            link.symlink_to(os.path.relpath(blob, link.parent))
            return
    os.replace(blob, link)


def _url(file: HubFile) -> str:
    from huggingface_hub import hf_hub_url

    return hf_hub_url(file.repository, file.path, revision=file.revision)


def _ask(wish: _Wish) -> str:
    """Ask the hub about a file before a byte of it is fetched; its ETag.

    Raises:
        HubError: when the hub does not answer soon, refuses, or has something else.
    """
    from huggingface_hub import constants, get_hf_file_metadata

    seconds, patience = _CONNECT_SECONDS, _ANSWER_SECONDS
    if constants.HF_HUB_ETAG_TIMEOUT != constants.DEFAULT_ETAG_TIMEOUT:  # the operator's word
        seconds = patience = constants.HF_HUB_ETAG_TIMEOUT
    try:
        about = _within(patience, lambda: get_hf_file_metadata(_url(wish.file), timeout=seconds))
    except Exception as error:
        failure = _trouble(error, wish, asking=True)
    else:
        if about.commit_hash == wish.file.revision and about.size == wish.file.size_bytes:
            return about.etag or ""
        failure = _other(wish)
    raise failure  # out here, so that it carries nothing of the request along


def _within(seconds: float, call: Callable[[], T]) -> T:
    """A call's result, or TimeoutError after so long: look-ups of names know no time-out."""
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, name="hub-ask", daemon=True).start()
    return answer.result(seconds)


def _receive(wish: _Wish) -> None:
    """Bring the whole content, going on where it was left, also after a broken connection."""
    if _size(_partial(wish.file)) > wish.file.size_bytes:
        _partial(wish.file).unlink()
    for attempt in range(1 + _RESUMES):
        before = max(0, _size(_partial(wish.file)))
        try:
            _stream(wish, before)
            return
        except (HubError, _Stopped):
            raise
        except Exception as error:
            failure, stalled = _trouble(error, wish, asking=False), _is_timeout(error)
        if stalled or attempt == _RESUMES or _size(_partial(wish.file)) <= before:
            break
        logger.info("going on with %s after a broken connection", wish.file.path)
        time.sleep(_BREATH_SECONDS)
        wish.check()
    raise failure


def _stream(wish: _Wish, offset: int) -> None:
    """Append to what has arrived; raises whatever breaks it."""
    from huggingface_hub import get_session
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, not declared

    size = wish.file.size_bytes
    if offset == size and _partial(wish.file).exists():
        return
    wish.enter("downloading")
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    timeout = (_CONNECT_SECONDS, _STALL_SECONDS, _STALL_SECONDS, _CONNECT_SECONDS)
    with get_session().stream("GET", _url(wish.file), headers=headers, timeout=timeout) as answer:
        start = _start(wish, answer.status_code, answer.headers, offset)
        wish.advance(start - offset)
        with _partial(wish.file).open("ab" if start else "wb") as out:
            for chunk in answer.iter_bytes():
                start += len(chunk)
                if start > size:
                    break
                out.write(chunk)
                wish.advance(len(chunk))
    if start > size:
        _partial(wish.file).unlink()
        raise _other(wish)
    if start < size:
        raise _BrokenError


def _start(wish: _Wish, status: int, headers: Mapping[str, str], offset: int) -> int:
    """Where in the file an answer begins; raises if it is not an answer to what was asked."""
    if status == 206:
        said = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
        if said and (int(said[1]), int(said[2])) == (offset, wish.file.size_bytes):
            return offset
        raise _other(wish)
    if status != 200:
        raise HubError(_status_words(wish, status))
    if headers.get("Content-Length", str(wish.file.size_bytes)) != str(wish.file.size_bytes):
        raise _other(wish)
    return 0


# What went wrong, in words


def _other(wish: _Wish) -> HubError:
    return HubError(
        f"What the hub has as “{wish.file.path}” of {wish.name} is not what its authors published: "
        f"size or version is another. Nothing was kept. {_GO_ON}."
    )


def _trouble(error: BaseException, wish: _Wish, *, asking: bool) -> HubError:
    """The sentence for whatever went wrong; the error itself stays in the log, without secrets."""
    logger.warning("%s of %s: %s", wish.file.path, wish.name, _scrub(repr(error)))
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return HubError(_status_words(wish, status))
    if _kinds(error) & {"OfflineModeIsEnabled", "ConnectError", "ConnectTimeout", "PoolTimeout"}:
        return HubError(_NO_ANSWER)
    if asking:
        return HubError(_NO_ANSWER)
    kept = f"What has arrived is kept; try again in a minute. {_GO_ON}."
    if _is_timeout(error):
        return HubError(f"The hub stopped sending {wish.name}. {kept}")
    if isinstance(error, OSError):
        return _local_trouble(error, wish)
    return HubError(f"The connection to the hub broke while {wish.name} was arriving. {kept}")


def _local_trouble(error: OSError, wish: _Wish) -> HubError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        _partial(wish.file).unlink(missing_ok=True)
        return HubError(f"The disk is full, so {wish.name} could not be kept. {_GO_ON}.")
    why = os.strerror(error.errno) if error.errno else "no reason given"
    return HubError(f"The folder of the hub's files cannot be written to ({why}). {_GO_ON}.")


def _kinds(error: BaseException) -> set[str]:
    """An error's classes by name: the library's client is httpx in some versions, else httpx2."""
    return {kind.__name__ for kind in type(error).__mro__}


def _is_timeout(error: BaseException) -> bool:
    return "TimeoutException" in _kinds(error) or isinstance(error, TimeoutError)


def _status_words(wish: _Wish, status: int) -> str:
    if status in {401, 403}:
        return (
            f"The hub gives {wish.name} only to those who have its permission. Whoever runs this "
            f"playground can ask for it there and set HF_TOKEN. {_GO_ON}."
        )
    if status in {404, 410}:
        return f"The hub has no “{wish.file.path}” of {wish.name} any more. {_GO_ON}."
    if status == 429:
        return (
            f"The hub asks for patience: too many downloads. Try again in some minutes. {_GO_ON}."
        )
    return f"The hub is in trouble (its answer was {status}). {_GO_ON}; try again in some minutes."


def _scrub(text: str) -> str:
    """A text without the token, and without the signatures in addresses."""
    from huggingface_hub import get_token

    with suppress(Exception):
        if token := get_token():
            text = text.replace(token, "***")
    text = re.sub(r"(?i)(bearer\s+|hf_)[\w.~+/=-]+", r"\1***", text)
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]+", r"\1?***", text)


# Downloads, one after the other


@dataclass(frozen=True, slots=True)
class Status:
    """How far a download is; after its end `finished`, or `error` with a sentence."""

    phase: Phase
    done_bytes: int
    total_bytes: int
    bytes_per_second: float = 0.0
    seconds_left: float | None = None
    finished: bool = False
    error: str = ""

    @property
    def over(self) -> bool:
        """Whether this is the last word."""
        return self.finished or bool(self.error)


@dataclass(slots=True)
class _Meter:
    """Bytes that arrived, and how fast."""

    received: int = 0
    since: float = 0.0
    samples: deque[tuple[float, int]] = field(default_factory=deque)  # time, received by then

    def add(self, count: int, now: float) -> None:
        """So many bytes arrived."""
        if not self.samples:
            self.since = now
        if not self.samples or now - self.samples[-1][0] >= _SAMPLE_SECONDS:
            self.samples.append((now, self.received))
            while now - self.samples[0][0] > _WINDOW_SECONDS:
                self.samples.popleft()
        self.received += max(0, count)

    def rate(self, now: float) -> float:
        """Bytes a second over the last seconds, silence included."""
        if not self.samples or now <= self.samples[0][0]:
            return 0.0
        return (self.received - self.samples[0][1]) / (now - self.samples[0][0])

    def average(self, now: float) -> float | None:
        """Bytes a second since the first; None while there are too few for a prediction."""
        if self.received < _MEASURABLE_BYTES or now <= self.since:
            return None
        return self.received / (now - self.since)


@dataclass(eq=False, slots=True)
class _Job:
    """One model that somebody wants; all fields are changed under the manager's lock alone."""

    spec: ModelSpec
    total: int
    done: int
    visitors: set[str] = field(default_factory=set)
    phase: Phase = "waiting"
    finished: bool = False
    error: str = ""
    news: int = 0  # counts changes that are worth telling at once
    meter: _Meter = field(default_factory=_Meter)

    @property
    def over(self) -> bool:
        return self.finished or bool(self.error)

    def status(self, now: float) -> Status:
        rate = 0.0 if self.over or self.phase == "waiting" else self.meter.rate(now)
        left = (self.total - self.done) / rate if rate else None
        return Status(self.phase, self.done, self.total, rate, left, self.finished, self.error)


class Downloads:
    """The downloads of one process: one at a time, in order, on a thread of their own.

    Args:
        budget_bytes: tells what all models together may hold, or None while that is not decided.
        welcome: tells in a sentence why whoever asks may not have a model, "" if they may.
    """

    def __init__(
        self,
        budget_bytes: Callable[[], int | None] = lambda: None,
        welcome: Callable[[ModelSpec], str] = lambda spec: "",
    ) -> None:
        self._budget_bytes = budget_bytes
        self._welcome = welcome
        self._changed = threading.Condition()
        self._jobs: dict[str, _Job] = {}  # by model; one that was stopped is forgotten
        self._line: list[_Job] = []
        self._rate: float | None = None  # bytes a second, as last measured
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="downloads", daemon=True)
        self._thread.start()

    # What visitors call.

    def start(self, spec: ModelSpec, visitor: str) -> Status:
        """Want a model; joins a download that is under way, and begins anew after a failed one.

        Never raises: what speaks against it is the error of the status.
        """
        said = self._welcome(spec) or refusal(spec, self._budget_bytes())
        with self._changed:
            job = self._jobs.get(spec.id)
            if job is None or job.over:
                job = self._jobs[spec.id] = _new_job(spec)
                job.error = _SHUT_DOWN if self._closed else said
                if not job.over:
                    self._line.append(job)
            job.visitors.add(visitor)
            self._tell(job)
            return job.status(time.monotonic())

    def leave(self, model_id: str, visitor: str) -> None:
        """Want a model no longer; the download goes on if somebody else wants it. Idempotent."""
        with self._changed:
            job = self._jobs.get(model_id)
            if job is not None and visitor in job.visitors:
                self._part(job, visitor)

    def status(self, model_id: str) -> Status | None:
        """How far a model is, or how its last download ended; None if there was none."""
        with self._changed:
            job = self._jobs.get(model_id)
            if job is None or not (job.over or job.visitors):  # left, and about to be forgotten
                return None
            return job.status(time.monotonic())

    def follow(self, spec: ModelSpec, visitor: str) -> Iterator[Status]:
        """Want a model and hear how far it is, at least every quarter second.

        Ends after the last word or a `leave`; closing the generator is a `leave`.
        """
        self.start(spec, visitor)
        job = self._jobs.get(spec.id)
        seen = -1
        try:
            while job is not None:
                status, seen = self._hear(job, visitor, seen)
                if status is None:
                    return
                yield status
                if status.over:
                    return
        finally:
            self._leave_job(job, visitor)

    def expected_seconds(self, spec: ModelSpec) -> float | None:
        """How long a download would take at the rate last measured; None before any."""
        missing = missing_bytes(spec)
        if not missing:
            return 0.0
        with self._changed:
            return missing / self._rate if self._rate else None

    def close(self) -> None:
        """End every download; what has arrived is kept for the next time."""
        with self._changed:
            self._closed = True
            for job in self._line:
                job.error = _SHUT_DOWN
                self._tell(job)
            self._line.clear()
            self._changed.notify_all()
        self._thread.join(timeout=1.0)  # one that waits for a byte ends with the process

    def _hear(self, job: _Job, visitor: str, seen: int) -> tuple[Status | None, int]:
        """The status as soon as there is news, or after a while; None for who has left."""
        with self._changed:
            if job.news == seen:
                self._changed.wait(HEARTBEAT_SECONDS)
            wanted = visitor in job.visitors or job.over
            return (job.status(time.monotonic()) if wanted else None), job.news

    def _leave_job(self, job: _Job | None, visitor: str) -> None:
        with self._changed:
            if job is not None and visitor in job.visitors:
                self._part(job, visitor)

    # The thread.

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._carry_out(job)
            except _Stopped:
                self._stop(job)
            except HubError as error:
                self._end(job, str(error))
            except Exception as error:
                text = "".join(traceback.format_exception(error))
                logger.error("downloading %s failed: %s", job.spec.id, _scrub(text))
                self._end(job, f"{job.spec.name} could not be downloaded; try again. {_GO_ON}.")
            else:
                self._end(job)

    def _next(self) -> _Job | None:
        """Wait for the next job in line; None when closed."""
        with self._changed:
            while not self._closed:
                if self._line:
                    job = self._line.pop(0)
                    job.done, job.meter = job.total - missing_bytes(job.spec), _Meter()
                    job.phase = "downloading"
                    return job
                self._changed.wait()
        return None

    def _carry_out(self, job: _Job) -> None:
        if said := refusal(job.spec, self._budget_bytes()):  # again: the disk may be full by now
            raise HubError(said)
        for file in pinned(job.spec):
            _fetch(
                _Wish(
                    job.spec.name,
                    file,
                    advance=lambda count: self._advance(job, count),
                    enter=lambda phase: self._enter(job, phase),
                )
            )

    def _advance(self, job: _Job, count: int) -> None:
        now = time.monotonic()
        with self._changed:
            job.done += count
            if count:
                job.meter.add(count, now)
                self._rate = job.meter.average(now) or self._rate
            if self._closed or not job.visitors:
                raise _Stopped

    def _enter(self, job: _Job, phase: Phase) -> None:
        with self._changed:
            if phase == "downloading":
                job.meter.add(0, time.monotonic())  # the clock runs from the request on
            if job.phase != phase:
                job.phase = phase
                self._tell(job)

    def _end(self, job: _Job, error: str = "") -> None:
        with self._changed:
            job.finished, job.error = not error, error
            if job.finished:
                job.done = job.total
            self._tell(job)

    def _stop(self, job: _Job) -> None:
        """Forget a job that nobody wanted, unless it is shut down or wanted again by now."""
        with self._changed:
            if self._closed:
                job.error = _SHUT_DOWN
            elif job.visitors:
                job.phase = "waiting"
                self._line.insert(0, job)
            elif self._jobs.get(job.spec.id) is job:
                del self._jobs[job.spec.id]
            self._tell(job)

    # From here on: called with the lock held.

    def _part(self, job: _Job, visitor: str) -> None:
        job.visitors.discard(visitor)
        if not job.visitors and job in self._line:
            self._line.remove(job)
            self._jobs.pop(job.spec.id, None)
        self._tell(job)

    def _tell(self, job: _Job) -> None:
        job.news += 1
        self._changed.notify_all()


def _new_job(spec: ModelSpec) -> _Job:
    total = sum(file.size_bytes for file in spec.files)
    return _Job(spec, total, total - missing_bytes(spec))
