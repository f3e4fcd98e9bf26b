"""Convolutions: one owner a filter."""

from collections.abc import Mapping

from torch import nn

from gradsplit.rules.registry import Channels, register_rule


@register_rule(nn.Conv1d, nn.Conv2d, nn.Conv3d)
def conv(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [out, in / groups, ...] and bias [out]; grouped and depthwise alike."""
    count = int(module.out_channels)  # type: ignore[arg-type]
    return {"weight": Channels(count), "bias": Channels(count)}


@register_rule(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
def conv_transpose(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [in, out / groups, ...] and bias [out]."""
    count = int(module.out_channels)  # type: ignore[arg-type]
    groups = int(module.groups)  # type: ignore[arg-type]
    return {"weight": Channels(count, dim=1, groups=groups), "bias": Channels(count)}
