"""Convolutions: one owner a filter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.batch_tasks import Block
from gradsplit.engine.rules.functions import Divided, attach, register_function
from gradsplit.engine.rules.registry import Channels, register_rule
from gradsplit.errors import NotExactError

if TYPE_CHECKING:
    from gradsplit.engine.mixed_batch import MixedBatch


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


@dataclass(frozen=True)
class _Convolution:
    """What a convolution's weight gradient needs beside its tensors."""

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int

    def weight_gradient(self, gradient: Tensor, inputs: Tensor, weight: Tensor) -> Tensor:
        """The gradient of the weight alone; the values of `weight` do not matter."""
        return torch.ops.aten.convolution_backward(
            gradient, inputs, weight, None, self.stride, self.padding, self.dilation,
            self.transposed, self.output_padding, self.groups, (False, True, False),
        )[1]  # fmt: skip


@register_function(
    [torch.conv1d, torch.conv2d, torch.conv3d], "input weight bias stride padding dilation groups"
)
def conv_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """A convolution in a mixed batch."""
    spatial = call["weight"].ndim - 2
    stride = _tuple(call.get("stride", 1), spatial)
    dilation = _tuple(call.get("dilation", 1), spatial)
    padding = call.get("padding", 0)
    if isinstance(padding, str):
        call, padding = _explicit_padding(call, padding, dilation)
    convolution = _Convolution(
        stride, _tuple(padding, spatial), dilation, False, (0,) * spatial, call.get("groups", 1)
    )
    return _attach(batch, func, call, convolution)


@register_function(
    [torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d],
    "input weight bias stride padding output_padding groups dilation",
)
def conv_transpose_samples(
    batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """A transposed convolution in a mixed batch."""
    spatial = call["weight"].ndim - 2
    convolution = _Convolution(
        _tuple(call.get("stride", 1), spatial),
        _tuple(call.get("padding", 0), spatial),
        _tuple(call.get("dilation", 1), spatial),
        True,
        _tuple(call.get("output_padding", 0), spatial),
        call.get("groups", 1),
    )
    return _attach(batch, func, call, convolution)


def _attach(
    batch: "MixedBatch",
    func: Callable[..., Any],
    call: dict[str, Any],
    convolution: _Convolution,
) -> Tensor:
    inputs, weight, bias = call["input"], call["weight"], call.get("bias")
    parameters = [batch.divided(weight), batch.divided(bias)]
    divided = [one for one in parameters if one is not None]
    if inputs.ndim != weight.ndim:
        raise NotExactError(
            f"`{divided[0].name}` meets one sample without a batch dimension; a mixed batch needs "
            f"inputs with {weight.ndim} dimensions, got {inputs.ndim}."
        )
    batch.check_samples(inputs, func, divided[0])
    output = func(**{**call, "weight": batch.plain(weight), "bias": batch.plain(bias)})
    owners = [_channel_owner(one, convolution) for one in divided]
    owner = max(owners, key=len)
    if any(not np.array_equal(np.broadcast_to(one, owner.shape), owner) for one in owners):
        raise NotExactError(
            f"`{divided[0].name}` and its bias have other owners; a mixed batch needs one owner a "
            "filter. Give both the same in your rule."
        )
    gradients = _Gradients(
        batch.block, convolution, owner, parameters[0] is not None, parameters[1] is not None
    )
    return attach(output, [inputs, weight], divided, gradients)


@dataclass(frozen=True)
class _Gradients:
    """Masked gradients of a convolution's weight and bias."""

    block: Block
    convolution: _Convolution
    owner: NDArray[np.int64]
    of_weight: bool
    of_bias: bool

    def __call__(self, gradient: Tensor, saved: Sequence[Tensor]) -> list[Tensor]:
        inputs, weight = saved
        selected = self.block.select(gradient, self.owner, 1, 0)
        found = []
        if self.of_weight:
            dtype = gradient.dtype
            found.append(
                self.convolution.weight_gradient(selected, inputs.to(dtype), weight.to(dtype))
            )
        if self.of_bias:
            found.append(selected.sum(dim=[d for d in range(selected.ndim) if d != 1]))
        return found


def _channel_owner(divided: Divided, convolution: _Convolution) -> NDArray[np.int64]:
    """The owner of each output channel, from that of a weight's or bias's elements."""
    owner = divided.owner
    if owner.ndim > 1 and convolution.transposed:
        per_group = owner.shape[0] // convolution.groups or 1
        return owner[::per_group].ravel()
    if owner.size != owner.shape[0]:
        raise NotExactError(
            f"The owners of `{divided.name}` do not lie along the output channels of the "
            "convolution it is used in; a mixed batch cannot be kept apart here. Use "
            "split.task(...) or split.backward({...})."
        )
    return owner.ravel()


def _tuple(value: int | Sequence[int], length: int) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * length if len(values) == 1 else values


def _explicit_padding(
    call: dict[str, Any], padding: str, dilation: tuple[int, ...]
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Padding "same" or "valid" as numbers; an odd total is padded at the end beforehand."""
    if padding == "valid":
        return {**call, "padding": 0}, (0,) * len(dilation)
    totals = [d * (k - 1) for d, k in zip(dilation, call["weight"].shape[2:], strict=True)]
    both = tuple(total // 2 for total in totals)
    extra = [part for total in reversed(totals) for part in (0, total % 2)]
    inputs = F.pad(call["input"], extra) if any(extra) else call["input"]
    return {**call, "input": inputs, "padding": both}, both
