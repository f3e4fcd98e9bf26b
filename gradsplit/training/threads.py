"""CPU threads of a training: sums depend on their number in the last digit."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def own_threads(number: int) -> Iterator[None]:
    """Inside, torch computes with so many threads; afterwards with as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
