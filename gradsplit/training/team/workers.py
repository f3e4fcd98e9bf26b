"""Who does a step of a run: one process all of it, or every process of a team a part."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from gradsplit.training.batches import each_tensor, next_batch
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.snapshot import draws, set_draws
from gradsplit.training.step import Batch
from gradsplit.training.team.alike import check_alike
from gradsplit.training.team.parts import count_of, part_of, whole
from gradsplit.training.team.team import Team
from relations.running.stopping import is_stopping

T = TypeVar("T")


class Alone:
    """One process does all of a step.

    Attributes:
        leads: Whether this process has the data, the files and the last word: the only one has.
    """

    leads: bool = True

    def from_leader(self, make: Callable[[], T]) -> T:
        """What the leader makes."""
        return make()

    def state_from_leader(self, make: Callable[[], T]) -> T:
        """What the leader makes, its tensors on this process's device."""
        return make()

    def batch(self, sources: dict[str, Iterator[Batch]], task: str) -> Batch:
        """The next whole batch of a task."""
        return next_batch(sources[task], task)

    def output(self, network: MultiTaskNetwork, inputs: Any, task: str) -> Any:
        """The network's output for the whole batch."""
        return network(inputs, task)

    def is_stopping(self) -> bool:
        """Whether the run is asked to end."""
        return is_stopping()

    def wait(self) -> None:
        """Until all processes are here."""


class Divided(Alone):
    """Every process of a team computes a part of each batch, and the losses of the whole of it.

    The outputs of all parts are put together before the loss, so a loss may be a mean over valid
    labels or couple samples. DistributedDataParallel adds up the parts' gradients in every backward
    pass, so what looks at a task's gradient sees that of the whole batch.

    Args:
        team: The processes.
    """

    def __init__(self, team: Team) -> None:
        self._team, self.leads = team, team.leads
        self._checked: set[str] = set()
        self._network: nn.Module | None = None
        self._spread: nn.Module | None = None

    def from_leader(self, make: Callable[[], T]) -> T:
        """See `Alone.from_leader`."""
        return self._team.from_leader(make)

    def state_from_leader(self, make: Callable[[], T]) -> T:
        """See `Alone.state_from_leader`."""
        return self._team.state_from_leader(make)

    def batch(self, sources: dict[str, Iterator[Batch]], task: str) -> Batch:
        """See `Alone.batch`; the leader draws it, and all processes draw the same after it."""
        device = self._team.device

        def drawn() -> tuple[Batch, dict[str, Any]]:
            return next_batch(sources[task], task), draws(device)

        batch, states = self.from_leader(drawn)
        if not self.leads:
            # What a method draws must be the same everywhere, also where the leader's data draw
            # from the same generators.
            set_draws(states, device)
        return batch

    def output(self, network: MultiTaskNetwork, inputs: Any, task: str) -> Any:
        """See `Alone.output`.

        Raises:
            GradSplitError: The batch cannot be divided, or the network's output for a sample
                depends on others of the batch or on chance.
        """
        size = self._team.size
        count = count_of(inputs, size, task)
        own = part_of(count, self._team.rank, size)
        part = each_tensor(inputs, lambda tensor: tensor[own])
        if task not in self._checked:
            check_alike(network, inputs, part, own, task)
            self._checked.add(task)
        return whole(self._over_all(network)(part, task), own, count, size, task)

    def is_stopping(self) -> bool:
        """See `Alone.is_stopping`; whether one of the processes is."""
        return self._team.any_of(is_stopping())

    def wait(self) -> None:
        """See `Alone.wait`."""
        self._team.wait()

    def _over_all(self, network: nn.Module) -> nn.Module:
        """The network with its gradients averaged; made when a method has done all to it."""
        if self._spread is None or self._network is not network:
            self._network, self._spread = network, _spread(network, self._team.device)
        return self._spread


def _spread(network: nn.Module, device: torch.device) -> nn.Module:
    with warnings.catch_warnings():
        # Newer torch has another name for `broadcast_buffers`, which older torch does not know.
        warnings.simplefilter("ignore", FutureWarning)
        return DistributedDataParallel(
            network,
            device_ids=[device] if device.type == "cuda" else None,
            # A pass of one task leaves the heads of the others out.
            find_unused_parameters=True,
            broadcast_buffers=False,
        )


def workers_of(team: Team | None) -> Alone:
    """Who does the steps of a run."""
    return Alone() if team is None else Divided(team)
