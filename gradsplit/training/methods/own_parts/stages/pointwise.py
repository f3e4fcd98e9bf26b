"""Layers that act on the channels at each place alone, of vectors, maps and tokens alike."""

from typing import Literal, get_args

from torch import Tensor, nn

from gradsplit.errors import GradSplitError

Norm = Literal["group", "batch", "none"]
"""Which norm stands behind a layer."""

_CHANNELS_A_GROUP = 8


class Pointwise(nn.Sequential):
    """Layers for [N, C, L], put to the channels of features of any shape.

    Args:
        layers: Those layers; they change nothing but the number of channels.
        dim: Which dimension of the features are the channels.

    Example:
        >>> import torch
        >>> Pointwise(nn.Conv1d(8, 4, 1), dim=2)(torch.zeros(2, 5, 8)).shape
        torch.Size([2, 5, 4])
    """

    def __init__(self, *layers: nn.Module, dim: int) -> None:
        super().__init__(*layers)
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Features [N, ..., C, ...] -> [N, ..., C', ...]."""
        first = input.movedim(self.dim, 1)
        size = first.shape[2:]
        result = super().forward(first.reshape(*first.shape[:2], -1))
        return result.reshape(*result.shape[:2], *size).movedim(1, self.dim)


def check_norm(norm: str) -> None:
    """Refuse a norm that does not exist.

    Raises:
        GradSplitError: There is no such norm.
    """
    if norm not in get_args(Norm):
        raise GradSplitError(f"`norm` must be one of {', '.join(get_args(Norm))}, got {norm!r}.")


def norm_layer(norm: Norm, channels: int) -> nn.Module:
    """A norm for [N, C, L].

    Args:
        norm: Which; see `check_norm`. Groups have about eight channels.
        channels: C.

    Example:
        >>> norm_layer("group", 24).num_groups, norm_layer("none", 24)
        (3, Identity())
    """
    if norm == "group":
        most = max(1, channels // _CHANNELS_A_GROUP)
        groups = max(count for count in range(1, most + 1) if channels % count == 0)
        return nn.GroupNorm(groups, channels)
    return nn.BatchNorm1d(channels) if norm == "batch" else nn.Identity()
