"""Time and memory of steps, side by side."""

import ctypes
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

Steps = Mapping[str, Callable[[], None]]
"""What takes one step, by the method's name."""

_WARM_UP = 2
_LEAST_ROUNDS = 5


def timed(
    steps: Steps, rounds: int, device: str, limit: float = float("inf")
) -> dict[str, list[float]]:
    """Seconds of every step, the methods taking turns; the first two rounds warm up.

    After `limit` seconds no further round is begun, but five are taken at least.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    begun = time.perf_counter()
    for index in range(rounds + _WARM_UP):
        if index >= _WARM_UP + _LEAST_ROUNDS and time.perf_counter() - begun > limit:
            break
        for name, step in steps.items():
            _synchronise(device)
            start = time.perf_counter()
            step()
            _synchronise(device)
            if index >= _WARM_UP:
                times[name].append(time.perf_counter() - start)
    return times


def quartiles(values: list[float]) -> list[float]:
    """The three quartiles; of a single value three times that."""
    return statistics.quantiles(values * 2 if len(values) == 1 else values, method="inclusive")


def peaks(steps: Steps, device: str) -> dict[str, float]:
    """Peak memory of a step in MiB: allocated on a GPU, resident above the start on a CPU."""
    peak = _peak_cuda if device.startswith("cuda") else _peak_cpu
    return {name: statistics.median(peak(step) for _ in range(3)) for name, step in steps.items()}


def _synchronise(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def _peak_cuda(step: Callable[[], None]) -> float:
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    step()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() / 2**20


def _peak_cpu(step: Callable[[], None]) -> float:
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    step()
    return _status("VmHWM") - _START


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


# Resident memory with the libraries loaded and no network yet: it is not the step's.
_START = _status("VmRSS") if sys.platform == "linux" else 0.0
