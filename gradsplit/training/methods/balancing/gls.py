"""GLS: the geometric mean of the losses instead of their sum."""

import math
from dataclasses import dataclass
from typing import ClassVar

from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.loss_balanced import LogWeighing, StreamedWeights
from gradsplit.training.methods.balancing.loss_values import TINY
from gradsplit.training.methods.registry import register_method


@register_method(
    "gls",
    "the geometric mean of the losses",
    group="balanced without a search",
)
@dataclass(frozen=True)
class Gls(StreamedWeights):
    """A loss counts by its reciprocal, as in the gradient of the geometric mean.

    Source: Chennupati et al., "MultiNet++: Multi-Stream Feature Aggregation and Geometric Loss
    Strategy for Multi-Task Learning" (CVPR workshops 2019), equation 4. It is `imtl-l` with scales
    that are at their minimum in every step.
    Our choice: a loss below 1e-8 counts as 1e-8.
    Scale: the weights are T / L_i over the sum of 1 / L_j, so that they sum to the number of tasks
    as in multi-head training; the gradient of the mean itself has the factor of the mean. Equal
    losses, and one task, are ordinary training. Factors on losses, such as a recipe's weights,
    change no direction.
    Cost: nothing beside multi-head.
    """

    name: ClassVar[str] = "gls"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def weighing(self, run: Training) -> LogWeighing:  # noqa: ARG002 - needs nothing of it
        """See `StreamedWeights.weighing`."""
        return Reciprocals()


class Reciprocals(LogWeighing):
    """A loss's weight is its reciprocal."""

    def log_weight(self, place: int, loss: float) -> float:  # noqa: ARG002 - the same for all
        """See `LogWeighing.log_weight`."""
        return -math.log(max(loss, TINY))
