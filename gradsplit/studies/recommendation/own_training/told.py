"""What a training of one's own is told of a method: loss weights and a mask."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.own_training.own_training import (
    MASK,
    WEIGHTS,
    OwnTraining,
    Told,
)
from relations.mask import GradientMask

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method


def untold(training: OwnTraining) -> str:
    """Why it cannot be trained by other methods."""
    weights, mask = training.called(WEIGHTS), training.called(MASK)
    return f"a {training.WHAT} of your own is told of {weights} and {mask} only"


def told(method: "Method | None", tasks: Sequence[str], training: OwnTraining) -> Told:
    """What a training is told of a method.

    Args:
        method: Plain training when None.
        tasks: All tasks.
        training: What is told.

    Raises:
        GradSplitError: It cannot be told of the method.
    """
    from gradsplit.training.methods.balancing.loss_weights import LossWeights
    from gradsplit.training.methods.masked.gradsplit import MaskedTraining
    from gradsplit.training.methods.multi_head import MultiHead

    plain = MultiHead()
    factors: dict[str, float] = {}
    mask, needed = GradientMask.full(list(tasks)), ""
    if isinstance(method, LossWeights) and method.of == plain:
        factors, needed = dict(method.factors), WEIGHTS if method.factors else ""
    elif isinstance(method, MaskedTraining) and method == MaskedTraining(method.mask):
        mask, needed = method.mask, MASK
    elif method is not None and method != plain:
        raise GradSplitError(untold(training))
    if needed and needed not in training.takes:
        raise GradSplitError(training.lacks(needed))
    settings = {} if method is None or not needed else {"method": method.settings()}
    return Told({task: factors.get(task, 1.0) for task in tasks}, mask, settings)
