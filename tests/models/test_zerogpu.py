"""Runs on a shared GPU: with the host's package, inert here, and with one that forks and pickles.

`Host` does to `carry_out` what the host's decorator does (spaces 0.51.3, zero/wrappers.py): a
forked process, arguments and items pickled, a closed generator closed in the child at its next
item, a dead child an error with the host's own title.
"""

from __future__ import annotations

import inspect
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import spaces

from models import catalog, device, zerogpu
from models.base import ImageStep, ModelSpec, Recipe, Step
from models.engine import Run, Waiting
from tests.fake_adapters import (
    FAKE_IMAGE,
    FAKE_TEXT,
    SPECS,
    FakeImage,
    FakeState,
    FakeText,
    Stage,
    alone,
    image_recipe,
    staged,
    steps_of,
    text_recipe,
    wait_until,
)
from tests.test_app import run_python

pytestmark = pytest.mark.slow

GPU_TEXT = replace(FAKE_TEXT, id="gpu_text", adapter="tests.models.test_zerogpu:Watched")
GPU_IMAGE = replace(FAKE_IMAGE, id="gpu_image")
REMOTE = {spec.id: spec for spec in (GPU_TEXT, GPU_IMAGE)}
VISITOR: ContextVar[str] = ContextVar("VISITOR", default="nobody")
LOG = "ZEROGPU_TEST_LOG"

fork = multiprocessing.get_context("fork")


def note(word: str) -> None:
    """Leave a word and the number of this process where the test finds it."""
    with Path(os.environ[LOG]).open("a") as log:
        log.write(f"{word} {os.getpid()}\n")


def noted() -> list[tuple[str, int]]:
    """All that was left, in order."""
    words = (line.split() for line in Path(os.environ[LOG]).read_text().splitlines())
    return [(word, int(pid)) for word, pid in words]


class Watched(FakeText):
    """A fake writer that leaves a note of every call; some orders are for its process."""

    def begin(self, recipe: Recipe) -> FakeState:
        """Note it."""
        note("begin")
        return super().begin(recipe)

    def advance(self, states: Sequence[FakeState]) -> list[Step | Exception | None]:
        """Note it, unless there is something odd to be raised."""
        note("advance")
        if states[0].recipe.prompt == "odd":
            raise OddError(threading.Lock())
        return super().advance(states)

    def end(self, state: FakeState) -> None:
        """Note it."""
        note("end")
        super().end(state)


class OddError(Exception):
    """Cannot be pickled, for what it holds."""

    def __str__(self) -> str:
        return "odd words"


class HostError(Exception):
    """As the host's errors are: Gradio's, with a title of its own."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(message)
        self.title, self.message = title, message


@dataclass(eq=False)
class Host:
    """Lends a GPU as ZeroGPU does, and remembers to whom."""

    asked: list[str] = field(default_factory=list)  # visitors, from the context of the call
    children: list[Any] = field(default_factory=list)
    active: int = 0
    most_active: int = 0
    closed: threading.Event = field(default_factory=threading.Event)  # no GPU until it is set
    refusal: HostError | None = None

    def __post_init__(self) -> None:
        self.closed.set()

    def lend(self, task: Callable[..., Generator[Any, None, None]]) -> Callable[..., Any]:
        """The decorator."""

        def call(*arguments: Any) -> Generator[Any, None, None]:
            self.asked.append(VISITOR.get())
            assert self.closed.wait(20)
            if self.refusal:
                raise self.refusal
            reader, writer = fork.Pipe(duplex=False)
            stop = fork.Event()
            sent = pickle.dumps(arguments)
            child = fork.Process(target=in_child, args=(task, sent, writer, stop), daemon=True)
            child.start()
            writer.close()
            self.active += 1
            self.most_active = max(self.most_active, self.active)
            self.children.append(child)
            try:
                yield from received(reader, stop)
            finally:
                child.join(10)
                self.active -= 1

        return call


def received(reader: Connection, stop: Any) -> Generator[Any, None, None]:
    """What comes from the child, up to its end."""
    while True:
        try:
            word, content = reader.recv()
        except EOFError:
            raise HostError("ZeroGPU worker error", "GPU task aborted") from None
        if word == "end":
            return
        if word == "error":
            raise HostError("ZeroGPU worker error", content)
        try:
            yield pickle.loads(content)
        except GeneratorExit:
            stop.set()
            raise


def in_child(task: Callable[..., Any], sent: bytes, writer: Connection, stop: Any) -> None:
    """The child's side."""
    items = task(*pickle.loads(sent))
    try:
        for item in items:
            if stop.is_set():
                items.close()
                break
            writer.send(("item", pickle.dumps(item)))
        writer.send(("end", ""))
    except Exception as error:
        writer.send(("error", type(error).__name__))


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYGROUND_DEVICE", "cpu")
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    monkeypatch.setenv("PLAYGROUND_GPU_MODELS", "gpu_text, gpu_image,")
    monkeypatch.setattr(zerogpu, "_residents", {})


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host()
    monkeypatch.setattr(zerogpu, "carry_out", host.lend(zerogpu.carry_out))
    return host


def opened() -> tuple[dict[str, ModelSpec], dict[str, str]]:
    """The models on offer, two of them on the shared GPU, and where they compute."""
    remote = zerogpu.open_models({**SPECS, **REMOTE}, fetch=lambda spec: None)
    return {**SPECS, **remote}, dict.fromkeys(remote, zerogpu.KIND)


@pytest.fixture
def stage(host: Host) -> Iterator[Stage]:
    specs, kinds = opened()
    with staged(specs, kinds=kinds) as stage:
        yield stage
        host.closed.set()


def gpu_recipe(seed: int = 0, prompt: str = "", length: int = 5) -> Recipe:
    return text_recipe(seed, prompt, length, model="gpu_text")


def drawn(recipe: Recipe) -> list[Step]:
    """The steps of a recipe for the fake painter, without pool, engine and GPU."""
    adapter = FakeImage(GPU_IMAGE)
    state = adapter.begin(recipe)
    steps: list[Step] = []
    for _ in range(state.total):
        steps += [step for step in adapter.advance([state]) if isinstance(step, ImageStep)]
    return steps


def submit_as(stage: Stage, visitor: str, recipe: Recipe) -> Run:
    """Submit a recipe in a context that knows its visitor, as Gradio's handlers run in."""

    def submit() -> Run:
        VISITOR.set(visitor)
        return stage.engine.submit(recipe, visitor)

    return copy_context().run(submit)


# The host's package where it is inert.


def test_off_the_host_the_package_is_neither_needed_nor_imported() -> None:
    code = (
        "import sys; sys.modules['spaces'] = None; import app; "
        "print('models.zerogpu' in sys.modules, sorted(app.services.engine._workers.of))"
    )
    assert run_python(code) == "False ['large', 'local']"


def test_the_package_is_inert_here_and_a_run_goes_through_it() -> None:
    assert inspect.isgeneratorfunction(zerogpu.carry_out)
    assert spaces.GPU(duration=5)(zerogpu.carry_out) is zerogpu.carry_out
    specs, kinds = opened()
    with staged(specs, kinds=kinds) as stage:
        assert stage.steps(gpu_recipe(3, length=40)) == alone(gpu_recipe(3, length=40))


# A run in a child.


def test_a_run_is_carried_out_whole_in_one_child_and_equals_the_local_one(
    stage: Stage, host: Host
) -> None:
    recipe = gpu_recipe(3, "quiet=2", length=40)
    assert stage.steps(recipe) == alone(recipe)
    wait_until(lambda: not host.active)
    words, pids = zip(*noted(), strict=True)
    assert words == ("begin", *["advance"] * 42, "end")
    assert len(set(pids)) == 1
    assert os.getpid() not in pids


def test_pictures_come_across(stage: Stage) -> None:
    recipe = replace(image_recipe(5, steps=4, count=2), model="gpu_image")
    assert stage.steps(recipe) == drawn(recipe)


def test_a_step_carries_its_time_in_the_child(stage: Stage) -> None:
    steps = stage.steps(gpu_recipe(1, "delay=0.25", length=2))
    assert all(step.seconds >= 0.25 for step in steps)  # here it was asked for every tenth second


def test_the_child_first_of_all_computes_on_one_thread(
    stage: Stage, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    stage.steps(gpu_recipe(0))  # the pool configures torch as well, in this process
    configure, begin = device.configure_torch, Watched.begin

    def begin_counting(self: Watched, recipe: Recipe) -> FakeState:
        note(f"threads={torch.get_num_threads()}")
        return begin(self, recipe)

    monkeypatch.setattr(device, "configure_torch", lambda: (note("configure"), configure()))
    monkeypatch.setattr(Watched, "begin", begin_counting)
    torch.set_num_threads(2)
    stage.steps(gpu_recipe(1))
    assert torch.get_num_threads() == 2
    words = [word for word, pid in noted() if pid == host.children[1].pid]
    assert words[:3] == ["configure", "threads=1", "begin"]


def test_stop_closes_the_child_within_a_second(stage: Stage, host: Host) -> None:
    run = stage.engine.submit(gpu_recipe(1, "delay=0.01", length=1000))
    wait_until(lambda: len(run.work.steps) > 3)
    stopped = time.monotonic()
    stage.engine.stop(run)
    wait_until(lambda: not host.active)
    assert time.monotonic() - stopped < 1.0
    assert noted()[-1][0] == "end"
    assert stage.steps(gpu_recipe(2)) == alone(gpu_recipe(2))


# What goes wrong.


@pytest.mark.parametrize(
    ("prompt", "kind", "words"),
    [
        ("refuse=1", ValueError, "This prompt cannot be used; change it."),
        ("fail=3", RuntimeError, "this step was ordered to fail"),
        ("raise=3", RuntimeError, "advance was ordered to raise"),
        ("odd", RuntimeError, "OddError: odd words"),
    ],
)
def test_an_error_in_the_child_comes_across_in_its_words(
    stage: Stage, prompt: str, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        stage.steps(gpu_recipe(1, prompt))
    assert str(caught.value) == words
    assert stage.steps(gpu_recipe(2)) == alone(gpu_recipe(2))


def test_after_a_child_was_killed_there_is_a_sentence_and_the_next_run_works(
    stage: Stage, host: Host
) -> None:
    run = stage.engine.submit(gpu_recipe(1, "delay=0.01", length=1000))
    wait_until(lambda: len(run.work.steps) > 3)
    os.kill(host.children[0].pid, signal.SIGKILL)
    with pytest.raises(zerogpu.GpuError, match="ended this run before it was finished"):
        list(stage.engine.follow(run))
    assert stage.steps(gpu_recipe(2)) == alone(gpu_recipe(2))
    assert stage.engine.healthy()


def test_a_refusal_of_the_host_is_a_sentence(stage: Stage, host: Host) -> None:
    host.refusal = HostError("ZeroGPU queue timeout", "No GPU was available after 60s. Retry later")
    with pytest.raises(zerogpu.GpuError, match="All shared GPUs are taken"):
        stage.steps(gpu_recipe(1))
    host.refusal = None
    assert stage.steps(gpu_recipe(1)) == alone(gpu_recipe(1))


def test_a_host_that_does_not_answer_is_given_up(
    stage: Stage, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zerogpu, "FIRST_SECONDS", 0.3)
    host.closed.clear()
    with pytest.raises(zerogpu.GpuError, match="does not answer"):
        stage.steps(gpu_recipe(1))
    host.closed.set()
    assert stage.steps(gpu_recipe(2)) == alone(gpu_recipe(2))
    assert stage.engine.healthy()


def test_a_child_that_hangs_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zerogpu, "STEP_SECONDS", 0.3)
    monkeypatch.setattr(zerogpu, "_CLOSE_SECONDS", 0.1)
    run = stage.engine.submit(gpu_recipe(1, "hang=3"))
    with pytest.raises(zerogpu.GpuError, match="does not answer"):
        list(stage.engine.follow(run))
    assert len(run.work.steps) == 3
    assert stage.steps(gpu_recipe(2)) == alone(gpu_recipe(2))


TITLES = {
    "ZeroGPU quota exceeded": "You have exceeded your free ZeroGPU quota (60s requested vs. 5s "
    "left). Try again in 1 day, 3:20:05. ",
    "ZeroGPU queue timeout": "No GPU was available after 60s. Create a free account",
    "ZeroGPU pending credits exceeded": "You have too many ZeroGPU credits allocated.",
    "ZeroGPU illegal duration": "The requested GPU duration (900s) is larger than allowed",
    "ZeroGPU worker error": "GPU task aborted",
    "ZeroGPU client error": "Expired ZeroGPU proxy token",
}


@pytest.mark.parametrize("title", TITLES)
def test_every_error_of_the_host_has_a_sentence(title: str) -> None:
    from gradio import Error

    from playground.core.errors import explain

    sentence = explain(zerogpu.in_words(Error(TITLES[title], title=title)))
    assert sentence.endswith(".")
    assert "ZeroGPU" not in sentence
    assert "{" not in sentence
    assert "reference" not in sentence
    assert ("Try again in 1 day, 3:20:05. " in sentence) == (title == "ZeroGPU quota exceeded")


def test_other_errors_and_a_full_queue_are_told_apart() -> None:
    error = RuntimeError("Connection closed by visitor while queueing")
    assert zerogpu.in_words(error) is error
    full = HostError("ZeroGPU quota exceeded", "No GPU was available after 60s. Try re-running")
    assert "are taken" in str(zerogpu.in_words(full))


# Turns and visitors.


def test_runs_take_turns_while_models_here_go_on(stage: Stage, host: Host) -> None:
    here = stage.engine.submit(text_recipe(1, "delay=0.01", length=1000), "c")
    wait_until(lambda: bool(here.work.steps))
    before = len(here.work.steps)
    picture = replace(image_recipe(5, "delay=0.05", steps=6), model="gpu_image")
    recipes = [gpu_recipe(1, "delay=0.02", 15), gpu_recipe(2, "delay=0.02", 15), picture]
    runs = [submit_as(stage, visitor, r) for visitor, r in zip("aba", recipes, strict=True)]
    wait_until(lambda: all(run.work.over for run in runs))
    assert [run.work.steps for run in runs] == [*map(alone, recipes[:2]), drawn(picture)]
    assert host.most_active == 1
    assert len({child.pid for child in host.children}) == 3
    assert len(here.work.steps) - before > 30  # in 0.9 seconds at least
    stage.engine.stop(here)


def test_who_waits_for_a_gpu_can_leave_at_once_and_blocks_nobody(stage: Stage, host: Host) -> None:
    host.closed.clear()
    first = submit_as(stage, "a", gpu_recipe(1))
    second = submit_as(stage, "b", gpu_recipe(2))
    wait_until(lambda: host.asked == ["a"])
    event = next(stage.engine.follow(second))
    assert isinstance(event, Waiting)
    assert event.position == 1
    second = submit_as(stage, "b", gpu_recipe(2))  # the generator above was closed: a stop
    stopped = time.monotonic()
    stage.engine.stop(first)
    wait_until(lambda: host.asked == ["a", "b"])
    assert time.monotonic() - stopped < 1.0
    host.closed.set()
    assert steps_of(stage.engine.follow(second)) == alone(gpu_recipe(2))


def test_the_host_sees_the_context_of_the_visitor(stage: Stage, host: Host) -> None:
    for visitor in "ab":
        list(stage.engine.follow(submit_as(stage, visitor, gpu_recipe(ord(visitor)))))
    assert host.asked == ["a", "b"]


def test_a_run_goes_on_the_share_of_who_still_follows_it(stage: Stage, host: Host) -> None:
    blocking = submit_as(stage, "x", gpu_recipe(9, "delay=0.01", 1000))
    wait_until(lambda: bool(blocking.work.steps))
    left, stayed = (submit_as(stage, visitor, gpu_recipe(1)) for visitor in "ab")
    assert left.work is stayed.work
    stage.engine.stop(left)
    stage.engine.stop(blocking)
    assert steps_of(stage.engine.follow(stayed)) == alone(gpu_recipe(1))
    assert host.asked == ["x", "b"]


def test_a_run_taken_up_again_keeps_its_visitor(host: Host) -> None:
    specs, kinds = opened()
    recipe = gpu_recipe(1, "delay=0.01", 150)
    with staged(specs, kinds=kinds, patience_seconds=0.6) as stage:
        run = submit_as(stage, "a", recipe)
        wait_until(lambda: bool(host.children) and not host.active)
        assert steps_of(stage.engine.follow(run)) == alone(recipe)
    assert len(host.asked) >= 2
    assert set(host.asked) == {"a"}


# What is placed there, and for how long it is asked.


def test_the_operator_chooses_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = {**SPECS, **REMOTE}
    assert zerogpu.chosen(offered) == [GPU_TEXT, GPU_IMAGE]
    monkeypatch.setenv("PLAYGROUND_GPU_MODELS", "gpu_text,gpu_texd")
    with pytest.raises(ValueError, match="names no model: gpu_texd"):
        zerogpu.chosen(offered)
    monkeypatch.delenv("PLAYGROUND_GPU_MODELS")
    assert zerogpu.open_models(offered, fetch=pytest.fail) == {}


def test_models_are_fetched_and_placed_on_cuda_by_the_calling_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[object, ...]] = []

    def load(cls: type[FakeText], spec: ModelSpec, device: str, dtype: str) -> FakeText:
        calls.append((spec.id, device, dtype, threading.current_thread()))
        return cls(spec)

    monkeypatch.setattr("tests.fake_adapters.Fake.load", classmethod(load))
    remote = zerogpu.open_models({**SPECS, **REMOTE}, fetch=lambda spec: calls.append((spec.id,)))
    here = threading.current_thread()
    assert calls == [
        ("gpu_text",),
        ("gpu_text", "cuda", "float32", here),
        ("gpu_image",),
        ("gpu_image", "cuda", "float32", here),
    ]
    assert remote["gpu_text"].adapter == "models.zerogpu:Remote"
    assert remote["gpu_text"].memory_bytes == 0  # of this machine's


def test_a_model_that_cannot_be_had_stays_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    def fetch(spec: ModelSpec) -> None:
        if spec.id == "gpu_text":
            raise OSError("the line is dead")

    assert list(zerogpu.open_models({**SPECS, **REMOTE}, fetch)) == ["gpu_image"]
    assert "gpu_text could not be placed" in caplog.text


def test_more_work_asks_for_more_seconds_up_to_a_limit() -> None:
    assert list(inspect.signature(zerogpu.gpu_seconds).parameters) == list(
        inspect.signature(zerogpu.carry_out).parameters
    )
    texts = [zerogpu.gpu_seconds(GPU_TEXT, gpu_recipe(length=n)) for n in (1, 200, 1000)]
    assert texts == sorted(set(texts))
    assert texts[-1] <= zerogpu.MAX_SECONDS
    seconds = [
        zerogpu.gpu_seconds(GPU_IMAGE, image_recipe(steps=steps, count=count))
        for steps, count in ((1, 1), (25, 1), (25, 4), (50, 16))
    ]
    assert seconds == sorted(set(seconds))
    assert seconds[-1] == zerogpu.MAX_SECONDS


def test_on_the_host_models_of_the_app_itself_compute_on_the_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    monkeypatch.delenv("PLAYGROUND_DEVICE")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # as the host has it
    assert device.device_name() == "cuda"
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert device.device_name() == "cpu"


def test_the_app_opens_its_services_with_the_operators_models_elsewhere(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playground.wiring import open_services

    monkeypatch.setattr(catalog, "specs", lambda: {**SPECS, **REMOTE})
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    services = open_services()
    try:
        recipe = gpu_recipe(1)
        steps = steps_of(services.engine.follow(services.engine.submit(recipe)))
        assert steps == alone(recipe)
        assert len(host.children) == 1
        assert services.pool.state("gpu_text") == "ready"
        assert services.spec("gpu_text") == GPU_TEXT  # what the page shows is the model itself
    finally:
        services.engine.close()
        services.pool.close()


def test_models_know_the_host_by_one_module_alone() -> None:
    sources = Path(zerogpu.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if "import spaces" in path.read_text()] == ["zerogpu.py"]
