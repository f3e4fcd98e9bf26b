"""NDDR-CNN: the features of all tasks side by side, reduced for each, behind every stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from gradsplit.training.methods.own_parts.fused import Fused, Fusion, shares
from gradsplit.training.methods.own_parts.stages.outputs import StageOutput
from gradsplit.training.methods.own_parts.stages.pointwise import (
    Norm,
    Pointwise,
    check_norm,
    norm_layer,
)
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "nddr",
    "a trunk for each task, features of all reduced to one's behind every stage",
    group="own parts for each task",
    cost=Cost("T^2 forward, T^2 backward", "activations of T trunks", "T trunks, T^2 1x1 layers"),
)
@dataclass(frozen=True)
class Nddr(Fused):
    """Every task has a trunk; behind each stage a 1x1 layer makes its features of all tasks'.

    Source: Gao et al., "NDDR-CNN: Layerwise Feature Fusing in Multi-Task CNNs by Neural
    Discriminative Dimensionality Reduction" (CVPR 2019), section 3: the tasks' features are put
    side by side [N, T C, H, W], and for each task a 1x1 convolution without bias, starting with
    `own` times the identity for its own and equal shares for the others, a norm and, where the
    stage ended in one, a ReLU lead back to C channels.
    Our choices: GroupNorm where the paper has BatchNorm (`norm`), whose running statistics would
    mix those of T tasks' data; the trunks start equal, as single-task networks of a seed do, where
    the paper takes trained single-task networks (`alone` comes near to that in the same number of
    steps); the rate of the layers, which the paper raises 100 times for SGD, since Adam's steps do
    not shrink with the gradient; tokens and vectors are treated as maps are, though GroupNorm takes
    the length of a vector away (norm="none" keeps it).
    What is known: the paper reports gains over cross-stitch on NYUv2 and faces.
    Cost: every trunk is run on every task's batch: T^2 passes a step; T trunks and T^2 C^2 weights
    a stage in use.

    Attributes:
        stages: Names of the trunk's modules behind which the trunks are joined, in order; what
            follows the last is each task's own. The trunk's stages where None.
        own: Weight of a task's own features at the start, 0 to 1; the others share the rest of 1.
        rate: Of the layers that join, times the recipe's learning rate; no weight decay.
        alone: Share of the steps, at first, in which every task trains its own trunk alone.
        norm: "group", "batch" or "none".

    Raises:
        GradSplitError: An option is out of range, or the trunk cannot be cut.
    """

    norm: Norm = "group"
    name: ClassVar[str] = "nddr"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_norm(self.norm)

    def fusion(self, stage: StageOutput, tasks: int) -> Fusion:
        """See `Fused.fusion`."""
        units = [self._unit(stage, row) for row in shares(self.own, tasks)]
        return _SideBySide(units, stage.dim)

    def _unit(self, stage: StageOutput, row: Tensor) -> nn.Module:
        channels = stage.channels
        reduce = nn.utils.skip_init(nn.Conv1d, channels * len(row), channels, 1, bias=False)
        weight = torch.cat([share * torch.eye(channels) for share in row], dim=1)
        reduce.weight = nn.Parameter(weight[:, :, None])
        layers = [reduce, norm_layer(self.norm, channels)]
        return Pointwise(*layers, *([nn.ReLU()] if stage.rectified else []), dim=stage.dim)


class _SideBySide(Fusion):
    def __init__(self, units: Sequence[nn.Module], dim: int) -> None:
        super().__init__(units)
        self.dim = dim

    def gather(self, features: Sequence[Tensor]) -> Tensor:
        return torch.cat(tuple(features), self.dim)
