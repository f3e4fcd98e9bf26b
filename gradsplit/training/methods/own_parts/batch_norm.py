"""BatchNorm: shared by the tasks, of each task, and every task alone with it."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from torch import nn

from gradsplit.engine.group_norm import replaced_batch_norm
from gradsplit.errors import GradSplitError
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.per_task import (
    PerTask,
    PerTaskNetwork,
    TaskPartsNetwork,
)
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class BatchNormTrunk(PlainSum):
    """A trunk with BatchNorm, one for all tasks or one for each.

    A BatchNorm that the trunk has, such as a pretrained network's, is kept with its scale, shift
    and statistics, also as what each task's own starts from; so is one that `to_group_norm` has
    replaced, which is put back. Any other GroupNorm is replaced by a BatchNorm that starts afresh,
    whatever the scale and shift it had.
    In training every task's batch is normalised by its own statistics, as each has a forward pass
    of its own. In use, one BatchNorm for all has the running statistics of all tasks' data mixed;
    one for each has scale, shift and statistics of its task, and the trunk has to be run once a
    task.
    Source: the rows "BN" and "TBN" of "Split to Learn: Gradient Split for Multi-Task Human Image
    Analysis", WACV 2023.
    Cost: nothing beside multi-head in training; with one for each task, a pass of the trunk for
    each in use.

    Attributes:
        by_task: One for each task.
    """

    by_task: bool = False
    name: ClassVar[str] = "multi-head-bn"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True
    revision: ClassVar[int] = 2

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            GradSplitError: The trunk has no BatchNorm and no GroupNorm to replace, or a GroupNorm
                does something else besides.
        """
        network, places = _with_batch_norm(taskset, tasks, seed)
        return PerTaskNetwork(network, places, copy.deepcopy) if self.by_task else network


register_method("multi-head-bn", "multi-head with BatchNorm", group="one network")(
    partial(BatchNormTrunk, False)
)
register_method(
    "multi-head-tbn",
    "multi-head with a BatchNorm for each task",
    group="own parts for each task",
    cost=Cost(parameters="one network, T norms"),
)(partial(BatchNormTrunk, True))


@register_method(
    "apart-bn",
    "every task alone, with BatchNorm",
    group="own parts for each task",
    cost=Cost(parameters="T networks"),
)
@dataclass(frozen=True)
class ApartWithBatchNorm(PlainSum):
    """Every task has a trunk with BatchNorm of its own: nothing is shared but the run.

    A comparison's own row `single` is single-task training with the task set's trunk; this is the
    same with BatchNorm as `multi-head-bn` has it, so that a table can tell what BatchNorm is worth
    from what sharing it costs. Scores are those of single-task runs of such a trunk, unless layers
    draw random numbers in training (dropout).
    Source: the row "single task, BN" of "Split to Learn: Gradient Split for Multi-Task Human Image
    Analysis", WACV 2023; its authors found it slightly better than GroupNorm there.
    Cost: a step is multi-head's; T trunks in memory and in use.
    """

    name: ClassVar[str] = "apart-bn"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            GradSplitError: The trunk has no BatchNorm and no GroupNorm to replace, or a GroupNorm
                does something else besides.
        """
        shared, _ = _with_batch_norm(taskset, tasks, seed)
        trunks = PerTask({task: copy.deepcopy(shared.trunk) for task in shared.tasks})
        heads = {task: shared.head(task) for task in shared.tasks}
        return TaskPartsNetwork(MultiTaskNetwork(trunks, heads), ("",))


def _with_batch_norm(
    taskset: TaskSet, tasks: Sequence[str], seed: int
) -> tuple[MultiTaskNetwork, list[str]]:
    """A run's network with BatchNorm in its trunk, and where the trunk has it."""
    network = build_network(taskset, tasks, seed)
    norms = {
        name: module
        for name, module in network.trunk.named_modules()
        if isinstance(module, nn.GroupNorm | nn.modules.batchnorm._BatchNorm)
    }
    if not norms:
        raise GradSplitError(
            f"The trunk of `{taskset.name}` has no BatchNorm, and no GroupNorm that BatchNorm "
            "could replace."
        )
    for name, norm in norms.items():
        if isinstance(norm, nn.GroupNorm):
            network.trunk.set_submodule(name, replaced_batch_norm(norm) or _fresh(name, norm))
    return network, list(norms)


def _fresh(name: str, norm: nn.GroupNorm) -> nn.BatchNorm2d:
    """A BatchNorm as it begins, for the channels of a GroupNorm."""
    if type(norm).forward is not nn.GroupNorm.forward:
        raise GradSplitError(
            f"`{name}` ({type(norm).__name__}) does more than normalise, which a BatchNorm in its "
            "place would lose: build the trunk with BatchNorm, which is kept."
        )
    return nn.BatchNorm2d(norm.num_channels)
