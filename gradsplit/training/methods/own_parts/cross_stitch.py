"""Cross-stitch networks: features of all tasks, weighed, behind every stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from gradsplit.training.methods.own_parts.fused import Fused, Fusion, shares
from gradsplit.training.methods.own_parts.stages.outputs import StageOutput
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "cross-stitch",
    "a trunk for each task, features of all weighed behind every stage",
    group="own parts for each task",
    cost=Cost("T^2 forward, T^2 backward", "activations of T trunks", "T trunks"),
)
@dataclass(frozen=True)
class CrossStitch(Fused):
    """Every task has a trunk; behind each stage its features become a weighted sum of all tasks'.

    Source: Misra et al., "Cross-stitch Networks for Multi-task Learning" (CVPR 2016), equation 1:
    x_t <- sum_j A[t, j] x_j, with learned A, here [T, T] for each stage or for each of its
    channels. With A the identity it is single-task training.
    Our choices: the trunks start equal, as single-task networks of a seed do, where the paper takes
    trained single-task networks (`alone` comes near to that in the same number of steps); a matrix
    a stage by default, where the paper has one a channel; and the rate of A, which the paper raises
    100 to 1000 times for SGD, while Adam's steps, which do not shrink with the gradient, need no
    such factor.
    What is known: the paper finds gains for tasks with few data. LibMTL starts with all of A at 1,
    which makes features T times louder with each stage, and does not stitch the last one.
    Cost: every trunk is run on every task's batch: T^2 passes a step, and T trunks in use.

    Attributes:
        stages: Names of the trunk's modules behind which the trunks are joined, in order; what
            follows the last is each task's own. The trunk's stages where None.
        own: Where A[t, t] starts, 0 to 1; the others of a row start equal and make it 1.
        rate: Of A, times the recipe's learning rate; A has no weight decay.
        alone: Share of the steps, at first, in which every task trains its own trunk alone.
        channels: A matrix for each channel.

    Raises:
        GradSplitError: An option is out of range, or the trunk cannot be cut.
    """

    channels: bool = False
    name: ClassVar[str] = "cross-stitch"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def fusion(self, stage: StageOutput, tasks: int) -> Fusion:
        """See `Fused.fusion`."""
        matrix = shares(self.own, tasks)
        if not self.channels:
            return _Stitches([_Row(row) for row in matrix])
        wide = matrix[:, :, None].expand(-1, -1, stage.channels)
        return _Stitches([_RowOfChannels(row, stage.dim) for row in wide])


class _Stitches(Fusion):
    def gather(self, features: Sequence[Tensor]) -> Tensor:
        return torch.stack(tuple(features))


class _Row(nn.Module):
    """sum_j weight[j] x_j of features [T, N, ...]."""

    def __init__(self, row: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(row.clone())

    def forward(self, features: Tensor) -> Tensor:
        return torch.tensordot(self.weight.to(features.dtype), features, dims=1)


class _RowOfChannels(_Row):
    """The same with weights [T, C]."""

    def __init__(self, row: Tensor, dim: int) -> None:
        super().__init__(row)
        self.dim = dim

    def forward(self, features: Tensor) -> Tensor:
        shape = [1] * (features.ndim - 1)
        shape[self.dim] = -1
        weighed = [
            one * weight.view(shape) for one, weight in zip(features, self.weight, strict=True)
        ]
        return torch.stack(weighed).sum(0)
