"""What lies between the trunk's map and a head's linear layer: pooling and a normalisation."""

from typing import Literal

from torch import Tensor, nn

from gradsplit.errors import GradSplitError

Norm = Literal["batch", "group"]

_LEAST_A_GROUP = 64


def pooled(features: Tensor) -> Tensor:
    """Global average pooling, [N, C, H, W] -> [N, C]."""
    return features.mean(dim=(2, 3))


def neck(norm: Norm, channels: int) -> nn.Module:
    """A normalisation of pooled features [N, channels].

    A head sees the samples of its own task only, so statistics of the batch are those of one data
    set and "batch" is allowed here whatever the trunk has; batches then need two samples or more.

    Args:
        norm: "batch": BatchNorm over the task's samples; "group": GroupNorm within each sample, of
            64 features a group or more, because a pooled feature is one number only.
        channels: Number of features.

    Raises:
        GradSplitError: `norm` is neither.
    """
    if norm == "batch":
        return nn.BatchNorm1d(channels)
    if norm == "group":
        most = max(1, channels // _LEAST_A_GROUP)
        return nn.GroupNorm(max(g for g in range(1, most + 1) if channels % g == 0), channels)
    raise GradSplitError(f'`norm` must be "batch" or "group", got {norm!r}.')
