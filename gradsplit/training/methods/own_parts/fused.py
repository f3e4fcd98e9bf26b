"""A trunk for each task, joined behind every stage: what each goes on with is made of all."""

import copy
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.stages.outputs import StageOutput
from gradsplit.training.methods.own_parts.stages.staged import StagedTrunk, staged
from gradsplit.training.network import MultiTaskNetwork, build_network, head_key
from gradsplit.training.step import Backward
from gradsplit.training.taskset import TaskSet


class Fusion(nn.Module):
    """What stands behind one stage: features of all tasks -> those of one.

    Args:
        units: One a task; each takes what `gather` gives.
    """

    def __init__(self, units: Sequence[nn.Module]) -> None:
        super().__init__()
        self.units = nn.ModuleList(units)

    @abstractmethod
    def gather(self, features: Sequence[Tensor]) -> Tensor:
        """The features of all tasks [N, ...] as one tensor."""


class FusedTrunk(nn.Module):
    """A trunk for each task with fusions behind the stages.

    Args:
        streams: The tasks' trunks, in order.
        fusions: One a stage.
    """

    def __init__(self, streams: dict[str, StagedTrunk], fusions: Sequence[Fusion]) -> None:
        super().__init__()
        self.streams = nn.ModuleDict({head_key(task): one for task, one in streams.items()})
        self.fusions = nn.ModuleList(fusions)
        self._numbers = {task: number for number, task in enumerate(streams)}

    def forward(self, inputs: Tensor, task: str) -> Any:
        """What a task's head gets, for a batch of inputs [N, ...]; every trunk is run."""
        own, streams = self._numbers[task], cast("list[StagedTrunk]", [*self.streams.values()])
        features = [inputs for _ in streams]
        for number, fusion in enumerate(cast("list[Fusion]", self.fusions)):
            after = [
                stream.stages[number](one) for stream, one in zip(streams, features, strict=True)
            ]
            gathered = fusion.gather(after)
            if number == len(self.fusions) - 1:  # only the task's own goes on
                return streams[own].rest(fusion.units[own](gathered))
            features = [unit(gathered) for unit in fusion.units]
        raise AssertionError("a trunk has at least one stage")

    def alone(self, inputs: Tensor, task: str) -> Any:
        """The same of the task's own trunk without fusions."""
        return self.streams[head_key(task)](inputs)


class FusedNetwork(MultiTaskNetwork):
    """Heads on a trunk for each task, joined behind the stages.

    Args:
        trunk: The joined trunks.
        heads: Task -> head.

    Attributes:
        joined: Whether the trunks act on each other.
        task_specific: What is run once a task where all tasks are asked the same: the last fusion.
    """

    def __init__(self, trunk: FusedTrunk, heads: dict[str, nn.Module]) -> None:
        super().__init__(trunk, heads)
        self.trunk: FusedTrunk
        self.joined = True
        last = len(trunk.fusions) - 1
        self.task_specific = tuple(f"fusions.{last}.units.{number}" for number in range(len(heads)))

    def forward(self, inputs: Tensor, task: str) -> Any:
        """The output of a task's head for a batch of inputs [N, ...]."""
        trunk = self.trunk if self.joined else self.trunk.alone
        return self.head(task)(trunk(inputs, task))


@dataclass(frozen=True)
class Fused(PlainSum):
    """A trunk for each task, joined behind the stages.

    Attributes:
        stages: Names of the trunk's modules behind which the trunks are joined, in order; what
            follows the last is each task's own. The trunk's stages where None.
        own: Share of its own features that a task starts with; the others have the rest.
        rate: Of what joins them, times the recipe's learning rate; it has no weight decay.
        alone: Share of the steps, at first, in which every task trains its own trunk alone.

    Raises:
        GradSplitError: An option is out of range, or the trunk cannot be cut.
    """

    stages: tuple[str, ...] | None = None
    own: float = 0.9
    rate: float = 1.0
    alone: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.own <= 1 and self.rate >= 0 and 0 <= self.alone <= 1):
            raise GradSplitError(
                f"`{self.name}` needs own and alone from 0 to 1 and rate >= 0, got own="
                f"{self.own}, alone={self.alone}, rate={self.rate}."
            )

    @abstractmethod
    def fusion(self, stage: StageOutput, tasks: int) -> Fusion:
        """What stands behind a stage of a number of tasks."""

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`."""
        network = build_network(taskset, tasks, seed)
        if len(network.tasks) == 1:
            return network
        trunk = staged(taskset, network.trunk, self.stages, seed)
        streams = {task: copy.deepcopy(trunk) for task in tasks}
        fusions = [self.fusion(stage, len(tasks)) for stage in trunk.outputs]
        dtype = next(trunk.parameters()).dtype
        heads = {task: network.head(task) for task in tasks}
        return FusedNetwork(FusedTrunk(streams, fusions).to(dtype), heads)

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`."""
        if isinstance(run.network, FusedNetwork):
            run.own_rate(run.network.trunk.fusions.parameters(), self.rate, weight_decay=0.0)
        with super().training(run) as backward:
            yield backward

    def train(self, run: Training) -> None:
        """See `Method.train`."""
        with self.training(run) as backward:
            if isinstance(run.network, FusedNetwork):
                run.network.joined = False
                run.take_steps(backward, round(self.alone * run.steps))
                run.network.joined = True
            run.take_steps(backward)


def shares(own: float, tasks: int) -> Tensor:
    """[T, T]: `own` on the diagonal, and the rest of 1 equally on the others.

    Example:
        >>> shares(0.8, 3)[0]
        tensor([0.8000, 0.1000, 0.1000])
    """
    matrix = torch.full((tasks, tasks), (1 - own) / (tasks - 1))
    return matrix.fill_diagonal_(own)
