"""Whether torchrun has started this process as one of several, and as which."""

import os
from dataclasses import dataclass

SAYING_SECONDS = 5.0
"""So long the other processes wait to be ended, so that the one that says why can do so."""


@dataclass(frozen=True)
class Place:
    """Which of the processes that torchrun has started this one is.

    Attributes:
        rank: 0 <= rank < count, over all machines; 0 is the leader.
        count: Processes on all machines, 2 or more.
        here: Which of those on this machine, from 0.
        count_here: Processes on this machine.
    """

    rank: int
    count: int
    here: int
    count_here: int


def place() -> Place | None:
    """This process's place; None where it is the only one, or torchrun has not started it.

    Costs microseconds; torch is not imported.

    Example:
        >>> place() is None
        True
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if "TORCHELASTIC_RUN_ID" not in os.environ or count < 2:
        return None
    rank, here = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    return Place(rank, count, here, int(os.environ["LOCAL_WORLD_SIZE"]))


def speaks() -> bool:
    """Whether this process prints: one alone, or the leader of several.

    Example:
        >>> speaks()
        True
    """
    mine = place()
    return mine is None or mine.rank == 0
