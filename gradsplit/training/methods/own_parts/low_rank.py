"""Low-rank changes of weights, one a task, that can be added to the weights after training."""

import math
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.utils import parametrize

from gradsplit.training.methods.own_parts.per_task import TaskPart
from gradsplit.training.methods.own_parts.task_weights import TaskWeightsNetwork, weight_matrices
from gradsplit.training.network import MultiTaskNetwork, head_key
from gradsplit.training.seeding import seeded


class LowRankChange(TaskPart):
    """W -> W + up_t down_t, for the current task t.

    A weight of more than two dimensions is changed as the matrix [first dimension, all others]. up
    is zero at first, so that nothing is changed.

    Args:
        weight: W, for its shape.
        rank: Columns of up, rows of down; not more than what W itself can have.
        tasks: The tasks.

    Example:
        >>> import torch
        >>> change = LowRankChange(torch.zeros(6, 2, 3, 3), 4, ["pose", "reid"])
        >>> sum(one.numel() for one in change.parameters()) == 2 * 4 * (6 + 2 * 3 * 3)
        True
    """

    def __init__(self, weight: Tensor, rank: int, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        rows, columns = weight.flatten(1).shape
        rank = min(rank, rows, columns)
        keys = [head_key(task) for task in tasks]
        self.up = nn.ParameterDict({key: weight.new_zeros(rows, rank) for key in keys})
        self.down = nn.ParameterDict({key: weight.new_zeros(rank, columns) for key in keys})

    def draw(self, task: str) -> None:
        """Draw a task's down as `nn.Linear` draws its weights, from torch's global generator."""
        nn.init.kaiming_uniform_(self.down[head_key(task)], a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        """The changed weight."""
        key = head_key(self.task)
        return weight + (self.up[key] @ self.down[key]).view_as(weight)


class LowRankNetwork(TaskWeightsNetwork):
    """A trunk and heads; every weight matrix of some modules has a low-rank change for each task.

    Args:
        network: What to change; its trunk is changed in place.
        modules: Names of the trunk's modules.
        rank: Of the changes.
        seed: The run's seed; a task's changes do not depend on which other tasks are in the run.

    Raises:
        ModuleNameError: There is no such module, or they have no weight that could be changed.

    Example:
        >>> import torch
        >>> shared = MultiTaskNetwork(nn.Sequential(nn.Linear(2, 3)), {"pose": nn.Identity()})
        >>> network, inputs = LowRankNetwork(shared, ["0"], rank=1, seed=0), torch.ones(1, 2)
        >>> torch.equal(network(inputs, "pose"), network.for_use("pose")(inputs, "pose"))
        True
    """

    def __init__(
        self, network: MultiTaskNetwork, modules: Sequence[str], rank: int, seed: int
    ) -> None:
        matrices = weight_matrices(network.trunk, modules)
        changes = [
            LowRankChange(getattr(layer, weight), rank, network.tasks)
            for _, layer, weight in matrices
        ]
        for task in network.tasks:
            with seeded(seed, "low-rank", task):
                for change in changes:
                    change.draw(task)
        for change, (_, layer, weight) in zip(changes, matrices, strict=True):
            parametrize.register_parametrization(layer, weight, change)
        super().__init__(network, list(dict.fromkeys(name for name, *_ in matrices)))
