"""Bytes to what networks trained on ImageNet expect, on the device where the network is."""

import torch
from torch import Tensor, nn

from gradsplit.tasksets.human.augment import MEAN

_DEVIATION = (0.229, 0.224, 0.225)


def normalised(trunk: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:  # noqa: ARG001
    """As a trunk's forward pre-hook: bytes [N, 3, H, W] in, floats by ImageNet's statistics out.

    Pictures travel to the device as bytes, a quarter of what floats take. Floats pass: they are
    normalised already.
    """
    (images,) = inputs
    if images.dtype != torch.uint8:
        return inputs
    # Channel by channel: a tensor of the numbers would be copied to the device in every step. New
    # tensors: methods that take the trunk apart cannot follow what is written into old ones.
    floats = [
        images[:, channel : channel + 1].float().sub(255 * mean).div(255 * deviation)
        for channel, (mean, deviation) in enumerate(zip(MEAN, _DEVIATION, strict=True))
    ]
    return (torch.cat(floats, dim=1).contiguous(memory_format=torch.channels_last),)
