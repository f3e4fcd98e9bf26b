"""The register of autograd nodes: what is known of a layer in the graph of a step.

A rule says where a node's output holds the output channels, and whose they are if a parameter has
certain owners; that is all that mode="feature" needs. It may also say how a weight's gradient is
computed from the gradient of the output, so that several tasks on the same images need it once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.graph import Node

from gradsplit.engine.channels import along

Owner = NDArray[np.int64]

ON_THE_WAY = {"ToCopyBackward0": False, "TBackward0": True}
"""Nodes that a parameter may pass on its way into a layer: whether they transpose it."""


def of_vector(node: Node, owner: Owner, transposed: bool) -> Owner | None:  # noqa: ARG001
    """Output channels of a bias or a scale."""
    return owner if owner.ndim == 1 else None


def of_matrix(node: Node, owner: Owner, transposed: bool) -> Owner | None:  # noqa: ARG001
    """Output channels of a weight [in, out], or [out, in] that came transposed, or a bias [out]."""
    return along(owner, 0 if transposed else -1)


@dataclass(frozen=True)
class LayerNode:
    """What is known of a layer's node in the autograd graph.

    Attributes:
        names: Names of the node, such as "ConvolutionBackward0".
        dim: The dimension of the output channels in the node's output.
        channel_owner: (node, owners of a parameter's elements, whether the parameter came
            transposed) -> owner of each output channel; None if they do not lie along the output
            channels, or if this node is not of this layer. Default: as the owners of a vector.
        slots: The node's inputs that hold parameters whose gradient `gradient` knows, the weight
            first.
        saved: Names of the saved inputs that `gradient` reads: "input" for `node._saved_input`.
        gradient: (node, slot, output gradient, whether the parameter came transposed) -> the
            parameter's gradient, or a tensor that has yet to be summed to its shape. Linear in the
            output gradient; a parameter of an output channel takes part in that channel only.

    Example:
        >>> node = LayerNode(("ConvolutionBackward0",), dim=1)
    """

    names: Sequence[str]
    dim: int
    channel_owner: Callable[[Node, Owner, bool], Owner | None] = of_vector
    slots: Sequence[int] = ()
    saved: Sequence[str] = ()
    gradient: Callable[[Node, int, Tensor, bool], Tensor] | None = None


_NODES: dict[str, list[LayerNode]] = {}


def register_node(layer: LayerNode) -> LayerNode:
    """Register a layer's node; of several of one name the last that knows the owners counts."""
    for name in layer.names:
        _NODES.setdefault(name, []).insert(0, layer)
    return layer


def find_nodes(node: Node) -> Sequence[LayerNode]:
    """What is registered for nodes of this name, the last first."""
    return _NODES.get(node.name(), ())


def find_channels(node: Node, owner: Owner, transposed: bool) -> tuple[Owner, int] | None:
    """The owner of each output channel and their dimension, for the owners of a parameter."""
    for layer in find_nodes(node):
        channels = layer.channel_owner(node, owner, transposed)
        if channels is not None:
            return channels, layer.dim
    return None
