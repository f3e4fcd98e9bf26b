"""The gradients of one task at a time: taken from the parameters, and put back."""

from collections.abc import Sequence

from torch import Tensor, nn


def take_gradients(parameters: Sequence[nn.Parameter]) -> list[Tensor | None]:
    """The gradients of all parameters; they are cleared.

    Example:
        >>> import torch
        >>> one = nn.Parameter(torch.ones(1))
        >>> (3 * one).sum().backward()
        >>> take_gradients([one]), one.grad
        ([tensor([3.])], None)
    """
    taken = [one.grad for one in parameters]
    for one in parameters:
        one.grad = None
    return taken


def add_gradients(
    parameters: Sequence[nn.Parameter],
    gradients: Sequence[Tensor | None],
    factor: Tensor | None = None,
) -> None:
    """Add gradients, times a factor, to the parameters' own.

    Args:
        parameters: Whose `.grad` is added to.
        gradients: One a parameter; None adds nothing.
        factor: A scalar; 1 when None.
    """
    for one, gradient in zip(parameters, gradients, strict=True):
        if gradient is not None:
            scaled = gradient if factor is None else gradient * factor
            one.grad = scaled if one.grad is None else one.grad + scaled
