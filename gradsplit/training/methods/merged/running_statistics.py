"""Running means and variances of branches, merged as those of all their data together."""

import torch
from torch import Tensor, nn


class RunningStatistics:
    """Of the norms of a trunk that keep them.

    Args:
        trunk: Its norms are found now.

    Example:
        >>> norm = nn.BatchNorm1d(1)
        >>> statistics = RunningStatistics(norm)
        >>> for mean in (1.0, 3.0):
        ...     statistics.note() if norm.running_mean.fill_(mean) else None
        >>> statistics.merge()
        >>> norm.running_mean, norm.running_var
        (tensor([2.]), tensor([2.]))
    """

    def __init__(self, trunk: nn.Module) -> None:
        buffers = dict(trunk.named_buffers())
        self._kept = [
            (buffers[f"{name.removesuffix('var')}mean"], variance)
            for name, variance in buffers.items()
            if name.rpartition(".")[2] == "running_var"
        ]
        self._moments: list[list[tuple[Tensor, Tensor]]] = []

    def note(self) -> None:
        """Remember the statistics of a branch."""
        self._moments.append(
            [(mean.clone(), variance + mean.square()) for mean, variance in self._kept]
        )

    @torch.no_grad()
    def merge(self) -> None:
        """Set the statistics to those of the remembered branches' data together; forget them."""
        for place, (mean, variance) in enumerate(self._kept):
            first, second = (
                torch.stack([branch[place][moment] for branch in self._moments]).mean(0)
                for moment in (0, 1)
            )
            mean.copy_(first)
            variance.copy_(second - first.square())
        self._moments = []
