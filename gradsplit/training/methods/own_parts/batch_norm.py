"""Multi-head with batch statistics: shared by the tasks, or of each task."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.per_task import PerTaskNetwork
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class BatchNormTrunk(PlainSum):
    """The trunk's GroupNorm replaced by BatchNorm, one for all tasks or one for each.

    In training every task's batch is normalised by its own statistics, as each has a forward pass
    of its own. In use, one BatchNorm for all has the running statistics of all tasks' data mixed;
    one for each has scale, shift and statistics of its task, and the trunk has to be run once a
    task. Both start as BatchNorm does, whatever the scale and shift they replace.
    Source: the rows "BN" and "TBN" of "Split to Learn: Gradient Split for Multi-Task Human Image
    Analysis", WACV 2023.

    Attributes:
        by_task: One for each task.
    """

    by_task: bool = False
    name: ClassVar[str] = "multi-head-bn"

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            GradSplitError: The trunk has no GroupNorm to replace.
        """
        network = build_network(taskset, tasks, seed)
        places = [
            name
            for name, module in network.trunk.named_modules()
            if isinstance(module, nn.GroupNorm)
        ]
        if not places:
            raise GradSplitError(
                f"The trunk of `{taskset.name}` has no GroupNorm that BatchNorm could replace."
            )
        if self.by_task:
            return PerTaskNetwork(network, places, _batch_norm)
        for place in places:
            norm = network.trunk.get_submodule(place)
            network.trunk.set_submodule(place, _batch_norm(norm))
        return network


register_method("multi-head-bn", "multi-head with BatchNorm", group="one network")(
    partial(BatchNormTrunk, False)
)
register_method(
    "multi-head-tbn",
    "multi-head with a BatchNorm for each task",
    group="own parts for each task",
    cost=Cost(parameters="T norms"),
)(partial(BatchNormTrunk, True))


def _batch_norm(norm: nn.Module) -> nn.Module:
    """A BatchNorm for the channels of a GroupNorm."""
    assert isinstance(norm, nn.GroupNorm)
    return nn.BatchNorm2d(norm.num_channels)
