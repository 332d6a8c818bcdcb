"""Models on a GPU that a host shares between many apps: Hugging Face's ZeroGPU.

There the GPU exists only inside a call of a function that the host's own package, `spaces`, has
decorated: the call waits for a GPU, forks this process, and brings arguments and results across
pickled. So the operator's models (`PLAYGROUND_GPU_MODELS`) are read and placed before the page is
launched, and a run is one such call, whole: `carry_out`, in a child that knows its spec and its
recipe. On this side `Remote` stands in for the model, as an adapter like any other.

Imported only where the host says that it is such a one (`device.shares_gpu`); elsewhere the package
need not be there. What is said of the host is read in the source of spaces 0.51.3.
"""

from __future__ import annotations

import importlib
import logging
import math
import os
import pickle
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TypeAlias

import spaces  # type: ignore[import-untyped]

from models import device
from models.base import Adapter, ModelSpec, Recipe, Step
from models.hub import cache as hub_cache
from models.hub.downloads import Downloads
from models.hub.sentences import HubError

logger = logging.getLogger(__name__)

Item: TypeAlias = Step | Exception | None
"""What crosses from the child: what `Adapter.advance` gives for one state."""

KIND = "zerogpu"  # of device, for the engine

MAX_SECONDS = 60
"""The most that a run asks the host for. A visitor who is not signed in has two minutes a day."""
FIRST_SECONDS = 180.0
"""How long the first step may take: the host lets a call wait for 60 s, and once more after a lost
connection; then it forks and moves the weights to the GPU."""
STEP_SECONDS = 60.0  # any later step, as in the engine

# Guesses on the safe side, for the GPUs of the host. Who asks for too little may be cut short; who
# asks for more than is left of a visitor's share is refused.
_START_SECONDS = 5.0  # the fork, and CUDA
_MOVED_BYTES_PER_SECOND = 1e9  # the weights of every model, each time a child is new
_TOKEN_SECONDS = 0.04
_DRAW_SECONDS = 0.15  # one denoising step of one picture
_FINISH_SECONDS = 2.0  # decoding and checking a picture; reading a prompt

_POLL_SECONDS = 0.1  # so soon a Stop is noticed
_CLOSE_SECONDS = 5.0  # a child leaves at its next item; one that does not is left to the host

_SENTENCES = {
    "ZeroGPU quota exceeded": "Your share of the shared GPU is used up for now. {wait}"
    "Who is signed in to Hugging Face has a larger one; the small models here need none.",
    "ZeroGPU queue timeout": "All shared GPUs are taken. Try again in a minute or two.",
    "ZeroGPU pending credits exceeded": "Too many of your runs on the shared GPU are under way. "
    "Try again when one of them has ended.",
    "ZeroGPU illegal duration": "The shared GPU does not give that much time at once. "
    "Ask for fewer steps, fewer pictures or a shorter text.",
    "ZeroGPU worker error": "The shared GPU ended this run before it was finished. "
    "Try again; if it happens again, ask for fewer steps or a shorter text.",
    "ZeroGPU client error": "The shared GPU cannot be reached. Reload the page and try again.",
}
_NO_GPU = "No GPU was available"  # said under several titles

_residents: dict[str, Adapter] = {}
"""The models placed on the GPU, by id. Their weights are real in a child only."""


class GpuError(ValueError):
    """The host gave no GPU, or took it away; the message is a sentence for the visitor."""


# Before the page is launched.


def download(spec: ModelSpec) -> None:
    """Bring a model's files into the cache, if they are not there, and check them.

    Raises:
        HubError: in a sentence, when they cannot be had.
    """
    if not hub_cache.is_downloaded(spec):
        downloads = Downloads()
        *_, status = downloads.follow(spec, visitor="operator")
        downloads.close()
        if status.error:
            raise HubError(status.error)
    hub_cache.verify(spec)


def open_models(
    specs: Mapping[str, ModelSpec], fetch: Callable[[ModelSpec], object] = download
) -> dict[str, ModelSpec]:
    """Place the operator's models on the GPU; what the pool offers instead of each.

    Call it on the main thread: only there does the host's torch pretend to have a GPU. A model that
    cannot be had is left as it was, and the log says why.

    Args:
        fetch: brings a model's files into the cache, if they are not there.

    Raises:
        ValueError: when `PLAYGROUND_GPU_MODELS` names a model that is not offered.
    """
    offered = {}
    for spec in chosen(specs):
        try:
            fetch(spec)
            _residents[spec.id] = _load(spec)
        except Exception:
            logger.exception("%s could not be placed on the shared GPU", spec.id)
        else:
            stand_in = f"{Remote.__module__}:{Remote.__qualname__}"
            offered[spec.id] = replace(spec, adapter=stand_in, files=(), memory_bytes=0)
    return offered


def chosen(specs: Mapping[str, ModelSpec]) -> list[ModelSpec]:
    """The models that `PLAYGROUND_GPU_MODELS` names; ValueError for one that is not offered."""
    names = os.environ.get("PLAYGROUND_GPU_MODELS", "").split(",")
    ids = dict.fromkeys(name.strip() for name in names if name.strip())
    unknown = [model for model in ids if model not in specs]
    if unknown:
        raise ValueError(f"PLAYGROUND_GPU_MODELS names no model: {', '.join(unknown)}.")
    return [specs[model] for model in ids]


def _load(spec: ModelSpec) -> Adapter:
    module_name, _, class_name = spec.adapter.partition(":")
    adapter_class: type[Adapter] = getattr(importlib.import_module(module_name), class_name)
    device.configure_torch()
    placement = device.place_on("cuda", spec)
    return adapter_class.load(spec, placement.device, placement.dtype)


# In the child.


def gpu_seconds(spec: ModelSpec, recipe: Recipe) -> int:
    """For how long a run asks the host for a GPU; it has `carry_out`'s parameters."""
    options = dict(recipe.options) if recipe.task == "generate" else {}
    pictures = int(options.get("count", 1))
    work = _FINISH_SECONDS * pictures + _TOKEN_SECONDS * int(options.get("length", 0))
    work += _DRAW_SECONDS * pictures * int(options.get("steps", 0))
    moved = sum(adapter.spec.memory_bytes for adapter in _residents.values())
    return min(MAX_SECONDS, math.ceil(_START_SECONDS + moved / _MOVED_BYTES_PER_SECOND + work))


@spaces.GPU(duration=gpu_seconds)  # type: ignore[untyped-decorator]
def carry_out(spec: ModelSpec, recipe: Recipe) -> Generator[Item, None, None]:
    """A whole run, in the child; closed at its next item when the visitor has left.

    Errors are items as well, since of one that is raised the host brings across the name alone.
    """
    device.configure_torch()  # before anything computes: OpenMP's threads are not in the child
    yield from _steps(_residents[spec.id], recipe)


def _steps(adapter: Adapter, recipe: Recipe) -> Iterator[Item]:
    try:
        state = adapter.begin(recipe)
    except Exception as error:
        yield _portable(error)
        return
    try:
        item: Item = None
        while not (isinstance(item, Exception) or (item and item.last)):
            item = _advance(adapter, state)
            yield item
    finally:
        adapter.end(state)


def _advance(adapter: Adapter, state: object) -> Item:
    """One step, with its time on the GPU; the engine's own clock would measure the way as well."""
    started = time.perf_counter()
    try:
        (item,) = adapter.advance([state])
    except Exception as error:
        item = error
    if isinstance(item, Exception):
        logger.warning("a run of %s failed on the GPU", adapter.spec.id, exc_info=item)
        return _portable(item)
    if item is None or item.seconds:
        return item
    return replace(item, seconds=time.perf_counter() - started)


def _portable(error: Exception) -> Exception:
    """An error as it can be pickled: itself, or its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


# On this side.


class Call:
    """One run under way in a child; it is waited for on a thread of its own.

    So a visitor can leave while the host still looks for a GPU, and the next one has a turn. The
    thread goes by the context it was begun in, where the host finds whose share it is.
    """

    def __init__(self, spec: ModelSpec, recipe: Recipe) -> None:
        self._items: SimpleQueue[Item] = SimpleQueue()
        self._left = threading.Event()
        self._begun = False  # something has come
        self._heard = time.monotonic()
        self._thread = threading.Thread(
            target=copy_context().run,
            args=(self._receive, carry_out(spec, recipe)),
            name=f"zerogpu-{spec.id}",
            daemon=True,
        )
        self._thread.start()

    def take(self) -> Item:
        """The next item; None if there is none yet, an error if it is overdue."""
        try:
            item = self._items.get(timeout=_POLL_SECONDS)
        except Empty:
            limit = STEP_SECONDS if self._begun else FIRST_SECONDS
            late = time.monotonic() - self._heard > limit
            return GpuError("The shared GPU does not answer. Please try again.") if late else None
        self._begun, self._heard = True, time.monotonic()
        return item

    def close(self) -> None:
        """Leave the child at its next item, and wait for that unless it has not begun."""
        self._left.set()
        if self._begun:
            self._thread.join(_CLOSE_SECONDS)

    def _receive(self, items: Generator[Item, None, None]) -> None:
        try:
            for item in items:
                self._items.put(item)
                if self._left.is_set():
                    break
            self._items.put(GpuError(_SENTENCES["ZeroGPU worker error"]))  # heard if nothing ended
        except Exception as error:
            self._items.put(in_words(error))
        finally:
            items.close()


class Remote:
    """Stands in for a model on the shared GPU. The engine gives it one run at a time."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Remote:
        """Nothing to read: the model was placed before the page was launched."""
        return cls(spec)

    def begin(self, recipe: Recipe) -> Call:
        """Ask the host for a GPU, in the context of the visitor's request."""
        return Call(self.spec, recipe)

    def advance(self, states: Sequence[Call]) -> list[Item]:
        """What has come of each run, waiting for a tenth of a second at most."""
        return [state.take() for state in states]

    def end(self, state: Call) -> None:
        """Leave the child."""
        state.close()

    def nbytes(self) -> int:
        """None of this machine's memory."""
        return 0

    def close(self) -> None:
        """The model itself stays where it is."""


def in_words(error: Exception) -> Exception:
    """What the host means, as a sentence for the visitor; any other error as it is.

    The host raises Gradio's error with one of its own titles (spaces/zero/client.py, wrappers.py).
    """
    title, message = getattr(error, "title", ""), str(getattr(error, "message", error))
    sentence = _SENTENCES.get("ZeroGPU queue timeout" if _NO_GPU in message else title)
    if sentence is None:
        return error
    wait = re.search(r"Try again in ([\w:, ]+)\.", message)
    return GpuError(sentence.format(wait=f"Try again in {wait[1]}. " if wait else ""))
