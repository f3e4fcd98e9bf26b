"""Normalisation layers: scale and shift have the owner of the channel they act on."""

from collections.abc import Mapping

from torch import nn

from gradsplit.rules.registry import Channels, register_rule


@register_rule(
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
    nn.modules.batchnorm._NormBase,  # BatchNorm*, InstanceNorm*, SyncBatchNorm
)
def norm(module: nn.Module) -> Mapping[str, Channels]:
    """Weight and bias, both of the normalised shape; its first dimension is the channels.

    A LayerNorm over [C, H, W] has one owner a channel, not one an element.
    """
    weight = module.weight
    return {"weight": Channels(weight.shape[0]), "bias": Channels(weight.shape[0])}  # type: ignore[union-attr,index]
