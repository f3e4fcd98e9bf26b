"""How much memory is free, and whether an error says that there was too little."""

import contextlib
import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

T = TypeVar("T")
_KINDS = {Tensor, nn.Parameter}


def free_bytes(device: torch.device, *, system: Path = Path("/")) -> int:
    """Bytes that can still be taken: of a GPU what its driver says, else main memory.

    Main memory is what Linux calls available, or less where a control group (a container, a batch
    job) allows less; elsewhere all that the machine has.

    Args:
        device: A CPU or CUDA device.
        system: Where the system's files lie; for tests.

    Example:
        >>> free_bytes(torch.device("cpu")) > 0
        True
    """
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        lines = (system / "proc/meminfo").read_text().splitlines()
    except OSError:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    available = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    return min([1024 * available, *_left_by_control_groups(system)])


def _left_by_control_groups(system: Path) -> list[int]:
    """What each control group above this process still allows; both versions of them."""
    try:
        lines = (system / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    left = []
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds == "":
            home, names = "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in kinds.split(","):
            home = "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        inner = Path(path.lstrip("/"))
        # A container sees its own group as the root, whatever path it is told.
        left += [_left(system / home / one, *names) for one in (inner, *inner.parents)]
    return [one for one in left if one is not None]


def _left(group: Path, limit: str, used: str, cache: str) -> int | None:
    """Bytes that a control group still allows, its file cache counted as free; None: no limit."""
    try:
        most, taken = int((group / limit).read_text()), int((group / used).read_text())
        entries = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no such group, or its limit is "max"
        return None
    return max(0, most - taken + int(entries.get(cache, 0)))


def held_bytes() -> int:
    """Bytes of all tensors that this process's Python objects hold, storages counted once.

    Tensors of other classes than torch's own are left out. Cost: tens of milliseconds.
    """
    held: dict[int, int] = {}
    # By type, not isinstance, which asks the objects themselves, and lazy ones act on it.
    tensors = [one for one in gc.get_objects() if type(one) in _KINDS]
    for one in tensors:
        # Sparse tensors have no storage.
        with contextlib.suppress(NotImplementedError):
            storage = one.untyped_storage()
            held[storage.data_ptr()] = storage.nbytes()
    return sum(held.values())


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was too little memory, on a CPU or a GPU.

    Example:
        >>> out_of_memory(MemoryError()), out_of_memory(RuntimeError("shapes differ"))
        (True, False)
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # What torch's allocator for CPUs says; it has no class of its own.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def within_memory(doing: str, act: Callable[[], T]) -> T:
    """What an act gives; every lack of memory is a MemoryError that keeps no tensors alive.

    Args:
        doing: What may not fit, the beginning of the message.
        act: What is to be done.

    Raises:
        MemoryError: There was too little memory.
    """
    try:
        return act()
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        shortage = str(error)
    # Out here, so that no frame of the failed attempt hangs on the new error.
    raise MemoryError(f"{doing} did not fit into memory. {shortage}")
