"""How much memory a member of an ensemble takes, from one forward pass of two."""

import torch
from torch import Tensor
from torch.func import vmap

from gradsplit.training.ensemble.stacked_modules import StackedModules
from gradsplit.training.ensemble.task_members import member_loss, members_by_task
from gradsplit.training.ensemble.vectorising import (
    check_vectorisable,
    initial_networks,
    vectorised,
)
from gradsplit.training.memory import held_bytes
from gradsplit.training.taskset import TaskSet

_COPIES = 8
"""Of a member's parameters: stacked, gathered for the task, the gradients of both, two moments, the
network they are written to, and what the optimizer's step takes meanwhile."""


def member_bytes(taskset: TaskSet, device: str | torch.device = "cpu") -> dict[str, int]:
    """Bytes that each task adds to a member of an ensemble; a member's are the sum of its tasks'.

    Counted, not measured, so that it is the same on every device: what a vectorised forward pass of
    two members keeps for its backward pass, the data that a seed of the task keeps in memory, and
    copies of the parameters. Temporary values of the backward pass come on top, and data that
    members of one seed share is counted for each. docs/cost.md has the count beside the peak that
    was measured.

    Args:
        taskset: Tasks, data and networks.
        device: Where it is trained.

    Raises:
        GradSplitError: The task set cannot be vectorised; says why.

    Cost: drawing the data of two seeds and one forward pass, a task.

    Example:
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> sorted(member_bytes(load_taskset("planted")))
        ['apart', 'loud', 'quiet', 'scarce']
    """
    place = torch.device(device)
    return {task: _bytes_of(taskset, task, place) for task in taskset.task_names}


def _bytes_of(taskset: TaskSet, task: str, place: torch.device) -> int:
    """Bytes of a single-task member."""
    sets = {seed: taskset.for_seed(seed) for seed in (0, 1)}
    networks = initial_networks(sets, [((task,), seed) for seed in sets], place)
    for module in networks[0].modules():
        check_vectorisable(module)
    parameters = sum(value.nbytes for value in networks[0].parameters())
    (members,) = members_by_task(taskset, networks, list(sets), place)
    trunk = StackedModules.of([network.trunk for network in networks])
    # The first seed's draw also reads what all seeds share.
    sources = [iter(sets[0].batches(task, 0))]
    next(sources[0])
    before = held_bytes()
    sources.append(iter(taskset.for_seed(1).batches(task, 1)))
    following = next(sources[1])
    data = held_bytes() - before
    del following
    kept = _Kept()
    batch = members.batch(sources)
    with torch.autograd.graph.saved_tensors_hooks(kept.count, lambda value: value):
        gathered = {name: value[members.index] for name, value in trunk.state().items()}
        vectorised(
            vmap(member_loss(taskset, trunk, members)), gathered, members.heads.state(), *batch
        )
    return data + kept.total // len(networks) + _COPIES * parameters


class _Kept:
    """What a forward pass keeps, storages counted once."""

    def __init__(self) -> None:
        self._storages: dict[int, int] = {}

    def count(self, value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        self._storages[storage.data_ptr()] = storage.nbytes()
        return value

    @property
    def total(self) -> int:
        return sum(self._storages.values())
