"""Which device, which number format, how many threads, how much memory: decided here alone."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models import console
from models.base import ModelSpec
from models.hub import proxies

SMALL_PARAMETERS = 20_000_000
_M_ARENA_MAX = -8  # of glibc's malloc.h
_HEAPS = 2
THREADS = 1
"""On two idle cores a second thread makes every shipped model slower: 200 letters take 0.47 s for
0.21 (LSTM) and 1.0 s for 0.35 (GPT), four diffusion pictures 1.3 s for 0.8. It is worth most left
to the page."""
_MODELS_SHARE = 0.6  # of the memory that is free; the rest is for activations and everything else
_CGROUP = Path("/sys/fs/cgroup")
_PROBE_CHANNELS, _PROBE_PX = 320, 32
_arithmetic: dict[str, float] = {}
_FALLBACK_BYTES = 4_000_000_000  # where the system does not tell


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a model runs and in which number format, by torch's names."""

    device: str  # "cuda", "mps" or "cpu"
    dtype: str  # "float32" or "bfloat16"


def prepare_environment() -> None:
    """Set what libraries read once, when they are imported; call before anything else.

    Idle OpenMP threads that spin make two threads on two busy cores ten times slower.
    """
    console.write_anything()
    proxies.prepare()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("KMP_BLOCKTIME", "0")  # the same for Intel's and LLVM's OpenMP
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # What they warn of at import (no torchvision, no accelerate) concerns nothing that is used.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # Gradio's notes on runs, for a page of its own that is switched off here: 10,000 unless said.
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "100")
    _limit_heaps()


def _limit_heaps() -> None:
    """Let all threads share two heaps, if this is glibc; for each core it would make eight.

    What one thread frees in its own heap, the next thread does not find: in ten minutes of mixed
    load that grew by a tenth of the memory, with two heaps by a hundredth.
    """
    if "MALLOC_ARENA_MAX" in os.environ:  # glibc's own variable: the operator has decided
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library, or none
        return
    mallopt(_M_ARENA_MAX, _HEAPS)


def configure_torch() -> None:
    """Let torch compute on one thread, if anything has imported torch."""
    if "torch" in sys.modules:
        import torch  # waits for another thread that is in the middle of importing it

        torch.set_num_threads(THREADS)


def place(spec: ModelSpec) -> Placement:
    """Where a model runs; models below 20 M parameters in float32, so that results reproduce."""
    return place_on(device_name(), spec)


def place_on(device: str, spec: ModelSpec) -> Placement:
    """The same on a device that was chosen before."""
    if spec.parameters < SMALL_PARAMETERS or not computes_bfloat16(device):
        return Placement(device, "float32")
    return Placement(device, "bfloat16")


def shares_gpu() -> bool:
    """Whether the host lends this app a GPU for a call at a time, see `zerogpu.py`.

    There torch says that CUDA is available while it is not: outside such a call there is a CPU.
    """
    return os.environ.get("SPACES_ZERO_GPU") == "true"


def wanted_device() -> str:
    """What `PLAYGROUND_DEVICE` names; "" where torch is asked. Imports no torch.

    Raises:
        ValueError: when it names no kind of device.
    """
    wanted = os.environ.get("PLAYGROUND_DEVICE", "")
    if wanted not in {"", "cuda", "mps", "cpu"}:
        raise ValueError(f"PLAYGROUND_DEVICE must be cuda, mps or cpu, not “{wanted}”.")
    return wanted


def device_name() -> str:
    """The device of this process; `PLAYGROUND_DEVICE` overrides what torch finds.

    Raises:
        ValueError: when `PLAYGROUND_DEVICE` names no kind of device.
    """
    if wanted := wanted_device():
        return wanted
    if shares_gpu():
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def computes_bfloat16(device: str) -> bool:
    """Whether the hardware itself multiplies in bfloat16; emulation is slower than float32."""
    import torch

    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    if device == "cpu":
        # Both are private, the only way to ask in every torch this project supports.
        probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, probe, bool)() for probe in probes)
    return False


def processor() -> str:
    """The kind of processor as kernels see it; on another one last bits may come out otherwise."""
    import torch

    return f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


def total_memory_bytes(device: str) -> int:
    """Memory of the device, within the container's limit."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[1])
    limit = _read(_CGROUP / "memory.max")
    installed = _installed_bytes()
    return min(installed, int(limit)) if limit.isdigit() else installed


def available_memory_bytes(device: str) -> int:
    """Memory of the device that is free now, within the container's limit."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    free = total_memory_bytes(device)
    if (_CGROUP / "memory.max").exists():
        free -= _row(_CGROUP / "memory.stat", "anon")  # what is cached of files can be given up
    return min(free, 1024 * _row(Path("/proc/meminfo"), "MemAvailable:") or free)


def memory_budget_bytes(device: str) -> int:
    """How much all loaded models together may hold."""
    return int(_MODELS_SHARE * available_memory_bytes(device))


def memory_needed_bytes(spec: ModelSpec, placement: Placement) -> int:
    """How much a model holds where it is placed: half of what float32 takes in bfloat16.

    A model that takes less than four bytes a parameter is not kept in float32 in the first place
    (int8), and takes the same everywhere.
    """
    if placement.dtype == "bfloat16" and spec.memory_bytes >= 4 * spec.parameters:
        return spec.memory_bytes // 2
    return spec.memory_bytes


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, in Python's words or in torch's.

    torch has a class of its own for accelerators only; on a CPU it is a RuntimeError of
    `DefaultCPUAllocator`.
    """
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"MemoryError", "OutOfMemoryError"}) or (
        isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    )


def arithmetic_per_second() -> float | None:
    """Floating-point operations a second as measured here; None before `measure_arithmetic`."""
    return _arithmetic.get("measured")


def measure_arithmetic() -> None:
    """Time a convolution like those of Stable Diffusion, once a process: 0.1 s on two slow cores.

    From it, and the operations that a picture takes, follows roughly how long a picture takes.
    """
    if _arithmetic:
        return
    import torch

    kind = device_name()
    dtype = torch.bfloat16 if computes_bfloat16(kind) else torch.float32
    pixels = torch.zeros(1, _PROBE_CHANNELS, _PROBE_PX, _PROBE_PX, device=kind, dtype=dtype)
    network = torch.nn.Conv2d(_PROBE_CHANNELS, _PROBE_CHANNELS, 3, padding=1).to(kind, dtype)
    operations = 2 * 9 * _PROBE_CHANNELS**2 * _PROBE_PX**2
    with torch.inference_mode():
        seconds = min(_seconds(lambda: network(pixels).float().sum().item()) for _ in range(3))
    _arithmetic["measured"] = operations / seconds


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def keep_imported() -> None:
    """Let the garbage collector pass over everything there is now, for good.

    Measured: going through the million objects of Gradio and torch takes 0.4 s, in which nothing
    else is done, and it happened in the middle of whatever had just made one object too many.
    """
    gc.freeze()


def release_memory() -> None:
    """Give freed memory back to the device, after a model was closed."""
    passed_over = gc.get_freeze_count()
    gc.unfreeze()  # what was closed may be among it
    gc.collect()
    if passed_over:
        gc.freeze()
    if "torch" in sys.modules:
        import torch  # waits for another thread that is in the middle of importing it

        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _installed_bytes() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return _FALLBACK_BYTES


def _row(path: Path, name: str) -> int:
    """The number behind a name in a system file of "name number" rows; 0 where there is none."""
    rows = (row.split() for row in _read(path).splitlines())
    return next((int(row[1]) for row in rows if row[:1] == [name]), 0)


def _read(path: Path) -> str:
    """A small system file, stripped; "" where there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
