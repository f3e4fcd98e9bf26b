"""Uncertainty weighting: a loss counts less the noisier its task is said to be."""

from dataclasses import dataclass
from typing import ClassVar

from gradsplit.training.methods.balancing.learned_scales import LearnedScales
from gradsplit.training.methods.registry import register_method


@register_method(
    "uncertainty",
    "loss weights learned as inverse variances of the tasks",
    group="balanced without a search",
)
@dataclass(frozen=True)
class Uncertainty(LearnedScales):
    """Every task has a learned variance v; its log descends on L / (2 v) + log(v) / 2.

    Source: Kendall et al., "Multi-Task Learning Using Uncertainty to Weigh Losses for Scene
    Geometry and Semantics" (CVPR 2018), equation 7.
    Our choices: one form for all losses, where the paper has 1 / v instead of 1 / (2 v) for
    classification; log v starts at 0 and is trained by the network's optimizer at 2.5 times its
    learning rate, without weight decay.
    With s = -log v this is half of what `imtl-l` minimises. Adam does not see a half, so with Adam
    the two are the same training; with SGD the weights move half as fast here.
    Scale: the weights are T / v_i over the sum of 1 / v_j, so that they sum to the number of tasks
    as in multi-head training, which are the weights of the first step. One task is ordinary
    training.
    Cost: nothing beside multi-head.

    Attributes:
        rate: The learning rate of log v, times that of the network.

    Raises:
        GradSplitError: The rate is not above 0.
    """

    pace: ClassVar[float] = 0.5
    name: ClassVar[str] = "uncertainty"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True
