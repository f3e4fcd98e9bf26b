"""The gradients of one task at a time: taken from the parameters, and put back."""

from collections.abc import Sequence

import torch
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


def take_row(parameters: Sequence[nn.Parameter]) -> Tensor:
    """The gradients of all parameters as one row, zeros where there is none; they are cleared."""
    return torch.cat(
        [
            torch.zeros_like(one).flatten() if gradient is None else gradient.flatten()
            for one, gradient in zip(parameters, take_gradients(parameters), strict=True)
        ]
    )


def give_row(parameters: Sequence[nn.Parameter], row: Tensor) -> None:
    """Set the gradients of all parameters from one row."""
    for one, part in zip(parameters, row.split([one.numel() for one in parameters]), strict=True):
        one.grad = torch.empty_like(one).copy_(part.view_as(one))
