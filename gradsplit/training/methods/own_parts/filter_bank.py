"""Weights as a frozen bank of filters and what each task mixes of them."""

from collections.abc import Sequence

from torch import Tensor, nn

from gradsplit.training.methods.own_parts.per_task import TaskPart
from gradsplit.training.network import head_key


class Modulators(TaskPart):
    """The bank [O, ...] -> the current task's filters, each a mixture of the bank's.

    Mixing the filters is the same as a 1x1 convolution, or a linear layer, on what they give.

    Args:
        mixture: [groups, O / groups, O / groups], every task's mixture at first; no filter is mixed
            with one of another group.
        tasks: The tasks.
        normalised: Learn direction and length of each filter's mixture apart.

    Example:
        >>> import torch
        >>> mix = Modulators(torch.eye(3)[None].repeat(2, 1, 1), ["pose"], normalised=True)
        >>> bank = torch.randn(6, 4, 3, 3)
        >>> torch.allclose(mix(bank), bank)
        True
    """

    def __init__(self, mixture: Tensor, tasks: Sequence[str], *, normalised: bool) -> None:
        super().__init__(tasks)
        keys = [head_key(task) for task in tasks]
        self.mixture = nn.ParameterDict({key: mixture.clone() for key in keys})
        lengths = mixture.norm(dim=2, keepdim=True)
        self.length = nn.ParameterDict({key: lengths.clone() for key in keys if normalised})

    def forward(self, bank: Tensor) -> Tensor:
        """The current task's filters."""
        key = head_key(self.task)
        mixture = self.mixture[key]
        if key in self.length:
            mixture = mixture * (self.length[key] / mixture.norm(dim=2, keepdim=True))
        return (mixture @ bank.reshape(*mixture.shape[:2], -1)).view_as(bank)
