"""The members of an ensemble that train one task: their numbers, heads, batches and losses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from gradsplit.training.batches import next_batch, select, stack, to_device
from gradsplit.training.ensemble.stacked_modules import StackedModules, State
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet

Source = Iterator[tuple[Tensor, Any]]


@dataclass
class TaskMembers:
    """All members that train one task.

    Attributes:
        task: The task.
        numbers: Their m numbers in the ensemble, in order.
        index: [m] the same, on the device.
        seeds: Their different seeds, in the order in which batches are stacked.
        seed_index: [m] each member's place among the seeds, on the device.
        heads: Their heads, stacked.
        history: Losses [m] of every step.
    """

    task: str
    numbers: list[int]
    index: Tensor
    seeds: tuple[int, ...]
    seed_index: Tensor
    heads: StackedModules
    history: list[Tensor]

    def batch(self, sources: Sequence[Source]) -> tuple[Tensor, Any]:
        """Every member's next batch, [m, batch_size, ...] on the device.

        Args:
            sources: The task's batches, one source a seed: members of one seed see the same batch,
                which is drawn once.
        """
        drawn = stack([next_batch(source, self.task) for source in sources])
        return select(to_device(drawn, self.seed_index.device), self.seed_index)


def members_by_task(
    taskset: TaskSet,
    networks: Sequence[MultiTaskNetwork],
    seeds: Sequence[int],
    place: torch.device,
) -> list[TaskMembers]:
    """The members of each task, in task-set order.

    Args:
        taskset: Of all members.
        networks: Each member's network.
        seeds: Each member's seed.
        place: The device.
    """
    by_task = []
    for task in taskset.task_names:
        numbers = [number for number, network in enumerate(networks) if task in network.tasks]
        if not numbers:
            continue
        of_members = [seeds[number] for number in numbers]
        different = tuple(dict.fromkeys(of_members))
        by_task.append(
            TaskMembers(
                task,
                numbers,
                torch.tensor(numbers, device=place),
                different,
                torch.tensor([different.index(seed) for seed in of_members], device=place),
                StackedModules.of([networks[number].head(task) for number in numbers]),
                [],
            )
        )
    return by_task


def member_loss(
    taskset: TaskSet, trunk: StackedModules, members: TaskMembers
) -> Callable[..., Tensor]:
    """The loss of one member, to be vectorised over members: (trunk, head, inputs, target)."""

    def loss(shared: State, own: State, inputs: Tensor, target: Any) -> Tensor:
        features = functional_call(trunk.module, shared, (inputs,))
        output = functional_call(members.heads.module, own, (features,))
        return taskset.loss(members.task, output, target)

    return loss
