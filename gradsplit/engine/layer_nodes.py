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


@dataclass(frozen=True)
class LayerNode:
    """What is known of a layer's node in the autograd graph.

    Attributes:
        names: Names of the node, such as "ConvolutionBackward0".
        dim: The dimension of the output channels in the node's output.
        channel_owner: The dimension of the output channels in the weight, as the node sees it. Or
            a function (node, owners of a parameter's elements) -> owner of each output channel,
            None if they do not lie along the output channels or this node is not of this layer.
        slots: The node's inputs that hold the layer's parameters, the weight first; empty: any.
        saved: Names of the saved inputs that `gradient` reads: "input" for `node._saved_input`.
        gradient: If known for all of `slots`: (node, slot, output gradient, whether the parameter
            came transposed) -> the parameter's gradient, or a tensor that has yet to be summed to
            its shape. Linear in the output gradient; a parameter of an output channel takes part in
            that channel only.

    Example:
        >>> node = LayerNode(("ConvolutionBackward0",), dim=1)
    """

    names: Sequence[str]
    dim: int
    channel_owner: int | Callable[[Node, Owner], Owner | None] = -1
    slots: Sequence[int] = ()
    saved: Sequence[str] = ()
    gradient: Callable[[Node, int, Tensor, bool], Tensor] | None = None

    def channels(self, node: Node, owner: Owner, transposed: bool) -> Owner | None:
        """The owner of each output channel, if a parameter of these owners says it.

        Args:
            node: The node.
            owner: Owners of the parameter's elements.
            transposed: Whether the parameter came to the node transposed.
        """
        owner = owner.T if transposed else owner
        if isinstance(self.channel_owner, int):
            return along(owner, self.channel_owner)
        return self.channel_owner(node, owner)


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
    """The owner of each output channel and their dimension, see `LayerNode.channels`."""
    for layer in find_nodes(node):
        channels = layer.channels(node, owner, transposed)
        if channels is not None:
            return channels, layer.dim
    return None
