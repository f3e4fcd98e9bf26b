"""Bilinear layers: one owner an output feature."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.channels import Channels, register_rule
from gradsplit.engine.layer_functions import masked_layer, register_function
from gradsplit.engine.layer_nodes import LayerNode, register_node
from gradsplit.engine.mixed_batch import MixedBatch


@register_rule(nn.Bilinear)
def bilinear(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [out, in1, in2] and bias [out]."""
    count = int(module.out_features)  # type: ignore[arg-type]
    return {"weight": Channels(count), "bias": Channels(count)}


@register_function([F.bilinear], "input1 input2 weight bias")
def mixed_bilinear(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """A bilinear layer in a mixed batch."""
    gradients = {"weight": _weight_gradient, "bias": _bias_gradient}
    return masked_layer(batch, func, call, gradients, inputs=["input1", "input2"], dim=-1)


def _weight_gradient(gradient: Tensor, inputs: Sequence[Tensor]) -> Tensor:
    return torch.einsum("no,ni,nj->oij", *(t.flatten(0, -2) for t in (gradient, *inputs)))


def _bias_gradient(gradient: Tensor, inputs: Sequence[Tensor]) -> Tensor:  # noqa: ARG001
    return gradient.flatten(0, -2).sum(0)


def _product_gradient(node: Any, slot: int, gradient: Tensor, transposed: bool) -> Tensor:  # noqa: ARG001
    return _weight_gradient(gradient, (node._saved_i1, node._saved_i3))


def _bias_owner(node: Any, owner: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Of the sum of product and bias, which is the layer's output; of no other sum."""
    view = node.next_functions[0][0]
    product = view and next(iter(view.next_functions), (None, 0))[0]
    return owner if product is not None and product.name() == "TrilinearBackward0" else None


register_node(
    LayerNode(
        ["TrilinearBackward0"], dim=-1, channel_owner=0,
        slots=(1,), saved=["i1", "i3"], gradient=_product_gradient,
    )
)  # fmt: skip
register_node(LayerNode(["AddBackward0"], dim=-1, channel_owner=_bias_owner))
