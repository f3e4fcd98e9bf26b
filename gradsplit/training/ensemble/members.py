"""The members of an ensemble that train one task: their places, heads, batches and losses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from gradsplit.training.batches import next_batch, select, stack, to_device
from gradsplit.training.ensemble.stacked_parameters import Stack, State
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet

Source = Iterator[tuple[Tensor, Any]]


@dataclass
class Group:
    """All members that train one task.

    Attributes:
        task: The task.
        members: m places in the ensemble, in order.
        index: [m] the same, on the device.
        seeds: Their different seeds, in the order in which batches are stacked.
        places: [m] each member's place among the seeds.
        heads: Their heads, stacked.
        history: Losses [m] of every step.
    """

    task: str
    members: list[int]
    index: Tensor
    seeds: tuple[int, ...]
    places: Tensor
    heads: Stack
    history: list[Tensor]

    def number(self, member: int) -> int | None:
        """The place of an ensemble's member in this group."""
        return self.members.index(member) if member in self.members else None

    def batch(self, sources: Sequence[Source]) -> tuple[Tensor, Any]:
        """Every member's next batch, [m, batch_size, ...] on the device.

        Args:
            sources: The task's batches, one source a seed: members of one seed see the same batch,
                which is drawn once.
        """
        drawn = stack([next_batch(one, self.task) for one in sources])
        return select(to_device(drawn, self.places.device), self.places)


def groups_of(
    taskset: TaskSet,
    networks: Sequence[MultiTaskNetwork],
    seeds: Sequence[int],
    place: torch.device,
) -> list[Group]:
    """The members of each task, in task-set order.

    Args:
        taskset: Of all members.
        networks: Each member's network.
        seeds: Each member's seed.
        place: The device.
    """
    groups = []
    for task in taskset.task_names:
        members = [number for number, network in enumerate(networks) if task in network.tasks]
        if members:
            different = tuple(dict.fromkeys(seeds[member] for member in members))
            groups.append(
                Group(
                    task,
                    members,
                    torch.tensor(members, device=place),
                    different,
                    torch.tensor(
                        [different.index(seeds[member]) for member in members], device=place
                    ),
                    Stack.of([networks[member].head(task) for member in members]),
                    [],
                )
            )
    return groups


def member_loss(taskset: TaskSet, trunk: Stack, group: Group) -> Callable[..., Tensor]:
    """The loss of one member, to be vectorised over members: (trunk, head, inputs, target)."""

    def loss(shared: State, own: State, inputs: Tensor, target: Any) -> Tensor:
        features = functional_call(trunk.module, shared, (inputs,))
        output = functional_call(group.heads.module, own, (features,))
        return taskset.loss(group.task, output, target)

    return loss
