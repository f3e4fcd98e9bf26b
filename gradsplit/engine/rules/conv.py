"""Convolutions: one owner a filter."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.channels import Channels, along, register_rule
from gradsplit.engine.layer_functions import ChannelOwner, masked_layer, register_function
from gradsplit.engine.layer_nodes import LayerNode, register_node
from gradsplit.engine.mixed_batch import MixedBatch
from gradsplit.errors import NotExactError


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


@register_function(
    [torch.conv1d, torch.conv2d, torch.conv3d],
    "input weight bias stride padding dilation groups",
    versions="apart",
)
def mixed_conv(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """A convolution in a mixed batch."""
    spatial = call["weight"].ndim - 2
    dilation = _tuple(call.get("dilation", 1), spatial)
    padding = call.get("padding", 0)
    if isinstance(padding, str):
        call, padding = _explicit_padding(call, padding, dilation)
    options = (
        _tuple(call.get("stride", 1), spatial), _tuple(padding, spatial), dilation,
        False, (0,) * spatial, call.get("groups", 1),
    )  # fmt: skip
    return _mixed(batch, func, call, options, 0)


@register_function(
    [torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d],
    "input weight bias stride padding output_padding groups dilation",
    versions="apart",
)
def mixed_conv_transpose(
    batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """A transposed convolution in a mixed batch."""
    spatial = call["weight"].ndim - 2
    stride, padding, dilation, output_padding = (
        _tuple(call.get(name, default), spatial)
        for name, default in
        (("stride", 1), ("padding", 0), ("dilation", 1), ("output_padding", 0))
    )  # fmt: skip
    groups = call.get("groups", 1)
    options = (stride, padding, dilation, True, output_padding, groups)
    return _mixed(batch, func, call, options, partial(_transposed_owner, groups=groups))


def _mixed(
    batch: MixedBatch,
    func: Callable[..., Any],
    call: dict[str, Any],
    options: tuple[Any, ...],
    channel_owner: int | ChannelOwner,
) -> Tensor:
    inputs, weight = call["input"], call["weight"]
    if inputs.ndim != weight.ndim:
        name = next(w.name for w in map(batch.owned, (weight, call.get("bias"))) if w is not None)
        raise NotExactError(
            f"`{name}` meets one sample without a batch dimension; a mixed batch needs inputs with "
            f"{weight.ndim} dimensions, got {inputs.ndim}."
        )
    return masked_layer(
        batch, func, call,
        {"weight": lambda gradient, saved: _weight_gradient(gradient, saved, options),
         "bias": lambda gradient, saved: _bias_gradient(gradient)},  # noqa: ARG005
        inputs=["input"], save=["weight"], dim=1, channel_owner=channel_owner,
        blockwise=channel_owner == 0 and call.get("groups", 1) == 1,
    )  # fmt: skip


def _weight_gradient(gradient: Tensor, saved: Sequence[Tensor], options: tuple[Any, ...]) -> Tensor:
    """The gradient of the weight alone; of the saved weight only the shape matters."""
    inputs, weight = saved
    return torch.ops.aten.convolution_backward(
        gradient, inputs, weight, None, *options, (False, True, False)
    )[1]


def _bias_gradient(gradient: Tensor) -> Tensor:
    return gradient.sum([dim for dim in range(gradient.ndim) if dim != 1])


def _transposed_owner(owner: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """From a weight [in, out / groups, ...], whose rows of one group are alike, or a bias [out]."""
    if owner.ndim == 1:
        return owner
    return owner[np.arange(groups) * (len(owner) // groups)].ravel()


def _node_owner(node: Any, owner: NDArray[np.int64]) -> NDArray[np.int64] | None:
    if node._saved_transposed:
        return _transposed_owner(owner, node._saved_groups)
    return along(owner, 0)


def _node_gradient(node: Any, slot: int, gradient: Tensor, transposed: bool) -> Tensor:  # noqa: ARG001
    if slot == 2:
        return _bias_gradient(gradient)
    options = (
        node._saved_stride, node._saved_padding, node._saved_dilation, node._saved_transposed,
        node._saved_output_padding, node._saved_groups,
    )  # fmt: skip
    return _weight_gradient(gradient, (node._saved_input, node._saved_weight), options)


register_node(
    LayerNode(
        ["ConvolutionBackward0"], dim=1, channel_owner=_node_owner,
        slots=(1, 2), saved=["input"], gradient=_node_gradient,
    )
)  # fmt: skip


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
