"""Loading, leasing and evicting, with fakes."""

from __future__ import annotations

import hashlib
import importlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models import device
from models.base import HubFile, ModelSpec
from models.hub import cache as hub_cache
from models.pool import Lease, LoadError, Pool
from tests.fake_adapters import FAKE_TEXT, Fake, FakeText, wait_until

MB = 1_000_000
SPECS = {name: replace(FAKE_TEXT, id=name, memory_bytes=4 * MB) for name in "abcd"}


class Loader:
    """Stands in for `FakeText.load`: records, and holds up or fails on order."""

    def __init__(self) -> None:
        self.loaded: list[Fake] = []
        self.gates: dict[str, threading.Event] = {}
        self.failing: set[str] = set()
        self.errors: dict[str, Exception] = {}

    def __call__(self, spec: ModelSpec, device: str, dtype: str) -> Fake:
        assert (device, dtype) == ("cpu", "float32")
        if spec.id in self.gates:
            assert self.gates[spec.id].wait(5)
        if spec.id in self.errors:
            raise self.errors.pop(spec.id)
        if spec.id in self.failing:
            raise OSError("cannot be read")
        self.loaded.append(FakeText(spec))
        return self.loaded[-1]

    def order(self) -> str:
        """The ids of everything loaded so far, in order."""
        return "".join(adapter.spec.id for adapter in self.loaded)


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Loader:
    loader = Loader()
    monkeypatch.setenv("PLAYGROUND_DEVICE", "cpu")
    monkeypatch.setattr(FakeText, "load", loader)
    return loader


@pytest.fixture
def pool(loader: Loader) -> Iterator[Pool]:
    pool = Pool(SPECS, budget_bytes=10 * MB)  # room for two
    yield pool
    for gate in loader.gates.values():
        gate.set()
    pool.close()


def get(pool: Pool, name: str) -> Lease:
    return pool.lease(name).result(timeout=5)


def use(pool: Pool, name: str) -> None:
    pool.release(get(pool, name))


def test_a_model_is_loaded_once_when_it_is_asked_for(pool: Pool, loader: Loader) -> None:
    assert pool.state("a") == "not_loaded"
    first, second = pool.lease("a"), pool.lease("a")
    assert first.result(timeout=5).adapter is second.result(timeout=5).adapter
    assert pool.state("a") == "ready"
    assert get(pool, "a").spec is SPECS["a"]
    assert loader.order() == "a"


def test_asking_never_blocks_and_a_load_runs_on_the_pools_thread(
    pool: Pool, loader: Loader
) -> None:
    loader.gates["a"] = threading.Event()
    future = pool.lease("a")
    wait_until(lambda: (p := pool.progress("a")) is not None and p.phase == "loading")
    assert pool.state("a") == "loading"
    assert not future.done()
    assert pool.state("b") == "not_loaded"
    loader.gates["a"].set()
    assert future.result(timeout=5)


def test_progress_tells_phase_time_and_an_estimate(pool: Pool, loader: Loader) -> None:
    assert pool.progress("a") is None
    gate = loader.gates["a"] = threading.Event()
    future = pool.lease("a")
    wait_until(lambda: (p := pool.progress("a")) is not None and p.elapsed_seconds > 0.2)
    before = pool.progress("a")
    assert before is not None
    assert before.total_seconds == pytest.approx(5.02)  # from the spec
    gate.set()
    pool.abandon(future.result(timeout=5))
    assert pool.progress("a") is None
    loader.gates["a"] = threading.Event()
    pool.lease("a")
    wait_until(lambda: pool.progress("a") is not None)
    again = pool.progress("a")
    assert again is not None
    assert again.total_seconds == pytest.approx(0.25, abs=0.2)  # as long as last time


def test_the_least_recently_used_idle_model_is_evicted(pool: Pool, loader: Loader) -> None:
    for name in "aba":
        use(pool, name)
    use(pool, "c")
    assert [pool.state(name) for name in "abc"] == ["ready", "not_loaded", "ready"]
    assert [adapter.closed for adapter in loader.loaded] == [False, True, False]


def test_a_model_in_use_is_never_evicted(pool: Pool, loader: Loader) -> None:
    a = get(pool, "a")
    use(pool, "b")
    use(pool, "c")
    assert [pool.state(name) for name in "abc"] == ["ready", "not_loaded", "ready"]
    assert not a.adapter.closed  # type: ignore[attr-defined]


def test_a_load_waits_until_there_is_room_and_lets_others_pass(pool: Pool, loader: Loader) -> None:
    big = replace(FAKE_TEXT, id="big", memory_bytes=9 * MB)
    small = replace(FAKE_TEXT, id="small", memory_bytes=1 * MB)
    pool = Pool({**SPECS, "big": big, "small": small}, budget_bytes=10 * MB)
    a = get(pool, "a")
    waiting = pool.lease("big")
    use(pool, "small")
    assert not waiting.done()
    assert pool.state("big") == "loading"
    pool.release(a)
    pool.release(waiting.result(timeout=5))
    assert loader.order() == "a" + "small" + "big"
    assert pool.state("a") == "not_loaded"
    pool.close()


def test_a_model_that_cannot_fit_fails_at_once(loader: Loader) -> None:
    pool = Pool(SPECS, budget_bytes=3 * MB)
    with pytest.raises(
        LoadError, match=r"^Fake writer needs 4 MB of memory; this machine has 3 MB for models\.$"
    ):
        get(pool, "a")
    assert loader.loaded == []
    pool.close()


def test_a_failed_load_leaves_no_trace_and_can_be_retried(pool: Pool, loader: Loader) -> None:
    loader.failing.add("a")
    with pytest.raises(LoadError) as caught:
        get(pool, "a")
    assert isinstance(caught.value.__cause__, OSError)
    assert pool.state("a") == "not_loaded"
    loader.failing.clear()
    use(pool, "a")
    assert pool.state("a") == "ready"


@pytest.mark.parametrize("broken", ["release_memory", "measure_arithmetic"])
def test_the_pools_thread_outlives_what_loads_can_do_without(
    pool: Pool, loader: Loader, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    importlib.import_module("torch")  # without it there is no arithmetic to measure

    def fail() -> None:
        raise AttributeError("partially initialized module")

    monkeypatch.setattr(device, broken, fail)
    loader.failing = {"a"}
    with pytest.raises(LoadError, match="could not be loaded"):
        pool.lease("a").result(5)
    assert pool.lease("b").result(5).adapter.spec.id == "b"
    assert pool.lease("c").result(5).adapter.spec.id == "c"


def test_an_adapter_that_cannot_be_imported_fails_its_load_only(loader: Loader) -> None:
    nowhere = replace(FAKE_TEXT, id="nowhere", adapter="tests.nowhere:Nothing")
    pool = Pool({**SPECS, "nowhere": nowhere}, budget_bytes=10 * MB)
    with pytest.raises(LoadError):
        get(pool, "nowhere")
    use(pool, "a")
    pool.close()


def test_a_cancelled_request_is_neither_loaded_nor_granted(pool: Pool, loader: Loader) -> None:
    gate = loader.gates["a"] = threading.Event()
    first, second = pool.lease("a"), pool.lease("b")
    assert second.cancel()
    gate.set()
    use(pool, "c")
    pool.release(first.result(timeout=5))
    assert loader.order() == "ac"


def test_an_abandoned_model_is_loaded_afresh_and_left_alone(pool: Pool, loader: Loader) -> None:
    lost = get(pool, "a")
    pool.abandon(lost)
    assert pool.state("a") == "not_loaded"
    fresh = get(pool, "a")
    assert fresh.adapter is not lost.adapter
    pool.release(lost)  # too late, and without effect on the fresh one
    use(pool, "b")
    use(pool, "c")
    assert pool.state("a") == "ready"
    assert not lost.adapter.closed  # type: ignore[attr-defined]


def test_warm_loads_in_the_background_what_fits_without_evicting(
    pool: Pool, loader: Loader
) -> None:
    loader.gates["a"] = threading.Event()
    pool.warm(["a", "b", "c"])  # is back before anything is loaded
    assert loader.order() == ""
    loader.gates["a"].set()
    wait_until(lambda: loader.order() == "ab" and pool.state("c") == "not_loaded")
    assert [pool.state(name) for name in "ab"] == ["ready", "ready"]


def test_a_visitor_comes_before_what_is_only_warmed(pool: Pool, loader: Loader) -> None:
    gate = loader.gates["a"] = threading.Event()
    pool.warm(["a", "b"])
    wait_until(lambda: pool.progress("a") is not None)
    wanted = pool.lease("c")
    gate.set()
    wanted.result(timeout=5)
    assert loader.order() == "ac"


def test_a_failed_warm_up_is_forgotten(pool: Pool, loader: Loader) -> None:
    loader.failing.add("a")
    pool.warm(["a"])
    wait_until(lambda: pool.state("a") == "not_loaded")
    loader.failing.clear()
    use(pool, "a")


def test_states_of_models_that_are_not_here(loader: Loader) -> None:
    pool = Pool({"bare": replace(FAKE_TEXT, id="bare", revision="")}, budget_bytes=10 * MB)
    assert pool.state("bare") == "unavailable"
    pool.warm(["bare"])
    with pytest.raises(ValueError, match="no model called “x”"):
        pool.state("x")
    with pytest.raises(ValueError, match="no model called “x”"):
        pool.lease("x")
    pool.close()
    assert loader.loaded == []


def test_close_closes_what_is_idle_and_refuses_the_rest(pool: Pool, loader: Loader) -> None:
    use(pool, "a")
    gate = loader.gates["b"] = threading.Event()
    pending = pool.lease("b")
    wait_until(lambda: pool.progress("b") is not None)
    threading.Timer(0.1, gate.set).start()
    pool.close()
    with pytest.raises(LoadError):
        pending.result(timeout=5)
    with pytest.raises(LoadError):
        get(pool, "c")
    wait_until(lambda: len(loader.loaded) == 2 and all(a.closed for a in loader.loaded))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried …"),
        type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory."),  # as torch's
    ],
)
def test_running_out_of_memory_in_a_load_leaves_the_pool_working(
    error: Exception, pool: Pool, loader: Loader
) -> None:
    use(pool, "b")
    loader.errors["a"] = error
    with pytest.raises(LoadError, match="not enough memory to load Fake writer"):
        get(pool, "a")
    assert [pool.state(name) for name in "ab"] == ["not_loaded", "ready"]
    use(pool, "a")
    assert pool.state("a") == "ready"


# Models from the hub

CONTENT = b"weights of somebody else"


@pytest.fixture
def original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """A model of one file that is pinned at a commit, with an empty cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    file = HubFile("model.safetensors", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    return replace(
        FAKE_TEXT,
        id="original",
        title="GPT-9 · the original",
        source="authors/gpt9",
        revision="a" * 40,
        memory_bytes=4 * MB,
        files=(file,),
    )


def arrive(spec: ModelSpec, content: bytes = CONTENT) -> Path:
    """Put the file where a download would."""
    path = hub_cache.folder(spec) / "model.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def both(loader: Loader, original: ModelSpec) -> Iterator[Pool]:
    """A pool of small models and the original."""
    pool = Pool({**SPECS, "original": original}, budget_bytes=10 * MB)
    yield pool
    pool.close()


def test_a_model_that_is_not_downloaded_is_refused_in_words(
    both: Pool, loader: Loader, original: ModelSpec
) -> None:
    assert both.state("original") == "not_downloaded"
    with pytest.raises(LoadError, match=r"^GPT-9 is not downloaded yet\. Download it first \(1 MB"):
        get(both, "original")
    assert loader.loaded == []
    arrive(original)
    assert both.state("original") == "not_loaded"
    use(both, "original")
    assert both.state("original") == "ready"


def test_a_model_whose_commit_is_not_confirmed_is_unavailable(
    loader: Loader, original: ModelSpec
) -> None:
    pool = Pool({"original": replace(original, revision="")}, budget_bytes=10 * MB)
    assert pool.state("original") == "unavailable"
    pool.close()


def test_files_are_checked_before_the_first_load_and_wrong_ones_refused(
    both: Pool, loader: Loader, original: ModelSpec
) -> None:
    path = arrive(original, CONTENT[::-1])
    assert both.state("original") == "not_loaded"
    with pytest.raises(LoadError, match=r"“model.safetensors” of GPT-9 was not the file"):
        get(both, "original")
    assert loader.loaded == []
    assert not path.exists()
    assert both.state("original") == "not_downloaded"
    arrive(original)
    use(both, "original")


def test_checking_is_a_phase_of_its_own(
    both: Pool, original: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(original)
    gate = threading.Event()
    monkeypatch.setattr(hub_cache, "verify", lambda *_: gate.wait(5))
    future = both.lease("original")
    wait_until(lambda: (p := both.progress("original")) is not None and p.phase == "checking")
    assert both.state("original") == "loading"
    gate.set()
    assert future.result(timeout=5)


def test_warming_leaves_models_from_the_hub_alone(
    both: Pool, loader: Loader, original: ModelSpec
) -> None:
    both.warm(["original", "a"])
    arrive(original)
    both.warm(["original", "b"])
    wait_until(lambda: loader.order() == "ab")
    assert both.state("original") == "not_loaded"


def test_in_bfloat16_room_is_made_for_half_of_a_large_model(
    original: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "place", lambda _: device.Placement("cpu", "bfloat16"))
    monkeypatch.setattr(FakeText, "load", lambda spec, *_: FakeText(spec))
    arrive(original)
    large = replace(original, memory_bytes=16 * MB, parameters=4 * MB)
    pool = Pool({"original": large}, budget_bytes=8 * MB)
    use(pool, "original")
    assert pool.budget_bytes == 8 * MB
    pool.close()
    pool = Pool({"original": large}, budget_bytes=8 * MB - 1)
    with pytest.raises(LoadError, match="GPT-9 needs 8 MB of memory; this machine has 7 MB"):
        get(pool, "original")
    pool.close()


def test_the_budget_is_known_from_the_first_load_on(loader: Loader) -> None:
    pool = Pool(SPECS)
    assert pool.budget_bytes is None
    use(pool, "a")
    assert pool.budget_bytes is not None
    assert pool.budget_bytes > 100 * MB
    pool.close()
