"""Loaded models: read on a thread of their own, leased, and evicted when room is needed."""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, TypeAlias

from models import catalog, device
from models.base import Adapter, ModelSpec
from models.hub import cache as hub_cache
from models.hub.policy import memory_refusal
from models.hub.sentences import HubError

logger = logging.getLogger(__name__)

LoadState: TypeAlias = Literal["ready", "not_loaded", "loading", "not_downloaded", "unavailable"]
Phase: TypeAlias = Literal["checking", "importing", "loading"]

_IMPORT_SECONDS = 5.0  # torch, then transformers or diffusers, on two cores
_READ_BYTES_PER_SECOND = 200e6
_CHECK_BYTES_PER_SECOND = 400e6  # SHA-256, from a disk


class LoadError(RuntimeError):
    """A model could not be loaded; a sentence for the visitor. Asking again tries again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the load of a model is."""

    phase: Phase
    elapsed_seconds: float
    total_seconds: float  # an estimate


@dataclass(frozen=True, slots=True, eq=False)
class Lease:
    """The right to use a loaded model, which is not evicted before the lease is given back."""

    spec: ModelSpec
    adapter: Adapter


@dataclass(eq=False, slots=True)
class _Loaded:
    adapter: Adapter
    size_bytes: int
    leases: int = 0


class Pool:
    """The models of one process, within a budget of memory.

    Args:
        specs: every model that may be asked for; the catalogue by default.
        budget_bytes: what all loaded models together may hold; by default what the device has.
    """

    def __init__(
        self, specs: Mapping[str, ModelSpec] | None = None, budget_bytes: int | None = None
    ) -> None:
        self._specs = catalog.specs() if specs is None else specs
        self._budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()  # least recently used first
        self._wanted: dict[str, list[Future[Lease]]] = {}  # by visitors, in order
        self._warming: list[str] = []
        self._loading: tuple[str, Phase, float] | None = None  # model, phase, start
        self._load_seconds: dict[str, float] = {}  # how long it took last time
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="pool", daemon=True)
        self._thread.start()

    def spec(self, model_id: str) -> ModelSpec:
        """One model on offer; ValueError in a visitor's words if there is none of that name."""
        try:
            return self._specs[model_id]
        except KeyError:
            raise ValueError(f"There is no model called “{model_id}” here.") from None

    def state(self, model_id: str) -> LoadState:
        """Whether a model can be used at once, later or not at all; ValueError if unknown."""
        spec = self.spec(model_id)
        with self._lock:
            if model_id in self._loaded:
                return "ready"
            if model_id in self._wanted or model_id in self._warming or self._is_loading(model_id):
                return "loading"
        if not spec.revision:  # the catalogue found no weights, or knows no commit for certain
            return "unavailable"
        return "not_loaded" if hub_cache.is_downloaded(spec) else "not_downloaded"

    def bring(self, spec: ModelSpec) -> None:
        """Let a model be used that is not in the catalogue: nobody but who brings it knows of it.

        Raises:
            ValueError: when there is another one of that name.
        """
        with self._lock:
            if self._specs.get(spec.id, spec) != spec:
                raise ValueError(f"There is another model called “{spec.id}” here.")
            self._specs = {**self._specs, spec.id: spec}

    def held_bytes(self, model_id: str) -> int:
        """Bytes of memory that a model holds at this moment; 0 while it is not loaded."""
        with self._lock:
            entry = self._loaded.get(model_id)
            return entry.size_bytes if entry else 0

    @property
    def budget_bytes(self) -> int | None:
        """What all loaded models together may hold; None until the first load has found out."""
        return self._budget_bytes

    def progress(self, model_id: str) -> Progress | None:
        """How far the load of a model is; None while it is not being loaded."""
        with self._lock:
            if self._loading is None or self._loading[0] != model_id:
                return None
            _, phase, started = self._loading
            estimate = self._load_seconds.get(model_id, _first_estimate(self._specs[model_id]))
        return Progress(phase, time.monotonic() - started, estimate)

    def warm(self, model_ids: Iterable[str]) -> None:
        """Load shipped models in the background, after any that a visitor waits for; never evicts.

        Models from the hub are large, and come only when somebody asks for them.
        """
        shipped = [m for m in model_ids if not self.spec(m).files]
        usable = [m for m in shipped if self.state(m) == "not_loaded"]
        with self._changed:
            self._warming.extend(usable)
            self._changed.notify_all()

    def lease(self, model_id: str) -> Future[Lease]:
        """Ask for the use of a model; never blocks.

        The future brings a `Lease` for `release` or `abandon`, or a `LoadError`. Who no longer
        wants it cancels the future, or releases the lease if it is too late for that.
        """
        spec = self.spec(model_id)
        future: Future[Lease] = Future()
        here = hub_cache.is_downloaded(spec)
        with self._changed:
            if self._closed:
                future.set_exception(LoadError("The models are being shut down."))
            elif model_id in self._loaded:
                self._loaded.move_to_end(model_id)
                self._grant(model_id, future)
            elif not here:
                future.set_exception(LoadError(hub_cache.not_downloaded(spec)))
            else:
                self._wanted.setdefault(model_id, []).append(future)
                self._changed.notify_all()
        return future

    def release(self, lease: Lease) -> None:
        """Give a lease back; once for each lease."""
        with self._changed:
            entry = self._loaded.get(lease.spec.id)
            if entry is not None and entry.adapter is lease.adapter:
                entry.leases -= 1
                self._changed.notify_all()

    def abandon(self, lease: Lease) -> None:
        """Forget a model without touching it, because a call into it does not come back."""
        with self._changed:
            entry = self._loaded.get(lease.spec.id)
            if entry is not None and entry.adapter is lease.adapter:
                del self._loaded[lease.spec.id]
                self._changed.notify_all()

    def close(self) -> None:
        """Refuse further loads and close every model that nobody uses."""
        with self._changed:
            self._closed = True
            refused = [future for futures in self._wanted.values() for future in futures]
            self._wanted.clear()
            self._warming.clear()
            self._changed.notify_all()
            idle = [m for m, entry in self._loaded.items() if not entry.leases]
            adapters = [self._loaded.pop(model_id).adapter for model_id in idle]
        for future in refused:
            _fail(future, LoadError("The models are being shut down."))
        for adapter in adapters:
            adapter.close()
        self._thread.join(timeout=1.0)  # a load under way ends with the process

    # From here on: the pool's thread.

    def _serve(self) -> None:
        while (model_id := self._next()) is not None:
            self._load(self._specs[model_id])
            if "torch" in sys.modules:  # imported by the adapter, if it is not a pretended one
                _attempt(device.measure_arithmetic)

    def _next(self) -> str | None:
        """Wait for the next model to load; None when the pool is closed."""
        with self._changed:
            while not self._closed:
                model_id = self._choose()
                if model_id is not None:
                    self._loading = (model_id, "importing", time.monotonic())
                    return model_id
                self._changed.wait()
        return None

    def _choose(self) -> str | None:
        for model_id, futures in list(self._wanted.items()):
            if all(future.cancelled() for future in futures):
                del self._wanted[model_id]
            elif self._can_make_room(self._specs[model_id]):
                return model_id
        while self._warming and not self._wanted:
            model_id = self._warming.pop(0)
            if model_id not in self._loaded and self._is_free_room(self._specs[model_id]):
                return model_id
        return None

    def _load(self, spec: ModelSpec) -> None:
        started = time.monotonic()
        try:
            entry = self._read(spec)
        except Exception as error:
            logger.exception("loading %s failed", spec.id)
            traceback.clear_frames(error.__traceback__)  # they hold what was read so far
            failure = LoadError(_reason(spec, error))
            failure.__cause__ = error
            _attempt(device.release_memory)
            self._settle(spec.id, failure)
        else:
            seconds = time.monotonic() - started
            logger.info("loaded %s in %.1f s: %d bytes", spec.id, seconds, entry.size_bytes)
            self._settle(spec.id, entry, seconds)

    def _read(self, spec: ModelSpec) -> _Loaded:
        if spec.files:
            self._enter("checking")
            hub_cache.verify(spec, self._check_open)
            self._enter("importing")
        module_name, _, class_name = spec.adapter.partition(":")
        adapter_class: type[Adapter] = getattr(importlib.import_module(module_name), class_name)
        device.configure_torch()
        if not self._loaded:  # what has been loaded must be found when it is let go of
            device.keep_imported()
        placement = device.place(spec)
        if self._budget_bytes is None:
            self._budget_bytes = device.memory_budget_bytes(placement.device)
        self._make_room(spec, self._budget_bytes)
        self._enter("loading")
        adapter = adapter_class.load(spec, placement.device, placement.dtype)
        return _Loaded(adapter, adapter.nbytes())

    def _enter(self, phase: Phase) -> None:
        with self._lock:
            if self._loading is not None:
                model_id, _, started = self._loading
                self._loading = (model_id, phase, started)

    def _check_open(self) -> None:
        if self._closed:
            raise LoadError("The models are being shut down.")

    def _settle(self, model_id: str, result: _Loaded | LoadError, seconds: float = 0.0) -> None:
        """Bring a load's end to everybody who waits for it."""
        with self._changed:
            self._loading = None
            futures = self._wanted.pop(model_id, [])
            if isinstance(result, _Loaded) and not self._closed:
                self._loaded[model_id] = result
                self._load_seconds[model_id] = seconds
                for future in futures:
                    self._grant(model_id, future)
                return
        if isinstance(result, _Loaded):
            result.adapter.close()  # the pool was closed meanwhile, and has told who waited
            return
        for future in futures:
            _fail(future, result)

    def _make_room(self, spec: ModelSpec, budget_bytes: int) -> None:
        """Evict the least recently used idle models until `spec` fits; LoadError if it cannot."""
        needed_bytes = _needed_bytes(spec)
        if refusal := memory_refusal(spec, needed_bytes, budget_bytes):
            raise LoadError(refusal)
        evicted = []
        with self._lock:
            idle = [model_id for model_id, entry in self._loaded.items() if not entry.leases]
            while idle and self._used_bytes() + needed_bytes > budget_bytes:
                evicted.append((idle[0], self._loaded.pop(idle.pop(0)).adapter))
        while evicted:
            model_id, adapter = evicted.pop()
            logger.info("closing %s to make room for %s", model_id, spec.id)
            adapter.close()
            del adapter
            device.release_memory()

    # From here on: called with the lock held.

    def _grant(self, model_id: str, future: Future[Lease]) -> None:
        if future.set_running_or_notify_cancel():
            entry = self._loaded[model_id]
            entry.leases += 1
            future.set_result(Lease(self._specs[model_id], entry.adapter))

    def _is_loading(self, model_id: str) -> bool:
        return self._loading is not None and self._loading[0] == model_id

    def _used_bytes(self) -> int:
        return sum(entry.size_bytes for entry in self._loaded.values())

    def _is_free_room(self, spec: ModelSpec) -> bool:
        budget = self._budget_bytes
        return budget is None or self._used_bytes() + _needed_bytes(spec) <= budget

    def _can_make_room(self, spec: ModelSpec) -> bool:
        """Whether loading now makes sense: it fits beside the models in use, or never will."""
        budget = self._budget_bytes
        if budget is None or (needed_bytes := _needed_bytes(spec)) > budget:
            return True
        in_use = sum(entry.size_bytes for entry in self._loaded.values() if entry.leases)
        return in_use + needed_bytes <= budget


def _first_estimate(spec: ModelSpec) -> float:
    checking = sum(file.size_bytes for file in spec.files) / _CHECK_BYTES_PER_SECOND
    return checking + _IMPORT_SECONDS + spec.memory_bytes / _READ_BYTES_PER_SECOND


def _needed_bytes(spec: ModelSpec) -> int:
    """What a model will hold here; asked only when a budget is known, and so the device is."""
    return device.memory_needed_bytes(spec, device.place(spec))


def _reason(spec: ModelSpec, error: Exception) -> str:
    """The sentence for a load that failed."""
    if isinstance(error, (LoadError, HubError)):
        return str(error)
    if device.is_out_of_memory(error):
        return (
            f"There was not enough memory to load {spec.name}. The other models go on; try again "
            "when less is in use."
        )
    return f"{spec.name} could not be loaded."


def _attempt(work: Callable[[], object]) -> None:
    """Do what loads can do without: if it fails, the pool's thread goes on to the next load."""
    try:
        work()
    except Exception:
        logger.exception("%s failed", work.__name__)


def _fail(future: Future[Lease], error: LoadError) -> None:
    if future.set_running_or_notify_cancel():
        future.set_exception(error)
