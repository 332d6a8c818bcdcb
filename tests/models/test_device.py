"""Which device, which number format, how many threads, how much memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models import device
from models.device import Placement
from tests.fake_adapters import FAKE_TEXT

LARGE = replace(FAKE_TEXT, parameters=device.SMALL_PARAMETERS)


@pytest.mark.parametrize("name", ["cuda", "mps", "cpu"])
def test_the_environment_chooses_the_device(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PLAYGROUND_DEVICE", name)
    assert device.place(FAKE_TEXT) == Placement(name, "float32")


def test_an_unknown_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_DEVICE", "abacus")
    with pytest.raises(ValueError, match="cuda, mps or cpu, not “abacus”"):
        device.device_name()


@pytest.mark.parametrize(("able", "dtype"), [(True, "bfloat16"), (False, "float32")])
def test_large_models_use_bfloat16_where_the_machine_has_it(
    monkeypatch: pytest.MonkeyPatch, able: bool, dtype: str
) -> None:
    monkeypatch.setenv("PLAYGROUND_DEVICE", "cpu")
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: able, raising=False)
    monkeypatch.setattr("torch.cpu._is_amx_tile_supported", lambda: False, raising=False)
    assert device.place(LARGE).dtype == dtype
    assert device.place(FAKE_TEXT).dtype == "float32"


def test_the_environment_is_prepared_but_never_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"OMP_WAIT_POLICY": "ACTIVE"})
    device.prepare_environment()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"


def test_a_container_limit_counts_as_its_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "memory.max").write_text("1000000000\n")
    (tmp_path / "memory.stat").write_text("file 700000000\nanon 200000000\n")
    monkeypatch.setattr(device, "_CGROUP", tmp_path)
    assert device.total_memory_bytes("cpu") == 1_000_000_000
    assert device.available_memory_bytes("cpu") <= 800_000_000


def test_the_budget_is_part_of_what_is_free() -> None:
    total, free = device.total_memory_bytes("cpu"), device.available_memory_bytes("cpu")
    assert 0 < device.memory_budget_bytes("cpu") < free <= total


@pytest.mark.parametrize(
    ("dtype", "parameters", "needed"),
    [
        ("float32", 100, 400),
        ("bfloat16", 100, 200),
        ("bfloat16", 101, 400),  # less than four bytes a parameter: int8, the same everywhere
    ],
)
def test_bfloat16_needs_half_of_what_float32_does(dtype: str, parameters: int, needed: int) -> None:
    spec = replace(FAKE_TEXT, parameters=parameters, memory_bytes=400)
    assert device.memory_needed_bytes(spec, Placement("cpu", dtype)) == needed


def test_running_out_of_memory_is_recognised() -> None:
    import torch

    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50, dtype=torch.uint8)
    assert device.is_out_of_memory(caught.value)
    assert device.is_out_of_memory(torch.OutOfMemoryError())
    assert device.is_out_of_memory(MemoryError())
    assert not device.is_out_of_memory(RuntimeError("shapes do not match"))
    assert not device.is_out_of_memory(ValueError("DefaultCPUAllocator"))


_COUNT_HEAPS = """
import ctypes, sys, threading
from models import device
if sys.argv[1] == "limited":
    device.prepare_environment()
libc, barrier, held = ctypes.CDLL(None), threading.Barrier(12), []
libc.fopen.restype = ctypes.c_void_p
def hold():
    barrier.wait()
    held.append([bytearray(5000) for _ in range(200)])
    barrier.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps as glibc has them")
def test_threads_share_two_heaps_unless_the_operator_decides(tmp_path: Path) -> None:
    def heaps(how: str, **settings: str) -> int:
        file = tmp_path / f"{how}{len(settings)}"
        environment = {k: v for k, v in os.environ.items() if k != "MALLOC_ARENA_MAX"}
        command = [sys.executable, "-c", _COUNT_HEAPS, how, str(file)]
        subprocess.run(command, check=True, env=environment | settings)
        return file.read_text().count("<heap nr=")

    assert heaps("unlimited") > 2
    assert heaps("limited") == 2
    assert heaps("limited", MALLOC_ARENA_MAX="3") == 3


def test_torch_half_imported_by_another_thread_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(
        "import time, types\n"
        "time.sleep(0.5)\n"
        "threads = []\n"
        "set_num_threads = threads.append\n"
        "cuda = types.SimpleNamespace(is_available=lambda: threads.append('asked'))\n"
    )
    program = (
        "import sys, threading, time\n"
        "from models import device\n"
        "other = threading.Thread(target=__import__, args=('torch',))\n"
        "other.start()\n"
        "while 'torch' not in sys.modules: time.sleep(0.01)\n"
        "assert not hasattr(sys.modules['torch'], 'cuda')\n"
        "device.{first}(); device.{second}()\n"
        "print(sorted(map(str, sys.modules['torch'].threads)))\n"
    )
    for first, second in (
        ("configure_torch", "release_memory"),
        ("release_memory", "configure_torch"),
    ):
        code = program.format(first=first, second=second)
        ran = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.split() == ["['1',", "'asked']"], ran.stderr
