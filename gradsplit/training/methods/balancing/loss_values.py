"""What methods that look at the values of losses have in common."""

from torch import Tensor

from gradsplit.errors import GradSplitError

TINY = 1e-8
"""What keeps the logarithm or reciprocal of a loss of zero finite."""


def loss_value(method: str, task: str, loss: Tensor) -> float:
    """A loss as a number, for a method that works with its logarithm or a ratio.

    Args:
        method: The method's name, for the error.
        task: Whose loss.
        loss: A scalar.

    Raises:
        GradSplitError: It is negative.

    Example:
        >>> import torch
        >>> loss_value("gls", "pose", torch.tensor(0.5))
        0.5
    """
    value = loss.item()
    if value < 0:
        raise GradSplitError(
            f"`{method}` needs losses of 0 or more, because it works with their logarithms or "
            f"ratios; that of `{task}` is {value:g}. Add a constant to it, or balance by gradients "
            "alone, e.g. with `equal-norm`."
        )
    return value
