"""MTAN: one trunk, and for each task soft masks on the features of every stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.attended import (
    AttendedNetwork,
    AttendedTrunk,
    mask,
    places_of,
    transition,
)
from gradsplit.training.methods.own_parts.stages.pointwise import Norm, check_norm
from gradsplit.training.methods.own_parts.stages.staged import last_blocks, staged
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.seeding import seeded
from gradsplit.training.taskset import TaskSet


@register_method(
    "mtan",
    "one trunk, and soft masks on its features for each task",
    group="own parts for each task",
    cost=Cost(
        "T forward, T backward, with masks", parameters="one network, T masks behind every stage"
    ),
)
@dataclass(frozen=True)
class Mtan(PlainSum):
    """The tasks share a trunk; each goes by features that it masks behind every stage.

    Source: Liu et al., "End-to-End Multi-Task Learning with Attention" (CVPR 2019), equation 1 and
    2. Of a stage with the output p, u is the input of its last block. A task's mask is
    sigmoid(norm(1x1(ReLU(norm(1x1([u, a])))))), its attended features are mask * p, and a is what
    those of the stage before become by a 3x3 convolution, norm and ReLU, the same for all tasks,
    and max pooling to the size of p; the first stage has no a. The head gets the last ones.
    Our choices: GroupNorm where the paper has BatchNorm (`norm`), whose running statistics would
    mix T tasks' data; u is pooled to the size of p, too, and is the stage's input where the stage
    is not a row of blocks (a small ResNet has one block a stage), or p itself where the input is of
    another kind, as images are for tokens; tokens and vectors have 1x1 layers only.
    LibMTL has a residual block where we, as the paper, have one convolution.
    What is known: the paper reports gains on NYUv2 and Cityscapes, and that it needs no tuned
    weights.
    Cost: one trunk, and T masks and convolutions beside it.

    Attributes:
        stages: Names of the trunk's modules behind which there are masks, in order; what follows
            the last acts on masked features. The trunk's stages where None.
        reduction: How many times fewer channels there are between the two layers of a mask; 1 as
            LibMTL for ResNet-18, 4 as for ResNet-50.
        norm: "group", "batch" or "none".

    Raises:
        GradSplitError: An option is out of range, or the trunk cannot be cut.
    """

    stages: tuple[str, ...] | None = None
    reduction: int = 1
    norm: Norm = "group"
    name: ClassVar[str] = "mtan"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_norm(self.norm)
        if self.reduction < 1:
            raise GradSplitError(f"`reduction` must be at least 1, got {self.reduction}.")

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`."""
        network = build_network(taskset, tasks, seed)
        stages = self.stages
        if stages is None:
            found = staged(taskset, network.trunk, None, seed)
            stages = tuple(one.name for one in found.outputs)
        blocks = [last_blocks(network.trunk, stage) for stage in stages]
        shared = staged(taskset, network.trunk, [name for of in blocks for name in of], seed)
        places = places_of(shared, [of[-1] for of in blocks])
        with seeded(seed, "transitions"):
            transitions = [transition(*both, self.norm) for both in pairwise(places)]
        masks: dict[str, list[nn.Module]] = {}
        for task in tasks:
            with seeded(seed, "masks", task):
                masks[task] = [mask(place, self.reduction, self.norm) for place in places]
        trunk = AttendedTrunk(shared, places, transitions, masks)
        heads = {task: network.head(task) for task in tasks}
        return AttendedNetwork(trunk.to(next(shared.parameters()).dtype), heads)
