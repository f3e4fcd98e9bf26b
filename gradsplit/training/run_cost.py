"""What a run costs here."""

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import torch


@dataclass(frozen=True)
class RunCost:
    """What a run of some number of tasks costs here, averaged over the measured runs.

    Attributes:
        tasks: How many tasks the run trains.
        steps: Optimizer steps of a whole run.
        seconds_a_step: Wall time of one step.
        seconds_besides: Wall time of set-up and scoring.
        peak_bytes: Highest memory so far: of the process on a CPU, of the device otherwise.
    """

    tasks: int
    steps: int
    seconds_a_step: float
    seconds_besides: float
    peak_bytes: int

    @property
    def seconds(self) -> float:
        """Wall time of a whole run."""
        return self.seconds_besides + self.steps * self.seconds_a_step


def peak_bytes(device: str) -> int:
    """The highest memory so far: of the process on a CPU, of the device otherwise."""
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def a_pair_for_each(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Few pairs in which every task occurs: neighbours, the last pair overlapping if T is odd.

    Example:
        >>> a_pair_for_each(["a", "b", "c"])
        [('a', 'b'), ('b', 'c')]
    """
    if len(names) < 3:
        return list(combinations(names, 2))
    pairs: list[tuple[str, ...]] = [
        (names[first], names[first + 1]) for first in range(0, len(names) - 1, 2)
    ]
    return pairs if len(names) % 2 == 0 else [*pairs, (names[-2], names[-1])]
