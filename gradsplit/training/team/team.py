"""The processes of a team, and what they tell each other."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
import torch.distributed as dist

T = TypeVar("T")


@dataclass(frozen=True)
class Team:
    """Processes that train one run together; the first is the leader and has the data and files.

    All of them have to call what is below in the same order. It needs torch's process group.

    Attributes:
        rank: Which of them this one is, from 0, the leader.
        size: How many they are.
        device: Where this one trains.
        sync_batch_norm: Whether BatchNorm takes its statistics over the whole batch.
        plain: What they talk through about other things than tensors on their devices.
    """

    rank: int
    size: int
    device: torch.device
    sync_batch_norm: bool = False
    plain: Any = field(default=None, repr=False, compare=False)

    @property
    def leads(self) -> bool:
        """Whether this is the leader."""
        return self.rank == 0

    def from_leader(self, make: Callable[[], T]) -> T:
        """What the leader makes, in every process; `make` is called in the leader alone.

        Cost: what it makes is pickled; megabytes take milliseconds on one machine.
        """
        held: list[Any] = [make() if self.leads else None]
        dist.broadcast_object_list(held, 0, self.plain, torch.device("cpu"))
        return held[0]

    def state_from_leader(self, make: Callable[[], T]) -> T:
        """The same of a training's state, whose tensors come to this process's own device."""

        def kept() -> bytes:
            file = io.BytesIO()
            torch.save(make(), file)
            return file.getvalue()

        body = io.BytesIO(self.from_leader(kept))
        moved = {"cuda:0": str(self.device)}  # of the leader; what is on the CPU stays there
        return torch.load(body, map_location=moved, weights_only=True)

    def any_of(self, said: bool) -> bool:
        """Whether one of the processes says so."""
        told = torch.tensor(int(said))
        dist.all_reduce(told, dist.ReduceOp.MAX, self.plain)
        return bool(told)

    def wait(self) -> None:
        """Until all processes are here."""
        dist.barrier(self.plain)
