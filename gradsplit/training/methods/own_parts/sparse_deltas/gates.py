"""Hard-concrete gates: drawn anew in every step, and more and more of them shut."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

STRETCH = 1.5
"""A gate is drawn from (-STRETCH, STRETCH) and clipped to [0, 1], so that it can be 0 exactly."""

_EDGE = 1e-4


def drawn(alpha: Tensor) -> Tensor:
    """Gates z in [0, 1] of random openness, one for each number in `alpha`.

    With u uniform: s = sigmoid(logit(u) + alpha), z = clip(2 STRETCH s - STRETCH, 0, 1). A gate
    that is clipped has no gradient.
    """
    uniform = torch.rand_like(alpha).clamp(_EDGE, 1 - _EDGE)
    return _clipped((uniform.log() - (1 - uniform).log() + alpha).sigmoid())


def settled(alpha: Tensor) -> Tensor:
    """The gates without chance, u = 1/2.

    Example:
        >>> settled(torch.tensor([5.0, 0.0, -5.0]))
        tensor([1., 0., 0.])
    """
    return _clipped(alpha.sigmoid())


def chance_open(alpha: Tensor) -> Tensor:
    """How likely a drawn gate is above 0: sigmoid(alpha), as the stretch is the same on both sides.

    Example:
        >>> chance_open(torch.tensor([5.0, 0.0, -5.0]))
        tensor([0.9933, 0.5000, 0.0067])
    """
    return alpha.sigmoid()


def _clipped(share: Tensor) -> Tensor:
    return (2 * STRETCH * share - STRETCH).clamp(0, 1)


class Gates:
    """One gate for each number of some tensors, and one for each tensor as a whole.

    They are no parameters of a network: an optimizer of their own moves them.

    Args:
        tensors: What is gated; shapes, type and device are taken from them.
        initial: Of every alpha.

    Attributes:
        of_numbers: The alphas of the numbers, a tensor for each tensor.
        of_tensors: The alphas of the tensors, a scalar each.
    """

    def __init__(self, tensors: Sequence[Tensor], initial: float = 5.0) -> None:
        def alphas(like: Tensor) -> Tensor:
            return torch.full_like(like, initial, requires_grad=True)

        self.of_numbers = [alphas(one.detach()) for one in tensors]
        self.of_tensors = [alphas(one.detach().new_empty(())) for one in tensors]

    def parameters(self) -> Iterator[Tensor]:
        """All alphas."""
        yield from self.of_numbers
        yield from self.of_tensors

    def drawn(self) -> list[Tensor]:
        """Random openness of every number, with its tensor's: in [0, 1]."""
        return [
            drawn(whole) * drawn(number)
            for whole, number in zip(self.of_tensors, self.of_numbers, strict=True)
        ]

    def settled(self) -> list[Tensor]:
        """The same without chance."""
        return [
            settled(whole) * settled(number)
            for whole, number in zip(self.of_tensors, self.of_numbers, strict=True)
        ]

    def price(self) -> Tensor:
        """The expected number of open gates of both kinds, over the number of numbers.

        Example:
            >>> Gates([torch.zeros(3), torch.zeros(1)], initial=0.0).price()
            tensor(0.7500, grad_fn=<DivBackward0>)
        """
        opened = torch.stack([chance_open(alpha).sum() for alpha in self.parameters()]).sum()
        return opened / sum(alpha.numel() for alpha in self.of_numbers)
