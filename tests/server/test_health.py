"""The health check: what it says, when it says 503, and that nothing keeps it waiting."""

from __future__ import annotations

import asyncio
import mmap
import os
import threading
import time
from types import SimpleNamespace

import httpx
import pytest

from models.networks import trials
from playground.server import health
from playground.server.health import Health, report
from tests.fake_adapters import SPECS, staged, text_recipe, wait_until


async def _rest(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"the rest"})


def ask(services, path="/healthz", method="GET"):
    """The answer of a server that has just this."""

    async def get():
        transport = httpx.ASGITransport(Health(_rest, services))
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as asking:
            return await asking.request(method, path)

    return asyncio.run(get())


@pytest.fixture
def stage():
    """Services over fakes, one slot for each model, and calls that are given up quickly."""
    with staged(batch_limit=1, step_limit_seconds=0.2) as stage:
        yield SimpleNamespace(engine=stage.engine, pool=stage.pool, specs=SPECS)


def test_it_says_what_is_loaded_and_what_goes_on(stage):
    before = ask(stage)
    assert before.status_code == 200
    assert before.headers["cache-control"] == "no-store"
    said = before.json()
    assert said["live"] is said["ready"] is True
    assert (said["runs"], said["queue"]) == (0, 0)
    assert said["models"] == {"fake_text": "not_loaded", "fake_image": "not_loaded"}
    slow = [text_recipe(seed, "delay=0.02", length=1000) for seed in range(3)]
    runs = [stage.engine.submit(recipe, str(i)) for i, recipe in enumerate(slow)]
    wait_until(lambda: bool(runs[0].work.steps))
    said = ask(stage).json()
    assert (said["runs"], said["queue"]) == (1, 2)
    assert said["models"]["fake_text"] == "ready"
    for run in runs:
        stage.engine.stop(run)
    wait_until(lambda: report(stage)["runs"] == 0)
    assert report(stage)["queue"] == 0


def test_it_says_what_was_tried_out_of_the_kernels(stage, monkeypatch):
    monkeypatch.setattr(trials, "_found", {})
    assert ask(stage).json()["rows"] == []
    asked = trials.Trial("Steady", (768, 256), "bfloat16", "cpu", rows=64)
    trials.keep(asked.with_found(tried=(4, 8, 32), agree=(4, 32)))
    trials.keep(trials.known(asked).with_found(tried=(16,), agree=(16,)))
    (said,) = ask(stage).json()["rows"]
    assert (said["what"], said["shape"], said["dtype"]) == ("Steady", [768, 256], "bfloat16")
    assert (said["device"], said["rows"]) == ("cpu", 64)
    assert (said["agree"], said["differ"]) == ([4, 16, 32], [8])
    assert said["missed"] == pytest.approx(0.875**64, abs=1e-6)


def test_it_measures_the_process():
    with staged() as stage:
        services = SimpleNamespace(engine=stage.engine, pool=stage.pool, specs=SPECS)
        before = report(services)
        assert 10_000_000 < before["memory_bytes"] < 10**11
        assert before["threads"] == threading.active_count()
        read, write = os.pipe()
        # Not of the heap, which may still hold what earlier tests have left.
        with mmap.mmap(-1, 50_000_000) as held:
            held.write(b"x" * len(held))
            after = report(services)
        assert after["open_files"] == before["open_files"] + 2
        assert after["memory_bytes"] - before["memory_bytes"] > 25_000_000
        os.close(read)
        os.close(write)


def test_two_threads_that_never_came_back_make_it_say_so(stage):
    for seed in range(2):
        run = stage.engine.submit(text_recipe(seed, "hang=1"), "v")
        with pytest.raises(TimeoutError):
            list(stage.engine.follow(run))
        answer = ask(stage)
        assert (answer.status_code, answer.json()["ready"]) == ((200, True), (503, False))[seed]
    assert answer.json()["abandoned"] == 2
    assert answer.json()["live"]


def test_other_paths_are_passed_on():
    services = SimpleNamespace()
    assert ask(services, "/healthz/").text == "the rest"
    assert ask(services, "/").text == "the rest"


def test_a_hundred_followers_and_a_hanging_step_keep_nobody_waiting():
    with staged(step_limit_seconds=30.0) as stage:
        services = SimpleNamespace(engine=stage.engine, pool=stage.pool, specs=SPECS)
        runs = [
            stage.engine.submit(text_recipe(seed, "delay=0.01", length=1000), str(seed))
            for seed in range(99)
        ]
        runs.append(stage.engine.submit(text_recipe(99, "hang=1", length=1000), "99"))
        left = threading.Event()

        def follow(run):
            for _ in stage.engine.follow(run):
                if left.is_set():
                    return

        threads = [threading.Thread(target=follow, args=(run,), daemon=True) for run in runs]
        for thread in threads:
            thread.start()
        longest = 0.0
        for _ in range(20):
            asked = time.monotonic()
            assert ask(services).json()["live"]
            longest = max(longest, time.monotonic() - asked)
            time.sleep(0.02)
        left.set()
        assert longest < 1.0
        for adapter in stage.adapters:
            adapter.released.set()
        for thread in threads:
            thread.join(10)


def test_a_system_without_proc_is_asked_otherwise(monkeypatch):
    monkeypatch.setattr(health, "_STATUS", "/nowhere")
    assert health.memory_bytes() > 10_000_000
    monkeypatch.setattr(health, "_FILES", ())
    assert health.open_files() is None
