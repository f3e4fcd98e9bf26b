"""One seed for each purpose, so that runs of one seed are paired.

A single-task run and a pair run of the same seed start from the same trunk, the same head of the
shared task, and see that task's data in the same order, because each of these draws from its own
stream, named by purpose. Source: our choice (see docs/architecture.md).
"""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_for(seed: int, *purpose: str) -> int:
    """A 63-bit seed for one purpose, unrelated to the seeds of all others.

    With it runs of one seed can be compared: what two of them have in common begins alike in both,
    whatever else they train. Costs microseconds.

    Args:
        seed: The run's seed, an integer.
        purpose: Words that name the stream, e.g. "head", "pose".

    Returns:
        An integer in [0, 2**63), the same on every machine and in every Python version; what
        `torch.manual_seed`, a `torch.Generator` and `numpy.random.default_rng` take.

    Raises:
        TypeError: A purpose is no word.

    Example:
        >>> _ = torch.manual_seed(seed_for(0, "head", "pose"))  # then build the head of pose
        >>> seed_for(0, "trunk") == seed_for(0, "trunk")
        True
        >>> seed_for(0, "trunk") == seed_for(1, "trunk")
        False
    """
    text = "\x1f".join((str(seed), *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: str) -> torch.Generator:
    """A CPU generator for one purpose; see `seed_for`."""
    return torch.Generator().manual_seed(seed_for(seed, *purpose))


@contextmanager
def seeded(seed: int, *purpose: str) -> Iterator[None]:
    """Run a block with torch's global generators set for one purpose, and put them back after.

    Layers draw their initial weights from the global generator; this is how a network for one seed
    is built without touching the caller's random state.
    """
    # A run on a CPU must not start CUDA; a run on a GPU has started it when its network was moved.
    # One GPU at most is used by a run; naming it keeps torch from saving the state of all.
    devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed_for(seed, *purpose))
        yield
    if not devices:
        # CUDA takes the last seed that was set when it starts: the caller's, not this block's.
        torch.cuda.manual_seed_all(torch.initial_seed())


@contextmanager
def draws_put_back() -> Iterator[None]:
    """A block in the middle of a training whose draws nobody after it notices.

    Torch's, numpy's and Python's global generators are put back, for a user's metric or data may
    draw from any of them.
    """
    of_numpy, of_python = np.random.get_state(), random.getstate()  # noqa: NPY002 - the user's
    try:
        with seeded(0, "aside"):
            yield
    finally:
        np.random.set_state(of_numpy)  # noqa: NPY002
        random.setstate(of_python)
